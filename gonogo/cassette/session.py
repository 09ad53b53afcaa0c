"""Recording and replaying: all HTTP of this process goes through one cassette while the context is open."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from gonogo import __version__
from gonogo.cassette.environment import environment, replay_environment
from gonogo.cassette.errors import CassetteError, CassetteMissError
from gonogo.cassette.file import Cassette, read_cassette, write_cassette
from gonogo.cassette.lock import write_lock
from gonogo.cassette.nearest import name_of
from gonogo.cassette.redaction import change_value, without_secrets
from gonogo.cassette.sockets import no_connections, replaced
from gonogo.cassette.tape import Tape

SAVE_EVERY_SECONDS = 5.0
"""How often a recording is written while it runs: answers are paid for, and a process can be killed."""


class Mode(StrEnum):
    """What happens to a request."""

    NONE = "none"
    """Strict: it is played, or the run fails. No live call is made."""
    ONCE = "once"
    """Recorded where the file does not exist; strict where it does, also where a killed run left it."""
    NEW = "new"
    """Played where it is recorded, else sent and recorded."""


@dataclass(slots=True)
class Recording:
    """An open cassette."""

    path: Path
    about: Mapping[str, Any]
    is_strict: bool
    tape: Tape = field(repr=False)
    misses: list[CassetteMissError] = field(default_factory=list)
    """The requests that strict replay refused, in the order in which they came."""

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint that the models were recorded at, to ask again; None for the provider's own."""
        return self.about.get("endpoint_url") or None

    @property
    def recorded(self) -> int:
        """How many answers were recorded in this run."""
        return len(self.tape.new)

    @property
    def unplayed(self) -> tuple[int, ...]:
        """The numbers, from 1, of the recorded interactions that nobody asked for."""
        return self.tape.unplayed


_open = threading.Lock()


@contextlib.contextmanager
def opened(path: Path, mode: str, about: Mapping[str, Any]) -> Iterator[Recording]:
    """See gonogo.cassette.open_cassette."""
    chosen = Mode(mode)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone(path))
        is_strict = chosen is Mode.NONE or (chosen is Mode.ONCE and path.exists())
        if not is_strict:
            stack.enter_context(write_lock(path))
            is_strict = chosen is Mode.ONCE and path.exists()  # another run recorded it while this one looked
        if is_strict:
            yield from _replay(path, read_cassette(path))
        else:
            cassette = read_cassette(path) if path.exists() else Cassette({}, ())
            yield from _record(path, cassette, {"gonogo": __version__, **about})


def _replay(path: Path, cassette: Cassette) -> Iterator[Recording]:
    misses: list[CassetteMissError] = []

    def refused(says: str) -> CassetteMissError:
        miss = CassetteMissError(f"{path}: {says}")
        misses.append(miss)
        return miss

    def not_recorded(explanation: str) -> CassetteMissError:
        return refused(f"{explanation} Record what is new with --record new.")

    def unconnected(where: str) -> CassetteMissError:
        says = f"something tried to connect to {where}, past the cassette"
        return refused(f"{says}: a strict replay makes no connection, so switch off what tries.")

    tape = Tape(cassette.interactions, strict=True, refused=not_recorded)
    with environment(replay_environment(_region(cassette.about))), no_connections(unconnected), _playing(tape):
        yield Recording(path, cassette.about, True, tape, misses)
    if misses:
        raise CassetteMissError(str(misses[0]))
    if tape.unplayed:
        first = cassette.interactions[tape.unplayed[0] - 1].request
        raise CassetteError(
            f"{path}: {len(tape.unplayed)} of {len(cassette.interactions)} interactions were not asked for, first"
            f" interaction {tape.unplayed[0]}, {name_of(first)}: the run has changed, so record it again."
        )


def _record(path: Path, cassette: Cassette, about: dict[str, Any]) -> Iterator[Recording]:
    header = {**cassette.about, **change_value(about, without_secrets)}
    saving, saved = threading.Lock(), time.monotonic()

    def save(*, left: tuple[int, ...] = ()) -> None:
        kept = (item for number, item in enumerate(cassette.interactions, 1) if number not in left)
        write_cassette(path, Cassette(header, (*kept, *tape.new)))

    def save_now_and_then() -> None:
        nonlocal saved
        if time.monotonic() - saved >= SAVE_EVERY_SECONDS and saving.acquire(blocking=False):
            try:
                save()
                saved = time.monotonic()
            finally:
                saving.release()

    tape = Tape(cassette.interactions, strict=False, refused=CassetteMissError, recorded_one=save_now_and_then)
    try:
        with _playing(tape):
            yield Recording(path, header, False, tape)
    except BaseException:
        if tape.new:
            with saving:
                save()
        raise
    # What a whole run no longer asks for goes: a strict replay would miss its being asked.
    stale = tape.unplayed
    if tape.new or stale:
        with saving:
            save(left=stale)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """vcrpy patches classes of the whole process, so that two open cassettes would take each other's requests."""
    if not _open.acquire(blocking=False):
        raise CassetteError(f"{path}: another cassette is open in this process: close it first.")
    try:
        yield
    finally:
        _open.release()


@contextlib.contextmanager
def _playing(tape: Tape) -> Iterator[None]:
    """Puts the tape behind vcrpy's connections.

    vcrpy takes its patches off for a moment at each new connection and each live request, in the whole process, so that
    other threads' requests pass by the cassette. ``force_reset`` is that moment; without it urllib.request can't speak
    HTTPS, and says so.
    """
    from vcr import patch

    with contextlib.ExitStack() as stack:
        stack.enter_context(replaced(patch, "force_reset", contextlib.nullcontext))
        stack.enter_context(_quiet("vcr"))
        for patcher in patch.CassettePatcherBuilder(tape).build():
            stack.enter_context(patcher)
        stack.callback(tape.close)
        yield


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """vcrpy logs addresses before they are redacted."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _region(about: Mapping[str, Any]) -> str | None:
    options = about.get("options")
    region = about.get("region") or (options.get("region") if isinstance(options, dict) else None)
    return str(region) if region else None
