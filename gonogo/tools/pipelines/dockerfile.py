"""What ``docker build`` runs: the RUN instructions of the Dockerfile that it names, as pieces of shell."""

from __future__ import annotations

import re

from gonogo.facts.repository import File, Repository
from gonogo.tools.pipelines.leads import Lead, Piece, clean, join

_VALUES = frozenset(
    ("-t --tag --build-arg --platform --target --label --cache-from --cache-to --secret --ssh --network -o --output "
     "--progress --builder --build-context --add-host --metadata-file --iidfile --memory --shm-size --pull-arg").split()
)  # fmt: skip
_FLAGS = re.compile(r"(--[\w-]+=\S+\s+)+")


def build_lead(repository: Repository, words: tuple[str, ...], folder: str) -> Lead | None:
    """What a build command with these words runs; None where it is no build of an image."""
    if folder == "?" or "build" not in words[1:4] or "compose" in words[1:3] or words[0].endswith("-compose"):
        return None
    named, context = "", ""
    rest = words[words.index("build") + 1 :]
    index = 0
    while index < len(rest):
        word = rest[index]
        name, _, value = word.partition("=")
        if name in ("-f", "--file"):
            named = value or (rest[index + 1] if index + 1 < len(rest) else "")
            index += 0 if value else 1
        elif word in _VALUES:
            index += 1
        elif not word.startswith("-"):
            context = word
        index += 1
    return image_lead(repository, named, context, folder)


def image_lead(repository: Repository, named: str, context: str, folder: str) -> Lead:
    """What building a context with a Dockerfile runs."""
    where, file = clean(context or "."), clean(named)
    if "$" in where + file or re.match(r"https?:|git@|-\Z", where):
        return Lead()
    inside = join(folder, where or ".")
    found = repository.file(join(folder, file)) if file else repository.file(join(inside, "Dockerfile"))
    if found is None:
        return Lead(missing=f"{join(folder, file) if file else join(inside, 'Dockerfile')} is not in the repository")
    return Lead(tuple(_runs(repository, found, inside)))


def _runs(repository: Repository, file: File, folder: str) -> list[Piece]:
    lines = repository.lines(file)
    found: list[Piece] = []
    index = 0
    while index < len(lines) and len(found) < 200:
        line, number = lines[index], index + 1
        index += 1
        match = re.match(r"\s*(RUN|ONBUILD\s+RUN)\s+(.*)", line, re.IGNORECASE)
        if match is None:
            continue
        parts = [match[2]]
        while parts[-1].rstrip().endswith("\\") and index < len(lines):
            parts.append(lines[index])
            index += 1
        text = _FLAGS.sub("", "\n".join(part for part in parts if not part.lstrip().startswith("#")), count=1)
        if not text.lstrip().startswith("["):
            found.append(Piece(text, file.path, number, folder))
    return found
