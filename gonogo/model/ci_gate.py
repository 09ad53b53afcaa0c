"""The gate of a pipeline: a pure, monotone function from a report, what changed since a baseline, and a rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from gonogo.model.comparison import Change, ChangedFinding, Comparison
from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Value

WORST = tuple(sorted(Severity, key=lambda severity: -severity.rank))
NEW_RULES = ("new", *(f"new-{severity}" for severity in WORST), "regressed")
RULES = ("verdict", "no-go", "conditional", *(severity.value for severity in WORST), *NEW_RULES, "never")
"""``verdict`` is the default. A bare severity looks at all findings, as in an audit; the rest of the names that begin
with ``new``, and ``regressed``, need a baseline."""
MOST_REASONS = 20
NO_BASELINE = "nothing to compare with: no baseline was given"
NOTHING_ASSESSED = "nothing could be assessed"


class GateOutcome(BaseModel):
    """Whether a pipeline stops. ``reasons`` are sentences without a full stop, worst first: why it fails, or what the
    rule found where it does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fails: bool
    rule: str
    reasons: tuple[str, ...]


class _Told(NamedTuple):
    """Something that counts as new, with the severity that it counts at."""

    criterion: str
    severity: Severity
    text: str


def judge(report: Report, comparison: Comparison | None, rule: str) -> GateOutcome:
    """The outcome of one of ``RULES``; raises ValueError for another name.

    What ``new`` rules count, unless it is waived: a finding that was not in the baseline or is worse than it was there;
    a criterion that passed and is not known to pass now (what is unknown is not good: else a change that hides a thing
    would pass), at its own severity even where its finding is milder; an answer that was lost, since nobody saw what is
    new there; a criterion with more findings than are listed, where their number is another one. Without a baseline of
    the same kind they fail: they can't say that nothing is new. Where nothing was assessed every rule fails.
    """
    if rule not in RULES:
        raise ValueError(f"{rule!r} is not one of {', '.join(RULES)}")
    if not report.provenance.files or not any(a.status in (Status.PASS, Status.FAIL) for a in report.assessments):
        return GateOutcome(fails=True, rule=rule, reasons=(NOTHING_ASSESSED,))
    if rule in NEW_RULES:
        return _judge_change(report, comparison, rule)
    if rule in set(Severity):
        return _judge_findings(report, Severity(rule))
    allowed = {"no-go": (Value.GO, Value.CONDITIONAL), "never": tuple(Value)}.get(rule, (Value.GO,))
    verdict = report.verdict.value
    return GateOutcome(fails=verdict not in allowed, rule=rule, reasons=(f"the verdict is {verdict}",))


def _judge_findings(report: Report, least: Severity) -> GateOutcome:
    """As in an audit: a waiver does not count here."""
    bad = [f for f in report.findings if f.severity.rank >= least.rank]
    bad.sort(key=lambda finding: -finding.severity.rank)
    if not bad:
        return GateOutcome(fails=False, rule=least, reasons=(f"no finding is {_at_least(least)}",))
    return _failed(least, [f"{f.criterion} ({f.severity}) has the finding {f.id}: {f.locator}" for f in bad])


def _judge_change(report: Report, comparison: Comparison | None, rule: str) -> GateOutcome:
    if comparison is None:
        return GateOutcome(fails=True, rule=rule, reasons=(NO_BASELINE,))
    if not comparison.is_comparable:
        reasons = [f"the baseline is no measure for this audit: {why}" for why in comparison.why_not]
        return _failed(rule, reasons)
    least = Severity(rule.removeprefix("new-")) if rule.startswith("new-") else Severity.LOW
    told = [_Told(row.finding.criterion, row.finding.severity, _said(row)) for row in _counted(comparison, rule)]
    told += _lost_answers(report)
    if rule != "regressed":
        told += _unlisted(comparison)
    by_finding = {(item.criterion, item.severity) for item in told}
    told += [item for item in _lost_passes(report, comparison) if (item.criterion, item.severity) not in by_finding]
    bad = sorted((item for item in told if item.severity.rank >= least.rank), key=_worst_first)
    if bad:
        return _failed(rule, [item.text for item in bad])
    what = "nothing that passed before" if rule == "regressed" else f"nothing {_at_least(least)}"
    return GateOutcome(fails=False, rule=rule, reasons=(f"{what} is new or got worse since the baseline",))


def _counted(comparison: Comparison, rule: str) -> Iterator[ChangedFinding]:
    changes = (Change.REGRESSED,) if rule == "regressed" else (Change.NEW, Change.REGRESSED, Change.OPEN)
    for row in comparison.with_change(*changes):
        if not row.waived and (row.was is None or row.finding.severity.rank > row.was.rank):
            yield row


def _said(row: ChangedFinding) -> str:
    finding = row.finding
    what = {Change.NEW: "a new finding", Change.REGRESSED: "a new finding, and passed before"}
    said = what.get(row.change) or f"a finding that was {row.was} before"
    return f"{finding.criterion} ({finding.severity}) has {said}: {finding.id}"


def _lost_passes(report: Report, comparison: Comparison) -> Iterator[_Told]:
    """Criteria that passed before and are not known to pass now. One that no longer applies was seen not to."""
    assessments = {row.criterion: row for row in report.assessments}
    criteria = {row.slug: row for row in report.criteria}
    for row in comparison.statuses:
        if row.before is not Status.PASS or row.after not in (Status.FAIL, Status.UNVERIFIED, None):
            continue
        found, criterion = assessments.get(row.criterion), criteria.get(row.criterion)
        if found and found.waived:
            continue
        if criterion is None or found is None:
            text = f"{row.criterion} passed before and is not asked now"
            yield _Told(row.criterion, Severity.BLOCKER, text)
        else:
            severity = max(criterion.severity, found.severity, key=lambda severity: severity.rank)
            now = "fails" if row.after is Status.FAIL else "is not verified"
            yield _Told(row.criterion, severity, f"{row.criterion} ({severity}) passed before and {now} now")


def _unlisted(comparison: Comparison) -> Iterator[_Told]:
    """Criteria with more findings than are listed, of which one may be new. The worst are listed, so that it is no
    worse than the mildest of those."""
    before, after = comparison.before, comparison.after
    for slug, reason in after.many.items():
        if slug in after.waived or before.many.get(slug) == reason:
            continue
        listed = [row.severity for row in after.findings if row.criterion == slug]
        mildest = min(listed, key=lambda severity: severity.rank)
        yield _Told(slug, mildest, f"{slug} ({mildest}) has more findings than are listed, and another number of them")


def _lost_answers(report: Report) -> Iterator[_Told]:
    """Answers that were lost in this audit, at the worst that they could have been."""
    criteria = {row.slug: row for row in report.criteria}
    for row in report.assessments:
        if row.lost:
            worst = criteria[row.criterion].worst if row.criterion in criteria else Severity.BLOCKER
            yield _Told(row.criterion, worst, f"the answer to {row.criterion} ({worst}) was lost in this audit")


def _worst_first(item: _Told) -> tuple[int, str]:
    return -item.severity.rank, item.text


def _failed(rule: str, reasons: list[str]) -> GateOutcome:
    more = len(reasons) - MOST_REASONS
    told = [*reasons[:MOST_REASONS], f"and {more} more"] if more > 0 else reasons
    return GateOutcome(fails=True, rule=rule, reasons=tuple(told))


def _at_least(severity: Severity) -> str:
    if severity is Severity.LOW:
        return "of any severity"
    return f"of severity {severity}" + ("" if severity is Severity.BLOCKER else " or worse")
