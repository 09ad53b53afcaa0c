"""A small report with words of models in it, and decisions on it that are made up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gonogo.agents.grounding import stock_reason
from gonogo.agents.redecide import redecide
from gonogo.agents.review_items import basis_of
from gonogo.agents.reviewing import apply_decisions
from gonogo.model.criterion import Status, Strength
from gonogo.model.decision import Act, Attachment, Decided
from gonogo.model.evidence import Evidence
from gonogo.model.investigation import Proposal
from gonogo.model.report import Report
from gonogo.store.open import Store
from gonogo.store.runs import admit, finish
from tests.store.runs import admission

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
RUN = "a" * 32
FILE = Attachment(name="drill.txt", sha256="e" * 64, size=12, excerpt="restored it")


def with_words(report: Report) -> Report:
    """The report as if a model had proposed an answer for what is unverified, and contested a failure, and as if what
    does not apply but takes a live source had not been seen."""
    quoted = next(item for item in report.evidence if item.locator.path and item.excerpt.strip())
    said = {slug: _proposal(quoted) for slug in (proposed_of(report), contested_of(report))}
    rows = [
        row.model_copy(update={"proposal": said[row.criterion]}) if row.criterion in said else row
        for row in report.assessments
    ]
    unseen = {"status": Status.UNVERIFIED, "strength": None, "reason": "nothing showed it"}
    rows = [
        row.model_copy(update=unseen)
        if row.status is Status.NOT_APPLICABLE and report.criterion(row.criterion).strength is Strength.OBSERVED
        else row
        for row in rows
    ]
    return redecide(report, rows, report.findings)


def proposed_of(report: Report) -> str:
    """The criterion that a model proposes an answer for: unverified, a gate."""
    return _gates(report, Status.UNVERIFIED)[0]


def contested_of(report: Report) -> str:
    """The criterion whose failure a model contests: a gate."""
    return _gates(report, Status.FAIL)[0]


def waived_of(report: Report) -> str:
    """A failing gate that nobody contests."""
    return _gates(report, Status.FAIL)[1]


def asked_of(report: Report, *, strong: bool = False) -> str:
    """An unverified criterion that nothing is proposed for; ``strong``: it takes more than what is defined."""
    strengths = (Strength.WIRED, Strength.OBSERVED) if strong else (Strength.STATED, Strength.DEFINED)
    return next(
        row.criterion
        for row in report.with_status(Status.UNVERIFIED)
        if row.proposal is None
        and row.criterion != proposed_of(report)
        and report.criterion(row.criterion).strength in strengths
    )


def decided(base: Report, *before: Decided, what: Act, subject: str, **also: Any) -> Decided:
    """A decision on the report with those made before."""
    now = apply_decisions(base, before, NOW)
    given: dict[str, Any] = {
        "who": "Ada Lovelace",
        "reason": "looked at it myself",
        "at": NOW.isoformat(timespec="milliseconds"),
        "based_on": basis_of(base, now, what, subject),
    }
    if what in (Act.ATTEST, Act.WAIVE):
        given["expires"] = "2027-01-31"
    return Decided.make(what=what, subject=subject, **(given | also))


def keep(store: Store, report: Report, run: str = RUN) -> None:
    """Keeps a finished run with that report."""
    admit(store, admission(run))
    finish(store, run, report)


def status_of(report: Report, slug: str) -> Status:
    return next(row.status for row in report.assessments if row.criterion == slug)


def _proposal(quoted: Evidence) -> Proposal:
    return Proposal(
        status=Status.PASS,
        reason=stock_reason(quoted.locator),
        evidence=(quoted.id,),
        quote=quoted.excerpt.strip().splitlines()[0],
        by="security specialist, test:model",
    )


def _gates(report: Report, status: Status) -> list[str]:
    return [gate.criterion for gate in report.verdict.gates if gate.status is status and not gate.waived]
