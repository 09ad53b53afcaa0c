"""From a check's outcome to an assessment, its findings and its evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gonogo.checks import find_check, find_observed
from gonogo.checks.combined import combined, with_imported
from gonogo.checks.imported import imported
from gonogo.facts import Facts
from gonogo.model.assessment import Assessment, Finding, Outcome, Problem, finding_id, unverified
from gonogo.model.criterion import Criterion, Status, Strength
from gonogo.model.evidence import Evidence, Locator
from gonogo.tools.evidence import EvidenceLog
from gonogo.tools.redaction import clean

MOST_PLACES = 12
"""How many places stand as evidence of one answer that is not a failure."""
MOST_FINDINGS = 50


@dataclass(frozen=True)
class Answer:
    """One criterion answered."""

    assessment: Assessment
    findings: tuple[Finding, ...]


def answer(criterion: Criterion, facts: Facts, log: EvidenceLog) -> Answer:
    """Runs the criterion's check, unless a tool that it needs is missing, and grounds what it says."""
    found = ground(criterion, _outcome(criterion, facts), log)
    if not facts.missing:
        return found
    return Answer(found.assessment.model_copy(update={"lost": True}), found.findings)


def lose(criterion: Criterion, cause: str) -> Assessment:
    """The assessment of a criterion whose specialist failed. ``cause`` may hold what was read: it is redacted here."""
    return Assessment(
        criterion=criterion.slug,
        area=criterion.area,
        severity=criterion.severity,
        status=Status.UNVERIFIED,
        strength=None,
        reason=clean(cause).text,
        lost=True,
    )


def _outcome(criterion: Criterion, facts: Facts) -> Outcome:
    gone = [f"{tool}: {facts.missing[tool]}" for tool in facts.missing]
    if gone:
        return unverified("could not be read: " + "; ".join(gone))
    observed = _observed(criterion, facts)
    own = combined(_of_files(criterion, facts), observed)
    said = imported(facts, criterion)
    if not said:
        return own
    unseen = bool(facts.unread()) or any(outcome.status is Status.UNVERIFIED for outcome, _ in observed)
    return with_imported(own, said, unseen=unseen)


def _observed(criterion: Criterion, facts: Facts) -> list[tuple[Outcome, bool]]:
    """What the live sources that were given say, and whether a pass of each answers the criterion."""
    return [(find_observed(row)(facts), row.settles) for row in criterion.observed if facts.live.has(row.source)]


def _of_files(criterion: Criterion, facts: Facts) -> Outcome:
    outcome = find_check(criterion)(facts)
    if outcome.status in (Status.PASS, Status.NOT_APPLICABLE):
        if unread := facts.unread():
            first = unread[0]
            more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
            return unverified(
                f"{first.path} could not be read ({first.reason}){more}; else: {outcome.reason}", *outcome.places
            )
        if outcome.status is Status.PASS and outcome.strength.rank < criterion.strength.rank:
            return unverified(
                f"seen as {outcome.strength}, it takes {criterion.strength}: {outcome.reason}", *outcome.places
            )
    return outcome


def ground(criterion: Criterion, said: Outcome, log: EvidenceLog) -> Answer:
    """Stores what the outcome rests on, and makes one finding for each problem."""
    outcome = _redacted(said)
    searches = [log.add_search(searched) for searched in outcome.searched]
    strength = min(
        outcome.strength, Strength.WIRED, key=lambda strength: strength.rank
    )  # of files; no file is observed
    places = [log.add_place(place, strength) for place in outcome.places[:MOST_PLACES]]
    findings: list[Finding] = []
    if outcome.status is Status.FAIL:
        problems = outcome.problems or (Problem(outcome.reason, severity=None),)
        for problem in _worst(criterion, problems):
            finding = _finding(criterion, problem, log, places + searches)
            if _is_told(finding, findings) and problem.place is not None:
                # Two places of one symbol are two findings: what stands there tells them apart, never a counter.
                symbol = f"{problem.place.symbol} {' '.join(finding.quote.split())}"
                problem = replace(problem, place=replace(problem.place, symbol=symbol))
                finding = _finding(criterion, problem, log, places + searches)
            if not _is_told(finding, findings):
                findings.append(finding)
    evidence = dict.fromkeys([i for f in findings for i in f.evidence] + [e.id for e in places + searches])
    if outcome.status in (Status.PASS, Status.FAIL) and not evidence:
        raise ValueError(f"says {outcome.status} and shows nothing")  # a bug of the check: it costs its own answer
    severities = [finding.severity for finding in findings] or [criterion.severity]
    reached = outcome.strength if places or searches else None
    assessment = Assessment(
        criterion=criterion.slug,
        area=criterion.area,
        severity=max(severities, key=lambda severity: severity.rank),
        status=outcome.status,
        strength=reached if outcome.status is not Status.FAIL else log.seen_as(evidence),
        reason=outcome.reason,
        evidence=tuple(evidence),
    )
    return Answer(assessment, tuple(findings))


def _worst(criterion: Criterion, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """As many as are listed. Where there are more, the worst: no number of mild ones keeps a worse one out."""
    if len(problems) <= MOST_FINDINGS:
        return problems
    ordered = sorted(problems, key=lambda problem: -(problem.severity or criterion.severity).rank)
    return tuple(ordered[:MOST_FINDINGS])


def _redacted(outcome: Outcome) -> Outcome:
    """Code's own words repeat what files say: a route, a setting, a command can hold a secret or a personal datum."""
    problems = tuple(replace(problem, what=clean(problem.what).text) for problem in outcome.problems)
    return replace(outcome, reason=clean(outcome.reason).text, problems=problems)


def _is_told(finding: Finding, findings: list[Finding]) -> bool:
    return any(finding.id == other.id for other in findings)


def _finding(criterion: Criterion, problem: Problem, log: EvidenceLog, otherwise: list[Evidence]) -> Finding:
    ids: tuple[str, ...]
    severity = problem.severity or criterion.severity
    if severity.rank > criterion.worst.rank:
        raise ValueError(f"{criterion.slug}: a finding is {severity}; its catalogue row needs worst_severity")
    if problem.place is not None:
        evidence = log.add_place(problem.place, Strength.DEFINED)
        beside = [log.add_place(place, Strength.DEFINED).id for place in problem.beside]
        locator, quote, ids = evidence.locator, evidence.excerpt, tuple(dict.fromkeys((evidence.id, *beside)))
    else:
        locator, quote, ids = Locator(), "", tuple(e.id for e in otherwise)
    return Finding(
        id=finding_id(criterion.slug, locator, quote),
        criterion=criterion.slug,
        area=criterion.area,
        severity=severity,
        what=problem.what,
        locator=locator,
        quote=quote,
        evidence=ids,
        fix=criterion.fix,
        effort_hours=criterion.effort_hours,
    )
