"""Puts a report together: everything but its prose, computed from the specialists' answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from gonogo import __version__
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Status
from gonogo.model.evidence import Evidence, hash_text
from gonogo.model.report import Concession, Provenance, Report, Run, order_findings
from gonogo.model.roadmap import plan
from gonogo.model.scores import cover, score_areas
from gonogo.model.verdict import decide
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog


def assemble_report(
    *,
    catalogue: tuple[Criterion, ...],
    assessments: Iterable[Assessment],
    findings: Iterable[Finding],
    runs: Iterable[Run],
    log: EvidenceLog,
    collector: Collector,
    concessions: tuple[Concession, ...],
    not_counted: tuple[Concession, ...],
    options: dict[str, str],
    now: datetime,
    valid_days: int,
) -> Report:
    """The report of an audit that ran at ``now`` (UTC). Order never depends on who finished first."""
    order = {row.slug: position for position, row in enumerate(catalogue)}
    answered = list(assessments)
    answered += _not_asked(catalogue, answered)
    rows = tuple(sorted(answered, key=lambda a: (list(Area).index(a.area), order.get(a.criterion, -1))))
    ordered = tuple(order_findings(findings))
    tier = collector.target.tier
    verdict = decide(catalogue, rows, tier, valid_until=(now + timedelta(days=valid_days)).date().isoformat())
    repository = collector.repository
    return Report(
        target=collector.target.model_copy(update={"sources": repository.sources}),
        verdict=verdict,
        concessions=concessions,
        not_counted=not_counted,
        scores=score_areas(rows),
        coverage=cover(rows),
        assessments=rows,
        findings=ordered,
        evidence=_cited(log.all(), rows, ordered),
        roadmap=plan(catalogue, rows, verdict, tier),
        criteria=catalogue,
        provenance=Provenance(
            gonogo=__version__,
            catalogue=hash_text("\n".join(row.model_dump_json() for row in catalogue))[:16],
            created=now.isoformat(timespec="seconds"),
            mode="code only: no model was asked",
            options=options,
            specialists=tuple(sorted(runs, key=lambda run: list(Area).index(run.area))),
            files=len(repository.files),
            secrets_redacted=log.secrets_redacted,
            hidden_characters=log.hidden_characters,
            could_not_read=tuple(f"{u.path}: {u.reason}" for u in collector.unread()),
        ),
    )


def _not_asked(catalogue: Iterable[Criterion], answered: list[Assessment]) -> list[Assessment]:
    """An audit of some areas is no audit of the rest: their criteria are unverified."""
    known = {assessment.criterion for assessment in answered}
    return [
        Assessment(
            criterion=row.slug,
            area=row.area,
            severity=row.severity,
            status=Status.UNVERIFIED,
            strength=None,
            reason=f"the {row.area} area was not asked in this audit",
        )
        for row in catalogue
        if row.slug not in known
    ]


def _cited(
    evidence: Iterable[Evidence], assessments: Iterable[Assessment], findings: Iterable[Finding]
) -> tuple[Evidence, ...]:
    used = {item for a in assessments for item in a.evidence} | {item for f in findings for item in f.evidence}
    return tuple(item for item in evidence if item.id in used)
