"""A report that models said something in, and a store of each kind that has its run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gonogo.agents.guard import check_report
from gonogo.model.report import Report
from gonogo.store.open import Store, open_store
from tests.postgres import empty_database
from tests.review.people import keep, with_words
from tests.store.conftest import KEY, Clock


@pytest.fixture(scope="session")
def base(shop_report: Report) -> Report:
    report = with_words(shop_report)
    check_report(report)
    return report


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/runs.sqlite"
    else:
        with empty_database(request.getfixturevalue("postgres")) as found:
            yield found


@pytest.fixture
def store(url: str, base: Report) -> Iterator[Store]:
    opened = open_store(url, key=KEY, clock=Clock())
    keep(opened, base)
    yield opened
    opened.close()
