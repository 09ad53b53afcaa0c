"""The last reading before a report leaves: every claim must resolve, every derived figure must come out again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from gonogo.agents.guard_claims import check_claims, check_prose
from gonogo.agents.guard_decisions import check_decisions
from gonogo.agents.prose_guard import TextFacts
from gonogo.agents.report_numbers import numbers_of
from gonogo.agents.synthesizer import write_prose
from gonogo.facts.repository import Repository
from gonogo.model.assessment import finding_id
from gonogo.model.criterion import Status
from gonogo.model.deciding import decide_again
from gonogo.model.evidence import Place
from gonogo.model.report import Prose, Report
from gonogo.model.roadmap import plan
from gonogo.model.scores import cover, score_areas
from gonogo.model.waiver import apply_waivers
from gonogo.tools.evidence import OBSERVE, READ, excerpt

COUNTED = ("summary", "next_step", "road_map")
"""The template's sections whose every number is one that code computed; the others repeat the catalogue's texts."""
_NUMBER = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*(?![\w-]|\.\d)")


class RefusedReportError(Exception):
    """A report in which something does not hold. The message lists what."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("the report was refused: " + "; ".join(self.problems[:5]))


def check_report(report: Report, repository: Repository | None = None) -> None:
    """Raises RefusedReportError unless all of it holds. With a repository, the quoted lines are read again from it."""
    problems = [
        *_evidence(report, repository),
        *_assessments(report),
        *_findings(report),
        *_derived(report),
        *_waived(report),
        *check_decisions(report),
        *_words(report),
    ]
    if problems:
        raise RefusedReportError(problems)


def _evidence(report: Report, repository: Repository | None) -> Iterator[str]:
    for item in report.evidence:
        if not item.is_intact():
            yield f"evidence {item.id} does not match its hash"
        elif repository is not None and item.tool in (READ, OBSERVE) and item.locator.path is not None:
            place = Place(item.locator.path, item.locator.line or 0, item.locator.end_line or 0)
            if excerpt(repository, place).text != item.excerpt:
                yield f"evidence {item.id} is no longer what {item.locator} says"


def _assessments(report: Report) -> Iterator[str]:
    known = {item.id for item in report.evidence}
    asked = {row.slug for row in report.criteria}
    failing = {finding.criterion for finding in report.findings}
    answered = [assessment.criterion for assessment in report.assessments]
    if len(set(answered)) != len(answered) or set(answered) != asked:
        yield "assessments and criteria are not one to one"
    for row in report.assessments:
        if missing := set(row.evidence) - known:
            yield f"{row.criterion} cites evidence that is not there: {sorted(missing)[0]}"
        if row.status in (Status.PASS, Status.FAIL) and not row.evidence:
            yield f"{row.criterion} says {row.status} without evidence"
        if (row.status is Status.FAIL) != (row.criterion in failing):
            yield f"{row.criterion} says {row.status}, its findings say otherwise"


def _findings(report: Report) -> Iterator[str]:
    evidence = report.evidence_by_id()
    statuses = {row.criterion: row for row in report.assessments}
    for finding in report.findings:
        if missing := [item for item in finding.evidence if item not in evidence]:
            yield f"finding {finding.id} cites evidence that is not there: {missing[0]}"
            continue
        if finding.locator.path is not None and finding.quote != evidence[finding.evidence[0]].excerpt:
            yield f"the quote of finding {finding.id} is not in its evidence"
        if finding.id != finding_id(finding.criterion, finding.locator, finding.quote):
            yield f"finding {finding.id} does not match its criterion and place"
        owner = statuses.get(finding.criterion)
        if owner is None or finding.severity.rank > owner.severity.rank:
            yield f"finding {finding.id} is worse than its assessment"


def _derived(report: Report) -> Iterator[str]:
    tier = report.target.tier
    verdict = decide_again(report)
    if verdict != report.verdict:
        yield f"the verdict says {report.verdict.value}, its assessments make it {verdict.value} or its gates differ"
    if score_areas(report.assessments) != report.scores:
        yield "the scores are not those of the assessments"
    if cover(report.assessments) != report.coverage:
        yield "the coverage is not that of the assessments"
    if plan(report.criteria, report.assessments, verdict, tier) != report.roadmap:
        yield "the road map is not that of the assessments"


def _waived(report: Report) -> Iterator[str]:
    """A failure is waived by a waiver that was given, and by no other."""
    today = datetime.fromisoformat(report.provenance.created).date()
    rows, waivers = apply_waivers(report.waivers, report.assessments, report.findings, report.target.tier, today)
    if waivers != report.waivers:
        yield "the waivers did not come to what the report says"
    for row, again in zip(report.assessments, rows, strict=False):
        if row.waived != again.waived:
            yield f"{row.criterion} is waived otherwise than its waivers say"


def _words(report: Report) -> Iterator[str]:
    """What templates and models say. The texts to hold a model's words against are gathered once, if one said any."""
    said = report.causes or report.observations or any(row.proposal for row in report.assessments)
    texts = TextFacts.of(report) if said or any(prose.author != "template" for prose in report.prose) else None
    yield from _prose(report, texts)
    yield from check_claims(report, texts)


def _prose(report: Report, texts: TextFacts | None) -> Iterator[str]:
    expected = {prose.section: prose for prose in write_prose(report)}
    facts = numbers_of(report)
    for prose in report.prose:
        template = expected.get(prose.section)
        if template is None:
            yield f"there is no section {prose.section}"
        elif prose.author != "template" and texts is not None:
            yield from check_prose(prose, texts)
        elif prose.model_copy(update={"note": ""}) != template:
            yield f"the {prose.section} is not what the facts say"
        elif prose.section in COUNTED:
            yield from (f"the {prose.section} says {number}, which is no fact" for number in _unknown(prose, facts))
    if missing := set(expected) - {prose.section for prose in report.prose}:
        yield f"the {sorted(missing)[0]} is missing"


def _unknown(prose: Prose, facts: frozenset[str]) -> list[str]:
    return [number for number in _NUMBER.findall(prose.text) if number not in facts]
