"""A snapshot: what live sources showed at one moment, as records, and what they did not let us see."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gonogo.model.imported import Imported
from gonogo.model.target import Source

SNAPSHOT_VERSION: Literal["1"] = "1"
EVERYTHING = "*"
"""The kind of a gap where nothing of a source could be seen."""
Name = Annotated[str, Field(min_length=1, max_length=2_000)]


class Record(BaseModel):
    """One thing that a live source showed: a function, a pod, a scrape target, a table, an answer of an endpoint.

    ``source`` is its kind of source (``aws``, ``kubernetes``, ``prometheus`` ...), ``scope`` where in it (an account's
    region, a cluster's namespace, a server's name), ``kind`` what it is (``lambda.function``, ``apps/deployments``).
    ``data`` holds plain JSON values under the source's own names, without secrets and personal data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Name
    scope: str = ""
    kind: Name
    name: Name
    data: dict[str, Any] = {}


class Gap(BaseModel):
    """Records of a kind that a source should have shown and did not. Never the same as there being none.

    ``why`` completes "KIND could not be seen: ..."; ``permission`` is what would have shown it, where it was missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Name
    scope: str = ""
    kind: Name
    why: Name
    permission: str = ""

    def __str__(self) -> str:
        where = f"{self.source} {self.scope}".strip()
        what = where if self.kind == EVERYTHING else f"{self.kind} of {where}"
        needed = f"; {self.permission} would show it" if self.permission else ""
        return f"{what} could not be seen ({self.why}){needed}"


class Snapshot(BaseModel):
    """All that live sources showed. ``taken`` is ISO 8601, UTC; ``given`` the kinds of sources that were asked for.

    A source that was asked for and could not be reached at all is in ``given``, with a gap of kind ``*``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal["1"] = SNAPSHOT_VERSION
    taken: str = ""
    given: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    records: tuple[Record, ...] = ()
    gaps: tuple[Gap, ...] = ()
    imports: tuple[Imported, ...] = ()
    """Files of other tools, whose rows that answer something are among the records."""

    def __bool__(self) -> bool:
        return bool(self.given)

    def dated_sources(self) -> tuple[Source, ...]:
        """The sources with the time at which each was looked at; a file of another tool has its own, or none."""
        return tuple(
            source
            if source.kind == "imported"
            else source.model_copy(update={"observed": source.observed or self.taken or None})
            for source in self.sources
        )

    def with_imported(self, imported: Snapshot) -> Snapshot:
        """What live sources showed, and beside it what files of other tools say."""
        if not imported:
            return self
        return self.model_copy(
            update={
                "given": (*self.given, *(name for name in imported.given if name not in self.given)),
                "sources": (*self.sources, *imported.sources),
                "records": (*self.records, *imported.records),
                "imports": (*self.imports, *imported.imports),
            }
        )


EMPTY = Snapshot()
