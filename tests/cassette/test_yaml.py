"""What is written reads back equal, whatever the text; and it is written for eyes."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.cassette.yaml_read import read_yaml
from gonogo.cassette.yaml_text import to_yaml

ODD = "\n\t '\"\\:#-|>&*!%@`{}[],?\r\x85\u2028\ufeff\u200b\x00~=<"
texts = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(ODD)), max_size=40)
lines = st.text(st.sampled_from("ab \n\t"), max_size=30)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    lines,
    texts.map(lambda text: text * 80),
)
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=25
)


@settings(max_examples=400, deadline=None)
@given(values, st.booleans())
def test_it_reads_back_equal(value: Any, repeats: bool) -> None:
    document = {"value": value, "again": [value, {"inner": value}] if repeats else 1}
    written = to_yaml(document)
    for found in (read_yaml(written), yaml.safe_load(written)):
        assert json.dumps(found) == json.dumps(document)


def test_text_stands_as_it_is() -> None:
    code = 'func main() {\n\tfmt.Println("x: \\t")  \n}\n'
    assert to_yaml({"code": code}) == 'code: |\n  func main() {\n  \tfmt.Println("x: \\t")  \n  }\n'


def test_what_is_hidden_is_shown() -> None:
    assert to_yaml({"text": "a\u200bb\nc\u202ed\n"}) == 'text: "a\\u200Bb\\n\\\n  c\\u202Ed\\n\\\n  "\n'


def test_what_repeats_is_written_once() -> None:
    system = [{"text": "You audit services.\n" * 20}]
    written = to_yaml({"one": {"system": system, "n": 1}, "two": {"system": list(system), "n": 2}})
    assert written.count("You audit services.") == 20
    assert written.count("system-") == 2
