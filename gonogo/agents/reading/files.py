"""Lists files and reads lines of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from gonogo.agents.reading.arguments import BadCallError
from gonogo.agents.reading.globs import matching
from gonogo.agents.reading.reply import REDACTED, Reply, compose
from gonogo.facts.repository import File, Repository, Role
from gonogo.tools.evidence import LINE_LENGTH
from gonogo.tools.redaction import Clean, clean_lines, make_visible

MOST_FILES = 200
MOST_FOLDERS = 30
MOST_LINES = 120
MOST_ALIKE = 5

_CLOSED = (Role.VENDORED, Role.GENERATED)
_SIZES = ((1, "empty"), (10_000, "small"), (100_000, "medium"), (1_000_000, "large"))


def list_files(repository: Repository, glob: str) -> Reply:
    """Paths that fit, product files first; where there are many, how many lie in which folder."""
    files = sorted(matching(repository, glob), key=lambda file: (list(Role).index(file.role), file.path))
    if not files:
        return Reply(f"No file of {len(repository.files)} fits: try another glob, such as `*` and an ending.")
    lines = [Clean(f"{file.path}  {_described(file)}") for file in files[:MOST_FILES]]
    folders = _folders(files) if len(files) > MOST_FILES else []

    def rest(shown: int) -> str:
        return "" if shown - len(folders) == len(files) else f"[cut: {len(files)} files fit; narrow the glob]"

    head = f"Files that fit: {len(files)} of {len(repository.files)}. Path, role, size:"
    return compose(head, [*folders, *lines], "file names", rest)


def read_file(repository: Repository, path: str, first: int, last: int) -> Reply:
    """Lines of a file, numbered, as evidence shows them."""
    file = repository.by_path.get(path)
    if file is None:
        return _unknown(repository, path)
    lines = _lines(repository, file)
    if first > len(lines):
        raise BadCallError(f"The file has {len(lines)} lines: call read_file again within them.")
    if last < first:
        raise BadCallError("The last line comes before the first: call read_file again with the smaller number first.")
    wanted = min(last, len(lines))
    end = min(wanted, first + MOST_LINES - 1)
    shown = [
        replace(line, text=f"{number}| {line.text}")
        for number, line in enumerate(clean_each(lines, first, end, file.path), first)
    ]

    def rest(shown: int) -> str:
        return "" if first + shown > wanted else f"[cut: go on with first_line {first + shown}]"

    return compose(f"From line {first} on, of {len(lines)} lines of a {file.role} file:", shown, file.path, rest)


def clean_each(lines: list[str], first: int, last: int, path: str) -> list[Clean]:
    """Those lines as evidence shows them, each with what was done to it."""
    texts = clean_lines(lines, first, last, path=path, length=LINE_LENGTH).text.split("\n")
    found = []
    for raw, text in zip(lines[first - 1 : last], texts, strict=True):
        hidden = make_visible(raw)[1]
        found.append(Clean(text, max(0, text.count(REDACTED) - raw.count(REDACTED)), hidden))
    return found


def _lines(repository: Repository, file: File) -> list[str]:
    if file.role in _CLOSED or file.binary:
        why = "binary or too large" if file.binary else file.role.value
        raise BadCallError(f"Only the name of that file is known, since it is {why}: read another one.")
    if not repository.text(file):
        raise BadCallError("That file is empty or can't be read as text: read another one.")
    return repository.lines(file)


def _unknown(repository: Repository, path: str) -> Reply:
    """An error with the paths that the model may have meant."""
    name = path.rpartition("/")[2].lower()
    alike = [file for file in repository.files if name and file.name.lower() == name][:MOST_ALIKE]
    if not alike:
        raise BadCallError("No file of that path was collected: look for it with list_files.")
    lines = [Clean(f"{file.path}  {_described(file)}") for file in alike]
    return compose("No file of that path was collected: use one of these.", lines, "file names", is_error=True)


def _folders(files: Iterable[File]) -> list[Clean]:
    counts = Counter("/".join(file.path.split("/")[:-1][:2]) or "." for file in files)
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_FOLDERS]
    return [Clean(f"{folder}/  {count} files") for folder, count in sorted(most)]


def _described(file: File) -> str:
    size = "binary" if file.binary else next((word for limit, word in _SIZES if file.size < limit), "huge")
    return f"{file.role} {size}"
