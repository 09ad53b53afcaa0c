"""The template's own prose holds before the guard that a model's prose has to pass."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.agents.prose_guard import Sentence, TextFacts, check_sentences, split_sentences
from gonogo.agents.synthesizer import write_prose
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.target import Tier
from gonogo.model.verdict import Value
from tests.agents.restated import restated


def cited(text: str, report: Report) -> list[Sentence]:
    """Sentences that cite all slugs that they name."""
    slugs = [row.slug for row in report.criteria]
    return [
        Sentence(text=part, cites=tuple(s for s in slugs if re.search(rf"(?<![\w-]){re.escape(s)}(?![\w-])", part)))
        for part in split_sentences(text)
    ]


def refused(report: Report) -> list[str]:
    facts = TextFacts.of(report)
    return [
        f"{prose.section}: {refusal}"
        for prose in write_prose(report)
        for refusal in check_sentences(cited(prose.text, report), facts)
    ]


def test_the_template_of_a_real_report_passes(shop_report: Report) -> None:
    assert refused(shop_report) == []


def test_the_template_of_a_go_passes(shop_report: Report) -> None:
    report = restated(shop_report, {row.slug: Status.PASS for row in shop_report.criteria})
    assert report.verdict.value is Value.GO
    assert refused(report) == []


SHARES = ((Status.PASS,), (Status.FAIL,), tuple(Status), (Status.PASS, Status.PASS, Status.PASS, Status.UNVERIFIED))


def test_the_template_of_any_report_passes(shop_report: Report) -> None:
    @settings(max_examples=60, deadline=None)
    @given(share=st.sampled_from(SHARES), tier=st.sampled_from(Tier), drawn=st.binary(min_size=200, max_size=200))
    def passes(share: tuple[Status, ...], tier: Tier, drawn: bytes) -> None:
        statuses = {row.slug: share[drawn[place] % len(share)] for place, row in enumerate(shop_report.criteria)}
        assert refused(restated(shop_report, statuses, tier)) == []

    passes()
