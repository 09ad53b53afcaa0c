"""Drafts say what their report says: every figure, id and status, in every style, of every report."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.agents.guard import check_report
from gonogo.commands.draft import STYLES as OFFERED
from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Request, audit
from gonogo.model.baseline import Baseline
from gonogo.model.criterion import Area, Status, Strength
from gonogo.model.policy import Policy
from gonogo.model.report import Report
from gonogo.model.target import Target, Tier
from gonogo.model.verdict import Value
from gonogo.report.drafts import STYLES, draft
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository
from tests.conftest import NOON
from tests.report.draft_laws import check_draft, check_numbers
from tests.report.drafted import Choice, choices, criteria, made

SERVICES = Path(__file__).parents[1] / "services"
EVERY = {row.slug: Choice() for row in criteria()}
FAILING = Choice(Status.FAIL, (("app/main.py", 3), (None, 1)))
SECURITY = [row.slug for row in criteria() if row.area is Area.SECURITY]
CASES = {
    "nothing fails": (EVERY, {}),
    "everything fails": (dict.fromkeys(EVERY, FAILING), {"extra": True}),
    "nothing assessed": (dict.fromkeys(EVERY, Choice(Status.UNVERIFIED)), {}),
    "nothing asked": ({}, {}),
    "nothing applies": (dict.fromkeys(EVERY, Choice(Status.NOT_APPLICABLE)), {}),
    "one area": (dict.fromkeys(SECURITY, FAILING), {"tier": Tier.A}),
    "waived": (EVERY | dict.fromkeys(SECURITY, Choice(Status.FAIL, waived=True)), {}),
    "contested": (EVERY | dict.fromkeys(SECURITY, Choice(Status.FAIL, proposed=Status.PASS)), {}),
    "lost": (EVERY | dict.fromkeys(SECURITY, Choice(Status.UNVERIFIED, lost=True)), {}),
    "cut": (EVERY | dict.fromkeys(SECURITY, Choice(Status.UNVERIFIED, unfinished=True)), {}),
    "stated only": (dict.fromkeys(EVERY, Choice(strength=Strength.STATED)), {}),
    "a policy": (EVERY | {"security-policy": FAILING}, {"policy": Policy(required=("security-policy",))}),
    "a policy that is not met": (
        EVERY | dict.fromkeys(SECURITY, Choice(Status.UNVERIFIED)),
        {"policy": Policy(minimum_coverage=99), "extra": True},
    ),
}


def case(name: str) -> Report:
    found, options = CASES[name]
    return made(found, **options)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", sorted(CASES))
def test_a_draft_says_what_its_report_says(name: str, style: str) -> None:
    report = case(name)
    check_report(report)
    text = draft(report, style)
    check_draft(report, text)
    check_numbers(report, text)


@settings(max_examples=20)
@given(choices(), st.sampled_from(Tier), st.booleans())
def test_whatever_the_report(answers: dict[str, Choice], tier: Tier, extra: bool) -> None:
    report = made(answers, tier=tier, extra=extra)
    check_report(report)
    for style in STYLES:
        text = draft(report, style)
        check_draft(report, text)
        check_numbers(report, text)


@settings(max_examples=5)
@given(choices(), choices())
def test_whatever_the_earlier_audit(before: dict[str, Choice], after: dict[str, Choice]) -> None:
    earlier, report = Baseline.of(made(EVERY | before)), made(EVERY | after)
    for style in STYLES:
        check_draft(report, draft(report, style, before=earlier), earlier)


@pytest.mark.parametrize("style", STYLES)
def test_of_real_audits(style: str, shop_report: Report) -> None:
    check_draft(shop_report, draft(shop_report, style))


@pytest.mark.parametrize(
    "name", ["payouts", *(pytest.param(n, marks=pytest.mark.sweep) for n in ("parcels", "concierge"))]
)
def test_of_audits_of_services(name: str) -> None:
    collector = Collector(open_repository([SERVICES / name]), Target(name=name))
    report = audit(Request(collector, load_catalogue()), clock=lambda: NOON)
    for style in STYLES:
        check_draft(report, draft(report, style))


@pytest.mark.parametrize("style", STYLES)
def test_same_report_same_bytes(style: str, shop_report: Report) -> None:
    again = Report.model_validate_json(shop_report.model_dump_json())
    assert draft(again, style) == draft(shop_report, style)


def test_the_command_offers_every_style() -> None:
    assert OFFERED == STYLES
    with pytest.raises(KeyError):
        draft(case("nothing asked"), "poem")


def test_an_empty_audit_is_no_clean_one() -> None:
    for name in ("nothing assessed", "nothing asked", "nothing applies"):
        for style in STYLES:
            assert "This is not a clean result" in draft(case(name), style)
    assert "This is not a clean result" not in draft(case("nothing fails"), "summary")


def test_only_a_go_is_certified_without_conditions() -> None:
    go, no_go = case("nothing fails"), case("everything fails")
    assert (go.verdict.value, no_go.verdict.value) == (Value.GO, Value.NO_GO)
    assert "This run certifies the target as it was read" in draft(go, "certification")
    assert "This run does not certify the target" in draft(no_go, "certification")
    assert "only under the conditions below" in draft(case("waived"), "certification")


def test_a_younger_run_is_no_earlier_one() -> None:
    report = case("nothing fails")
    later = (NOON + timedelta(days=9)).isoformat()
    young = Baseline.of(report).model_copy(update={"created": later})
    assert "it was made 2026-11-30, this one 2026-11-21" in draft(report, "full", before=young)


@pytest.mark.sweep
@settings(max_examples=100)
@given(choices(), st.sampled_from(Tier), st.booleans(), choices())
def test_very_many(answers: dict[str, Choice], tier: Tier, extra: bool, before: dict[str, Choice]) -> None:
    report = made(answers, tier=tier, extra=extra)
    earlier = Baseline.of(made(before, tier=tier, extra=extra))
    for style in STYLES:
        text = draft(report, style)
        check_draft(report, text)
        check_numbers(report, text)
        check_draft(report, draft(report, style, before=earlier), earlier)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (r"\| \*\*All\*\* \| (\d)", r"| **All** | 9\1"),
        (r": PASS: the reason", ": FAIL: the reason"),
        (r"- \[ \] SEC", "- [x] SEC"),
        (r"\((\d+)%\)", "(101%)"),
        (r"is NO-GO", "is GO"),
        (r"(SEC-\d+) [a-z-]+", r"\1 other"),
        (r"about (\d+) h", "about 7351 h"),
        (r"2026-12-21", "2026-12-21, approved"),
        (r"## Cannot verify", "## Cannot verify\n\n`ev-000000000000`"),
    ],
)
def test_the_laws_notice(what: str, instead: str) -> None:
    """Else they would pass whatever a draft says."""
    report = made(EVERY | dict.fromkeys(SECURITY, FAILING))
    text = draft(report, "checklist")
    check_draft(report, text)
    check_numbers(report, text)
    changed, count = re.subn(what, instead, text, count=1)
    assert count, what
    with pytest.raises(AssertionError):
        check_draft(report, changed)
        check_numbers(report, changed)
