"""An empty place for checkpoints of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gonogo.agents.asking.environment import settle_environment

settle_environment()

from tests.durable.dynamodb import new_table, server  # noqa: E402  langgraph reads the environment when it is imported
from tests.postgres import empty_database  # noqa: E402

KEY = b"k" * 32
KINDS = ("sqlite", "postgresql", "dynamodb")
Place = Callable[[str], str]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture(scope="session")
def tables() -> Iterator[str]:
    """The endpoint of one DynamoDB for all."""
    with server() as endpoint:
        yield endpoint


@pytest.fixture
def dynamodb(tables: str) -> str:
    """The URL of a table for one test, which keeps to threads of its own: moto looks through all that a table holds."""
    return new_table(tables)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The URL of an empty place of that kind; DynamoDB's is the same each time in a test."""
    with ExitStack() as stack:

        def make(kind: str) -> str:
            if kind == "postgresql":
                return stack.enter_context(empty_database(request.getfixturevalue("postgres")))
            return request.getfixturevalue("dynamodb") if kind == "dynamodb" else f"sqlite:///{tmp_path}/saver/c.sqlite"

        yield make
