"""The server over HTTP: on this machine alone, for who has the token, and for no page of a browser."""

from __future__ import annotations

import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import uvicorn
from anyio.abc import TaskStatus
from mcp.server.transport_security import TransportSecuritySettings

from gonogo.serve.mcp.server import Opened

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/mcp"
LOOPBACK = ("127.0.0.1", "::1")
LARGEST_BODY = 1024 * 1024
"""Bytes of a request."""
TAKEN_IN = 64 * 1024
TAKEN_IN_SECONDS = 1.0
MOST_SESSIONS = 32
MOST_REQUESTS = 128
IDLE_SECONDS = 1_800
STOP_SECONDS = 3
BACKLOG = 64
SCHEME = b"bearer "


class AddressError(Exception):
    """An address that can't be listened on. The message says why."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this machine alone; port 0 takes a free one. Raises AddressError."""
    if host not in LOOPBACK:
        raise AddressError(f"{host} is not on this machine alone: give one of {', '.join(LOOPBACK)}.")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressError(
            f"{host} port {port} can't be listened on ({error.strerror}): give another --port."
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Where clients reach it."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"


async def serve_http(opened: Opened, listener: socket.socket, token: str, ready: Callable[[], None]) -> None:
    """Serves until a signal ends it, and asks audits that run then to end after what is under way."""
    app = guarded(opened, listener.getsockname()[1], token)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=MOST_REQUESTS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = _Server(config)
    async with anyio.create_task_group() as tasks:
        await tasks.start(_heed_signals, server)
        ready()
        try:
            await server.serve(sockets=[listener])
        finally:
            opened.audits.stop()
        tasks.cancel_scope.cancel()


def guarded(opened: Opened, port: int, token: str) -> ASGIApp:
    """The application, behind what every request must have: one of these hosts, no foreign origin, the token."""
    names = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    app = opened.server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=LARGEST_BODY,
        session_idle_timeout=IDLE_SECONDS,
        max_sessions=MOST_SESSIONS,
        transport_security=TransportSecuritySettings(
            allowed_hosts=names, allowed_origins=[f"http://{name}" for name in names]
        ),
    )
    hosts = frozenset(name.encode() for name in names)
    return _Guard(app, hosts, token.encode())


class _Server(uvicorn.Server):
    """Leaves signals to its caller: it would end the process by them, before audits are told to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _heed_signals(server: uvicorn.Server, *, task_status: TaskStatus[None]) -> None:
    """The first signal ends what is under way, the next one does not wait for it."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            server.force_exit = server.should_exit
            server.should_exit = True


async def _take_in(receive: Receive) -> None:
    """Takes the body of a refused request off the line, if it is short and there: else closing the connection could
    overtake the answer."""
    left = TAKEN_IN
    with anyio.move_on_after(TAKEN_IN_SECONDS):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


class _Guard:
    """Refuses by the head of a request; nothing looks at the body of a refused one. A page that a browser shows has an
    origin, and never the token; one that has its name point here (DNS rebinding) asks for another host."""

    def __init__(self, app: ASGIApp, hosts: frozenset[bytes], token: bytes) -> None:
        self.app, self.hosts, self.token = app, hosts, token
        self.origins = frozenset(b"http://" + host for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send)
            return
        status, text = refusal
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        if status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="gonogo"'))
        await _take_in(receive)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        given: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            given.setdefault(name.lower(), []).append(value)
        if len(given.get(b"host", [])) != 1 or given[b"host"][0].lower() not in self.hosts:
            return 421, "This server answers to its own name and port alone.\n"
        if any(origin.lower() not in self.origins for origin in given.get(b"origin", [])):
            return 403, "This server does not answer to pages of other origins.\n"
        told = given.get(b"authorization", [])
        token = told[0][len(SCHEME) :].strip() if len(told) == 1 and told[0].lower().startswith(SCHEME) else b""
        if not secrets.compare_digest(token, self.token):
            return 401, "Send the token that gonogo mcp printed as it began: Authorization: Bearer TOKEN.\n"
        return None
