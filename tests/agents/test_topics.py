"""Which criteria a sentence speaks of: what it cites, and beside it what it names."""

from __future__ import annotations

import pytest

from gonogo.agents.prose_guard import TextFacts
from gonogo.agents.prose_guard.topics import topics_of
from gonogo.model.report import Report


@pytest.fixture(scope="module")
def facts(shop_report: Report) -> TextFacts:
    return TextFacts.of(shop_report)


def named(text: str, facts: TextFacts) -> set[str]:
    """The criteria that a sentence speaks of which cites none."""
    rows, _ = topics_of(text, facts, facts.cite(()))
    return {row.criterion for row in rows}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("The criterion rate-limiting is not answered.", "rate-limiting"),
        ("Rate limits are there for nobody.", "rate-limiting"),
        ("There is no authentication before the routes.", "authentication"),
        ("Nobody looked at Backups.", "backups"),
        ("An image scan does not run.", "image-scanning"),
    ],
)
def test_a_criterion_is_named_by_its_slug_or_its_words(text: str, slug: str, facts: TextFacts) -> None:
    assert slug in named(text, facts)


@pytest.mark.parametrize(
    "text", ["Nobody limits what is rated.", "It is pre-backups-era code.", "It backs up nothing."]
)
def test_what_only_looks_like_its_name_names_none(text: str, facts: TextFacts) -> None:
    assert not named(text, facts) & {"rate-limiting", "backups"}
