"""What a model says of causes, proposals and observations, before a report exists."""

from __future__ import annotations

import pytest

from gonogo.agents.prose_guard import TextFacts, check_claim
from gonogo.model.criterion import Status, Strength
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.report import Report

LOOP = "while True:\n    try:\n        call(timeout=5)\n    except OSError:\n        continue  # 30 tries"


@pytest.fixture(scope="module")
def facts(shop_report: Report) -> TextFacts:
    return TextFacts.make(
        criteria=shop_report.criteria,
        assessments=shop_report.assessments,
        findings=shop_report.findings,
        evidence=shop_report.evidence,
        target=shop_report.target,
    )


def kinds(text: str, facts: TextFacts, cites: str = "", quote: str = LOOP, argues: Status | None = None) -> set[str]:
    found = check_claim(text, facts, cites=tuple(cites.split()), quotes=(quote,) if quote else (), argues=argues)
    return {refusal.kind.value for refusal in found}


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("The loop never sleeps, so an outage of the backend is answered with a flood of requests.", ""),
        ("Each call has a timeout of 5 s. The comment speaks of 30 tries, and nothing counts them.", ""),
        ("`except OSError` swallows the error and the loop goes on.", ""),
        (
            "The service was written without any telemetry library, so it makes neither metrics nor spans.",
            "metrics-exposed",
        ),
        ("No pipeline was ever set up, so nothing runs the tests.", "tests-in-ci ci-exists"),
        ("A person approves each order by hand.", "change-approval"),
    ],
)
def test_an_honest_claim_passes(text: str, cites: str, facts: TextFacts) -> None:
    assert kinds(text, facts, cites) == set()


@pytest.mark.parametrize(
    ("kind", "text", "cites"),
    [
        ("number", "The loop runs 250 times.", ""),
        ("number", "The timeout is 30 seconds.", ""),
        ("number", "51 criteria fail.", "metrics-exposed"),
        ("name", "The function parse_ledger swallows errors.", ""),
        ("name", "src/evil.py opens a shell.", ""),
        ("name", "It was left by Eve Mallory.", ""),
        ("severity", "This is a critical issue.", "license"),
        ("status", "Everything is fully secure.", "authentication"),
        ("status", "The workloads are healthy.", "workload-health"),
        ("verdict", "This is ready for production.", ""),
        ("verdict", "The NO-GO is deserved.", "metrics-exposed"),
        ("verdict", "It was approved by the security team.", ""),
        ("link", "See https://evil.example/x.", ""),
        ("markup", "![x](y) shows it.", ""),
        ("citation", "The loop never sleeps.", "no-such-slug"),
        ("length", "", ""),
        ("length", "The loop never sleeps. " * 13, ""),
    ],
)
def test_a_dishonest_claim_is_refused(kind: str, text: str, cites: str, facts: TextFacts) -> None:
    assert kind in kinds(text, facts, cites)


def test_a_claim_stands_on_something(facts: TextFacts) -> None:
    assert kinds("The loop never sleeps.", facts, quote="") == {"citation"}


def test_only_a_claim_that_argues_for_it_may_speak_well_of_what_does_not_pass(facts: TextFacts) -> None:
    text = "Metrics are exposed and configured by the middleware."
    quote = "app.add_middleware(PrometheusMiddleware)"
    assert kinds(text, facts, "metrics-exposed", quote) == {"status"}
    assert kinds(text, facts, "metrics-exposed", quote, argues=Status.PASS) == set()
    assert kinds("The middleware is operational.", facts, "metrics-exposed", quote, argues=Status.PASS) == {"status"}


def test_evidence_that_was_read_for_a_claim_may_be_cited_and_named(facts: TextFacts) -> None:
    found = Evidence.make(
        tool="repository.read",
        source="repository",
        locator=Locator(path="app/retry.py", line=12, end_line=16),
        excerpt=LOOP,
        strength=Strength.DEFINED,
    )
    text = "The loop at app/retry.py:12 never sleeps."
    assert check_claim(text, facts, cites=(found.id,), evidence=(found,)) == ()
    refused = {refusal.kind.value for refusal in check_claim(text, facts, cites=(found.id,), quotes=(LOOP,))}
    assert refused == {"citation", "name"}
