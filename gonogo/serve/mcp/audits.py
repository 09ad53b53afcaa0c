"""The audits that clients start: which there are, how far they came, how they ended."""

from __future__ import annotations

import json
import os
import signal
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread

from gonogo.run import Options
from gonogo.serve.mcp.roots import RefusedError, find_folder, without_paths
from gonogo.serve.mcp.slots import MOST_AUDITS, take_slot
from gonogo.serve.mcp.worker import FAILED, LONGEST_LINE, PROBLEM, Work, start

REMEMBERED = 200
MOST_PROBLEMS = 20
ALL_TAKEN = "{many} audits run already, which is the most at once: ask again when one of them is over (list_runs)."


@dataclass
class Started:
    """An audit of this server. ``failed`` is empty while nothing went wrong."""

    run: str
    target: str
    process: int
    problems: list[str] = field(default_factory=list)
    failed: str = ""
    is_ending: bool = False
    is_over: bool = False


@dataclass
class Audits:
    """Starts audits with the operator's ``options``, in processes of their own; at most ``most`` at once on a machine,
    whichever server started them. ``new_run`` makes ids, 32 hex digits; ``environment`` is what the processes get."""

    options: Options
    roots: tuple[Path, ...]
    folder: Path
    environment: Callable[[], dict[str, str]]
    new_run: Callable[[], str]
    most: int = MOST_AUDITS
    _started: OrderedDict[str, Started] = field(default_factory=OrderedDict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def begin(self, path: str, areas: Sequence[str]) -> Started:
        """Starts an audit of a folder, of all areas where none are named, and does not wait for it.

        Raises RefusedError.
        """
        folder = find_folder(path, self.roots)
        options = replace(self.options, paths=(folder,), areas=tuple(areas) or self.options.areas)
        run = self.new_run()
        with self._lock:  # the slot is inheritable for a moment: no other process may start in it
            slot = self._slot()
            try:
                process, told = start(Work(run, options), slot, self.environment())
            except OSError as error:
                raise RefusedError(f"the audit could not be started ({error.strerror}).") from error
            finally:
                os.close(slot)
            found = Started(run, folder.name, process)
            self._started[run] = found
            while len(self._started) > REMEMBERED:
                self._started.popitem(last=False)
        Thread(target=_follow, args=(found, told), name=f"audit {run[:8]}", daemon=True).start()
        return found

    def find(self, run: str) -> Started | None:
        """An audit that this server started, by its id or the one id that begins so."""
        with self._lock:
            found = [item for key, item in self._started.items() if run and key.startswith(run)]
        return found[0] if len(found) == 1 else None

    def newest(self) -> Started | None:
        """The audit that was started last and is not over."""
        with self._lock:
            return next((item for item in reversed(self._started.values()) if not item.is_over), None)

    def stop(self) -> None:
        """Asks those that run to end after what is under way: they can go on later."""
        with self._lock:
            for item in self._started.values():
                if not item.is_ending:
                    os.kill(item.process, signal.SIGTERM)

    def _slot(self) -> int:
        try:
            slot = take_slot(self.folder, self.most)
        except OSError as error:
            raise RefusedError(f"gonogo's state folder can't be used ({error.strerror}).") from error
        if slot is None:
            raise RefusedError(ALL_TAKEN.format(many=self.most))
        return slot


def _follow(item: Started, told: int) -> None:
    """Hears what the process tells until it ends. Its id is not used any more from then on: another may get it."""
    with os.fdopen(told, "rb") as lines:
        while line := lines.readline(LONGEST_LINE):
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if FAILED in said:
                item.failed = without_paths(str(said[FAILED]))
            elif PROBLEM in said and len(item.problems) < MOST_PROBLEMS:
                item.problems.append(without_paths(str(said[PROBLEM])))
    item.is_ending = True
    _, status = os.waitpid(item.process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code and not item.failed:
        item.failed = f"the audit's process ended without a word ({'signal' if code < 0 else 'exit'} {abs(code)})."
    item.is_over = True
