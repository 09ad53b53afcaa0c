"""Reasons read as sentences, whatever they count."""

from __future__ import annotations

import pytest

from gonogo.checks.observed.agreement import counts, share, verb


@pytest.mark.parametrize(
    ("plural", "one"), [("are", "is"), ("have", "has"), ("miss", "misses"), ("keep", "keeps"), ("were", "was")]
)
def test_a_verb_agrees_with_its_count(plural: str, one: str) -> None:
    assert verb(1, plural) == one
    assert verb(0, plural) == verb(2, plural) == plural


def test_a_share_agrees_with_how_many_it_is() -> None:
    assert share(1, "3 buckets", "are") == "1 of 3 buckets is"
    assert share(2, "3 buckets", "are") == "2 of 3 buckets are"


def test_what_there_is_none_of_is_not_counted() -> None:
    assert counts((1, "group"), (0, "database"), (2, "cluster")) == "1 group and 2 clusters"
    assert counts((3, "group"), (1, "database"), (2, "cluster")) == "3 groups, 1 database and 2 clusters"
    assert counts((0, "group"), (0, "database")) == "0 groups"
