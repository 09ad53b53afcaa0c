"""A quick look at the bytes of a file: what it imports, and whether parsing it could tell any check anything.

Parsing runs at about 4 MB a second, this look at about 200. What it passes over are views, types and pure logic: files
that import nothing but local files and libraries without effects, and that mention none of the words below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.facts.code import Import
from gonogo.model.evidence import Place
from gonogo.tools.code.locate import Locator

_FROM = re.compile(rb"from\s*[\"']([^\"'\n]+)[\"']")
_REQUIRE = re.compile(rb"require\(\s*[\"']([^\"'\n]+)[\"']")
_IMPORT = re.compile(rb"import\s*\(?\s*[\"']([^\"'\n]+)[\"']")
_PYTHON_FROM = re.compile(rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)", re.M)
_PYTHON_IMPORT = re.compile(rb"^[ \t]*import[ \t]+([\w., \t]+)", re.M)
_PYTHON_APPLICATION = re.compile(rb"\.(?:run|Config)\(\s*[\"']([\w.]+):\w+[\"']")
_GO_BLOCK = re.compile(rb"^import\s*(?:\(([^)]*)\)|([^\n(]+))", re.M)
_GO_PATH = re.compile(rb"\"([^\"\n]+)\"")
_JAVA_IMPORT = re.compile(rb"^import\s+(?:static\s+)?([\w.]+?)(\.\*)?\s*;", re.M)
_WORDS = bytes(byte if (chr(byte).isalnum() and byte < 128) or byte == 95 else 32 for byte in range(256))
"""Bytes that are not part of a word become blanks."""

_QUIET_SCRIPT = re.compile(
    r"react$|react-(?!admin)|react/|@react|preact|next/(?!server|headers|api|cache)|next-(?:intl|themes)|@?radix-ui|"
    r"@mui|@emotion|@chakra|@headlessui|@heroicons|@tanstack|@tabler|@dnd-kit|@hookform|@floating-ui|@codemirror|@lezer|"
    r"@uiw|@xyflow|@storybook|@types|lucide|clsx|classnames|class-variance|tailwind|date-fns|dayjs|moment|luxon|lodash|"
    r"ramda|uuid|nanoid|framer|motion|recharts|d3|chart|sonner|cmdk|vaul|nuqs|zustand|jotai|immer|redux|@reduxjs|"
    r"i18next|vue$|vue-|@vue|pinia|svelte|@angular/(?!common/http)|rxjs|@ngrx|styled-|prop-types|superjson|decimal|"
    r"remark|rehype|markdown|shiki|prism|highlight|use-|usehooks|type-fest|ts-pattern|query-string|qs$|"
    r"(?:node:)?(?:path|url|util|events|assert|crypto|buffer|querystring|string_decoder|perf_hooks)$|server-only|zod$"
)
_QUIET_PYTHON = frozenset(
    "typing typing_extensions dataclasses enum abc collections itertools functools re json datetime math decimal copy "
    "uuid string textwrap operator __future__ types numbers statistics fractions bisect heapq hashlib base64 inspect "
    "warnings traceback contextlib calendar zoneinfo pprint difflib unicodedata numpy pandas dateutil pytz".split()
)
_QUIET_GO = frozenset(
    "fmt strings errors time context sort strconv bytes math regexp reflect unicode path sync unsafe maps slices "
    "math/rand path/filepath encoding/json encoding/base64 encoding/hex sync/atomic embed cmp iter".split()
)
_QUIET_JAVA = ("java.util", "java.time", "java.math", "java.text", "lombok", "org.slf4j", "java.io.Serializable")
_LOUD_SCRIPT = (
    b"fetch(", b"process.", b"import.meta.env", b"console.", b"ogger", b"export *", b"module.exports", b".listen(",
    b"router", b"Router", b"app.", b"@Injectable", b"@Controller", b"extends ", b"setTimeout", b"ithTimeout", b"etry",
    b"rror(", b"export async function", b".query(", b".execute(", b".send(", b"eval(", b"export {", b"import(",
)  # fmt: skip
_VIEW_WORDS = (
    b"fetch(",
    b"process.env",
    b"import.meta.env",
    b"use server",
    b"getServerSideProps",
    b"axios",
    b".listen(",
    b"Hono",
    b"express",
    b"fastify",
    b"aws-sdk",
    b"openai",
    b"anthropic",
    b"ai-sdk",
    b"langchain",
    b"console.",
    b"prisma.",
    b"supabase",
    b"firebase",
    b"EventSource(",
    b"WebSocket(",
    b"XMLHttpRequest",
    b"bolt",
    b"mongoose",
    b"telegraf",
)
_LOUD_PYTHON = (
    b"open(", b"(event", b".connect(", b".begin(", b".get(", b".post(", b".run(", b".commit(", b"environ",
    b"write_text", b"write_bytes", b"print(", b"eval(", b"exec(", b"@", b"ogger", b".execute(", b"etry", b"imeout",
    b"session", b"client", b"import *", b"urlpatterns", b"INSTALLED_APPS", b"MIDDLEWARE", b"BaseSettings",
)  # fmt: skip
_LOUD_GO = (
    b"func main(",
    b".Exec(",
    b".Query",
    b".Do(",
    b"outer",
    b".GET(",
    b".POST(",
    b"andle",
    b"ogger",
    b"lient",
    b"func New",
)


def quick_imports(path: str, source: bytes, locator: Locator) -> list[Import]:
    """What a file imports, by its text alone."""
    ending = path.rpartition(".")[2]
    place = Place(path)
    if ending == "py":
        return list(_python_imports(path, source, locator, place))
    if ending == "go":
        found: list[Import] = []
        for block in _GO_BLOCK.finditer(source):
            for match in _GO_PATH.finditer(block[1] or block[2] or b""):
                module = match[1].decode("utf-8", "replace")
                files = locator.go(module)
                found.append(Import(module, "", module.rpartition("/")[2], place, files[0] if files else ""))
        return found
    if ending == "java":
        return [
            Import(m[1].decode(), "*" if m[2] else "", "", place, locator.java_classes.get(m[1].decode(), ""))
            for m in _JAVA_IMPORT.finditer(source)
        ]
    modules = {m[1] for pattern in (_FROM, _REQUIRE, _IMPORT) for m in pattern.finditer(source)}
    names = sorted(module.decode("utf-8", "replace") for module in modules)
    return [Import(name, "", "", place, locator.script(path, name)) for name in names]


def _python_imports(path: str, source: bytes, locator: Locator, place: Place) -> Iterable[Import]:
    for match in _PYTHON_FROM.finditer(source):
        module = match[1].decode()
        package = locator.python(path, module)
        names = re.findall(r"\w+", re.sub(r"\bas\s+\w+|#[^\n]*", "", match[2].decode("utf-8", "replace")))
        for name in names or ["*"]:
            part = locator.python(path, module + name if module.endswith(".") else f"{module}.{name}")
            yield Import(module, name, name, place, part or package)
    for match in _PYTHON_APPLICATION.finditer(source):
        if local := locator.python(path, match[1].decode()):
            yield Import(match[1].decode(), "", "", place, local)
    for match in _PYTHON_IMPORT.finditer(source):
        for part in match[1].decode().split(","):
            module = part.split()[0] if part.split() else ""
            if module:
                yield Import(module, "", module, place, locator.python(path, module))


def is_interesting(path: str, source: bytes, imports: Iterable[Import]) -> bool:
    """Says whether parsing the file could tell a check anything."""
    ending = path.rpartition(".")[2]
    libraries = [item.module for item in imports if not item.local]
    if ending == "py":
        return any(m.lstrip(".").partition(".")[0] not in _QUIET_PYTHON for m in libraries if m[:1] != ".") or any(
            word in source for word in _LOUD_PYTHON
        )
    if ending == "go":
        return any(module not in _QUIET_GO for module in libraries) or any(word in source for word in _LOUD_GO)
    if ending == "java":
        return any(not module.startswith(_QUIET_JAVA) for module in libraries) or b"new " in source
    if ending in ("tsx", "jsx", "vue", "svelte"):
        return any(word in source for word in _VIEW_WORDS)
    loud = any(not (m.startswith((".", "@/", "~/", "#")) or _QUIET_SCRIPT.match(m)) for m in libraries)
    return loud or any(word in source for word in _LOUD_SCRIPT)


def quick_words(source: bytes) -> frozenset[str]:
    """All words of a file: it may call any of them."""
    return frozenset(b"\n".join(set(source.translate(_WORDS).split())).decode().split("\n"))
