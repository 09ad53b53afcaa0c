"""What of a script can fail it, by the shell's own rules."""

from __future__ import annotations

import pytest

from gonogo.tools.shell import core_words, read_script


def excuses(text: str, *, errexit: bool = False) -> dict[str, str]:
    """Why the failure of each command is lost, by the command's text."""
    return {" ".join(command.words): command.excuse for command in read_script(text, errexit=errexit)}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("make test", True),
        ("make test || true", False),
        ("make test || echo failed", False),
        ("make test || exit 1", True),
        ("make test || { echo no; exit 1; }", True),
        ("make test | tee log", False),
        ("set -o pipefail\nmake test | tee log", True),
        ("make test &", False),
        ("make test && echo done", True),
        ("make test && echo done\necho more", False),
        ("if make test; then echo yes; fi", False),
        ("if ! make test; then exit 1; fi", True),
        ("if make test; then echo yes; else exit 1; fi", True),
        ("! make test\necho more", False),
        ("set +e\nmake test\necho more", False),
        ("set +e\nmake test\nstatus=$?\nset -e\nexit $status", True),
        ("set +e\nmake test\nif [ $? -ne 0 ]; then exit 1; fi\necho ok", True),
        ("failed=0\nmake test || failed=1\nmake lint\nexit $failed", True),
        ("(cd app && make test)", True),
        ("bash -c 'make test'", True),
        ("bash -c 'make test; echo done'", False),
        ("for part in a b; do make test; done", True),
        ("export RESULT=$(make test)", False),
        ("RESULT=$(make test)", True),
        ("check() { make test; }\ncheck || true", False),
    ],
)
def test_errexit(text: str, kept: bool) -> None:
    assert (excuses(text, errexit=True)["make test"] == "") is kept


def test_without_errexit_only_the_last_command_counts() -> None:
    found = excuses("make test\nmake lint")
    assert "no set -e" in found["make test"]
    assert found["make lint"] == ""


def test_counting_from_zero_stops_a_strict_script() -> None:
    text = "set -e\ncount=0\npass() { echo ok; ((count++)); }\npass\nmake test"
    stopped = {" ".join(c.words): c.stopped for c in read_script(text)}
    assert "((count++))" in stopped["make test"]
    assert not any(c.stopped for c in read_script(text.replace("((count++))", "count=$((count+1))")))


def test_exit_leaves_what_follows_unreached() -> None:
    assert [c.stopped for c in read_script("exit 0\nmake test")][1]
    assert not [c.stopped for c in read_script('if [ -z "$X" ]; then exit 0; fi\nmake test')][-1]


def test_folders_follow_cd() -> None:
    text = 'cd app\nmake a\ncd "$(dirname "$0")/../web"\nmake b\ncd "$UNKNOWN"\nmake c'
    folders = {c.words[-1]: c.folder for c in read_script(text) if c.words[0] == "make"}
    assert folders == {"a": "app", "b": "@here/../web", "c": "?"}


def test_expressions_of_a_service_are_no_shell() -> None:
    found = read_script("docker build -t app:${{ github.sha }} .")
    assert found[0].words == ("docker", "build", "-t", "app:${{ github.sha }}", ".")


@pytest.mark.parametrize(
    ("words", "core"),
    [
        ("uv run --frozen python -m pytest -q", "pytest -q"),
        ("poetry --directory tests run mypy .", "mypy ."),
        ("npx --yes eslint@9 .", "eslint ."),
        ("sudo -E env A=1 make test", "make test"),
        ("docker compose exec -T api pytest -x", "pytest -x"),
        ("docker run --rm -v x:/y aquasec/trivy:0.50 image app", "trivy image app"),
        ("docker run -e A=1 app:1 npm test", "npm test"),
        ("docker run -d -p 80:80 nginx", "docker run -d -p 80:80 nginx"),
        ("go run github.com/golangci/golangci-lint/cmd/golangci-lint@v1.60 run", "golangci-lint run"),
        ("timeout 60 ./run.sh", "./run.sh"),
        ("python manage.py test", "python manage.py test"),
    ],
)
def test_wrappers(words: str, core: str) -> None:
    assert " ".join(core_words(tuple(words.split()))) == core


@pytest.mark.parametrize(
    "text", ["", "\0", "((((", "if", "${" * 300, "a | " * 200, "$(" * 200, "<<EOF", "'", "case x in"]
)
def test_broken_scripts_do_not_break(text: str) -> None:
    read_script(text, errexit=True)
