"""A web client that can only read, and only what an operator declared: GET and HEAD, one server, paths below one path.

Held to that below its callers: the server's name is resolved once and the connection made to the address that was
checked, redirects to anywhere else are answers and not followed, and no proxy, cookie or password of the environment is
used. All waits, retries and sizes are bounded.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode, urljoin

from gonogo.model.sources import WebSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live.address import PORTS, Origin, Resolver, addresses_of, is_plain_path, look_up, origin_of
from gonogo.tools.live.shown import Reading
from gonogo.tools.live.transport import BrokenError, NoRouteError, UnreachableError, connect, context_of, reason_of

if TYPE_CHECKING:
    from urllib3 import HTTPResponse
    from urllib3.connection import HTTPConnection

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
TOTAL_SECONDS = 30.0
"""For one call of :meth:`Web.get`, with its redirects and retries."""
MOST_BYTES = 20 * 1024 * 1024
MOST_RETRIES = 2
MOST_REDIRECTS = 3
LONGEST_RETRY_AFTER = 5.0
LONGEST_TARGET = 16_000
_PAUSE = 0.2
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_METHODS = ("GET", "HEAD")
_PASSING = frozenset({429, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Answer:
    """What a server answered. ``headers`` has lower-case names, without cookies; ``body`` is as it came, not decoded;
    ``seconds`` go from the request to the last byte, without connecting."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    seconds: float

    def json(self) -> Any:
        """The body as JSON. Raises ToolError where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("content-type", "unknown").partition(";")[0][:80]
            raise ToolError(f"An answer of type {kind} is no JSON: give the address of the API itself.") from error


@dataclass
class Web:
    """One server. Made by :func:`open_web`; for one thread."""

    origin: Origin
    addresses: tuple[str, ...]
    context: SSLContext = field(repr=False)
    token: str = field(default="", repr=False)
    _connections: dict[tuple[str, int], HTTPConnection] = field(default_factory=dict, repr=False)

    def get(
        self,
        path: str = "",
        params: Mapping[str, str] | None = None,
        *,
        method: Literal["GET", "HEAD"] = "GET",
        login: bool = True,
        follow: bool = True,
        retry: bool = True,
        from_origin: str = "",
    ) -> Answer:
        """The answer of the declared URL, or of a path below it. ``login`` sends the token, if there is one.

        With ``follow``, redirects on the same server, or from http to https of it, are followed. ``from_origin`` is
        the site that a browser would name in its Origin header. Raises ToolError.
        """
        if method not in _METHODS:
            raise ToolError(f"{self.origin.authority}: {method!r} was asked for: only GET and HEAD can be.")
        deadline = time.monotonic() + TOTAL_SECONDS
        place = self._place(path, params)
        headers = {"origin": from_origin} if re.fullmatch(r"https://[a-z0-9.-]{1,200}", from_origin) else {}
        for hop in range(MOST_REDIRECTS + 1):
            answer = self._ask(place, method, headers | self._headers(place, login), deadline, retry)
            onward = self._onward(place, answer) if follow and hop < MOST_REDIRECTS else None
            if onward is None:
                break
            place = onward
        return answer

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _place(self, path: str, params: Mapping[str, str] | None) -> Origin:
        base = self.origin
        if not is_plain_path(path):
            raise ToolError(f"{base.authority}: {path[:80]!r} is no plain path: give one without .., // and \\.")
        asked = urlencode(params or {}, errors="replace")
        if path:
            joined = f"{base.path.rstrip('/')}/{path.removeprefix('/')}"
            place = replace(base, path=joined, query=asked)
        else:
            place = replace(base, query="&".join(filter(None, (base.query, asked))))
        if len(place.path) + len(place.query) > LONGEST_TARGET:
            raise ToolError(f"{base.authority}: was asked with more than {LONGEST_TARGET} characters: ask for less.")
        return place

    def _onward(self, place: Origin, answer: Answer) -> Origin | None:
        """Where a redirect leads, if it may be followed."""
        location = answer.headers.get("location", "")
        if answer.status not in _MOVED or not location:
            return None
        try:
            found = origin_of(location if _SCHEME.match(location) else urljoin(place.url, location))
        except (ToolError, ValueError):
            return None
        secured = Origin("https", self.origin.host, PORTS["https"])
        may = place.has_same_server(found) or (place.scheme == "http" and secured.has_same_server(found))
        return found if may and self.origin.is_above(found.path) else None

    def _headers(self, place: Origin, login: bool) -> dict[str, str]:
        headers = {"host": place.authority, "user-agent": "gonogo", "accept": "*/*", "accept-encoding": "identity"}
        if login and self.token and place.has_same_server(self.origin):
            headers["authorization"] = f"Bearer {self.token}"
        return headers

    def _ask(self, place: Origin, method: str, headers: Mapping[str, str], deadline: float, retry: bool) -> Answer:
        retries = MOST_RETRIES if retry else 0
        for attempt in range(retries + 1):
            is_last = attempt == retries
            try:
                answer = self._once(place, method, headers, deadline)
            except BrokenError as error:
                if is_last or time.monotonic() + _PAUSE * (attempt + 1) > deadline:
                    raise UnreachableError(str(error)) from error
                time.sleep(_PAUSE * (attempt + 1))
                continue
            pause = _retry_after(answer, _PAUSE * (attempt + 1))
            if answer.status not in _PASSING or is_last or pause is None or time.monotonic() + pause > deadline:
                return answer
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, place: Origin, method: str, headers: Mapping[str, str], deadline: float) -> Answer:
        import urllib3

        connection = self._connection(place, deadline)
        target = place.path + (f"?{place.query}" if place.query else "")
        watch = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [connection.sock])
        watch.daemon = True
        watch.start()
        response: HTTPResponse | None = None
        done = False
        started = time.monotonic()
        try:
            connection.request(method, target, headers=headers, preload_content=False, decode_content=False)
            response = connection.getresponse()
            body = _body(response, place, deadline)
            if time.monotonic() >= deadline:  # what was cut off can look whole
                raise _too_slow(place, TOTAL_SECONDS)
            done = True
            return Answer(response.status, _headers(response), body, time.monotonic() - started)
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
            if time.monotonic() >= deadline:
                raise _too_slow(place, TOTAL_SECONDS) from error
            if isinstance(error, TimeoutError | urllib3.exceptions.ReadTimeoutError):
                raise _too_slow(place, READ_SECONDS) from error
            raise BrokenError(f"{place.authority}: broke its answer off ({reason_of(error)}).") from error
        finally:
            watch.cancel()
            if response is not None:
                response.close()
            if not done:
                self._drop(place)

    def _connection(self, place: Origin, deadline: float) -> HTTPConnection:
        """An open connection to one of the checked addresses."""
        kept = self._connections.get((place.scheme, place.port))
        if kept is not None and kept.is_connected:
            kept.sock.settimeout(READ_SECONDS)
            return kept
        self._drop(place)
        failure: ToolError | None = None
        for address in self.addresses:
            seconds = min(CONNECT_SECONDS, deadline - time.monotonic())
            if seconds <= 0:
                break
            try:
                connection = connect(place, address, self.context, seconds)
            except (BrokenError, NoRouteError) as error:
                failure = failure if isinstance(failure, BrokenError) else error
                continue
            self._connections[place.scheme, place.port] = connection
            connection.sock.settimeout(READ_SECONDS)
            return connection
        raise failure or _too_slow(place, TOTAL_SECONDS)

    def _drop(self, place: Origin) -> None:
        connection = self._connections.pop((place.scheme, place.port), None)
        if connection is not None:
            connection.close()


@contextmanager
def open_web(source: WebSource, reading: Reading, resolve: Resolver = look_up) -> Iterator[Web]:
    """A client for a declared server; its name is resolved here. Raises ToolError."""
    origin = origin_of(source.url)
    token = _token(source, reading)
    context = context_of(source.ca_file)
    web = Web(origin, addresses_of(origin.host, resolve), context, token)
    try:
        yield web
    finally:
        web.close()


def _token(source: WebSource, reading: Reading) -> str:
    if source.token_env is None:
        return ""
    token = reading.environment.get(source.token_env, "").strip()
    if not token:
        raise ToolError(f"{source.token_env}: holds no token: set this variable to the token, or leave token_env out.")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ToolError(f"{source.token_env}: holds something that is no token: set it to the token alone.")
    return token


def _body(response: HTTPResponse, place: Origin, deadline: float) -> bytes:
    """The body as it came, in pieces as they come, so that its size and the time are bounded."""
    found = bytearray()
    while piece := response.read1(65_536, decode_content=False):
        found += piece
        if len(found) > MOST_BYTES:
            raise ToolError(f"{place.authority}: answers with more than {MOST_BYTES >> 20} MB: ask it for less.")
        if time.monotonic() > deadline:
            raise _too_slow(place, TOTAL_SECONDS)
    return bytes(found)


def _headers(response: HTTPResponse) -> dict[str, str]:
    found = {name.lower(): value for name, value in response.headers.items()}
    return {name: found[name] for name in sorted(found) if not name.startswith("set-cookie")}


def _retry_after(answer: Answer, otherwise: float) -> float | None:
    """How long to wait before the next attempt; None where the server wants more patience than there is."""
    told = answer.headers.get("retry-after", "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", told):
        return otherwise
    return float(told) if float(told) <= LONGEST_RETRY_AFTER else None


def _cut(sock: socket.socket) -> None:
    """Ends a connection that another thread waits on: a timeout of the socket starts anew with each byte.

    It goes past SSLSocket's own shutdown, which takes the TLS session from under the one that reads.
    """
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _too_slow(place: Origin, seconds: float) -> UnreachableError:
    return UnreachableError(f"{place.authority}: did not answer within {seconds:.0f} s.")
