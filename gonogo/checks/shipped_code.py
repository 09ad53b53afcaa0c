"""Which code the default deployment starts: not what none of its images is built from, nor the application that lies
beside the one file that its image runs.

Needs: compose, docker, code, dependencies.
"""

from __future__ import annotations

from dataclasses import fields, replace
from posixpath import dirname, join, normpath
from typing import Any

from gonogo.checks.derived import derived
from gonogo.checks.layout import Layout, is_below
from gonogo.facts import Facts
from gonogo.facts.code import Code, Language
from gonogo.facts.compose import Service

NEEDS = ("compose", "docker", "code", "dependencies")


@derived(*NEEDS)
def started_code(facts: Facts) -> Code:
    """The code without other components, and without Python files that a service's one entry file does not reach.

    The latter only where the file that compose or the Dockerfile names serves by itself: then nothing else does.
    """
    layout = Layout(facts)
    entries: dict[str, set[str]] = {}
    for service in facts.compose.services:
        if service.build is not None:
            entries.setdefault(_context(facts, service), set()).add(_entry(facts, service))
    left = _elsewhere(facts, layout, list(entries))
    for context, paths in entries.items():
        files = [facts.code.by_path[path] for path in sorted(paths) if path in facts.code.by_path]
        reached = {file.path for file in layout.closure(files)}
        if len(files) != len(paths) or not reached & layout.seeds:
            continue  # What starts there does not show, or serves by means that were not seen.
        beside = [f.path for f in facts.code.files if f.language is Language.PYTHON and is_below(f.path, context)]
        left.update(path for path in beside if path not in reached)
    return _without(facts.code, left) if left else facts.code


def _elsewhere(facts: Facts, layout: Layout, contexts: list[str]) -> set[str]:
    """Files below no folder that an image is built from, and reached by none there."""
    if not contexts or any(folder in ("", ".") for folder in contexts):
        return set()
    inside = [file for file in facts.code.files if any(is_below(file.path, folder) for folder in contexts)]
    reached = {file.path for file in layout.closure(inside)}
    return {file.path for file in facts.code.files if file.path not in reached} if inside else set()


def _context(facts: Facts, service: Service) -> str:
    """The folder that the service's image holds: its build context, or that of its Dockerfile in a shared one."""
    assert service.build is not None
    context = normpath(service.build.context or ".")
    own = dirname(service.build.dockerfile)
    has_code = bool(own) and any(is_below(file.path, own) for file in facts.code.files)
    return own if context == "." and has_code else context


def _entry(facts: Facts, service: Service) -> str:
    """The Python file that a service's command, or its image's, runs; empty where it names none."""
    assert service.build is not None
    words = [str(word) for word in service.spec.seq("command")] or service.spec.text("command").split()
    dockerfile = facts.docker.at(service.build.dockerfile)
    if not words and dockerfile is not None:
        lines = [found for name in ("ENTRYPOINT", "CMD") if (found := dockerfile.last(name))]
        words = [word for line in lines for word in line.words]
    folder = normpath(service.build.context or ".")
    for index, word in enumerate(words):
        if word.endswith(".py"):
            return normpath(join(folder, word.removeprefix("/app/")))
        if ":" in word and word.replace(":", "").replace(".", "").isidentifier():
            return normpath(join(folder, word.partition(":")[0].replace(".", "/") + ".py"))
        if word == "-m" and index + 1 < len(words) and words[index + 1] not in ("uvicorn", "gunicorn", "flask"):
            return normpath(join(folder, words[index + 1].replace(".", "/") + ".py"))
    return ""


def _without(code: Code, left: set[str]) -> Code:
    """The facts of code without all that stands in these files."""
    changed: dict[str, Any] = {}
    for field in fields(code):
        value = getattr(code, field.name)
        if isinstance(value, tuple):
            changed[field.name] = tuple(item for item in value if _path(item) not in left)
    return replace(code, **changed)


def _path(item: object) -> str:
    at = getattr(item, "at", None)
    if at is None:
        at = getattr(getattr(item, "call", None), "at", None)
    return str(getattr(item if at is None else at, "path", ""))
