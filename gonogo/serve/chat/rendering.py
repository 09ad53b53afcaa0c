"""Answers as plain text for a terminal: code's words about a report. No colours, no control characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect
from gonogo.serve.chat.case import is_of_all_areas, made
from gonogo.serve.shapes import EvidenceAnswer, Explanation, FindingPage, Flips, GateAnswer, Standing, Supposed, Waiting
from gonogo.tools.hidden import make_visible

MOST_GATES = 12
MOST_PLACES = 8
MOST_LINES = 60
"""Lines of one piece of evidence."""
STORED = "    "
"""What stored lines begin with."""
LEAST_COLUMNS = 20
MARKS = ("- ", "* ", "> ")


def shown(text: str) -> str:
    """The text with nothing that speaks to a terminal but line breaks."""
    return make_visible(text.replace("\t", "    "))[0]


def wrapped(text: str, columns: int) -> str:
    """The text in lines of so many columns that end between words, with what goes on set in. Stored lines and tables
    stay as they are, and so does what has no space to end at."""
    if columns < LEAST_COLUMNS:
        return text
    return "\n".join(part for line in text.split("\n") for part in _parts(line, columns))


def badge(report: Report, now: datetime) -> str:
    """The verdict, of what, how old, and until when. It comes from the report, never from a model."""
    target, verdict = report.target, report.verdict
    old = (now - made(report)).days
    age = "today" if old <= 0 else "1 day ago" if old == 1 else f"{old} days ago"
    areas = [run.area.value for run in report.provenance.specialists]
    part = "" if is_of_all_areas(report) else f" of {', '.join(areas)} alone"
    parts = [f"[{verdict.value}{part}] {target.name}, tier {target.tier}, {target.environment}"]
    parts.append(f"audited {report.provenance.created[:10]} ({age})")
    if verdict.valid_until:
        passed = date.fromisoformat(verdict.valid_until) < now.date()
        parts.append(f"valid until {verdict.valid_until}{', WHICH HAS PASSED: audit again' if passed else ''}")
    return "; ".join(parts)


def standing(answer: Standing) -> str:
    """Where the target stands."""
    counts = ", ".join(f"{number} {_word(status)}" for status, number in answer.criteria.items() if number)
    found = ", ".join(f"{number} {severity}" for severity, number in answer.findings.items() if number) or "none"
    lines = [f"Verdict {answer.verdict} for tier {answer.tier}, {answer.environment}."]
    if answer.gates:
        lines += [f"It hangs on {_many(len(answer.gates), 'gate')}:", *_gates(answer.gates)]
    else:
        lines.append("Every gate holds.")
    lines += [f"No GO: {item}" for item in answer.shortfalls]
    lines += [f"Set by the operator: {item}" for item in answer.concessions]
    lines.append(f"Criteria: {counts}. Findings: {found}.")
    scores = (f"{row.area} {'-' if row.percent is None else f'{row.percent}%'}" for row in answer.scores)
    lines.append(f"Scores (for display): {', '.join(scores)}.")
    lines.append(f"Answered: {answer.coverage.answered} of {answer.coverage.applicable} that apply.")
    lines += map(_waiting, answer.waiting)
    return "\n".join(lines)


def finding_page(page: FindingPage, more: str = "name an area or a severity") -> str:
    """A page of findings; ``more`` says how to have the rest."""
    if not page.total:
        return "There is no such finding in this run. What could not be seen is unverified: see the status."
    begins = f"; from {page.offset + 1} on" if page.offset else ""
    lines = [f"{_many(page.total, 'finding')}, worst first{begins}:"]
    for row in page.findings:
        waived = " (waived)" if row.waived else ""
        lines.append(f"  {row.id} {row.severity} {row.code} {row.criterion}: {_line(row.what)} [{row.place}]{waived}")
    left = page.total - page.offset - len(page.findings)
    return "\n".join((*lines, *([f"  and {left} more: {more}"] if left > 0 else ())))


def explanation(answer: Explanation) -> str:
    """Why a criterion is answered as it is."""
    lines = [f"{answer.code} {answer.criterion} ({answer.severity}, {answer.area}): {_word(answer.status)}"]
    lines += [f"Asks: {answer.asks}", f"Answer: {_line(answer.reason)}"]
    if answer.lost:
        lines.append("Its answer was lost during the audit.")
    if answer.waived:
        lines.append(
            f"Waived by {answer.waived.owner} until {answer.waived.expires}: {_line(answer.waived.reason)}. Its status "
            "stays what it is."
        )
    if answer.waiting:
        lines.append(_waiting(answer.waiting))
    lines += _places(answer)
    lines.append(_effect(answer))
    lines.append(f"Why it matters: {answer.why}")
    if answer.status is Status.FAIL:
        lines += [f"To fix (about {answer.effort_hours:g} h): {answer.fix}", f"To verify: {answer.verify}"]
    if answer.status is Status.UNVERIFIED:
        lines.append(f"What would show it: {answer.source} ({answer.permission})")
    if answer.evidence:
        lines.append(f"Evidence: {', '.join(answer.evidence)}")
    return "\n".join(lines)


def evidence(answers: Sequence[EvidenceAnswer]) -> str:
    """Stored bytes, as they were read."""
    lines: list[str] = []
    for row in answers:
        intact = "as it was stored" if row.is_intact else "NOT what was stored"
        lines.append(f"{row.id} {row.place} (by {row.tool}, {row.strength}; sha256 {row.sha256[:12]}, {intact})")
        told = row.excerpt.split("\n")
        lines += [f"{STORED}{line}" for line in told[:MOST_LINES]]
        lines += [f"{STORED}({len(told) - MOST_LINES} more lines)"] if len(told) > MOST_LINES else []
        rests = ", ".join((*row.criteria, *row.findings))
        lines += [f"  cited by {rests}"] if rests else []
    return "\n".join(lines)


def supposed(answer: Supposed) -> str:
    """What the verdict would be."""
    changes = ", ".join(f"{slug} were {_word(status)}" for slug, status in answer.changes.items())
    verdict = answer.after.value
    same = "it would stay" if answer.after is answer.before else f"instead of {answer.before.value} it would be"
    lines = [f"If {changes}: {same} {verdict}. Nothing of the run changes."]
    if answer.cleared:
        lines.append(f"No longer in the way: {', '.join(answer.cleared)}.")
    if answer.left:
        lines += [f"Still in the way: {_many(len(answer.left), 'gate')}:", *_gates(answer.left)]
    lines += [f"No GO: {item}" for item in answer.shortfalls]
    return "\n".join(lines)


def flips(answer: Flips) -> str:
    """What would take the verdict up."""
    if not answer.changes:
        return f"The verdict is {answer.verdict.value}: nothing has to change for a better one."
    lines = []
    for change in answer.changes:
        lines.append(f"From {change.before} to {change.after}, the smallest set:")
        if change.fix:
            lines.append(f"  repair (about {change.effort_hours:g} h): {', '.join(change.fix)}")
        if change.verify:
            lines.append(f"  verify: {', '.join(change.verify)}")
        lines += [f"  reach: {item}" for item in change.reach]
    return "\n".join(lines)


def _gates(gates: Sequence[GateAnswer]) -> Iterator[str]:
    for gate in gates[:MOST_GATES]:
        waived = ", waived" if gate.waived else ""
        yield f"  {gate.effect} {gate.severity} {gate.code} {gate.criterion}: {_word(gate.status)}{waived}; {gate.asks}"
    if len(gates) > MOST_GATES:
        yield f"  and {len(gates) - MOST_GATES} more"


def _places(answer: Explanation) -> Iterator[str]:
    if answer.findings:
        yield f"{_many(len(answer.findings), 'finding')}:"
    for row in answer.findings[:MOST_PLACES]:
        by = " (found by a model)" if row.by else ""
        yield f"  {row.id} {row.severity} {row.place}: {_line(row.what)}{by} [{', '.join(row.evidence)}]"
    if len(answer.findings) > MOST_PLACES:
        yield f"  and {len(answer.findings) - MOST_PLACES} more"


def _effect(answer: Explanation) -> str:
    if answer.effect is None:
        return "The verdict does not hang on it."
    words = {
        Effect.BLOCKS: "It forbids a GO: the verdict is a NO-GO because of it.",
        Effect.CONDITIONS: "It forbids a GO: the verdict is at best CONDITIONAL because of it.",
        Effect.HOLDS: "It is a gate, and holds.",
    }
    return words[answer.effect]


def _waiting(row: Waiting) -> str:
    what = "a model contests it" if row.kind == "contested" else f"a model proposes {_word(row.proposed)}"
    why = _line(row.reason)
    return f"{row.code} {row.criterion} waits for a person: {what} ({why}); until then it counts for nothing."


def _parts(line: str, columns: int) -> list[str]:
    if len(line) <= columns or line.startswith((STORED, "|")):
        return [line]
    bare = line.lstrip(" ")
    inner = len(line) - len(bare) + (2 if line != bare or bare.startswith(MARKS) else 0)
    found = textwrap.wrap(
        line,
        columns,
        subsequent_indent=" " * inner,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return found or [line]


def _word(word: Status | Severity) -> str:
    return word.value.replace("_", " ")


def _line(text: str) -> str:
    return " ".join(text.split())


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
