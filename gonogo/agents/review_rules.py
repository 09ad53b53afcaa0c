"""What a person may decide on a report, and what they saw when they did. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Criterion, Severity, Status, Strength
from gonogo.model.decision import LONGEST_DAYS, VERDICT, Act, Decided, Standing
from gonogo.model.evidence import hash_text
from gonogo.model.report import Report
from gonogo.model.waiver import accepted_evidence

ANSWERS = (Act.CONFIRM, Act.ATTEST)
"""What gives a criterion another answer; a rejection keeps the one that counts."""
SHOWN = (Strength.WIRED, Strength.OBSERVED)
"""What a person's word alone does not reach."""
Judgement = tuple[Standing, str]


def is_for_a_person(row: Criterion) -> bool:
    """Says whether the catalogue names a person as who can answer it where the given sources cannot."""
    return "a person" in row.source


def needs_attachment(row: Criterion) -> bool:
    """Says whether a person's word alone does not do: for what takes more than a definition, and for the worst."""
    return row.strength in SHOWN or row.severity.rank >= Severity.CRITICAL.rank


def answer_basis(report: Report, slug: str) -> str:
    """16 hex digits over a criterion's answer, as a person sees it before they decide: status, reason, findings, what
    is proposed, and what all of it rests on."""
    row = _row(report, slug)
    if row is None:
        return "0" * 16
    evidence = report.evidence_by_id()
    told = [row.criterion, row.status.value, row.severity.value, row.reason, str(row.lost)]
    told += [f"{f.id} {f.severity.value} {f.what} {f.quote}" for f in report.findings_of(slug)]
    cited = list(row.evidence)
    if row.proposal is not None:
        told += [row.proposal.status.value, row.proposal.quote, row.proposal.by]
        cited += row.proposal.evidence
    told += [evidence[item].sha256 if item in evidence else item for item in cited]
    return hash_text("\0".join(told))[:16]


def waiver_basis(report: Report, subject: str) -> str:
    """What a waiver of that criterion or finding accepts in a report."""
    slug, own = failing(report, subject)
    row = _row(report, slug)
    return accepted_evidence(row, own) if row is not None else "0" * 16


def verdict_basis(report: Report) -> str:
    """16 hex digits over the verdict and every answer that it was made from."""
    rows = [
        f"{row.criterion} {row.status.value} {row.severity.value} {row.decided} {row.waived}"
        for row in report.assessments
    ]
    told = [report.verdict.model_dump_json(), *rows, *(finding.id for finding in report.findings)]
    return hash_text("\n".join(told))[:16]


def failing(report: Report, subject: str) -> tuple[str, tuple[Finding, ...]]:
    """The criterion that a slug or a finding's id is of, and those of its findings that are meant."""
    own = tuple(finding for finding in report.findings if subject in (finding.id, finding.criterion))
    return (own[0].criterion if own else subject), own


def replaced_by(decisions: Iterable[Decided]) -> dict[str, Decided]:
    """By the id of each decision that a later one took the place of: that one. A rejection speaks against all that was
    decided on its subject, another decision against its own kind; several persons can approve one verdict."""
    made = list(decisions)
    found = {}
    for number, earlier in enumerate(made):
        for later in made[number + 1 :]:
            is_answer = later.what in ANSWERS and earlier.what in (*ANSWERS, Act.REJECT)
            is_other = later.what is Act.APPROVE and later.who != earlier.who
            if later.subject != earlier.subject or is_other:
                continue
            if later.what in (Act.REJECT, earlier.what) or is_answer:
                found[earlier.id] = later
                break
    return found


