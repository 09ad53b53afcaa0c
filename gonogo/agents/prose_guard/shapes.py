"""What the prose guard answers: refusals, each of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Why something may not be said."""

    NUMBER = "number"
    NAME = "name"
    SEVERITY = "severity"
    STATUS = "status"
    VERDICT = "verdict"
    SECRET = "secret"
    PERSONAL_DATA = "personal data"
    LINK = "link"
    MARKUP = "markup"
    CITATION = "citation"
    HIDDEN = "hidden character"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What may not stand, and in which sentence. Secrets, personal data and hidden characters are redacted in both."""

    kind: Kind
    what: str
    sentence: str
