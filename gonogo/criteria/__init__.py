"""The catalogue: every criterion that an audit answers, as data, one YAML file an area."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from gonogo.model.criterion import Area, Criterion


@cache
def load_catalogue() -> tuple[Criterion, ...]:
    """All criteria, sorted by code. A broken row is a bug and crashes."""
    rows: list[Criterion] = []
    for area in Area:
        text = resources.files(__name__).joinpath(f"{area}.yaml").read_text(encoding="utf-8")
        rows += [Criterion(area=area, **row) for row in yaml.load(text, Loader=yaml.CSafeLoader) or []]
    return tuple(sorted(rows, key=lambda row: row.code))


def find_criterion(name: str) -> Criterion | None:
    """A criterion by slug or code."""
    return next((row for row in load_catalogue() if name.lower() in (row.slug, row.code.lower())), None)
