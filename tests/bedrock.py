"""A scripted Amazon Bedrock on loopback. A script is a function of the request, so that threads can't change an answer.

    with serve(lambda request: Answer("hello")) as server:
        ChatBedrockConverse(model=..., endpoint_url=server.url, ...)
        server.requests      # all that came

It speaks Converse, ConverseStream and ApplyGuardrail, and for ``doctor`` the lists and gets of models, inference
profiles and guardrails (``Control``), and GetCallerIdentity of STS.
"""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast

from tests import bedrock_wire as wire
from tests.bedrock_control import Control as Control
from tests.bedrock_control import control_reply
from tests.bedrock_wire import Fault as Fault
from tests.bedrock_wire import Reply

CLOSING_SECONDS = 5.0


class ToolResult(NamedTuple):
    tool_use_id: str
    name: str
    text: str
    status: str


@dataclass(frozen=True)
class Request:
    """What a client asked.

    ``path_kind``: converse, converse-stream, apply, an operation of the control plane (``GetGuardrail``), or unknown.
    ``model``: the model id as asked; ID:VERSION of the guardrail for apply; the thing asked for in the control plane.
    ``body``: the JSON body; the query or form as a dictionary where there is none.
    """

    model: str
    path_kind: str
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return "\n".join(block["text"] for block in self.body.get("system", []) if "text" in block)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.body.get("messages", []))

    @property
    def turn(self) -> int:
        """How often the model has answered in this conversation."""
        return sum(message["role"] == "assistant" for message in self.messages)

    @property
    def last_text(self) -> str:
        """The text of the last message, without tool results."""
        last = self.messages[-1]["content"] if self.messages else []
        return "\n".join(block["text"] for block in last if "text" in block)

    @property
    def tool_results(self) -> tuple[ToolResult, ...]:
        """What came back for the tools of the last turn, in order."""
        blocks = [block for message in self.messages for block in message["content"]]
        names = {b["toolUse"]["toolUseId"]: b["toolUse"]["name"] for b in blocks if "toolUse" in b}
        last = self.messages[-1]["content"] if self.messages else []
        return tuple(_tool_result(block["toolResult"], names) for block in last if "toolResult" in block)

    @property
    def tool_names(self) -> tuple[str, ...]:
        tools = self.body.get("toolConfig", {}).get("tools", [])
        return tuple(tool["toolSpec"]["name"] for tool in tools if "toolSpec" in tool)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every string of the body, keys too: to search for what must not be there."""
        found: list[str] = []
        _add_strings(self.body, found)
        return tuple(found)


@dataclass(frozen=True)
class Answer:
    """What the model says. The stop reason follows from ``tools`` unless given; it need not be one that Bedrock has.

    ``tools``: (name, input) pairs; an input that is a string goes out as it is, so that it can be broken JSON.
    ``usage`` overrides single counts. ``trace`` is the guardrail's. ``raw`` is the whole HTTP body instead of all else.
    """

    text: str = ""
    tools: Sequence[tuple[str, object]] = ()
    stop: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    raw: bytes | None = None
    trace: Mapping[str, Any] | None = None

    def response(self, request: Request) -> dict[str, Any]:
        """The body of a Converse answer."""
        content = wire.content_of(self.text, self.tools, request.turn)
        usage = {
            "inputTokens": sum(map(len, request.texts)) // 4 + 1,
            "outputTokens": len(json.dumps(content)) // 4 + 1,
            **self.usage,
        }
        response = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": self.stop or ("tool_use" if self.tools else "end_turn"),
            "usage": {"totalTokens": usage["inputTokens"] + usage["outputTokens"], **usage},
            "metrics": {"latencyMs": 1},
        }
        return response if self.trace is None else response | {"trace": self.trace}


@dataclass(frozen=True)
class Guardrail:
    """The answer to ApplyGuardrail."""

    action: str = "NONE"
    outputs: Sequence[str] = ()
    assessments: Sequence[Mapping[str, Any]] = ()

    def response(self) -> dict[str, Any]:
        units = "topic content word sensitiveInformation contextualGrounding".split()
        return {
            "usage": {f"{unit}PolicyUnits": 1 for unit in units} | {"sensitiveInformationPolicyFreeUnits": 0},
            "action": self.action,
            "outputs": [{"text": text} for text in self.outputs],
            "assessments": list(self.assessments),
        }


@dataclass(frozen=True)
class StreamFault:
    """An exception inside the event stream, after so many frames of the answer. For converse-stream alone."""

    answer: Answer
    after: int
    code: str = "ModelStreamErrorException"
    message: str = "scripted"


@dataclass(frozen=True)
class Cut:
    """The first ``at`` bytes of what would have been sent, then the end of the connection; ``at`` counts like a slice.

    A client sees that something is missing, from Content-Length or from the chunk that does not come. With ``clean``
    it can't: HTTP says that this was all, as behind a proxy that frames anew what it got.
    """

    answer: Answer | Guardrail | StreamFault
    at: int
    clean: bool = False


@dataclass(frozen=True)
class Hang:
    """Nothing for so many seconds (or until the server closes), then the end of the connection."""

    seconds: float


Scripted = Answer | Guardrail | Fault | StreamFault | Cut | Hang
Script = Callable[[Request], Scripted]


@contextlib.contextmanager
def serve(script: Script, *, control: Control | None = None) -> Iterator[Server]:
    """Serves until the block ends, and then raises what the script raised, if it did: that is a bug of the test."""
    server = Server(script, control or Control())
    accepting = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.stop()
        accepting.join()
        if server.failures:
            raise server.failures[0]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, script: Script, control: Control) -> None:
        super().__init__(("127.0.0.1", 0), wire.Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.script, self.control = script, control
        self.closing = threading.Event()
        self.failures: list[BaseException] = []
        self._came: list[Request] = []
        self._open: set[Any] = set()
        self._changed = threading.Condition()

    @property
    def requests(self) -> tuple[Request, ...]:
        """All that came so far, in the order of arrival, the control plane's too."""
        with self._changed:
            return tuple(self._came)

    @property
    def hits(self) -> int:
        return len(self._came)

    def reply(self, path_kind: str, model: str, body: dict[str, Any]) -> Reply:
        request = Request(model, path_kind, body)
        with self._changed:
            self._came.append(request)
        if request.path_kind in ("converse", "converse-stream", "apply"):
            return _reply(self.script(request), request)
        return control_reply(self.control, path_kind, model, body)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A client that went away (its own time-out, a cut of ours) is part of the play.
        if error is not None and not isinstance(error, ConnectionError):
            self.failures.append(error)

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            if not self._changed.wait_for(lambda: not self._open, CLOSING_SECONDS):
                self.failures.append(TimeoutError("the script is still at an answer"))
        self.server_close()


