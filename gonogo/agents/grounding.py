"""What of a model's submission may stand: every quote is read again in the files, every id looked up.

A model can make an unverified criterion fail, contest a failure, and propose an answer; nothing else. What does not
hold is dropped and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gonogo.agents.brief import AreaAnswers
from gonogo.agents.prose_guard import Refusal, explain_refusals
from gonogo.agents.quotes import find_quote, is_quoted, tidy
from gonogo.agents.submission import GivenAnswer, GivenCause, GivenObservation, Submission
from gonogo.facts.repository import Repository, Role
from gonogo.model.assessment import Assessment, Finding, finding_id
from gonogo.model.criterion import Area, Criterion, Status, Strength
from gonogo.model.evidence import Evidence, Locator, Place
from gonogo.model.investigation import Cause, Observation, Proposal, Refused, observation_id
from gonogo.tools.evidence import EvidenceLog

T = TypeVar("T")
Said = TypeVar("Said", Proposal, Finding, Cause, Observation)
MOST_CAUSES = 20
MOST_OBSERVATIONS = 20
CheckClaim = Callable[[str, tuple[str, ...], tuple[Evidence, ...], Status | None], tuple[Refusal, ...]]
"""What is wrong with a text that cites ids and rests on evidence; empty where it may stand. The status is the one that
the text argues for, None where it argues for none."""
_ALLOWED = {
    Status.UNVERIFIED: (Status.FAIL, Status.PASS, Status.NOT_APPLICABLE),
    Status.FAIL: (Status.PASS, Status.NOT_APPLICABLE),
}


class _RefusedError(Exception):
    """Something that does not hold, and why."""

    def __init__(self, *kinds: str | Refusal) -> None:
        self.kinds = kinds
        super().__init__(*map(str, kinds))


@dataclass(frozen=True)
class Grounded:
    """What stands of a submission. ``assessments`` are those that it changed, by slug."""

    assessments: dict[str, Assessment] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    causes: tuple[Cause, ...] = ()
    observations: tuple[Observation, ...] = ()
    refused: tuple[Refused, ...] = ()


def join(first: Grounded, second: Grounded) -> Grounded:
    """What stands of a submission and of the one that mended it. Every refusal counts, mended or not."""
    assessments = dict(first.assessments)
    for slug, row in second.assessments.items():
        earlier = assessments.get(slug)
        if earlier and earlier.proposal and row.proposal and not _said_anew([earlier.proposal], [row.proposal]):
            continue
        if earlier is None or earlier.status is not Status.FAIL or row.status is Status.FAIL:
            assessments[slug] = row
    findings = {finding.id: finding for finding in (*first.findings, *_said_anew(first.findings, second.findings))}
    kept = tuple(f for f in findings.values() if _is_said(f, assessments[f.criterion]))
    anew = _said_anew(first.observations, second.observations)
    counts = Counter({(row.kind, row.where): row.count for row in first.refused})
    counts.update({(row.kind, row.where): row.count for row in second.refused})
    return Grounded(
        assessments,
        kept,
        tuple(dict.fromkeys((*first.causes, *_said_anew(first.causes, second.causes)))),
        tuple({item.id: item for item in (*first.observations, *anew)}.values()),
        tuple(Refused(kind=kind, where=where, count=count) for (kind, where), count in sorted(counts.items())),
    )


def _said_anew(first: Iterable[Said], second: Iterable[Said]) -> list[Said]:
    """What the second did not say in the same words: what is repeated keeps the name of who said it first, which is
    another one where the next model took over."""
    known = [row.model_copy(update={"by": ""}) for row in first]
    return [row for row in second if row.model_copy(update={"by": ""}) not in known]


def _is_said(finding: Finding, row: Assessment) -> bool:
    return row.status is Status.FAIL and row.proposal is not None and finding.evidence == row.proposal.evidence


@dataclass
class Grounding:
    """Grounds one area's submission. ``by`` names who said it; ``check`` reads the model's own words."""

    area: Area
    by: str
    answers: AreaAnswers
    repository: Repository
    log: EvidenceLog
    check: CheckClaim
    refused: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    """What was refused and why, a line each, for the one who said it."""

    def ground(self, submission: Submission) -> Grounded:
        """Takes what holds. Of two answers to one criterion the worse counts."""
        assessments: dict[str, Assessment] = {}
        findings: list[Finding] = []
        for given in sorted(submission.answers, key=lambda given: given.status != "fail"):
            if given.criterion in assessments:
                self._count(f"the answer for {given.criterion}", "answered twice")
            elif (answered := self._take(f"the answer for {given.criterion}", self._answer, given)) is not None:
                assessments[given.criterion] = answered[0]
                findings += answered[1]
        failing = {row.slug for row in self.answers.with_status(Status.FAIL)}
        failing |= {slug for slug, row in assessments.items() if row.status is Status.FAIL}
        found = [
            self._take(f"cause {number}", self._cause, given, failing)
            for number, given in enumerate(submission.causes[:MOST_CAUSES], 1)
        ]
        seen = [
            self._take(f"observation {number} ({given.path}:{given.line})", self._observation, given)
            for number, given in enumerate(submission.observations[:MOST_OBSERVATIONS], 1)
        ]
        self.refused["too many"] += max(0, len(submission.causes) - MOST_CAUSES)
        self.refused["too many"] += max(0, len(submission.observations) - MOST_OBSERVATIONS)
        observations = {item.id: item for item in seen if item is not None}
        causes = dict.fromkeys(cause for cause in found if cause is not None)
        twice = len([item for item in (*seen, *found) if item is not None]) - len(observations) - len(causes)
        self.refused["said twice"] += twice
        return Grounded(
            assessments,
            tuple(findings),
            tuple(causes),
            tuple(observations.values()),
            tuple(
                Refused(kind=kind, where=self.area.value, count=count)
                for kind, count in sorted(self.refused.items())
                if count
            ),
        )

    def _take(self, name: str, ground: Callable[..., T], *given: Any) -> T | None:
        """What that makes of it, or None where it is refused, which is counted and told."""
        try:
            return ground(*given)
        except _RefusedError as refused:
            self._count(name, *refused.kinds)
            return None

    def _count(self, name: str, *kinds: str | Refusal) -> None:
        refusals = [kind for kind in kinds if isinstance(kind, Refusal)]
        said = [kind for kind in kinds if isinstance(kind, str)]
        self.refused.update([*said, *(refusal.kind.value for refusal in refusals)])
        lines = [*said, *explain_refusals(refusals).splitlines()]
        self.told += [f"{name}: {line}" for line in lines]

    def _answer(self, given: GivenAnswer) -> tuple[Assessment, list[Finding]]:
        row = next((row for row in self.answers.criteria if row.slug == given.criterion), None)
        if row is None:
            raise _RefusedError("unknown criterion")
        found, status = self.answers.assessments[row.slug], Status(given.status)
        if status not in _ALLOWED.get(found.status, ()) or found.lost:
            raise _RefusedError("a status that a model may not change")
        evidence, quote = self._quoted(given.path, given.line, given.quote, decides=status is Status.FAIL)
        reason = self._reason(given.reason, row.slug, evidence, status)
        proposal = Proposal(status=status, reason=reason, evidence=(evidence.id,), quote=quote, by=self.by)
        if status is not Status.FAIL:
            return found.model_copy(update={"proposal": proposal}), []
        finding = _finding(row, reason, evidence, self.by)
        ids = tuple(dict.fromkeys((*found.evidence, evidence.id)))
        changed = {
            "status": Status.FAIL,
            "strength": Strength.DEFINED,
            "reason": f"{reason} (code had left it unverified: {found.reason})",
            "evidence": ids,
            "proposal": proposal,
        }
        return found.model_copy(update=changed), [finding]

    def _cause(self, given: GivenCause, failing: set[str]) -> Cause:
        slugs = tuple(dict.fromkeys(slug for slug in given.criteria if slug in failing))
        ids = tuple(dict.fromkeys(item for item in given.evidence if item in self.answers.evidence))
        self.refused["unknown criterion"] += len(set(given.criteria)) - len(slugs)
        self.refused["unknown evidence"] += len(set(given.evidence)) - len(ids)
        if not slugs or not ids:
            raise _RefusedError("a cause without criteria or evidence")
        shown = tuple(self.answers.evidence[item] for item in ids)
        if wrong := self.check(given.text, (*slugs, *ids), shown, Status.FAIL):
            raise _RefusedError(*wrong)
        return Cause(area=self.area, text=_sentence(given.text), criteria=slugs, evidence=ids, by=self.by)

    def _observation(self, given: GivenObservation) -> Observation:
        evidence, quote = self._quoted(given.path, given.line, given.quote, decides=False)
        for text in (given.what, given.why):
            if wrong := self.check(text, (evidence.id,), (evidence,), None):
                raise _RefusedError(*wrong)
        return Observation(
            id=observation_id(evidence.locator, evidence.excerpt),
            area=self.area,
            what=_sentence(given.what),
            why=_sentence(given.why),
            locator=evidence.locator,
            quote=quote,
            evidence=(evidence.id,),
            by=self.by,
        )

    def _quoted(self, path: str, line: int, quote: str, *, decides: bool) -> tuple[Evidence, str]:
        """The evidence that holds the quote, and the quote as the report repeats it."""
        file = self.repository.file(path) if path else None
        if file is None:
            raise _RefusedError("a path that is not there")
        if decides and not file.decides:
            raise _RefusedError(f"a {file.role.value} file, which decides nothing")
        place = find_quote(self.repository, file.path, line, quote)
        if place is None:
            raise _RefusedError("a quote that is not there")
        strength = Strength.STATED if file.role is Role.DOCUMENT else Strength.DEFINED
        evidence, shown = self.log.add_place(Place(place.path, place.line, place.end_line), strength), tidy(quote)
        if not is_quoted(shown, evidence.excerpt):  # an escape of an escape: what is left reads as another one
            raise _RefusedError("a quote that is not there")
        return evidence, shown

    def _reason(self, text: str, slug: str, evidence: Evidence, status: Status) -> str:
        """The model's reason, or code's own where it does not hold: the quote was found, so the answer stands."""
        if wrong := self.check(text, (slug, evidence.id), (evidence,), status):
            self._count(f"the reason for {slug}", *wrong)
            return stock_reason(evidence.locator)
        return _sentence(text)


def stock_reason(locator: Locator) -> str:
    """What stands in place of a model's refused reason."""
    return f"a specialist's model answers this with what stands at {locator}"


def _finding(row: Criterion, reason: str, evidence: Evidence, by: str) -> Finding:
    return Finding(
        id=finding_id(row.slug, evidence.locator, evidence.excerpt),
        criterion=row.slug,
        area=row.area,
        severity=row.severity,
        what=reason,
        locator=evidence.locator,
        quote=evidence.excerpt,
        evidence=(evidence.id,),
        fix=row.fix,
        effort_hours=row.effort_hours,
        by=by,
    )


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
