"""Cleaning: what leaves a tool holds no secret and hides nothing."""

from __future__ import annotations

import base64
import hashlib
import random
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.tools.redaction import clean, clean_lines
from tests.tools.made_people import PEOPLE

AWS = "AKIA" + "Z5GMOPSVDKN3HTQA"


@pytest.mark.parametrize(
    ("text", "path", "out"),
    [
        (f"key = {AWS}", "", "key = [redacted:aws-access-key]"),
        ('password: "hunter2hunter"', "a.yml", 'password: "[redacted:password]"'),
        ("DB=postgres://bob:s3cr3tPw9@db/x", "", "DB=postgres://bob:[redacted:connection-string]@db/x"),
        ("password = form.password", "a.py", "password = form.password"),
        ("password = form.password", "", "password = form.password"),
        ("token: ${{ secrets.TOKEN }}", "", "token: ${{ secrets.TOKEN }}"),
    ],
)
def test_secrets_are_replaced(text: str, path: str, out: str) -> None:
    assert clean(text, path).text == out
    assert clean(text, path).secrets == (text != out)


def test_hidden_characters_are_shown_and_counted() -> None:
    text = "a\u200bb\u202ec\U000e0041d\ufe0fe\u3164f\u2028g"
    found = clean(text)
    assert found.hidden == 6
    assert found.text == "a\\u{200b}b\\u{202e}c\\u{e0041}d\\u{fe0f}e\\u{3164}f\\u{2028}g"


def test_an_excerpt_is_read_in_the_light_of_what_stands_above_it() -> None:
    body = "MIIEpAIBAAKCAQEAx3rj2kfh9kd93jdK39fjdk3Kdj38fjQk3ldw"
    lines = ["-----BEGIN PRIVATE KEY-----", body, body, body, "-----END PRIVATE KEY-----"]
    assert clean_lines(lines, 3, 3).text == "[redacted:private-key]"
    pair = ["env:", "- name: DB_PASSWORD", "  value: x8Dk2mQ9pL"]
    assert clean_lines(pair, 3, 3, path="a.yaml").text == "  value: [redacted:password]"


def test_a_secret_that_the_cut_would_split_is_gone() -> None:
    line = " " * 290 + AWS
    assert AWS[:8] not in clean_lines([line], 1, 1).text


SECRETS = (AWS, 'password="x8Dk2mQ9pL"', "a://b:c9d8e7f@h/", "\u202e", "PWD=abc", "jo.doe@acme.io", "phone: 2125551234")
WAYS = (
    str,
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(),
    lambda text: "".join(f"%{ord(char):02x}" for char in text),
    lambda text: "\u200b".join(text),
    lambda text: text[::-1],
)


@given(
    st.text(max_size=80),
    st.one_of(
        st.sampled_from(SECRETS),
        st.builds(lambda make, n: make(random.Random(n)), st.sampled_from(list(PEOPLE.values())), st.integers(0, 99)),
    ),
    st.sampled_from(WAYS),
    st.sampled_from(("", "a.py", "b.log", "c.yaml")),
)
def test_cleaning_twice_changes_nothing_more(text: str, secret: str, way: Callable[[str], str], path: str) -> None:
    once = clean(f"{text} {way(secret)} {text}", path)
    twice = clean(once.text, path)
    assert (twice.text, twice.hidden, twice.secrets, twice.personal) == (once.text, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("mail jo.doe@acme.io now", "mail [redacted:e-mail] now"),
        ("allow 0.0.0.0/0 for 123456789012", "allow 0.0.0.0/0 for 123456789012"),
        ("card: 4111-1111-1111-1111, ssn 219-45-6789", "card: [redacted:payment-card], ssn [redacted:us-ssn]"),
        ("next=%2Fjo.doe%40acme.io%2F", "next=%2F[redacted:e-mail]%2F"),
        ("jo.doe&#64;acme.io", "[redacted:e-mail]"),
        ("ｊｏ.ｄｏｅ＠ａｃｍｅ.ｉｏ", "[redacted:e-mail]"),
    ],
)
def test_personal_data_is_replaced_and_counted(text: str, out: str) -> None:
    found = clean(text)
    assert found.text == out
    assert found.personal == out.count("[redacted:")
    assert found.secrets == 0


def test_a_secret_that_hidden_characters_split_is_found() -> None:
    found = clean("key = " + "\u200b".join(AWS))
    assert found.text == "key = [redacted:aws-access-key]"
    assert (found.secrets, found.hidden) == (1, len(AWS) - 1)
    assert clean("p\u00adassword: x8Dk2mQ9pL!").text.endswith("[redacted:password]")


def test_an_encoded_secret_goes_with_its_run() -> None:
    run = base64.b64encode(f"#!/bin/sh\nexport KEY={AWS}\n".encode()).decode()
    assert clean(f"user_data = {run} # boot").text == "user_data = [redacted:aws-access-key] # boot"
    body = textwrap.wrap(base64.b64encode(("# boot\n" * 30 + f"KEY={AWS}\n").encode()).decode(), 64)
    lines = ["data: |", *(f"    {line}" for line in body), "more: 1"]
    assert clean_lines(lines, 3, 3).text == "    [redacted:aws-access-key]"
    cleaned = clean("\n".join(lines)).text.split("\n")
    assert cleaned == [lines[0], *["    [redacted:aws-access-key]"] * len(body), lines[-1]]


def test_a_login_in_a_header_is_read() -> None:
    login = base64.b64encode(b"deploy:x8Dk2mQ9pL").decode()
    assert clean(f"Authorization: Basic {login}").text == "Authorization: Basic [redacted:basic-auth]"
    inner = base64.b64encode(f'{{"auths": {{"r.io": {{"auth": "{login}"}}}}}}'.encode()).decode()
    assert clean(f".dockerconfigjson: {inner}").text == ".dockerconfigjson: [redacted:basic-auth]"
    assert clean(f"checksum: {login}").text == f"checksum: {login}"


def test_what_only_looks_encoded_stays() -> None:
    text = "\n".join(
        (
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            base64.b64encode(b'{"replicas": 3, "image": "shop:1.2", "region": "eu-west-1"}').decode(),
            "sum: " + hashlib.sha512(b"x").hexdigest(),
            "naïve — “quoted” 50%25 &amp; \\u00e9",
        )
    )
    assert clean(text).text == text


def test_a_document_and_a_log_lose_what_stands_without_quotes() -> None:
    line = "2026-03-04 INFO login password=x8Dk2mQ9pL7v ok"
    assert clean(line, "server.log").text == "2026-03-04 INFO login password=[redacted:password] ok"
    assert clean("The password: the one you chose", "README.md").text == "The password: the one you chose"


def test_personal_data_is_looked_for_in_the_lines_that_are_shown() -> None:
    lines = ["id,ssn", "1,219456789", "2,219456780"]
    found = clean_lines(lines, 3, 3, path="people.csv")
    assert (found.text, found.personal) == ("2,[redacted:us-ssn]", 1)
