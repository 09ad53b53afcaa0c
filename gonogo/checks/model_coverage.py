"""How much of the target's model paths something covers: a guard, a redaction, a schema.

Needs: code, terraform, cloudformation, dependencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.checks.called import calls_of, imports_of
from gonogo.checks.code_text import LINE_ENDS, without_prose
from gonogo.checks.model_use import ModelCall
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.model.evidence import Place, Searched


@dataclass(frozen=True)
class Marks:
    """What shows that a path is covered."""

    libraries: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    """Arguments of the model call itself."""
    words: tuple[str, ...] = ()
    """Words in the same file that hint at something home-made."""

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.libraries, *self.methods, *self.arguments, *self.words]))


@dataclass(frozen=True)
class Coverage:
    """The paths by what covers them."""

    sure: tuple[ModelCall, ...]
    """A library, a call or an argument does, in the call's file or in one that it imports."""
    hinted: tuple[ModelCall, ...]
    """Only words in the file hint at it."""
    bare: tuple[ModelCall, ...]
    shown: tuple[Place, ...]
    """Where the covering was seen."""
    searched: Searched

    @property
    def total(self) -> int:
        return len(self.sure) + len(self.hinted) + len(self.bare)


def coverage(facts: Facts, calls: tuple[ModelCall, ...], marks: Marks) -> Coverage:
    """Sorts the paths of ``calls`` by whether ``marks`` cover them."""
    seen = [item.at for item in imports_of(facts, *marks.libraries) if not item.local]
    seen += [call.at for call in calls_of(facts, *marks.methods)]
    files = {place.path for place in seen}
    own = [
        facts.repository.by_path[path]
        for path in sorted({c.at.path for c in calls})
        if path in facts.repository.by_path
    ]
    hints = (
        facts.repository.search(marks.words, own, where="the files that call models", most=100) if marks.words else None
    )
    said = tuple(place for place in hints.hits if _is_code(facts, place, marks.words)) if hints else ()
    hinted_files = {place.path for place in said}
    sure, hinted, bare = [], [], []
    for call in calls:
        argument = call.call.argument(*marks.arguments) if call.call and marks.arguments else None
        if argument or call.at.path in files or _imports_one(facts, call, files):
            sure.append(call)
        elif call.at.path in hinted_files:
            hinted.append(call)
        else:
            bare.append(call)
    shown = (*seen, *(call.at for call in sure), *said)
    searched = Searched(
        marks.terms, "reached code and the files that call models", len(facts.code.files), tuple(seen[:10])
    )
    return Coverage(tuple(sure), tuple(hinted), tuple(bare), tuple(dict.fromkeys(shown)), searched)


def _is_code(facts: Facts, place: Place, words: tuple[str, ...]) -> bool:
    """Says whether one of the words stands in the code of that line: a comment covers nothing."""
    code = without_prose(facts.repository.text(place.path), is_python=place.path.endswith(".py"))
    line = LINE_ENDS.split(code)[place.line - 1].lower()
    return any(word.rstrip("*").lower() in line for word in words)


def _imports_one(facts: Facts, call: ModelCall, files: set[str]) -> bool:
    file = facts.code.file(call.at.path)
    return file is not None and any(item.local in files for item in file.imports if item.local)


def named(calls: Iterable[ModelCall]) -> str:
    """The places of calls, for a reason."""
    return listed(str(call.at) for call in calls)
