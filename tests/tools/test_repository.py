"""The file index, through open_repository: what it lists, and what it survives."""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path

import pytest
from dulwich import porcelain
from dulwich.index import IndexEntry
from dulwich.repo import Repo

from gonogo.facts.repository import Repository
from gonogo.tools.errors import ToolError
from gonogo.tools.repository import TEXT_LIMIT, open_repository
from tests.asking import write

AUTHOR = b"A <a@b.example>"


def paths(repository: Repository) -> list[str]:
    return [file.path for file in repository.files]


def reasons(repository: Repository) -> dict[str, str]:
    return {item.path: item.reason for item in repository.unread}


def committed(folder: Path, files: dict[str, str]) -> Repo:
    """A repository with these files in one commit."""
    folder.mkdir(exist_ok=True)
    repo = porcelain.init(folder)
    write(folder, files)
    porcelain.add(repo, [folder / name for name in files])
    porcelain.commit(repo, message=b"first", author=AUTHOR, committer=AUTHOR)
    return repo


def test_missing_folder_and_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ToolError, match="nowhere does not exist"):
        open_repository([tmp_path / "nowhere"])
    with pytest.raises(ToolError, match="file is not a folder"):
        open_repository([tmp_path / "file"])


def test_unreadable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ToolError, match="can't be read"):
        open_repository([tmp_path])


def test_unreadable_folder_below_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": "", "closed/b.py": ""})
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    repository = open_repository([tmp_path])
    assert paths(repository) == ["a.py"]
    assert reasons(repository) == {"closed": "Permission denied"}


def test_empty_and_plain_folders_have_no_history(tmp_path: Path) -> None:
    repository = open_repository([tmp_path])
    assert repository.files == ()
    assert repository.sources[0].kind == "folder"


def test_git_repository_is_told(tmp_path: Path) -> None:
    repo = committed(tmp_path / "r", {"a.py": "x = 1\n", ".gitignore": "*.log\nbuild/\n!keep.log\n"})
    write(tmp_path / "r", {"new.py": "", "x.log": "", "keep.log": "", "build/out.py": ""})
    repository = open_repository([tmp_path / "r"])
    source = repository.sources[0]
    assert (source.commit, source.branch, source.dirty) == (repo.head().decode(), "master", False)
    tracked = {file.path: file.tracked for file in repository.files}
    assert tracked == {".gitignore": True, "a.py": True, "keep.log": False, "new.py": False}
    (tmp_path / "r" / "a.py").write_text("x = 2\n# longer\n")
    assert open_repository([tmp_path / "r"]).sources[0].dirty is True


def test_detached_packed_and_unborn_heads(tmp_path: Path) -> None:
    repo = committed(tmp_path / "r", {"a.py": ""})
    head = repo.head().decode()
    git = tmp_path / "r" / ".git"
    (git / "refs/heads/master").unlink()
    (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{head} refs/heads/master\n")
    assert open_repository([tmp_path / "r"]).sources[0].commit == head
    (git / "HEAD").write_text(head + "\n")
    assert open_repository([tmp_path / "r"]).sources[0].branch is None
    (git / "HEAD").write_text("ref: refs/heads/none\n")
    assert open_repository([tmp_path / "r"]).sources[0].commit is None


def test_folder_of_a_repository(tmp_path: Path) -> None:
    committed(tmp_path / "r", {"app/a.py": "", "b.py": "", ".gitignore": "*.tmp\n"})
    write(tmp_path / "r", {"app/x.tmp": ""})
    repository = open_repository([tmp_path / "r" / "app"])
    assert paths(repository) == ["a.py"]
    assert repository.files[0].tracked


def test_shallow_clone_is_noted(tmp_path: Path) -> None:
    repo = committed(tmp_path / "r", {"a.py": ""})
    (tmp_path / "r" / ".git" / "shallow").write_bytes(repo.head() + b"\n")
    assert open_repository([tmp_path / "r"]).sources[0].notes == ("shallow clone: history was not read",)


def test_submodules_count_where_they_are_checked_out(tmp_path: Path) -> None:
    repo = committed(tmp_path / "r", {"a.py": ""})
    index = repo.open_index()
    index[b"lib"] = IndexEntry((0, 0), (0, 0), 0, 0, 0o160000, 0, 0, 0, repo.head(), 0, 0)
    index.write()
    (tmp_path / "r" / "lib").mkdir()
    empty = open_repository([tmp_path / "r"])
    assert empty.sources[0].notes == ("submodules not read unless checked out: lib",)
    assert empty.sources[0].dirty is False
    write(tmp_path / "r", {"lib/main.tf": "x"})
    assert {f.path: f.tracked for f in open_repository([tmp_path / "r"]).files} == {"a.py": True, "lib/main.tf": True}


def test_worktree(tmp_path: Path) -> None:
    repo = committed(tmp_path / "r", {"a.py": "x"})
    own = tmp_path / "r" / ".git" / "worktrees" / "w"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/master\n")
    (own / "commondir").write_text("../..\n")
    (own / "index").write_bytes((tmp_path / "r" / ".git" / "index").read_bytes())
    write(tmp_path / "w", {".git": f"gitdir: {own}\n", "a.py": "x", "b.py": ""})
    repository = open_repository([tmp_path / "w"])
    assert repository.sources[0].commit == repo.head().decode()
    assert {f.path: f.tracked for f in repository.files if f.path != ".git"} == {"a.py": True, "b.py": False}


def test_bare_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bare.git").mkdir()
    porcelain.init(tmp_path / "bare.git", bare=True)
    with pytest.raises(ToolError, match="is a bare repository"):
        open_repository([tmp_path / "bare.git"])


@pytest.mark.parametrize(
    "index", [b"garbage", b"DIRC" + struct.pack(">LL", 2, 5) + b"\0" * 70, b"DIRC\0\0\0\x63" + b"\0" * 40]
)
def test_broken_index_is_noted_and_all_files_count(tmp_path: Path, index: bytes) -> None:
    committed(tmp_path / "r", {"a.py": ""})
    (tmp_path / "r" / ".git" / "index").write_bytes(index)
    repository = open_repository([tmp_path / "r"])
    assert [(file.path, file.tracked) for file in repository.files] == [("a.py", True)]
    assert "index can't be read" in repository.sources[0].notes[0]
    assert repository.sources[0].dirty is None


def test_sparse_giant_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "main.tf").open("wb") as file:
        file.truncate(1024**3)
    write(tmp_path, {"a.py": "x"})
    repository = open_repository([tmp_path])
    assert "1,073,741,824 bytes" in reasons(repository)["main.tf"]
    assert repository.text("main.tf") == ""
    assert repository.file("main.tf").binary  # type: ignore[union-attr]


