"""Resolves what a document names to paths of the target. Where in doubt, it names nothing of the target."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from posixpath import normpath
from urllib.parse import unquote

from gonogo.facts.documents import Link
from gonogo.facts.repository import File, Repository

_OUTSIDE = re.compile(r"^([a-z][a-z0-9+.-]*:|//|#|mailto)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[{}<>$*|\s]|\.\.\.|xxx|path/to|your[-_]|my[-_]", re.IGNORECASE)
_LINE = re.compile(r":\d+(-\d+)?$")
_KNOWN = re.compile(
    r"\.(md|mdx|markdown|rst|adoc|txt|ya?ml|json|toml|tf|tfvars|hcl|sh|bash|py|ts|tsx|js|jsx|mjs|go|java|kt|rb|php"
    r"|cs|rs|sql|proto|graphql"
    r"|tmpl|tpl|conf|cfg|ini|properties|xml|gradle|ipynb|csv|ps1|service|example)$"
    r"|(^|/)(LICEN[SC]E|COPYING|CODEOWNERS|Makefile|Dockerfile|Jenkinsfile|Procfile|Gemfile|Pipfile|OWNERS)$"
)
_NAMED = re.compile(r"^\.?/?[\w.@+-]+(/[\w.@+\[\]()-]+)+/?$|^[A-Za-z][\w-]*(\.[\w-]+)*\.(ya?ml|tf|md|sh|toml)$")
_GENERATED = re.compile(
    r"(^|/)(dist|build|target|out|node_modules|coverage|htmlcov|reports?|results|output|tmp|logs?|venv|\.venv|bin"
    r"|obj|\.git|\.terraform"
    r"|\.next|\.aws|\.kube|\.ssh|\.docker|\.cache|data|secrets?|certs?|public|generated|cdk\.out)/"
)
_SITES = (
    "mkdocs.yml",
    "mkdocs.yaml",
    "docusaurus.config.*",
    "_config.yml",
    "conf.py",
    "book.toml",
    "antora.yml",
    "hugo.*",
    "astro.config.*",
    "docs.json",
    "mint.json",
    "_sidebar.md",
    "mkdocs.base.yml",
)


class Paths:
    """The names of a target's files, for many questions."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.by_name: dict[str, list[str]] = {}
        for file in repository.files:
            self.by_name.setdefault(file.name.lower(), []).append(file.path)
        self.sites = tuple(
            {f.root if f.name.startswith("conf.py") and not f.folder else f.folder for f in repository.match(*_SITES)}
        )
        self.submodules = tuple(
            file.root + line.partition("=")[2].strip()
            for file in repository.match("/.gitmodules", deciding=False)
            for line in repository.lines(file)
            if line.strip().startswith("path")
        )

    def link(self, file: File, link: Link) -> Link:
        """The link with the path that it names, if that is one of the target, and whether it is there."""
        found = self._resolve(file, link.target)
        if found is None:
            return link
        path, exists = found
        elsewhere = "" if exists else self.elsewhere(path)
        return replace(link, local=path, exists=exists, elsewhere=elsewhere)

    def name(self, file: File, name: Link) -> Link:
        """The code span with the path that it names: relative to the root, the document, or any folder above it."""
        target = _LINE.sub("", name.target).removeprefix("./").strip("/")
        for base in self._bases(file):
            path = normpath(f"{base}/{target}" if base else target)
            if self.repository.exists(path):
                return replace(name, local=path)
        path = file.root + target
        same = self.elsewhere(path)
        return replace(name, local=same or path, exists=bool(same))

    def names_file(self, span: str) -> bool:
        """Says whether a code span looks like the path of a file of the target, not of a module, route or image."""
        target = _LINE.sub("", span)
        if _PLACEHOLDER.search(target) or _OUTSIDE.match(target) or not _NAMED.match(target):
            return False
        return bool(_KNOWN.search(target)) and not _GENERATED.search("/" + target) and not target.startswith(("/", "~"))

    def exists(self, file: File, target: str, folder: str = "") -> bool:
        """Says whether a path in a command is there, from the folder, the root, or the document's folder and above."""
        clean = target.removeprefix("./").rstrip("/")
        if self.repository.exists(normpath(f"{folder}/{clean}" if folder not in ("", "?") else file.root + clean)):
            return True
        return any(self.repository.exists(normpath(f"{base}/{clean}" if base else clean)) for base in self._bases(file))

    def elsewhere(self, path: str) -> str:
        """A file of the target whose path ends in the same two parts (in the same name, where it is a bare name)."""
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        if not parts:
            return ""
        tail = "/" + "/".join(parts[-2:]).lower()
        same = self.by_name.get(parts[-1].lower(), ())
        if len(parts) == 1 and same:
            return same[0]
        if match := next((other for other in same if ("/" + other.lower()).endswith(tail)), ""):
            return match
        return self.folder_tails.get("/".join(parts[-2:]).lower(), "")

    @cached_property
    def folder_tails(self) -> dict[str, str]:
        """Folders by the last two parts of their path."""
        return {
            "/".join(folder.lower().split("/")[-2:]): folder for folder in sorted(self.repository.folders, reverse=True)
        }

    def _bases(self, file: File) -> tuple[str, ...]:
        folders = [file.root.rstrip("/")]
        folder = file.folder
        while folder and folder != folders[0]:
            folders.append(folder)
            folder = folder.rpartition("/")[0]
        return tuple(folders)

    def _resolve(self, file: File, target: str) -> tuple[str, bool] | None:
        plain = unquote(re.split(r"[#?]", target, maxsplit=1)[0])
        plain = _LINE.sub("", plain)
        if not plain or _OUTSIDE.match(target) or re.search(r"[{}<>$|\n]", plain):
            return None
        if plain.startswith("/"):
            path = normpath(file.root + plain.lstrip("/"))
        else:
            path = normpath(f"{file.folder}/{plain}" if file.folder else plain)
        if path.startswith("..") or not (path + "/").startswith(file.root):
            return None  # leaves the repository: an address of the forge, such as ../../issues
        if self._there(path):
            return path, True
        if any((path + "/").startswith(folder + "/") for folder in self.submodules):
            return None
        site = any(file.path.startswith(folder + "/" if folder else "") for folder in self.sites)
        if (site and not file.name.lower().startswith("readme")) or not _KNOWN.search(path):
            return None
        return (path, False) if not _GENERATED.search("/" + path) else None

    def _there(self, path: str) -> bool:
        names = (
            path,
            path + ".md",
            path + ".mdx",
            path + "/README.md",
            path + "/index.md",
            path.removesuffix(".html") + ".md",
        )
        return any(self.repository.exists(name) for name in names)
