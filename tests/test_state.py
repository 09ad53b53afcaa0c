"""Where gonogo keeps its own things, and the key that seals them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gonogo.state import StateError, otlp_headers, state_folder, store_key, store_url


def test_the_key_is_made_once_and_is_nobody_else_s() -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: store_key(), range(64)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    path = state_folder() / "store.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["store.key"]


def test_a_team_s_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONOGO_STORE_KEY", "a long enough secret")
    assert len(store_key()) == 32
    assert not (state_folder() / "store.key").exists()
    monkeypatch.setenv("GONOGO_STORE_KEY", "short")
    with pytest.raises(StateError, match="shorter than 16"):
        store_key()


def test_a_damaged_key_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path))
    (tmp_path / "store.key").write_bytes(b"half")
    with pytest.raises(StateError, match="no key of 32 bytes"):
        store_key()


def test_a_folder_that_is_a_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GONOGO_STATE", str(tmp_path / "file"))
    with pytest.raises(StateError, match="GONOGO_STATE"):
        store_key()


def test_the_store_is_a_file_of_the_user_s_or_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert store_url() == f"sqlite:///{state_folder()}/runs.sqlite"
    monkeypatch.setenv("GONOGO_STORE", "postgresql://db/gonogo")
    assert store_url() == "postgresql://db/gonogo"


def test_headers_for_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    assert otlp_headers() == {}
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20abc, x-tenant = a , broken")
    assert otlp_headers() == {"authorization": "Basic abc", "x-tenant": "a"}