def _reply(made: Scripted, request: Request) -> Reply:
    match made:
        case Fault():
            return wire.fault_reply(made)
        case Hang():
            return Reply(b"", silence=made.seconds)
        case Cut():
            return replace(_reply(made.answer, request), cut=made.at, clean=made.clean)
        case Guardrail() if request.path_kind == "apply":
            return Reply(wire.dump(made.response()))
        case Answer() if request.path_kind == "converse":
            return Reply(wire.dump(made.response(request)) if made.raw is None else made.raw)
        case Answer() if request.path_kind == "converse-stream":
            body = b"".join(wire.frames(made.response(request))) if made.raw is None else made.raw
            return Reply(body, content_type=wire.EVENT_STREAM)
        case StreamFault() if request.path_kind == "converse-stream":
            frames = wire.frames(made.answer.response(request))[: made.after]
            kind = made.code[:1].lower() + made.code[1:]
            frames.append(wire.frame(kind, {"message": made.message}, "exception"))
            return Reply(b"".join(frames), content_type=wire.EVENT_STREAM)
    raise TypeError(f"the script answered {request.path_kind} with {type(made).__name__}")


def _tool_result(result: Mapping[str, Any], names: Mapping[str, str]) -> ToolResult:
    texts = [part["text"] if "text" in part else json.dumps(part.get("json")) for part in result["content"]]
    used = result["toolUseId"]
    return ToolResult(used, names.get(used, ""), "\n".join(texts), result.get("status", "success"))


def _add_strings(value: object, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            found.append(name)
            _add_strings(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _add_strings(inner, found)
