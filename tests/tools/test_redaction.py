"""Cleaning: what leaves a tool holds no secret and hides nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.tools.redaction import clean, clean_lines

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


@given(st.text(max_size=80), st.sampled_from([AWS, 'password="x8Dk2mQ9pL"', "a://b:c9d8e7f@h/", "\u202e", "PWD=abc"]))
def test_cleaning_twice_changes_nothing_more(text: str, secret: str) -> None:
    once = clean(f"{text} {secret} {text}")
    assert clean(once.text).text == once.text
    assert clean(once.text).hidden == 0
