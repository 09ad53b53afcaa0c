"""Which files an entry point reaches over local imports."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from posixpath import dirname, join, normpath

from gonogo.facts.code import Import
from gonogo.facts.repository import File, Repository
from gonogo.tools.code.locate import Locator

_LAUNCHERS = (
    "Dockerfile*", "*.dockerfile", "Containerfile*", "package.json", "Procfile*", "Makefile", "*.mk", "justfile",
    "*.sh", "*.bash", "*.ps1", "*.bat", "pyproject.toml", "setup.cfg", "setup.py", "*.tf", "*.toml", "*.yml", "*.yaml",
    "vercel.json", "angular.json", "nest-cli.json", "project.json", "nodemon.json", "app.json", "turbo.json",
    "cdk.json", "ecosystem.config.*", "*.conf", "*.service", "*.ini", "Jenkinsfile*", "index.html",
    "function.json", "*.hcl",
    "Earthfile", "BUILD", "BUILD.bazel", "noxfile.py", "gulpfile.js",
)  # fmt: skip
_MENTION = re.compile(
    r"(?P<file>(?:[\w@.~-]*/)*[\w@.-]+\.(?:py|[cm]?[jt]sx?|go)\b)"
    r"|(?:-m|--module|-A|--app)[ \"',=]+(?P<module>[A-Za-z_][\w.]*)"
    r"|\b(?P<object>[A-Za-z_]\w*(?:\.\w+)*):(?:[A-Za-z_]\w*)\b(?!\s*/)"
    r"|[hH]andler\"?\s*[:=]\s*[\"']?(?P<handler>[\w./-]+)\.\w+"
    r"|go (?:build|run|install)[^\n&|]*?\s(?P<package>\./[\w./-]*|\.)(?=[\s\"'&|;]|$)"
)
# Per ending: words of which one must be there before a pattern is tried, pattern, reason.
_BY_CONTENT: dict[str, tuple[tuple[tuple[bytes, ...], re.Pattern[bytes], str], ...]] = {
    "py": (
        ((b"__main__",), re.compile(rb"^if\s+__name__\s*==\s*['\"]__main__", re.M), "__main__"),
        ((b"(event",), re.compile(rb"^(?:async )?def \w*handler\(\s*event", re.M), "function handler"),
        (
            (
                b"FastAPI(",
                b"Flask(",
                b"Starlette(",
                b"Sanic(",
                b"Quart(",
                b"Celery(",
                b"Litestar(",
                b"Chalice(",
                b"FastMCP(",
            ),
            re.compile(
                rb"^\w+\s*(?::[^=\n]+)?=\s*[\w.]*(?:FastAPI|Flask|Starlette|Sanic|Quart|Celery|Litestar|Chalice|FastMCP)\(",
                re.M,
            ),
            "application object",
        ),
        (
            (b"streamlit", b"DAG(", b"@dag", b"#!", b"modal", b"gradio"),
            re.compile(rb"^(?:import|from) (?:streamlit|gradio|modal)\b|\bDAG\(|^@dag\b|\A#!", re.M),
            "runner",
        ),
    ),
    "js": (
        ((b"#!",), re.compile(rb"\A#!"), "shebang"),
        (
            (b".listen(", b"serve(", b"NestFactory.create", b"handler"),
            re.compile(
                rb"\.listen\(|\b(?:Deno|Bun)\.serve\(|^serve\(|NestFactory\.create|exports\.handler\s*=|"
                rb"export (?:const|async function|function) (?:handler|lambdaHandler)\b",
                re.M,
            ),
            "server or function",
        ),
        (
            (b"require.main", b"import.meta"),
            re.compile(rb"require\.main\s*===?\s*module|import\.meta\.main|import\.meta\.url\s*===?"),
            "main guard",
        ),
    ),
    "go": (((b"package main",), re.compile(rb"^package main\b", re.M), "package main"),),
    "java": (
        (
            (b"void main(", b"@SpringBootApplication", b"@QuarkusMain"),
            re.compile(rb"static void main\(|^@SpringBootApplication|^@QuarkusMain", re.M),
            "main class",
        ),
        (
            (b"RequestHandler<", b"RequestStreamHandler"),
            re.compile(rb"implements\s[^{]*Request(?:Stream)?Handler\b"),
            "function handler",
        ),
    ),
}
_WORDS = (
    ".py",
    ".ts",
    ".js",
    ".tsx",
    ".mjs",
    ".cjs",
    ".go",
    "-m ",
    '-m"',
    "-A ",
    "--app",
    "andler",
    "go build",
    "go run",
    ":app",
    ":create",
    "corn",
)
"""One of these stands in whatever mentions a file or module."""
_CONVENTIONS = (
    (r"(^|/)(src/)?app/(.*/)?(page|route|layout|loading|error|not-found|template|default|global-error|sitemap|robots|"
     r"opengraph-image|icon|manifest)\.[jt]sx?$", "Next.js app route"),
    (r"(^|/)(src/)?pages/.*\.([jt]sx?|vue|astro)$", "page"),
    (r"(^|/)(src/)?(middleware|instrumentation|instrumentation-client|proxy)\.[jt]s$", "framework file"),
    (r"(^|/)src/routes/.*\+(page|layout|server|error)[.\w]*\.[jt]s$|(^|/)src/hooks[.\w]*\.[jt]s$", "SvelteKit route"),
    (r"(^|/)src/routes/.*\.svelte$|(^|/)app/routes/.*\.[jt]sx?$|(^|/)app/(root|entry\.\w+)\.[jt]sx?$", "route"),
    (r"(^|/)src/routes/.*\.tsx$", "route"),
    (r"(^|/)server/(api|routes|middleware|plugins)/.*\.[jt]s$", "Nuxt file"),
    (r"(^|/)(layouts|plugins|composables)/.*\.(vue|[jt]s)$", "Nuxt file"),
    (r"(^|/)(supabase|netlify)/functions/", "function"),
    (r"(^|/)[\w.-]+\.config\.[cm]?[jt]s$|(^|/)\.[\w-]+rc\.[cm]?js$", "configuration"),
    (r"(^|/)src/(main|index)\.[jt]sx?$|(^|/)(main|index|server|app)\.[cm]?[jt]s$", "main file"),
    (r"(^|/)(urls|views|models|admin|apps|signals|tasks|consumers|serializers|middleware|settings|wsgi|asgi|routing|"
     r"context_processors|viewsets|filters|permissions)\.py$", "Django file"),
    (r"(^|/)(settings|management/commands|templatetags|migrations|versions|dags|alembic)/[^/]+\.py$", "framework file"),
    (r"(^|/)(__main__|main|app|manage|gunicorn\.conf|gunicorn_conf|wsgi|asgi|lambda_function|handler|conftest|setup|"
     r"function_app)\.py$", "main file"),
)  # fmt: skip
_CONVENTION = tuple((re.compile(pattern), why) for pattern, why in _CONVENTIONS)
_DJANGO_ONLY = frozenset({"Django file"})
_MANIFESTS = frozenset(
    {
        "package.json",
        "pyproject.toml",
        "setup.py",
        "requirements.txt",
        "go.mod",
        "pom.xml",
        "build.gradle",
        "Dockerfile",
    }
)


def find_entries(
    repository: Repository, files: list[File], sources: Mapping[str, bytes], locator: Locator, django: bool
) -> dict[str, str]:
    """Entry points with the reason."""
    entries: dict[str, str] = {}
    for file in files:
        ending = {"py": "py", "go": "go", "java": "java"}.get(file.name.rpartition(".")[2], "js")
        source = sources[file.path]
        for words, content, why in _BY_CONTENT[ending]:
            if any(word in source for word in words) and content.search(source):
                entries.setdefault(file.path, why)
        for pattern, why in _CONVENTION:
            if (django or why not in _DJANGO_ONLY) and pattern.search(file.local):
                entries.setdefault(file.path, why)
    mentions = _Mentions(locator)
    for launcher in repository.match(*_LAUNCHERS):
        if launcher.size > 400_000 or launcher.name.endswith(("-lock.yaml", ".lock")):
            continue
        text = repository.text(launcher)
        if any(word in text for word in _WORDS):
            for path in mentions.of(launcher, text):
                entries.setdefault(path, launcher.name)
    for folder, manifest in locator.manifests.items():
        listed = [manifest.get(key) for key in ("main", "module", "bin", "exports", "source")]
        for target in (target for value in listed for target in _strings(value)):
            if found := locator.built_from(folder, target):
                entries.setdefault(found, "package.json")
    return dict(sorted(entries.items()))


class _Mentions:
    """Files of code that launchers mention."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator
        self._tails: dict[str, list[str]] = defaultdict(list)
        for path in sorted(locator.paths):
            self._tails[path.rpartition("/")[2]].append(path)

    def of(self, launcher: File, text: str) -> Iterable[str]:
        for match in _MENTION.finditer(text):
            kind = match.lastgroup or ""
            value = match[kind]
            if kind == "file":
                yield from self._file(launcher, value)
            elif kind in ("module", "object"):
                yield from self._module(launcher, value)
            elif kind == "handler":
                for ending in (".py", ".js", ".ts", ".mjs"):
                    yield from self._file(launcher, value + ending)
            elif kind == "package":
                folder = normpath(join(launcher.folder, value))
                yield from self._locator.go_folders.get("" if folder == "." else folder, ())

    def _file(self, launcher: File, value: str) -> Iterable[str]:
        parts = [part for part in value.split("/") if part not in ("", ".", "..", "~")]
        if not parts:
            return
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            for base in dict.fromkeys((launcher.folder, launcher.root.rstrip("/"))):
                if found := self._locator.built_from(base, tail):
                    yield found
                    return
        near = [p for p in self._tails.get(parts[-1], ()) if p.startswith(launcher.folder + "/") or not launcher.folder]
        wanted = "/" + "/".join(parts[-2:])
        close = [path for path in near if ("/" + path).endswith(wanted)] or (near if len(near) <= 3 else [])
        yield from close

    def _module(self, launcher: File, value: str) -> Iterable[str]:
        parts = value.split(".")
        for count in range(len(parts), 0, -1):
            module = ".".join(parts[:count])
            if found := self._locator.python(join(launcher.folder, "x"), module):
                yield found
                return
            tail = "/".join(parts[-2:] if count > 1 else parts[:1])
            yield from self._locator.by_tail.get(tail, ())
            main = self._locator.by_tail.get(f"{parts[-1]}/__main__", ())
            yield from main


