"""``gonogo cassette show`` and ``scan``."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gonogo.cassette import open_cassette
from gonogo.cassette.file import Cassette, write_cassette
from gonogo.cassette.show import describe
from gonogo.commands.cassette import cassette
from tests.cassette.loopback import MODEL, Server, runtime, say
from tests.cassette.test_secrets import TOKEN


@pytest.fixture
def path(tmp_path: Path, server: Server) -> Path:
    path = tmp_path / "shop.yaml"
    with open_cassette(path, "once", about={"against": "a test"}), closing(runtime(server.url)) as client:
        say(client, "one")
        say(client, "two")
    return path


def test_show_lists_what_is_there(path: Path) -> None:
    done = CliRunner().invoke(cassette, ["show", str(path)])
    assert done.exit_code == 0
    assert "against: a test\n" in done.output
    assert f"/model/{MODEL}/converse 11 in, 7 out," in done.output
    assert "2 interactions, 22 tokens in, 14 out" in done.output
    first = describe(path)[0]
    assert (first.number, first.status, first.model, first.input_tokens) == (1, 200, MODEL, 11)
    assert first.size > 100


def test_scan_says_whether_it_found_something(path: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cassette, ["scan", str(path)])
    assert (done.exit_code, done.output) == (0, f"{path}: nothing found\n")
    bad = tmp_path / "bad.yaml"
    write_cassette(bad, Cassette({"note": TOKEN}, ()))
    done = CliRunner().invoke(cassette, ["scan", str(bad)])
    assert (done.exit_code, done.output) == (1, f"{bad}: about note: github-token\n{bad}: 1 found\n")


@pytest.mark.parametrize("command", ["show", "scan"])
def test_what_cant_be_read_exits_with_two(command: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cassette, [command, str(tmp_path / "none.yaml")])
    assert done.exit_code == 2
    assert (
        done.output == f"Error: {tmp_path / 'none.yaml'}: there is no such cassette: record one with --record once.\n"
    )


def test_nothing_heavy_is_imported_for_their_help() -> None:
    heavy = "yaml vcr botocore requests httpx gonogo.tools gonogo.cassette.session".split()
    code = f"import sys, gonogo.commands.cassette, gonogo.cassette.errors; print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
