"""Laws of the prose guard, tried with random text: no number, name, link or verdict gets through by where it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gonogo.agents.prose_guard import Sentence, TextFacts, check_claim, check_sentences, explain_refusals
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from tests.agents.prose_sentences import HONEST
from tests.agents.restated import restated

LONG = pytest.mark.parametrize("examples", [150, pytest.param(5000, marks=pytest.mark.sweep)])
FAILING = [(text, cites) for text, cites in HONEST if "metrics-exposed" in cites]
CITES = ("metrics-exposed", "tests-in-ci", "pinned-images")
WORDS = st.sampled_from(" ".join(text for text, _ in HONEST).split())
ODD = st.text(alphabet="abc:/.![]()<>&;#`*_-@%\\\"' \u200b\u0430\uff27", min_size=1, max_size=24)
LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=10)


@pytest.fixture(scope="module")
def facts(shop_report: Report) -> TextFacts:
    return TextFacts.of(shop_report)


def kinds(text: str, cites: tuple[str, ...], facts: TextFacts) -> set[str]:
    return {refusal.kind.value for refusal in check_sentences([Sentence(text=text, cites=cites)], facts)}


@LONG
def test_a_number_that_is_no_fact_is_refused_wherever_it_stands(facts: TextFacts, examples: int) -> None:
    ways = st.sampled_from(
        ("{}", "{}%", "{} ms", "{}-day", "v{}", "{:,}", "about {}", "`{}`", "{} of the 144 criteria", "${}", "~{}")
    )

    @settings(max_examples=examples, deadline=None)
    @given(number=st.integers(min_value=200), way=ways, sentence=st.sampled_from(HONEST), place=st.integers(0, 12))
    def is_refused(number: int, way: str, sentence: tuple[str, str], place: int) -> None:
        text, cites = sentence
        assume(not facts.corpus.has(str(number)) and not facts.corpus.has(f"{number:,}"))
        assume(str(number) not in facts.numbers)
        words = text.split()
        words.insert(min(place, len(words)), way.format(number))
        assert kinds(" ".join(words), tuple(cites.split()), facts) & {"number", "name", "personal data", "secret"}

    is_refused()


@LONG
def test_an_invented_name_is_refused_wherever_it_stands(facts: TextFacts, examples: int) -> None:
    ways = st.sampled_from(
        (
            "{0}_{1}",
            "{0}.{1}",
            "{0}/{1}.py",
            "{0}{2}",
            "`{0}`",
            "{3}-{1}-{0}-v2",
            "--{0}-{1}",
            "{0}::{1}",
            "{2}{3}",
            "{0}({1})",
            "{4}",
        )
    )

    @settings(max_examples=examples, deadline=None)
    @given(first=LETTERS, second=LETTERS, way=ways, place=st.integers(1, 12), sentence=st.sampled_from(FAILING))
    def is_refused(first: str, second: str, way: str, place: int, sentence: tuple[str, str]) -> None:
        assume(not facts.corpus.has_word(first) and not facts.corpus.has_word(second))
        upper = first.upper() + "Q"
        name = way.format(first, second, second.capitalize(), first.capitalize(), upper)
        words = sentence[0].split()
        words.insert(min(place, len(words)), name)
        assert kinds(" ".join(words), CITES, facts) & {"name", "link", "markup", "verdict"}

    is_refused()


@LONG
def test_what_passes_holds_no_link_no_image_no_markup(facts: TextFacts, examples: int) -> None:
    @settings(max_examples=2 * examples, deadline=None)
    @given(parts=st.lists(st.one_of(WORDS, ODD), min_size=1, max_size=12))
    def holds_none(parts: list[str]) -> None:
        text = " ".join(parts)
        if check_sentences([Sentence(text=text, cites=CITES)], facts) == ():
            assert not re.search(r"://|www\.|!\[|\]\(|</?[a-z!]|&\w+;|``|[\n\u200b\u0430\uff27]|@\w+\.\w", text), text

    holds_none()


@LONG
def test_another_verdict_is_refused(shop_report: Report, examples: int) -> None:
    good = {row.slug: Status.PASS for row in shop_report.criteria}
    conditional = good | {"metrics-exposed": Status.UNVERIFIED}
    reports = {
        report.verdict.value: TextFacts.of(report)
        for report in (shop_report, restated(shop_report, good), restated(shop_report, conditional))
    }
    assert set(reports) == set(Value)
    frames = (
        "The verdict is {}.",
        "{}: that is the verdict.",
        "The audit ends in {}.",
        "It gets a {}.",
        "{}",
        "verdict: {}",
    )

    @settings(max_examples=examples, deadline=None)
    @given(own=st.sampled_from(Value), said=st.sampled_from(Value), frame=st.sampled_from(frames))
    def only_its_own(own: Value, said: Value, frame: str) -> None:
        found = kinds(frame.format(said.value), ("backups",), reports[own])
        assert ("verdict" in found) is (own is not said), (own, said, frame)

    only_its_own()


@LONG
def test_any_text_is_read_the_same_way_twice_and_told_in_lines(facts: TextFacts, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(text=st.text(max_size=500), cites=st.lists(st.sampled_from([*CITES, "nothing", ""]), max_size=3))
    def is_read(text: str, cites: list[str]) -> None:
        sentence = Sentence(text=text, cites=tuple(cites))
        refusals = check_sentences([sentence], facts)
        assert refusals == check_sentences([sentence], facts)
        assert len(explain_refusals(refusals).splitlines()) <= len(refusals)
        assert check_claim(text, facts, cites=cites) == check_claim(text, facts, cites=cites)

    is_read()
