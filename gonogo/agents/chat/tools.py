"""What the chat's model may call: each tool gives code's own words about the report, and none of them changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gonogo.agents.reading.reply import Reply, compose
from gonogo.model.report import Report
from gonogo.tools.redaction import Clean

MOST_AUDITS = 2
"""Audits that one question may start."""
MOST_CHANGES = 40
MOST_DESCRIBED = 100
"""Characters of a call as it is told."""
LABEL = "look-up"
Arguments = Mapping[str, Any]


class UnansweredError(Exception):
    """Something was asked that can't be answered as it was asked. The message says why, and what to ask instead."""


@dataclass(frozen=True)
class Desk:
    """What can be looked up: functions that give code's own words as plain text, or raise UnansweredError.

    ``report`` gives the report that is spoken of, which is another one after ``audit``. Texts are empty where the
    asker left them open.
    """

    report: Callable[[], Report]
    status: Callable[[], str]
    findings: Callable[[str, str], str]
    explain: Callable[[str], str]
    evidence: Callable[[str], str]
    what_if: Callable[[Mapping[str, str]], str]
    flip: Callable[[], str]
    compare: Callable[[str], str]
    draft: Callable[[str], str]
    audit: Callable[[tuple[str, ...]], str]


@dataclass(frozen=True)
class LookUp:
    """A tool that was called: its number in the answer, code's words (empty where there are none), and what the model
    was told."""

    number: int
    text: str
    reply: Reply
    is_asked_for: bool
    """Whether its words are what the person asked for, and so are shown whatever the model says."""


@dataclass(frozen=True)
class ChatTool:
    """A tool as the model sees it. ``call`` takes the model's arguments, of whatever shape."""

    name: str
    description: str
    arguments: Mapping[str, Mapping[str, Any]]
    call: Callable[[Desk, Arguments], str]
    is_asked_for: bool = False
    is_for_the_person: bool = False
    """Whether the model is told only that it is there: a whole document."""

    def schema(self) -> dict[str, Any]:
        """The tool for a provider: every argument is required."""
        parameters = {"type": "object", "properties": dict(self.arguments), "required": list(self.arguments)}
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}


def chat_tools() -> tuple[ChatTool, ...]:
    """All tools."""
    return _TOOLS


def look_up(desk: Desk, name: str, arguments: object, number: int) -> LookUp:
    """Answers a call. What can't be answered is told as an error, with what to ask instead."""
    tool = next((row for row in _TOOLS if row.name == name), None)
    if tool is None:
        known = ", ".join(row.name for row in _TOOLS)
        return _failed(number, f"there is no such tool: call {known}, or submit.")
    try:
        text = tool.call(desk, arguments if isinstance(arguments, dict) else {})
    except UnansweredError as error:
        return _failed(number, str(error))
    if tool.is_for_the_person:
        return LookUp(number, text, Reply(f"Look-up {number}: {name}. The person sees it below your sentences."), True)
    lines = [Clean(line) for line in text.split("\n")]

    def rest(shown: int) -> str:
        left = len(lines) - shown
        return f"{left} more lines are not shown here: ask for less." if left else ""

    reply = compose(f"Look-up {number}: {name}.", lines, f"{LABEL} {number}", rest)
    return LookUp(number, text, reply, tool.is_asked_for)


def describe_call(name: str, arguments: object) -> str:
    """A call in a few words, as a person reads them: the model wrote them."""
    words = [name]
    for value in arguments.values() if isinstance(arguments, dict) else ():
        for item in value if isinstance(value, list) else [value]:
            words.append("=".join(map(str, item.values())) if isinstance(item, dict) else str(item))
    return " ".join(" ".join(words).split())[:MOST_DESCRIBED]


