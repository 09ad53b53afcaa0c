"""Application code by syntax tree: Python, JavaScript, TypeScript, Go and Java."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from gonogo.facts.code import Code, CodeFile, Foreign, Import, Language
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.code.application import Application
from gonogo.tools.code.clients import find_clients
from gonogo.tools.code.follow import Follower
from gonogo.tools.code.golang import read_go
from gonogo.tools.code.interest import is_interesting, quick_imports, quick_words
from gonogo.tools.code.java import read_java
from gonogo.tools.code.locate import Locator, build_locator
from gonogo.tools.code.python import read_python
from gonogo.tools.code.reach import find_entries, import_edges, reach, reversed_edges, without_entry
from gonogo.tools.code.routes import find_routes
from gonogo.tools.code.script import read_script
from gonogo.tools.code.serving import find_consumers, find_handlers, find_listeners, find_middleware, find_signals
from gonogo.tools.code.syntax import Sheet
from gonogo.tools.code.writes import find_writes

SIZE_LIMIT = 1_000_000
"""Bytes beyond which a source file is taken for generated or minified code and not parsed."""
_Reader = Callable[[str, bytes, Locator], Sheet]
_SCRIPTS = ("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte")
_READERS: dict[str, _Reader] = {
    "py": read_python,
    "go": read_go,
    "java": read_java,
    **dict.fromkeys(_SCRIPTS, read_script),
}
_FOREIGN = {
    "rb": "Ruby", "php": "PHP", "cs": "C#", "rs": "Rust", "kt": "Kotlin", "scala": "Scala", "ex": "Elixir",
    "clj": "Clojure", "swift": "Swift", "c": "C", "cc": "C++", "cpp": "C++", "dart": "Dart", "erl": "Erlang",
    "hs": "Haskell", "lua": "Lua", "pl": "Perl", "groovy": "Groovy", "fs": "F#",
}  # fmt: skip
_LANGUAGES = {"py": Language.PYTHON, "go": Language.GO, "java": Language.JAVA} | dict.fromkeys(
    ("ts", "tsx", "mts", "cts", "vue", "svelte"), Language.TYPESCRIPT
)


def read_code(repository: Repository, target: Target) -> Code:
    """Reads product code: what each file says, which files are reached, and what they serve, call and write."""
    collecting = gc.isenabled()
    gc.disable()  # many small values that all live on: collecting among them took a fifth of the time
    try:
        return _read(repository)
    finally:
        if collecting:
            gc.enable()


def _read(repository: Repository) -> Code:
    files, unread = _select(repository)
    sources = {file.path: _bytes(repository, file) for file in files}
    files = [file for file in files if not _is_minified(file, sources[file.path])]
    locator = build_locator(repository, files)
    imports = {file.path: quick_imports(file.path, sources[file.path], locator) for file in files}
    django = any(item.module.startswith("django") for items in imports.values() for item in items)
    entries = find_entries(repository, files, sources, locator, django)
    edges = import_edges(imports, locator)
    reached = reach(entries, edges)
    # classes of Java find each other by package and by injection: whatever is on the class path counts
    reached |= {file.path for file in files if file.name.endswith(".java")}
    reached |= without_entry(files, reached, repository)
    sheets = {
        file.path: _sheet(file, sources[file.path], imports[file.path], locator, reached=file.path in reached)
        for file in files
    }
    follower = Follower(sheets, locator)
    for sheet in sheets.values():
        follower.finish(sheet)
    parsed = tuple(_code_file(sheets[file.path], entries, reached) for file in files)
    application = Application(repository, [file for file in parsed if file.reached])
    routes = find_routes(application)
    listeners = tuple(find_listeners(application, locator))
    consumers = tuple(find_consumers(application))
    handlers = tuple(find_handlers(application))
    places = [item.at for item in routes] + [item.at for item in listeners]
    places += [item.at for item in consumers] + [item.at for item in handlers]
    serving = {place.path for place in places}
    started = {item.at.path for item in listeners if not item.application} | {item.at.path for item in consumers}
    leading = reach(serving, reversed_edges(edges))
    services = serving | {path for path in entries if path in leading and _starts(path, entries, edges, started)}
    services = reach(services | _same_components(application, serving), edges)
    browser = _browser(files, sources, services, serving)
    return Code(
        files=tuple(replace(file, service=file.path in services) for file in parsed),
        routes=routes,
        listeners=listeners,
        consumers=consumers,
        handlers=handlers,
        clients=tuple(find_clients(application, browser)),
        writes=tuple(find_writes(application)),
        signals=tuple(find_signals(application)),
        middleware=tuple(find_middleware(application)),
        browser=frozenset(browser & reached),
        foreign=_foreign(repository),
        unread=tuple(sorted(unread)),
    )


_PARTS = ("configuration", "framework file", "Django file")
"""What a framework loads by itself: parts of a service, not its start."""
_GUARDS = ("__main__", "main guard", "shebang")


def _starts(path: str, entries: Mapping[str, str], edges: Mapping[str, set[str]], started: set[str]) -> bool:
    """Whether an entry point that leads to a server starts it: a file with a main guard is a script, unless it loads
    the server itself."""
    if entries[path] in _PARTS:
        return False
    return entries[path] not in _GUARDS or bool(started & edges.get(path, set()))


def _same_components(application: Application, serving: set[str]) -> set[str]:
    """Java: classes find each other by their package and by injection, so a component serves as a whole."""
    folders = {application.component(path) for path in serving if path.endswith(".java")}
    files = [file.path for file in application.files if file.path.endswith(".java")]
    return {path for path in files if application.component(path) in folders}


_VIEWS = (".tsx", ".jsx", ".vue", ".svelte")
_SERVER_WORDS = (b"use server", b"getServerSideProps", b"server-only", b"Hono", b"express")


def _browser(files: list[File], sources: Mapping[str, bytes], services: set[str], serving: set[str]) -> set[str]:
    """Files that a browser runs: views, files marked as such, and what no server or script reaches."""
    found: set[str] = set()
    for file in files:
        source = sources[file.path]
        if file.path in serving or file.name.rpartition(".")[2] in ("py", "go", "java"):
            continue
        view = file.name.endswith(_VIEWS) and not any(word in source for word in _SERVER_WORDS)
        marked = b"use client" in source[:300] or re.search(rb"from ['\"](?:react|vue|@angular/core)['\"]", source)
        shipped = re.search(r"(^|/)(static|public|assets|wwwroot)/", file.path)
        beside_views = file.path not in services and re.search(
            r"(^|/)(frontend|client|web|ui|webapp|www|browser)/", file.path
        )
        if view or marked or shipped or beside_views:
            found.add(file.path)
    return found


def _select(repository: Repository) -> tuple[list[File], list[Unread]]:
    files: list[File] = []
    unread = [item for item in repository.unread if _is_source(item.path)]
    gone = {item.path for item in unread}
    for file in repository.files:
        if not file.decides or not _is_source(file.name) or file.path in gone:
            continue
        if file.size > SIZE_LIMIT:
            unread.append(Unread(file.path, f"a source file of {file.size:,} bytes is not parsed"))
        else:
            files.append(file)
    return files, unread


def _is_source(name: str) -> bool:
    return name.rpartition(".")[2] in _READERS and not name.endswith(".d.ts")


def _sheet(file: File, source: bytes, imports: list[Import], locator: Locator, *, reached: bool) -> Sheet:
    """What a file says; of one that is not reached, or that no check could use, only what it imports."""
    ending = file.name.rpartition(".")[2]
    if reached and is_interesting(file.path, source, imports):
        return _READERS[ending](file.path, source, locator)
    language = _LANGUAGES.get(ending, Language.JAVASCRIPT)
    called = set(quick_words(source)) if reached else set[str]()
    return Sheet(file.path, language, b"", imports, parsed=False, called=called)


def _bytes(repository: Repository, file: File) -> bytes:
    source = repository.read(file.path)
    return source if source.isascii() else source.decode("utf-8", "replace").encode()


_LONG_LINE = re.compile(rb"[^\n]{3000}")


def _is_minified(file: File, source: bytes) -> bool:
    """Bundles: long lines make up most of the file."""
    return len(source) > 20_000 and source.count(b"\n") < len(source) / 400 and bool(_LONG_LINE.search(source))


def _code_file(sheet: Sheet, entries: dict[str, str], reached: set[str]) -> CodeFile:
    return CodeFile(
        path=sheet.path,
        language=sheet.language,
        reached=sheet.path in reached,
        parsed=sheet.parsed,
        entry=entries.get(sheet.path, ""),
        imports=tuple(sorted(sheet.imports, key=lambda item: item.at.line)),
        calls=tuple(sorted(sheet.calls, key=lambda call: call.at.line)),
        definitions=tuple(sorted(sheet.definitions, key=lambda item: item.at.line)),
        env=tuple(sheet.env),
        assignments=tuple(sheet.assignments),
        called=frozenset(sheet.called),
    )


def _foreign(repository: Repository) -> tuple[Foreign, ...]:
    counts: Counter[str] = Counter()
    first: dict[str, Place] = {}
    for file in repository.files:
        language = _FOREIGN.get(file.name.rpartition(".")[2]) if file.decides else None
        if language:
            counts[language] += 1
            first.setdefault(language, Place(file.path))
    return tuple(Foreign(language, count, first[language]) for language, count in sorted(counts.items()))
