"""A report with what persons decided on it: pure, from the report that was audited and the decisions in their order.

A decision changes a status only as ``review_rules`` allows, and bears what it took the place of, so that the guard can
take all of them back and make the same report again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from gonogo.agents.redecide import redecide
from gonogo.agents.review_rules import (
    is_finding,
    is_of_answer,
    judge_answer,
    judge_day,
    judge_verdict,
    replaced_by,
    waiver_basis,
)
from gonogo.agents.settle import settle
from gonogo.model.assessment import Assessment, Finding, finding_id
from gonogo.model.criterion import Criterion, Status, Strength
from gonogo.model.decision import ATTEST, Act, Decided, Standing
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.report import Report
from gonogo.model.waiver import AcceptedRisk, State, WaiverEntry

ORIGIN = "review"
_OF_WAIVER = {
    State.APPLIED: Standing.HOLDS,
    State.EXPIRED: Standing.EXPIRED,
    State.REFUSED: Standing.REFUSED,
    State.VOID: Standing.VOID,
    State.UNUSED: Standing.VOID,
}


def apply_decisions(report: Report, decisions: Iterable[Decided], now: datetime) -> Report:
    """The report with these decisions, the earliest first, as they stand at ``now``; without any, the same report.

    ``report`` is one without decisions. All decisions are listed in the result, each with what became of it.
    """
    if report.decisions:
        raise ValueError("the report has decisions already")
    made = tuple({decision.id: decision.as_made() for decision in decisions}.values())
    if not made:
        return report
    return _Review(report, made, now.date()).report()


def without_decisions(report: Report) -> Report:
    """A reviewed report's answers, evidence and waivers as they were; what follows from them is left as it is."""
    changed = {d.subject: d for d in report.decisions if d.is_standing and d.before is not None}
    rows = [changed[row.criterion].before if row.criterion in changed else row for row in report.assessments]
    found = [finding for finding in report.findings if finding.criterion not in changed]
    found += [finding for decision in changed.values() for finding in decision.findings]
    own = {origin_of(decision) for decision in report.decisions}
    return report.model_copy(
        update={
            "assessments": tuple(row for row in rows if row is not None),
            "findings": tuple(found),
            "evidence": tuple(item for item in report.evidence if item.tool != ATTEST),
            "waivers": tuple(item for item in report.waivers if item.origin not in own),
            "decisions": (),
        }
    )


class _Review:
    """One application of decisions to a report: answers first, then waivers, then what was said of the verdict."""

    def __init__(self, base: Report, made: tuple[Decided, ...], today: date) -> None:
        self.base, self.made, self.today = base, made, today
        self.told: dict[str, Decided] = {}
        self.rows = {row.criterion: row for row in base.assessments}
        self.findings = {slug: base.findings_of(slug) for slug in self.rows}
        self.evidence = list(base.evidence)

    def report(self) -> Report:
        for number, decision in enumerate(self.made):
            later = replaced_by(self.made[number:]).get(decision.id)
            if later is not None:
                why = f"{later.who} decided otherwise on {later.at[:10]} ({later.id})"
                self._tell(decision, Standing.REPLACED, why)
            elif is_of_answer(decision):
                self._answer(decision, self._earlier(number))
        draft = self._ending(self._waived(self._decided()))
        for number, decision in enumerate(self.made):
            if decision.id not in self.told:
                self._tell(decision, *judge_verdict(draft, decision, self._earlier(number)))
        return draft.model_copy(update={"decisions": tuple(self.told[decision.id] for decision in self.made)})

    def _ending(self, draft: Report) -> Report:
        """The verdict is good no longer than the statements that it rests on."""
        made = tuple(self.told[decision.id] for decision in self.made if decision.id in self.told)
        if not any(decision.what is Act.ATTEST and decision.is_standing for decision in made):
            return draft
        return redecide(draft, draft.assessments, draft.findings, decisions=made)

    def _earlier(self, number: int) -> list[Decided]:
        return [d for d in self.made[:number] if d.subject == self.made[number].subject]

    def _tell(self, decision: Decided, standing: Standing, why: str, **also: object) -> None:
        update = {"standing": standing, "why": why, "as_of": self.today.isoformat(), **also}
        self.told[decision.id] = decision.model_copy(update=update)

    def _answer(self, decision: Decided, earlier: list[Decided]) -> None:
        standing, why = judge_answer(self.base, decision, earlier, self.today)
        if standing is not Standing.HOLDS:
            self._tell(decision, standing, why)
            return
        slug = decision.subject
        before, criterion = self.rows[slug], self.base.criterion(slug)
        self._tell(decision, standing, "", before=before, findings=self.findings[slug])
        if decision.what is Act.ATTEST:
            item = _attested(criterion, decision)
            self.evidence.append(item)
            self.rows[slug] = _answered(before, criterion, decision, decision.status, (item.id, *before.evidence))
            self.findings[slug] = (_finding(criterion, decision, item),) if decision.status is Status.FAIL else ()
        elif decision.what is Act.CONFIRM and before.proposal is not None:
            said = before.proposal
            self.rows[slug] = _answered(before, criterion, decision, said.status, said.evidence)
            self.findings[slug] = ()
        else:
            self.rows[slug] = before.model_copy(update={"proposal": None, "decided": decision.id})

    def _decided(self) -> Report:
        """The report with the answers that were decided on; words of models that they no longer bear are gone."""
        rows, findings = tuple(self.rows.values()), [item for own in self.findings.values() for item in own]
        if rows == self.base.assessments:
            return self.base
        failing = {row.criterion for row in rows if row.status is Status.FAIL}
        causes = tuple(cause for cause in self.base.causes if set(cause.criteria) <= failing)
        draft = redecide(self.base, rows, findings, evidence=tuple(self.evidence), causes=causes)
        settled = settle(draft)
        return draft if settled == draft else redecide(settled, settled.assessments, settled.findings)

    def _waived(self, draft: Report) -> Report:
        """With what is waived. A rejection of a finding's waiver only takes that away."""
        given = []
        for number, decision in enumerate(self.made):
            if decision.id in self.told:
                continue
            if decision.what is Act.REJECT and is_finding(decision.subject):
                self._tell(decision, *_judge_no_waiver(draft, decision, self._earlier(number)))
            elif decision.what is Act.WAIVE:
                standing, why = judge_day(decision, self.today)
                if standing is Standing.HOLDS:
                    given.append(decision)
                else:
                    self._tell(decision, standing, why)
        if not given:
            return draft
        waivers = (*draft.waivers, *(_waiver(decision) for decision in given))
        waived = redecide(draft, draft.assessments, draft.findings, waivers=waivers)
        for decision, item in zip(given, waived.waivers[len(draft.waivers) :], strict=True):
            self._tell(decision, _OF_WAIVER[item.state], item.why)
        return waived


