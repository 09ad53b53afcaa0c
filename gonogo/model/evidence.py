"""Evidence: what was read, where, and how much it proves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from gonogo.model.criterion import Strength


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the target.

    ``line`` and ``end_line`` count from 1; 0 means the file as a whole. ``symbol`` is a name that survives moved
    lines (``aws_db_instance.main``, ``Deployment/web:app``, ``ci.yml:test:3``): finding ids are made from it.
    """

    path: str
    line: int = 0
    end_line: int = 0
    symbol: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Searched:
    """A search that code made: what was looked for, where, in how many files, and what it hit."""

    terms: tuple[str, ...]
    where: str
    files: int
    hits: tuple[Place, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hits)

    def __str__(self) -> str:
        terms = ", ".join(self.terms)
        return f"searched {self.where} ({self.files} files) for {terms}: {len(self.hits) or 'no'} hits"


class Locator(BaseModel):
    """The place of a piece of evidence or a finding, as it stands in a report. ``path`` is relative to the target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    symbol: str | None = None

    def __str__(self) -> str:
        if self.path is None:
            return self.symbol or "the whole target"
        return f"{self.path}:{self.line}" if self.line else self.path


class Evidence(BaseModel):
    """Stored bytes that a claim rests on.

    ``excerpt`` is what was read, after redaction and with hidden characters made visible; ``sha256`` is the hash of
    its UTF-8 bytes; ``id`` is derived from tool, source, locator and hash, so equal evidence has one id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    tool: str
    arguments: dict[str, Any] = {}
    source: str
    locator: Locator
    excerpt: str
    sha256: str
    strength: Strength

    @staticmethod
    def make(
        *,
        tool: str,
        source: str,
        locator: Locator,
        excerpt: str,
        strength: Strength,
        arguments: dict[str, Any] | None = None,
    ) -> Evidence:
        """Builds evidence with its hash and id."""
        digest = hash_text(excerpt)
        return Evidence(
            id=evidence_id(tool, source, locator, digest),
            tool=tool,
            arguments=arguments or {},
            source=source,
            locator=locator,
            excerpt=excerpt,
            sha256=digest,
            strength=strength,
        )

    def is_intact(self) -> bool:
        """Says whether excerpt, hash and id still belong together."""
        digest = hash_text(self.excerpt)
        return digest == self.sha256 and self.id == evidence_id(self.tool, self.source, self.locator, digest)


class Kept(BaseModel):
    """Evidence as a run keeps it: with what was replaced in its excerpt, and the span in which it was first seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence: Evidence
    secrets: int = 0
    personal: int = 0
    hidden: int = 0
    span_id: str | None = None


def hash_text(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def evidence_id(tool: str, source: str, locator: Locator, digest: str) -> str:
    """``ev-`` and 12 hex digits over tool, source, place and content."""
    return "ev-" + hash_text("\0".join([tool, source, locator.model_dump_json(), digest]))[:12]
