"""An audit in a process of its own: it goes on when the server or its client is gone, and shares nothing with them.

Cassettes guard all sockets of a process and replace functions of libraries: one process can't serve and replay.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from gonogo.run import Options

START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from gonogo.serve.mcp.worker import main; main()"
"""What the process begins with: the modules that this one has, and none of the folder it is in."""
FAILED, PROBLEM = "failed", "problem"
LONGEST_LINE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Work:
    """What a process is to do: an audit under an id that is given."""

    run: str
    options: Options


def start(work: Work, slot: int, environment: dict[str, str]) -> tuple[int, int]:
    """Starts the process. It inherits ``slot``, an open file. Answers its id and where it tells what happens to it.

    Raises OSError.
    """
    given_read, given_write = os.pipe()
    told_read, told_write = os.pipe()
    try:
        os.set_inheritable(slot, True)
        process = os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-c", START, json.dumps([path for path in sys.path if path])],
            environment,
            setsid=True,  # who ends the server and all that it started does not end it
            file_actions=[
                (os.POSIX_SPAWN_DUP2, given_read, 0),
                (os.POSIX_SPAWN_DUP2, told_write, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except OSError:
        os.close(told_read)
        os.close(given_write)
        raise
    finally:
        os.set_inheritable(slot, False)
        os.close(given_read)
        os.close(told_write)
    with suppress(BrokenPipeError), os.fdopen(given_write, "wb") as given:
        pickle.dump(work, given)  # where it ended before it read, what it tells, or its exit, says why
    return process, told_read


def main() -> None:
    """The process: reads its work, audits, and tells what went wrong, as long as somebody listens."""
    work = pickle.load(sys.stdin.buffer)  # noqa: S301  from the process that started this one
    with os.fdopen(os.dup(1), "wb", buffering=0) as listener:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # nothing that a library prints is taken for what is told
        _audit(work, listener)


def _audit(work: Work, listener: BinaryIO) -> None:
    from gonogo.mendable import BEFORE_IT_BEGINS
    from gonogo.run import InterruptedRunError, run_audit

    def tell(kind: str, text: str) -> None:
        with suppress(OSError):  # nobody listens any more; the store says how the run ended
            listener.write(json.dumps({kind: text[: LONGEST_LINE // 8]}).encode() + b"\n")

    try:
        options = replace(work.options, run=work.run)
        done = run_audit(options, show_progress=False, tell=lambda text: tell(PROBLEM, text))
        if not done.is_kept:
            tell(FAILED, "the audit came to its end, but its report could not be kept.")
    except (*BEFORE_IT_BEGINS, InterruptedRunError) as error:
        tell(FAILED, str(error))
    except Exception as error:  # noqa: BLE001  the outermost of a process that nobody watches: what fails is told
        tell(FAILED, f"the audit failed inside gonogo ({type(error).__name__}), which is a bug.")
