"""What is no report, or one made to hurt, is refused with a sentence that names the file and says what to do."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.tools.errors import ToolError
from gonogo.tools.imported import opening, read_imports, rows
from gonogo.tools.imported.detect import read_import
from tests.imported.documents import imported, one, result, sarif

ENTITIES = '<!DOCTYPE t [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'
OUTSIDE = '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"hello", "nothing that can be imported"),
        (b"\x00\x01\x02", "nothing that can be imported"),
        (b"{", "no valid JSON"),
        (b'{"version": "2.1.0", "runs": [{]}', "no valid JSON"),
        (b'{"runs": [], "version": "2.1.0", "version": "2.1.0"}', "'version' stands twice"),
        (b'{"version": "2.1.0", "runs": NaN}', "NaN is no number"),
        (b'{"version": "2.1.0", "runs": ' + b"9" * 5000 + b"}", "no valid JSON"),
        (b"[" * 100_000, "too deep"),
        (b'{"a":' * 100_000, "too deep"),
        (b"[]", "is an empty list"),
        (b"[1, 2]", "no format that can be imported"),
        (b'{"a": 1}', "no format that can be imported"),
        (b'{"ArtifactName": "x", "Results": []}', "--format sarif"),
        (b'{"\xff": 1}', "is not UTF-8"),
        (b"<a", "no valid XML"),
        (b"<html><body/></html>", "root element 'html'"),
        (ENTITIES.encode(), "declares entities"),
        (OUTSIDE.encode(), "declares entities"),
        (b"<testsuite>" * 5000, "nests deeper"),
        (gzip.compress(b"x" * 1000, mtime=0), "is packed"),
        (b"PK\x03\x04zip", "is packed"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(ToolError, match=says) as caught:
        imported(tmp_path, content)
    assert "results.json" in str(caught.value) and str(caught.value).endswith(".")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in ("pipe", "device", "missing"):
        with pytest.raises(ToolError, match=name):
            read_imports([tmp_path / name])
    with pytest.raises(ToolError, match="no regular file"):
        read_imports([tmp_path])


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = sarif(*(result("r") for _ in range(30)))
    for module, name, most in (
        (opening, "FILE_LIMIT", 1000),
        (opening, "MOST_VALUES", 100),
        ("gonogo.tools.imported.sarif", "MOST_ROWS", 29),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"{module}.{name}" if isinstance(module, str) else module.__name__ + f".{name}", most)
            with pytest.raises(ToolError, match="split it"):
                imported(tmp_path, text)
    assert one(tmp_path, text).rows == 30 <= rows.MOST_ROWS


def test_text_of_other_encodings(tmp_path: Path) -> None:
    text = sarif(result("CKV_AWS_20"))
    for data in (text.encode("utf-8-sig"), text.encode("utf-16")):
        assert one(tmp_path, data).rows == 1


def test_half_a_character_can_be_written_down(tmp_path: Path) -> None:
    text = sarif(result("CKV_AWS_20", message={"text": "broken \ud800 text"}))
    assert imported(tmp_path, text).model_dump_json().encode()


def test_secrets_personal_data_and_hidden_characters_do_not_stay(tmp_path: Path) -> None:
    key = "AKIA" + "Q3EXAMPLE7ZWTR4K"[:16]
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    message = f"found {token} and {key} of jane.doe@shop-mail.de \u202eevil\u200b"
    text = sarif(
        result("CKV_AWS_20", path=f"src/{token}.py", message={"text": message}),
        result(f"unknown-{token}"),
        tool="Checkov",
    )
    told = imported(tmp_path, text).model_dump_json()
    assert "[redacted:" in told
    for word in (token, "jane.doe", "\u202e", "\u200b"):
        assert word not in told


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(data)
    try:
        read_import(path)
    except ToolError as error:
        assert str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
HEADS = (
    {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{}]}]},
    {"bomFormat": "CycloneDX"},
    {"spdxVersion": "SPDX-2.3"},
    {"class_uid": 2004, "metadata": {}},
)


KEYS = (
    *("runs", "results", "components", "vulnerabilities", "packages", "metadata", "resources", "finding_info"),
    *("status_id", "severity_id", "time", "creationInfo", "class_uid"),
)


@settings(max_examples=60)
@given(st.sampled_from(HEADS), st.lists(st.tuples(st.sampled_from(KEYS), JSON), max_size=4))
def test_any_types_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, head: dict[str, object], changes: list[tuple[str, object]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(head | dict(changes)), encoding="utf-8")
    try:
        read_imports([path]).model_dump_json()
    except ToolError as error:
        assert str(error)