def test_binary_and_utf16_files(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(b"\x7fELF\0\0\0")
    (tmp_path / "blob").write_bytes(b"a\0b")
    (tmp_path / "app.ps1").write_bytes("$x = 'ä'".encode("utf-16"))
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    repository = open_repository([tmp_path])
    assert reasons(repository) == {"main.tf": "it holds binary data"}
    assert repository.text("blob") == ""
    assert repository.text("app.ps1") == "$x = 'ä'"
    assert repository.text("bom.yaml") == "a: 1\n"
    assert repository.text("latin.txt") == "caf\N{REPLACEMENT CHARACTER}\n"


def test_odd_names_are_shown_escaped_and_still_read(tmp_path: Path) -> None:
    for name in (b"caf\xe9.py", b"new\nline.py", b"ltr\xe2\x80\xae.py", b"esc\x1b[2J.py", "größe.py".encode()):
        (tmp_path / os.fsdecode(name)).write_text("x = 1")
    repository = open_repository([tmp_path])
    assert set(paths(repository)) == {
        "caf\\xe9.py",
        "new\\nline.py",
        "ltr\\u202e.py",
        "esc\\x1b[2J.py",
        "größe.py",
    }
    assert all(repository.text(file) == "x = 1" for file in repository.files)


def test_links(tmp_path: Path) -> None:
    write(tmp_path / "out", {"secret.txt": "hidden"})
    root = tmp_path / "r"
    write(root, {"shared/main.tf": "x", "a/b.py": ""})
    (root / "a" / "main.tf").symlink_to("../shared/main.tf")
    (root / "a" / "loop").symlink_to("..")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    (root / "outside.yaml").symlink_to(tmp_path / "out" / "secret.txt")
    (root / "folder").symlink_to(tmp_path / "out")
    repository = open_repository([root])
    assert paths(repository) == ["a/b.py", "a/main.tf", "shared/main.tf"]
    assert repository.text("a/main.tf") == "x"
    found = reasons(repository)
    assert found["outside.yaml"] == found["folder"] == "it is a link that leads out of the target"
    assert "hidden" not in "".join(repository.text(path) for path in ("outside.yaml", "folder/secret.txt"))


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "r", {"a.yaml": "x"})
    (tmp_path / "secret").write_text("hidden")
    repository = open_repository([tmp_path / "r"])
    (tmp_path / "r" / "a.yaml").unlink()
    (tmp_path / "r" / "a.yaml").symlink_to(tmp_path / "secret")
    assert repository.text("a.yaml") == ""


