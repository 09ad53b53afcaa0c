"""Task runners besides make and package managers: tox, nox, just, task, invoke, poe, pdm, hatch, composer, deno."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gonogo.facts.repository import Repository
from gonogo.tools.pipelines.leads import Lead, Piece, find, join
from gonogo.tools.pipelines.python_tasks import invoke_lead, load_toml, nox_lead, tox_lead, unlined_piece
from gonogo.tools.yaml_marks import Map, Seq, as_text, load_json, load_yaml

Runner = Callable[[Repository, tuple[str, ...], str], Lead]


def task_lead(repository: Repository, words: tuple[str, ...], folder: str) -> Lead | None:
    """What a task runner with these words runs; None where the program is none."""
    program = words[0].rpartition("/")[2]
    runner = _RUNNERS.get(program)
    return runner(repository, words, folder) if runner and folder != "?" else None


def _just(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    names = ("justfile", "Justfile", ".justfile")
    file = next((f for name in names if (f := repository.file(join(folder, name)))), None)
    if file is None:
        return Lead(missing="no justfile")
    recipes = _recipes(repository.lines(file))
    goals = [w for w in words[1:] if w in recipes] or list(recipes)[:1] * (len(words) == 1)
    plain = [w for w in words[1:] if not w.startswith("-")]
    if plain and not goals:
        return Lead(missing=f"recipe {plain[0]} is not in {file.path}")
    pieces: list[Piece] = []
    for goal in goals[:1]:
        _just_collect(recipes, goal, file.path, folder, pieces, set())
    return Lead(tuple(pieces))


def _recipes(lines: list[str]) -> dict[str, tuple[list[str], list[tuple[int, str]]]]:
    found: dict[str, tuple[list[str], list[tuple[int, str]]]] = {}
    body: list[tuple[int, str]] | None = None
    for number, line in enumerate(lines, 1):
        if line[:1] in (" ", "\t"):
            if body is not None and line.strip():
                body.append((number, line.strip()))
        elif (head := re.match(r"@?([A-Za-z_][\w-]*)([^:=]*):(?!=)(.*)$", line)) and not line.startswith(
            ("set ", "alias ")
        ):
            body = []
            found[head[1]] = (re.findall(r"[A-Za-z_][\w-]*", head[3].partition("#")[0]), body)
        elif line.strip() and not line.startswith(("#", "[")):
            body = None
    return found


def _just_collect(
    recipes: dict[str, tuple[list[str], list[tuple[int, str]]]],
    goal: str,
    path: str,
    folder: str,
    pieces: list[Piece],
    seen: set[str],
) -> None:
    if goal in seen or goal not in recipes or len(seen) > 40:
        return
    seen.add(goal)
    needs, body = recipes[goal]
    for need in needs:
        _just_collect(recipes, need, path, folder, pieces, seen)
    if body and body[0][1].startswith("#!"):
        text = "\n".join(line for _, line in body)
        pieces.append(Piece(text, path, body[0][0], folder))
        return
    for number, line in body:
        ignored = "just ignores it (- in front)" if re.match(r"@?-", line) else ""
        pieces.append(Piece(re.sub(r"\{\{.*?\}\}", "$ARG", line.lstrip("@-")), path, number, folder, excuse=ignored))


def _task(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    names = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml")
    file = next((f for name in names if (f := repository.file(join(folder, name)))), None)
    if file is None:
        return Lead(missing="no Taskfile")
    tasks = load_yaml(repository.text(file), path=file.path).first.map("tasks")
    goals = [word for word in words[1:] if not word.startswith("-") and "=" not in word] or ["default"]
    pieces: list[Piece] = []
    for goal in goals:
        if goal not in tasks and ":" not in goal:
            return Lead(tuple(pieces), missing=f"task {goal} is not in {file.path}")
        _task_collect(tasks, goal, folder, pieces, set())
    return Lead(tuple(pieces))


def _task_collect(tasks: Map, goal: str, folder: str, pieces: list[Piece], seen: set[str]) -> None:
    if goal in seen or goal not in tasks or len(seen) > 40:
        return
    seen.add(goal)
    body = tasks[goal]
    if isinstance(body, str):
        pieces.append(Piece(body, tasks.path, tasks.line_of(goal), folder))
        return
    if isinstance(body, Seq):
        entries, inside, ignored = body, folder, ""
    elif isinstance(body, Map):
        for need in body.seq("deps"):
            _task_collect(
                tasks, as_text(need) or (need.text("task") if isinstance(need, Map) else ""), folder, pieces, seen
            )
        entries = body.seq("cmds")
        inside = join(folder, body.text("dir")) if body.text("dir") and "{" not in body.text("dir") else folder
        ignored = "ignore_error is on" if body.get("ignore_error") is True else ""
        if body.text("cmd"):
            pieces.append(Piece(body.text("cmd"), body.path, body.line_of("cmd"), inside, excuse=ignored))
    else:
        return
    for entry, line in entries.marked():
        if isinstance(entry, Map):
            if entry.text("task"):
                _task_collect(tasks, entry.text("task"), folder, pieces, seen)
                continue
            lost = ignored or ("ignore_error is on" if entry.get("ignore_error") is True else "")
            pieces.append(Piece(_mustache(entry.text("cmd")), tasks.path, line, inside, excuse=lost))
        elif text := as_text(entry):
            pieces.append(Piece(_mustache(text), tasks.path, line, inside, excuse=ignored))


def _mustache(text: str) -> str:
    return re.sub(r"\{\{.*?\}\}", "$ARG", text)


def _poe(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    return _toml_scripts(repository, words[1:], folder, ("tool", "poe", "tasks"))


def _pdm(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    names = words[2:] if words[1:2] == ("run",) else words[1:]
    return _toml_scripts(repository, names, folder, ("tool", "pdm", "scripts"))


def _pipenv(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    return _toml_scripts(repository, words[2:], folder, ("scripts",), "Pipfile") if words[1:2] == ("run",) else Lead()


def _hatch(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    if words[1:2] in (("test",), ("fmt",)):
        return Lead(core=("pytest" if words[1] == "test" else "ruff", *words[2:]))
    if words[1:2] != ("run",) or len(words) < 3:
        return Lead()
    environment, _, name = words[2].rpartition(":")
    tool = load_toml(repository, join(folder, "pyproject.toml")).get("tool", {})
    scripts = tool.get("hatch", {}).get("envs", {}).get(environment or "default", {}).get("scripts", {})
    return _script(repository, join(folder, "pyproject.toml"), scripts, name, folder) or Lead(core=(name, *words[3:]))


def _toml_scripts(
    repository: Repository, names: tuple[str, ...], folder: str, keys: tuple[str, ...], file: str = "pyproject.toml"
) -> Lead:
    plain = [name for name in names if not name.startswith("-")]
    table: Any = load_toml(repository, join(folder, file))
    for key in keys:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    if not plain or not isinstance(table, dict):
        return Lead()
    return _script(repository, join(folder, file), table, plain[0], folder) or Lead()


def _script(repository: Repository, path: str, table: dict[str, Any], name: str, folder: str) -> Lead | None:
    if name not in table:
        return None
    texts = _script_texts(table, name, 0)
    return Lead(tuple(unlined_piece(repository, path, text, folder) for text in texts))


def _script_texts(table: dict[str, Any], name: str, depth: int) -> list[str]:
    value = table.get(name)
    if isinstance(value, dict):
        value = value.get("cmd") or value.get("shell") or value.get("composite") or value.get("sequence") or ""
    if isinstance(value, str):
        return [value]
    found = []
    for part in value if isinstance(value, list) else []:
        if isinstance(part, dict):
            part = part.get("cmd") or part.get("shell") or part.get("ref") or ""
        if isinstance(part, str):
            found += _script_texts(table, part, depth + 1) if part in table and depth < 6 else [part]
    return found


def _composer(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    names = [w for w in words[1:] if not w.startswith("-") and w not in ("run-script", "run")]
    file = repository.file(join(folder, "composer.json"))
    if file is None or not names:
        return Lead()
    scripts = load_json(repository.text(file), path=file.path).first.map("scripts")
    return Lead(tuple(_composer_pieces(scripts, names[0], folder, 0)))


def _composer_pieces(scripts: Map, name: str, folder: str, depth: int) -> list[Piece]:
    entry = scripts.get(name)
    pieces = []
    for text in [as_text(item) for item in entry] if isinstance(entry, Seq) else [as_text(entry)]:
        if text.startswith("@") and text[1:].split(" ")[0] in scripts and depth < 6:
            pieces += _composer_pieces(scripts, text[1:].split(" ")[0], folder, depth + 1)
        elif text:
            pieces.append(Piece(text.removeprefix("@"), scripts.path, scripts.line_of(name), folder))
    return pieces


def _deno(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    file = find(repository, folder, "deno.json") or find(repository, folder, "deno.jsonc")
    if file is None or words[1:2] != ("task",) or len(words) < 3:
        return Lead()
    tasks = load_json(repository.text(file), path=file.path).first.map("tasks")
    text = tasks.text(words[2])
    return Lead((Piece(text, file.path, tasks.line_of(words[2]), folder),) if text else ())


_RUNNERS: dict[str, Runner] = {
    "tox": tox_lead,
    "nox": nox_lead,
    "just": _just,
    "task": _task,
    "go-task": _task,
    "invoke": invoke_lead,
    "inv": invoke_lead,
    "poe": _poe,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "hatch": _hatch,
    "composer": _composer,
    "deno": _deno,
}
