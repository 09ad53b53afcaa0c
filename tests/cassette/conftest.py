"""Credentials for recording, as a user has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cassette.loopback import Server, serve

KEY_ID = "AKIAQX7ZLD3M5HBT2W4K"
SECRET = "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"
SESSION = "FwoGZXIvYXdzEBYaDHfj38fK3lqP0sLkjN2K1d9fjK2mNd8QwErTy"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running
