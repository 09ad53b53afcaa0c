"""A database that can't be opened: it is told why, in our own words, and nothing of its address is told."""

from __future__ import annotations

import logging
import re
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from gonogo.model.sources import PostgresSource, SourcesConfiguration
from gonogo.tools.errors import ToolError
from gonogo.tools.live import observe as observe_all
from gonogo.tools.live.postgres import observe, opening
from tests.live.databases import VARIABLE, look, reading, run
from tests.postgres import new_database

SECRET, USER = "correct-horse-battery", "somebody"
LOGIN = f"{USER}:{SECRET}"


def refusal(url: str, caplog: pytest.LogCaptureFixture) -> str:
    """What is said of it. Neither that, nor its causes, nor a log holds what the address does."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ToolError) as raised:
        look(url)
    whole = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + caplog.text
    assert SECRET not in whole
    assert SECRET[:9] not in whole
    assert VARIABLE in str(raised.value)
    assert USER not in str(raised.value)
    snapshot = observe_all(
        SourcesConfiguration(postgres=PostgresSource(dsn_env=VARIABLE)), reading("").clock, {VARIABLE: url}
    )
    assert SECRET[:9] not in snapshot.model_dump_json()
    assert [gap.kind for gap in snapshot.gaps] == ["*"]
    return str(raised.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"postgresql://{LOGIN}@127.0.0.1:1/shop", "the connection is refused"),
        (f"postgresql+asyncpg://{LOGIN}@127.0.0.1:1/shop", "the connection is refused"),
        (f"postgres://{LOGIN}@127.0.0.1:1/shop?sslmode=require", "the connection is refused"),
        (f"postgresql://{LOGIN}@no-such-host.invalid/shop", "its host has no address here"),
        (f"postgresql://{LOGIN}@127.0.0.1:port/shop", "holds no address|can't be opened"),
        (f"postgresql://{LOGIN}@127.0.0.1/shop?pgbouncer={SECRET}", "holds no address"),
        (f"mysql://{LOGIN}@127.0.0.1/shop", "holds no address"),
        (f"{SECRET}", "holds no address"),
        (f"host=127.0.0.1 port=1 password={SECRET} options='-c default_transaction_read_only=off'", "is refused"),
        (f"host=/nowhere/at/all password={SECRET}", "the connection is refused"),
        (f"host=127.0.0.1 port=1 sslmode=verify-full sslrootcert=/no/{SECRET}.pem", "the connection is refused"),
    ],
)
def test_an_address_that_does_not_hold(url: str, says: str, caplog: pytest.LogCaptureFixture) -> None:
    assert re.search(says, refusal(url, caplog))


def test_a_variable_that_is_not_set() -> None:
    for environment in ("", "  "):
        with pytest.raises(ToolError, match="the variable DATABASE_URL is not set"):
            observe(PostgresSource(dsn_env=VARIABLE), reading(environment))


@pytest.fixture
def wants_password(postgres: str) -> Iterator[str]:
    """A database that lets one role in by its password only."""
    url = new_database(postgres)
    run(url, f"CREATE ROLE {USER} LOGIN PASSWORD 'another-one'")
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SHOW hba_file").fetchone()
    assert found is not None
    file = Path(found[0])
    before = file.read_text()
    file.write_text(f"local all {USER} scram-sha-256\nlocal all barred reject\n{before}")
    run(url, "SELECT pg_reload_conf()")
    yield url
    file.write_text(before)
    run(url, "SELECT pg_reload_conf()", f"DROP ROLE {USER}")


def test_a_wrong_password_a_role_and_a_database_that_are_not_there(
    wants_password: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = refusal(wants_password.replace("postgres:@", f"{LOGIN}@"), caplog)
    assert "refuses the login: check user and password" in said
    said = refusal(wants_password.replace("postgres:@", f"{USER}@") + f"&passfile=/{SECRET}", caplog)
    assert "refuses the login: check user and password" in said
    said = refusal(wants_password.replace("postgres:@", f"nobody:{SECRET}@"), caplog)
    assert "refuses the login" in said
    said = refusal(wants_password.replace("postgres:@", f"barred:{SECRET}@"), caplog)
    assert "refuses the login from here" in said
    head, _, query = wants_password.partition("?")
    said = refusal(f"{head}_{SECRET}?{query}", caplog)
    assert "is not there: check the name at the end of the address" in said
    right = look(wants_password.replace("postgres:@", f"{USER}:another-one@"))
    assert "another-one" not in f"{right}"


@contextmanager
def server(answer: bytes | None) -> Iterator[int]:
    """A port where this is answered to whatever comes first; None for nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                kept.append(connection)
                if answer is not None:
                    connection.recv(4096)
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in kept:
            connection.close()


def fatal(message: str) -> bytes:
    """An error as a server sends it in place of a login."""
    body = b"SFATAL\0C58000\0M" + message.encode() + b"\0\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"N", "agree on no TLS"),
        (fatal("sorry, too many clients already"), "has no connection left"),
        (fatal("remaining connection slots are reserved for roles with the SUPERUSER attribute"), "no connection left"),
        (fatal("the database system is starting up"), "is not ready"),
        (fatal("unsupported startup parameter: options"), "not a pooler's"),
        (fatal('no pg_hba.conf entry for host "10.1.2.3", user "x", database "y", no encryption'), "login from here"),
        (fatal(f"something else with {SECRET}"), r"can't be opened \(OperationalError\)"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", r"can't be opened|agree on no TLS"),
    ],
)
def test_a_server_that_refuses(answer: bytes, says: str, caplog: pytest.LogCaptureFixture) -> None:
    mode = "require" if answer == b"N" else "disable"
    with server(answer) as port:
        assert re.search(says, refusal(f"postgresql://{LOGIN}@127.0.0.1:{port}/shop?sslmode={mode}", caplog))


def test_a_server_that_never_answers(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_SECONDS", 1)
    with server(None) as port:
        assert "does not answer within" in refusal(f"postgresql://{LOGIN}@127.0.0.1:{port}/shop", caplog)
