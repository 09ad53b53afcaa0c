"""The numbers that prose may say of an audit."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.model.criterion import Status
from gonogo.model.report import Report


def numbers_of(report: Report) -> frozenset[str]:
    """Every number that prose may say of an audit: counts, percents and hours that code computed."""
    return frozenset(_numbers(report))


def _numbers(report: Report) -> Iterator[str]:
    gates = report.verdict.gates
    counts = [len(report.assessments), len(report.findings), len(report.evidence), len(gates)]
    counts += [len(report.with_status(status)) for status in Status]
    for effect in {gate.effect for gate in gates}:
        for status in Status:
            number = sum(gate.effect is effect and gate.status is status for gate in gates)
            counts += range(number + 1)
    counts += report.findings_by_severity().values()
    counts += [report.coverage.answered, report.coverage.applicable, report.coverage.percent or 0]
    counts += [score.percent or 0 for score in report.scores]
    for shortfall in report.verdict.shortfalls:
        counts += [shortfall.needed, shortfall.reached or 0]
    for change in report.roadmap.changes:
        yield f"{change.effort_hours:g}"
        counts += [len(change.fix), len(change.verify)]
    for phase in report.roadmap.phases:
        yield f"{phase.effort_hours:g}"
        counts.append(len(phase.criteria))
    yield f"{report.roadmap.effort_hours:g}"
    yield from map(str, counts)
