"""The till, for all sweeps that need it."""

from __future__ import annotations

import pytest

from tests.asking import write
from tests.worst_case.audits import Till, open_till
from tests.worst_case.till import FILES


@pytest.fixture(scope="session")
def till(tmp_path_factory: pytest.TempPathFactory) -> Till:
    return open_till(write(tmp_path_factory.mktemp("till"), FILES))


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