def judge_answer(base: Report, decision: Decided, earlier: Iterable[Decided], today: date) -> Judgement:
    """Whether a decision on a criterion's answer holds. ``base`` is the report without decisions, ``earlier`` what was
    decided on the same subject before."""
    row = _row(base, decision.subject)
    if row is None:
        return Standing.REFUSED, f"the audit did not ask {decision.subject}: give a criterion that it has"
    now = answer_basis(base, decision.subject)
    if decision.based_on != now:
        return Standing.VOID, f"what it rests on is no longer what was seen (it is {now} now)"
    if row.lost:
        return Standing.REFUSED, "the answer was lost during the audit: audit again"
    if decision.what is Act.ATTEST:
        return _judge_attest(base.criterion(row.criterion), row, decision, today)
    if not (row.is_proposed or row.is_contested) and not (decision.what is Act.REJECT and any(earlier)):
        return Standing.REFUSED, "no model proposes anything for it that could be confirmed or rejected"
    return Standing.HOLDS, ""


def judge_day(decision: Decided, today: date) -> Judgement:
    """Whether its day has not passed, and is not too far ahead."""
    if not decision.expires:
        return Standing.HOLDS, ""
    last = date.fromisoformat(decision.expires)
    if last < today:
        return Standing.EXPIRED, f"it held until {decision.expires}"
    if last > datetime.fromisoformat(decision.at).date() + timedelta(days=LONGEST_DAYS):
        return Standing.REFUSED, "it is for longer than a year: give an earlier day"
    return Standing.HOLDS, ""


def judge_verdict(decided: Report, decision: Decided, earlier: Iterable[Decided]) -> Judgement:
    """Whether an approval, or its rejection, is one of the verdict as it is."""
    if decision.what is Act.REJECT and not any(earlier):
        return Standing.REFUSED, "nobody has approved the verdict"
    if decision.based_on != verdict_basis(decided):
        return Standing.VOID, "the verdict, or an answer behind it, is no longer the one that was decided on"
    return Standing.HOLDS, ""


def is_of_answer(decision: Decided) -> bool:
    """Says whether it is about a criterion's answer: not about a waiver, a finding or the verdict."""
    return decision.what is not Act.WAIVE and decision.subject != VERDICT and not is_finding(decision.subject)


def is_finding(subject: str) -> bool:
    """Says whether it is a finding's id."""
    return subject.startswith("gng-")


def _judge_attest(criterion: Criterion, row: Assessment, decision: Decided, today: date) -> Judgement:
    if row.status is Status.FAIL:
        return Standing.REFUSED, "a failing criterion can't be attested: mend it, or waive it for a time"
    if row.status is not Status.UNVERIFIED:
        return Standing.REFUSED, f"it is answered already: {row.status.value}"
    if decision.status is not Status.FAIL and needs_attachment(criterion) and not decision.attachments:
        why = (
            criterion.strength.value
            if criterion.strength in SHOWN
            else f"shown, since it is of {criterion.severity.value} severity"
        )
        return Standing.REFUSED, f"it takes what is {why}: attach a file that shows it"
    return judge_day(decision, today)


def _row(report: Report, slug: str) -> Assessment | None:
    return next((row for row in report.assessments if row.criterion == slug), None)


class RefusedDecisionError(Exception):
    """A decision that can't be made. The message says why, and what to do."""


class DecidedMeanwhileError(RefusedDecisionError):
    """Somebody else decided on the subject since it was looked at. The message says who, and what."""


def check_seen(before: Iterable[Decided], decision: Decided, seen: int) -> bool:
    """Whether a decision is to be recorded after those ``before``, of whose subject its maker has seen so many.

    False for one that is recorded already. Raises DecidedMeanwhileError.
    """
    made = list(before)
    if any(earlier.id == decision.id for earlier in made):
        return False
    same = [earlier for earlier in made if earlier.subject == decision.subject]
    if len(same) > seen:
        last = same[-1]
        status = f" as {last.status.value}" if last.status else ""
        raise DecidedMeanwhileError(
            f"{last.who} decided on {last.subject} meanwhile ({last.what.value}{status}, {last.at}: {last.reason}): "
            "look at it again before you decide otherwise."
        )
    if len(same) < seen:
        raise RefusedDecisionError(f"{decision.subject} has fewer decisions than were seen: look at it again.")
    return True
