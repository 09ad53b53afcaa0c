"""Files that are no cassette, or not a whole one: one sentence that says what to do, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.cassette import open_cassette, read_about
from gonogo.cassette.errors import CassetteError
from gonogo.cassette.file import Cassette, read_cassette, write_cassette
from tests.cassette.test_round_trip import interaction

VCRPY = "interactions:\n- request: {method: GET, uri: 'http://h.example/', body: null, headers: {}}\nversion: 1\n"
TAGGED = "interactions:\n- request: {body: !!binary aGVsbG8=}\nversion: 1\n"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "whole.yaml"
    recorded = [interaction(f'{{"n": {n}, "text": "a\\nb\\nc"}}'.encode(), b'{"said": "x\\ny"}') for n in range(3)]
    write_cassette(path, Cassette({"against": "a test"}, tuple(recorded)))
    return path


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such cassette: record one with --record once."),
        (b"", "is empty: delete it, and record it with --record once."),
        (b" \n", "is empty"),
        (b"\xff\xfe\x00", "is not text, so it is no cassette"),
        (VCRPY.encode(), "is a cassette of vcrpy or of another tool: record it again with gonogo."),
        (TAGGED.encode(), "is a cassette of vcrpy or of another tool"),
        (b"services:\n  shop: {}\n", "is no cassette of gonogo (it has no gonogo_cassette header): give another file."),
        (b"just words", "is no cassette of gonogo"),
        (b"- 1\n", "is no cassette of gonogo"),
        (b"a: &a [*a]\n", "is cut or no YAML"),
        (b"a: [1\nb: 2\n", "is cut or no YAML at line 2: restore it, or record it again."),
        (b"gonogo_cassette: 2\ncount: 0\ninteractions: []\n...\n", "is of format 2 and this gonogo reads 1: update"),
        (b"gonogo_cassette: 1\ncount: 0\ninteractions: []\n", "the file is cut"),
        (b"gonogo_cassette: 1\ncount: 1\ninteractions:\n  - request: {}\n...\n", "interaction 1 is not whole"),
        (b"gonogo_cassette: 1\ncount: 1\ninteractions:\n  - 7\n...\n", "interaction 1 is not whole"),
    ],
)
def test_what_is_no_cassette_says_so(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    if content is not None:
        path.write_bytes(content)
    for mode in ("none", "once", "new") if content is not None else ("none",):
        with pytest.raises(CassetteError) as caught, open_cassette(path, mode):
            pytest.fail("it opened")
        assert str(caught.value).startswith(f"{path}: ")
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)
    assert content is None or path.read_bytes() == content


def test_a_folder_is_no_cassette(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="can't be read"), open_cassette(tmp_path, "none"):
        pytest.fail("it opened")


def test_a_file_that_is_cut_anywhere_is_refused(whole: Path, tmp_path: Path) -> None:
    data, cut = whole.read_bytes(), tmp_path / "cut.yaml"
    assert data.endswith(b"\n...\n")
    for at in range(len(data) - 1):
        cut.write_bytes(data[:at])
        with pytest.raises(CassetteError):
            read_cassette(cut)


def test_a_file_that_lost_an_interaction_is_refused(whole: Path) -> None:
    text = whole.read_text()
    start, end = text.index("  - request:"), text.rindex("  - request:")
    whole.write_text(text[:start] + text[end:])
    with pytest.raises(CassetteError, match="the file says 3 interactions and holds 1: restore it, or record it again"):
        read_cassette(whole)


def test_the_header_is_read_alone(whole: Path) -> None:
    text = whole.read_text()
    whole.write_text(text[: text.index("interactions:") + 20])
    assert read_about(whole) == {"against": "a test"}


def test_a_failed_write_keeps_the_old_file(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = whole.read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CassetteError, match=r"can't be written \(No space left on device\)"):
        write_cassette(whole, Cassette({}, ()))
    assert whole.read_bytes() == before
    assert list(whole.parent.iterdir()) == [whole]


def test_line_ends_of_another_system_change_nothing(whole: Path) -> None:
    before = read_cassette(whole)
    whole.write_bytes(whole.read_bytes().replace(b"\n", b"\r\n"))
    assert read_cassette(whole) == before
