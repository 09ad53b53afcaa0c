"""Who uses a file, a resource or a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import normpath

from gonogo.agents.reading.arguments import BadCallError
from gonogo.agents.reading.files import clean_each
from gonogo.agents.reading.reply import Reply, compose
from gonogo.agents.reading.search import ROLES, find_lines
from gonogo.agents.reading.uses import file_uses, name_uses, resource_uses
from gonogo.facts import Facts
from gonogo.facts.repository import File, Repository
from gonogo.model.evidence import Place
from gonogo.tools.redaction import Clean

MOST_PLACES = 40
MOST_FILES = 5
MENTIONED = "mentions it"
_WORD = re.compile(r"\w")

Use = tuple[Place, str]


def find_references(facts: Facts, name: str) -> Reply:
    """Places that use it, each with how: what the code was read to mean first, then where its name merely stands."""
    if not _WORD.search(name) or len(name) < 2:
        raise BadCallError(
            "The name must have at least 2 characters, one of them a letter: call find_references again."
        )
    repository = facts.repository
    files = _files(repository, name)
    uses = dict[tuple[str, int], Use]()
    for place, how in (*_known(facts, name, files), *_mentions(repository, name, files)):
        if place.path in repository.by_path:
            uses.setdefault((place.path, place.line), (place, how))
    if not uses:
        return Reply("Nothing uses or mentions it in product files, documents and tests.")
    shown = list(uses.values())[:MOST_PLACES]
    lines = [_line(repository, place, how) for place, how in shown]

    def rest(count: int) -> str:
        return "" if count == len(uses) else f"[cut: {count} of {len(uses)} places are shown]"

    return compose(f"Places found: {len(uses)}. Path, line, how, text:", lines, f"references to {name}", rest)


def _known(facts: Facts, name: str, files: list[File]) -> list[Use]:
    found = [use for file in files for use in file_uses(facts, file)]
    found += [*resource_uses(facts, name), *name_uses(facts, name)]
    return sorted(found, key=lambda use: (use[1], use[0].path, use[0].line))


def _files(repository: Repository, name: str) -> list[File]:
    """The files that the name may mean: a path, or the end of one."""
    path = normpath(name).lstrip("/")
    exact = repository.by_path.get(path)
    if exact is not None:
        return [exact]
    return [file for file in repository.files if file.path.endswith("/" + path)][:MOST_FILES]


def _mentions(repository: Repository, name: str, files: list[File]) -> Iterator[Use]:
    """Lines with the name as a whole word; for a file its own name, for a resource its address without a module."""
    term = files[0].name if files else re.sub(r"\[[^\]]*\]", "", name)
    word = re.compile(rf"(?<![\w]){re.escape(term.casefold())}(?![\w])")
    own = {file.path for file in files}
    ordered = sorted(
        repository.files, key=lambda file: (ROLES.index(file.role) if file.role in ROLES else 9, file.path)
    )
    count = 0
    for file in ordered:
        if file.role not in ROLES or file.binary or file.path in own:
            continue
        for hit in find_lines(repository, file, term):
            if word.search(repository.lines(file)[hit.line - 1].casefold()):
                yield Place(file.path, hit.line), MENTIONED
                count += 1
                if count > 3 * MOST_PLACES:
                    return


def _line(repository: Repository, place: Place, how: str) -> Clean:
    lines = repository.lines(place.path)
    if not 1 <= place.line <= len(lines):
        return Clean(f"{place.path} ({how})")
    text = clean_each(lines, place.line, place.line, place.path)[0]
    return Clean(f"{place.path}:{place.line} ({how}) {text.text}", text.secrets, text.hidden)
