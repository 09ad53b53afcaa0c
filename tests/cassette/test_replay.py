"""What a run gets from a cassette: what was recorded, in order, or an error that says what differs."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import botocore.exceptions
import httpx
import pytest
import requests
import urllib3

from gonogo.cassette import open_cassette, read_about
from gonogo.cassette.errors import CassetteError, CassetteMissError, find_miss
from gonogo.cassette.file import read_cassette
from tests.cassette.loopback import MODEL, Reply, Server, converse, runtime, say, serve


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassettes" / "shop.yaml"


def record(path: Path, server: Server, *texts: str, mode: str = "once") -> list[str]:
    with open_cassette(path, mode, about={"endpoint_url": server.url}), closing(runtime(server.url)) as client:
        return [say(client, text) for text in texts]


def replay(path: Path, url: str, *texts: str) -> list[str]:
    with open_cassette(path, "none"), closing(runtime(url)) as client:
        return [say(client, text) for text in texts]


def test_it_replays_without_the_server_at_the_recorded_endpoint(path: Path) -> None:
    with serve() as server:
        recorded = record(path, server, "one", "two")
    with open_cassette(path, "none") as recording:
        assert recording.endpoint_url == server.url == read_about(path)["endpoint_url"]
        with closing(runtime(recording.endpoint_url or "")) as client:
            assert [say(client, "two"), say(client, "one")] == recorded[::-1]


def test_it_replays_without_credentials(path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    record(path, server, "one")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    before = dict(os.environ)
    assert replay(path, server.url, "one")
    assert dict(os.environ) == before
    assert server.hits == 1


def test_repeats_are_played_in_the_order_in_which_they_came(path: Path) -> None:
    answers = iter(["first", "second", "third"])
    with serve(lambda *_: Reply(converse(next(answers)))) as server:
        assert record(path, server, "same", "same", "same") == ["first", "second", "third"]
        assert replay(path, server.url, "same", "same", "same") == ["first", "second", "third"]
        with pytest.raises(CassetteError, match=r"1 of 3 interactions were not asked for, first interaction 3, POST"):
            replay(path, server.url, "same", "same")


def test_a_miss_names_the_nearest_and_what_differs(path: Path, server: Server) -> None:
    record(path, server, "the cart is empty", "the shop is open")
    with pytest.raises(botocore.exceptions.HTTPClientError) as caught:
        replay(path, server.url, "the cart is full")
    miss = find_miss(caught.value)
    assert miss is not None
    assert str(path) in str(miss)
    assert f"/model/{MODEL}/converse is not recorded. Nearest is interaction 1; it differs at" in str(miss)
    said = 'body.messages[0].content[0].text: recorded "the cart is empty", asked "the cart is full".'
    assert said in str(miss)
    assert server.hits == 2


def test_a_miss_knows_what_was_played_too_often(path: Path, server: Server) -> None:
    record(path, server, "one")
    with pytest.raises(botocore.exceptions.HTTPClientError) as caught:
        replay(path, server.url, "one", "one")
    assert "is recorded once (interaction 1) and was already played that often" in str(find_miss(caught.value))


def test_every_library_tells_of_a_miss(path: Path, server: Server) -> None:
    record(path, server, "one")
    calls = [
        lambda url: httpx.get(url, trust_env=False),
        lambda url: requests.get(url, timeout=5),
        lambda url: urllib3.PoolManager(retries=False).request("GET", url),
        lambda url: asyncio.run(get_async(url)),
    ]
    for call in calls:
        told = r"GET 127.0.0.1:\d+/other is not recorded"
        with pytest.raises(CassetteMissError, match=told), open_cassette(path, "none"):
            call(f"{server.url}/other?token=1")
    assert server.hits == 1


def test_a_miss_that_was_swallowed_is_told_at_the_end(path: Path, server: Server) -> None:
    record(path, server, "one")
    with pytest.raises(CassetteMissError, match="is not recorded"), open_cassette(path, "none") as recording:
        with closing(runtime(server.url)) as client:
            say(client, "one")
            with pytest.raises(botocore.exceptions.HTTPClientError):
                say(client, "two")
        assert len(recording.misses) == 1


def test_an_error_of_the_run_is_not_covered(path: Path, server: Server) -> None:
    record(path, server, "one", "two")
    with pytest.raises(ZeroDivisionError), open_cassette(path, "none"):
        raise ZeroDivisionError


def test_what_was_answered_is_kept_when_the_run_fails(path: Path, server: Server) -> None:
    with pytest.raises(KeyboardInterrupt), open_cassette(path, "once"), closing(runtime(server.url)) as client:
        say(client, "one")
        raise KeyboardInterrupt
    assert replay(path, server.url, "one")
    assert not [left for left in path.parent.iterdir() if left != path]


def test_a_run_that_asks_nothing_writes_nothing(path: Path) -> None:
    with open_cassette(path, "once"):
        pass
    assert not path.exists()


def test_once_is_strict_where_the_file_is_there(path: Path, server: Server) -> None:
    record(path, server, "one")
    record(path, server, "one", mode="once")
    assert server.hits == 1
    with pytest.raises(botocore.exceptions.HTTPClientError):
        record(path, server, "two", mode="once")
    assert server.hits == 1


def test_new_plays_what_is_there_records_the_rest_and_drops_what_nobody_asks(path: Path, server: Server) -> None:
    record(path, server, "one", "two")
    before = path.read_bytes()
    record(path, server, "one", "two", mode="new")
    assert path.read_bytes() == before
    answers = record(path, server, "one", "three", mode="new")
    assert server.hits == 3
    assert replay(path, server.url, "three", "one") == answers[::-1]


def test_a_new_run_that_fails_keeps_what_was_recorded(path: Path, server: Server) -> None:
    record(path, server, "one", "two")
    with pytest.raises(ZeroDivisionError), open_cassette(path, "new"), closing(runtime(server.url)) as client:
        say(client, "three")
        raise ZeroDivisionError
    assert len(replay(path, server.url, "one", "two", "three")) == 3


def test_faults_are_played_too(path: Path) -> None:
    replies = iter(
        [Reply(b'{"message": "slow down"}', 429, {"x-amzn-errortype": "ThrottlingException"}), Reply(converse("done"))]
    )
    with serve(lambda *_: next(replies)) as server:
        for mode in ("once", "none"):
            with open_cassette(path, mode), closing(runtime(server.url)) as client:
                with pytest.raises(client.exceptions.ThrottlingException, match="slow down"):
                    say(client, "one")
                assert say(client, "one") == "done"
        assert server.hits == 2


def test_bodies_are_kept_decoded_and_played_whole(path: Path) -> None:
    page = "<p>" + "so long " * 50 + "</p>\r\n"
    found = {
        "/zipped": Reply(gzip.compress(page.encode()), 200, {"content-type": "text/html", "content-encoding": "gzip"}),
        "/moved": Reply(b"", 302, {"location": "/there"}),
        "/there": Reply(b"\x00\x01\xff", 200, {"content-type": "application/octet-stream"}),
    }
    with serve(lambda method, where, body: found[where]) as server:
        for mode in ("once", "none"):
            with open_cassette(path, mode):
                for get in (httpx_get, requests_get):
                    assert get(f"{server.url}/zipped").decode() == page
                    assert get(f"{server.url}/moved") == b"\x00\x01\xff"
                assert requests.head(f"{server.url}/zipped", timeout=5).headers["content-length"]
        assert server.hits == 7
    assert "so long so long" in path.read_text()


def test_async_httpx_goes_through_it(path: Path, server: Server) -> None:
    for mode in ("once", "none"):
        with open_cassette(path, mode):
            assert asyncio.run(get_async(f"{server.url}/x"))["path"] == "/x"
    assert server.hits == 1


def test_a_run_gets_a_models_answer_as_it_is_recorded(path: Path) -> None:
    """Else what it makes of a secret in an answer, and asks next, could not be replayed."""
    with serve(lambda *_: Reply(converse("use AKIAQX7ZLD3M5HBT2W4K"))) as server:
        recorded = record(path, server, "one")
        assert recorded == ["use [redacted:aws-access-key]"] == replay(path, server.url, "one")


def test_a_quote_with_an_account_is_played_with_that_account(path: Path, server: Server) -> None:
    line = "role: arn:aws:iam::210987654321:role/shop"
    assert line in record(path, server, line)[0]
    assert "210987654321" not in path.read_text()
    assert line in replay(path, server.url, line)[0]


def test_json_rpc_services_are_told_apart_by_their_target(path: Path) -> None:
    targets: list[Any] = []

    def answering(method: str, where: str, body: bytes) -> Reply:
        targets.append(body)
        return Reply(json.dumps({"number": len(targets)}).encode())

    with serve(answering) as server:
        for mode in ("once", "none"):
            with open_cassette(path, mode):
                got = [
                    httpx.post(server.url, json={}, headers={"X-Amz-Target": target}, trust_env=False).json()["number"]
                    for target in ("Logs.DescribeLogGroups", "DynamoDB.ListTables")
                ]
            assert got == [1, 2]
    assert len(targets) == 2


def test_a_killed_recording_leaves_what_was_answered(
    path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.cassette.session.SAVE_EVERY_SECONDS", 0.0)
    with open_cassette(path, "once"), closing(runtime(server.url)) as client:
        say(client, "one")
        assert len(read_cassette(path).interactions) == 1
        say(client, "two")
        assert len(read_cassette(path).interactions) == 2


async def get_async(url: str) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).json()


def httpx_get(url: str) -> bytes:
    return httpx.get(url, trust_env=False, follow_redirects=True).content


def requests_get(url: str) -> bytes:
    return requests.get(url, timeout=5).content
