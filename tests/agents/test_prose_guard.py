"""A model's prose: what an engineer would write of a report passes, what the facts do not bear is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gonogo.agents.prose_guard import Sentence, TextFacts, check_sentences, explain_refusals, split_sentences
from gonogo.model.assessment import Waiver
from gonogo.model.criterion import Status, Strength
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from tests.agents.prose_sentences import DISHONEST, HONEST
from tests.agents.restated import restated


@pytest.fixture(scope="module")
def facts(shop_report: Report) -> TextFacts:
    return TextFacts.of(shop_report)


def kinds(text: str, cites: str, facts: TextFacts) -> set[str]:
    return {refusal.kind.value for refusal in check_sentences([Sentence(text=text, cites=tuple(cites.split()))], facts)}


@pytest.mark.parametrize(("text", "cites"), HONEST)
def test_an_honest_sentence_passes(text: str, cites: str, facts: TextFacts) -> None:
    assert check_sentences([Sentence(text=text, cites=tuple(cites.split()))], facts) == ()


@pytest.mark.parametrize(("kind", "text", "cites"), [(kind, *row) for kind, rows in DISHONEST.items() for row in rows])
def test_a_dishonest_sentence_is_refused_for_what_is_wrong(kind: str, text: str, cites: str, facts: TextFacts) -> None:
    assert kind in kinds(text, cites, facts)


def test_what_code_says_of_each_criterion_may_be_said(shop_report: Report, facts: TextFacts) -> None:
    said = [(row.criterion, row.reason) for row in shop_report.assessments if row.status is not Status.NOT_APPLICABLE]
    said += [(finding.id, finding.what) for finding in shop_report.findings]
    refused = [
        (cites, text, kinds(text + ".", cites, facts)) for cites, text in said if kinds(text + ".", cites, facts)
    ]
    assert refused == []
    assert len(said) > 100


def test_why_each_criterion_matters_may_be_said_where_it_fails(shop_report: Report) -> None:
    failing = restated(shop_report, {row.slug: Status.FAIL for row in shop_report.criteria})
    facts = TextFacts.of(failing)
    assert [row.slug for row in failing.criteria if kinds(row.why, row.slug, facts)] == []


def test_how_a_repair_is_seen_may_not_be_told_as_if_it_were_so(shop_report: Report) -> None:
    """The catalogue's words for the state after the repair are praise today."""
    failing = restated(shop_report, {row.slug: Status.FAIL for row in shop_report.criteria})
    facts = TextFacts.of(failing)
    passed = [row.slug for row in failing.criteria if "status" not in kinds(row.verify, row.slug, facts)]
    assert len(passed) < len(failing.criteria) * 0.6
    assert kinds("A query of the indicator returns a number for the last 30 days.", "slo-defined", facts) == {"status"}


@pytest.mark.parametrize(
    ("text", "cites", "go", "conditional"),
    [
        ("GO: shop may go to production as a tier B service.", "", True, False),
        ("The verdict is GO.", "", True, False),
        ("The service is ready for production.", "backups", True, False),
        ("CONDITIONAL: shop may go to production only under conditions.", "", False, True),
        ("The verdict is CONDITIONAL.", "", False, True),
        ("The service is not ready for production.", "metrics-exposed", False, True),
        ("NO-GO: shop may not go to production.", "", False, False),
        ("The verdict is NO-GO.", "", False, False),
    ],
)
def test_only_the_own_verdict_may_be_said(
    text: str, cites: str, go: bool, conditional: bool, shop_report: Report
) -> None:
    good = {row.slug: Status.PASS for row in shop_report.criteria}
    for value, expected, statuses in (
        (Value.GO, go, good),
        (Value.CONDITIONAL, conditional, good | {"metrics-exposed": Status.UNVERIFIED}),
    ):
        report = restated(shop_report, statuses)
        assert report.verdict.value is value
        assert ("verdict" not in kinds(text, cites, TextFacts.of(report))) is expected


