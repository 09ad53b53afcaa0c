"""Puts a report together: everything but its prose, computed from the specialists' answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gonogo import __version__
from gonogo.agents.asking.budget import add_uses
from gonogo.agents.asking.plan import ModelPlan
from gonogo.agents.writing import Written
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Status
from gonogo.model.evidence import Evidence, hash_text
from gonogo.model.investigation import Asked, Cause, Investigation, Marker, Observation, Proposal, Refused, Violation
from gonogo.model.report import Concession, Provenance, Report, Run, order_findings
from gonogo.model.roadmap import plan as plan_repairs
from gonogo.model.scores import cover, score_areas
from gonogo.model.verdict import decide
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog


@dataclass(frozen=True)
class Added:
    """What one specialist's model added beside assessments and findings."""

    causes: tuple[Cause, ...] = ()
    observations: tuple[Observation, ...] = ()
    markers: tuple[Marker, ...] = ()
    refused: tuple[Refused, ...] = ()
    violations: tuple[Violation, ...] = ()


def assemble_report(
    *,
    catalogue: tuple[Criterion, ...],
    assessments: Iterable[Assessment],
    findings: Iterable[Finding],
    runs: Iterable[Run],
    added: Iterable[Added] = (),
    plan: ModelPlan | None = None,
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
    parts = list(added)
    causes = tuple(
        sorted((c for p in parts for c in p.causes), key=lambda c: (list(Area).index(c.area), c.criteria, c.text))
    )
    seen = {
        o.id: o for o in sorted((o for p in parts for o in p.observations), key=lambda o: -list(Area).index(o.area))
    }
    observations = tuple(sorted(seen.values(), key=lambda o: (list(Area).index(o.area), str(o.locator), o.id)))
    done = tuple(sorted(runs, key=lambda run: list(Area).index(run.area)))
    return Report(
        target=collector.target.model_copy(update={"sources": repository.sources}),
        verdict=verdict,
        concessions=concessions,
        not_counted=not_counted,
        scores=score_areas(rows),
        coverage=cover(rows),
        assessments=rows,
        findings=ordered,
        evidence=_cited(
            log.all(), [*rows, *ordered, *causes, *observations, *(row.proposal for row in rows if row.proposal)]
        ),
        causes=causes,
        observations=observations,
        markers=tuple(dict.fromkeys(m for p in parts for m in p.markers)),
        refused=tuple(r for p in parts for r in p.refused),
        violations=tuple(v for p in parts for v in p.violations),
        roadmap=plan_repairs(catalogue, rows, verdict, tier),
        criteria=catalogue,
        provenance=Provenance(
            gonogo=__version__,
            catalogue=hash_text("\n".join(row.model_dump_json() for row in catalogue))[:16],
            created=now.isoformat(timespec="seconds"),
            mode=_mode(plan),
            options=options,
            specialists=done,
            files=len(repository.files),
            secrets_redacted=log.secrets_redacted,
            personal_data_redacted=log.personal_data_redacted,
            hidden_characters=log.hidden_characters,
            could_not_read=tuple(f"{u.path}: {u.reason}" for u in collector.unread()),
            asked=_asked(plan, [run.investigation for run in done if run.investigation]),
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


def with_prose(report: Report, written: Written) -> Report:
    """The report with what the synthesizer's model wrote, and what that took."""
    provenance = report.provenance
    asked = provenance.asked
    if asked is not None:
        use = add_uses([asked.use, written.investigation.use])
        provenance = provenance.model_copy(
            update={"asked": asked.model_copy(update={"use": use}), "synthesizer": written.investigation}
        )
    changed = {
        "prose": written.prose,
        "refused": (*report.refused, *written.refused),
        "violations": (*report.violations, *written.violations),
        "provenance": provenance,
    }
    return report.model_copy(update=changed)


def _mode(plan: ModelPlan | None) -> str:
    if plan is None:
        return "code only: no model was asked"
    return f"code decided; {plan.models[0].name} was asked to read on, explain and write"


def _asked(plan: ModelPlan | None, investigations: list[Investigation]) -> Asked | None:
    if plan is None:
        return None
    return Asked(
        model=", ".join(model.name for model in plan.models),
        region=plan.region,
        guardrail=str(plan.guardrail.name) if plan.guardrail else "",
        prompts=plan.words.hashes,
        use=add_uses([found.use for found in investigations]),
    )


def _cited(
    evidence: Iterable[Evidence], rows: Iterable[Assessment | Finding | Cause | Observation | Proposal]
) -> tuple[Evidence, ...]:
    used = {item for row in rows for item in row.evidence}
    return tuple(item for item in evidence if item.id in used)
