"""Proposed pull requests: failing criteria of one phase and area that are in the same files, repaired together."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.model.assessment import Finding
from gonogo.model.criterion import Area, Criterion
from gonogo.model.report import Report
from gonogo.model.roadmap import Phase
from gonogo.report import outline
from gonogo.report.drafts import words
from gonogo.report.markdown_text import escape, make_table, span

MOST_TOGETHER = 4
"""Criteria of one pull request: what is larger, nobody reads."""
MOST_LISTED = 8
RULE = (
    "Failing criteria of one phase and area whose findings are in exactly the same files go into one pull request, at "
    f"most {MOST_TOGETHER} of them; every other criterion has its own. Each is a proposal: nothing was written, built "
    "or tried, and what it changes must be audited again."
)
NO_FILE = "no file: something is to be added"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request to make. ``number`` counts from 1 in the order of the road map; ``files`` are those of its
    findings."""

    number: int
    phase: str
    area: Area
    criteria: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    hours: float


def propose(report: Report) -> tuple[Proposal, ...]:
    """One proposal or a part of one for each failing criterion, in the order of the road map."""
    groups = [(phase.name, group) for phase in report.roadmap.phases for group in _groups(report, phase)]
    return tuple(_proposal(report, number, name, group) for number, (name, group) in enumerate(groups, 1))


def heading(report: Report, item: Proposal) -> str:
    """The title of a pull request."""
    codes = ", ".join(f"{report.criterion(slug).code} {slug}" for slug in item.criteria)
    return f"PR {item.number}: repair {codes}"


def section(report: Report, item: Proposal, *, whole: bool) -> str:
    """A pull request with title, body, files and acceptance; in short without the reasons and its findings."""
    rows = [report.criterion(slug) for slug in item.criteria]
    count = outline.counted(len(item.findings), "finding")
    effort = f"Area: {words.area(item.area)}. About {words.hours(item.hours)} h. Owner: {words.TO_NAME}."
    body = [f"- Change, {row.code}: {escape(row.fix)}" for row in rows]
    if whole:
        body = [line for row, change in zip(rows, body, strict=True) for line in (_why(row), change)]
    parts = [f"#### {heading(report, item)}", effort, "\n".join(body)]
    parts += [f"Settles {count}:\n\n{_findings(item)}"] if whole else [f"Settles {count} of the finding register."]
    parts.append(f"Files: {_files(item)}.")
    parts.append("Accepted when:\n\n" + "\n".join(_acceptance(row) for row in rows))
    return "\n\n".join(parts)


def overview(report: Report, items: tuple[Proposal, ...]) -> str:
    """All of them in a table, with sums."""
    rows = [
        (
            f"PR {item.number}",
            item.phase,
            ", ".join(f"{report.criterion(slug).code} {slug}" for slug in item.criteria),
            str(len(item.findings)),
            str(len(item.files)),
            words.hours(item.hours),
        )
        for item in items
    ]
    sums = (str(sum(len(item.findings) for item in items)), "-", words.hours(report.roadmap.effort_hours))
    return make_table(
        ("Pull request", "Phase", "Repairs", "Findings", "Files", "Hours"),
        [*rows, ("**All**", "-", "-", *sums)],
        numbers=3,
    )


def _groups(report: Report, phase: Phase) -> list[list[str]]:
    groups: list[list[str]] = []
    open_groups: dict[tuple[Area, frozenset[str]], list[str]] = {}
    for slug in phase.criteria:
        key = (report.criterion(slug).area, frozenset(_paths(report.findings_of(slug))))
        group = open_groups.get(key) if _is_all_in_files(report, slug) else None
        if group is None or len(group) == MOST_TOGETHER:
            group = []
            groups.append(group)
            if _is_all_in_files(report, slug):
                open_groups[key] = group
        group.append(slug)
    return groups


def _proposal(report: Report, number: int, phase: str, slugs: list[str]) -> Proposal:
    findings = tuple(finding for slug in slugs for finding in report.findings_of(slug))
    return Proposal(
        number=number,
        phase=phase,
        area=report.criterion(slugs[0]).area,
        criteria=tuple(slugs),
        findings=findings,
        files=_paths(findings),
        hours=round(sum(report.criterion(slug).effort_hours for slug in slugs), 2),
    )


def _is_all_in_files(report: Report, slug: str) -> bool:
    found = report.findings_of(slug)
    return bool(found) and all(finding.locator.path for finding in found)


def _paths(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(sorted({finding.locator.path for finding in findings if finding.locator.path}))


def _findings(item: Proposal) -> str:
    lines = [f"- `{f.id}` at {span(str(f.locator))}: {words.short(f.what)}" for f in item.findings[:MOST_LISTED]]
    more = len(item.findings) - MOST_LISTED
    lines += [f"- and {more} more, in the finding register"] if more > 0 else []
    return "\n".join(lines)


def _why(row: Criterion) -> str:
    return f"- Why, {row.code}: {escape(row.why)}"


def _files(item: Proposal) -> str:
    if not item.files:
        return NO_FILE
    more = len(item.files) - MOST_LISTED
    return ", ".join(map(span, item.files[:MOST_LISTED])) + (f" and {more} more" if more > 0 else "")


def _acceptance(row: Criterion) -> str:
    return (
        f"- [ ] {row.code}: {escape(row.verify)}\n"
        f"- [ ] `gonogo audit` answers `{row.slug}` with PASS, on evidence that is at least {row.strength}"
    )
