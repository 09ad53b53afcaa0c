"""Whether what is installed is fixed: lock files and exact pins, wherever dependencies are declared or installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.code import Language
from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem
from gonogo.facts.docker import Dockerfile, Stage
from gonogo.facts.repository import File
from gonogo.facts.terraform import Root
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_ASIDE = re.compile(r"(^|/)(docs?|scripts?|tools?|hack|\.github|ci|utils|bin|notebooks?|website)(/|$)")
_INSTALLERS = frozenset(
    "pip setuptools wheel poetry uv pipenv pip-tools virtualenv npm pnpm yarn corepack bun pdm hatch build".split()
)
_RANGES = frozenset("^~><*")
_PROVIDERS = re.compile(r"required_providers\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_VERSION = re.compile(r"version\s*=\s*\"([^\"]+)\"")
_NAME = re.compile(r"(?![./])(?!.*(\.whl|\.tar\.gz|\.txt)$)@?[\w./\[\],=<>~!^@-]+")
_NODE_LOCKS = re.compile(r"package\*|package-lock|npm-shrinkwrap|yarn\.lock|pnpm-lock|bun\.lock|\*\.json|\*lock\*")
_PROVIDED = frozenset({"boto3", "botocore", "awslambdaric", "pkg_resources", "setuptools"})
"""Python libraries that a platform brings along."""


def lockfiles(facts: Facts) -> Outcome:
    """Every shipped application has a lock file or exact pins, and so has every Terraform root; images install them."""
    components = _deciding(facts)
    roots = tuple(root for root in facts.terraform.roots if root.audited and _takes_providers(facts, root))
    problems = [problem for component in components if (problem := _component(component))]
    problems += [problem for root in roots if (problem := _root(facts, root))]
    problems += [problem for file in facts.docker.shipped for problem in _image(facts, file)]
    if problems:
        names = ", ".join(dict.fromkeys(_short(problem) for problem in problems))
        return failed(f"{len(problems)} of what installs dependencies does not fix them: {names[:300]}", *problems)
    if not components and not roots:
        return _undeclared(facts)
    locks = [component.lock or component.manifest for component in components]
    locks += [Place(_lock_path(root)) for root in roots if facts.repository.exists(_lock_path(root))]
    locks = locks or [root.at for root in roots]
    covered = [counted(len(components), "manifest")] if components else []
    covered += [counted(len(roots), "Terraform root")] if roots else []
    return passed(f"{' and '.join(covered)} are covered by lock files or exact versions", *dict.fromkeys(locks))


def _deciding(facts: Facts) -> tuple[Component, ...]:
    """Components with dependencies that are shipped; those set aside (documents, scripts) where there is no other."""
    found = [c for c in facts.dependencies.components if _decisive(c)]
    applications = [c for c in found if c.kind is not ComponentKind.LIBRARY or c.workspace is not None]
    shipped = [c for c in applications if "deploys it" in c.why or not _ASIDE.search(c.path)]
    locked = [c for c in found if c.kind is ComponentKind.LIBRARY and c.lock is not None]
    return tuple(shipped or locked or applications)


def _decisive(component: Component) -> tuple[Dependency, ...]:
    """The dependencies that count: what runs, and for Node what builds it."""
    groups: tuple[str, ...] = ("runtime", "optional")
    if component.ecosystem is Ecosystem.NODE and component.kind is ComponentKind.APPLICATION:
        groups = ("runtime", "optional", "dev")
    return tuple(d for d in component.dependencies if d.group in groups and not d.local)


def _component(component: Component) -> Problem | None:
    loose = [d for d in component.loose if d in _decisive(component)]
    if component.lock is not None and component.problem:
        return Problem(
            f"{component.lock.path} does not lock {component.manifest.path}: {component.problem}", component.lock
        )
    if component.ecosystem is Ecosystem.GO and component.lock is None:
        return Problem(f"{component.manifest.path} has no go.sum", component.manifest)
    if not loose:
        return None
    shown = ", ".join(f"{d.name} {d.spec}".strip() for d in loose[:3])
    more = f" and {len(loose) - 3} more" if len(loose) > 3 else ""
    return Problem(f"{component.manifest.path} has no lock file, and leaves versions open: {shown}{more}", loose[0].at)


def _takes_providers(facts: Facts, root: Root) -> bool:
    return any(r.root == root.path for r in facts.terraform.all_resources if not r.data) or any(
        module.root == root.path for module in facts.terraform.all_modules
    )


def _lock_path(root: Root) -> str:
    return f"{root.path}/.terraform.lock.hcl".lstrip("/")


def _root(facts: Facts, root: Root) -> Problem | None:
    if facts.repository.exists(_lock_path(root)):
        return None
    declared = [
        (version, path)
        for path in root.files
        for block in _PROVIDERS.findall(facts.repository.text(path))
        for version in _VERSION.findall(block)
    ]
    if declared and all(re.fullmatch(r"=?\s*\d+\.\d+\.\d+", version) for version, _ in declared):
        return None
    folder = root.path or "the root folder"
    spec = f" (providers {', '.join(dict.fromkeys(v for v, _ in declared))})" if declared else ""
    at = next(iter(facts.repository.grep(r"required_providers", _files(facts, root), most=1)), root.at)
    return Problem(f"{folder} has no .terraform.lock.hcl, so that provider versions float{spec}", at)


def _files(facts: Facts, root: Root) -> tuple[File, ...]:
    return tuple(file for path in root.files if (file := facts.repository.file(path)))


def _image(facts: Facts, file: Dockerfile) -> Iterator[Problem]:
    """Packages that a shipped Dockerfile installs by name without a version, and lock files that it leaves outside."""
    for stage in file.line_of_final:
        for run in stage.all("RUN"):
            open_ended = [name for name in _installed(run.value) if not re.search(r"[=@<>~]", name)]
            if open_ended:
                yield Problem(f"{file.path} installs {', '.join(open_ended[:4])} without a version", run.at)
    for stage in file.stages:
        if at := _leaves_lock_out(stage):
            yield Problem(
                f"{file.path} runs an install after copying package.json alone: the lock file is not used", at
            )


def _installed(script: str) -> Iterator[str]:
    """Names that ``pip install`` or ``npm install -g`` take, of what is no installer itself."""
    for command in re.split(r"&&|\|\||;|\n", script):
        words = command.split()
        if "install" not in words:
            continue
        before, after = words[: words.index("install")], words[words.index("install") + 1 :]
        if any(
            word in ("-r", "-e", "-c", ".", "--requirement", "--constraint") or word.startswith("-r") for word in after
        ):
            continue
        is_pip = any(re.fullmatch(r"(.*/)?pip[\d.]*", word) for word in before)
        is_global = any(word in ("npm", "yarn", "pnpm") for word in before) and ("-g" in words or "--global" in words)
        if is_pip or is_global:
            yield from _names(after)


def _names(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in (
                "-i",
                "-f",
                "-t",
                "--index-url",
                "--target",
                "--extra-index-url",
                "--find-links",
                "--prefix",
            )
        else:
            clean = word.strip("\"'")
            bare = re.split(r"[\[=@<>~!]", clean.lstrip("@"))[0].lower()
            if _NAME.fullmatch(clean) and bare not in _INSTALLERS:
                yield clean


def _leaves_lock_out(stage: Stage) -> Place | None:
    """Where a stage installs Node packages when nothing but package.json was copied."""
    copied: list[str] = []
    for item in stage.instructions:
        if item.name in ("COPY", "ADD"):
            copied += item.words[:-1]
        elif item.name == "RUN" and re.search(
            r"\b(npm (i|install|ci)|yarn( install)?|pnpm (i|install))\b(?!.*\s-g\b)", item.value
        ):
            sources = [word.strip('[],"') for word in copied]
            named = [s for s in sources if s.endswith("package.json")]
            if (
                named
                and all(s.endswith("package.json") for s in sources)
                and not any(_NODE_LOCKS.search(s) for s in sources)
            ):
                return None if re.search(r"npm ci|--frozen-lockfile", item.value) else item.at
            return None
    return None


def _undeclared(facts: Facts) -> Outcome:
    """Without a manifest: code may still import libraries that nothing declares."""
    imported: dict[str, Place] = {}
    own = {file.name for file in facts.repository.files} | {
        path.rpartition("/")[2] for path in facts.repository.folders
    }
    for file in facts.code.files:
        if file.language is not Language.PYTHON:
            continue
        for item in file.imports:
            head = item.module.partition(".")[0]
            known = not head or head in sys.stdlib_module_names or head in _PROVIDED
            if not known and not item.local and not own & {head, f"{head}.py"}:
                imported.setdefault(head, item.at)
    searched = Searched(
        ("manifests and lock files of package managers", ".terraform.lock.hcl"),
        "deciding files",
        len(facts.repository.files),
    )
    if facts.dependencies.components and not imported:
        return not_applicable("no manifest declares a dependency from outside", searched=(searched,))
    if imported:
        names = ", ".join(sorted(imported)[:5])
        problems = [
            Problem(f"{name} is imported, and no manifest declares it", at) for name, at in list(imported.items())[:5]
        ]
        return failed(
            f"no manifest declares the libraries that code imports ({names})", *problems, searched=(searched,)
        )
    if any(f.files for f in facts.code.foreign):
        return unverified("there is code in languages whose manifests were not found", searched=(searched,))
    return not_applicable("nothing declares or imports a dependency", searched=(searched,))


def _short(problem: Problem) -> str:
    return problem.place.path if problem.place else problem.what
