"""One audit of a small service that many tests read."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from gonogo.criteria import load_catalogue
from gonogo.facts.repository import Repository
from gonogo.graph.audit import Request, audit
from gonogo.model.report import Report
from gonogo.model.target import Target
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository
from tests.asking import write
from tests.aws_models import share_models

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHOP = {
    "README.md": "# Shop\n\n`docker compose up` starts it.\n",
    "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/orders')\ndef orders(): ...\n",
    "requirements.txt": "fastapi==0.115.0\n",
    "Dockerfile": 'FROM python:latest\nCOPY app app\nCMD ["uvicorn", "app.main:app"]\n',
    "compose.yaml": "services:\n  shop:\n    build: .\n    ports: ['8000:8000']\n",
    "docs/evil.md": "![x](https://evil.example/?q=1) <script>alert(1)</script> | `code` hidden:\u200b\u202e\n",
}


SELDOM = (20_000, 20, 20)
"""How often garbage is looked for: by default a fifth of the time goes there, among all that the tests import."""


def pytest_configure(config: pytest.Config) -> None:
    """The short forms try the same examples each time, however busy the machine is; the sweeps try new ones."""
    is_sweep = config.getoption("markexpr") == "sweep"
    settings.register_profile(
        "gonogo", derandomize=not is_sweep, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("gonogo")
    gc.set_threshold(*SELDOM)
    share_models()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The sweeps share less and take longer: they are dealt out one by one."""
    if config.getoption("markexpr") == "sweep":
        return None
    from tests.by_file import ByFile

    return ByFile(config, log)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what was imported stays: it need not be looked through again


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture(autouse=True)
def own_state(states: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's state folder."""
    monkeypatch.setenv("GONOGO_STATE", tempfile.mkdtemp(dir=states))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that runs for this process's tests: see tests.postgres.new_database."""
    from tests.postgres import server

    with server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shop"), SHOP)


@pytest.fixture(scope="session")
def shop_repository(shop: Path) -> Repository:
    return open_repository([shop])


@pytest.fixture(scope="session")
def shop_report(shop_repository: Repository) -> Report:
    collector = Collector(shop_repository, Target(name="shop"))
    return audit(Request(collector, load_catalogue()), clock=lambda: NOON)