def test_a_waiver_may_be_told_where_there_is_one(shop_report: Report) -> None:
    waiver = Waiver(owner="Ops", reason="a small shop", expires="2026-12-01")
    rows = tuple(
        row.model_copy(update={"waived": waiver}) if row.criterion == "metrics-exposed" else row
        for row in shop_report.assessments
    )
    facts = TextFacts.of(shop_report.model_copy(update={"assessments": rows}))
    text = "The gate is waived by Ops until 2026-12-01 although metrics are missing."
    assert kinds(text, "metrics-exposed", facts) == set()
    assert kinds(text, "tests-in-ci", facts) >= {"status"}


def test_only_what_was_seen_working_is_called_healthy(shop_report: Report) -> None:
    read = TextFacts.of(shop_report)
    seen = TextFacts.of(restated(shop_report, {"workload-health": Status.PASS}))
    assert any(item.strength is Strength.OBSERVED for item in seen.evidence.values())
    assert "status" in kinds("The workloads are healthy.", "workload-health", read)
    assert kinds("The workloads are healthy.", "workload-health", seen) == set()


def test_a_quoted_document_may_be_contradicted(shop_report: Report) -> None:
    row = next(row for row in shop_report.findings if row.criterion == "metrics-exposed")
    changed = row.model_copy(update={"what": 'the README says "metrics are monitored", and nothing makes any'})
    rows = tuple(changed if finding is row else finding for finding in shop_report.findings)
    facts = TextFacts.of(shop_report.model_copy(update={"findings": rows}))
    assert kinds('The README says "metrics are monitored", which nothing bears out.', "metrics-exposed", facts) == set()
    assert kinds('As the README says, "metrics are monitored".', "metrics-exposed", facts) == {"status"}


def test_a_section_has_one_to_twelve_sentences(facts: TextFacts) -> None:
    sentence = Sentence(text="The service makes no metrics.", cites=("metrics-exposed",))
    assert check_sentences([sentence] * 12, facts) == ()
    assert {refusal.kind.value for refusal in check_sentences([sentence] * 13, facts)} == {"length"}
    assert {refusal.kind.value for refusal in check_sentences([], facts)} == {"length"}


def test_without_a_verdict_none_may_be_said(facts: TextFacts) -> None:
    undecided = replace(facts, verdict=None)
    for text in ("The verdict is NO-GO.", "The service is not ready for production.", "CONDITIONAL."):
        assert "verdict" in kinds(text, "metrics-exposed", undecided)


def test_a_model_is_told_each_refusal_once_and_on_one_line(facts: TextFacts) -> None:
    sentences = [
        Sentence(text="4 gates fail, and Initech has no alert.", cites=("alert-rules",)),
        Sentence(
            text="The key AKIAQ3EGRZXJ5LTHABCD and jane.doe@acme-shop.com are not hidden.", cites=("secrets-in-repo",)
        ),
    ]
    refusals = check_sentences(sentences, facts)
    told = explain_refusals(refusals)
    assert told == explain_refusals((*refusals, *refusals))
    assert len(told.splitlines()) == len(set(refusals))
    assert 'number "4"' in told
    assert 'name "Initech"' in told
    for private in ("AKIAQ3EGRZXJ5LTHABCD", "jane.doe", "acme-shop.com"):
        assert private not in told
        assert private not in repr(refusals)


def test_another_number_in_a_true_sentence_is_refused(shop_report: Report, facts: TextFacts) -> None:
    """Nearly always: a few other numbers are true as well, since words say loosely what they count."""
    tried = refused = 0
    for text in split_sentences(f"{shop_report.text('summary')} {shop_report.text('next_step')}"):
        cites = " ".join(slug for slug in ("metrics-exposed", "tests-in-ci", "workload-health") if slug in text)
        assert kinds(text, cites, facts) == set()
        for match in re.finditer(r"\d+", text):
            for number in {*map(str, range(60))} - {match[0]}:
                tried += 1
                refused += "number" in kinds(text[: match.start()] + number + text[match.end() :], cites, facts)
    assert tried > 500
    assert refused > 0.97 * tried
