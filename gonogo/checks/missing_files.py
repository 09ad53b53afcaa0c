"""Files and folders that pipelines, make files and Dockerfiles use and that are not there.

Needs: repository, pipelines, docker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from posixpath import normpath

from gonogo.facts import Facts
from gonogo.facts.docker import Dockerfile, Instruction
from gonogo.facts.pipelines import Command, Run
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place

_BUILT = re.compile(
    r"(?:^|/)(?:dist|build|target|out|output|bin|obj|lib|node_modules|vendor|coverage|publish|release|releases|artifacts?|\.next|public"
    r"|staticfiles|\.output|site|_site|generated|gen|tmp|temp|cache|\.venv|venv|wheels?|pkg|reports?|test-results|results|logs?)(?:/|$)"
)
_SCRIPT = re.compile(r"\.(?:sh|bash|py|js|mjs|cjs|ts|rb|pl|php|ps1)$")
_INTERPRETERS = {
    "bash",
    "sh",
    "zsh",
    "python",
    "python3",
    "node",
    "ruby",
    "perl",
    "source",
    ".",
    "ts-node",
    "tsx",
    "php",
    "pwsh",
}
_ELSEWHERE = frozenset(("docker", "docker-compose", "podman", "kubectl", "ssh", "vagrant", "nerdctl", "oc"))
"""Programs that run a command where the files are others."""
_OPEN = re.compile(r"[$*?{}<>~`%(]")
_PATH = re.compile(r"^(?:\./)?[\w@.+-]+(?:/[\w@.+-]+)*$")
_FILE_OPTIONS = {
    "docker": ("-f", "--file"),
    "docker-compose": ("-f", "--file"),
    "kubectl": ("-f", "--filename", "-k", "--kustomize"),
    "helm": ("-f", "--values"),
    "terraform": ("-var-file", "--var-file"),
    "tofu": ("-var-file", "--var-file"),
    "pip": ("-r", "--requirement", "-c"),
    "ansible-playbook": ("-i",),
}
_TFVARS = re.compile(r"[\w./-]*[\w-]+\.tfvars(?:\.json)?\b")


def missing_files(facts: Facts) -> tuple[Wrong, ...]:
    """What commands and builds use and the target does not hold."""
    ignored = _Ignored.read(facts)
    found = [*_in_pipelines(facts, ignored), *_variable_files(facts)]
    for file in facts.docker.shipped:
        found += _copied(facts, file, ignored)
    return tuple(dict.fromkeys(found))


def _in_pipelines(facts: Facts, ignored: _Ignored) -> Iterator[Wrong]:
    told: set[str] = set()
    for run in facts.pipelines.all_runs:
        if not run.pipeline.loaded or run.job.disabled or run.step.disabled:
            continue
        if run.command is None:
            yield from _local_action(facts, run)
            continue
        command = run.command
        folder = command.folder
        if folder == "?" or _OPEN.search(folder) or folder.startswith(".."):
            continue
        if folder and not facts.repository.exists(folder):
            made = _made_before(run, folder) or ignored.holds(folder) or not _stands(facts, run, folder)
            if folder not in told and not made:
                told.add(folder)
                yield _wrong(run, f"it runs {_short(command)} in {folder}, which does not exist", folder)
            continue
        yield from _arguments(facts, run, command, ignored)


def _wrong(run: Run, what: str, name: str) -> Wrong:
    at = run.at
    return Wrong(
        f"{run.pipeline.name}: {what}",
        Place(at.path, at.line, 0, f"{run.pipeline.name}:{run.job.name}:{name}"),
        missing=True,
    )


def _short(command: Command) -> str:
    text = command.text
    return text if len(text) < 60 else text[:57] + "..."


def _local_action(facts: Facts, run: Run) -> Iterator[Wrong]:
    uses = run.step.uses
    if uses.startswith("./") and not _OPEN.search(uses):
        path = run.pipeline.at.path.partition(".github/")[0] + normpath(uses)
        if not facts.repository.exists(path) and not _made_before(run, path):
            yield _wrong(run, f"it uses {uses}, which does not exist", uses)


def _arguments(facts: Facts, run: Run, command: Command, ignored: _Ignored) -> Iterator[Wrong]:
    """Scripts, configuration files and npm scripts that a command names."""
    for path in _paths(command):
        where = normpath(f"{command.folder}/{path}" if command.folder else path)
        inside = not where.startswith("..") and not _BUILT.search(where) and not ignored.holds(where)
        if inside and not facts.repository.exists(where) and _stands(facts, run, path) and not _made_before(run, path):
            yield _wrong(run, f"{_short(command)} needs {where}, which does not exist", where)
    name = _npm_script(command)
    if name:
        manifest = f"{command.folder}/package.json" if command.folder else "package.json"
        scripts = _scripts(facts, manifest)
        if scripts is not None and name not in scripts:
            yield _wrong(run, f"{_short(command)} runs a script that {manifest} does not define", f"{manifest}:{name}")


def _stands(facts: Facts, run: Run, path: str) -> bool:
    """Says whether a path stands in the file as it is: else it was put together, and may be another one."""
    name = path.rpartition("/")[2]
    return any(name in facts.repository.text(where) for where in (run.at.path, run.pipeline.at.path))


def _paths(command: Command) -> Iterator[str]:
    words, program = command.core, command.program
    if not words or (words != command.words and command.words[0] in _ELSEWHERE):
        return
    if words[0].startswith("./") and _SCRIPT.search(words[0]) and _PATH.match(words[0]):
        yield words[0]
    if program in _INTERPRETERS or words[0] in _INTERPRETERS:
        first = next((word for word in words[1:] if not word.startswith("-")), "")
        if _SCRIPT.search(first) and _PATH.match(first) and not any(w in ("-c", "-m", "-e") for w in words[1:3]):
            yield first
    for option in _FILE_OPTIONS.get(program, ()):
        if program == "docker" and not {"build", "compose", "buildx", "stack"} & set(words[1:3]):
            continue
        for value in _values(words, option):
            if _PATH.match(value) and value not in ("-", ".") and (_has_suffix(value) or "/" in value):
                yield value


def _has_suffix(path: str) -> bool:
    name = path.rpartition("/")[2]
    return "." in name or name.startswith("Dockerfile")


def _values(words: tuple[str, ...], option: str) -> Iterator[str]:
    for index, word in enumerate(words):
        if word == option and index + 1 < len(words):
            yield words[index + 1]
        elif word.startswith(option + "="):
            yield word[len(option) + 1 :]


def _npm_script(command: Command) -> str:
    """The package script that a command runs in its own folder; empty where it is none, or runs elsewhere."""
    words = command.core
    if len(words) < 2 or command.program not in ("npm", "pnpm", "yarn"):
        return ""
    if any(
        word.startswith(("--filter", "-F", "--prefix", "--workspace", "-w", "-C", "--dir", "-r", "--cwd", "-ws"))
        for word in words
    ):
        return ""
    if words[1] in ("run", "run-script"):
        name = next((word for word in words[2:] if not word.startswith("-")), "")
        optional = "--if-present" in words
        return "" if optional or _OPEN.search(name) or "/" in name else name
    return ""


def _scripts(facts: Facts, path: str) -> dict[str, object] | None:
    file = facts.repository.file(path)
    if file is None:
        return None
    try:
        scripts = json.loads(facts.repository.text(file)).get("scripts")
    except (ValueError, AttributeError, RecursionError):
        return None
    return scripts if isinstance(scripts, dict) else {}


def _made_before(run: Run, path: str) -> bool:
    """Says whether something else in the job names it: a checkout, a clone, a download, a folder that is made."""
    part = next((p for p in normpath(path).split("/") if p not in (".", "..")), "")
    last = normpath(path).rpartition("/")[2]
    for step in run.job.steps:
        texts = [value for _, value in step.inputs]
        texts += [c.text for c in step.commands if c != run.command and c.at != run.at and _makes(c)]
        if any(last in text or (part and part == text.strip("./")) for text in texts):
            return True
    return False


_MAKING = re.compile(
    r"^(?:git|mkdir|cp|mv|curl|wget|unzip|tar|touch|echo|cat|tee|printf|npx|npm|aws|gsutil|gh|envsubst|sed|jq|yq|install)$"
)


def _makes(command: Command) -> bool:
    return bool(_MAKING.match(command.program)) or ">" in command.words


def _variable_files(facts: Facts) -> Iterator[Wrong]:
    """Terraform variable files that make files and pipelines name."""
    files = facts.repository.match(
        "Makefile*", "*.mk", "Jenkinsfile*", "justfile", "Taskfile.y*ml", ".github/workflows/*", ".gitlab-ci.yml"
    )
    names = {file.name for file in facts.repository.files}
    for file in files:
        text = facts.repository.text(file)
        if ".tfvars" not in text:
            continue
        for number, line in enumerate(facts.repository.lines(file), 1):
            for match in _TFVARS.finditer(line):
                name = match[0].rpartition("/")[2]
                opened = match.start() and line[match.start() - 1] in "}$*)"
                made = re.search(rf"(?:>|-o|--output|tee|cp\s\S+|touch)\s*[\"']?\S*{re.escape(name)}", text)
                if (
                    opened
                    or made
                    or line.lstrip().startswith(("#", "//"))
                    or name in names
                    or f"{name}.example" in names
                ):
                    continue
                place = Place(file.path, number, 0, f"{file.name}:{name}")
                yield Wrong(f"{file.path} uses {match[0]}, which does not exist", place, True)


@dataclass(frozen=True)
class _Ignored:
    """The patterns of all .gitignore files, with their folders."""

    patterns: tuple[tuple[str, str], ...]

    @staticmethod
    def read(facts: Facts) -> _Ignored:
        found = []
        for file in facts.repository.match(".gitignore"):
            for line in facts.repository.lines(file):
                pattern = line.strip().strip("/")
                if pattern and not pattern.startswith(("#", "!")):
                    found.append((file.folder, pattern))
        return _Ignored(tuple(found))

    def holds(self, path: str) -> bool:
        """Says whether a pattern names it: then something makes it where it is needed."""
        parts = path.split("/")
        for folder, pattern in self.patterns:
            if folder and not path.startswith(folder + "/"):
                continue
            below = parts[folder.count("/") + 1 if folder else 0 :]
            names = ["/".join(below[: n + 1]) for n in range(len(below))] if "/" in pattern else below
            if any(fnmatch(name, pattern) for name in names):
                return True
        return False


def _copied(facts: Facts, file: Dockerfile, ignored: _Ignored) -> Iterator[Wrong]:
    """Sources of COPY and ADD that are in no folder that the image could be built in.

    Where nothing says what that folder is, it is one that holds most of the sources; else a build prepares it.
    """
    used = [(item, s) for stage in file.stages for item in stage.all("COPY", "ADD") for s in _sources(item)]
    contexts = file.contexts or tuple(_upwards(file.path.rpartition("/")[0]))
    paths = {s: [normpath(f"{context}/{s}" if context else s) for context in contexts] for _, s in used}
    here = {s: [facts.repository.exists(path) for path in found] for s, found in paths.items()}
    if not file.contexts and not any(2 * sum(h[n] for h in here.values()) > len(here) for n in range(len(contexts))):
        return
    for item, source in used:
        if any(here[source]) or any(ignored.holds(path) for path in paths[source]) or _BUILT.search(source):
            continue
        if file.contexts or not _exists_somewhere(facts, source):
            place = Place(item.at.path, item.at.line, 0, f"{item.at.symbol}:{source}")
            yield Wrong(f"{file.path} copies {source}, which does not exist", place, missing=True)


def _exists_somewhere(facts: Facts, source: str) -> bool:
    ending = "/" + normpath(source)
    return any(("/" + file.path).endswith(ending) for file in facts.repository.files) or any(
        ("/" + folder).endswith(ending) for folder in facts.repository.folders
    )


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _sources(item: Instruction) -> Iterator[str]:
    if item.flag("from") or "<<" in item.value or len(item.words) < 2:
        return
    for word in item.words[:-1]:
        source = word.strip("/")
        odd = _OPEN.search(source) or "[" in source or "://" in source or not source or source.startswith("..")
        built = re.search(
            r"\.(?:jar|war|whl|tgz|tar|gz|zip|so|exe|deb|rpm|apk|bin|env)$|(?:^|/)\.env|(?:^|/)\.git(?:/|$)|lock",
            source,
        )
        if not odd and not built and "/" in source + "/" and ("." in source or "/" in source):
            yield source
