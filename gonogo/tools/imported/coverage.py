"""Coverage of tests: Cobertura's XML (coverage.py, Istanbul ...), JaCoCo's XML, LCOV.

A percentage is a fact here, never an answer: whether it is enough is for the project's own threshold.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.tools.errors import ToolError
from gonogo.tools.imported.opening import local
from gonogo.tools.imported.rows import ImportedFile, Row, as_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

RULE = "line-coverage"


def read_cobertura(path: Path, root: Element) -> tuple[ImportedFile, ...]:
    """From the counts of the root where it has them, else from its lines. Raises ToolError."""
    covered, valid = _number(root.get("lines-covered")), _number(root.get("lines-valid"))
    if covered is None or valid is None:
        lines = [element for element in root.iter() if local(element.tag) == "line"]
        valid, covered = len(lines), sum(as_text(line.get("hits")) not in ("", "0") for line in lines)
    return (_coverage(path, "Cobertura XML", covered, valid, as_text(root.get("version"))),)


def read_jacoco(path: Path, root: Element) -> tuple[ImportedFile, ...]:
    """From the report's own counter of lines. Raises ToolError."""
    for counter in root:
        if local(counter.tag) == "counter" and counter.get("type") == "LINE":
            covered, missed = _number(counter.get("covered")), _number(counter.get("missed"))
            if covered is not None and missed is not None:
                return (_coverage(path, "JaCoCo XML", covered, covered + missed),)
    raise ToolError(f"{path}: JaCoCo's report counts no lines: write it with the classes and their debug information.")


def read_lcov(path: Path, text: str) -> tuple[ImportedFile, ...]:
    """From its LH and LF lines; DA lines where a record has none. Raises ToolError."""
    covered = valid = 0
    hit = found = 0
    totals: dict[str, int] = {}
    for line in text.splitlines():
        kind, _, value = line.strip().partition(":")
        if kind == "DA":
            found += 1
            hit += value.partition(",")[2].partition(",")[0] not in ("", "0")
        elif kind in ("LH", "LF"):
            totals[kind] = _number(value) or 0
        elif kind == "end_of_record":
            covered += totals.get("LH", hit)
            valid += totals.get("LF", found)
            hit, found, totals = 0, 0, {}
    return (_coverage(path, "LCOV", covered, valid),)


def _coverage(path: Path, form: str, covered: int, valid: int, version: str = "") -> ImportedFile:
    if covered > valid:
        raise ToolError(f"{path}: says that {covered} of {valid} lines are covered: have the tool write it again.")
    if not valid:
        return ImportedFile(form, "coverage", version, notes=("it counts no lines: nothing was measured",))
    percent = math.floor(covered * 1000 / valid) / 10  # rounding up would make a threshold out of a miss
    said = f"{percent}% of lines are covered by tests ({covered} of {valid})"
    return ImportedFile(
        format=form,
        tool="coverage",
        version=version,
        rows=(Row(RULE, "unknown", message=said),),
        facts={"lines": valid, "lines_covered": covered, "percent": percent},
    )


def _number(text: str | None) -> int | None:
    told = (text or "").strip()
    return int(told) if told.isdecimal() and len(told) < 16 else None
