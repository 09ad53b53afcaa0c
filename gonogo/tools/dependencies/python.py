"""Python: requirements files, pyproject.toml, Pipfile, setup files and conda environments, one component a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, PackageScript, RuntimeVersion
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import lowest, place, read_toml, strings, table, text_of

LOCKS = (("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm"), ("Pipfile.lock", "pipenv"),
         ("conda-lock.yml", "conda"), ("pylock.toml", "pip"), ("requirements.lock", "pip"))  # fmt: skip
_DEV = re.compile(r"dev|test|lint|doc|ci\b|check|format|style|local|build|bench|type", re.IGNORECASE)
_SKIPPED = re.compile(
    r"^(--?(hash|index-url|extra-index-url|find-links|trusted-host|no-binary|only-binary|pre|i"
    r"|f)\b|#|\\)"
)


@dataclass
class _Folder:
    """What a folder's Python files declare."""

    file: File
    manager: str = "pip"
    name: str = ""
    version: str = ""
    license: str = ""
    kind: ComponentKind = ComponentKind.UNKNOWN
    why: str = ""
    dependencies: list[Dependency] = field(default_factory=list)
    compiled: list[Dependency] = field(default_factory=list)
    """Of requirements files beside another manifest."""
    scripts: list[PackageScript] = field(default_factory=list)
    runtimes: list[RuntimeVersion] = field(default_factory=list)
    requirements: File | None = None
    members: tuple[str, ...] = ()


