"""What Amazon Bedrock puts on the wire: Converse answers, event-stream frames, the control plane. HTTP around them."""

from __future__ import annotations

import binascii
import hashlib
import json
import re
import struct
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

JSON = "application/json"
EVENT_STREAM = "application/vnd.amazon.eventstream"
XML = "text/xml"

# (method, path, kind): kinds of the runtime are short, those of the control plane are the names of their operations.
ROUTES = tuple(
    (method, re.compile(path), kind)
    for method, path, kind in (
        ("POST", r"/model/([^/]+)/converse", "converse"),
        ("POST", r"/model/([^/]+)/converse-stream", "converse-stream"),
        ("POST", r"/guardrail/([^/]+)/version/([^/]+)/apply", "apply"),
        ("GET", r"/foundation-models", "ListFoundationModels"),
        ("GET", r"/foundation-models/([^/]+)", "GetFoundationModel"),
        ("GET", r"/inference-profiles", "ListInferenceProfiles"),
        ("GET", r"/inference-profiles/([^/]+)", "GetInferenceProfile"),
        ("GET", r"/guardrails", "ListGuardrails"),
        ("GET", r"/guardrails/([^/]+)", "GetGuardrail"),
    )
)


@dataclass(frozen=True)
class Fault:
    """An HTTP error, like ``Fault(429, "ThrottlingException")``."""

    status: int
    code: str
    message: str = "scripted"


@dataclass(frozen=True)
class Reply:
    """One HTTP answer.

    ``cut`` sends so many bytes of the body and ends the connection; ``clean`` frames those as if they were all.
    ``silence`` sends nothing for so many seconds, then ends the connection.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON
    error: str | None = None
    cut: int | None = None
    clean: bool = False
    silence: float | None = None


def read_request(method: str, target: str, content_type: str, data: bytes) -> tuple[str, str, dict[str, Any]]:
    """(path kind, model, body) of an HTTP request. Kind ``unknown`` where no operation is there."""
    path, _, query = target.partition("?")
    if path == "/" and "x-www-form-urlencoded" in content_type:
        form: dict[str, Any] = dict(parse_qsl(data.decode()))
        return str(form.get("Action", "unknown")), "", form
    for wanted, pattern, kind in ROUTES:
        if method == wanted and (match := pattern.fullmatch(path)):
            body = json.loads(data) if data else dict(parse_qsl(query))
            return kind, ":".join(unquote(part) for part in match.groups()), body
    return "unknown", path, {}


def dump(value: object) -> bytes:
    """JSON as Bedrock sends it, not escaped, so that a cut can fall inside a character. Lone surrogates are escaped."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def content_of(text: str, tools: Sequence[tuple[str, object]], turn: int) -> list[dict[str, Any]]:
    """The content blocks of an assistant message. Ids of tool uses are hashes of what is called, and where."""
    content: list[dict[str, Any]] = [{"text": text}] if text else []
    for index, (name, given) in enumerate(tools):
        seed = json.dumps([name, given, turn, index], sort_keys=True)
        use_id = "tooluse_" + hashlib.sha256(seed.encode()).hexdigest()[:22]
        content.append({"toolUse": {"toolUseId": use_id, "name": name, "input": given}})
    return content


def frames(response: Mapping[str, Any]) -> list[bytes]:
    """The event stream that says the same as a Converse response."""
    made = [frame("messageStart", {"role": "assistant"})]
    for index, block in enumerate(response["output"]["message"]["content"]):
        at = {"contentBlockIndex": index}
        if use := block.get("toolUse"):
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            made.append(frame("contentBlockStart", at | {"start": start}))
            given = use["input"] if isinstance(use["input"], str) else json.dumps(use["input"])
            deltas: list[dict[str, Any]] = [{"toolUse": {"input": piece}} for piece in pieces(given)]
        else:
            deltas = [{"text": piece} for piece in pieces(block["text"])]
        made += [frame("contentBlockDelta", at | {"delta": delta}) for delta in deltas]
        made.append(frame("contentBlockStop", at))
    made.append(frame("messageStop", {"stopReason": response["stopReason"]}))
    made.append(frame("metadata", {name: response[name] for name in ("usage", "metrics", "trace") if name in response}))
    return made


def pieces(text: str) -> list[str]:
    """The text in at most 32 deltas of at least 7 characters: borders fall inside words, numbers and escapes."""
    width = max(7, -(-len(text) // 32))
    return [text[start : start + width] for start in range(0, len(text), width)]


def frame(kind: str, payload: Mapping[str, Any], message_type: str = "event") -> bytes:
    """One message of the event-stream encoding; ``message_type`` is ``event`` or ``exception``."""
    named = {f":{message_type}-type": kind, ":content-type": JSON, ":message-type": message_type}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack("!H", len(value)) + value.encode()
        for name, value in named.items()
    )
    body = dump(payload)
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + body
    return message + struct.pack("!I", binascii.crc32(message))


def fault_reply(fault: Fault, *, xml: bool = False) -> Reply:
    """``xml`` for STS, which speaks the query protocol."""
    if not xml:
        return Reply(dump({"message": fault.message}), fault.status, error=fault.code)
    told = f"<Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message>"
    body = f"<ErrorResponse><Error><Type>Sender</Type>{told}</Error></ErrorResponse>"
    return Reply(body.encode(), fault.status, XML)


class Handler(BaseHTTPRequestHandler):
    """Reads requests of one connection, asks ``server.reply(path kind, model, body)`` and writes what it says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Any

    def do_GET(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.put(self.server.reply(*read_request(self.command, self.path, self.headers.get("content-type", ""), data)))

    def do_POST(self) -> None:
        self.do_GET()

    def put(self, reply: Reply) -> None:
        self.close_connection = self.close_connection or reply.cut is not None or reply.silence is not None
        if reply.silence is not None:
            self.server.closing.wait(reply.silence)
            return
        sent = reply.body[: reply.cut]
        whole = reply.cut is None or reply.clean
        # No Date and no counter, so that recordings of the same run are the same.
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("x-amzn-RequestId", str(uuid.UUID(bytes=hashlib.sha256(reply.body).digest()[:16])))
        if reply.error:
            self.send_header("x-amzn-ErrorType", reply.error)
        if self.close_connection:
            self.send_header("Connection", "close")
        if reply.content_type == EVENT_STREAM:
            self.send_header("Transfer-Encoding", "chunked")
            chunk = b"%x\r\n%b\r\n" % (len(sent), sent) if sent else b""
            sent = chunk + (b"0\r\n\r\n" if whole else b"")
        else:
            self.send_header("Content-Length", str(len(sent) if whole else len(reply.body)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Silent."""
