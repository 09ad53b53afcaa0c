"""JUnit's XML, as test runners write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.model.imported import RowStatus
from gonogo.tools.errors import ToolError
from gonogo.tools.imported.opening import local
from gonogo.tools.imported.rows import MOST_ROWS, ImportedFile, Row, as_line, as_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMAT = "JUnit"
RULE = "test"
_CHILDREN: dict[str, RowStatus] = {"failure": "fail", "error": "fail", "skipped": "not_applicable"}


def read(path: Path, root: Element) -> tuple[ImportedFile, ...]:
    """One row for each test case. A suite that broke before its tests is a failing row. Raises ToolError."""
    rows = []
    for element in root.iter():
        kind = local(element.tag)
        if kind == "testcase":
            rows.append(_row(element))
        elif kind == "testsuite":
            broken = [child for child in element if local(child.tag) == "error"]
            rows += [Row(RULE, "fail", message=_told(child), name=as_text(element.get("name"))) for child in broken]
        if len(rows) > MOST_ROWS:
            raise ToolError(f"{path}: holds more than {MOST_ROWS} tests: split it by suite.")
    counts = {status: sum(row.status == status for row in rows) for status in ("pass", "fail", "not_applicable")}
    suites = [element for element in root.iter() if local(element.tag) == "testsuite"]
    declared = _declared_failures(suites)
    if declared > counts["fail"]:
        # A file that counts failures and does not list them was cut, or written by a runner that lists none.
        rows.append(Row(RULE, "fail", message=f"the suites count {declared} failures, {counts['fail']} are listed"))
    times = sorted(as_text(suite.get("timestamp"))[:40] for suite in suites)
    notes = () if rows else ("it holds no tests: nothing was tried",)
    return (
        ImportedFile(
            format=FORMAT,
            tool="JUnit",
            taken=times[-1] if times else "",
            rows=tuple(rows),
            facts={
                "tests": len(rows),
                "passed": counts["pass"],
                "failed": sum(row.status == "fail" for row in rows),
                "skipped": counts["not_applicable"],
            },
            notes=notes,
            incomplete=notes[0] if notes else "",
        ),
    )


def _row(case: Element) -> Row:
    name = ".".join(filter(None, (as_text(case.get("classname")), as_text(case.get("name")))))
    found = next((child for child in case if local(child.tag) in _CHILDREN), None)
    return Row(
        rule=RULE,
        status=_CHILDREN[local(found.tag)] if found is not None else "pass",
        message=f"{name}: {_told(found)}".rstrip(": ") if found is not None else "",
        path=as_text(case.get("file")) or name,
        line=as_line(case.get("line")),
        name=name,
    )


def _told(element: Element) -> str:
    return as_text(element.get("message")) or as_text((element.text or "").strip().partition("\n")[0])


def _declared_failures(suites: list[Element]) -> int:
    """Failures that the innermost suites count."""
    inner = [suite for suite in suites if not any(local(child.tag) == "testsuite" for child in suite)]
    return sum(as_line(suite.get(kind)) for suite in inner for kind in ("failures", "errors"))
