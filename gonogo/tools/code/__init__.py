"""Application code by syntax tree: Python, JavaScript, TypeScript, Go and Java."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from gonogo.facts.code import Code, CodeFile, Foreign, Import, Language
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.code.follow import Follower
from gonogo.tools.code.golang import read_go
from gonogo.tools.code.java import read_java
from gonogo.tools.code.locate import Locator, build_locator
from gonogo.tools.code.python import read_python
from gonogo.tools.code.reach import find_entries, import_edges, reach, without_entry
from gonogo.tools.code.script import read_script
from gonogo.tools.code.syntax import Sheet

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
    files, unread = _select(repository)
    sources = {file.path: _bytes(repository, file) for file in files}
    files = [file for file in files if not _is_minified(file, sources[file.path])]
    locator = build_locator(repository, files)
    sheets = {
        file.path: _READERS[file.name.rpartition(".")[2]](file.path, sources[file.path], locator) for file in files
    }
    imports: dict[str, list[Import]] = {path: sheet.imports for path, sheet in sheets.items()}
    django = any(item.module.startswith("django") for items in imports.values() for item in items)
    entries = find_entries(repository, files, sources, locator, django)
    edges = import_edges(imports, locator)
    reached = reach(entries, edges)
    reached |= without_entry(files, reached, repository)
    follower = Follower(sheets, locator)
    for sheet in sheets.values():
        follower.finish(sheet)
    return Code(
        files=tuple(_code_file(sheets[file.path], entries, reached) for file in files),
        foreign=_foreign(repository),
        unread=tuple(sorted(unread)),
    )


def _select(repository: Repository) -> tuple[list[File], list[Unread]]:
    files: list[File] = []
    unread: list[Unread] = []
    for file in repository.files:
        if (
            not file.decides
            or file.binary
            or file.name.rpartition(".")[2] not in _READERS
            or file.name.endswith(".d.ts")
        ):
            continue
        if file.size > SIZE_LIMIT:
            unread.append(Unread(file.path, f"a source file of {file.size:,} bytes is not parsed"))
        else:
            files.append(file)
    return files, unread


def _bytes(repository: Repository, file: File) -> bytes:
    return repository.text(file).encode("utf-8", "replace")


_LONG_LINE = re.compile(rb"[^\n]{3000}")


def _is_minified(file: File, source: bytes) -> bool:
    """Bundles: long lines make up most of the file."""
    return len(source) > 20_000 and source.count(b"\n") < len(source) / 400 and bool(_LONG_LINE.search(source))


def _code_file(sheet: Sheet, entries: dict[str, str], reached: set[str]) -> CodeFile:
    return CodeFile(
        path=sheet.path,
        language=sheet.language,
        reached=sheet.path in reached,
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
