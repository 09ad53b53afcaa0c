"""A report with other statuses: everything that follows from them is computed again."""

from __future__ import annotations

from collections.abc import Mapping

from gonogo.agents.synthesizer import write_prose
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Status, Strength
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.report import Report, order_findings
from gonogo.model.roadmap import plan
from gonogo.model.scores import cover, score_areas
from gonogo.model.target import Tier
from gonogo.model.verdict import decide


def restated(report: Report, statuses: Mapping[str, Status], tier: Tier = Tier.B) -> Report:
    """The report as it would be if these criteria had these statuses, at this tier."""
    shown = Evidence.make(
        tool="test", source="test", locator=Locator(symbol="shown"), excerpt="shown", strength=Strength.OBSERVED
    )
    rows = tuple(_assessment(row, statuses.get(row.criterion, row.status), shown) for row in report.assessments)
    failing = {row.criterion: row for row in rows if row.status is Status.FAIL}
    kept = [finding for finding in report.findings if finding.criterion in failing]
    made = [_finding(report, row) for slug, row in failing.items() if slug not in {f.criterion for f in kept}]
    verdict = decide(report.criteria, rows, tier, valid_until=report.verdict.valid_until)
    changed = report.model_copy(
        update={
            "target": report.target.model_copy(update={"tier": tier}),
            "assessments": rows,
            "findings": tuple(order_findings([*kept, *made])),
            "evidence": (*report.evidence, shown),
            "verdict": verdict,
            "scores": score_areas(rows),
            "coverage": cover(rows),
            "roadmap": plan(report.criteria, rows, verdict, tier),
        }
    )
    return changed.model_copy(update={"prose": write_prose(changed)})


def _assessment(row: Assessment, status: Status, shown: Evidence) -> Assessment:
    if status is row.status:
        return row
    evidence, strength = (shown.id,), Strength.OBSERVED
    reason = f"it was made {status.value.replace('_', ' ')}"
    return row.model_copy(update={"status": status, "strength": strength, "evidence": evidence, "reason": reason})


def _finding(report: Report, row: Assessment) -> Finding:
    criterion = report.criterion(row.criterion)
    return Finding(
        id=f"gng-{criterion.code[-3:]}{len(row.criterion):07x}",
        criterion=row.criterion,
        area=row.area,
        severity=row.severity,
        what="it was made to fail",
        locator=Locator(symbol=row.criterion),
        quote="",
        evidence=row.evidence,
        fix=criterion.fix,
        effort_hours=criterion.effort_hours,
    )
