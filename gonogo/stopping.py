"""Signals: the first asks an audit to end where it can go on later, the second ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopping:
    """Whether an audit was told to stop, and by which signal. ``tell`` hears a sentence when it is."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.flag, self.signal, self._tell = Event(), 0, tell

    def ask(self, number: int) -> None:
        """Asks the audit to end after what is under way."""
        self.signal = number
        self.flag.set()
        self._tell("stopping after what is under way ...")


@contextmanager
def heeding_signals(stopping: Stopping) -> Iterator[None]:
    """The first SIGTERM or SIGINT asks to stop; the next one does what it does by default.

    Elsewhere than in the main thread signals can't be heeded: nothing is changed there.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def heed(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stopping.ask(number)

    for number in SIGNALS:
        signal.signal(number, heed)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
