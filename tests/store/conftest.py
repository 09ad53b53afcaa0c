"""A store of each kind, and a run that went through all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gonogo.store.open import Store, open_store
from tests.postgres import empty_database

KEY = b"k" * 32
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/runs.sqlite"
    else:
        with empty_database(request.getfixturevalue("postgres")) as found:
            yield found


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url, key=KEY, clock=Clock())
    yield opened
    opened.close()
