"""What is remembered of a report, to compare a later one with: a small file that can lie in a repository."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gonogo.model.assessment import Finding
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.report import Report
from gonogo.model.scores import Coverage, Score
from gonogo.model.target import Tier
from gonogo.model.verdict import Value
from gonogo.model.waiver import MANY

BASELINE_VERSION: Literal["1"] = "1"
Text = Annotated[str, Field(max_length=4_000)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Remembered(_Row):
    """A finding, as far as it takes to recognise it and to tell of it when it is gone."""

    id: Annotated[str, Field(pattern=r"^gng-[0-9a-f]{10}$")]
    criterion: Text
    area: Area
    severity: Severity
    what: Text
    place: Text

    @staticmethod
    def of(finding: Finding) -> Remembered:
        """What is remembered of a finding."""
        return Remembered(
            id=finding.id,
            criterion=finding.criterion,
            area=finding.area,
            severity=finding.severity,
            what=finding.what[:4_000],
            place=str(finding.locator)[:4_000],
        )


class Baseline(_Row):
    """A report in short. ``catalogue`` is the hash of the criteria, ``created`` ISO 8601 in UTC; ``areas`` those that
    were asked; ``statuses`` has one for each criterion, ``waived`` the criteria that were waived; ``many`` the reasons
    of those that may have more findings than are listed, which count them."""

    kind: Literal["gonogo baseline"] = "gonogo baseline"
    version: Literal["1"] = BASELINE_VERSION
    target: Text
    tier: Tier
    environment: Text
    gonogo: Text
    catalogue: Text
    created: Text
    areas: tuple[Area, ...]
    verdict: Value
    scores: tuple[Score, ...]
    coverage: Coverage
    statuses: dict[Text, Status]
    waived: tuple[Text, ...] = ()
    findings: tuple[Remembered, ...]
    many: dict[Text, Text] = {}

    @staticmethod
    def of(report: Report) -> Baseline:
        """What is remembered of a report."""
        counts = Counter(finding.criterion for finding in report.findings)
        return Baseline(
            target=report.target.name,
            tier=report.target.tier,
            environment=report.target.environment,
            gonogo=report.provenance.gonogo,
            catalogue=report.provenance.catalogue,
            created=report.provenance.created,
            areas=tuple(run.area for run in report.provenance.specialists),
            verdict=report.verdict.value,
            scores=report.scores,
            coverage=report.coverage,
            statuses={row.criterion: row.status for row in report.assessments},
            waived=tuple(row.criterion for row in report.assessments if row.waived),
            findings=tuple(Remembered.of(finding) for finding in report.findings),
            many={row.criterion: row.reason[:4_000] for row in report.assessments if counts[row.criterion] >= MANY},
        )
