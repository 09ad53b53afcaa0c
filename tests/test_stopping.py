"""Signals ask an audit to stop once, and end it the second time; one process works on a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gonogo.alone import RunningElsewhereError, alone
from gonogo.stopping import Stopping, heeding_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    told: list[str] = []
    stopping = Stopping(told.append)
    with heeding_signals(stopping):
        os.kill(os.getpid(), number)
        assert stopping.flag.is_set()
        assert stopping.signal == number
        assert len(told) == 1
    assert signal.getsignal(number) is before


def test_the_second_signal_ends_at_once() -> None:
    code = (
        "import os, signal, time; from gonogo.stopping import Stopping, heeding_signals\n"
        "with heeding_signals(Stopping(print)):\n"
        "    os.kill(os.getpid(), signal.SIGTERM); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20, check=False)
    assert done.returncode == -signal.SIGTERM


def test_one_process_works_on_a_run(tmp_path: Path) -> None:
    with alone(tmp_path, "abc"), pytest.raises(RunningElsewhereError, match="still running"), alone(tmp_path, "abc"):
        pass
    with alone(tmp_path, "abc"), alone(tmp_path, "other"):
        pass


def test_a_killed_process_holds_no_run(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from gonogo.alone import alone\n"
        "with alone(Path(sys.argv[1]), 'abc'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=20, check=False)
    with alone(tmp_path, "abc"):
        pass
