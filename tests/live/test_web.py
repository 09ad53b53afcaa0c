"""The web client reads what was declared, in bounds, and goes nowhere else."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gonogo.model.sources import WebSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live import address, web
from gonogo.tools.live.address import PORTS, addresses_of, origin_of
from gonogo.tools.live.transport import UnreachableError
from gonogo.tools.live.web import Answer, open_web
from tests.live.attacks import KEPT, LOCATIONS, NAMES, PATHS, URLS
from tests.live.scripted import TOKEN, reading
from tests.live.web_servers import Call, Pair, certificate, serving

Opened = list[tuple[str, int]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Where sockets were opened to, by whatever code."""
    found: Opened = []
    real = socket.socket.connect

    def connect(self: socket.socket, where: Any) -> None:
        found.append(where[:2])
        return real(self, where)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return found


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_PAUSE": 0.01, "READ_SECONDS": 0.2, "TOTAL_SECONDS": 0.4, "CONNECT_SECONDS": 0.3}.items():
        monkeypatch.setattr(web, name, value)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return certificate(tmp_path_factory.mktemp("pair"))


def resolve(host: str) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


def get(url: str, *, path: str = "", ca_file: Path | None = None, token: bool = False, **kept: Any) -> Answer:
    source = WebSource(url=url, ca_file=ca_file, token_env="STAND_IN_TOKEN" if token else None)
    with open_web(source, reading()) as client:
        return client.get(path, **kept)


def test_there_are_many_attacks() -> None:
    assert len({*URLS}) + len({*PATHS}) + len({*LOCATIONS}) >= 200


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_leads_elsewhere_opens_no_socket(url: str, opened: Opened) -> None:
    with (
        pytest.raises(ToolError) as error,
        open_web(WebSource.model_construct(url=url, token_env=None, ca_file=None), reading(), resolve) as client,
    ):
        client.get()
    assert opened == []
    assert KEPT not in str(error.value)
    assert str(error.value).isprintable() and str(error.value).endswith(".") and len(str(error.value)) < 400


def test_paths_that_lead_elsewhere_open_no_socket(opened: Opened) -> None:
    with open_web(WebSource(url="http://127.0.0.1:9/base"), reading()) as client:
        for path in PATHS:
            with pytest.raises(ToolError):
                client.get(path)
    assert opened == []


def test_methods_that_write_open_no_socket(opened: Opened) -> None:
    with open_web(WebSource(url="http://127.0.0.1:9"), reading()) as client:
        for method in (
            "POST",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
            "TRACE",
            "CONNECT",
            "get",
            "GET / HTTP/1.1\r\n",
            "",
        ):
            with pytest.raises(ToolError, match="GET and HEAD"):
                client.get(method=method)  # type: ignore[arg-type]
    assert opened == []


def test_redirects_that_lead_elsewhere_are_answers(opened: Opened) -> None:
    locations: list[str] = []

    def behave(call: Call) -> None:
        call.answer(302, b"", location=locations[-1])

    with serving(behave) as other, serving(behave) as server:
        for location in LOCATIONS:
            locations.append(location.format(port=server.port, other=other.port))
            before = len(server.calls)
            answer = get(f"{server.url}/base", token=True)
            assert (location, answer.status, len(server.calls) - before) == (location, 302, 1)
        assert other.calls == []
        assert set(opened) == {("127.0.0.1", server.port)}


@pytest.mark.parametrize("location", ["{url}/base/", "/base/x", "base/x", "?again=1", "//127.0.0.1:{port}/base/x"])
def test_redirects_on_the_same_server_are_followed(location: str) -> None:
    def behave(call: Call) -> None:
        where = location.format(port=server.port, url=server.url)
        call.answer(301, b"", location=where) if call.number == 1 else call.answer(200, b"there")

    with serving(behave) as server:
        answer = get(f"{server.url}/base", token=True)
        assert (answer.status, answer.body) == (200, b"there")
        assert all(call.headers["authorization"] == f"Bearer {TOKEN}" for call in server.calls)
        assert get(f"{server.url}/base").status == 200


