"""The YAML loader: right values, right lines, and bounds."""

from __future__ import annotations

from itertools import pairwise

from gonogo.tools.yaml_marks import Map, Seq, Tagged, load_json, load_yaml

NESTED = """\
on: push
version: 3.10
base: &base
  image: "1.0"
  script: |
    one
    two
more:
  <<: *base
  image: 2
items:
- !Ref Bucket
- name: yes
"""


def test_values_follow_yaml_12_and_keep_how_floats_are_written() -> None:
    found = load_yaml(NESTED).first
    assert (found["on"], str(found["version"]), found.map("base")["image"]) == ("push", "3.10", "1.0")
    assert found.maps("items")[0]["name"] == "yes"
    assert load_yaml("a: 010\nb: 0x1F\nc: ~\nd: true\ne: 1e3\nf: 1.2.3").first == {
        "a": 8,
        "b": 31,
        "c": None,
        "d": True,
        "e": 1000.0,
        "f": "1.2.3",
    }


def test_lines_of_keys_items_and_ends() -> None:
    found = load_yaml(NESTED).first
    assert found.lines == {"on": 1, "version": 2, "base": 3, "more": 8, "items": 11}
    assert found.map("base").end_line == 7
    assert found.seq("items").lines == [12, 13]
    assert load_yaml("a: 1\n---\nb: 2\n", first_line=10).documents[1].value.line_of("b") == 12


def test_merge_keys_and_tags() -> None:
    found = load_yaml(NESTED).first
    assert found.map("more")["image"] == 2
    assert found.map("more").lines["script"] == 5
    assert found["items"][0] == Tagged("!Ref", "Bucket", 12)


def test_a_quoted_merge_key_is_a_key() -> None:
    assert load_yaml('a: {"<<": 1}').first.map("a") == {"<<": 1}


def test_a_fault_keeps_what_came_before() -> None:
    found = load_yaml("a: 1\n---\nb: [\n")
    assert [document.value for document in found.documents] == [{"a": 1}]
    assert found.fault is not None and found.fault.line >= 3 and not found.fault.limit


def test_duplicate_keys_are_told() -> None:
    assert load_yaml("a: 1\nb: 2\na: 3\n").documents[0].duplicates == (("a", 3),)


def test_alias_bombs_deep_nesting_and_loops_are_faults() -> None:
    names = "abcdefghi"
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in pairwise(names)
    )
    for text in (bomb, "[" * 50_000, "{a: " * 50_000):
        fault = load_yaml(text).fault
        assert fault is not None and fault.limit
    loop = load_yaml("a: &a [*a]").fault
    assert loop is not None and "contains itself" in loop.reason


def test_json_with_tabs_has_lines() -> None:
    found = load_json('{\n\t"a": {"b": [1,\n2]}}')
    assert found.first.map("a").seq("b").lines == [2, 3]
    fault = load_json("{a: 1}").fault
    assert fault is not None and fault.line == 1
    deep = load_json("[" * 100_000).fault
    assert deep is not None and deep.limit


def test_control_characters_and_nothing_at_all() -> None:
    assert load_yaml("a: \x01b").first["a"] == "\ufffdb"
    assert load_yaml("").documents == ()
    assert load_yaml("# only a comment").first == {}
    assert isinstance(load_yaml("- 1").documents[0].value, Seq)
    assert isinstance(load_yaml("{}").documents[0].value, Map)


def test_lines_of_a_text_that_was_made_from_another() -> None:
    found = load_yaml("a: 1\nb:\n  c: 2\n", path="x.yaml", source_lines=[4, 4, 9]).first
    assert (found.lines, found.map("b").place("c").line) == ({"a": 4, "b": 4}, 9)
    assert str(found.place("b")) == "x.yaml:4"
