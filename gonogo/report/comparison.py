"""What changed between two audits, as text, Markdown and JSON. Of two that are unlike only what each says is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gonogo.model.baseline import Baseline
from gonogo.model.comparison import Change, ChangedFinding, Comparison
from gonogo.model.criterion import Severity, Status
from gonogo.model.scores import Coverage, Score
from gonogo.report.markdown_text import cell_span, escape, make_table
from gonogo.report.outline import counted
from gonogo.report.runs import visible

WORDS = {
    Change.NEW: "new",
    Change.REGRESSED: "regressed (new, of a criterion that passed before)",
    Change.RESOLVED: "resolved",
    Change.OPEN: "still open",
}
TOLD_FIRST = (Change.NEW, Change.REGRESSED, Change.RESOLVED)
"""What is still open is the longest and the least new: it comes last."""
UNLIKE = "These two audits can't be compared: what follows are the answers of each, not a change."
BACKWARDS = "The first of them is the later one."
NONE = "-"


@dataclass(frozen=True, slots=True)
class Share:
    """A share before and after. ``tenths`` are tenths of a percent, rounded down so that 1000 means all; None where it
    was not asked or nothing applies."""

    name: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None

    @property
    def tenths(self) -> tuple[int | None, int | None]:
        """Before and after."""
        return _tenths(self.before), _tenths(self.after)

    @property
    def points(self) -> float | None:
        """The absolute change in percentage points: the difference of the percents as they are shown."""
        before, after = self.tenths
        return None if before is None or after is None else (after - before) / 10

    @property
    def relative(self) -> float | None:
        """The relative change in percent of what it was before; None where that was nothing."""
        if not self.before or not self.after or not self.before[0] or not self.before[1] or not self.after[1]:
            return None
        before, after = (part / whole for part, whole in (self.before, self.after))
        return round((after / before - 1) * 100, 1) + 0.0


def shares(comparison: Comparison) -> tuple[Share, ...]:
    """The scores by area and the coverage."""
    rows = [
        Share(str((after or before).area), _of_score(before), _of_score(after))  # type: ignore[union-attr]
        for before, after in comparison.scores()
    ]
    before, after = comparison.coverages()
    return (*rows, Share("coverage", _of_coverage(before), _of_coverage(after)))


def as_text(comparison: Comparison) -> str:
    """For a terminal."""
    lines = [f"{visible(comparison.after.target)}: {_verdicts(comparison)}", *_heads(comparison)]
    lines += ["", _counts(comparison), *_listed(comparison, *TOLD_FIRST)] if comparison.is_comparable else []
    if comparison.is_comparable:
        head = ("", "before", "after", "points", "relative")
        lines += ["", "scores", *_columns([head, *map(_share_cells, shares(comparison))])]
    lines += ["", f"statuses that differ: {len(comparison.statuses)}"]
    lines += _columns([(r.criterion, _word(r.before), "->", _word(r.after)) for r in comparison.statuses])
    lines += _listed(comparison, Change.OPEN) if comparison.is_comparable else []
    return "\n".join([*_why(comparison), *lines]) + "\n"


def as_markdown(comparison: Comparison) -> str:
    """For a pull request or a page."""
    parts = [f"# {_shown(comparison.after.target)}: {_verdicts(comparison)}", *map(_shown, _why(comparison))]
    parts.append("\n".join(f"- {_shown(line)}" for line in _heads(comparison)))
    if comparison.is_comparable:
        parts += [f"{_counts(comparison)}.", *_tables(comparison, *TOLD_FIRST)]
        head = ("Area", "Before", "After", "Points", "Relative")
        parts += ["## Scores", make_table(head, map(_share_cells, shares(comparison)), numbers=4)]
    parts.append(f"## Statuses that differ: {len(comparison.statuses)}")
    if comparison.statuses:
        cells = [(_span(r.criterion), _word(r.before), _word(r.after)) for r in comparison.statuses]
        parts.append(make_table(("Criterion", "Before", "After"), cells))
    parts += _tables(comparison, Change.OPEN) if comparison.is_comparable else []
    return "\n\n".join(parts) + "\n"


def as_json(comparison: Comparison) -> str:
    """``findings`` by change, and ``scores``, are empty where the two can't be compared. Percents have one decimal."""
    compared = comparison.is_comparable
    data = {
        "kind": "gonogo comparison",
        "comparable": compared,
        "why_not": list(comparison.why_not),
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "findings": {
            change.value: [row.model_dump(mode="json", exclude={"change"}) for row in comparison.with_change(change)]
            for change in WORDS
            if compared
        },
        "scores": [_share_data(row) for row in shares(comparison) if compared],
        "statuses": [row.model_dump(mode="json") for row in comparison.statuses],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _why(comparison: Comparison) -> list[str]:
    return [] if comparison.is_comparable else [UNLIKE, *(visible(f"{why}.") for why in comparison.why_not)]


def _verdicts(comparison: Comparison) -> str:
    before, after = comparison.verdicts
    if not comparison.is_comparable:
        return f"{before} and {after}"
    return f"{before} -> {after}" if before is not after else f"{after}, as before"


def _heads(comparison: Comparison) -> list[str]:
    lines = [f"{name} {_told(side)}" for name, side in (("before", comparison.before), ("after ", comparison.after))]
    backwards = comparison.before.created > comparison.after.created
    return [*lines, BACKWARDS] if backwards else lines


def _told(side: Baseline) -> str:
    return visible(f"{side.created}, tier {side.tier.value}, {side.environment}, gonogo {side.gonogo}")


def _counts(comparison: Comparison) -> str:
    numbers = {change: len(comparison.with_change(change)) for change in WORDS}
    short = {Change.REGRESSED: "regressed"}
    told = ", ".join(f"{number} {short.get(change, WORDS[change])}" for change, number in numbers.items())
    return f"{counted(sum(numbers.values()), 'finding')}: {told}"


def _listed(comparison: Comparison, *changes: Change) -> list[str]:
    lines = []
    for change in changes:
        if found := comparison.with_change(change):
            lines += ["", f"{WORDS[change]}: {len(found)}", *(f"  {_finding_text(row)}" for row in found)]
    return lines


def _tables(comparison: Comparison, *changes: Change) -> list[str]:
    head = ("Id", "Criterion", "Severity", "What", "Where")
    parts = []
    for change in changes:
        if found := comparison.with_change(change):
            parts += [f"## {WORDS[change].capitalize()}: {len(found)}", make_table(head, map(_finding_cells, found))]
    return parts


def _finding_text(row: ChangedFinding) -> str:
    finding = row.finding
    place = f" ({finding.place})" if finding.place else ""
    return visible(f"{finding.id} {_severity(row)} {finding.criterion}: {finding.what}{place}{_waived(row)}")


def _finding_cells(row: ChangedFinding) -> tuple[str, ...]:
    finding = row.finding
    place = _span(finding.place) if finding.place else NONE
    return _span(finding.id), _span(finding.criterion), _severity(row), _shown(finding.what) + _waived(row), place


def _severity(row: ChangedFinding) -> str:
    now: Severity = row.finding.severity
    return f"{now.value} (was {row.was.value})" if row.was not in (None, now) and row.was else now.value


def _waived(row: ChangedFinding) -> str:
    return " [waived]" if row.waived else ""


def _share_cells(row: Share) -> tuple[str, ...]:
    before, after = row.tenths
    points, relative = row.points, row.relative
    return (
        row.name,
        _share_text(row.before, before),
        _share_text(row.after, after),
        NONE if points is None else f"{points:+.1f}",
        NONE if relative is None else f"{relative:+.1f}%",
    )


def _share_text(share: tuple[int, int] | None, tenths: int | None) -> str:
    if share is None:
        return "not asked"
    return "nothing applies" if tenths is None else f"{share[0]} of {share[1]} ({tenths / 10:.1f}%)"


def _share_data(row: Share) -> dict[str, Any]:
    sides = {}
    for name, share, tenths in (("before", row.before, row.tenths[0]), ("after", row.after, row.tenths[1])):
        percent = None if tenths is None else tenths / 10
        sides[name] = {"part": share[0], "whole": share[1], "percent": percent} if share else None
    return {"name": row.name, **sides, "points": row.points, "relative_percent": row.relative}


def _side(side: Baseline) -> dict[str, Any]:
    return side.model_dump(mode="json", exclude={"kind", "version", "findings", "statuses", "scores", "coverage"})


def _of_score(score: Score | None) -> tuple[int, int] | None:
    return (score.passed, score.applicable) if score else None


def _of_coverage(coverage: Coverage) -> tuple[int, int]:
    return coverage.answered, coverage.applicable


def _tenths(share: tuple[int, int] | None) -> int | None:
    return share[0] * 1000 // share[1] if share and share[1] else None


def _shown(text: str) -> str:
    return escape(visible(text))


def _span(text: str) -> str:
    return cell_span(visible(text))


def _word(status: Status | None) -> str:
    return status.value.replace("_", " ") if status else "not asked"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(visible(row[column])) for row in rows) for column in range(len(rows[0]))] if rows else []
    return [
        "  " + "  ".join(visible(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
