"""During a strict replay nothing connects, and afterwards everything does."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from gonogo.cassette import open_cassette
from gonogo.cassette.errors import CassetteMissError
from tests.cassette.loopback import Server, runtime, say


@pytest.fixture
def path(tmp_path: Path, server: Server) -> Path:
    path = tmp_path / "shop.yaml"
    with open_cassette(path, "once"), closing(runtime(server.url)) as client:
        say(client, "one")
    return path


def test_nothing_connects(path: Path, server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    reached: list[str] = []

    def tries() -> None:
        for connect in (
            lambda: socket.create_connection(("127.0.0.1", port), timeout=2).close(),
            lambda: closing_connect_ex(port),
            lambda: socket.getaddrinfo("gonogo.example", 443),
            lambda: datagram(port),
        ):
            try:
                connect()
            except CassetteMissError as error:
                assert "something tried to connect to" in str(error)
            else:
                reached.append("reached")

    with pytest.raises(CassetteMissError, match=f"127.0.0.1:{port}, past the cassette"), open_cassette(path, "none"):
        with closing(runtime(server.url)) as client:
            say(client, "one")
        tries()
        thread = threading.Thread(target=tries)
        thread.start()
        thread.join()
    assert not reached
    assert server.hits == 1


def test_what_is_no_network_goes_on(path: Path, tmp_path: Path, server: Server) -> None:
    with open_cassette(path, "none"):
        one, other = socket.socketpair()
        with one, other, socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
            one.sendall(b"x")
            assert other.recv(1) == b"x"
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            client.connect(str(tmp_path / "s"))
        assert socket.getaddrinfo("127.0.0.1", 80)
        with closing(runtime(server.url)) as bedrock:
            say(bedrock, "one")


def test_it_is_undone(path: Path, server: Server) -> None:
    before = vars(socket.socket).copy(), socket.getaddrinfo
    with pytest.raises(ZeroDivisionError), open_cassette(path, "none"):
        raise ZeroDivisionError
    assert (vars(socket.socket).copy(), socket.getaddrinfo) == before
    with closing(runtime(server.url)) as client:
        say(client, "two")
    assert server.hits == 2


def closing_connect_ex(port: int) -> None:
    with socket.socket() as client:
        client.connect_ex(("127.0.0.1", port))


def datagram(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", ("127.0.0.1", port))
