"""Which programs are CDK apps: what cdk.json runs, else the files that make an ``App``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import join, normpath

from gonogo.facts.repository import File, Repository
from gonogo.tools.cloudformation.source import Program

_FILE = re.compile(r"[\w./@-]+\.(?:[cm]?ts|[cm]?js|py)\b")
_MODULE = re.compile(r"\bpython[\d.]*\s+-m\s+([\w.]+)")
_SCRIPT = re.compile(r"\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+|-s\s+|--silent\s+)*([\w:.-]+)")
_BUILT = re.compile(r"^(?:dist|build|out|lib|target|\.build)/")
_MENTIONS = ("package.json", "Makefile", "*.mk", "justfile", "*.sh", "cdk*.json", "*.yml", "*.yaml", "project.json")


def app_entries(repository: Repository, programs: Mapping[str, Program]) -> tuple[str, ...]:
    """The files that the CDK runs; none where that can't be told for each of its configurations."""
    configured = [file for file in repository.match("cdk.json", deciding=False) if file.decides]
    makers = [path for path, program in programs.items() if _makes_app(program)]
    found: dict[str, None] = {}
    for file in configured:
        entries = list(_run_by(repository, file)) or [p for p in makers if _below(p, file.folder)]
        if not entries and any(_below(path, file.folder) for path in programs):
            return ()
        found.update(dict.fromkeys(entries))
    found.update(dict.fromkeys(_mentioned(repository, [path for path in makers if path not in found], programs)))
    return tuple(found)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")


def _makes_app(program: Program) -> bool:
    for site in program.sites:
        head, _, rest = site.call.name.partition(".")
        meaning = program.imports.get(head, "")
        if meaning and f"{meaning}.{rest}".strip(".") in ("aws-cdk-lib.App", "aws-cdk-lib.aws-cdk-lib.App"):
            return True
    return False


def _run_by(repository: Repository, config: File) -> Iterator[str]:
    """The files that the ``app`` of a cdk.json starts."""
    try:
        settings = json.loads(repository.text(config))
    except (json.JSONDecodeError, RecursionError):
        return
    command = settings.get("app", "") if isinstance(settings, dict) else ""
    if not isinstance(command, str):
        return
    yield from _files(repository, config.folder, command)
    if (script := _SCRIPT.search(command)) and (package := repository.file(join(config.folder, "package.json"))):
        try:
            scripts = json.loads(repository.text(package)).get("scripts", {})
        except (json.JSONDecodeError, RecursionError, AttributeError):
            return
        yield from _files(
            repository, config.folder, str(scripts.get(script[1], "")) if isinstance(scripts, dict) else ""
        )


def _files(repository: Repository, folder: str, command: str) -> Iterator[str]:
    named = [match[0] for match in _FILE.finditer(command)]
    named += [
        match[1].replace(".", "/") + end for match in _MODULE.finditer(command) for end in (".py", "/__main__.py")
    ]
    for name in named:
        for candidate in _spelled(normpath(join(folder, name))):
            if repository.exists(candidate):
                yield candidate
                break


def _spelled(path: str) -> Iterator[str]:
    """A file as it is named, and the sources that a compiled one may come from."""
    yield path
    stem, _, ending = path.rpartition(".")
    if ending.endswith("js"):
        yield f"{stem}.ts"
        for prefix in ("", "src/", "lib/"):
            yield prefix + _BUILT.sub("", stem) + ".ts"


def _mentioned(repository: Repository, makers: Iterable[str], programs: Iterable[str]) -> Iterator[str]:
    """Apps that no cdk.json runs, but that a script, another configuration or a build of the app itself names."""
    wanted = tuple(makers)
    texts = {file.path: repository.text(file) for file in repository.match(*_MENTIONS)} if wanted else {}
    texts |= {path: repository.text(path) for path in programs} if wanted else {}
    for path in wanted:
        folder, _, name = path.rpartition("/")
        stem = re.escape(join(folder.rpartition("/")[2], name).rpartition(".")[0])
        named = re.compile(rf"(?<![\w.-]){stem}(?:\.\w+)?(?![\w/-])")
        told = re.compile(rf"(?:--app|\s-a)[ =][^\n]*{stem}")
        guides = repository.match("*.md") if not any(named.search(t) for p, t in texts.items() if p != path) else None
        if guides is None or any(told.search(repository.text(file)) for file in guides):
            yield path
