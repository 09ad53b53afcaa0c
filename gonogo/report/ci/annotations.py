"""Annotations of a job on GitHub, as workflow commands on its standard output.

A line that begins with ``::`` is a command to the runner, so text of the target that came to begin a line could set
variables or switch masking off: every annotation is one line, with its text escaped behind the command's name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from gonogo.model.assessment import Finding
from gonogo.model.comparison import Change, Comparison
from gonogo.model.criterion import Severity
from gonogo.model.report import Report
from gonogo.report.outline import counted

COMMANDS = {
    Severity.BLOCKER: "error",
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
}
MOST_OF_A_KIND = 10
"""What GitHub shows of each kind in one step; of what comes after it drops the rest without a word."""
MOST_CHARACTERS = 1_000


def github_annotations(report: Report, comparison: Comparison | None) -> str:
    """One line for each finding that is shown, worst first, each ending in a newline; empty where there are none.

    With a comparison that holds, new and regressed findings only: what is still open is no news of this change. Waived
    findings are left out. At most ten of each kind; the last notice counts what is left out.
    """
    shown: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    left = 0
    for finding, change in _chosen(report, comparison):
        kind = COMMANDS[finding.severity]
        room = MOST_OF_A_KIND - (kind == "notice")  # the last notice is kept for the count
        if len(shown[kind]) < room:
            shown[kind].append(_line(kind, finding, change))
        else:
            left += 1
    if left:
        more = f"{counted(left, 'finding')} more than annotations have room for: see the summary and the report"
        shown["notice"].append(f"::notice title=gonogo::{_message(more)}")
    return "".join(line + "\n" for lines in shown.values() for line in lines)


def _chosen(report: Report, comparison: Comparison | None) -> Iterator[tuple[Finding, str]]:
    """Findings in the report's order, which is worst first, with the change that is said of each."""
    waived = {row.criterion for row in report.assessments if row.waived}
    if comparison is not None and comparison.is_comparable:
        changes = {row.finding.id: row.change for row in comparison.with_change(Change.NEW, Change.REGRESSED)}
    else:
        changes = None
    for finding in report.findings:
        if finding.criterion not in waived and (changes is None or finding.id in changes):
            yield finding, changes[finding.id].value if changes is not None else ""


def _line(kind: str, finding: Finding, change: str) -> str:
    locator = finding.locator
    properties = []
    if locator.path:
        properties.append(("file", locator.path))
        if locator.line:
            properties.append(("line", str(locator.line)))
            if locator.end_line and locator.end_line > locator.line:
                properties.append(("endLine", str(locator.end_line)))
    properties.append(("title", f"{finding.criterion} ({finding.severity}{', ' + change if change else ''})"))
    given = ",".join(f"{name}={_property(value)}" for name, value in properties)
    return f"::{kind} {given}::{_message(f'{finding.what[:MOST_CHARACTERS]} [{finding.id}]')}"


def _message(text: str) -> str:
    """As the runner reads it back: percent first, then what ends a line. Other control characters are shown by name, so
    that none moves the cursor of whoever reads the log."""
    shown = "".join(_visible(text))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property's value ends at a comma, and the properties at a colon."""
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _visible(text: str) -> Iterable[str]:
    """Characters that break lines for some readers, steer a terminal or hide text, as their code points."""
    for character in text:
        hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        yield f"\\u{ord(character):04x}" if hidden and character not in "\r\n\t" else character
