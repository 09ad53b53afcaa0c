"""Literal search in the files that a model may read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from gonogo.agents.reading.arguments import BadCallError
from gonogo.agents.reading.globs import matching
from gonogo.agents.reading.reply import Reply, compose
from gonogo.facts.repository import File, Repository, Role
from gonogo.tools.evidence import LINE_LENGTH
from gonogo.tools.redaction import Clean, clean_lines

MOST_HITS = 40
MOST_IN_FILE = 8
"""Lines of one file that are shown while others have some too."""
MOST_COUNTED = 300
"""Lines after which counting ends."""
MOST_LOOKED_AT = 400
"""Lines that are looked at in one file."""
LONGEST = 5_000
"""Characters of a line that is looked at."""
MOST_BYTES = 64 * 1024 * 1024
ROLES = (Role.PRODUCT, Role.DOCUMENT, Role.TEST)
"""Roles of the files that are searched, in the order in which hits are shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that may be shown."""

    file: File
    line: int
    shown: Clean


def search(repository: Repository, text: str, glob: str) -> Reply:
    """Lines that hold the text, whatever its case, with their files' roles."""
    if len(text) < 2:
        raise BadCallError("The text to look for must have at least 2 characters: call search again with more of it.")
    wanted = [file for file in matching(repository, glob) if file.role in ROLES and not file.binary]
    if not wanted:
        raise BadCallError("The glob fits no file that is searched: call search again with another one, or none.")
    files = list(_within(sorted(wanted, key=lambda file: (ROLES.index(file.role), file.path))))
    found = _found(repository, files, text)
    where = f"Files searched: {len(files)} (product, documents, tests)."
    if len(files) < len(wanted):
        where += f" Not searched, for their size: {len(wanted) - len(files)}; narrow the glob."
    if not found:
        return Reply(f"Nothing found. {where}")
    hits = list(_shared(found))
    total = sum(map(len, found))

    def rest(shown: int) -> str:
        return "" if shown == total else f"[cut: only {shown} lines are shown; narrow the glob or the text]"

    many = "at least " if total >= MOST_COUNTED else ""
    head = f"Lines found: {many}{total}, in files: {len(found)}. {where} Path, line, role, text:"
    return compose(head, [_line(hit) for hit in hits], "search results", rest)


def _found(repository: Repository, files: Iterable[File], text: str) -> list[list[Hit]]:
    """The hits of each file that has some, until there are very many."""
    found: list[list[Hit]] = []
    left = MOST_COUNTED
    for file in files:
        if hits := list(islice(find_lines(repository, file, text), left)):
            found.append(hits)
            left -= len(hits)
    return found


def find_lines(repository: Repository, file: File, text: str) -> Iterator[Hit]:
    """The lines of a file that hold the text where one may read it: what stands only within a redacted secret is not
    found, or else a secret could be guessed letter by letter."""
    term = text.casefold()
    if term not in repository.text(file).casefold():
        return
    lines = repository.lines(file)
    looked = 0
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST or term not in line.casefold():
            continue
        looked += 1
        if looked > MOST_LOOKED_AT:
            return
        whole = clean_lines(lines, number, number, path=file.path, length=LONGEST)
        if term in whole.text.casefold():
            yield Hit(file, number, Clean(whole.text[:LINE_LENGTH].rstrip(), whole.secrets, whole.hidden))


def _within(files: Iterable[File]) -> Iterator[File]:
    left = MOST_BYTES
    for file in files:
        left -= file.size
        if left < 0:
            return
        yield file


def _shared(found: list[list[Hit]]) -> Iterator[Hit]:
    """At most as many hits as are shown, so that one file does not take the place of all others."""
    most = MOST_HITS if len(found) == 1 else max(MOST_IN_FILE, MOST_HITS // len(found))
    left = MOST_HITS
    for hits in found:
        for hit in hits[: min(most, left)]:
            left -= 1
            yield hit


def _line(hit: Hit) -> Clean:
    return Clean(f"{hit.file.path}:{hit.line} [{hit.file.role}] {hit.shown.text}", hit.shown.secrets, hit.shown.hidden)
