"""One process for all commands that are killed."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import Popen

import pytest

from tests.durable.nursery import nursery
from tests.durable.storm import CREDENTIALS


@pytest.fixture(scope="session")
def process() -> Iterator[Popen[str]]:
    with nursery(CREDENTIALS) as found:
        yield found