def test_pipes_sockets_and_their_like_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(tmp_path / "r", {"a.py": "", "b.py": ""})
    monkeypatch.chdir(tmp_path / "r")
    os.mkfifo("pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        Path("b.py").unlink()
        os.mkfifo("b.py")  # tracked as a file, now a pipe: comparing it must not wait for a writer
        Path(".gitignore").unlink(missing_ok=True)
        os.mkfifo(".gitignore")
        repository = open_repository([tmp_path / "r"])
    assert paths(repository) == ["a.py"]
    assert repository.sources[0].dirty is True


def test_nothing_that_git_is_configured_to_run_runs(tmp_path: Path) -> None:
    repo = committed(tmp_path / "r", {"a.txt": "x", ".gitattributes": "*.txt filter=evil diff=evil\n"})
    mark = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    os.mkfifo(tmp_path / "pipe")
    settings = ("fsmonitor", "hooksPath", "pager", "sshCommand", "editor")
    config = "[core]\n" + "".join(f"\t{name} = {script}\n" for name in settings)
    config += f"\texcludesFile = {tmp_path}/pipe\n[include]\n\tpath = {tmp_path}/pipe\n"
    config += f'[filter "evil"]\n\tclean = {script}\n\tprocess = {script}\n[diff "evil"]\n\ttextconv = {script}\n'
    (tmp_path / "r" / ".git" / "config").write_text(config)
    for hook in ("post-checkout", "pre-commit", "post-index-change", "fsmonitor-watchman"):
        (tmp_path / "r" / ".git" / "hooks").mkdir(exist_ok=True)
        (tmp_path / "r" / ".git" / "hooks" / hook).write_bytes(script.read_bytes())
    (tmp_path / "r" / "a.txt").write_text("y")
    repository = open_repository([tmp_path / "r"])
    assert repository.sources[0].commit == repo.head().decode()
    assert repository.sources[0].dirty is True
    assert not mark.exists()


def test_patterns_that_would_take_for_ever_are_passed_over(tmp_path: Path) -> None:
    committed(tmp_path / "r", {".gitignore": "*a*a*a*a*a*a*a*a*a*b\n*.log\n"})
    write(tmp_path / "r", {"a" * 200: "", "x.log": ""})
    started = time.process_time()
    assert "x.log" not in paths(open_repository([tmp_path / "r"]))
    assert time.process_time() - started < 1


def test_index_of_many_files_is_fast(tmp_path: Path) -> None:
    for folder in range(50):
        (tmp_path / f"d{folder}").mkdir()
        for number in range(100):
            (tmp_path / f"d{folder}" / f"f{number}.py").touch()
    started = time.process_time()
    assert len(open_repository([tmp_path]).files) == 5_000
    assert time.process_time() - started < 2


@pytest.mark.sweep
def test_fifty_thousand_files(tmp_path: Path) -> None:
    for folder in range(250):
        (tmp_path / f"d{folder}").mkdir()
        for number in range(200):
            (tmp_path / f"d{folder}" / f"f{number}.py").touch()
    started = time.process_time()
    assert len(open_repository([tmp_path]).files) == 50_000
    assert time.process_time() - started < 5


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.tools.repository.FILE_LIMIT", 3)
    write(tmp_path, {f"{number}.py": "" for number in range(5)})
    with pytest.raises(ToolError, match="more than 3 files"):
        open_repository([tmp_path])


def test_memory_of_texts_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.facts.repository.CACHE_BYTES", 10_000)
    write(tmp_path, {f"{number}.py": "x" * 1_000 for number in range(200)})
    repository = open_repository([tmp_path])
    for file in repository.files:
        repository.text(file)
    assert sum(len(text) for file in repository.files if (text := repository._cache.get(file.path))) == 10_000
    assert TEXT_LIMIT <= 8 * 1024 * 1024


def test_left_out_paths_are_not_listed(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "old/b.py": "", "older/c.py": ""})
    assert paths(open_repository([tmp_path], left_out=["old"])) == ["a.py", "older/c.py"]


def test_several_roots_have_their_names(tmp_path: Path) -> None:
    write(tmp_path, {"x/svc/a.py": "1", "y/svc/a.py": "2"})
    repository = open_repository([tmp_path / "x" / "svc", tmp_path / "y" / "svc"])
    assert [(f.path, f.local, repository.text(f)) for f in repository.files] == [
        ("svc-2/a.py", "a.py", "2"),
        ("svc/a.py", "a.py", "1"),
    ]


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


def test_installed_packages_are_vendored(tmp_path: Path) -> None:
    files = {
        "lambda/handler.py": "import requests\n",
        "lambda/requests/api.py": "",
        "lambda/six.py": "",
        "lambda/requests-2.32.0.dist-info/RECORD": "requests/api.py,sha256=x,1\nsix.py,,\n",
        "lambda/attrs/core.py": "",
        "lambda/attrs-1.0.dist-info/top_level.txt": "attrs\n",
    }
    roles = {file.path: file.role.value for file in open_repository([write(tmp_path, files)]).files}
    assert roles["lambda/handler.py"] == "product"
    assert {roles[path] for path in roles if path != "lambda/handler.py"} == {"vendored"}
