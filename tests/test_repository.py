"""The file index, through open_repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.tools.errors import ToolError
from gonogo.tools.repository import open_repository
from tests.asking import write


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="nowhere does not exist"):
        open_repository([tmp_path / "nowhere"])


def test_roles_follow_the_path(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "", "tests/test_app.py": "", ".env.example": "", "vendor/x/y.go": "", "README.md": ""})
    roles = {file.path: file.role.value for file in open_repository([tmp_path]).files}
    assert roles == {
        ".env.example": "example",
        "README.md": "document",
        "app.py": "product",
        "tests/test_app.py": "test",
        "vendor/x/y.go": "vendored",
    }


def test_globs_match_local_paths(tmp_path: Path) -> None:
    write(tmp_path, {".github/workflows/ci.yml": "", "a/.github/workflows/x.yml": "", "a/b/main.tf": ""})
    repository = open_repository([tmp_path])
    assert [f.path for f in repository.match(".github/workflows/*.{yml,yaml}")] == [".github/workflows/ci.yml"]
    assert [f.path for f in repository.match("*.tf")] == ["a/b/main.tf"]
    assert [f.path for f in repository.match("a/**/*.yml")] == ["a/.github/workflows/x.yml"]


def test_search_finds_whole_words_in_any_case(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "the K6 load\nsock6\nalertmanagers"})
    repository = open_repository([tmp_path])
    assert [str(p) for p in repository.search(["k6"]).hits] == ["a.txt:1"]
    assert [str(p) for p in repository.search(["alertmanager*"]).hits] == ["a.txt:3"]
