"""Reads with a tool in a second process, while this one imports libraries and reads with the others."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


class Ahead:
    """What a second process is working out. Its result can be taken once."""

    def __init__(self, receiver: Connection, join: Callable[[], None]) -> None:
        self._receiver, self._join = receiver, join

    def take(self) -> Any:
        """The result, once it is there; None where the process ended without one."""
        try:
            with self._receiver:
                data = self._receiver.recv_bytes()
        except (EOFError, OSError):
            data = b""
        self._join()
        return _loaded(data) if data else None


def start(work: Callable[[], Any]) -> Ahead | None:
    """Starts work whose result can be pickled; None where a second process is not to be had, or would not pay.

    A copy of this process costs milliseconds, where a fresh one would import everything again. Only a process without
    other threads can be copied safely.
    """
    if sys.platform != "linux" or threading.active_count() > 1 or len(os.sched_getaffinity(0)) < 2:
        return None
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, sender), daemon=True)
    gc.freeze()  # neither process then writes to the pages that both share, just to count references
    try:
        process.start()
    except OSError:
        receiver.close()
        return None
    finally:
        sender.close()
    return Ahead(receiver, process.join)


def _work(work: Callable[[], Any], sender: Connection) -> None:
    """Who breaks, says nothing: the work is then done again where it can be told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and takes this one along
    with Path(os.devnull).open("w") as sys.stderr:
        gc.disable()
        sender.send_bytes(pickle.dumps(work(), pickle.HIGHEST_PROTOCOL))


def _loaded(data: bytes) -> Any:
    collecting = gc.isenabled()
    gc.disable()  # many small values that all live on
    try:
        return pickle.loads(data)  # noqa: S301  a copy of this very process wrote it
    finally:
        if collecting:
            gc.enable()
