"""Which commands of documents can't work: they name a script, target or file that is nowhere in the target.

A doubt is settled for the document: placeholders, files that the text lets the reader make, and commands after a change
to an unknown folder are left alone as long as anything of that name exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from gonogo.facts.documents import CodeBlock, DocCommand
from gonogo.facts.repository import File
from gonogo.tools.documents.makefile import NAMES, Makefile, read_makefile
from gonogo.tools.documents.paths import Paths

_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_INTERPRETERS = frozenset({"bash", "sh", "python", "python3", "node", "ruby", "php", "source", ".", "zsh"})
_CREATES = frozenset(
    {"touch", "vim", "vi", "nano", "code", "mkdir", "tee", "unzip", "tar", "wget", "openssl", "ssh-keygen", "ln"}
)
_PLACEHOLDER = re.compile(r"[<>{}\[\]$*?|]|\.\.\.|xxx|path/to|your|my[-_]|example|foo|/tmp/|~|%|:\\", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(sh|bash|py|js|ts|mjs|rb|php)$")
_GENERATED = re.compile(
    r"(^|/)(dist|build|target|out|node_modules|bin|venv|\.venv|env|coverage|output|results?"
    r"|reports?|tmp|certs?|keys?|vendor)/"
)
_MAKING = re.compile(
    r"\b(creat|add|writ|sav|generat|new file|following (content|file)|paste|named?\b|call(ed)? it"
    r"|download)",
    re.IGNORECASE,
)
_BACKUP = re.compile(r"\.(bak|backup|old|orig|dump|sql|db)$|backup")
_PATH = re.compile(r"^[\w@+.-]+(/[\w@+.-]+)*/?$")


class Known:
    """What the target's package manifests and Makefiles define."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.repository = paths.repository

    @cached_property
    def scripts(self) -> frozenset[str] | None:
        """Names of package scripts; None without a package.json."""
        found: set[str] = set()
        files = self.repository.match("package.json", deciding=False)
        for file in files:
            try:
                content = json.loads(self.repository.text(file))
            except (ValueError, RecursionError):
                continue
            scripts = content.get("scripts") if isinstance(content, dict) else None
            found.update(scripts if isinstance(scripts, dict) else ())
        return frozenset(found) if files else None

    @cached_property
    def makefiles(self) -> tuple[Makefile, ...]:
        folders = dict.fromkeys(file.folder for file in self.repository.match(*NAMES, deciding=False))
        return tuple(found for folder in folders if (found := read_makefile(self.repository, folder)))

    def missing(self, file: File, command: DocCommand, made: set[str]) -> str:
        """What the command names and is nowhere; empty where nothing is missing."""
        words = command.words
        program = words[0]
        if any(_PLACEHOLDER.search(word) for word in words):
            return ""
        if program in _MANAGERS:
            return self._script(words)
        if program == "make":
            return self._target(words)
        return next((reason for path in _named(words) if (reason := self._path(file, path, command.folder, made))), "")

    def _script(self, words: tuple[str, ...]) -> str:
        plain = [word for word in words[1:] if not word.startswith("-")]
        if len(plain) < 2 or plain[0] != "run" or self.scripts is None:
            return ""
        name = plain[1]
        known = name in self.scripts or not re.fullmatch(r"[\w:.-]+", name)
        return "" if known else f"no package.json has a script {name}"

    def _target(self, words: tuple[str, ...]) -> str:
        if any(word in ("-C", "-f", "--directory", "--file") or word.startswith("-C") for word in words):
            return ""
        targets = [word for word in words[1:] if re.fullmatch(r"[a-z][\w.-]*", word)]
        if not self.makefiles:
            named = " ".join(words[:2])
            return f"there is no Makefile for {named}" if targets else ""
        if any(makefile.open_ended for makefile in self.makefiles):
            return ""
        gone = [target for target in targets if not any(makefile.has(target) for makefile in self.makefiles)]
        return f"no Makefile has a target {gone[0]}" if gone else ""

    def _path(self, file: File, path: str, folder: str, made: set[str]) -> str:
        clean = path.removeprefix("./").rstrip("/")
        name = clean.rpartition("/")[2]
        if folder == "?" and clean.partition("/")[0] not in self.repository.folders:
            return ""
        if not clean or not _PATH.match(clean) or clean.startswith("..") or _GENERATED.search(clean) or name in made:
            return ""
        if self.paths.exists(file, clean, folder) or self.paths.elsewhere(clean) or name.lower() in self.paths.by_name:
            return ""
        return f"{clean} is nowhere in the repository"


def check_commands(file: File, blocks: tuple[CodeBlock, ...], known: Known, text: str) -> tuple[CodeBlock, ...]:
    """The blocks, with what their commands miss. A document that clones several repositories is left alone."""
    clones = sum(command.words[:2] == ("git", "clone") for block in blocks for command in block.commands)
    if clones > 1:
        return blocks
    made: set[str] = set()
    done = []
    lines = text.splitlines()
    for block in blocks:
        made |= _told_to_make(lines, block)
        commands = []
        for command in block.commands:
            commands.append(replace(command, missing=known.missing(file, command, made)))
            made |= set(_makes(command.words))
        done.append(replace(block, commands=tuple(commands)))
    return tuple(done)


def _named(words: tuple[str, ...]) -> Iterator[str]:
    """Paths in a command that must be there for it to work."""
    program, rest = words[0], words[1:]
    if program.startswith("./") or (_SCRIPT.search(program) and "/" in program):
        yield program
    elif program in _INTERPRETERS:
        first = next((word for word in rest if not word.startswith("-")), "")
        if rest[:1] != ("-m",) and rest[:1] != ("-c",) and _SCRIPT.search(first):
            yield first
    elif program == "cp" and len(rest) == 2 and re.search(r"^[^-].*\.\w", rest[0]) and not _BACKUP.search(rest[0]):
        yield rest[0]
    elif program == "docker-compose" or words[:2] == ("docker", "compose"):
        yield from _after(rest, "-f", "--file")
    elif program == "kubectl" and rest[:1] in (("apply",), ("create",)):
        yield from (
            path for path in _after(rest, "-f", "-k", "--filename", "--kustomize") if "/" in path.removeprefix("./")
        )
    elif program in ("terraform", "tofu"):
        yield from (word.partition("=")[2] for word in rest if word.startswith("-chdir="))
    elif program in ("pip", "pip3"):
        yield from _after(rest, "-r", "--requirement")


def _after(words: tuple[str, ...], *options: str) -> Iterator[str]:
    for index, word in enumerate(words):
        if word in options and index + 1 < len(words) and "://" not in words[index + 1] and words[index + 1] != "-":
            yield words[index + 1]


def _makes(words: tuple[str, ...]) -> Iterator[str]:
    """Names of files that a command leaves behind."""
    if words[0] in ("cp", "mv", "curl", "wget") or words[0] in _CREATES:
        yield from (word.rstrip("/").rpartition("/")[2] for word in words[1:])
    yield from (name for option in ("-o", "--output", "-out", "--out") for name in _after(words, option))


def _told_to_make(lines: list[str], block: CodeBlock) -> set[str]:
    """Names of files that the three lines above a block tell the reader to make."""
    above = " ".join(lines[max(block.at.line - 5, 0) : block.at.line - 1])
    if not _MAKING.search(above):
        return set()
    return {word.rpartition("/")[2] for word in re.findall(r"[\w./-]+\.\w+", above)}
