"""What a specialist's model is told at first: the target, its criteria, code's answers and their evidence.

Equal evidence gives equal text: no clock, no counter of the run, nothing of other areas. A change to a file that an
area's evidence does not show leaves its brief as it was, so that its model need not be asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gonogo.agents.fence import fence
from gonogo.agents.markers import Marker, find_markers
from gonogo.facts.repository import Repository
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Criterion, Status
from gonogo.model.evidence import Evidence
from gonogo.model.target import Target
from gonogo.tools.evidence import OBSERVE, READ

MOST_FINDINGS = 6
MOST_EVIDENCE = 4
EXCERPT_LINES = 6
EXCERPT_WIDTH = 200
INVENTORY_SIZE = 6_000
"""Characters of paths; a target with more is told by folder."""
OPEN = (Status.FAIL, Status.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Brief:
    """The text, and where the target's part of it addresses its reader: (place, marker)."""

    text: str
    markers: tuple[tuple[str, Marker], ...]


@dataclass(frozen=True)
class AreaAnswers:
    """Code's answers to the criteria of one area, with all evidence that they cite by id."""

    criteria: tuple[Criterion, ...]
    assessments: Mapping[str, Assessment]
    findings: tuple[Finding, ...]
    evidence: Mapping[str, Evidence]

    def findings_of(self, slug: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.criterion == slug)

    def with_status(self, *statuses: Status) -> tuple[Criterion, ...]:
        return tuple(row for row in self.criteria if self.assessments[row.slug].status in statuses)


def write_brief(answers: AreaAnswers, target: Target, repository: Repository) -> Brief:
    """The first message of a specialist's conversation."""
    parts = [
        f"# The target\nTier {target.tier}; decided for the environment below. Files that decide, by folder:",
        _data(f"name: {target.name}\nenvironment: {target.environment}\n{_inventory(repository)}", "inventory"),
        "# Criteria that code could not answer",
        *_open(answers, answers.with_status(Status.UNVERIFIED)),
        "# Criteria that code says fail",
        *_open(answers, answers.with_status(Status.FAIL)),
        "# Criteria that you can't change",
        _data(_closed(answers), "answered"),
        "Read what these turn on, then submit.",
    ]
    return Brief("\n\n".join(parts) + "\n", tuple(_markers(answers, repository)))


def _data(text: str, label: str) -> str:
    return fence(text, label).text


def _markers(answers: AreaAnswers, repository: Repository) -> Iterator[tuple[str, Marker]]:
    """Only in what comes from files: our own ids and searches look like forged ones."""
    for item in answers.evidence.values():
        if item.tool in (READ, OBSERVE):
            yield from ((str(item.locator), marker) for marker in find_markers(item.excerpt))
    for file in repository.deciding:
        yield from ((file.path, marker) for marker in find_markers(file.path))


def _open(answers: AreaAnswers, rows: Sequence[Criterion]) -> list[str]:
    return [_criterion(answers, row) for row in rows] or ["None."]


def _criterion(answers: AreaAnswers, row: Criterion) -> str:
    found = answers.assessments[row.slug]
    head = f"## {row.slug} ({row.severity}; a pass takes evidence that is {row.strength})\n{row.asks}"
    if row.not_applicable_when:
        head += f" Not applicable when {row.not_applicable_when}."
    if found.status is Status.UNVERIFIED:
        head += f" What would show it: {row.source}."
    lines = [f"code: {found.status.value}: {found.reason}"]
    findings = answers.findings_of(row.slug)
    for finding in findings[:MOST_FINDINGS]:
        lines.append(f"{finding.id} {finding.locator}: {finding.what}")
    if len(findings) > MOST_FINDINGS:
        lines.append(f"and {len(findings) - MOST_FINDINGS} more places")
    cited = [finding.evidence[0] for finding in findings if finding.evidence] or list(found.evidence)
    for item in list(dict.fromkeys(cited))[:MOST_EVIDENCE]:
        lines += _excerpt(answers.evidence[item])
    return f"{head}\n{_data(chr(10).join(lines), row.slug)}"


def _excerpt(item: Evidence) -> list[str]:
    lines = item.excerpt.split("\n")
    shown = [f"    {line[:EXCERPT_WIDTH]}" for line in lines[:EXCERPT_LINES]]
    return [f"{item.id} {item.locator}", *shown, *(["    ..."] if len(lines) > EXCERPT_LINES else [])]


def _closed(answers: AreaAnswers) -> str:
    rows = answers.with_status(*(status for status in Status if status not in OPEN))
    found = [answers.assessments[row.slug] for row in rows]
    return "\n".join(f"{row.criterion}: {row.status.value}: {row.reason}" for row in found) or "none"


def _inventory(repository: Repository) -> str:
    """Paths by folder; for a large target the folders alone, with how many files each holds."""
    folders: dict[str, list[str]] = {}
    for file in repository.deciding:
        folders.setdefault(file.folder, []).append(file.path.rpartition("/")[2])
    whole = "\n".join(f"{folder or '.'}/: {', '.join(names)}" for folder, names in sorted(folders.items()))
    if len(whole) <= INVENTORY_SIZE:
        return whole
    short = "\n".join(f"{folder or '.'}/: {len(names)} files" for folder, names in sorted(folders.items()))
    return short if len(short) <= INVENTORY_SIZE else short[:INVENTORY_SIZE].rpartition("\n")[0] + "\n... and more"
