"""Which folders a client may have audited, and how many audits run at once."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.serve.mcp.roots import NoRootError, RefusedError, are_below, check_roots, find_folder, without_paths
from gonogo.serve.mcp.slots import is_held, take_slot


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two services of a team, one of another, and links in and out."""
    for name in ("team/shop/src", "team/pay", "other/secret"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "team/out").symlink_to(tmp_path / "other")
    (tmp_path / "team/in").symlink_to(tmp_path / "team/pay")
    (tmp_path / "team/circle").symlink_to(tmp_path / "team/circle")
    (tmp_path / "team/file").write_text("")
    (tmp_path / "team2").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", "team"), ("team", "team"), ("shop", "team/shop"), ("team/shop", "team/shop"), ("shop/../pay", "team/pay"),
     ("in", "team/pay"), ("./shop/src", "team/shop/src"), (" shop ", "team/shop")],
)  # fmt: skip
def test_folders_below_the_operator_s_are_found(tree: Path, asked: str, found: str) -> None:
    roots = check_roots([tree / "team"])
    assert find_folder(asked, roots) == (tree / found).resolve()
    assert find_folder(str(tree / found), roots) == (tree / found).resolve()


@pytest.mark.parametrize(
    "asked",
    ["..", "../other", "out", "out/secret", "team/out", "shop/../../other", "/", "/etc", "~", "circle", "file", "gone",
     "team2", "../team2", "shop\0", "a" * 5_000, "x/" * 400, "\u202e", "."],
)  # fmt: skip
def test_nothing_else_is(tree: Path, asked: str) -> None:
    roots = check_roots([tree / "team"])
    if asked == ".":
        assert find_folder(asked, roots) == roots[0]
        return
    with pytest.raises(RefusedError, match="is no folder that this server may audit: give one of team") as said:
        find_folder(asked, roots)
    assert str(tree) not in str(said.value) and len(str(said.value)) < 600
    with pytest.raises(RefusedError):
        find_folder(str(tree / "team" / asked) if len(asked) < 200 and asked[:1] not in "/~" else asked, roots)


@given(st.text(max_size=60))
def test_whatever_is_asked_stays_below(asked: str) -> None:
    roots = check_roots([Path(__file__).parent])
    with suppress(RefusedError):
        assert find_folder(asked, roots).is_relative_to(roots[0])


def test_of_several_folders_one_must_be_named(tree: Path) -> None:
    roots = check_roots([tree / "team/shop", tree / "team/pay", tree / "team/shop"])
    assert len(roots) == 2
    with pytest.raises(RefusedError, match="say which of these folders to audit: shop, pay"):
        find_folder("", roots)
    assert find_folder("pay", roots) == roots[1]


def test_the_whole_machine_and_files_are_no_roots(tree: Path) -> None:
    for path in (Path("/"), tree / "gone", tree / "team/file"):
        with pytest.raises(NoRootError):
            check_roots([path])
    assert not are_below([], check_roots([tree])) and not are_below([tree.parent], check_roots([tree]))


def test_messages_name_no_folder_of_this_machine() -> None:
    said = without_paths("ToolError: /home/ada/team/shop: is not a folder; see https://a.example/b/c and 'src/app.py'")
    assert said == "ToolError: shop: is not a folder; see https://a.example/b/c and 'src/app.py'"


def test_slots_are_few_and_those_of_processes_that_died_are_free(tmp_path: Path) -> None:
    first, second = take_slot(tmp_path, 2), take_slot(tmp_path, 2)
    assert first is not None and second is not None and take_slot(tmp_path, 2) is None
    os.close(first)
    code = (
        "import sys, os; from pathlib import Path; from gonogo.serve.mcp.slots import take_slot;"
        "print(take_slot(Path(sys.argv[1]), 2) is not None, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "True\n"
        assert take_slot(tmp_path, 2) is None and is_held(tmp_path / "audit-0.lock")
        process.kill()
        process.communicate()
    third = take_slot(tmp_path, 2)
    assert third is not None and not is_held(tmp_path / "none.lock") and not (tmp_path / "none.lock").exists()
    os.close(second)
    os.close(third)
