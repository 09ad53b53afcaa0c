"""What is wrong in a configuration file: it does not parse, breaks its schema, or refers to what is not there."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that whoever loads the file would refuse. ``what`` completes "PATH:LINE: ..."."""

    what: str
    at: Place
    missing: bool = False
    """Whether it refers to a file, image or resource that does not exist."""
