"""Sixteen threads, four libraries: all is recorded, no replay goes live, and the file is the same each time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import httpx
import pytest
import requests
import urllib3

from gonogo.cassette import open_cassette
from gonogo.cassette.file import read_cassette
from tests.cassette.loopback import Server, in_threads, runtime, say

Calling = Callable[[str, ExitStack], Callable[[int], str]]
THREADS = 16


def by_boto3(url: str, stack: ExitStack) -> Callable[[int], str]:
    client = stack.enter_context(closing(runtime(url)))
    return lambda number: say(client, f"number {number}")


def by_many_clients(url: str, stack: ExitStack) -> Callable[[int], str]:
    made = threading.Lock()  # boto3 makes clients in one thread at a time

    def call(number: int) -> str:
        with made:
            client = stack.enter_context(closing(runtime(url)))
        return say(client, f"number {number}")

    return call


def by_requests(url: str, stack: ExitStack) -> Callable[[int], str]:
    return lambda number: requests.post(f"{url}/ask", json={"number": number}, timeout=10).text


def by_urllib3(url: str, stack: ExitStack) -> Callable[[int], str]:
    pool = stack.enter_context(urllib3.PoolManager(maxsize=THREADS))
    return lambda number: pool.request("GET", f"{url}/ask?number={number}").data.decode()


def by_httpx(url: str, stack: ExitStack) -> Callable[[int], str]:
    client = stack.enter_context(httpx.Client(trust_env=False))
    return lambda number: client.post(f"{url}/ask", json={"number": number}).text


@pytest.mark.parametrize(
    ("calling", "calls"),
    [(by_boto3, 480), (by_httpx, 320), (by_urllib3, 320), (by_requests, 160), (by_many_clients, 60)],
)
def test_threads_lose_nothing_and_leak_nothing(calling: Calling, calls: int, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "cassette.yaml"
    with ExitStack() as stack, open_cassette(path, "once") as recording:
        recorded = in_threads(calling(server.url, stack), calls, THREADS)
        assert recording.recorded == calls
    assert server.hits == calls
    assert len(read_cassette(path).interactions) == calls
    server.paths.clear()
    with ExitStack() as stack, open_cassette(path, "none") as recording:
        replayed = in_threads(calling(server.url, stack), calls, THREADS)
        assert not recording.unplayed
    assert server.hits == 0
    assert list(map(as_json, replayed)) == list(map(as_json, recorded))


def as_json(text: str) -> object:
    return json.loads(text) if text.startswith("{") else text


def test_the_order_of_threads_leaves_no_trace(server: Server, tmp_path: Path) -> None:
    server.delay = 0.02
    files = []
    for number in range(3):
        path = tmp_path / f"{number}.yaml"
        with (
            open_cassette(path, "once", about={"recorded_at": "2026-11-21T12:00:00+00:00"}),
            closing(runtime(server.url)) as client,
            httpx.Client(trust_env=False) as other,
        ):
            in_threads(partial(_both, client, other, server.url), 40)
        files.append(path.read_bytes())
    assert files[0] == files[1] == files[2]
    assert b"number 39" in files[0]


def _both(client: object, other: httpx.Client, url: str, number: int) -> str:
    return say(client, f"number {number}") + other.get(f"{url}/n/{number % 5}").text


def test_a_client_of_before_and_after_is_not_held(server: Server, tmp_path: Path) -> None:
    with closing(runtime(server.url)) as client:
        say(client, "before")
        with open_cassette(tmp_path / "cassette.yaml", "once"):
            say(client, "inside")
        say(client, "after")
    assert server.hits == 3
    text = (tmp_path / "cassette.yaml").read_text()
    assert "inside" in text
    assert "before" not in text and "after" not in text
