"""A server on loopback that answers GETs as a test says, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gonogo.tools.live.shown import Reading

LOGIN_PAGE = "<!DOCTYPE html><html><body><form action='/login'>Log in</form></body></html>"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOKEN = "stand-in-token-of-a-test"


@dataclass(frozen=True)
class Raw:
    """An answer that is not JSON with status 200. ``after`` are seconds that it takes."""

    status: int = 200
    body: str = ""
    kind: str = "application/json"
    after: float = 0.0


Answer = Any
"""JSON for a 200, a Raw, a list of answers to one call after the other (Turns), or a function of the parameters."""


@dataclass
class Turns:
    """One answer after the other; the last one stays."""

    answers: list[Answer]

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Scripted:
    """``asked`` holds METHOD PATH, with the parameters; ``logins`` the Authorization headers that came."""

    url: str
    answers: dict[str, Answer]
    asked: list[str] = field(default_factory=list)
    logins: set[str] = field(default_factory=set)


def reading() -> Reading:
    """Asks at NOW, with a token in STAND_IN_TOKEN."""
    return Reading(lambda: NOW, {"STAND_IN_TOKEN": TOKEN})


@contextmanager
def scripted(answers: dict[str, Answer]) -> Iterator[Scripted]:
    """A server with these answers by path; all else is a 404 in text, as Go's servers write it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    found = Scripted(f"http://127.0.0.1:{server.server_port}", answers)
    server.scripted = found  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def _any(self) -> None:
        script: Scripted = self.server.scripted  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        script.asked.append(f"{self.command} {self.path}")
        script.logins.add(self.headers.get("Authorization", ""))
        answer = script.answers.get(parts.path, Raw(404, "404 page not found\n", "text/plain"))
        if isinstance(answer, Turns):
            answer = answer.next()
        if isinstance(answer, Callable):  # type: ignore[arg-type]
            answer = answer({name: values[0] for name, values in parse_qs(parts.query).items()})
        if not isinstance(answer, Raw):
            answer = Raw(body=json.dumps(answer))
        time.sleep(answer.after)
        body = answer.body.encode()
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # who asked has gone

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._any  # of any method: what comes is kept
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
