"""The report: one object that every format renders. What can be derived from the rest is derived here, by code."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Severity, Status
from gonogo.model.decision import Decided
from gonogo.model.evidence import Evidence
from gonogo.model.imported import Imported
from gonogo.model.investigation import Asked, Cause, Investigation, Marker, Observation, Refused, Violation
from gonogo.model.policy import NO_POLICY, Policy
from gonogo.model.roadmap import Roadmap
from gonogo.model.scores import Coverage, Score
from gonogo.model.target import Target
from gonogo.model.verdict import Verdict
from gonogo.model.waiver import AcceptedRisk

SCHEMA_VERSION = "1.3"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Concession(_Row):
    """Something that can make the verdict better: set by the operator, or asked for by the audited repository.

    What counts stands at the head of the report; what the repository asked for on its own behalf does not count.
    """

    what: str
    reason: str
    origin: str


class Run(_Row):
    """A specialist's part in the audit. ``failed`` says why it was lost."""

    area: Area
    title: str
    tools: tuple[str, ...]
    answered: int
    failed: str = ""
    investigation: Investigation | None = None
    """What its model was asked; None where none was."""


class Provenance(_Row):
    """How the report came to be. ``created`` is ISO 8601 in UTC; ``catalogue`` the hash of the criteria's texts."""

    gonogo: str
    catalogue: str
    created: str
    mode: str
    options: dict[str, str]
    specialists: tuple[Run, ...] = ()
    files: int = 0
    secrets_redacted: int = 0
    personal_data_redacted: int = 0
    hidden_characters: int = 0
    could_not_read: tuple[str, ...] = ()
    asked: Asked | None = None
    """The model that was asked, with its use over the whole audit; None where none was."""
    synthesizer: Investigation | None = None


class Sentence(_Row):
    """A sentence of a model, and the ids that it stands on: criteria, findings, evidence."""

    text: str
    cites: tuple[str, ...]


class Prose(_Row):
    """A section's text, and who wrote it: ``template`` or a model's name. Every number in it is among the facts.

    A model's text is that of its ``sentences``; a template's has none. ``note`` says why a template serves a section
    that a model was asked for.
    """

    section: str
    text: str
    author: str = "template"
    sentences: tuple[Sentence, ...] = ()
    note: str = ""


class Report(_Row):
    """An audit's result. ``assessments`` has one row for each criterion that was asked."""

    schema_version: str = SCHEMA_VERSION
    target: Target
    verdict: Verdict
    concessions: tuple[Concession, ...] = ()
    not_counted: tuple[Concession, ...] = ()
    policy: Policy = NO_POLICY
    waivers: tuple[AcceptedRisk, ...] = ()
    imports: tuple[Imported, ...] = ()
    decisions: tuple[Decided, ...] = ()
    """What persons decided on this audit, in their order, with what became of it."""
    prose: tuple[Prose, ...] = ()
    scores: tuple[Score, ...]
    coverage: Coverage
    assessments: tuple[Assessment, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    causes: tuple[Cause, ...] = ()
    observations: tuple[Observation, ...] = ()
    markers: tuple[Marker, ...] = ()
    refused: tuple[Refused, ...] = ()
    violations: tuple[Violation, ...] = ()
    roadmap: Roadmap
    criteria: tuple[Criterion, ...]
    """The catalogue rows that the assessments answer, so that a report can be read without the catalogue."""
    provenance: Provenance

    def criterion(self, slug: str) -> Criterion:
        """The catalogue row of a slug. Raises KeyError for one that was not asked."""
        return {row.slug: row for row in self.criteria}[slug]

    def text(self, section: str) -> str:
        """The prose of a section; empty where there is none."""
        return next((prose.text for prose in self.prose if prose.section == section), "")

    def with_status(self, status: Status) -> tuple[Assessment, ...]:
        """Assessments of a status, worst severity first."""
        return tuple(a for a in worst_first(self.assessments) if a.status is status)

    def contested(self) -> tuple[Assessment, ...]:
        """Failures that a model contests with a quote, worst first: a person decides."""
        return tuple(a for a in worst_first(self.assessments) if a.is_contested)

    def proposed(self) -> tuple[Assessment, ...]:
        """Unverified criteria for which a model proposes an answer, worst first: a person confirms."""
        return tuple(a for a in worst_first(self.assessments) if a.is_proposed)

    def findings_of(self, slug: str) -> tuple[Finding, ...]:
        """The findings of a criterion, in the report's order."""
        return tuple(finding for finding in self.findings if finding.criterion == slug)

    def evidence_by_id(self) -> dict[str, Evidence]:
        """Evidence by id."""
        return {item.id: item for item in self.evidence}

    def findings_by_severity(self) -> dict[Severity, int]:
        """How many findings there are of each severity, worst first."""
        worst = sorted(Severity, key=lambda severity: -severity.rank)
        return {severity: sum(f.severity is severity for f in self.findings) for severity in worst}


def worst_first(assessments: Iterable[Assessment]) -> list[Assessment]:
    """Assessments by severity, then area, then slug."""
    return sorted(assessments, key=lambda a: (-a.severity.rank, list(Area).index(a.area), a.criterion))


def order_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, then area, criterion, place."""
    return sorted(
        findings,
        key=lambda f: (
            -f.severity.rank,
            list(Area).index(f.area),
            f.criterion,
            f.locator.path or "",
            f.locator.line or 0,
            f.id,
        ),
    )
