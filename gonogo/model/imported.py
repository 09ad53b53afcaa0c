"""Results of other tools, as files that the operator gave: what was in them, and which of it answers what."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from gonogo.model.criterion import Slug

RowStatus = Literal["fail", "pass", "not_applicable", "unknown", "suppressed"]
"""What a row of a file says. ``suppressed`` failed, and was set aside in the file itself: listed, not counted as a
failure; ``unknown`` says nothing that counts."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleCount(_Row):
    """Rows of one rule with one status."""

    rule: str
    status: RowStatus
    count: int


class Answered(_Row):
    """What the rows of one file say of one criterion. ``settles`` says whether their passes are an answer by the table,
    where nothing fails."""

    criterion: Slug
    rules: tuple[RuleCount, ...]
    settles: bool = False

    def count(self, status: RowStatus) -> int:
        return sum(row.count for row in self.rules if row.status == status)


class Imported(_Row):
    """A file of another tool. ``file`` is its name without its folder, ``sha256`` the hash of its bytes.

    ``rows`` counts all its rows, ``mapped`` those whose rule answers a criterion; the rest are in ``unmapped``, none is
    lost. ``taken`` is the time that the file itself gives (ISO 8601, UTC), empty where it gives none. ``notes`` say
    what was left out, or makes its passes worthless.
    """

    file: str
    sha256: str
    format: str
    tool: str
    tool_version: str = ""
    taken: str = ""
    rows: int = 0
    mapped: int = 0
    counts: dict[RowStatus, int] = {}
    answers: tuple[Answered, ...] = ()
    unmapped: tuple[RuleCount, ...] = ()
    facts: dict[str, int | float | str] = {}
    """What the file measures rather than judges: components, tests, percent of lines."""
    notes: tuple[str, ...] = ()
