"""Sends bodies to a collector over HTTP.

The SDK's own exporters speak through libraries that a cassette patches, so that a recording would take their requests
in; and they read variables of the environment. This one does neither. It is imported by every audit, so that it has its
connections before a cassette is open: nothing heavy is imported here.
"""

from __future__ import annotations

import base64
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

# Taken here, before any cassette is open: it puts its own into http.client then.
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

WAITS = (0.2, 0.6)
"""Seconds before the second and third attempt, where a collector is not there or says that it is busy."""
BUSY = (429, 502, 503, 504)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Post = Callable[[str, bytes], None]
"""Sends a body to a path of the collector. Raises UntakenError."""


class UntakenError(Exception):
    """A collector did not take what was sent. ``status`` is its answer, 0 where none came."""

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


def is_address(url: str) -> bool:
    """Whether a collector can be at that address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def shown(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def open_sender(otlp: str, headers: Mapping[str, str], seconds: float) -> Post:
    """A sender for a collector at the base address ``otlp``; ``seconds`` bound one body with all its attempts."""
    parts = urlsplit(otlp)
    server = parts.netloc.rpartition("@")[2]
    base = urlunsplit((parts.scheme, server, parts.path.rstrip("/"), "", ""))
    sent = {**_login(parts.username, parts.password), **headers, "Content-Type": "application/x-protobuf"}
    proxies = urllib.request.ProxyHandler({} if parts.hostname in _LOOPBACK else None)
    opener = urllib.request.build_opener(proxies, _Plain, _Secure, _Straight)

    def post(path: str, body: bytes) -> None:
        until = time.monotonic() + seconds
        for wait in (*WAITS, None):
            left = max(0.1, until - time.monotonic())
            request = urllib.request.Request(base + path, body, sent)  # noqa: S310  http and https alone: is_address
            why = _sent(opener, request, left)
            if why is None:
                return
            if wait is None or why.status not in (0, *BUSY) or time.monotonic() + wait >= until:
                raise why
            time.sleep(wait)

    return post


def _sent(opener: urllib.request.OpenerDirector, request: urllib.request.Request, left: float) -> UntakenError | None:
    """Sends once; why that did not work."""
    try:
        with opener.open(request, timeout=left):
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return UntakenError(f"it answers {error.code}", error.code)
    except (OSError, HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        kind = type(cause).__name__ if isinstance(cause, BaseException) else "no connection"
        return UntakenError(f"it is not reached: {kind}")


def _login(name: str | None, password: str | None) -> dict[str, str]:
    if name is None:
        return {}
    pair = f"{unquote(name)}:{unquote(password or '')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class _Plain(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(HTTPConnection, req)


class _Secure(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(HTTPSConnection, req)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: what is sent goes where the operator said, with its headers."""

    def redirect_request(self, *given: Any) -> None:
        return None
