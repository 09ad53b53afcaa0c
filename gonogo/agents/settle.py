"""Takes out of a draft what its models said and the whole of its facts does not bear.

A specialist's words were held against its own area's facts; beside the other areas' they can turn out wrong (what one
area finds nothing against fails in another). What goes is counted; a failure stays, in code's words.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from gonogo.agents.grounding import stock_reason
from gonogo.agents.prose_guard import TextFacts, check_claim
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status
from gonogo.model.evidence import Locator
from gonogo.model.investigation import Refused
from gonogo.model.report import Report

ROUNDS = 4
"""What goes takes its names with it, on which other words may have rested."""


def settle(report: Report) -> Report:
    """The draft with only such words of models as its facts bear."""
    for _ in range(ROUNDS):
        settled = _one_round(report)
        if settled == report:
            break
        report = settled
    return report


def _one_round(report: Report) -> Report:
    if not (report.causes or report.observations or any(row.proposal for row in report.assessments)):
        return report
    facts = replace(TextFacts.of(report), verdict=None)
    refused: Counter[tuple[str, str]] = Counter()

    def holds(area: str, text: str, cites: tuple[str, ...], argues: Status | None) -> bool:
        kinds = {refusal.kind.value for refusal in check_claim(text, facts, cites=cites, argues=argues)}
        refused.update((kind, area) for kind in kinds)
        return not kinds

    causes = [c for c in report.causes if holds(c.area, c.text, (*c.criteria, *c.evidence), Status.FAIL)]
    observations = []
    for item in report.observations:
        what, why = (holds(item.area, text, item.evidence, None) for text in (item.what, item.why))
        if what and why:
            observations.append(item)
    places = {item.id: item.locator for item in report.evidence}
    changed: dict[str, Assessment] = {}
    for row in report.assessments:
        said = row.proposal
        if said is None or said.reason == stock_reason(places[said.evidence[0]]):
            continue
        if not holds(row.area, said.reason, (row.criterion, *said.evidence), said.status):
            changed[row.criterion] = _in_code_s_words(row, places[said.evidence[0]])
    counted = [*report.refused, *(Refused(kind=k, where=w, count=n) for (k, w), n in sorted(refused.items()))]
    return report.model_copy(
        update={
            "causes": tuple(causes),
            "observations": tuple(observations),
            "assessments": tuple(changed.get(row.criterion, row) for row in report.assessments),
            "findings": tuple(
                finding.model_copy(update={"what": changed[finding.criterion].reason})
                if finding.by and finding.criterion in changed
                else finding
                for finding in report.findings
            ),
            "refused": tuple(counted) if refused else report.refused,
        }
    )


def _in_code_s_words(row: Assessment, place: Locator) -> Assessment:
    assert row.proposal is not None
    reason = stock_reason(place)
    update: dict[str, object] = {"proposal": row.proposal.model_copy(update={"reason": reason})}
    if row.status is Status.FAIL and row.proposal.status is Status.FAIL:
        update["reason"] = reason
    return row.model_copy(update=update)
