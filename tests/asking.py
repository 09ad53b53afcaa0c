"""Asks one criterion of a small repository that a test writes out."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gonogo.agents.assess import Answer, answer
from gonogo.criteria import find_criterion
from gonogo.facts import Facts
from gonogo.model.target import Target
from gonogo.tools.collect import REPOSITORY_TOOLS, Collector
from gonogo.tools.evidence import EvidenceLog
from gonogo.tools.repository import open_repository


def ask(slug: str, files: dict[str, str], *, environment: str = "production") -> Answer:
    """The answer to a criterion for a folder with these files (path: text)."""
    criterion = find_criterion(slug)
    assert criterion is not None, slug
    with tempfile.TemporaryDirectory() as folder:
        repository = open_repository([write(Path(folder), files)])
        collector = Collector(repository, Target(name="target", environment=environment))
        return answer(criterion, collector.collect(criterion.needs), EvidenceLog(repository))


def status(slug: str, files: dict[str, str], *, environment: str = "production") -> str:
    """Just the status of that answer."""
    return ask(slug, files, environment=environment).assessment.status.value


def read(files: dict[str, str], folder: Path, *, environment: str = "production") -> Facts:
    """The facts of all tools; ``folder`` must outlive them, since text is read when it is asked for."""
    repository = open_repository([write(folder, files)])
    return Collector(repository, Target(name="target", environment=environment)).collect(tuple(REPOSITORY_TOOLS))


def write(folder: Path, files: dict[str, str]) -> Path:
    """Writes the files below the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