def read_python(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each folder with a manifest."""
    folders: dict[str, _Folder] = {}
    for file in repository.match("pyproject.toml"):
        if content := read_toml(repository, file, unread):
            folders[file.folder] = _pyproject(repository, file, content)
    for file in repository.match("Pipfile"):
        if content := read_toml(repository, file, unread):
            _pipfile(folders.setdefault(file.folder, _Folder(file)), repository, file, content)
    for file in repository.match("setup.py", "setup.cfg"):
        _setup(folders.setdefault(file.folder, _Folder(file)), repository, file)
    for file in repository.match("requirements*.txt", "*requirements.txt", "requirements*.in", "requirements/*.txt"):
        folder = file.folder.removesuffix("requirements").rstrip("/") if file.name[:3] != "req" else file.folder
        _requirements_file(folders.setdefault(folder, _Folder(file)), repository, file)
    for file in repository.match("environment.yml", "environment.yaml"):
        _conda(folders, repository, file)
    workspaces = {f"{base}/{member}".strip("/"): base for base, found in folders.items() for member in found.members}
    for folder, found in folders.items():
        yield _component(repository, folder, found, workspaces)


def _component(repository: Repository, folder: str, found: _Folder, workspaces: dict[str, str]) -> Component:
    root = next((base for member, base in workspaces.items() if _is_member(folder, member)), None)
    lock, manager, problem = _lock(repository, folder, root)
    dependencies = found.dependencies
    if lock is None and found.compiled:
        runtime = [d for d in found.compiled if d.group == "runtime"]
        if runtime and all(d.exact or d.local for d in runtime) and found.requirements and found.dependencies:
            # pip-compile, pip freeze or an export: what is installed is what stands there
            lock, manager = Place(found.requirements.path, 1, 1, found.requirements.name), "pip"
        dependencies = found.dependencies + [d for d in found.compiled if lock is None or d.group != "runtime"]
    return Component(
        path=folder,
        ecosystem=Ecosystem.PYTHON,
        manager=manager or found.manager,
        name=found.name or folder.rpartition("/")[2],
        manifest=Place(found.file.path, 1, 1, found.file.name),
        kind=found.kind,
        why=found.why,
        version=found.version,
        license=found.license,
        lock=lock,
        problem=problem,
        workspace=root,
        members=tuple(f"{folder}/{member}".strip("/") for member in found.members),
        dependencies=tuple(dependencies),
        scripts=tuple(found.scripts),
        runtimes=tuple(found.runtimes),
    )


def _is_member(folder: str, member: str) -> bool:
    return bool(re.fullmatch(re.escape(member).replace(r"\*", "[^/]+"), folder))


def _lock(repository: Repository, folder: str, root: str | None) -> tuple[Place | None, str, str]:
    for base in (folder, root):
        if base is None:
            continue
        for name, manager in LOCKS:
            path = f"{base}/{name}" if base else name
            if found := repository.by_path.get(path):
                problem = "it is empty" if found.size < 10 else ""
                return Place(path, 1, 1, name), manager, problem or ("" if found.tracked else "git does not track it")
    return None, "", ""


def _pyproject(repository: Repository, file: File, content: dict[str, Any]) -> _Folder:
    text = repository.text(file)
    found = _Folder(file)
    project, poetry, uv = table(content, "project"), table(content, "tool", "poetry"), table(content, "tool", "uv")
    found.name = text_of(project.get("name")) or text_of(poetry.get("name"))
    found.version = text_of(project.get("version")) or text_of(poetry.get("version"))
    stated = project.get("license") or poetry.get("license")
    found.license = text_of(stated.get("text") or stated.get("file")) if isinstance(stated, dict) else text_of(stated)
    found.manager = "poetry" if poetry else "uv" if uv else "pdm" if table(content, "tool", "pdm") else "pip"
    found.members = tuple(strings(table(uv, "workspace").get("members")))
    found.dependencies += _requirements(file, text, strings(project.get("dependencies")), "runtime")
    for name, extra in table(project, "optional-dependencies").items():
        found.dependencies += _requirements(file, text, strings(extra), "dev" if _DEV.search(name) else "optional")
    for extra in table(content, "dependency-groups").values():
        found.dependencies += _requirements(file, text, strings(extra), "dev")
    found.dependencies += _requirements(file, text, strings(uv.get("dev-dependencies")), "dev")
    found.dependencies += _poetry(file, text, table(poetry, "dependencies"), "runtime")
    found.dependencies += _poetry(file, text, table(poetry, "dev-dependencies"), "dev")
    for name, group in table(poetry, "group").items():
        kind = "runtime" if name in ("main", "default") else "dev" if _DEV.search(name) else "optional"
        found.dependencies += _poetry(file, text, table(group, "dependencies"), kind)
    for key, section in (("poe", ("tool", "poe", "tasks")), ("taskipy", ("tool", "taskipy", "tasks"))):
        for name, task in table(content, *section).items():
            command = text_of(task.get("cmd") or task.get("shell")) if isinstance(task, dict) else text_of(task)
            found.scripts.append(
                PackageScript(name, command, place(file, text, rf"^{re.escape(name)}\s*=", f"{key}.{name}"))
            )
    spec = text_of(project.get("requires-python")) or text_of(table(poetry, "dependencies").get("python"))
    if spec:
        at = place(file, text, r"^(requires-python|python)\s*=", "requires-python")
        found.runtimes.append(RuntimeVersion("python", spec, lowest(spec), at))
    if strings(project.get("classifiers")) and any(
        "Development Status" in c or "Topic ::" in c for c in strings(project["classifiers"])
    ):
        found.kind, found.why = ComponentKind.LIBRARY, "it has the classifiers of a published package"
    return found


def _poetry(file: File, text: str, declared: dict[str, Any], group: str) -> list[Dependency]:
    found = []
    for name, value in declared.items():
        if name == "python":
            continue
        entry = value if isinstance(value, dict) else {}
        spec = text_of(entry.get("version")) if entry else text_of(value)
        exact = bool(re.fullmatch(r"={2,3}\s*[\w.!+-]+|\d+(\.\d+)+[\w.+-]*", spec.strip())) or bool(entry.get("rev"))
        at = place(file, text, rf"^\"?{re.escape(name)}\"?\s*=", name)
        found.append(
            Dependency(
                canonicalize_name(name),
                spec,
                at,
                group,
                exact,
                bool(entry.get("path")),
                spec.lstrip("= ") if exact else "",
            )
        )
    return found


def _requirements(file: File, text: str, lines: list[str], group: str) -> list[Dependency]:
    found = []
    for line in lines:
        if dependency := _requirement(line, group):
            name = re.split(r"[\s<>=!~;\[@]", line, maxsplit=1)[0]
            at = place(file, text, rf"[\"']{re.escape(name)}(?![\w-])", dependency.name)
            found.append(_at(dependency, at))
    return found


def _at(dependency: Dependency, at: Place) -> Dependency:
    d = dependency
    return Dependency(d.name, d.spec, at, d.group, d.exact, d.local, d.version)


def _requirement(line: str, group: str) -> Dependency | None:
    """A requirement line of pip; None for options and what is none."""
    clean = re.split(r"\s#|\s--hash|\s\\$", line.strip(), maxsplit=1)[0].strip().rstrip("\\").strip()
    if not clean or _SKIPPED.match(clean):
        return None
    nowhere = Place("")
    if editable := re.match(r"^(?:-e|--editable)[\s=]+(.+)$", clean):
        clean = editable.group(1)
    if clean.startswith((".", "/", "file:")):
        return Dependency(clean.rpartition("/")[2] or clean, clean, nowhere, group, local=True)
    if re.match(r"^(git\+|https?://)", clean):
        name = re.search(r"egg=([\w.-]+)", clean)
        exact = bool(re.search(r"@[0-9a-f]{7,40}\b|@v?\d+(\.\d+)+|\.(whl|tar\.gz|zip)\b", clean))
        return Dependency(canonicalize_name(name.group(1) if name else clean), clean, nowhere, group, exact)
    try:
        parsed = Requirement(clean)
    except InvalidRequirement:
        return None
    pins = [s.version for s in parsed.specifier if s.operator in ("==", "===") and not s.version.endswith(".*")]
    exact = bool(pins) or bool(parsed.url and re.search(r"@[0-9a-f]{7,40}\b|@v?\d+(\.\d+)+|\.whl", parsed.url))
    spec = str(parsed.specifier) or (f"@ {parsed.url}" if parsed.url else "")
    return Dependency(canonicalize_name(parsed.name), spec, nowhere, group, exact, False, pins[0] if pins else "")


def _requirements_file(found: _Folder, repository: Repository, file: File) -> None:
    group = "dev" if _DEV.search(file.name.replace("requirements", "")) else "runtime"
    pins = _constraints(repository, file)
    compiled = file.name.endswith(".txt") and not found.file.name.endswith(".txt")
    into = found.compiled if compiled else found.dependencies
    for number, line in enumerate(repository.lines(file), 1):
        dependency = _requirement(line, group)
        if dependency is None:
            continue
        pinned = pins.get(dependency.name, "")
        d = dependency
        at = Place(file.path, number, number, d.name)
        into.append(Dependency(d.name, d.spec, at, group, d.exact or bool(pinned), d.local, d.version or pinned))
    if (
        group == "runtime"
        and file.name.endswith(".txt")
        and (found.requirements is None or file.name == "requirements.txt")
    ):
        found.requirements = file


def _constraints(repository: Repository, file: File) -> dict[str, str]:
    """Exact pins of the constraints files that a requirements file names."""
    pins: dict[str, str] = {}
    for line in repository.lines(file):
        if named := re.match(r"^(?:-c|--constraint)[\s=]+(\S+)", line.strip()):
            path = normpath(f"{file.folder}/{named.group(1)}" if file.folder else named.group(1))
            for other in repository.lines(path):
                if (pin := _requirement(other, "runtime")) and pin.exact:
                    pins[pin.name] = pin.version
    return pins


def _pipfile(found: _Folder, repository: Repository, file: File, content: dict[str, Any]) -> None:
    text = repository.text(file)
    found.manager = "pipenv"
    found.dependencies += _poetry(file, text, table(content, "packages"), "runtime")
    found.dependencies += _poetry(file, text, table(content, "dev-packages"), "dev")
    spec = text_of(table(content, "requires").get("python_version"))
    if spec:
        at = place(file, text, r"^python_version", "python_version")
        found.runtimes.append(RuntimeVersion("python", spec, lowest(spec), at, exact=True))


def _setup(found: _Folder, repository: Repository, file: File) -> None:
    text = repository.text(file)
    block = re.search(r"install_requires\s*=\s*\[?((?:[^\]]*?\])|(?:(?:\n[ \t]+[^\n]+)+))", text)
    if block:
        quoted = re.findall(r"[\"']([^\"'\n]+)[\"']", block.group(1)) if file.name == "setup.py" else []
        lines = quoted or [line.strip() for line in block.group(1).splitlines() if file.name == "setup.cfg"]
        found.dependencies += [_at(d, place(file, text, r"install_requires", d.name)) for d in _parsed(lines)]
    if spec := re.search(r"python_requires\s*=\s*[\"']?([^\"'\n,]+(?:,[^\"'\n]+)?)", text):
        at = place(file, text, r"python_requires", "python_requires")
        found.runtimes.append(RuntimeVersion("python", spec.group(1), lowest(spec.group(1)), at))
    if "classifiers" in text and "Development Status" in text:
        found.kind, found.why = ComponentKind.LIBRARY, "it has the classifiers of a published package"


def _parsed(lines: list[str]) -> list[Dependency]:
    return [dependency for line in lines if (dependency := _requirement(line, "runtime"))]


def _conda(folders: dict[str, _Folder], repository: Repository, file: File) -> None:
    text = repository.text(file)
    if not re.search(r"^dependencies:", text, re.MULTILINE):
        return
    found = folders.setdefault(file.folder, _Folder(file, manager="conda"))
    for number, line in enumerate(text.splitlines(), 1):
        if item := re.match(r"^\s*-\s*([A-Za-z][\w.-]*)\s*(=[^\s#]*|[<>][^\s#]*)?\s*(#.*)?$", line):
            name, spec = item.group(1), item.group(2) or ""
            if name in ("pip", "defaults", "conda-forge"):
                continue
            at = Place(file.path, number, number, name)
            if name == "python":
                found.runtimes.append(RuntimeVersion("python", spec, lowest(spec), at, exact=True))
                continue
            exact = bool(re.fullmatch(r"={1,2}\d+(\.\d+)+\S*", spec))
            found.dependencies.append(Dependency(canonicalize_name(name), spec, at, "runtime", exact))
