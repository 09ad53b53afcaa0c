"""One process at a time works on a run: a lock that the system lets go of when the process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class RunningElsewhereError(Exception):
    """Another process works on the run. The message says so."""


@contextmanager
def alone(folder: Path, run: str) -> Iterator[None]:
    """Holds the run's lock in the folder. Raises RunningElsewhereError; where no lock can be made, none is held."""
    path = folder / "running" / f"{run}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("ab")
    except OSError:
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunningElsewhereError(f"run {run} is still running in another process: wait for it.") from error
        if not _is_still_there(file, path):  # who held it has taken it away, and the next one has another
            raise RunningElsewhereError(f"run {run} was ended by another process just now: try again.")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_still_there(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
