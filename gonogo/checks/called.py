"""Reached calls by the last part of their names, and imports: indexes that many checks ask, instead of a pass each."""

from __future__ import annotations

from gonogo.checks.derived import derived
from gonogo.facts import Facts
from gonogo.facts.code import Call, Import


@derived("code")
def calls_by_method(facts: Facts) -> dict[str, list[Call]]:
    """Calls of files that an entry point reaches, by method. Needs: code."""
    found: dict[str, list[Call]] = {}
    for file in facts.code.files:
        if file.reached:
            for call in file.calls:
                found.setdefault(call.method, []).append(call)
    return found


def calls_of(facts: Facts, *methods: str) -> tuple[Call, ...]:
    """Reached calls whose last part is one of these. Needs: code."""
    index = calls_by_method(facts)
    return tuple(call for method in methods for call in index.get(method, ()))


@derived("code")
def imports_by_module(facts: Facts) -> dict[str, list[Import]]:
    """Imports of files that an entry point reaches, by module. Needs: code."""
    found: dict[str, list[Import]] = {}
    for file in facts.code.files:
        if file.reached:
            for item in file.imports:
                found.setdefault(item.module, []).append(item)
    return found


def imports_of(facts: Facts, *libraries: str) -> tuple[Import, ...]:
    """Reached imports of these libraries or of parts of them. Needs: code."""
    parts = tuple(library + mark for library in libraries for mark in "./")
    wanted = frozenset(libraries)
    index = imports_by_module(facts)
    return tuple(i for module, items in index.items() if module in wanted or module.startswith(parts) for i in items)
