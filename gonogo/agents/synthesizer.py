"""The report's prose from templates: sentences around facts that were computed elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.model.criterion import Status
from gonogo.model.report import Prose, Report, worst_first
from gonogo.model.roadmap import Change
from gonogo.model.verdict import Effect, Value

MOST_NAMED = 6
MOST_EXPLAINED = 5


def write_prose(report: Report) -> tuple[Prose, ...]:
    """The prose of all sections. Equal reports get equal prose."""
    return (
        Prose(section="summary", text=_summary(report)),
        Prose(section="next_step", text=_next_step(report)),
        Prose(section="impact", text=_impact(report)),
        Prose(section="road_map", text=_road_map(report)),
    )


def _summary(report: Report) -> str:
    target, verdict = report.target, report.verdict
    sentences = [_opening(report)]
    failing = [g.criterion for g in verdict.gates if g.effect is Effect.BLOCKS and g.status is Status.FAIL]
    lost = [g.criterion for g in verdict.gates if g.effect is Effect.BLOCKS and g.status is not Status.FAIL]
    open_gates = [g.criterion for g in verdict.gates if g.effect is Effect.CONDITIONS and g.status is Status.UNVERIFIED]
    conditioning = [g for g in verdict.gates if g.effect is Effect.CONDITIONS and g.status is Status.FAIL]
    waived = [gate.criterion for gate in conditioning if gate.waived]
    below = [gate.criterion for gate in conditioning if not gate.waived]
    if failing:
        sentences.append(
            f"{_count(failing, 'gate')} of tier {target.tier} {_verb(failing, 'fail')}: {_names(failing)}."
        )
    if lost:
        sentences.append(f"The answers to {_count(lost, 'gate')} were lost during the audit: {_names(lost)}.")
    if open_gates:
        sentences.append(
            f"{_count(open_gates, 'gate')} could not be verified from what was given: {_names(open_gates)}."
        )
    if below:
        sentences.append(
            f"{_count(below, 'failure')} just below the gates, or milder at one, {_verb(below, 'hold')} back a GO."
        )
    if waived:
        sentences.append(f"{_count(waived, 'failing gate')} {_verb(waived, 'is', 'are')} waived: {_names(waived)}.")
    sentences += [f"No GO: {shortfall}." for shortfall in verdict.shortfalls]
    sentences.append(_coverage(report))
    return " ".join(sentences)


def _opening(report: Report) -> str:
    name, tier, value = report.target.name, report.target.tier, report.verdict.value
    says = {
        Value.GO: f"{name} may go to production as a tier {tier} service: every gate holds on evidence.",
        Value.CONDITIONAL: f"{name} may go to production as a tier {tier} service only under conditions.",
        Value.NO_GO: f"{name} may not go to production as a tier {tier} service.",
    }
    return f"{value}: {says[value]}"


def _coverage(report: Report) -> str:
    counts = {status: len(report.with_status(status)) for status in Status}
    asked, coverage = len(report.assessments), report.coverage
    share = f" ({coverage.percent}%)" if coverage.percent is not None else ""
    return (
        f"Of {asked} criteria {coverage.applicable} apply and {coverage.answered} of those were answered{share}: "
        f"{counts[Status.PASS]} pass, {counts[Status.FAIL]} fail; {counts[Status.UNVERIFIED]} are unverified."
    )


def _next_step(report: Report) -> str:
    if not report.roadmap.changes:
        return "Nothing has to change for this verdict; it holds until its date, or until the target changes."
    return " ".join(_change(change) for change in report.roadmap.changes)


def _impact(report: Report) -> str:
    """What the worst failures mean, in the catalogue's words."""
    slugs = top_blockers(report)[:MOST_EXPLAINED]
    if not slugs:
        return "No failing criterion holds the verdict back."
    return " ".join(f"{slug}: {report.criterion(slug).why}" for slug in slugs)


def _road_map(report: Report) -> str:
    phases = report.roadmap.phases
    if not phases:
        return "No criterion fails: there is nothing to repair."
    parts = [
        f"{p.name}: {_count(p.criteria, 'criterion', 'criteria')}, about {_hours(p.effort_hours)} h" for p in phases
    ]
    return "; ".join(parts) + "."


def _change(change: Change) -> str:
    parts = []
    if change.fix:
        parts.append(f"repair {_count(change.fix, 'criterion', 'criteria')} (about {_hours(change.effort_hours)} h)")
    if change.verify:
        parts.append(f"verify {_count(change.verify, 'more') if change.fix else _count(change.verify, 'gate')}")
    if change.reach:
        parts.append("reach what the policy asks")
    return f"From {change.before} to {change.after}: {' and '.join(parts)}."


def top_blockers(report: Report) -> list[str]:
    """The slugs of what blocks or conditions the verdict, worst first."""
    gates = {gate.criterion for gate in report.verdict.gates if gate.effect is not Effect.HOLDS}
    return [a.criterion for a in worst_first(report.assessments) if a.criterion in gates and a.status is Status.FAIL]


def _count(items: Iterable[str], one: str, many: str | None = None) -> str:
    number = len(list(items))
    word = one if number == 1 or one == "more" else many or one + "s"
    return f"{number} {word}"


def _verb(items: list[str], word: str, many: str = "") -> str:
    """The verb for one or several: ``word`` with an s, or ``word`` and ``many`` as they are."""
    if many:
        return word if len(items) == 1 else many
    return word + "s" if len(items) == 1 else word


def _names(slugs: list[str]) -> str:
    more = len(slugs) - MOST_NAMED
    return ", ".join(slugs[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _hours(hours: float) -> str:
    return f"{hours:g}"
