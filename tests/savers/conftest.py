"""An empty place for checkpoints of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gonogo.agents.asking.environment import settle_environment

settle_environment()

from tests.durable.dynamodb import table  # noqa: E402  langgraph reads the environment when it is imported
from tests.postgres import new_database  # noqa: E402

KEY = b"k" * 32
KINDS = ("sqlite", "postgresql", "dynamodb")


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives the URL of a new empty place each time."""
    count = iter(range(10_000))
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path}/{next(count)}.sqlite"
    elif request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        yield lambda: new_database(server)
    else:
        with table() as url:
            yield lambda: url
