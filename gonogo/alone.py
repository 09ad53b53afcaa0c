"""One process at a time works on a run: a lock that the system lets go of when the process dies, however it dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
