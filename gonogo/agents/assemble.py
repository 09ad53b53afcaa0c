"""Puts a report together: everything but its prose, computed from the specialists' answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gonogo import __version__
from gonogo.agents.asking.budget import add_uses, near
from gonogo.agents.writing import Written
from gonogo.facts.unread import Unread
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Status, catalogue_hash
from gonogo.model.deciding import decide_audit
from gonogo.model.evidence import Evidence
from gonogo.model.imported import Imported
from gonogo.model.investigation import Asked, Cause, Investigation, Marker, Observation, Proposal, Refused, Violation
from gonogo.model.report import Provenance, Report, Run, order_findings
from gonogo.model.roadmap import plan as plan_repairs
from gonogo.model.scores import cover, score_areas
from gonogo.model.target import Target
from gonogo.model.terms import Terms
from gonogo.model.waiver import apply_waivers
from gonogo.tools.evidence import EvidenceLog


@dataclass(frozen=True)
class Seen:
    """What there was to look at, and what of it could not be read. ``target`` has its sources."""

    target: Target
    files: int
    unread: tuple[Unread, ...] = ()
    imports: tuple[Imported, ...] = ()


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
    asked: Asked | None = None,
    log: EvidenceLog,
    seen: Seen,
    terms: Terms,
    options: dict[str, str],
    now: datetime,
) -> Report:
    """The report of an audit that ran at ``now`` (UTC). Order never depends on who finished first. ``asked`` says which
    models were; what they used is added up here."""
    order = {row.slug: position for position, row in enumerate(catalogue)}
    answered = list(assessments)
    answered += _not_asked(catalogue, answered)
    answered.sort(key=lambda a: (list(Area).index(a.area), order.get(a.criterion, -1)))
    ordered = tuple(order_findings(findings))
    tier, created = seen.target.tier, now.isoformat(timespec="seconds")
    rows, waivers = apply_waivers(terms.waivers, answered, ordered, tier, now.date())
    verdict = decide_audit(catalogue, rows, seen.target, terms.policy, created)
    parts = list(added)
    causes = tuple(
        sorted((c for p in parts for c in p.causes), key=lambda c: (list(Area).index(c.area), c.criteria, c.text))
    )
    observed = {
        o.id: o for o in sorted((o for p in parts for o in p.observations), key=lambda o: -list(Area).index(o.area))
    }
    observations = tuple(sorted(observed.values(), key=lambda o: (list(Area).index(o.area), str(o.locator), o.id)))
    done = tuple(sorted(runs, key=lambda run: list(Area).index(run.area)))
    return Report(
        target=seen.target,
        verdict=verdict,
        concessions=terms.concessions,
        not_counted=terms.not_counted,
        policy=terms.policy,
        waivers=waivers,
        imports=seen.imports,
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
            catalogue=catalogue_hash(catalogue),
            created=created,
            mode=_mode(asked),
            options=options,
            specialists=done,
            files=seen.files,
            secrets_redacted=log.secrets_redacted,
            personal_data_redacted=log.personal_data_redacted,
            hidden_characters=log.hidden_characters,
            could_not_read=tuple(f"{u.path}: {u.reason}" for u in seen.unread),
            asked=_used(asked, [run.investigation for run in done if run.investigation]),
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
    if provenance.asked is not None:
        ended = [run.investigation for run in provenance.specialists if run.investigation]
        asked = _used(provenance.asked, [*ended, written.investigation])
        provenance = provenance.model_copy(update={"asked": asked, "synthesizer": written.investigation})
    changed = {
        "prose": written.prose,
        "refused": (*report.refused, *written.refused),
        "violations": (*report.violations, *written.violations),
        "provenance": provenance,
    }
    return report.model_copy(update=changed)


def _mode(asked: Asked | None) -> str:
    if asked is None:
        return "code only: no model was asked"
    return f"code decided; {asked.model.partition(', ')[0]} was asked to read on, explain and write"


def _used(asked: Asked | None, investigations: list[Investigation]) -> Asked | None:
    if asked is None:
        return None
    use = add_uses([found.use for found in investigations])
    warned = near(asked.limits, use, use.cost_usd) if asked.limits else ()
    return asked.model_copy(update={"use": use, "warned": warned})


def _cited(
    evidence: Iterable[Evidence], rows: Iterable[Assessment | Finding | Cause | Observation | Proposal]
) -> tuple[Evidence, ...]:
    used = {item for row in rows for item in row.evidence}
    return tuple(item for item in evidence if item.id in used)
