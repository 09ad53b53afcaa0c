"""What persons decided, read once more before a report leaves: taken back and made again, it must come to the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from gonogo.agents.quotes import is_quoted
from gonogo.agents.reviewing import ORIGIN, apply_decisions, origin_of, without_decisions
from gonogo.model.decision import ATTEST, Act, Decided, decision_id
from gonogo.model.report import Report

_OWN = re.compile(ORIGIN + r" gnd-[0-9a-f]{12}")


def check_decisions(report: Report) -> Iterator[str]:
    """What does not hold in a report's decisions, and answers that claim one which is not there."""
    standing = {decision.id: decision for decision in report.decisions if decision.is_standing}
    for row in report.assessments:
        if row.decided and (row.decided not in standing or standing[row.decided].subject != row.criterion):
            yield f"{row.criterion} names a decision that nobody made, or that does not hold"
    made = {item.arguments.get("decision") for item in report.evidence if item.tool == ATTEST}
    if not made <= {decision.id for decision in standing.values() if decision.what is Act.ATTEST}:
        yield "there is a person's statement without the decision that it belongs to"
    own = {origin_of(decision) for decision in report.decisions}
    if any(_OWN.fullmatch(item.origin) and item.origin not in own for item in report.waivers):
        yield "there is a person's waiver without the decision that it belongs to"
    if not report.decisions:
        return
    for decision in report.decisions:
        yield from _decision(report, decision)
    yield from _again(report)


def _decision(report: Report, decision: Decided) -> Iterator[str]:
    if decision.id != decision_id(decision):
        yield f"decision {decision.id} is not what was decided"
    if not decision.who.strip():
        yield f"decision {decision.id} is nobody's"
    before = decision.before
    if before is None:
        return
    if before.criterion != decision.subject or any(f.criterion != decision.subject for f in decision.findings):
        yield f"decision {decision.id} took the place of another criterion's answer"
    if before.proposal is not None:
        evidence = report.evidence_by_id()
        shown = [evidence[item] for item in before.proposal.evidence if item in evidence]
        if len(shown) != len(before.proposal.evidence) or not is_quoted(before.proposal.quote, shown[0].excerpt):
            yield f"what decision {decision.id} is about is not in its evidence"


def _again(report: Report) -> Iterator[str]:
    days = {decision.as_of for decision in report.decisions}
    try:
        (day,) = days
        now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        yield "the decisions do not say on which day they stood so"
        return
    try:
        again = apply_decisions(without_decisions(report), report.decisions, now)
    except (KeyError, ValueError) as error:
        yield f"the decisions can't be made again: {error}"
        return
    for name in ("decisions", "assessments", "findings", "evidence", "waivers"):
        if getattr(again, name) != getattr(report, name):
            yield f"the {name} are not what the decisions make of them"
