"""What runs beside pipelines: pre-commit hooks, husky and lefthook, Dependabot, Renovate."""

from __future__ import annotations

import re

from gonogo.facts.pipelines import Hook, Updater
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.precommit import hook_command
from gonogo.tools.pipelines.source import Reader, load, texts
from gonogo.tools.shell import read_script
from gonogo.tools.yaml_marks import Map

_RENOVATE = (
    "renovate.json",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.json5",
)
_DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")


def read_hooks(reader: Reader) -> list[Hook]:
    """Hooks that run on a developer's commit."""
    found: list[Hook] = []
    for name in (".pre-commit-config.yaml", ".pre-commit-config.yml"):
        file = reader.repository.file(reader.root + name)
        loaded = load(reader, file) if file else None
        for entry in loaded.value.maps("repos") if loaded else ():
            found += _pre_commit(entry, loaded.file.path if loaded else "")
    for file in reader.repository.match(".husky/*"):
        if file.root == reader.root and file.name in ("pre-commit", "pre-push", "commit-msg"):
            found += _commands(reader, file, "husky")
    for name in ("lefthook.yml", "lefthook.yaml", ".lefthook.yml"):
        file = reader.repository.file(reader.root + name)
        loaded = load(reader, file) if file else None
        found += _lefthook(loaded.value, loaded.file.path) if loaded else []
    return found


def _pre_commit(entry: Map, path: str) -> list[Hook]:
    repo = entry.text("repo")
    return [
        Hook(
            id=hook.text("id"),
            repo=repo,
            rev=entry.text("rev"),
            at=Place(path, hook.line, 0, f"pre-commit:{hook.text('id')}"),
            entry=hook_command(hook.text("id"), hook.text("entry")),
            stages=texts(hook.get("stages")),
        )
        for hook in entry.maps("hooks")
        if hook.text("id") and texts(hook.get("stages")) != ("manual",)
    ]


def _commands(reader: Reader, file: File, tool: str) -> list[Hook]:
    read = read_script(reader.repository.text(file))
    return [
        Hook(command.words[0], tool, "", Place(file.path, command.line), entry=" ".join(command.words))
        for command in read
    ]


def _lefthook(value: Map, path: str) -> list[Hook]:
    found = []
    for stage in value:
        commands = value.map(stage).map("commands")
        for name in commands:
            run = commands.map(name).text("run")
            found.append(Hook(name, "lefthook", "", Place(path, commands.line_of(name)), entry=run, stages=(stage,)))
    return found


def read_updaters(reader: Reader) -> list[Updater]:
    """Dependabot's entries, and Renovate."""
    found: list[Updater] = []
    for name in _DEPENDABOT:
        file = reader.repository.file(reader.root + name)
        loaded = load(reader, file) if file else None
        if loaded is None:
            continue
        if loaded.problem:
            at = Place(loaded.file.path, loaded.line)
            found.append(Updater("Dependabot", "none", (), at, loaded=False, why=loaded.problem))
        for entry in loaded.value.maps("updates"):
            folders = texts(entry.get("directories")) or texts(entry.get("directory"))
            at = Place(loaded.file.path, entry.line, entry.end_line, f"dependabot:{entry.text('package-ecosystem')}")
            found.append(Updater("Dependabot", entry.text("package-ecosystem"), folders, at))
    old = reader.repository.file(reader.root + ".dependabot/config.yml")
    if old:
        why = "GitHub stopped reading .dependabot/config.yml"
        found.append(Updater("Dependabot", "none", (), Place(old.path), loaded=False, why=why))
    for name in _RENOVATE:
        if file := reader.repository.file(reader.root + name):
            text = reader.repository.text(file)
            off = re.search(r"^\s{0,4}[\"']?enabled[\"']?\s*:\s*false", text, re.MULTILINE)
            depth = text[: off.start()].count("{") - text[: off.start()].count("}") if off else 0
            disabled = off is not None and depth == 1
            why = "enabled: false" if disabled else ""
            found.append(Updater("Renovate", "all", ("/",), Place(file.path, 1), loaded=not disabled, why=why))
    if file := reader.repository.file(reader.root + ".whitesource"):
        fails = re.search(r"vulnerableCheckRunConclusionLevel\W+failure", reader.repository.text(file))
        why = "" if fails else "its check does not conclude with a failure"
        found.append(Updater("Mend", "all", ("/",), Place(file.path, 1), loaded=bool(fails), why=why))
    package = reader.follower.packages.at(reader.folder)
    if package is not None and isinstance(package.get("renovate"), Map):
        found.append(Updater("Renovate", "all", ("/",), package.place("renovate")))
    return found


def stray_pipelines(reader: Reader, known: set[str]) -> list[Place]:
    """Files that are written like a pipeline where no service reads them."""
    found: list[Place] = []
    globs = ("**/{workflows,pipelines,pipeline,ci,.ci,cicd}/**/*.y{ml,aml}", "**/*.{yml,yaml}.template")
    for file in reader.repository.match(*globs):
        if file.path in known or file.size > 200_000 or file.root != reader.root:
            continue
        text = reader.repository.text(file)
        if not text.strip():
            found.append(Place(file.path, 0, 0, "it is empty"))
        elif re.search(r"^[\"']?on[\"']?:", text, re.MULTILINE) and re.search(r"^jobs:", text, re.MULTILINE):
            found.append(Place(file.path, 1, 0, "a workflow outside of .github/workflows"))
        elif re.search(r"^stages:", text, re.MULTILINE) and re.search(r"^\s+script:", text, re.MULTILINE):
            found.append(Place(file.path, 1, 0, "jobs of GitLab CI that nothing includes"))
    return found
