"""AWS on loopback: moto, behind a door that answers itself what moto lacks, counts calls, and can fail any of them.

What the door answers is known by botocore's models: method, path and target. What neither it nor moto has
stays what moto makes of it: HTTP 500, or 404 in HTML.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

ACCOUNT = "123456789012"
Answers = dict[tuple[str, str], Any]
"""By (service, operation): what it answers, or a function of the path's parameters."""
Fault = Callable[[int, str], "tuple[int, str, str] | None"]
"""From the number of a call and its service to (status, code, message), or None to let it pass."""


@dataclass
class Door:
    """``calls`` names what came, as SERVICE OPERATION where the door knows it, else METHOD PATH."""

    url: str
    moto: tuple[str, int]
    answers: Answers
    fault: Fault = lambda number, service: None
    calls: list[str] = field(default_factory=list)
    held: float = 1.5
    """How long a call that times out is held, in seconds: longer than its client waits."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def digests(self) -> dict[str, str]:
        """Hashes of all that moto holds for the account, by service and region, as far as its objects can be looked
        into. A service that is read for the first time gets an empty one."""
        from moto.core.base_backend import BackendDict

        return {
            f"{backends.service_name} {region}": hashlib.sha256(_told(vars(backend), {}).encode()).hexdigest()
            for backends in BackendDict._instances
            for region, backend in backends.get(ACCOUNT, {}).items()
        }


@contextmanager
def account(answers: Answers | None = None) -> Iterator[Door]:
    """An empty account."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    host, port = moto.get_host_and_port()
    door = Door(f"http://127.0.0.1:{server.server_port}", (host, port), answers or {})
    server.door, server.routes = door, _routes({service for service, _ in door.answers})  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        yield door
    finally:
        server.shutdown()
        server.server_close()
        moto.stop()


def _told(value: Any, seen: dict[int, tuple[int, Any]]) -> str:
    """A value as text, with all that is in it; what was told before is named by its number."""
    if isinstance(value, str | bytes | int | float | bool | None | type):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if id(value) in seen:
        return f"#{seen[id(value)][0]}"
    seen[id(value)] = len(seen), value  # held on to: what is gone gives its id to another
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_told(key, seen)}:{_told(item, seen)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_told(item, seen) for item in value) + "]"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(map(repr, value))) + "}"
    held = {name: item for name, item in getattr(value, "__dict__", {}).items() if not callable(item)}
    return f"{type(value).__name__}{_told(held, seen)}"


@dataclass(frozen=True)
class _Route:
    service: str
    operation: str
    signing: str
    method: str
    path: re.Pattern[str]
    target: str


def _routes(services: set[str]) -> list[_Route]:
    found, loader = [], Loader()
    for service in sorted(services):
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        prefix = model.metadata.get("targetPrefix", "")
        for name in model.operation_names:
            http = model.operation_model(name).http
            path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].partition("?")[0]))
            target = f"{prefix}.{name}" if prefix else ""
            found.append(_Route(service, name, model.signing_name, http["method"], re.compile(path + r"/?\Z"), target))
    return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        door: Door = self.server.door  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", self.headers.get("Authorization") or "")
        service = signed[1] if signed else ""
        found = self._route(service)
        with door.lock:
            door.calls.append(f"{found[0].service} {found[0].operation}" if found else f"{self.command} {self.path}")
            number = len(door.calls)
        fault = door.fault(number, service)
        if fault:
            self._fail(*fault)
        elif found and (found[0].service, found[0].operation) in door.answers:
            answer = door.answers[found[0].service, found[0].operation]
            self._send(200, json.dumps(answer(found[1]) if callable(answer) else answer).encode())
        else:
            self._forward(door, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _any

    def _route(self, service: str) -> tuple[_Route, Mapping[str, str]] | None:
        target, path = self.headers.get("X-Amz-Target", ""), self.path.partition("?")[0]
        for route in self.server.routes:  # type: ignore[attr-defined]
            if route.signing != service or route.method != self.command:
                continue
            if route.target:
                if route.target == target:
                    return route, {}
            elif match := route.path.match(path):
                return route, match.groupdict()
        return None

    def _forward(self, door: Door, body: bytes) -> None:
        connection = HTTPConnection(*door.moto, timeout=30)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            kept = {"content-type", "x-amzn-requestid", "x-amzn-errortype", "x-amz-bucket-region"}
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() in kept]
            self._send(answer.status, content, headers)
        finally:
            connection.close()

    def _fail(self, status: int, code: str, message: str) -> None:
        if status < 0:
            time.sleep(self.server.door.held)  # type: ignore[attr-defined]
        if status <= 0:
            self.connection.close()
            self.close_connection = True
            return
        query = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        ec2 = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
        s3 = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        signed = self.headers.get("Authorization") or ""
        in_xml = {"/ec2/": ec2, "/s3/": s3, "/cloudfront/": query, "/route53/": query}
        in_query = (
            "/iam/",
            "/sts/",
            "/rds/",
            "/sns/",
            "/cloudformation/",
            "/elasticloadbalancing/",
            "/elasticache/",
            "/autoscaling/",
        )
        text = next((xml for mark, xml in in_xml.items() if mark in signed), None)
        if text is None and any(mark in signed for mark in in_query):
            text = query
        if text is not None:
            self._send(status, text.encode(), [("Content-Type", "text/xml")])
        else:
            told = json.dumps({"__type": code, "message": message, "Message": message}).encode()
            self._send(status, told, [("x-amzn-errortype", code), ("Content-Type", "application/x-amz-json-1.1")])

    def _send(self, status: int, content: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        self.send_response(status)
        for name, value in headers or [("Content-Type", "application/json")]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        with suppress(ConnectionError):  # who asked has gone
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass
