"""Commands of a script, followed into the scripts, targets and package scripts that they name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gonogo.facts.pipelines import Command
from gonogo.facts.repository import File, Repository
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.absent import absent_path
from gonogo.tools.pipelines.dockerfile import build_lead, image_lead
from gonogo.tools.pipelines.leads import Lead, Packages, Piece, clean, find, join
from gonogo.tools.pipelines.makefile import make_lead
from gonogo.tools.pipelines.node import MANAGERS, monorepo_lead, package_lead
from gonogo.tools.pipelines.nx import nx_lead
from gonogo.tools.pipelines.precommit import hooks_lead
from gonogo.tools.pipelines.tasks import task_lead
from gonogo.tools.shell import ShellCommand, core_words, read_script

MOST_COMMANDS = 4_000
_DEEPEST = 8
_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ash", "source", "."})
_INTERPRETERS = re.compile(r"(python|node|ruby|php|perl|pypy)[\d.]*\Z|ts-node|tsx\Z")
_BUILT = re.compile(r"(^|/)(dist|build|out|target|lib|bin|output|\.\w+)/")
_SCRIPT_NAME = re.compile(r"\.(sh|bash|py|js|mjs|cjs|ts|rb|pl)\Z")


@dataclass(frozen=True, slots=True)
class Shell:
    """How a step's script is run."""

    errexit: bool = True
    pipefail: bool = False
    opaque: re.Pattern[str] | None = None
    """What the service expands before the shell sees it."""


@dataclass
class Follower:
    """Follows commands within one root of a target; keeps what it has followed, since many jobs run the same."""

    repository: Repository
    root: str = ""
    packages: Packages = field(init=False)
    _known: dict[Piece, tuple[Command, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.packages = Packages(self.repository)

    def commands(
        self, text: str, place: Place, folder: str, shell: Shell, lines: Sequence[int] = ()
    ) -> tuple[Command, ...]:
        """All commands of a script that begins at that place; ``lines`` gives the line of each of its lines."""
        read = read_script(text, errexit=shell.errexit, pipefail=shell.pipefail, opaque=shell.opaque)
        found: list[Command] = []
        for command in read:
            if lines:
                place = replace(place, line=lines[min(command.line, len(lines)) - 1] - command.line + 1)
            found += self._from(command, place, folder, folder, (), text)
        return tuple(found[:MOST_COMMANDS])

    def argv(self, words: tuple[str, ...], place: Place, folder: str) -> tuple[Command, ...]:
        """A command that is given as words, not as a script."""
        return self.commands(shlex.join(words), place, folder, Shell(errexit=False))

    def image(self, named: str, context: str, place: Place, folder: str) -> tuple[Command, ...]:
        """What building an image with a Dockerfile and a context runs, for steps that are given both."""
        lead = image_lead(self.repository, named, context, folder)
        outer = Command(("docker", "build", context or "."), place, folder, core=("docker", "build", context or "."))
        if lead.missing:
            return (replace(outer, missing=lead.missing),)
        return tuple(each for piece in lead.pieces for each in self._piece(piece, outer))

    def _from(
        self, read: ShellCommand, place: Place, start: str, here: str, through: tuple[str, ...], text: str
    ) -> tuple[Command, ...]:
        command = Command(
            words=read.words,
            at=Place(place.path, place.line + read.line - 1 if place.line else 0, 0, place.symbol),
            folder=self._folder(read.folder, start, here),
            can_fail=not read.excuse,
            excuse=read.excuse or read.stopped,
            through=through,
            env=read.env,
            reached=not read.stopped,
            core=core_words(read.words),
        )
        if len(through) >= _DEEPEST:
            return (command,)
        lead = self._lead(command, text)
        if lead.core:
            command = replace(command, core=core_words(lead.core))
            lead = self._lead(command, text)
        missing = lead.missing or absent_path(self.repository, command, text)
        if missing:
            return (replace(command, missing=missing if not _in_container(command) else ""),)
        inner = [each for piece in lead.pieces for each in self._piece(piece, command)]
        return (command, *inner[:MOST_COMMANDS])

    def _piece(self, piece: Piece, outer: Command) -> list[Command]:
        label = outer.text if len(outer.text) <= 80 else outer.text[:77] + "..."
        if label in outer.through or piece.path + str(piece.line) in outer.through:
            return []
        if piece not in self._known:
            self._known[piece] = ()  # what leads back to itself ends here
            read = read_script(piece.text, errexit=piece.errexit, pipefail=piece.pipefail)
            place = Place(piece.path, piece.line)
            here = piece.path.rpartition("/")[0]
            through = (*outer.through, label)
            self._known[piece] = tuple(
                each for command in read for each in self._from(command, place, piece.folder, here, through, piece.text)
            )
        return [self._within(command, outer, piece, label) for command in self._known[piece]]

    @staticmethod
    def _within(command: Command, outer: Command, piece: Piece, label: str) -> Command:
        """A followed command as it runs below the one that led to it."""
        excuse = "" if outer.can_fail and outer.reached else outer.excuse
        own = command.through[command.through.index(label) :] if label in command.through else (label,)
        return replace(
            command,
            can_fail=command.can_fail and outer.can_fail and not piece.excuse,
            reached=command.reached and outer.reached,
            excuse=excuse or piece.excuse or command.excuse,
            through=(*outer.through, *own),
            env=(*outer.env, *command.env),
        )

    def _folder(self, folder: str, start: str, here: str) -> str:
        if folder.startswith("@here"):
            return join(here, folder[5:].lstrip("/") or ".")
        if folder.startswith("@top"):
            return join(self.root.rstrip("/"), folder[4:].lstrip("/") or ".")
        return join(start, folder) if folder else start

    def _lead(self, command: Command, text: str) -> Lead:
        words, folder = command.core, command.folder
        if not words:
            return Lead()
        program = command.program
        inside = _in_container(command)
        if program in _SHELLS or "/" in words[0] or words[0].endswith((".sh", ".bash")):
            return self._script(words, folder if not inside else "?", text)
        if inside:
            folder = "?"
        if program in ("docker", "podman", "buildah", "nerdctl"):
            built = build_lead(self.repository, words, folder) or Lead()
            made = re.search(r"\b(cp|mv|cat|envsubst|sed|curl|wget)\b[^\n]*Dockerfile|>\s*\S*Dockerfile", text)
            return Lead() if built.missing and made else built
        if program in ("make", "gmake"):
            return make_lead(self.repository, words, folder)
        if program in MANAGERS:
            return package_lead(self.packages, words, folder, self.root.rstrip("/"))
        if program in ("pre-commit", "prek", "lefthook"):
            return hooks_lead(self.repository, words, self.root)
        if program == "nx":
            return nx_lead(self.packages, words, self.root.rstrip("/"))
        if program in ("turbo", "lerna"):
            return monorepo_lead(self.packages, words, folder, self.root.rstrip("/"))
        for each in (command.words, words):
            lead = task_lead(self.repository, each, folder)
            if lead is not None and (lead.pieces or lead.missing or lead.core or each is words):
                return lead
        if _INTERPRETERS.match(program) and len(words) > 1 and not words[1].startswith("-"):
            return Lead(missing=self._missing(words[1], folder, text))
        return Lead()

    def _script(self, words: tuple[str, ...], folder: str, text: str) -> Lead:
        errexit = False
        index = 0
        if words[0].rpartition("/")[2] in _SHELLS:
            index = 1
            while index < len(words) and words[index].startswith("-"):
                errexit = errexit or re.match(r"-[a-z]*e", words[index]) is not None
                index += 2 if words[index].endswith("o") else 1
        if index >= len(words):
            return Lead()
        file = find(self.repository, folder, words[index])
        if file is None:
            return Lead(missing=self._missing(words[index], folder, text))
        return Lead((piece,)) if (piece := self._shell_file(file, words[index], folder, errexit)) else Lead()

    def _shell_file(self, file: File, word: str, folder: str, errexit: bool) -> Piece | None:
        body = self.repository.text(file)
        first = body.partition("\n")[0]
        shebang = re.match(r"#!.*\b(ba|da|z|a)?sh\b(.*)", first)
        plain = file.name.endswith((".sh", ".bash")) and not first.startswith("#!")
        if not (shebang or plain) or len(body) > 200_000:
            return None
        strict = errexit or (shebang is not None and re.search(r"-[a-z]*e", shebang[2]) is not None)
        inside = folder if folder != "?" else _folder_of(file, word)
        return Piece(body, file.path, 1, inside, errexit=strict, pipefail=bool(shebang and "pipefail" in shebang[2]))

    def _missing(self, word: str, folder: str, text: str) -> str:
        """What should lie in the repository and does not; empty where it may come from elsewhere."""
        path = clean(word)
        if folder == "?" or not path or path.startswith(("/", "~")) or re.search(r"[$*{}<>]", path):
            return ""
        if not (path.startswith("./") or _SCRIPT_NAME.search(path)) or self.repository.exists(join(folder, path)):
            return ""
        if _BUILT.search(path):
            return ""
        name = path.rpartition("/")[2]
        made = re.search(rf"(-o|>|-O|cp|mv|install|build|unzip|tar|curl|wget|git clone)\b[^\n]*{re.escape(name)}", text)
        known = any(file.path.endswith("/" + path.lstrip("./")) for file in self.repository.files)
        return "" if made or known or not _SCRIPT_NAME.search(path) else f"{path} is not in the repository"


def _folder_of(file: File, word: str) -> str:
    """The folder that a path was relative to, by the file that it turned out to be."""
    tail = clean(word).lstrip("./")
    return file.path.removesuffix(tail).rstrip("/") if file.path.endswith(tail) else file.folder


def _in_container(command: Command) -> bool:
    """Whether it runs where the repository's folders have other names."""
    before = command.words[: max(len(command.words) - len(command.core), 0)]
    return any(word.rpartition("/")[2] in ("docker", "podman", "docker-compose", "kubectl") for word in before)
