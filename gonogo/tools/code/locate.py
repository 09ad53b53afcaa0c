"""Which file of the target an import leads to: packages, source layouts, workspaces, path aliases, Go modules, Java."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import Any

from gonogo.facts.repository import File, Repository

SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte")
_COMPILED = {".js": (".ts", ".tsx", ".jsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
_BUILD = re.compile(r"(^|/)(dist|build|lib|out|\.next)/")
_JSON_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(slots=True)
class Locator:
    """The files of the target by name, for finding what an import means. Paths are those of the report."""

    paths: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    by_tail: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Python modules by the last two parts of their name."""
    packages: dict[str, str] = field(default_factory=dict)
    """Workspace packages of JavaScript: name to folder."""
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """package.json by folder."""
    aliases: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)
    """Path aliases of a tsconfig, by its folder: prefix to folders or files."""
    go_modules: list[tuple[str, str]] = field(default_factory=list)
    """Go modules: module path to folder, longest first."""
    go_folders: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    java_classes: dict[str, str] = field(default_factory=dict)
    """Java files by full class name."""
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def python(self, importer: str, module: str) -> str:
        """The file of a module, ``.`` and ``..`` included; empty where none is found."""
        key = (dirname(importer), module)
        if key not in self._known:
            self._known[key] = self._python(importer, module)
        return self._known[key]

    def _python(self, importer: str, module: str) -> str:
        dots = len(module) - len(module.lstrip("."))
        tail = module[dots:].replace(".", "/")
        here = dirname(importer)
        if dots:
            for _ in range(dots - 1):
                here = dirname(here)
            return self._python_at(join(here, tail) if tail else here)
        while True:
            for base in (here, join(here, "src"), join(here, "lib")):
                if found := self._python_at(join(base, tail)):
                    return found
            if not here:
                break
            here = dirname(here)
        if "/" in tail:
            ends = (f"/{tail}.py", f"/{tail}/__init__.py")
            for path in self.by_tail.get("/".join(tail.split("/")[-2:]), ()):
                if path.endswith(ends):
                    return str(path)
        return ""

    def _python_at(self, base: str) -> str:
        for path in (f"{base}.py", join(base, "__init__.py")):
            if path in self.paths:
                return path
        return ""

    def script(self, importer: str, specifier: str) -> str:
        """The file that a specifier of JavaScript or TypeScript means; empty for a library."""
        key = (dirname(importer), specifier)
        if key not in self._known:
            self._known[key] = self._script(importer, specifier)
        return self._known[key]

    def _script(self, importer: str, specifier: str) -> str:
        specifier = specifier.partition("?")[0]
        here = dirname(importer)
        if specifier.startswith("."):
            return self.script_at(normpath(join(here, specifier)))
        for name in (specifier, *_parents(specifier)):
            if (folder := self.packages.get(name)) is not None:
                return self._in_package(folder, specifier[len(name) :].lstrip("/"))
        folder = here
        while True:
            for prefix, targets in self.aliases.get(folder, ()):
                if specifier == prefix or (specifier.startswith(prefix) and prefix.endswith("/")):
                    for target in targets:
                        if found := self.script_at(normpath(join(target, specifier[len(prefix) :]))):
                            return found
            if specifier.startswith(("@/", "~/", "#/", "src/")) and folder in self.manifests:
                rest = specifier.partition("/")[2]
                for base in (join(folder, "src"), folder, join(folder, "app")):
                    if found := self.script_at(normpath(join(base, rest))):
                        return found
            if not folder:
                return ""
            folder = dirname(folder)

    def script_at(self, base: str) -> str:
        """The file for a path without or with a wrong (compiled) ending, or its index file."""
        if base in self.paths:
            return base
        stem, dot, ending = base.rpartition(".")
        for other in _COMPILED.get(dot + ending, ()):
            if stem + other in self.paths:
                return stem + other
        for ending in SCRIPTS:
            if base + ending in self.paths:
                return base + ending
        for ending in SCRIPTS:
            if f"{base}/index{ending}" in self.paths:
                return f"{base}/index{ending}"
        return ""

    def _in_package(self, folder: str, rest: str) -> str:
        manifest = self.manifests.get(folder, {})
        if rest:
            targets = [rest, "src/" + rest, "lib/" + rest]
            exported = manifest.get("exports")
            if isinstance(exported, dict) and "./" + rest in exported:
                targets = [*_targets(exported["./" + rest]), *targets]
        else:
            exported = manifest.get("exports")
            main = exported.get(".", exported) if isinstance(exported, dict) else exported
            named = [manifest.get(key) for key in ("source", "main", "module", "types")]
            targets = [*_targets(main), *[n for n in named if isinstance(n, str)], "src/index", "index", "src/main"]
        for target in targets:
            if found := self.built_from(folder, target):
                return found
        return ""

    def built_from(self, folder: str, target: str) -> str:
        """The source of a file that may be a build output: ``dist/index.js`` of ``src/index.ts``."""
        clean = re.sub(r"\.d\.[cm]?ts$", ".js", target.lstrip("./"))
        for candidate in (clean, _BUILD.sub(r"\1src/", clean, count=1), _BUILD.sub(r"\1", clean, count=1)):
            if found := self.script_at(normpath(join(folder, candidate))):
                return found
        return ""

    def go(self, package: str) -> list[str]:
        """The files of a Go package of the target."""
        for module, folder in self.go_modules:
            if package == module or package.startswith(module + "/"):
                return self.go_folders.get(normpath(join(folder, package[len(module) + 1 :])).removeprefix("."), [])
        return []


