"""The way to a better verdict: findings, phases, pull requests to make, and how each repair is shown to work."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.report import Report
from gonogo.report import outline
from gonogo.report.drafts import changes, head, proposals, register, scorecard, verification, words
from gonogo.report.drafts.proposals import Proposal
from gonogo.report.markdown_text import escape, make_table

LATER = "Later"


def write(report: Report, comparison: Comparison | None) -> str:
    """Markdown."""
    items = proposals.propose(report)
    parts = [
        head.title(report, "Remediation plan"),
        head.control(report, comparison),
        head.caveats(report),
        _status(report),
        changes.section(report, comparison),
        _road_map(report, items),
        _pull_requests(report, items),
        f"## Test plan\n\n{verification.test_plan(report)}",
        _to_verify(report),
        _register(report, items),
        _next(report),
    ]
    return "\n\n".join(part for part in parts if part)


def _status(report: Report) -> str:
    takes = escape(report.text("next_step"))
    return f"## Failures\n\n{register.severities(report)}\n\n{scorecard.heat_map(report)}\n\n{takes}"


def _road_map(report: Report, items: tuple[Proposal, ...]) -> str:
    if not report.roadmap.phases:
        return "## Road map\n\nNo criterion fails: there is nothing to repair."
    rows = []
    for phase in report.roadmap.phases:
        chosen = [item for item in items if item.phase == phase.name]
        findings = sum(len(item.findings) for item in chosen)
        rows.append(
            (phase.name, str(len(phase.criteria)), str(findings), str(len(chosen)), words.hours(phase.effort_hours))
        )
    criteria = sum(len(phase.criteria) for phase in report.roadmap.phases)
    sums = (str(criteria), str(len(report.findings)), str(len(items)), words.hours(report.roadmap.effort_hours))
    table = make_table(
        ("Phase", "Criteria", "Findings", "Pull requests", "Hours"), [*rows, ("**All**", *sums)], numbers=4
    )
    return f"## Road map\n\n{table}\n\n{words.HOURS} {_phases()}"


def _phases() -> str:
    return (
        "Before production: what makes the verdict NO-GO. Next: what else keeps it from GO, and everything of high "
        "severity or worse. Later: the rest."
    )


def _pull_requests(report: Report, items: tuple[Proposal, ...]) -> str:
    if not items:
        return ""
    parts = [f"## Proposed pull requests ({len(items)})", proposals.RULE, proposals.overview(report, items)]
    for phase in report.roadmap.phases:
        parts.append(f"### {phase.name}")
        chosen = [item for item in items if item.phase == phase.name]
        parts += [proposals.section(report, item, whole=phase.name != LATER) for item in chosen]
    return "\n\n".join(parts)


def _to_verify(report: Report) -> str:
    return f"## To verify\n\n{verification.cannot_verify(report)}"


def _register(report: Report, items: tuple[Proposal, ...]) -> str:
    count = outline.counted(len(report.findings), "finding")
    if not report.findings:
        return "## Finding register\n\nThere is no finding."
    return f"## Finding register ({count})\n\n{words.CUT}\n\n{register.findings(report, items)}"


def _next(report: Report) -> str:
    lines = [
        f"Name an owner for each pull request: {words.TO_NAME}.",
        "Audit again after each phase, and give this run as the earlier one: what is fixed leaves the list by itself.",
        f"The verdict holds until {escape(report.verdict.valid_until)}; {head.NEXT_AUDIT}.",
    ]
    return "## Next steps\n\n" + "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