def _failed(number: int, why: str) -> LookUp:
    """What went wrong may repeat what the model or the target wrote: it is fenced as all else."""
    reply = compose(f"Look-up {number} was not answered.", [Clean(why)], f"{LABEL} {number}", is_error=True)
    return LookUp(number, "", reply, is_asked_for=False)


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise UnansweredError(f"{name} is no text: give a text, an empty one to leave it open.")
    return value.strip()


def _texts(arguments: Arguments, name: str) -> tuple[str, ...]:
    value = arguments.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UnansweredError(f"{name} is no list of texts: give a list, an empty one to leave it open.")
    return tuple(item.strip() for item in value[:MOST_CHANGES])


def _changes(arguments: Arguments) -> dict[str, str]:
    value = arguments.get("changes")
    rows: Sequence[object] = value if isinstance(value, list) else ()
    changes: dict[str, str] = {}
    for row in rows[:MOST_CHANGES]:
        criterion, status = (row.get("criterion"), row.get("status")) if isinstance(row, dict) else (None, None)
        if not isinstance(criterion, str) or not isinstance(status, str):
            raise UnansweredError("each change has a criterion and a status, both texts.")
        changes[criterion.strip()] = status.strip()
    if not changes:
        raise UnansweredError("nothing is supposed: give at least one criterion with a status.")
    return changes


def _string(says: str) -> dict[str, Any]:
    return {"type": "string", "description": says}


_CHANGE = {
    "type": "object",
    "properties": {"criterion": _string("its slug or code"), "status": _string("pass, fail or not_applicable")},
    "required": ["criterion", "status"],
}
_TOOLS = (
    ChatTool(
        "status",
        "Where the target stands: verdict, the gates that decide, counts, scores.",
        {},
        lambda desk, given: desk.status(),
    ),
    ChatTool(
        "findings",
        "The findings, worst first, with their ids.",
        {
            "area": _string("security, reliability, observability, cost, delivery, ai or compliance; empty for all"),
            "severity": _string("blocker, critical, high, medium or low; empty for all"),
        },
        lambda desk, given: desk.findings(_text(given, "area"), _text(given, "severity")),
    ),
    ChatTool(
        "explain",
        "All that the report says of one criterion: what it asks, its status and why, its findings, how to fix it.",
        {"subject": _string("a slug, a code such as REL-012, or the id of a finding (gng-...)")},
        lambda desk, given: desk.explain(_text(given, "subject")),
    ),
    ChatTool(
        "evidence",
        "The stored lines behind an id, or behind all of a criterion.",
        {"id": _string("the id of evidence (ev-...) or of a finding (gng-...), a slug or a code")},
        lambda desk, given: desk.evidence(_text(given, "id")),
    ),
    ChatTool(
        "what_if",
        "The verdict if some criteria were answered otherwise. It changes nothing.",
        {"changes": {"type": "array", "items": _CHANGE}},
        lambda desk, given: desk.what_if(_changes(given)),
        is_asked_for=True,
    ),
    ChatTool(
        "flip",
        "The smallest sets of repairs and verifications that take the verdict up.",
        {},
        lambda desk, given: desk.flip(),
    ),
    ChatTool(
        "compare",
        "What changed since an earlier audit of this target.",
        {"with": _string("last, week, or a day such as 2026-11-21: the newest audit until then")},
        lambda desk, given: desk.compare(_text(given, "with")),
        is_asked_for=True,
    ),
    ChatTool(
        "draft",
        "The report in a shape that readers know. The person sees it; it need not be repeated.",
        {"style": _string("summary, full, checklist, certification or remediation")},
        lambda desk, given: desk.draft(_text(given, "style")),
        is_asked_for=True,
        is_for_the_person=True,
    ),
    ChatTool(
        "audit",
        "Audits the target again as it is now; what is looked up afterwards is of the new audit. Only where it was "
        "asked for.",
        {"areas": {"type": "array", "items": {"type": "string"}, "description": "these areas only; empty for all"}},
        lambda desk, given: desk.audit(_texts(given, "areas")),
        is_asked_for=True,
    ),
)
