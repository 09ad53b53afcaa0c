"""What of a report waits for a person: proposals, contested failures, questions, failures that can be waived. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from gonogo.agents.review_rules import (
    answer_basis,
    failing,
    is_finding,
    is_for_a_person,
    needs_attachment,
    verdict_basis,
    waiver_basis,
)
from gonogo.model.assessment import Assessment, Waiver
from gonogo.model.criterion import Severity, Status
from gonogo.model.deciding import decide_again
from gonogo.model.decision import VERDICT, Act, Decided
from gonogo.model.report import Report, worst_first
from gonogo.model.target import Tier
from gonogo.model.verdict import Effect, Verdict
from gonogo.model.what_if import what_if


class Kind(StrEnum):
    """Why something waits."""

    PROPOSED = "proposed"
    CONTESTED = "contested"
    QUESTION = "question"
    FAILING = "failing"


ACTS = {
    Kind.PROPOSED: (Act.CONFIRM, Act.REJECT, Act.ATTEST),
    Kind.CONTESTED: (Act.CONFIRM, Act.REJECT, Act.WAIVE),
    Kind.QUESTION: (Act.ATTEST,),
    Kind.FAILING: (Act.WAIVE,),
}
"""What a person can do with each."""


class OpenItem(BaseModel):
    """Something that waits. ``says`` is what counts now, ``proposes`` what a model would have, ``effect`` what the
    person's yes does to the verdict; ``seen`` counts the decisions on the subject so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    subject: str
    severity: Severity
    status: Status
    asks: str
    says: str
    proposes: Status | None = None
    because: str = ""
    by: str = ""
    quote: str = ""
    where: str = ""
    source: str = ""
    needs_attachment: bool = False
    effect: str
    seen: int


def open_items(report: Report) -> tuple[OpenItem, ...]:
    """What waits in a report, with its decisions applied: models' words first, then questions, then failures."""
    return tuple(_open(report))


def basis_of(base: Report, decided: Report, what: Act, subject: str) -> str:
    """The hash of what a person sees who does that: ``base`` is the report without decisions, ``decided`` with them."""
    if subject == VERDICT:
        return verdict_basis(decided)
    if what is Act.WAIVE or is_finding(subject):
        return waiver_basis(decided, subject)
    return answer_basis(base, subject)


def seen_of(decisions: Iterable[Decided], subject: str) -> int:
    """How many decisions there are on a subject."""
    return sum(decision.subject == subject for decision in decisions)


def effect_of(before: Verdict, after: Verdict) -> str:
    """What another verdict is beside the one that counts, in words."""
    if before.value is not after.value:
        return f"the verdict turns from {before.value.value} to {after.value.value}"
    for effect, means in ((Effect.BLOCKS, "make it NO-GO"), (Effect.CONDITIONS, "keep it from GO")):
        now, then = (sum(gate.effect is effect for gate in verdict.gates) for verdict in (before, after))
        if now != then:
            return f"the verdict stays {before.value.value}: {then} criteria {means} instead of {now}"
    return f"the verdict stays {before.value.value}"


def _open(report: Report) -> Iterator[OpenItem]:
    for kind, rows in ((Kind.PROPOSED, report.proposed()), (Kind.CONTESTED, report.contested())):
        for row in rows:
            assert row.proposal is not None
            yield _item(report, kind, row, what_if(report, {row.criterion: row.proposal.status}))
    waiting = {row.criterion for row in (*report.proposed(), *report.contested())}
    gates = {gate.criterion for gate in report.verdict.gates}
    for row in worst_first(report.assessments):
        if row.criterion in waiting or row.lost:
            continue
        criterion = report.criterion(row.criterion)
        if row.status is Status.UNVERIFIED and (row.criterion in gates or is_for_a_person(criterion)):
            yield _item(report, Kind.QUESTION, row, what_if(report, {row.criterion: Status.PASS}))
        elif row.status is Status.FAIL and row.waived is None and row.criterion in gates and not _is_fixed(report, row):
            yield _item(report, Kind.FAILING, row, _if_waived(report, row))


def _item(report: Report, kind: Kind, row: Assessment, after: Verdict) -> OpenItem:
    criterion, own = report.criterion(row.criterion), report.findings_of(row.criterion)
    said = row.proposal if kind in (Kind.PROPOSED, Kind.CONTESTED) else None
    quote, where = (own[0].quote, str(own[0].locator)) if own else ("", "")
    if said is not None:
        quote, where = said.quote, str(report.evidence_by_id()[said.evidence[0]].locator)
    return OpenItem(
        kind=kind,
        subject=row.criterion,
        severity=row.severity,
        status=row.status,
        asks=criterion.asks,
        says=row.reason,
        proposes=said.status if said else None,
        because=said.reason if said else "",
        by=said.by if said else "",
        quote=quote,
        where=where,
        source=criterion.source if kind is Kind.QUESTION else "",
        needs_attachment=kind is Kind.QUESTION and needs_attachment(criterion),
        effect=effect_of(report.verdict, after),
        seen=seen_of(report.decisions, row.criterion),
    )


def _is_fixed(report: Report, row: Assessment) -> bool:
    """Whether nobody can waive it."""
    _, own = failing(report, row.criterion)
    return report.target.tier is Tier.A and Severity.BLOCKER in (row.severity, *(f.severity for f in own))


def _if_waived(report: Report, row: Assessment) -> Verdict:
    waived = row.model_copy(
        update={"waived": Waiver(owner="nobody", reason="supposed", expires=report.verdict.valid_until)}
    )
    rows = tuple(waived if other.criterion == row.criterion else other for other in report.assessments)
    return decide_again(report, rows)
