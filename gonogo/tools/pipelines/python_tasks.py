"""Task runners whose tasks stand in Python's files: tox, nox, invoke."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Iterable
from typing import Any

from gonogo.facts.repository import Repository
from gonogo.tools.pipelines.leads import Lead, Piece, join

_BRACES = re.compile(r"\{\[?[^{}]*\}")


def tox_lead(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    wanted = _values(words, "-e", "-m")
    if file := repository.file(join(folder, "tox.ini")):
        return Lead(tuple(_tox_ini(repository, file.path, wanted, folder, "testenv")))
    if (file := repository.file(join(folder, "setup.cfg"))) and "tox:" in repository.text(file):
        return Lead(tuple(_tox_ini(repository, file.path, wanted, folder, "tox:testenv")))
    tool = load_toml(repository, join(folder, "pyproject.toml")).get("tool", {}).get("tox")
    if not isinstance(tool, dict):
        return Lead(missing="no tox configuration")
    path = join(folder, "pyproject.toml")
    if isinstance(legacy := tool.get("legacy_tox_ini"), str):
        return Lead(tuple(_ini_pieces(legacy, path, repository, wanted, folder, "testenv")))
    environments = tool.get("env", {})
    chosen = [environments.get(name, tool.get("env_run_base", {})) for name in wanted] or [tool.get("env_run_base", {})]
    pieces = []
    for environment in chosen:
        for command in environment.get("commands", []) or tool.get("env_run_base", {}).get("commands", []):
            text = " ".join(word for word in command if isinstance(word, str)) if isinstance(command, list) else ""
            pieces.append(unlined_piece(repository, path, _BRACES.sub("", text), folder))
    return Lead(tuple(pieces))


def _tox_ini(repository: Repository, path: str, wanted: list[str], folder: str, base: str) -> list[Piece]:
    return _ini_pieces(repository.text(path), path, repository, wanted, folder, base)


def _ini_pieces(text: str, path: str, repository: Repository, wanted: list[str], folder: str, base: str) -> list[Piece]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    every = [s for s in parser.sections() if s == base or s.startswith(base + ":")]
    sections = [f"{base}:{name}" if f"{base}:{name}" in every else base for name in wanted] or every
    pieces = []
    for section in dict.fromkeys(sections):
        commands = parser.get(section, "commands", fallback=None) if parser.has_section(section) else None
        if commands is None and parser.has_section(base):
            commands = parser.get(base, "commands", fallback="")
        for line in (commands or "").replace("\\\n", " ").splitlines():
            plain = re.sub(r"^[\w,.-]+:\s+", "", line.strip())
            ignored = "tox ignores it (- in front)" if plain.startswith("-") else ""
            pieces.append(unlined_piece(repository, path, _BRACES.sub("", plain.lstrip("-! ")), folder, ignored))
    return [piece for piece in pieces if piece.text]


def nox_lead(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    file = repository.file(join(folder, "noxfile.py"))
    if file is None:
        return Lead(missing="no noxfile.py")
    wanted = [
        name.partition("-")[0].partition("(")[0] for name in _values(words, "-s", "--session", "--sessions", "-e")
    ]
    return Lead(tuple(_python_runs(repository, file.path, wanted, folder, ("session", "run"))))


def invoke_lead(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    file = repository.file(join(folder, "tasks.py"))
    wanted = [word.replace("-", "_").rpartition(".")[2] for word in words[1:] if not word.startswith("-")]
    return Lead(tuple(_python_runs(repository, file.path, wanted, folder, ("", "run")))) if file else Lead()


def _python_runs(
    repository: Repository, path: str, wanted: list[str], folder: str, method: tuple[str, str]
) -> Iterable[Piece]:
    """Literal commands that functions of a task file hand to ``session.run`` or ``c.run``."""
    try:
        tree = ast.parse(repository.text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef) or (wanted and function.name not in wanted):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method[1]:
                lost = any(
                    k.arg in ("success_codes", "warn") and not (isinstance(k.value, ast.Constant) and not k.value.value)
                    for k in node.keywords
                )
                words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                if words:
                    excuse = "its status is ignored there (warn or success_codes)" if lost else ""
                    yield Piece(" ".join(words), path, node.lineno, folder, excuse=excuse)


def _values(words: tuple[str, ...], *options: str) -> list[str]:
    """The values of an option, split at commas; ``-s lint tests`` has two."""
    found: list[str] = []
    taking = False
    for word in words[1:]:
        name, _, value = word.partition("=")
        if name in options:
            taking = not value
            found += [part for part in value.split(",") if part]
        elif word.startswith("-"):
            taking = False
        elif taking:
            found += word.split(",")
    return found


def load_toml(repository: Repository, path: str) -> dict[str, Any]:
    file = repository.file(path)
    if file is None:
        return {}
    try:
        return tomllib.loads(repository.text(file))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def unlined_piece(repository: Repository, path: str, text: str, folder: str, excuse: str = "") -> Piece:
    """A piece from a file whose parser gives no lines: its line is the first that holds its beginning."""
    start = text.strip().partition("\n")[0][:60]
    lines = repository.lines(path)
    line = next((number for number, each in enumerate(lines, 1) if start and start in each), 1)
    return Piece(text.strip(), path, line, folder, excuse=excuse)
