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
Place = Callable[[str], str]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[str]:
    """The URL of one table for all: tests keep to threads of their own."""
    with table() as url:
        yield url


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The URL of an empty place of that kind; DynamoDB's is shared."""

    def make(kind: str) -> str:
        if kind == "postgresql":
            return new_database(request.getfixturevalue("postgres"))
        return request.getfixturevalue("dynamodb") if kind == "dynamodb" else f"sqlite:///{tmp_path}/saver/c.sqlite"

    return make
