"""One writer a cassette: a lock that the system gives back when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from gonogo.cassette.errors import CassetteError


@contextlib.contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Holds the right to write this cassette, against other processes and this one. Raises CassetteError."""
    lock = path.with_name(f".{path.name}.lock")
    handle = _locked(path, lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)  # while it is still held: whoever opened it meanwhile looks again
        os.close(handle)


def _locked(path: Path, lock: Path) -> int:
    import fcntl

    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise CassetteError(f"{path}: can't be written ({error.strerror}): give another place for it.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise CassetteError(
                f"{path}: another run is recording it: wait for it, or record into another file."
            ) from None
        if _is_same(handle, lock):
            return handle
        os.close(handle)  # its last holder removed it between our two steps


def _is_same(handle: int, lock: Path) -> bool:
    try:
        there = lock.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(handle)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
