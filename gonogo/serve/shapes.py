"""The shapes of answers about a report: plain, frozen, JSON-ready. No sentence of theirs is made here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from gonogo.model.assessment import Waiver
from gonogo.model.criterion import Area, Severity, Status, Strength
from gonogo.model.evidence import Locator
from gonogo.model.roadmap import Change
from gonogo.model.scores import Coverage
from gonogo.model.target import Tier
from gonogo.model.verdict import Effect, Value


class Answer(BaseModel):
    """What every answer is: frozen, and nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GateAnswer(Answer):
    """A gate of the verdict, with what its criterion asks."""

    criterion: str
    code: str
    asks: str
    severity: Severity
    status: Status
    waived: bool
    effect: Effect


class AreaScore(Answer):
    """An area's score in percent; None where nothing applies."""

    area: Area
    percent: int | None


class Waiting(Answer):
    """Something that waits for a person: a failure that a model contests (``contested``), or an answer that it proposes
    for what code left open (``proposed``), which counts for nothing until then."""

    criterion: str
    code: str
    kind: str
    status: Status
    proposed: Status
    reason: str
    by: str


class Standing(Answer):
    """Where a target stands. ``gates`` are those that decide (they block or condition); ``holding`` counts the rest.
    ``shortfalls`` is what the policy asks beyond them; ``concessions`` is what made the audit milder; ``created`` is
    ISO 8601 in UTC."""

    target: str
    tier: Tier
    environment: str
    verdict: Value
    valid_until: str
    created: str
    areas: tuple[Area, ...]
    gates: tuple[GateAnswer, ...]
    holding: int
    shortfalls: tuple[str, ...]
    concessions: tuple[str, ...]
    criteria: dict[Status, int]
    findings: dict[Severity, int]
    scores: tuple[AreaScore, ...]
    coverage: Coverage
    waiting: tuple[Waiting, ...]
    hidden_characters: int
    could_not_read: int


class FindingRow(Answer):
    """A finding in a list. ``place`` is relative to the target."""

    id: str
    criterion: str
    code: str
    area: Area
    severity: Severity
    what: str
    place: str
    effort_hours: float
    waived: bool


class FindingPage(Answer):
    """A page of a list. ``total`` counts all that were asked for; ``next_offset`` is None on the last page."""

    total: int
    offset: int
    findings: tuple[FindingRow, ...]
    next_offset: int | None


class FindingDetail(FindingRow):
    """A finding in full. ``quote`` stands in its evidence; ``by`` is the model that found it, empty for code."""

    locator: Locator
    quote: str
    evidence: tuple[str, ...]
    fix: str
    by: str


class Explanation(Answer):
    """All that a report says of a criterion. ``finding`` is the id that was asked for, None where a criterion was.

    ``effect`` is what it does to the verdict; None where it is no gate and nothing depends on it. ``source`` and
    ``permission`` say what would answer it where nothing did.
    """

    criterion: str
    code: str
    area: Area
    asks: str
    severity: Severity
    status: Status
    reason: str
    strength: Strength | None
    needed: Strength
    effect: Effect | None
    why: str
    fix: str
    verify: str
    effort_hours: float
    source: str
    permission: str
    finding: str | None
    findings: tuple[FindingDetail, ...]
    evidence: tuple[str, ...]
    waived: Waiver | None
    waiting: Waiting | None
    lost: bool


class EvidenceAnswer(Answer):
    """Stored bytes, as they were read. ``is_intact`` says whether excerpt, hash and id still belong together."""

    id: str
    tool: str
    source: str
    locator: Locator
    place: str
    strength: Strength
    excerpt: str
    sha256: str
    is_intact: bool
    criteria: tuple[str, ...]
    findings: tuple[str, ...]


class Supposed(Answer):
    """What the verdict would be. ``left`` are the gates that would still block or condition it; ``cleared`` those that
    would no longer. Nothing of the report changes."""

    changes: dict[str, Status]
    before: Value
    after: Value
    left: tuple[GateAnswer, ...]
    cleared: tuple[str, ...]
    shortfalls: tuple[str, ...]


class Flips(Answer):
    """The smallest sets that take the verdict up, one step each; empty at GO."""

    verdict: Value
    changes: tuple[Change, ...]


class CriterionRow(Answer):
    """A criterion of the catalogue."""

    slug: str
    code: str
    area: Area
    severity: Severity
    strength: Strength
    asks: str


class ChangedFindingRow(Answer):
    """A finding of either audit: ``change`` is new, regressed, open or resolved."""

    id: str
    criterion: str
    severity: Severity
    what: str
    place: str
    change: str
    waived: bool


class ChangedStatusRow(Answer):
    """A criterion that is answered otherwise; None: it was not asked."""

    criterion: str
    before: Status | None
    after: Status | None


class Difference(Answer):
    """What changed. ``why_not`` says why the two can't be compared: then it is no change, but two audits side by
    side. ``open`` counts the findings that are in both."""

    target: str
    why_not: tuple[str, ...]
    created: tuple[str, str]
    verdicts: tuple[Value, Value]
    coverages: tuple[Coverage, Coverage]
    findings: tuple[ChangedFindingRow, ...]
    open: int
    statuses: tuple[ChangedStatusRow, ...]
