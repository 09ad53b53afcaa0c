"""A place that can't be had, or stops being one, is told in a sentence: which, why, and what to do; and soon."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from gonogo.graph import saver_dynamodb, saver_postgres, savers
from gonogo.graph.saver_faults import told
from gonogo.graph.savers import CheckpointError, open_saver
from tests.savers.conftest import KEY, Place
from tests.savers.small import config_of, expected, run

SECRET = "hunter2secret"


def fails(url: str, why: str) -> None:
    with pytest.raises(CheckpointError) as caught, open_saver(url, key=KEY) as saver:
        run(saver, "run")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def test_a_file_is_the_user_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "c.sqlite"
    with open_saver(f"sqlite:///{path}", key=KEY) as saver:
        run(saver, "run")
        files = [file for file in path.parent.iterdir() if file.is_file()]
        assert len(files) == 3, "it writes ahead"
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["c.sqlite"]


def test_a_file_that_can_t_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(f"sqlite:///{tmp_path}", "it can't be opened")
    (tmp_path / "text").write_text("x" * 5000)
    fails(f"sqlite:///{tmp_path}/text", "no database")
    fails(f"sqlite:///{tmp_path}/text/c.sqlite", "it can't be opened")
    monkeypatch.setattr(savers, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "held")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with within(5):
            fails(f"sqlite:///{tmp_path}/held", "another process holds it")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("PRAGMA max_page_count=1", "no room left"),
        ("PRAGMA query_only=1", "read-only"),
        ("DROP TABLE checkpoints", "no such table"),
    ],
)
def test_a_file_that_stops_taking_checkpoints_is_told(statement: str, why: str, tmp_path: Path) -> None:
    with open_saver(f"sqlite:///{tmp_path}/c.sqlite", key=KEY) as saver:
        run(saver, "first")
        inner: Any = saver._inner  # type: ignore[attr-defined]
        inner.conn.execute(statement)
        with pytest.raises(CheckpointError, match=why):
            run(saver, "second", mood=SECRET * 1000)


def as_user(url: str, name: str, *grants: str) -> str:
    """The URL for a user of its own, made with those rights."""
    with psycopg.connect(url, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
            server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'".encode())
        for grant in grants:
            server.execute(f"{grant} TO {name}".encode())
    with psycopg.connect(url) as server:
        told = server.info.get_parameters()
    return f"postgresql://{name}:{SECRET}@/{told['dbname']}?host={told['host']}"


def test_a_user_who_may_only_write_finds_the_tables(place: Place) -> None:
    url = place("postgresql")
    with open_saver(url, key=KEY):
        pass
    rights = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
    with open_saver(as_user(url, "writes", rights), key=KEY) as saver:
        assert run(saver, "run") == expected()
        saver.delete_thread("run")


def test_a_server_that_refuses_is_told(place: Place, silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    url = place("postgresql")
    fails(as_user(url, "nobody_much"), "access is denied")
    read_only = f"{url}{'&' if '?' in url else '?'}options=-c%20default_transaction_read_only%3Don"
    fails(read_only, "read-only")
    head, _, query = url.partition("?")
    fails(f"{head.rpartition('/')[0]}/{SECRET[::-1]}?{query}", "no such database")
    fails(f"postgresql://me:{SECRET}@127.0.0.1:1/x", "can't be reached")
    fails(f"postgresql://me:{SECRET}@127.0.0.1:{silent}x/x", "can't be kept there")
    monkeypatch.setattr(saver_postgres, "CONNECT_SECONDS", 2)
    with within(6):
        fails(f"postgresql://me:{SECRET}@127.0.0.1:{silent}/x", "can't be reached")


@pytest.mark.parametrize("what", ["drops its tables", "ends", "hangs"])
def test_a_server_that_stops_taking_checkpoints_is_told(
    what: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saver_postgres, "ANSWER_SECONDS", 1.0)
    url = place("postgresql")
    with open_saver(url, key=KEY) as saver:
        run(saver, "first")
        connection: Any = saver._inner.conn  # type: ignore[attr-defined]
        server = connection.info.backend_pid
        why = "can't be reached"
        if what == "hangs":
            os.kill(server, signal.SIGSTOP)
        else:
            with psycopg.connect(url, autocommit=True) as other:
                if what == "ends":
                    other.execute("SELECT pg_terminate_backend(%s)", (server,))
                else:
                    other.execute("DROP TABLE checkpoints")
                    why = "no such table"
        try:
            with within(10), pytest.raises(CheckpointError, match=why):
                run(saver, "second")
        finally:
            os.kill(server, signal.SIGCONT) if what == "hangs" else None


def test_a_lock_that_somebody_keeps_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saver_postgres, "WAIT_SECONDS", 0.3)
    url = place("postgresql")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (saver_postgres.SETUP_LOCK,))
        with within(5):
            fails(url, "another process is setting its tables up")


def test_a_table_that_can_t_be_had_is_told(dynamodb: str, silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, query = dynamodb.removeprefix("dynamodb://").partition("?")
    fails(f"dynamodb://{name}-other?{query}", "no such table")
    monkeypatch.setattr(saver_dynamodb, "ANSWER_SECONDS", 1)
    for port in (1, silent):
        with within(15):
            fails(f"dynamodb://{name}?region=us-east-1&endpoint_url=http://127.0.0.1:{port}", "can't be reached")
    fails(f"dynamodb://{name}?region=us-east-1&endpoint_url=nothing", "endpoint_url can't be read")
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    fails(f"dynamodb://{name}", "its region is not known")


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gonogo.graph.saver_dynamodb")
    monkeypatch.setitem(sys.modules, "langgraph_checkpoint_aws", None)
    fails("dynamodb://table", "pip install 'gonogo[dynamodb]'")


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"the item {SECRET}"}}, "PutItem")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (refused("AccessDeniedException"), "access is denied"),
        (refused("ExpiredTokenException"), "expired"),
        (refused("UnrecognizedClientException"), "login is refused"),
        (refused("ProvisionedThroughputExceededException"), "takes no more"),
        (refused("ValidationException"), "its keys are others"),
        (NoCredentialsError(), "login is refused"),
        (OSError(errno.EROFS, "x", f"/{SECRET}/disk is full"), "read-only"),
        (OSError(errno.ENOSPC, "x", f"/{SECRET}/readonly"), "no room left"),
        (PermissionError(errno.EACCES, "x", f"/{SECRET}"), "access is denied"),
        (psycopg.errors.DiskFull(SECRET), "no room left"),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "takes no more"),
        (psycopg.DataError(SECRET), "DataError"),
    ],
)
def test_what_can_t_be_made_here_is_told(error: Exception, why: str) -> None:
    sentence = str(told("there", error))
    assert why in sentence
    assert SECRET not in sentence


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "false")
    with pytest.raises(AssertionError, match="settle_environment"), open_saver(None, key=None):
        pass


def test_memory_takes_a_run() -> None:
    with open_saver(None, key=None) as saver:
        assert run(saver, "run") == expected()
        assert saver.get_tuple(config_of("run")) is not None
