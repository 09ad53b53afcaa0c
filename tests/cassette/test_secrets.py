"""What must not be in a cassette is not recorded, and is found where it is there all the same."""

from __future__ import annotations

import base64
import json
import re
import struct
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import requests

from gonogo.cassette import open_cassette
from gonogo.cassette.bodies import Body, Form, parse_body
from gonogo.cassette.file import Cassette, write_cassette
from gonogo.cassette.interaction import Interaction, Request, Response
from gonogo.cassette.scan import scan
from tests.cassette.conftest import KEY_ID, SECRET, SESSION
from tests.cassette.loopback import Reply, Server, runtime, say, serve

TOKEN = "ghp_Zk39fjq2LqX7vB1nM4tR8wY6uE0aS5dC2hGk"
PASSWORD = "Zk39fjq2LqX7vB1n"
PRIVATE = ["-----BEGIN RSA PRIVATE KEY-----", *[f"{n}MIIEpAIBAAKCAQEAx7Qq2LqX7vB1nM4tR8wY6uE0" for n in range(9)]]


def assert_absent(path: Path, *values: str) -> None:
    """In no line, and in nothing that a base64 of the file decodes to."""
    text = path.read_text()
    decoded = [base64.b64decode(found) for found in re.findall(r"(?:[A-Za-z0-9+/]{4}){2,}", text)]
    for value in values:
        assert value not in text
        assert not [one for one in decoded if value.encode() in one]
        for shift in range(3):
            assert base64.b64encode(b"x" * shift + value.encode())[4:-4].decode() not in text


def test_the_headers_of_a_signed_call_are_not_recorded(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    with open_cassette(path, "once"), closing(runtime(server.url)) as client:
        say(client, "one")
        headers = {"authorization": f"Bearer {TOKEN}", "cookie": "session=1", "x-api-key": PASSWORD}
        httpx.get(f"{server.url}/x?X-Amz-Signature={PASSWORD}&api_key={PASSWORD}", headers=headers, trust_env=False)
        requests.get(f"{server.url}/y", headers=headers, timeout=5)
    assert_absent(path, KEY_ID, SECRET, SESSION, TOKEN, PASSWORD)
    text = path.read_text().lower()
    for name in ("authorization", "cookie", "x-amz-date", "user-agent", "requestid", "server:", "x-api-key"):
        assert name not in text
    assert not scan(path)


def test_secrets_in_bodies_and_addresses_are_not_recorded_and_still_match(tmp_path: Path) -> None:
    def answering(method: str, where: str, body: bytes) -> Reply:
        if where.startswith("/xml"):
            credentials = f"<AccessKeyId>{KEY_ID}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
            credentials += f"<SessionToken>{SESSION}</SessionToken><Account>210987654321</Account>"
            return Reply(credentials.encode(), 200, {"content-type": "text/xml"})
        settings = [{"name": "DB_PASSWORD", "value": PASSWORD}]
        value = {
            "Environment": {"API_TOKEN": PASSWORD},
            "list": settings,
            "text": f"x\n{TOKEN}\n",
            "NextToken": "page2",
        }
        return Reply(json.dumps(value | {"OwnerId": "210987654321", "pem": "\n".join(PRIVATE)}).encode())

    path = tmp_path / "shop.yaml"
    with serve(answering) as server:
        for mode in ("once", "none"):
            with open_cassette(path, mode), httpx.Client(trust_env=False, base_url=server.url) as client:
                got = client.post(f"/json/{TOKEN}?note={TOKEN}", json={"password": PASSWORD}).json()
                requests.post(f"{server.url}/xml", data={"client_secret": PASSWORD, "key": TOKEN}, timeout=5)
                assert got["NextToken"] == "page2"
        assert server.hits == 2
    assert got["OwnerId"] == "000000000000"
    assert got["list"] == [{"name": "DB_PASSWORD", "value": "[redacted:password]"}]
    assert_absent(path, KEY_ID, SECRET, SESSION, TOKEN, PASSWORD, "210987654321", PRIVATE[3])
    assert not scan(path)


def event(payload: object) -> bytes:
    body = json.dumps(payload).encode()
    return struct.pack("!II", 16 + len(body), 0) + b"\0\0\0\0" + body + b"\0\0\0\0"


def test_a_scan_finds_what_is_there(tmp_path: Path) -> None:
    stream = b"".join(event({"contentBlockIndex": 0, "delta": {"text": TOKEN[at : at + 5]}}) for at in range(0, 40, 5))
    coded = base64.b64encode(f"DB_PASSWORD={PASSWORD}".encode()).decode()
    asked = {"messages": [{"content": [{"text": f"one\ntwo\ntoken {TOKEN}"}]}], "coded": coded}
    body = parse_body(json.dumps(asked).encode())
    request = Request("POST", f"https://h.example/x?a={TOKEN}", {"accept": TOKEN}, body)
    answers = [
        Body(Form.JSON, {"password": PASSWORD, "who": "call jane.doe@shop-mail.de"}),
        Body(Form.BINARY, b"\xff\x00" + stream[3:] + TOKEN.encode()),
        Body(Form.BINARY, stream),
    ]
    path = tmp_path / "shop.yaml"
    recorded = [Interaction(request, Response(200, "OK", {}, answer)) for answer in answers]
    write_cassette(path, Cassette({"note": f"by {TOKEN}"}, tuple(recorded)))
    found = {(one.interaction, one.place) for one in scan(path)}
    assert {
        (0, "about note"),
        (1, "request uri"),
        (1, "request headers accept"),
        (1, "request body messages[0].content[0].text, line 3"),
        (1, "request body coded (decoded)"),
        (1, "response body password"),
        (1, "response body who"),
        (2, "response body (decoded)"),
        (3, "response body (what its stream says)"),
    } <= found
    assert not [one for one in scan(path) if TOKEN in str(one) or PASSWORD in str(one) or "jane" in str(one)]


@pytest.mark.parametrize("kind", ["github-token", "e-mail"])
def test_a_scan_tells_the_kind(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    write_cassette(path, Cassette({"note": f"{TOKEN} jane.doe@shop-mail.de"}, ()))
    assert kind in {one.kind for one in scan(path)}
