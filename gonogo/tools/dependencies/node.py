"""Node.js: package.json, workspaces and the lock files of npm, pnpm, yarn and bun."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, PackageScript, RuntimeVersion
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import is_exact, line_of, lowest, place, read_json, strings, table, text_of

LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
_GROUPS = (
    ("dependencies", "runtime"),
    ("devDependencies", "dev"),
    ("optionalDependencies", "optional"),
    ("peerDependencies", "peer"),
)
_LOCAL = re.compile(r"^(workspace|file|link|portal):")
_DIGEST = re.compile(r"^(npm:[^@]*@|git\S*#|github:\S*#|https?:\S*#)")


def read_node(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each package.json."""
    manifests = {file.folder: file for file in repository.match("package.json")}
    content = {folder: read_json(repository, file, unread) for folder, file in manifests.items()}
    members = {folder: _members(repository, folder, content) for folder in content}
    root_of = {member: root for root in sorted(members, key=len) for member in members[root] if member != root}
    names = {text_of(found.get("name")) for found in content.values()} - {""}
    for folder, file in manifests.items():
        if content[folder]:
            yield _component(repository, file, content[folder], names, root_of.get(folder), members[folder])


def _component(
    repository: Repository,
    file: File,
    content: dict[str, Any],
    names: set[str],
    root: str | None,
    members: tuple[str, ...],
) -> Component:
    text = repository.text(file)
    lock, manager, problem = _lock(repository, file.folder, root)
    chosen = text_of(content.get("packageManager")).partition("@")[0]
    kind, why = _kind(content)
    return Component(
        path=file.folder,
        ecosystem=Ecosystem.NODE,
        manager=manager or chosen or "npm",
        name=text_of(content.get("name")) or file.folder.rpartition("/")[2],
        manifest=Place(file.path, 1, 1, "package.json"),
        kind=kind,
        why=why,
        version=text_of(content.get("version")),
        private=content.get("private") is True,
        license=_license(content),
        lock=lock,
        problem=problem,
        workspace=root,
        members=members,
        dependencies=tuple(_dependencies(file, text, content, names)),
        scripts=tuple(
            PackageScript(name, command, place(file, text, rf'"{re.escape(name)}"\s*:', name, text.find('"scripts"')))
            for name, command in table(content, "scripts").items()
            if isinstance(command, str)
        ),
        runtimes=tuple(_runtimes(file, text, content)),
    )


def _dependencies(file: File, text: str, content: dict[str, Any], names: set[str]) -> Iterator[Dependency]:
    for key, group in _GROUPS:
        start = text.find(f'"{key}"')
        lines = _lines(text, start)
        for name, spec in table(content, key).items():
            declared = text_of(spec)
            line = lines.get(name, 0)
            local = bool(_LOCAL.match(declared)) or (name in names and declared in ("", "*"))
            exact = is_exact(_DIGEST.sub("", declared)) or bool(re.search(r"#[0-9a-f]{7,40}$", declared))
            at = Place(file.path, line, line, name)
            yield Dependency(name, declared, at, group, exact, local, declared.lstrip("=v ") if exact else "")


def _lines(text: str, start: int) -> dict[str, int]:
    """Lines of the keys of the object that begins at a position."""
    end = text.find("}", start)
    if start < 0 or end < 0:
        return {}
    first = text.count("\n", 0, start) + 1
    found: dict[str, int] = {}
    for offset, line in enumerate(text[start:end].split("\n")):
        for key in re.findall(r'"([^"]+)"\s*:', line):
            found.setdefault(key, first + offset)
    return found


def _runtimes(file: File, text: str, content: dict[str, Any]) -> Iterator[RuntimeVersion]:
    for key in ("engines", "volta"):
        for product, spec in table(content, key).items():
            if isinstance(spec, str):
                at = place(file, text, rf'"{re.escape(product)}"\s*:', f"{key}.{product}", text.find(f'"{key}"'))
                yield RuntimeVersion(product, spec, lowest(spec), at, exact=key == "volta" or is_exact(spec))


def _license(content: dict[str, Any]) -> str:
    stated = content.get("license")
    return text_of(stated.get("type")) if isinstance(stated, dict) else text_of(stated)


def _kind(content: dict[str, Any]) -> tuple[ComponentKind, str]:
    scripts = table(content, "scripts")
    if content.get("publishConfig") and not content.get("private"):
        return ComponentKind.LIBRARY, "it has a publishConfig"
    if any(name in scripts for name in ("start", "start:prod", "serve", "deploy")):
        return ComponentKind.APPLICATION, "it has a start script"
    published = content.get("files") or content.get("exports") or content.get("types") or content.get("typings")
    if published and not content.get("private"):
        return ComponentKind.LIBRARY, "it lists what is published and is not private"
    return ComponentKind.UNKNOWN, ""


def _lock(repository: Repository, folder: str, root: str | None) -> tuple[Place | None, str, str]:
    """The lock file of a package or of the workspace that holds it, its manager, and why it does not count."""
    for base in (folder, root):
        if base is None:
            continue
        for name, manager in LOCKS:
            path = f"{base}/{name}" if base else name
            if found := repository.by_path.get(path):
                return Place(path, 1, 1, name), manager, _problem(repository, found, manager, folder, base)
    return None, "", ""


def _problem(repository: Repository, lock: File, manager: str, folder: str, base: str) -> str:
    if lock.size < 20:
        return "it is empty"
    if not lock.tracked:
        return "it is not under version control"
    if manager == "pnpm" and folder != base:
        member = folder[len(base) + 1 if base else 0 :]
        if not line_of(repository.text(lock), rf"^ {{2}}'?{re.escape(member)}'?:"):
            return f"it has no importer {member}"
    return ""


def _members(repository: Repository, folder: str, content: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    stated = content[folder].get("workspaces")
    globs = strings(stated.get("packages") if isinstance(stated, dict) else stated)
    prefix = folder + "/" if folder else ""
    for name, pattern in (("pnpm-workspace.yaml", r"^\s+-\s*['\"]?([^'\"#\n]+?)['\"]?\s*(?:#.*)?$"),):
        if prefix + name in repository.by_path:
            text = repository.text(prefix + name)
            packages = re.search(r"^packages:[^\n]*\n((?:[ \t]*-[^\n]*\n?|[ \t]*#[^\n]*\n|\s*\n)*)", text, re.MULTILINE)
            globs += re.findall(pattern, "\n" + (packages.group(1) if packages else ""), re.MULTILINE)
    if not globs and prefix + "lerna.json" in repository.by_path:
        globs = ["packages/*"]
    keep = [glob.removeprefix("./").rstrip("/") for glob in globs if not glob.startswith("!")]
    drop = [glob[1:].removeprefix("./").rstrip("/") for glob in globs if glob.startswith("!")]
    return tuple(
        other
        for other in content
        if other != folder
        and other.startswith(prefix)
        and any(_fits(other[len(prefix) :], glob) for glob in keep)
        and not any(_fits(other[len(prefix) :], glob) for glob in drop)
    )


def _fits(member: str, glob: str) -> bool:
    if "**" in glob:
        return fnmatch(member, glob.replace("/**", "/*").replace("**", "*"))
    return member.count("/") == glob.count("/") and fnmatch(member, glob)
