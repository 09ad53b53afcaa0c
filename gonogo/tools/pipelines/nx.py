"""Targets of an Nx workspace: project.json files, package scripts, and executors that stand for a tool."""

from __future__ import annotations

import re

from gonogo.tools.pipelines.leads import Lead, Packages, Piece, fits
from gonogo.tools.pipelines.node import script_pieces
from gonogo.tools.yaml_marks import Map, Seq, as_text, load_json

_EXECUTORS = (
    (re.compile(r"jest"), "jest"),
    (re.compile(r"vite:test|vitest"), "vitest run"),
    (re.compile(r"eslint|linter"), "eslint ."),
    (re.compile(r"js:tsc"), "tsc"),
    (re.compile(r"playwright"), "playwright test"),
    (re.compile(r"cypress"), "cypress run"),
    (re.compile(r"next:build"), "next build"),
    (re.compile(r"karma|angular.*:test"), "ng test"),
)
_NO_TARGETS = frozenset(
    ("run run-many affected exec format format:check graph reset migrate release report list sync connect show g "
     "generate print-affected daemon init repair view-logs").split()
)  # fmt: skip


def nx_lead(packages: Packages, words: tuple[str, ...], root: str) -> Lead:
    """What nx with these words runs, in every project that has such a target."""
    names, projects = _asked(words)
    if words[1:2] == ("format:check",):
        return Lead(core=("prettier", "--check"))
    pieces: list[Piece] = []
    for folder, project in _projects(packages, root):
        name = project.text("name") or folder.rpartition("/")[2]
        chosen = [p for p in projects if not p.startswith(("tag:", "!", "*")) and "$" not in p]
        if chosen and not any(fits(folder, name, root, wanted) for wanted in chosen):
            continue
        for target in names:
            pieces += _target(packages, project, target, folder, root)
    return Lead(tuple(pieces))


def _asked(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The targets and projects that a command names."""
    text = " ".join(words[1:])
    targets = [part for m in re.finditer(r"(?:--targets?|-t)[= ]([^\s-][^\s]*)", text) for part in m[1].split(",")]
    projects = [part for m in re.finditer(r"(?:--projects?|-p)[= ](\S+)", text) for part in m[1].split(",")]
    plain = [word for word in words[1:] if not word.startswith("-")]
    if plain[:1] == ["run"] and len(plain) > 1:
        project, _, target = plain[1].partition(":")
        return [target.partition(":")[0]] if target else [], [project]
    if not targets and plain and plain[0] not in _NO_TARGETS:
        return [plain[0]], plain[1:2]
    return targets, projects


def _projects(packages: Packages, root: str) -> list[tuple[str, Map]]:
    found: dict[str, Map] = {}
    for file in packages.repository.match("project.json", deciding=False):
        if not root or file.path.startswith(root + "/"):
            found[file.folder] = load_json(packages.repository.text(file), path=file.path).first
    for folder, package in packages.below(root):
        found.setdefault(folder, package)
    return sorted(found.items())


def _target(packages: Packages, project: Map, name: str, folder: str, root: str) -> list[Piece]:
    target = (project.map("targets") or project.map("nx").map("targets")).map(name)
    if not target:
        package = packages.at(folder)
        return script_pieces(package, name, folder) if package is not None else []
    options = target.map("options")
    inside = options.text("cwd").replace("{projectRoot}", folder).replace("{workspaceRoot}", root) or root
    commands = options.get("commands")
    texts = [target.text("command") or options.text("command") or options.text("script")]
    if isinstance(commands, Seq):
        texts += [item.text("command") if isinstance(item, Map) else as_text(item) for item in commands]
    executor = target.text("executor")
    known = next((command for pattern, command in _EXECUTORS if pattern.search(executor)), "")
    if known:
        texts, inside = [known], folder
    line = options.line if options else target.line
    return [Piece(text, project.path, line, inside.strip("/")) for text in texts if text]
