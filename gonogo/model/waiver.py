"""Waivers: failures that somebody accepts for a time, on the evidence that was there then.

A waiver never changes a status. It lets a failing gate condition the verdict instead of forbidding it, and it is void
as soon as what fails is no longer what was accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gonogo.model.assessment import Assessment, Finding, Waiver
from gonogo.model.criterion import Severity, Status
from gonogo.model.evidence import hash_text
from gonogo.model.target import Tier

LONGEST_DAYS = 366
MANY = 50
"""From so many findings on a criterion may have more than are listed: its reason, which counts them, counts too."""
SOON_DAYS = 30
Words = Annotated[str, Field(min_length=3, max_length=2_000)]


class State(StrEnum):
    """What became of a waiver in an audit."""

    APPLIED = "applied"
    EXPIRED = "expired"
    VOID = "void"
    REFUSED = "refused"
    UNUSED = "unused"


class WaiverEntry(BaseModel):
    """A waiver as somebody wrote it: for all failures of a ``criterion`` (a slug), or for one ``finding`` (an id).

    ``evidence`` is :func:`accepted_evidence` of what was accepted; ``expires`` is the last day on which it holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")] | None = None
    finding: Annotated[str, Field(pattern=r"^gng-[0-9a-f]{10}$")] | None = None
    owner: Words
    reason: Words
    ticket: Annotated[str, Field(max_length=200)] = ""
    expires: date
    evidence: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

    @field_validator("expires", mode="before")
    @classmethod
    def _is_a_day(cls, value: object) -> object:
        if not isinstance(value, date | str):
            raise ValueError("write a day as YYYY-MM-DD")
        return value

    @model_validator(mode="after")
    def _names_one(self) -> WaiverEntry:
        if (self.criterion is None) == (self.finding is None):
            raise ValueError("name either a criterion or a finding")
        return self

    @property
    def subject(self) -> str:
        """The slug or id that it is for."""
        return self.criterion or self.finding or ""


class AcceptedRisk(BaseModel):
    """A waiver in a report: as it was written, where it came from, and what became of it. ``state`` and ``why`` are
    computed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: WaiverEntry
    origin: str
    state: State = State.UNUSED
    why: str = ""


def accepted_evidence(row: Assessment, findings: Iterable[Finding]) -> str:
    """16 hex digits over what fails of a criterion and how badly: ids, severities, sentences and quotes, without line
    numbers. What changes them is not what was accepted."""
    rows = sorted((f.id, f.severity.value, f.what, f.quote) for f in findings)
    if len(rows) >= MANY:
        rows.append((row.criterion, row.severity.value, row.reason, ""))
    return hash_text("\n".join("\0".join(row) for row in rows))[:16]


def apply_waivers(
    waivers: Iterable[AcceptedRisk],
    assessments: Iterable[Assessment],
    findings: Iterable[Finding],
    tier: Tier,
    today: date,
) -> tuple[tuple[Assessment, ...], tuple[AcceptedRisk, ...]]:
    """The assessments with what is waived on them, and the waivers with what became of each.

    A criterion is waived where a waiver accepts all of its findings, or each finding has one and there are no more than
    are listed.
    """
    found = tuple(findings)
    rows = {row.criterion: row.model_copy(update={"waived": None}) for row in assessments}
    told = tuple(_judged(item, rows, found, tier, today) for item in waivers)
    applied = [item for item in told if item.state is State.APPLIED]
    for slug, row in rows.items():
        own = [finding for finding in found if finding.criterion == slug]
        whole = [item for item in applied if item.entry.criterion == slug]
        each = [[item for item in applied if item.entry.finding == finding.id][:1] for finding in own]
        is_each = 0 < len(own) < MANY and all(each)
        chosen = whole[:1] or ([item for part in each for item in part] if is_each else [])
        if chosen and row.status is Status.FAIL:
            rows[slug] = row.model_copy(update={"waived": _waiver(chosen)})
    return tuple(rows.values()), told


def days_left(entry: WaiverEntry, today: date) -> int:
    """Days until the last on which it holds; negative once it has expired."""
    return (entry.expires - today).days


def _judged(
    item: AcceptedRisk, rows: dict[str, Assessment], findings: tuple[Finding, ...], tier: Tier, today: date
) -> AcceptedRisk:
    state, why = _state(item.entry, rows, findings, tier, today)
    return item.model_copy(update={"state": state, "why": why})


def _state(
    entry: WaiverEntry, rows: dict[str, Assessment], findings: tuple[Finding, ...], tier: Tier, today: date
) -> tuple[State, str]:
    own = [f for f in findings if entry.subject in (f.id, f.criterion)]
    slug = entry.criterion or (own[0].criterion if own else "")
    row = rows.get(slug)
    if entry.expires < today:
        return State.EXPIRED, f"it held until {entry.expires}"
    if entry.expires > today + timedelta(days=LONGEST_DAYS):
        return State.REFUSED, "it is for longer than a year: give an earlier day"
    if row is None or row.status is not Status.FAIL or not own:
        return State.UNUSED, "nothing that it is for fails"
    if row.lost:
        return State.REFUSED, "the answer was lost: nobody can accept what was not seen"
    if tier is Tier.A and Severity.BLOCKER in (row.severity, *(f.severity for f in own)):
        return State.REFUSED, "a blocker can't be waived at tier A"
    now = accepted_evidence(row, own)
    if now != entry.evidence:
        return State.VOID, f"what fails is no longer what was accepted (it is {now} now)"
    return State.APPLIED, ""


def _waiver(chosen: list[AcceptedRisk]) -> Waiver:
    entries = [item.entry for item in chosen]
    return Waiver(
        owner=", ".join(dict.fromkeys(entry.owner for entry in entries)),
        reason="; ".join(dict.fromkeys(entry.reason for entry in entries)),
        expires=min(entry.expires for entry in entries).isoformat(),
    )
