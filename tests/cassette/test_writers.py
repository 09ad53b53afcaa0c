"""One writer a file, one cassette a process; any number of strict replays beside each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from gonogo.cassette import open_cassette
from gonogo.cassette.errors import CassetteError
from gonogo.cassette.lock import write_lock
from tests.cassette.loopback import Server, runtime, say

HOLDS = """
    import sys, time
    from pathlib import Path
    from gonogo.cassette import open_cassette
    with open_cassette(Path(sys.argv[1]), sys.argv[2]):
        print("open", flush=True)
        sys.stdin.read()
"""


def other_process(path: Path, mode: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(HOLDS), str(path), mode]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "open\n"
    return running


def test_another_process_that_records_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    with other_process(path, "once") as other:
        with pytest.raises(CassetteError, match="another run is recording it: wait for it"), open_cassette(path, "new"):
            pytest.fail("two writers")
        with open_cassette(tmp_path / "other.yaml", "new"):
            pass
        other.communicate("")
    with open_cassette(path, "new"):
        pass


def test_a_writer_that_was_killed_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    with other_process(path, "once") as other:
        os.kill(other.pid, signal.SIGKILL)
        other.communicate()
    assert [left.name for left in tmp_path.iterdir()] == [".shop.yaml.lock"]
    with open_cassette(path, "once"):
        pass
    assert not list(tmp_path.iterdir())


def test_strict_replays_share_a_file(tmp_path: Path, server: Server) -> None:
    path = tmp_path / "shop.yaml"
    with open_cassette(path, "once"), closing(runtime(server.url)) as client:
        say(client, "one")
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        with other_process(path, "none") as other:
            with open_cassette(path, "none"), closing(runtime(server.url)) as client:
                assert say(client, "one")
            other.kill()
            other.communicate()
    finally:
        tmp_path.chmod(0o755)
    assert server.hits == 1


def test_a_second_cassette_in_a_process_is_refused(tmp_path: Path) -> None:
    with open_cassette(tmp_path / "one.yaml", "once"):
        for mode in ("once", "none"):
            told = "another cassette is open in this process: close it first"
            with pytest.raises(CassetteError, match=told), open_cassette(tmp_path / "two.yaml", mode):
                pytest.fail("two cassettes")
    with open_cassette(tmp_path / "two.yaml", "once"):
        pass


def test_one_process_does_not_lock_a_file_twice(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    with write_lock(path), pytest.raises(CassetteError, match="another run is recording it"), write_lock(path):
        pytest.fail("two locks")
    with write_lock(path):
        pass


def test_a_place_that_cant_be_written_says_so_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = r"can't be written \(.+\): give another place"
    with pytest.raises(CassetteError, match=told), open_cassette(tmp_path / "file" / "shop.yaml", "once"):
        pytest.fail("it opened")
