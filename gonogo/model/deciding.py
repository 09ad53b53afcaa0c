"""The decision on an audit as a whole: its criteria, its answers, its policy, its target, its time, and what persons
said."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Criterion
from gonogo.model.decision import Act
from gonogo.model.policy import Policy, shortfalls, valid_until
from gonogo.model.report import Report
from gonogo.model.target import Target
from gonogo.model.verdict import Verdict, decide


def decide_audit(
    catalogue: tuple[Criterion, ...],
    assessments: Iterable[Assessment],
    target: Target,
    policy: Policy,
    created: str,
    ends: Iterable[str] = (),
) -> Verdict:
    """The verdict of an audit that was made at ``created`` (ISO 8601, UTC). ``ends`` are the last days of what persons
    attested, as ISO dates."""
    rows = tuple(assessments)
    return decide(
        catalogue,
        rows,
        target.tier,
        valid_until=valid_until(policy, rows, target, created, ends),
        required=frozenset(policy.required),
        shortfalls=shortfalls(policy, catalogue, rows, target, created),
    )


def decide_again(report: Report, assessments: tuple[Assessment, ...] | None = None) -> Verdict:
    """The verdict that a report's own assessments, or others in their place, come to."""
    rows = report.assessments if assessments is None else assessments
    ends = [d.expires for d in report.decisions if d.is_standing and d.what is Act.ATTEST]
    return decide_audit(report.criteria, rows, report.target, report.policy, report.provenance.created, ends)
