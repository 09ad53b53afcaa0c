"""What vcrpy's patched connections ask in place of vcrpy's own cassette: indexed, and safe for threads.

vcrpy asks whether a request can be played and then plays it, so that of two threads with one request both are told yes.
Here the first question takes the answer, and the second hands it out.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from gonogo.cassette.accounts import Accounts, hide_accounts, hide_in_response, put_back
from gonogo.cassette.bodies import body_bytes, parse_body
from gonogo.cassette.encodings import decoded
from gonogo.cassette.errors import CassetteMissError
from gonogo.cassette.interaction import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    Interaction,
    Key,
    Request,
    Response,
    kept_headers,
    key_of,
    plain_uri,
    replayed,
)
from gonogo.cassette.nearest import explain_miss
from gonogo.cassette.redaction import redact_request, redact_response

_MODEL_ANSWER = re.compile(r"/model/[^/]+/(?:converse|invoke)|/guardrail/[^/]+/version/[^/]+/apply")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that was looked up once: in the form that is stored, with the interaction that it took."""

    request: Request
    accounts: Accounts
    taken: Interaction | None


class Tape:
    """The interactions of a run: those to play, by request and in order, and those that were recorded."""

    _path = "Cassette"  # vcrpy names its classes after it
    custom_patches = ()
    skip_patchers = ()

    def __init__(
        self,
        recorded: Sequence[Interaction],
        *,
        strict: bool,
        refused: Callable[[str], CassetteMissError],
        recorded_one: Callable[[], None] = lambda: None,
    ) -> None:
        """``strict``: a request that is not there is refused, by the error that ``refused`` makes of the explanation.

        ``recorded_one`` is called after each answer that was recorded, in the thread that asked.
        """
        self._recorded = tuple(recorded)
        self._new: list[Interaction] = []
        self._strict = strict
        self._refused = refused
        self._recorded_one = recorded_one
        self._closed = False
        self._lock = Lock()
        self._waiting: dict[Key, deque[int]] = defaultdict(deque)
        for number, interaction in enumerate(self._recorded):
            self._waiting[key_of(interaction.request)].append(number)

    @property
    def new(self) -> tuple[Interaction, ...]:
        """What was recorded, in the order in which it was answered."""
        with self._lock:
            return tuple(self._new)

    @property
    def unplayed(self) -> tuple[int, ...]:
        """The numbers, from 1, of the interactions that nobody asked for."""
        with self._lock:
            return tuple(sorted(number + 1 for numbers in self._waiting.values() for number in numbers))

    def close(self) -> None:
        """Nothing is played or recorded any more: a connection that outlives the run is on its own."""
        self._closed = True

    # What vcrpy's connections call.

    @property
    def write_protected(self) -> bool:
        return self._strict

    def can_play_response_for(self, request: Any) -> bool:
        return self._ask(request).taken is not None

    def play_response(self, request: Any) -> dict[str, Any]:
        asked = self._ask(request)
        assert asked.taken is not None, "vcrpy plays what it was told can be played"
        return replayed(put_back(asked.taken, asked.accounts))

    def filter_request(self, request: Any) -> None:
        """Called where a request can't be played and may not go out. Raises CassetteMissError."""
        raise self._refused(explain_miss(self._ask(request).request, self._recorded))

    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Records an answer. The run gets a model's answer as it is recorded, so that a replay sees the same."""
        if self._closed:
            return
        asked = self._ask(request)
        plain = _read_response(response, asked.request.method)
        clean = redact_response(plain)
        if clean.body != plain.body and _MODEL_ANSWER.fullmatch(asked.request.path):
            response["body"]["string"] = body_bytes(clean.body)
            response["headers"] = {n: v for n, v in response["headers"].items() if n.lower() != "content-length"}
        interaction = Interaction(asked.request, hide_in_response(clean, asked.accounts))
        with self._lock:
            self._new.append(interaction)
        self._recorded_one()

    def _ask(self, request: Any) -> _Asked:
        known = vars(request).get("_gonogo")
        if known is None:
            known = request._gonogo = self._look_up(_read_request(request))
        return known  # type: ignore[no-any-return]

    def _look_up(self, request: Request) -> _Asked:
        # What is stored went through redaction, which changes it no more: an equal request needs none.
        if (taken := self._take(key_of(request))) is not None:
            return _Asked(request, Accounts(), taken)
        stored, accounts = hide_accounts(redact_request(request))
        return _Asked(stored, accounts, self._take(key_of(stored)))

    def _take(self, key: Key) -> Interaction | None:
        with self._lock:
            waiting = self._waiting.get(key)
            if not waiting or self._closed:
                return None
            return self._recorded[waiting.popleft()]


def _read_request(request: Any) -> Request:
    """vcrpy's request, before any redaction."""
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    elif body is not None and not isinstance(body, bytes | bytearray | str):
        body = b"".join(body)
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    headers = kept_headers(request.headers.items(), REQUEST_HEADERS)
    return Request(request.method, plain_uri(request.uri), headers, parse_body(data))


def _read_response(response: dict[str, Any], method: str) -> Response:
    """vcrpy's response, before any redaction. Its body is decoded, so that it can be read."""
    length = {"content-length"} if method == "HEAD" else set()
    data, encoding = decoded(response["body"]["string"] or b"", response["headers"])
    headers = kept_headers(response["headers"].items(), RESPONSE_HEADERS | length)
    status = response["status"]
    plain = Response(status["code"], status["message"] or "", headers, parse_body(data))
    return replace(plain, headers={**headers, "content-encoding": encoding}) if encoding else plain
