"""The desk of a case: each question that commands and a model's tools ask, answered in code's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TypeVar

from gonogo.agents.chat.tools import Desk, UnansweredError
from gonogo.mendable import MENDABLE
from gonogo.model.baseline import Baseline
from gonogo.model.comparison import Change, compare
from gonogo.model.criterion import Area, Severity, Status
from gonogo.serve import answers
from gonogo.serve.answers import UnknownSubjectError
from gonogo.serve.chat import rendering
from gonogo.serve.chat.case import LAST, Case

STYLES = ("summary", "full", "checklist", "certification", "remediation")
DRAFTS = "gonogo.report.drafts"
Found = TypeVar("Found")
Scale = TypeVar("Scale", Area, Severity, Status)
MOST_FINDINGS = 40
MOST_EVIDENCE = 6
SUPPOSABLE = (Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.UNVERIFIED)


def desk_of(case: Case) -> Desk:
    """The desk over whatever report the case speaks of when it is asked."""
    return Desk(
        report=lambda: case.told,
        status=lambda: rendering.standing(answers.status(case.told)),
        findings=lambda area, severity: _findings(case, area, severity),
        explain=lambda subject: _explain(case, subject),
        evidence=lambda name: _evidence(case, name),
        what_if=lambda changes: _what_if(case, changes),
        flip=lambda: rendering.flips(answers.what_would_flip(case.told)),
        compare=lambda which: _compare(case, which),
        draft=lambda style: _draft(case, style),
        audit=lambda areas: _audit(case, areas),
    )


def _findings(case: Case, area: str, severity: str) -> str:
    chosen = _member(area, Area, "area") if area else None
    worst = _member(severity, Severity, "severity") if severity else None
    return rendering.finding_page(answers.list_findings(case.told, area=chosen, severity=worst, limit=MOST_FINDINGS))


def _explain(case: Case, subject: str) -> str:
    name = subject or case.subject
    if not name:
        raise UnansweredError("nothing was named: give a slug, a code or the id of a finding.")
    found = _known(lambda: answers.explain(case.told, name))
    case.subject = found.finding or found.criterion
    return rendering.explanation(found)


def _evidence(case: Case, name: str) -> str:
    """Of one id, or of all that a criterion or finding rests on; of what was explained last where nothing is named."""
    asked = (name or case.subject).strip()
    if not asked:
        raise UnansweredError("nothing was named: give an id (ev-...), a slug, a code or the id of a finding.")
    if asked.lower().startswith("ev-"):
        return rendering.evidence([_known(lambda: answers.get_evidence(case.told, asked))])
    found = _known(lambda: answers.explain(case.told, asked))
    case.subject = found.finding or found.criterion
    if not found.evidence:
        raise UnansweredError(f"{found.criterion} is {found.status.value} and rests on no evidence: {found.reason}.")
    shown = [answers.get_evidence(case.told, item) for item in found.evidence[:MOST_EVIDENCE]]
    left = found.evidence[MOST_EVIDENCE:]
    more = f"\n{len(left)} more: {', '.join(left)}" if left else ""
    return rendering.evidence(shown) + more


def _what_if(case: Case, changes: Mapping[str, str]) -> str:
    supposed = {name: _member(status, Status, "status") for name, status in changes.items()}
    return rendering.supposed(_known(lambda: answers.what_if(case.told, supposed)))


def _compare(case: Case, which: str) -> str:
    from gonogo.report.comparison import WORDS, as_text

    try:
        before = case.earlier(which)
        youngest = before or case.earlier(LAST)
    except MENDABLE as error:
        raise UnansweredError(str(error)) from error
    if youngest is None:
        raise UnansweredError(
            "no earlier audit of this target is kept to compare with: the next one can be compared with this one."
        )
    if before is None:
        day = youngest.provenance.created[:10]
        raise UnansweredError(f"no audit of this target is kept from then or before: the last before this is of {day}.")
    found = compare(Baseline.of(before), case.told)
    days = f"{before.provenance.created[:10]} and {case.told.provenance.created[:10]}"
    told, listed, _ = as_text(found).partition(f"\n{WORDS[Change.OPEN]}: ")  # the longest list, and nothing new in it
    number = len(found.with_change(Change.OPEN))
    still = f"\n{WORDS[Change.OPEN]}: {number}, which the findings list" if listed else ""
    return f"The audits of {days}:\n{told.rstrip()}{still}"


def _draft(case: Case, style: str) -> str:
    name = style or STYLES[0]
    if name not in STYLES:
        raise UnansweredError(f"there is no draft {name[:40]!r}: ask for one of {', '.join(STYLES)}.")
    if find_spec(DRAFTS) is None:
        raise UnansweredError("this installation can't draft: install gonogo again.")
    write: Callable[..., str] = import_module(DRAFTS).draft
    return write(case.told, name).rstrip("\n")


def _audit(case: Case, areas: tuple[str, ...]) -> str:
    for area in areas:
        _member(area, Area, "area")
    had_live = case.report is not None and any(source.observed for source in case.report.target.sources)
    try:
        case.audit(tuple(dict.fromkeys(areas)))
    except MENDABLE as error:
        raise UnansweredError(str(error)) from error
    note = "\nLive sources were not looked at again: gonogo audit --source does that." if had_live else ""
    return f"Audited again, by code alone.\n{rendering.standing(answers.status(case.told))}{note}"


def _known(look: Callable[[], Found]) -> Found:
    try:
        return look()
    except UnknownSubjectError as error:
        raise UnansweredError(str(error)) from error


def _member(name: str, scale: type[Scale], what: str) -> Scale:
    asked = name.strip().lower().replace("-", "_").replace(" ", "_")
    for member in scale:
        if asked == member.value:
            return member
    known = ", ".join(member.value for member in scale)
    raise UnansweredError(f"there is no {what} {name[:40]!r}: it is one of {known}.")
