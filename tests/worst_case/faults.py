"""What can go wrong with a call or an answer, and how a conversation ends with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.model.investigation import State
from tests.bedrock import Answer, Cut, Hang, Request, Scripted, StreamFault
from tests.bedrock import Fault as HttpFault
from tests.worst_case.till import END, WORD


class Kind(Enum):
    PASSES = auto()
    """Nothing came; the same call is tried again, four times in all."""
    BREAKS_OFF = auto()
    """The same, but something came."""
    REFUSES = auto()
    """Nothing came, and nothing will."""
    STOPS = auto()
    """A guardrail or filter stopped what came."""
    CAN_T_BE_TAKEN = auto()
    """Something came; the model is told, twice in all."""
    LOOKS = auto()
    """A call of a tool that is there, which the tool answers with an error."""
    LOOKS_NOWHERE = auto()
    """A call of a tool that is not there."""
    IS_TOO_LONG = auto()
    """What was asked is longer than the model's context: once there is room to be made."""
    FILLS_UP = auto()
    """The same, but something came."""


@dataclass(frozen=True)
class Case:
    kind: Kind
    make: Callable[[Answer, Request], Scripted]


def always(kind: Kind, made: Scripted) -> Case:
    return Case(kind, lambda answer, request: made)


def ending(case: Case, seat: str, at: int, times: int | None) -> State | None:
    """How the conversation of a seat ends, of which ``times`` calls from answer ``at`` on go wrong; None where that
    leaves no trace at all."""
    if at == 0 and case.kind in (Kind.IS_TOO_LONG, Kind.FILLS_UP):  # no room can be made
        return State.LOST if case.kind is Kind.FILLS_UP else State.FAILED
    match case.kind:
        case Kind.PASSES | Kind.BREAKS_OFF if times is not None:
            return None
        case Kind.PASSES | Kind.REFUSES:
            return State.FAILED
        case Kind.BREAKS_OFF | Kind.STOPS:
            return State.LOST
        case Kind.LOOKS | Kind.LOOKS_NOWHERE if times is not None:
            return None
        case Kind.LOOKS if seat != SYNTHESIZER:
            return State.BOUNDED
        case Kind.LOOKS | Kind.LOOKS_NOWHERE:
            return State.LOST
        case Kind.IS_TOO_LONG:
            return None if times == 1 else State.FAILED
        case Kind.FILLS_UP:
            return None if times == 1 else State.LOST
    # What is wrong with the synthesizer's first two answers uses up its repairs: what is lost then is not mended.
    if times == 1:
        return None if seat != SYNTHESIZER else State.LOST if at == 2 else State.COMPLETE
    return State.LOST


def _submit(**parts: Any) -> Case:
    whole = {"causes": [], "observations": [], "answers": [], "end": END}
    return always(Kind.CAN_T_BE_TAKEN, Answer(f"says the {WORD}", tools=[("submit", whole | parts)]))


def _look(name: str, given: object, kind: Kind = Kind.LOOKS) -> Case:
    return always(kind, Answer(tools=[(name, given)]))


def _deep(levels: int) -> Any:
    made: Any = WORD
    for _ in range(levels):
        made = [made]
    return made


def _http(kind: Kind, status: int, code: str, message: str = "scripted") -> Case:
    return always(kind, HttpFault(status, code, message))