def _answered(
    before: Assessment, criterion: Criterion, decision: Decided, status: Status | None, evidence: tuple[str, ...]
) -> Assessment:
    verb = "attested" if decision.what is Act.ATTEST else "confirmed"
    return before.model_copy(
        update={
            "status": status,
            "strength": None if status is Status.NOT_APPLICABLE else criterion.strength,
            "severity": criterion.severity,
            "reason": f"{decision.who} {verb} it on {decision.at[:10]}: {decision.reason}",
            "evidence": tuple(dict.fromkeys(evidence)),
            "unfinished": False,
            "proposal": None,
            "decided": decision.id,
        }
    )


def _attested(criterion: Criterion, decision: Decided) -> Evidence:
    """What the person said and attached. Words alone are words, whatever the criterion takes."""
    assert decision.status is not None
    said = [f"{decision.who}, {decision.at[:10]}: {criterion.slug} is {decision.status.value}. {decision.reason}"]
    for file in decision.attachments:
        said.append(f"attached: {file.name} ({file.size} bytes, sha256 {file.sha256})")
        said += [file.excerpt] if file.excerpt else []
    return Evidence.make(
        tool=ATTEST,
        arguments={"decision": decision.id, "expires": decision.expires},
        source=decision.who,
        locator=Locator(symbol=f"{criterion.slug} ({decision.id})"),
        excerpt="\n".join(said),
        strength=criterion.strength if decision.attachments else Strength.STATED,
    )


def _finding(criterion: Criterion, decision: Decided, item: Evidence) -> Finding:
    """A failure that a person attests. Its place is the statement, so that each has its own id."""
    return Finding(
        id=finding_id(criterion.slug, item.locator, ""),
        criterion=criterion.slug,
        area=criterion.area,
        severity=criterion.severity,
        what=f"{decision.who} says that it does not hold: {decision.reason.rstrip('.')}",
        locator=item.locator,
        quote="",
        evidence=(item.id,),
        fix=criterion.fix,
        effort_hours=criterion.effort_hours,
    )


def _waiver(decision: Decided) -> AcceptedRisk:
    subject = {"finding" if is_finding(decision.subject) else "criterion": decision.subject}
    entry = WaiverEntry(
        **subject,
        owner=decision.who,
        reason=decision.reason,
        ticket=decision.ticket,
        expires=date.fromisoformat(decision.expires),
        evidence=decision.based_on,
    )
    return AcceptedRisk(entry=entry, origin=origin_of(decision))


def _judge_no_waiver(report: Report, decision: Decided, earlier: list[Decided]) -> tuple[Standing, str]:
    if not earlier:
        return Standing.REFUSED, "nobody has waived it"
    if decision.based_on != waiver_basis(report, decision.subject):
        return Standing.VOID, "what fails is no longer what was seen"
    return Standing.HOLDS, ""


def origin_of(decision: Decided) -> str:
    """Where the waiver of a decision says that it was given."""
    return f"{ORIGIN} {decision.id}"
