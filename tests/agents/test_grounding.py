"""What a model says stands only where the files bear it, and changes only what a model may change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gonogo.agents.brief import AreaAnswers
from gonogo.agents.grounding import Grounded, Grounding
from gonogo.agents.investigate import collect_answers
from gonogo.agents.prose_guard import Kind, Refusal
from gonogo.agents.quotes import find_quote, is_quoted
from gonogo.agents.submission import END, Submission
from gonogo.criteria import find_criterion
from gonogo.facts.repository import Repository
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Status, Strength
from gonogo.model.evidence import Place
from gonogo.tools.evidence import EvidenceLog
from gonogo.tools.repository import open_repository
from tests.asking import write

FILES = {
    "app/main.py": "import os\n\n\ndef pay(order):\n    for attempt in range(3):\n        post('/pay', order)\n\n\nx\n",
    "docs/on-call.md": "# On call\n\nThe rota is in the calendar of the team.\n",
    "tests/test_main.py": "def test_pay():\n    assert True  # nothing is asked\n",
    "image.bin": "\x00\x01\x02",
}


@dataclass(frozen=True)
class Desk:
    """A specialist's answers over a little repository: one of each status."""

    repository: Repository
    log: EvidenceLog
    answers: AreaAnswers

    def ground(self, *, wrong: tuple[Kind, ...] = (), **parts: object) -> Grounded:
        given = {"causes": [], "answers": [], "observations": [], "end": END} | parts
        grounding = Grounding(
            Area.RELIABILITY,
            "reliability specialist, m",
            self.answers,
            self.repository,
            self.log,
            lambda text, cites, evidence, argues: tuple(Refusal(kind, "it", text) for kind in wrong),
        )
        return grounding.ground(Submission.model_validate(given))


SLUGS = {
    "retries-and-backoff": Status.UNVERIFIED,
    "timeouts": Status.FAIL,
    "on-call": Status.PASS,
    "chaos-tested": Status.NOT_APPLICABLE,
}


def criterion(slug: str) -> Criterion:
    row = find_criterion(slug)
    assert row is not None
    return row


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    repository = open_repository([write(tmp_path, FILES)])
    log = EvidenceLog(repository)
    shown = log.add_place(Place("app/main.py", 6), Strength.DEFINED)
    rows = [criterion(slug) for slug in SLUGS]
    assessments = [
        Assessment(
            criterion=row.slug,
            area=row.area,
            severity=row.severity,
            status=SLUGS[row.slug],
            strength=row.strength,
            reason="code's reason",
            evidence=(shown.id,),
        )
        for row in rows
    ]
    findings: list[Finding] = []
    return Desk(repository, log, collect_answers(rows, assessments, findings, log))


def answer(slug: str, status: str, **changes: object) -> dict[str, object]:
    given = {
        "criterion": slug,
        "status": status,
        "reason": "The loop posts the payment again",
        "path": "app/main.py",
        "line": 5,
        "quote": "for attempt in range(3):\n  post('/pay', order)",
    }
    return given | changes


def test_an_unverified_criterion_can_be_made_to_fail(desk: Desk) -> None:
    found = desk.ground(answers=[answer("retries-and-backoff", "fail")])
    row = found.assessments["retries-and-backoff"]
    assert row.status is Status.FAIL
    assert row.severity is criterion("retries-and-backoff").severity
    assert row.proposal is not None
    assert "code's reason" in row.reason
    finding = found.findings[0]
    assert (finding.locator.path, finding.locator.line, finding.locator.end_line) == ("app/main.py", 5, 6)
    assert finding.by == "reliability specialist, m"
    assert finding.evidence[0] in {item.id for item in desk.log.all()}
    assert finding.severity is criterion("retries-and-backoff").severity


@pytest.mark.parametrize("status", ["pass", "not_applicable"])
@pytest.mark.parametrize("slug", ["retries-and-backoff", "timeouts"])
def test_anything_better_is_only_proposed(desk: Desk, slug: str, status: str) -> None:
    row = desk.ground(answers=[answer(slug, status)]).assessments[slug]
    assert row.status is SLUGS[slug]
    assert row.proposal is not None
    assert row.proposal.status == status
    assert row.is_contested is (slug == "timeouts")
    assert row.is_proposed is (slug != "timeouts")


