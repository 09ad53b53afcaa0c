"""A bound on waiting for a server that is there and does not answer: drivers wait for it without an end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer


@contextmanager
def bounded(descriptor: int, seconds: float) -> Iterator[None]:
    """Shuts a connection's socket down when what is done with it takes longer: who waits for it is told then."""

    def shut() -> None:
        with suppress(OSError), socket.socket(fileno=descriptor) as line:
            try:
                line.shutdown(socket.SHUT_RDWR)
            finally:
                line.detach()  # the driver closes it

    timer = Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