def build_locator(repository: Repository, files: list[File]) -> Locator:
    """Indexes product code and the manifests beside it. Broken manifests are read as empty: other tools report them."""
    locator = Locator(paths=frozenset(file.path for file in files), folders=repository.folders)
    for file in files:
        if file.name.endswith(".py"):
            stem = file.path.removesuffix("/__init__.py").removesuffix(".py")
            locator.by_tail["/".join(stem.split("/")[-2:])].append(file.path)
        elif file.name.endswith(".go"):
            locator.go_folders[file.folder].append(file.path)
        elif file.name.endswith(".java"):
            tail = re.split(r"(?:^|/)(?:src/)?(?:main/)?java/", file.path)[-1] if "java/" in file.path else file.path
            locator.java_classes[tail[:-5].replace("/", ".")] = file.path
    for file in repository.match("package.json"):
        manifest = _json(repository.text(file))
        if isinstance(manifest, dict):
            locator.manifests[file.folder] = manifest
            if isinstance(name := manifest.get("name"), str) and name:
                locator.packages.setdefault(name, file.folder)
    for file in repository.match("tsconfig.json", "tsconfig.base.json", "tsconfig.app.json", "jsconfig.json"):
        _read_aliases(locator, file, _json(repository.text(file)))
    for file in repository.match("go.mod"):
        if module := re.search(r"^module\s+(\S+)", repository.text(file), re.M):
            locator.go_modules.append((module[1].strip('"'), file.folder))
    locator.go_modules.sort(key=lambda pair: -len(pair[0]))
    return locator


def _read_aliases(locator: Locator, file: File, config: Any) -> None:
    options = config.get("compilerOptions") if isinstance(config, dict) else None
    if not isinstance(options, dict):
        return
    base = options.get("baseUrl")
    folder = normpath(join(file.folder, base)) if isinstance(base, str) else file.folder
    folder = "" if folder == "." else folder
    found = locator.aliases.setdefault(file.folder, [])
    paths = options.get("paths")
    for name, targets in (paths if isinstance(paths, dict) else {}).items():
        if isinstance(targets, list):
            found.append((name.removesuffix("*"), [join(folder, str(t).removesuffix("*")) for t in targets]))
    if isinstance(base, str):
        for child in sorted(
            {path[len(folder) :].lstrip("/").split("/")[0] for path in locator.paths if path.startswith(folder)}
        ):
            if "." not in child:
                found.append((child + "/", [join(folder, child)]))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_TRAILING_COMMA.sub(r"\1", _JSON_COMMENT.sub(lambda m: m[1] or "", text)))
    except (ValueError, RecursionError):
        return None


def _targets(value: Any, depth: int = 0) -> list[str]:
    """All files that an ``exports`` entry names, whatever the condition."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict) and depth < 4:
        return [target for inner in value.values() for target in _targets(inner, depth + 1)]
    return []


def _parents(specifier: str) -> list[str]:
    parts = specifier.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
