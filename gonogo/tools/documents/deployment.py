"""How documents tell the reader to start or deploy the target, followed through make targets and package scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from gonogo.facts.documents import CodeBlock, DeployStep, DocCommand, Document, DocumentKind
from gonogo.facts.repository import File, Repository
from gonogo.tools.documents.makefile import Makefile, read_makefile
from gonogo.tools.documents.shell import split_script

_OPTIONAL = re.compile(
    r"develop|\bdev\b|local|alternativ|option|advanced|test|troubleshoot|debug|contribut|clean|uninstall|example"
    r"|monitoring|upgrade|bench|lint",
    re.IGNORECASE,
)
_PRODUCTION = re.compile(r"\bprod(uction)?\b|\bdeploy", re.IGNORECASE)
_GUIDE = re.compile(
    r"deploy|install|getting[-_ ]?started|quick[-_ ]?start|setup|set[-_ ]up|production|operations?|hosting",
    re.IGNORECASE,
)
_COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_SCRIPT = re.compile(
    r"(deploy|start|run|up|install|setup|bootstrap|provision|launch|release)[\w-]*\.sh$|^(deploy|start|up)$"
)
_TARGET = re.compile(
    r"deploy|^up$|up[-_]|[-_]up|^start|^run$|^prod|release|provision|apply|install|compose|serve|launch|bootstrap|all"
)
MOST_DEPTH = 3


def find_deployment(repository: Repository, documents: list[Document]) -> Iterator[DeployStep]:
    """The steps, the top README first, then other READMEs and guides by path."""
    ranked = sorted((d for d in documents if _tells(d)), key=lambda d: (d.path.count("/"), not _is_readme(d), d.path))
    follow = _Follow(repository)
    for document in ranked:
        file = repository.by_path[document.path]
        top = _is_readme(document) and file.folder == file.root.rstrip("/")
        for block in document.blocks:
            for command in block.commands:
                for step in follow.steps(command):
                    production, optional = _circumstances(document, block, top)
                    yield replace(step, production=production, optional=optional)


def _is_readme(document: Document) -> bool:
    return document.kind is DocumentKind.README


def _tells(document: Document) -> bool:
    if document.kind in (DocumentKind.INSTRUCTION, DocumentKind.CHANGELOG, DocumentKind.DECISION, DocumentKind.STATUS):
        return False
    return _is_readme(document) or bool(
        _GUIDE.search(document.path.rpartition("/")[2]) or _GUIDE.search(document.title)
    )


def _circumstances(document: Document, block: CodeBlock, top: bool) -> tuple[bool, bool]:
    near = " / ".join(block.section[1:] if len(block.section) > 1 else block.section)
    title = document.title if not top else ""
    production = bool(_PRODUCTION.search(near) or _PRODUCTION.search(title))
    return production, not top or (bool(_OPTIONAL.search(near)) and not production)


class _Follow:
    """Turns commands into steps; keeps what it read of Makefiles and package scripts."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._makefiles: dict[str, Makefile | None] = {}

    def steps(self, command: DocCommand, depth: int = 0) -> Iterator[DeployStep]:
        words = command.words
        program = words[0].rpartition("/")[2]
        if program == "make" and depth < MOST_DEPTH:
            yield from self._make(command, depth)
        elif program in ("npm", "pnpm", "yarn", "bun") and depth < MOST_DEPTH:
            yield from self._package(command, depth)
        elif step := self._direct(command, program):
            yield step
        elif depth < MOST_DEPTH and (script := self._script(words, command.folder)):
            yield DeployStep("script", command, (script.path,))
            yield from self._inside(command, self.repository.text(script), words[0], script.root.rstrip("/"), depth)

    def _direct(self, command: DocCommand, program: str) -> DeployStep | None:
        words, folder = command.words, command.folder
        rest = words[1:]
        if program == "docker-compose" or words[:2] == ("docker", "compose"):
            return self._compose(command, rest if program == "docker-compose" else rest[1:])
        verbs = {
            "kubectl": ("apply", "create"),
            "helm": ("install", "upgrade"),
            "helmfile": ("apply", "sync"),
            "terraform": ("apply",),
            "tofu": ("apply",),
            "cdk": ("deploy",),
            "sam": ("deploy",),
            "serverless": ("deploy",),
            "sls": ("deploy",),
            "pulumi": ("up",),
            "skaffold": ("run", "dev", "deploy"),
        }
        if program == "docker" and words[1:3] == ("stack", "deploy"):
            return DeployStep("stack", command, self._named(rest, folder))
        if program == "docker" and "run" in rest[:1]:
            return DeployStep("docker", command, ())
        if program not in verbs or not any(verb in rest for verb in verbs[program]) or "dry-run" in command.text:
            return None
        tool = {"tofu": "terraform", "sls": "serverless", "helmfile": "helm"}.get(program, program)
        if tool == "kubectl" and not any(
            word in ("-f", "-k", "--filename", "--kustomize") or word.startswith(("-f=", "-k=", "--filename="))
            for word in rest
        ):
            return None
        if tool == "kubectl" and any(word in ("-k", "--kustomize") for word in rest):
            tool = "kustomize"
        files = self._named(rest, folder)
        if tool == "terraform":
            chosen = next((w.partition("=")[2] for w in rest if w.startswith("-chdir=")), "")
            path = "/".join(filter(None, (folder if folder != "?" else "", chosen)))
            files = (path, *files) if path and path in self.repository.folders else files
        return DeployStep(tool, command, files)

    def _compose(self, command: DocCommand, rest: tuple[str, ...]) -> DeployStep | None:
        verb = next((i for i, word in enumerate(rest) if word in ("up", "start", "run")), None)
        if verb is None or rest[verb] == "run":
            return None
        files: list[str] = []
        profiles: list[str] = []
        for index, word in enumerate(rest):
            option, _, value = word.partition("=")
            value = value or (rest[index + 1] if index + 1 < len(rest) else "")
            if option in ("-f", "--file"):
                files += self._named((value,), command.folder)
            elif option == "--profile":
                profiles.append(value)
        if not any(word in ("-f", "--file") or word.startswith("--file=") for word in rest):
            files = self._default_compose(command.folder)
        services = tuple(word for word in rest[verb + 1 :] if not word.startswith("-") and not word.isdigit())
        return DeployStep("compose", command, tuple(files), services, tuple(profiles))

    def _default_compose(self, folder: str) -> list[str]:
        prefix = folder + "/" if folder not in ("", "?") else ""
        first = next((prefix + name for name in _COMPOSE_FILES if prefix + name in self.repository.by_path), "")
        if not first:
            return []
        stem, _, suffix = first.rpartition(".")
        override = next(
            (
                f"{stem}.override.{s}"
                for s in (suffix, "yml", "yaml")
                if f"{stem}.override.{s}" in self.repository.by_path
            ),
            "",
        )
        return [first, override] if override else [first]

    def _named(self, words: tuple[str, ...], folder: str) -> tuple[str, ...]:
        """The words that are paths of the target."""
        prefix = folder + "/" if folder not in ("", "?") else ""
        found = []
        for word in words:
            value = word.rpartition("=")[2].removeprefix("./").rstrip("/")
            if not value or value.startswith("-") or "://" in value:
                continue
            for path in (prefix + value, value):
                if path in self.repository.by_path or path in self.repository.folders:
                    found.append(path)
                    break
        return tuple(dict.fromkeys(found))

    def _script(self, words: tuple[str, ...], folder: str) -> File | None:
        name = words[1] if words[0] in ("bash", "sh", "source", ".") and len(words) > 1 else words[0]
        if not _SCRIPT.search(name.rpartition("/")[2]):
            return None
        paths = self._named((name,), folder)
        return self.repository.by_path.get(paths[0]) if paths else None

    def _make(self, command: DocCommand, depth: int) -> Iterator[DeployStep]:
        folder = command.folder if command.folder != "?" else ""
        words = list(command.words[1:])
        for index, word in enumerate(words):
            if word in ("-C", "--directory") and index + 1 < len(words):
                folder = "/".join(filter(None, (folder, words[index + 1])))
        targets = tuple(
            word for word in words if re.fullmatch(r"[\w./-]+", word) and not word.startswith("-") and word != folder
        )
        if folder not in self._makefiles:
            self._makefiles[folder] = read_makefile(self.repository, folder)
        makefile = self._makefiles[folder]
        if makefile is None:
            return
        for target in targets or (makefile.first,):
            if not _TARGET.search(target) or not makefile.has(target):
                continue
            yield DeployStep("make", command, (makefile.path,), (target,))
            yield from self._inside(command, makefile.script(target), f"make {target}", folder, depth)

    def _package(self, command: DocCommand, depth: int) -> Iterator[DeployStep]:
        words = [word for word in command.words[1:] if not word.startswith("-")]
        if words[:1] == ["run"]:
            words = words[1:]
        folder = command.folder if command.folder != "?" else ""
        path = "/".join(filter(None, (folder, "package.json")))
        if not words or not _TARGET.search(words[0]) or words[0] == "install" or path not in self.repository.by_path:
            return
        script = _package_scripts(self.repository.text(path)).get(words[0], "")
        if script:
            yield DeployStep("package", command, (path,), (words[0],))
            yield from self._inside(command, script, f"{command.words[0]} {words[0]}", folder, depth)

    def _inside(self, command: DocCommand, script: str, name: str, folder: str, depth: int) -> Iterator[DeployStep]:
        for words, _ in split_script(script)[:100]:
            if words[0] == "cd" and len(words) > 1:
                path = "/".join(filter(None, (folder, words[1].removeprefix("./").rstrip("/"))))
                folder = path if path in self.repository.folders else "?"
                continue
            for step in self.steps(DocCommand(words, command.at, folder), depth + 1):
                yield replace(step, through=(name, *step.through))


def _package_scripts(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    scripts = found.get("scripts") if isinstance(found, dict) else None
    return {k: v for k, v in scripts.items() if isinstance(v, str)} if isinstance(scripts, dict) else {}
