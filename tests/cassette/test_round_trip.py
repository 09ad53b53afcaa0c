"""Bodies, requests and redactions: what is stored is what is matched, and doing it twice changes nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.cassette.accounts import hide_accounts, hide_in_response, put_back
from gonogo.cassette.bodies import Form, body_bytes, canonical, parse_body
from gonogo.cassette.file import Cassette, read_cassette, write_cassette
from gonogo.cassette.interaction import Interaction, Request, Response, key_of, plain_uri, sort_key
from gonogo.cassette.redaction import redact_request, redact_response
from tests.cassette.test_yaml import texts, values

bodies = st.one_of(
    st.binary(max_size=60),
    texts.map(lambda text: text.encode()),
    st.dictionaries(texts, values, max_size=4).map(lambda value: json.dumps(value, indent=2).encode()),
    st.sampled_from([b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 99 + b"]" * 99, b'{"a": 1e999}']),
)
SECRETS = [
    "AKIAQX7ZLD3M5HBT2W4K",
    "postgres://shop:Zk39fjq2Lq@db.internal/shop",
    "DB_PASSWORD=Zk39fjq2Lq",
    "[redacted:x]",
]
ACCOUNTS = ["arn:aws:iam::210987654321:role/x", "arn:aws:s3:us-east-1:998877665544:y", "210987654321", "000000000001"]
told = st.lists(st.sampled_from([*SECRETS, *ACCOUNTS, "\n", " ", "x: ", "\u200b"]), max_size=6).map(" ".join)
objects = st.recursive(
    told | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "AccountId", "password", "Owner", ACCOUNTS[0]]), inner, max_size=3)
    ),
    max_leaves=10,
)


def interaction(body: bytes, answer: bytes = b"", *, path: str = "/x", method: str = "POST") -> Interaction:
    request = Request(
        method, plain_uri(f"https://h.example{path}"), {"content-type": "application/json"}, parse_body(body)
    )
    return Interaction(request, Response(200, "OK", {}, parse_body(answer)))


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_a_body_comes_back(data: bytes) -> None:
    body = parse_body(data)
    if body is not None and body.form is Form.JSON:
        assert json.loads(body_bytes(body)) == json.loads(data)
    else:
        assert body_bytes(body) == data
    assert canonical(parse_body(body_bytes(body))) == canonical(body)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(bodies, bodies), max_size=6), st.randoms())
def test_a_file_comes_back_in_one_order(pairs: list[tuple[bytes, bytes]], random: Any) -> None:
    recorded = [interaction(body, answer) for body, answer in dict(pairs).items()]
    shuffled = list(recorded)
    random.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one.yaml"), Path(folder, "two.yaml")
        write_cassette(one, Cassette({"note": "x"}, tuple(recorded)))
        write_cassette(two, Cassette({"note": "x"}, tuple(shuffled)))
        found = read_cassette(one)
        assert one.read_bytes() == two.read_bytes()
    assert found.about == {"note": "x"}
    expected = sorted(recorded, key=sort_key)
    assert [key_of(f.request) for f in found.interactions] == [key_of(e.request) for e in expected]
    assert [body_bytes(f.response.body) for f in found.interactions] == [body_bytes(e.response.body) for e in expected]


@settings(max_examples=200, deadline=None)
@given(objects, told)
def test_redaction_is_idempotent(value: Any, query: str) -> None:
    body = json.dumps({"value": value}).encode()
    request = Request("POST", plain_uri(f"https://h.example/x?q={query.encode().hex()}"), {}, parse_body(body))
    once, accounts = hide_accounts(redact_request(request))
    twice, again = hide_accounts(redact_request(once))
    assert key_of(twice) == key_of(once)
    text = str(once.body)
    assert "AKIAQX7ZLD3M5HBT2W4K" not in text
    assert "::210987654321" not in text
    assert len(again.numbers) == len(accounts.numbers)


@settings(max_examples=200, deadline=None)
@given(objects, objects)
def test_accounts_of_the_request_are_put_back(value: Any, answer: Any) -> None:
    found = interaction(json.dumps({"v": value}).encode(), json.dumps({"arn": ACCOUNTS[0], "v": answer}).encode())
    stored, accounts = hide_accounts(found.request)
    response = hide_in_response(found.response, accounts)
    asked = hide_accounts(found.request)[1]
    played = put_back(Interaction(stored, response), asked).response.body
    assert played is not None
    number = response.body.value["arn"][13:25] if response.body else ""
    assert number.startswith("000000000")
    assert played.value["arn"][13:25] == ("210987654321" if "210987654321" in asked.numbers else number)


@pytest.mark.parametrize(
    ("uri", "plain"),
    [
        ("http://127.0.0.1:8765/model/a%3A0/converse", "http://127.0.0.1:8765/model/a%3A0/converse"),
        ("https://user:word@H.example:443", "https://h.example/"),
        ("http://h.example:80/x?b=2&a=1&a=0#top", "http://h.example/x?a=0&a=1&b=2"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=1&X-Amz-Credential=2&versionId=3",
            "https://b.s3.amazonaws.com/k?versionId=3",
        ),
        ("https://h.example/?api_key=1&delete", "https://h.example/?delete="),
    ],
)
def test_an_address_is_plain(uri: str, plain: str) -> None:
    assert plain_uri(uri) == plain == plain_uri(plain)


def test_a_shorter_conversation_stands_before_the_longer_one() -> None:
    turns = [json.dumps({"messages": ["a", "b", "c"][:length], "system": "s"}).encode() for length in (3, 1, 2)]
    ordered = sorted(map(interaction, turns), key=sort_key)
    assert [len(found.request.body.value["messages"]) for found in ordered if found.request.body] == [1, 2, 3]


def test_the_scheme_and_the_order_of_keys_and_parameters_do_not_matter() -> None:
    one = Request("GET", plain_uri("http://h.example/x?a=1&b=2"), {}, parse_body(b'{"a": 1, "b": [1.5, null]}'))
    two = Request("GET", plain_uri("https://h.example:443/x?b=2&a=1"), {}, parse_body(b'{"b":[1.5,null],"a":1}'))
    assert key_of(one) == key_of(two)


def test_a_stream_keeps_its_bytes() -> None:
    frames = b"\x00\x00\x00\x10AKIAQX7ZLD3M5HBT2W4K\xff"
    response = Response(200, "OK", {"content-type": "application/vnd.amazon.eventstream"}, parse_body(frames))
    assert body_bytes(redact_response(response).body) == frames