def _strings(value: object, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict) and depth < 4:
        return [text for inner in value.values() for text in _strings(inner, depth + 1)]
    return []


def reach(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """All files that the starts lead to, themselves too."""
    seen = set(starts)
    queue = deque(sorted(seen))
    while queue:
        for path in edges.get(queue.popleft(), ()):
            if path not in seen:
                seen.add(path)
                queue.append(path)
    return seen


def reversed_edges(edges: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """From each file to those that load it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, targets in edges.items():
        for target in targets:
            found[target].append(path)
    return found


def import_edges(imports: Mapping[str, Iterable[Import]], locator: Locator) -> dict[str, set[str]]:
    """From each file to those that it loads, packages that hold them included."""
    edges: dict[str, set[str]] = {}
    for path, items in imports.items():
        targets = edges.setdefault(path, set())
        for item in items:
            if not item.local:
                continue
            targets.add(item.local)
            if item.local.endswith(".py"):
                targets.update(_packages(item.local, locator))
            elif item.local.endswith(".go"):
                targets.update(locator.go_folders.get(dirname(item.local), ()))
        if path.endswith(".go"):
            targets.update(locator.go_folders.get(dirname(path), ()))
    return edges


def _packages(path: str, locator: Locator) -> Iterable[str]:
    folder = dirname(path)
    while folder and (init := folder + "/__init__.py") in locator.paths:
        yield init
        folder = dirname(folder)


def without_entry(files: list[File], reached: set[str], repository: Repository) -> set[str]:
    """Files of components (the nearest folder with a manifest) of which nothing is reached: how these start is not
    known, so all of them count."""
    manifests = {file.folder for file in repository.files if file.name in _MANIFESTS}
    members: dict[str, list[str]] = defaultdict(list)
    for file in files:
        folder = file.folder
        while folder and folder not in manifests:
            folder = dirname(folder)
        members[folder].append(file.path)
    return {path for paths in members.values() if not reached.intersection(paths) for path in paths}