@pytest.mark.parametrize("slug", ["on-call", "chaos-tested"])
@pytest.mark.parametrize("status", ["fail", "pass", "not_applicable"])
def test_what_code_answered_otherwise_can_t_be_changed(desk: Desk, slug: str, status: str) -> None:
    found = desk.ground(answers=[answer(slug, status)])
    assert not found.assessments
    assert found.refused[0].kind == "a status that a model may not change"


def test_a_failure_is_not_failed_again(desk: Desk) -> None:
    assert not desk.ground(answers=[answer("timeouts", "fail")]).assessments


def test_of_two_answers_the_worse_counts(desk: Desk) -> None:
    both = [answer("retries-and-backoff", "pass"), answer("retries-and-backoff", "fail")]
    for given in (both, both[::-1]):
        found = desk.ground(answers=given)
        assert found.assessments["retries-and-backoff"].status is Status.FAIL
        assert [(row.kind, row.count) for row in found.refused] == [("answered twice", 1)]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"criterion": "no-such-thing"}, "unknown criterion"),
        ({"criterion": "secrets-in-repo"}, "unknown criterion"),
        ({"path": "app/nothing.py"}, "a path that is not there"),
        ({"path": "/etc/passwd"}, "a path that is not there"),
        ({"path": "../main.py"}, "a path that is not there"),
        ({"path": ""}, "a path that is not there"),
        ({"path": "image.bin", "quote": "\x00\x01\x02"}, "a quote that is not there"),
        ({"quote": "for attempt in range(4):"}, "a quote that is not there"),
        ({"quote": "FOR ATTEMPT IN RANGE(3):"}, "a quote that is not there"),
        ({"quote": ""}, "a quote that is not there"),
        ({"quote": "range"}, "a quote that is not there"),
        (
            {"quote": "assert True  # nothing is asked", "path": "tests/test_main.py"},
            "a test file, which decides nothing",
        ),
    ],
)
def test_what_is_not_there_is_dropped_and_counted(desk: Desk, changes: dict[str, object], kind: str) -> None:
    found = desk.ground(answers=[answer("retries-and-backoff", "fail", **changes)])
    assert not found.assessments
    assert not found.findings
    assert [(row.kind, row.where, row.count) for row in found.refused] == [(kind, "reliability", 1)]


def test_a_refused_reason_does_not_take_the_failure_with_it(desk: Desk) -> None:
    found = desk.ground(wrong=(Kind.NUMBER,), answers=[answer("retries-and-backoff", "fail", reason="97 of 87 pass")])
    assert found.assessments["retries-and-backoff"].status is Status.FAIL
    assert "97 of 87" not in str(found)
    assert [(row.kind, row.count) for row in found.refused] == [("number", 1)]


def test_causes_and_observations_need_what_they_stand_on(desk: Desk) -> None:
    shown = next(iter(desk.answers.evidence))
    cause = {
        "criteria": ["timeouts", "on-call"],
        "text": "No call has a timeout.",
        "evidence": [shown, "ev-000000000000"],
    }
    seen = {
        "what": "A payment is posted thrice",
        "why": "Buyers pay thrice",
        "path": "app/main.py",
        "line": 1,
        "quote": "post('/pay', order)",
    }
    found = desk.ground(causes=[cause], observations=[seen, seen | {"quote": "post('/refund', order)"}])
    assert [(row.criteria, row.evidence, row.text) for row in found.causes] == [
        (("timeouts",), (shown,), "No call has a timeout")
    ]
    assert [(row.what, row.locator.line) for row in found.observations] == [("A payment is posted thrice", 6)]
    assert {(row.kind, row.count) for row in found.refused} == {
        ("unknown criterion", 1),
        ("unknown evidence", 1),
        ("a quote that is not there", 1),
    }
    assert not desk.ground(causes=[cause | {"criteria": ["on-call"]}]).causes
    assert not desk.ground(causes=[cause | {"evidence": []}]).causes
    refused = desk.ground(wrong=(Kind.NAME,), causes=[cause], observations=[seen])
    assert not refused.causes
    assert not refused.observations


def test_a_quote_is_found_however_its_white_space_is_laid_out(desk: Desk) -> None:
    for quote in (
        "for attempt in range(3): post('/pay', order)",
        "5|     for attempt in range(3):\n6|         post('/pay', order)",
    ):
        place = find_quote(desk.repository, "app/main.py", 99, quote)
        assert place is not None
        assert (place.line, place.end_line) == (5, 6)
    assert find_quote(desk.repository, "app/main.py", 1, "x") == Place("app/main.py", 9, 9)
    assert is_quoted("a  b", "x a\n b y")
    assert not is_quoted("", "anything")
