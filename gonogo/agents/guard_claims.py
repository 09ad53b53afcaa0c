"""What models said, read once more before a report leaves: every quote, id and word of theirs must still hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gonogo.agents.grounding import stock_reason
from gonogo.agents.prose_guard import TextFacts, check_claim, check_sentences
from gonogo.agents.quotes import is_quoted
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status
from gonogo.model.evidence import Evidence
from gonogo.model.investigation import Observation, Proposal, observation_id
from gonogo.model.report import Prose, Report

PROPOSABLE = {
    Status.FAIL: (Status.FAIL, Status.PASS, Status.NOT_APPLICABLE),
    Status.UNVERIFIED: (Status.PASS, Status.NOT_APPLICABLE),
}
"""What may be proposed beside a status: a proposed fail has become the status."""


def check_claims(report: Report, texts: TextFacts | None) -> Iterator[str]:
    """What does not hold in proposals, causes and observations, and in failures that a model found. ``texts`` are the
    report's, None where no model said anything."""
    yield from _unsaid(report)
    if texts is None:
        return
    facts = replace(texts, verdict=None)
    evidence = report.evidence_by_id()
    for row in report.assessments:
        if row.proposal is not None:
            yield from _proposal(row, row.proposal, facts, evidence)
    yield from _causes(report, facts, evidence)
    for item in report.observations:
        yield from _observation(item, facts, evidence)


def check_prose(prose: Prose, facts: TextFacts) -> Iterator[str]:
    """What does not hold in a section that a model wrote. ``facts`` are those of the report."""
    if prose.text != " ".join(sentence.text for sentence in prose.sentences):
        yield f"the {prose.section} is not made of its sentences"
    for refusal in check_sentences(prose.sentences, facts):
        yield f"the {prose.section} may not say {refusal.what!r} ({refusal.kind})"


def _unsaid(report: Report) -> Iterator[str]:
    """A failure that a model found is one that a model was let to make."""
    made = {row.criterion for row in report.assessments if row.proposal and row.proposal.status is Status.FAIL}
    for finding in report.findings:
        if bool(finding.by) != (finding.criterion in made):
            yield f"finding {finding.id} and the proposal behind it do not agree"


def _proposal(row: Assessment, proposal: Proposal, facts: TextFacts, evidence: dict[str, Evidence]) -> Iterator[str]:
    what = f"the proposal for {row.criterion}"
    if proposal.status not in PROPOSABLE.get(row.status, ()):
        yield f"{what} says {proposal.status}, which no model may say of {row.status}"
    shown = [evidence[item] for item in proposal.evidence if item in evidence]
    if not shown or len(shown) != len(proposal.evidence):
        yield f"{what} cites evidence that is not there"
        return
    if not is_quoted(proposal.quote, shown[0].excerpt):
        yield f"the quote of {what} is not in its evidence"
    cites = (row.criterion, *proposal.evidence)
    if proposal.reason != stock_reason(shown[0].locator):
        yield from _words(what, proposal.reason, facts, cites, proposal.status)


def _causes(report: Report, facts: TextFacts, evidence: dict[str, Evidence]) -> Iterator[str]:
    failing = {row.criterion for row in report.assessments if row.status is Status.FAIL}
    for cause in report.causes:
        what = f"a cause of {', '.join(cause.criteria)}"
        if not cause.criteria or not set(cause.criteria) <= failing:
            yield f"{what} explains what does not fail"
        if not cause.evidence or not set(cause.evidence) <= set(evidence):
            yield f"{what} cites evidence that is not there"
        yield from _words(what, cause.text, facts, (*cause.criteria, *cause.evidence), Status.FAIL)


def _observation(item: Observation, facts: TextFacts, evidence: dict[str, Evidence]) -> Iterator[str]:
    shown = [evidence[found] for found in item.evidence if found in evidence]
    if not shown or len(shown) != len(item.evidence):
        yield f"observation {item.id} cites evidence that is not there"
        return
    if not is_quoted(item.quote, shown[0].excerpt) or item.locator != shown[0].locator:
        yield f"the quote of observation {item.id} is not in its evidence"
    if item.id != observation_id(item.locator, shown[0].excerpt):
        yield f"observation {item.id} does not match its place"
    for text in (item.what, item.why):
        yield from _words(f"observation {item.id}", text, facts, item.evidence, None)


def _words(what: str, text: str, facts: TextFacts, cites: tuple[str, ...], argues: Status | None) -> Iterator[str]:
    for refusal in check_claim(text, facts, cites=cites, argues=argues):
        yield f"{what} may not say {refusal.what!r} ({refusal.kind})"
