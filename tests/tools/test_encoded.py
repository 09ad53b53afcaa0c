"""Readings of a text: what is undone, and where in the text it came from."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.tools.encoded import is_continued, is_escaped, readings

WORDS = "owner: jo, of Acme"


def read(text: str) -> list[str]:
    return [reading.text for reading in readings(text)]


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(WORDS.encode()).decode(),
        base64.urlsafe_b64encode(WORDS.encode()).decode().rstrip("="),
        base64.b64encode(WORDS.encode("utf-16-le")).decode(),
        "path/to/" + base64.b64encode(WORDS.encode()).decode(),
        base64.b64encode(base64.b64encode(WORDS.encode())).decode(),
        "0x" + WORDS.encode().hex(),
        WORDS.encode().hex(":").upper(),
        ", ".join(f"0x{char:02x}" for char in WORDS.encode()),
        "".join(f"%{char:02x}" for char in WORDS.encode()),
        "".join(f"%25{char:02x}" for char in WORDS.encode()),
        "owner&#58; jo&comma; of&#x20;Acme",
        "owner&amp;#58; jo, of Acme",
        "owner\\x3a jo\\u002c\\u{20}of\\U00000020Acme",
        "owner\\\\u003a jo, of\\040Acme",
        "ｏｗｎｅｒ： ｊｏ, of 𝐀cme",
        "o\\u{200b}wner: jo\\u{ad}, o\\u{feff}f Acme",
        "\\u{e006f}\\u{e0077}ner: jo, of Acme",
        "".join(f"={char:02X}" for char in WORDS.encode()),
        WORDS[::-1],
        base64.b64encode(WORDS.encode()).decode()[::-1],
    ],
)
def test_what_is_encoded_is_read(text: str) -> None:
    assert any(WORDS in found for found in read(text)), read(text)


def test_what_is_wrapped_is_read_as_one() -> None:
    long = f"{'x ' * 40}{WORDS}{' y' * 40}"
    body = base64.encodebytes(long.encode()).decode().replace("\n", "\n    ")
    assert any(long in found for found in read(f"data: |\n    {body}\nmore: 1"))
    mail = quopri.encodestring(f"é {long}".encode()).decode()
    assert any(long in found for found in read(mail))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_nothing_is_decoded_more_than_twice(depth: int) -> None:
    text = WORDS
    for _ in range(depth):
        text = base64.b64encode(text.encode()).decode()
    assert any(WORDS in found for found in read(text)) is (depth < 3)


@pytest.mark.parametrize(
    "text",
    [
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "getUserAccountDetails(applicationConfiguration)",
        "x == 10 and y != 20, 50% of all",
    ],
)
def test_ordinary_words_are_read_as_they_stand_only(text: str) -> None:
    assert [reading.text for reading in readings(text) if not reading.backwards] == []


def test_a_character_leads_back_to_its_escape() -> None:
    text = "a=%41%42c, d\\x45f ｇ"
    reading = next(readings(text))
    assert reading.text == "a=ABc, dEf g"
    for part, source in (("A", "%41"), ("Bc", "%42c"), ("c, d", "c, d"), ("E", "\\x45"), ("f g", "f ｇ")):
        start = reading.text.index(part)
        first, last = reading.source(start, start + len(part))
        assert text[first:last] == source


def test_a_run_is_one_whole() -> None:
    run = base64.b64encode(WORDS.encode()).decode()
    text = f"a: {run} b"
    reading = next(reading for reading in readings(text) if reading.runs)
    start = reading.text.index("jo")
    assert slice(*reading.source(start, start + 2)) == slice(3, 3 + len(run))
    assert reading.opaque
    assert reading.runs[0].before == "a: "


ANY = st.lists(
    st.one_of(
        st.text(max_size=6), st.sampled_from(["%41", "\\u0042", "&#67;", "=3D", "QUJDREVGR0hJ", "4142434445464748"])
    )
)


@given(ANY)
def test_all_of_a_reading_comes_from_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    for reading in readings(text):
        for start in range(len(reading.text)):
            first, last = reading.source(start, start + 1)
            assert 0 <= first <= last <= len(text)
    for reading in readings(text, depth=1):
        for number, line in enumerate(reading.text.split("\n")):
            assert reading.changed is None or number in reading.changed or line in text


def test_lines_that_go_on_are_known() -> None:
    assert is_escaped("a\\u{200b}b")
    assert is_escaped("ｆ")
    assert not is_escaped("naïve — “quoted” 50%")
    assert is_continued("  " + "QUJD" * 19)
    assert is_continued("x" * 75 + "=")
    assert not is_continued("a = b")