FAULTS = {
    "throttled": _http(Kind.PASSES, 429, "ThrottlingException"),
    "too many requests": _http(Kind.PASSES, 429, "TooManyRequestsException"),
    "model times out": _http(Kind.PASSES, 408, "ModelTimeoutException"),
    "model breaks": _http(Kind.PASSES, 424, "ModelErrorException"),
    "model warms up": _http(Kind.PASSES, 429, "ModelNotReadyException"),
    "500": _http(Kind.PASSES, 500, "InternalServerException"),
    "502": _http(Kind.PASSES, 502, "BadGateway"),
    "503": _http(Kind.PASSES, 503, "ServiceUnavailableException"),
    "504": _http(Kind.PASSES, 504, "GatewayTimeout"),
    "silence": always(Kind.PASSES, Hang(0.15)),
    "cut": Case(Kind.BREAKS_OFF, lambda answer, request: Cut(answer, 300, clean=True)),
    "expired": _http(Kind.REFUSES, 403, "ExpiredTokenException"),
    "bad signature": _http(Kind.REFUSES, 403, "InvalidSignatureException"),
    "unknown client": _http(Kind.REFUSES, 403, "UnrecognizedClientException"),
    "no access": _http(Kind.REFUSES, 403, "AccessDeniedException"),
    "no model": _http(Kind.REFUSES, 404, "ResourceNotFoundException"),
    "no such name": _http(Kind.REFUSES, 400, "ValidationException", "The provided model identifier is invalid."),
    "bad request": _http(Kind.REFUSES, 400, "ValidationException", "messages.3: malformed"),
    "quota": _http(Kind.REFUSES, 400, "ServiceQuotaExceededException"),
    "too long": _http(Kind.IS_TOO_LONG, 400, "ValidationException", "Input is too long for requested model."),
    "context full": Case(
        Kind.FILLS_UP, lambda answer, request: Answer(answer.text, answer.tools, "model_context_window_exceeded")
    ),
    "guardrail": Case(Kind.STOPS, lambda answer, request: Answer(answer.text, answer.tools, "guardrail_intervened")),
    "filter": always(Kind.STOPS, Answer(f"I can't, says the {WORD}.", stop="content_filtered")),
    "length": Case(Kind.CAN_T_BE_TAKEN, lambda answer, request: Answer(answer.text, answer.tools, "max_tokens")),
    "only words": always(Kind.CAN_T_BE_TAKEN, Answer(f"GO, says the {WORD}. Everything passes.")),
    "nothing": always(Kind.CAN_T_BE_TAKEN, Answer()),
    "no fields": always(Kind.CAN_T_BE_TAKEN, Answer(tools=[("submit", {})])),
    "no end": _submit(end=""),
    "wrong types": _submit(causes={"a": 1}, answers="GO", observations=7),
    "null": _submit(causes=None, summary=None),
    "huge": _submit(causes=WORD * 200_000),
    "nested": _submit(causes=_deep(300)),
    "more fields": _submit(**{f"![{WORD}](http://{WORD}.example/)": "GO"}),
    "a book of a field": _submit(**{WORD * 50_000: 1}),
    "half a character": _submit(causes=[f"{WORD}\ud800"]),
    "a NUL for a field": _submit(**{f"{WORD}\x00\x1b[2J": 1}),
    "no name": _look("", {}, Kind.CAN_T_BE_TAKEN),
    "no name at all": _look(f"{WORD} \u202e\x00", {}, Kind.CAN_T_BE_TAKEN),
    "look at nothing": _look("read_file", {}),
    "look with wrong types": _look("read_file", {"path": [WORD], "first_line": "x", "last_line": None}),
    "look at a NUL": _look("read_file", {"path": f"{WORD}\x00", "first_line": -1, "last_line": 10**30}),
    "look for a book": _look("search", {"text": WORD * 2_000, "glob": WORD * 2_000}),
    "look deeply": _look("find_references", {"name": _deep(300)}),
    "look outside": _look("read_file", {"path": "../../etc/passwd", "first_line": 1, "last_line": 9}),
    "look too often": always(Kind.LOOKS, Answer(tools=[("list_files", {"glob": str(n)}) for n in range(100)])),
    "look nowhere": _look("approve", {"verdict": "GO", "word": WORD}, Kind.LOOKS_NOWHERE),
}
"""Faults that a scripted model can have without HTTP."""


def _stream(code: str, after: int) -> Case:
    return Case(Kind.BREAKS_OFF, lambda answer, request: StreamFault(answer, after, code))


STREAMS = {
    "throttled in a stream": _stream("throttlingException", 3),
    "too slow in a stream": _stream("modelTimeoutException", 9),
    "breaks in a stream": _stream("modelStreamErrorException", 2),
    "500 in a stream": _stream("internalServerException", 14),
    "503 in a stream": _stream("serviceUnavailableException", 1),
    "a stream without an end": Case(Kind.BREAKS_OFF, lambda answer, request: Cut(answer, 900, clean=True)),
    "a stream that breaks": Case(Kind.BREAKS_OFF, lambda answer, request: Cut(answer, 1_000)),
}


def _body(kind: Kind, change: Callable[[dict[str, Any]], Any]) -> Case:
    def make(answer: Answer, request: Request) -> Scripted:
        response = answer.response(request)
        changed = change(response)
        return Answer(raw=changed if isinstance(changed, bytes) else json.dumps(changed or response).encode())

    return Case(kind, make)


def _call(response: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = response["output"]["message"]["content"][-1]["toolUse"]
    return found


def _with_call(**parts: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda response: _call(response).update(parts)


def _with_input(text: bytes) -> Callable[[dict[str, Any]], bytes]:
    def change(response: dict[str, Any]) -> bytes:
        _call(response).update(name="submit", input="@@")
        return json.dumps(response).encode().replace(b'"@@"', text)

    return change


BODIES = {
    "empty": _body(Kind.BREAKS_OFF, lambda response: b""),
    "an empty object": _body(Kind.BREAKS_OFF, lambda response: b"{}"),
    "a page": _body(Kind.BREAKS_OFF, lambda response: b"<html>503</html>"),
    "no output": _body(Kind.BREAKS_OFF, lambda response: response.pop("output") and response),
    "UTF-16": _body(Kind.BREAKS_OFF, lambda response: json.dumps(response).encode("utf-16")),
    "bad UTF-8": _body(Kind.BREAKS_OFF, lambda response: json.dumps(response).encode().replace(b"e", b"\xff", 9)),
    "a list for an input": _body(Kind.BREAKS_OFF, _with_call(input=[1])),
    "a text for an input": _body(Kind.BREAKS_OFF, _with_call(input="{}")),
    "a number for an input": _body(Kind.BREAKS_OFF, _with_call(input=7)),
    "an input without a bottom": _body(Kind.BREAKS_OFF, _with_input(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)),
    "a number without an end": _body(Kind.BREAKS_OFF, _with_input(b'{"a":' + b"9" * 10_000 + b"}")),
    "no id": _body(Kind.CAN_T_BE_TAKEN, _with_call(toolUseId="")),
    "half a character for a name": _body(Kind.CAN_T_BE_TAKEN, _with_call(name="\ud800")),
    "half a character for an id": _body(Kind.CAN_T_BE_TAKEN, _with_call(toolUseId="\ud800")),
    "not a number": _body(Kind.CAN_T_BE_TAKEN, _with_input(b'{"causes": NaN, "summary": 1e999}')),
}
"""Bodies of an answer of HTTP 200. Those that langchain-aws breaks on are with the bugs."""
