"""How many audits run at once: locks that their own processes hold, so that no server has to be there to count."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

MOST_AUDITS = 2


def take_slot(folder: Path, many: int) -> int | None:
    """A free slot's open file, locked; None where all are taken. Raises OSError where the folder can't be used.

    The lock is the open file's: a process that inherits it holds it until it ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(many):
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(folder / f"audit-{number}.lock", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return descriptor
    return None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of a file. Changes nothing, and makes no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