def test_redirects_end() -> None:
    with serving(lambda call: call.answer(302, b"", location="/a")) as server:
        assert get(server.url).status == 302
        assert len(server.calls) == 4
        assert get(server.url, follow=False).status == 302
        assert len(server.calls) == 5


def test_http_may_lead_to_https_but_takes_no_token_along(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(lambda call: call.answer(200, b"safe"), pair.context()) as safe,
        serving(lambda call: call.answer(308, b"", location="https://127.0.0.1/x")) as plain,
    ):
        monkeypatch.setitem(PORTS, "https", safe.port)
        answer = get(plain.url, ca_file=pair.file, token=True)
    assert answer.body == b"safe"
    assert plain.calls[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in safe.calls[0].headers
    assert safe.calls[0].line == "GET /x HTTP/1.1"


def test_a_name_is_resolved_once(opened: Opened) -> None:
    asked: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with serving(lambda call: call.answer(connection="close")) as server:
        source = WebSource(url=f"http://rebinding.test:{server.port}/")
        with open_web(source, reading(), rebinding) as client:
            assert [client.get().status for _ in range(3)] == [200, 200, 200]
        assert asked == ["rebinding.test"]
        assert opened == [("127.0.0.1", server.port)] * 3
        assert server.calls[0].headers["host"] == f"rebinding.test:{server.port}"
        with pytest.raises(ToolError, match=r"never asked"), open_web(source, reading(), rebinding):
            pass


def test_the_next_address_is_tried(opened: Opened) -> None:
    with serving(Call.answer) as server:
        source = WebSource(url=f"http://two.test:{server.port}/")
        with open_web(source, reading(), lambda host: ["127.0.0.2", "127.0.0.1"]) as client:
            assert client.get().status == 200
    assert opened == [("127.0.0.2", server.port), ("127.0.0.1", server.port)]


def test_names_that_cannot_be_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(host: str) -> list[str]:
        time.sleep(0.5)
        return []

    with pytest.raises(ToolError, match=r"gone.test: its name can't be resolved from here"):
        addresses_of("gone.test", resolve)
    with pytest.raises(ToolError, match="can't be resolved"):
        addresses_of("empty.test", lambda host: [])
    monkeypatch.setattr(address, "RESOLVE_SECONDS", 0.05)
    with pytest.raises(ToolError, match="could not be resolved within"):
        addresses_of("slow.test", slow)


@pytest.mark.parametrize("found", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd12:3456::1", "93.184.215.14"])
def test_declared_addresses_may_be_private(found: str) -> None:
    assert addresses_of("here.test", lambda host: [found, found]) == (found,)


def test_urls_that_may_be_asked() -> None:
    assert origin_of("HTTPS://Example.TEST.:8443/a/b?c=d&e[]=f").url == "https://example.test:8443/a/b"
    assert origin_of("http://[0:0::1]:9090").authority == "[::1]:9090"
    assert origin_of("https://xn--bcher-kva.test:443").authority == "xn--bcher-kva.test"
    assert origin_of("http://a_b.svc.cluster.local/%E6%97%A5").path == "/%E6%97%A5"


def test_an_answer(opened: Opened) -> None:
    body = json.dumps({"a": [1]}).encode()
    with serving(lambda call: call.answer(200, body, X_Kind="y", Set_Cookie="session=1")) as server:
        with open_web(WebSource(url=f"{server.url}/base/?declared=1"), reading()) as client:
            answer = client.get("/api/v1/query", {"query": 'up{job="a b"}\r\nX: 1'})
            client.get()
            client.get(params={"more": "2"})
            head = client.get("x", method="HEAD")
        lines = [call.line for call in server.calls]
    assert answer.json() == {"a": [1]}
    assert (answer.status, answer.headers["x-kind"], "set-cookie" in answer.headers) == (200, "y", False)
    assert 0 < answer.seconds < 5
    assert lines == [
        "GET /base/api/v1/query?query=up%7Bjob%3D%22a+b%22%7D%0D%0AX%3A+1 HTTP/1.1",
        "GET /base/?declared=1 HTTP/1.1",
        "GET /base/?declared=1&more=2 HTTP/1.1",
        "HEAD /base/x HTTP/1.1",
    ]
    assert (head.status, head.body) == (200, b"")
    assert len(opened) == 1
    assert not any("cookie" in call.headers or "authorization" in call.headers for call in server.calls)


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login a password {KEPT}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(Call.answer) as server:
        assert get(server.url).status == 200
        assert "authorization" not in server.calls[0].headers


def test_a_token_is_sent_where_it_should_be_and_shown_nowhere() -> None:
    with serving(Call.answer) as server:
        source = WebSource(url=server.url, token_env="STAND_IN_TOKEN")
        with open_web(source, reading()) as client:
            client.get()
            client.get(login=False)
            assert TOKEN not in repr(client)
        assert [call.headers.get("authorization") for call in server.calls] == [f"Bearer {TOKEN}", None]
        for name, value in {"GONE": "", "EMPTY": "  ", "SPLIT": f"{KEPT}\r\nX: 1", "WIDE": f"{KEPT}\u00e9"}.items():
            environment = reading().environment | {name: value} if value else {}  # type: ignore[operator]
            other = type(reading())(reading().clock, environment)
            with (
                pytest.raises(ToolError, match=f"^{name}: ") as error,
                open_web(WebSource(url=server.url, token_env=name), other),
            ):
                pass
            assert KEPT not in str(error.value)


def test_what_is_no_json() -> None:
    bodies = [b"<html>Log in</html>", b"", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}"]
    with serving(lambda call: call.answer(200, bodies[call.number - 1], content_type="text/html; x")) as server:
        for _ in bodies:
            with pytest.raises(ToolError, match="type text/html is no JSON"):
                get(server.url).json()


def test_what_is_packed_stays_packed() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with serving(lambda call: call.answer(200, bomb, content_encoding="gzip")) as server:
        answer = get(server.url)
        assert answer.body == bomb
        assert server.calls[0].headers["accept-encoding"] == "identity"
    with pytest.raises(ToolError):
        answer.json()


def endless(call: Call) -> None:
    call.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        call.connection.sendall(b"x" * 65_536)


def endless_in_chunks(call: Call) -> None:
    call.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        call.connection.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")


def silent(call: Call) -> None:
    call.connection.recv(1)


def drips(first: bytes) -> Callable[[Call], None]:
    def drip(call: Call) -> None:
        call.connection.sendall(first)
        while True:
            time.sleep(0.05)
            call.connection.sendall(b"1")

    return drip


@pytest.mark.parametrize("behave", [endless, endless_in_chunks])
def test_a_body_without_end(behave: Callable[[Call], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 2 << 20)
    with serving(behave) as server, pytest.raises(ToolError, match="more than 2 MB"):
        get(server.url)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "behave",
    [
        silent,
        drips(b""),
        drips(b"HTTP/1.1 200 OK\r\nX-A: "),
        drips(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["silent", "status", "header", "body", "length", "chunk"],
)
def test_a_slow_server(behave: Callable[[Call], None], tls: bool, pair: Pair, hurried: None) -> None:
    started = time.monotonic()
    with serving(behave, pair.context() if tls else None) as server, pytest.raises(UnreachableError, match="within"):
        get(server.url, ca_file=pair.file)
    assert time.monotonic() - started < 3
    assert len(server.calls) == 1


def test_a_handshake_that_does_not_end(hurried: None) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(UnreachableError, match="connected to within"),
    ):
        get(f"https://127.0.0.1:{listener.getsockname()[1]}")


def test_nobody_listens(hurried: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(UnreachableError, match=rf"127.0.0.1:{port}: can't be connected to \(connection refused\)"):
        get(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("garbage", [b"", b"\x00\xff" * 50, b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 99999 x\r\n\r\n"])
def test_what_does_not_speak_http(garbage: bytes, hurried: None) -> None:
    def behave(call: Call) -> None:
        call.connection.sendall(garbage)
        raise OSError

    with serving(behave) as server, pytest.raises(UnreachableError, match=r"broke its answer off") as error:
        get(server.url)
    assert "SSH" not in str(error.value)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_answers_that_break_rules(head: bytes, hurried: None) -> None:
    def behave(call: Call) -> None:
        call.connection.sendall(head)
        raise OSError

    with serving(behave) as server, pytest.raises(ToolError):
        get(server.url)


def turns(*answers: tuple[int, dict[str, str]]) -> Callable[[Call], None]:
    def behave(call: Call) -> None:
        status, headers = answers[min(call.number, len(answers)) - 1]
        call.answer(status, b"", **headers)

    return behave


@pytest.mark.parametrize(
    ("answers", "said", "calls"),
    [
        ([(503, {}), (200, {})], 200, 2),
        ([(429, {"retry_after": "0"}), (502, {}), (200, {})], 200, 3),
        ([(504, {})], 504, 3),
        ([(429, {"retry_after": "3600"}), (200, {})], 429, 1),
        ([(503, {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}), (200, {})], 200, 2),
        ([(500, {}), (200, {})], 500, 1),
        ([(404, {})], 404, 1),
    ],
)
def test_what_may_pass_is_asked_again(answers: Any, said: int, calls: int, hurried: None) -> None:
    with serving(turns(*answers)) as server:
        assert get(server.url).status == said
        assert len(server.calls) == calls
        assert get(server.url, retry=False).status in (answers[-1][0], said)


def test_a_connection_that_breaks_is_made_again(hurried: None) -> None:
    def behave(call: Call) -> None:
        if call.number < 3:
            raise OSError
        call.answer()

    with serving(behave) as server:
        assert get(server.url).status == 200
        assert len(server.calls) == 3


def test_certificates(pair: Pair, tmp_path: Path, hurried: None) -> None:
    other, old = certificate(tmp_path, "other.test"), certificate(tmp_path, start=-90, end=-3)
    with serving(Call.answer, pair.context()) as server:
        assert get(server.url, ca_file=pair.file).status == 200
        with pytest.raises(ToolError, match=r"signed by itself.*ca_file\.$") as error:
            get(server.url)
        assert not isinstance(error.value, UnreachableError)
        with pytest.raises(ToolError, match="ca_file"):
            get(server.url, ca_file=other.file)
        assert [call.line for call in server.calls] == ["GET / HTTP/1.1"]
        with pytest.raises(UnreachableError):  # plain HTTP to it
            get(server.url.replace("https", "http"))
    with serving(Call.answer, other.context()) as server:
        with pytest.raises(UnreachableError, match="not valid"):
            get(server.url, ca_file=other.file)
        source = WebSource(url=f"https://other.test:{server.port}", ca_file=other.file)
        with open_web(source, reading(), lambda host: ["127.0.0.1"]) as client:
            assert client.get().status == 200
    with serving(Call.answer, old.context()) as server, pytest.raises(UnreachableError, match="expired"):
        get(server.url, ca_file=old.file)
    with serving(Call.answer) as server, pytest.raises(UnreachableError, match="does not speak TLS"):
        get(server.url.replace("http", "https"))
    for name, text in {"empty.pem": "", "wrong.pem": "no certificate"}.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(ToolError, match="give a PEM file in ca_file"):
            get("https://127.0.0.1:9", ca_file=tmp_path / name)
    with pytest.raises(ToolError, match="give a PEM file in ca_file"):
        get("https://127.0.0.1:9", ca_file=tmp_path / "gone.pem")


def test_threads_may_be_the_first_to_ask() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from gonogo.model.sources import WebSource
from gonogo.tools.live.web import open_web
from tests.live.scripted import reading
together = Barrier(8)
def ask(url):
    with open_web(WebSource(url=url), reading()) as client:
        together.wait(5)
        return client.get().status
with ThreadPoolExecutor(8) as pool:
    print(list(pool.map(ask, ["URL"] * 8)))
"""
    with serving(Call.answer) as server:
        told = subprocess.run([sys.executable, "-c", code.replace("URL", server.url)], capture_output=True, text=True)
    assert (told.stdout.strip(), told.stderr) == (str([200] * 8), "")


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [
        thread
        for thread in threading.enumerate()
        if isinstance(thread, threading.Timer) and not thread.finished.is_set()
    ]
