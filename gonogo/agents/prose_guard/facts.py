"""What text is held against: everything that an audit computed or read, and the part of it that a sentence cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from gonogo.agents.prose_guard.corpus import Corpus, figures_in
from gonogo.agents.prose_guard.stems import stem
from gonogo.agents.report_numbers import numbers_of
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Severity, Status, Strength
from gonogo.model.evidence import Evidence
from gonogo.model.investigation import Cause, Observation
from gonogo.model.report import Report
from gonogo.model.roadmap import Roadmap
from gonogo.model.target import Target
from gonogo.model.verdict import Verdict

_COUNTED = re.compile(r"(?<![\w.])(\d+) (?:of \d+ )?([a-z]{3,})")
_ID = re.compile(r"\bgn[go]-[0-9a-f]{10}\b|\bev-[0-9a-f]{12}\b")


@dataclass(frozen=True, eq=False)
class TextFacts:
    """The facts of an audit, by id. Make one with :meth:`of` for prose and :meth:`make` for claims."""

    target: Target
    criteria: dict[str, Criterion]
    assessments: dict[str, Assessment]
    findings: dict[str, Finding]
    evidence: dict[str, Evidence]
    observations: dict[str, Observation]
    causes: tuple[Cause, ...]
    verdict: Verdict | None
    roadmap: Roadmap | None
    numbers: frozenset[str]
    """Numbers that may be said of the audit as a whole, beside those that are counted from the rest."""
    others: tuple[str, ...]
    """More texts that names may come from."""

    @staticmethod
    def make(
        *,
        criteria: tuple[Criterion, ...],
        assessments: tuple[Assessment, ...],
        findings: tuple[Finding, ...],
        evidence: tuple[Evidence, ...],
        target: Target,
        verdict: Verdict | None = None,
        roadmap: Roadmap | None = None,
        numbers: frozenset[str] = frozenset(),
        observations: tuple[Observation, ...] = (),
        causes: tuple[Cause, ...] = (),
        others: tuple[str, ...] = (),
    ) -> TextFacts:
        """Facts from their parts. Without a verdict no text may speak of one."""
        return TextFacts(
            target=target,
            criteria={row.slug: row for row in criteria},
            assessments={row.criterion: row for row in assessments},
            findings={row.id: row for row in findings},
            evidence={row.id: row for row in evidence},
            observations={row.id: row for row in observations},
            causes=causes,
            verdict=verdict,
            roadmap=roadmap,
            numbers=numbers,
            others=others,
        )

    @staticmethod
    def of(report: Report) -> TextFacts:
        """The facts of a whole report."""
        dates = (report.verdict.valid_until, report.provenance.created[:10])
        conceded = [text for w in report.waivers for text in (w.entry.owner, w.entry.reason, w.entry.ticket, w.why)]
        conceded += [text for c in (*report.concessions, *report.not_counted) for text in (c.what, c.reason, c.origin)]
        return TextFacts.make(
            criteria=report.criteria,
            assessments=report.assessments,
            findings=report.findings,
            evidence=report.evidence,
            target=report.target,
            verdict=report.verdict,
            roadmap=report.roadmap,
            numbers=numbers_of(report) | {date for date in dates if date},
            observations=report.observations,
            causes=report.causes,
            others=(*conceded, *report.provenance.could_not_read),
        )

    @cached_property
    def corpus(self) -> Corpus:
        """All texts in which a name may stand."""
        texts = [
            *_target(self.target),
            *(text for row in self.criteria.values() for text in _criterion(row)),
            *(text for row in self.assessments.values() for text in _assessment(row)),
            *(text for row in self.findings.values() for text in _finding(row)),
            *(text for row in self.evidence.values() for text in _evidence(row)),
            *(text for row in self.observations.values() for text in _observation(row)),
            *(row.text for row in self.causes),
            *(phase.name for phase in (self.roadmap.phases if self.roadmap else ())),
            *_scales(),
            *self.others,
        ]
        return Corpus(texts)

    @cached_property
    def slug_words(self) -> frozenset[str]:
        """The words that slugs are made of."""
        return frozenset(word for slug in self.criteria for word in slug.split("-"))

    @cached_property
    def resting_on(self) -> dict[str, tuple[str, ...]]:
        """The criteria that rest on a piece of evidence."""
        rests: dict[str, list[str]] = {}
        for row in self.assessments.values():
            for item in row.evidence:
                rests.setdefault(item, []).append(row.criterion)
        for finding in self.findings.values():
            for item in finding.evidence:
                rests.setdefault(item, []).append(finding.criterion)
        return {item: tuple(dict.fromkeys(slugs)) for item, slugs in rests.items()}

    @cached_property
    def findings_by_criterion(self) -> dict[str, tuple[Finding, ...]]:
        """The findings of each criterion that has any."""
        rows: dict[str, list[Finding]] = {}
        for finding in self.findings.values():
            rows.setdefault(finding.criterion, []).append(finding)
        return {slug: tuple(found) for slug, found in rows.items()}

    def is_known(self, name: str) -> bool:
        """Says whether a slug or id is one of the audit's."""
        return any(name in known for known in (self.criteria, self.findings, self.evidence, self.observations))

    def unknown_ids(self, text: str) -> Iterator[str]:
        """Ids in a text that are none of the audit's."""
        yield from (found for found in _ID.findall(text) if not self.is_known(found))

    def cite(self, cites: Iterable[str], quotes: tuple[str, ...] = (), evidence: tuple[Evidence, ...] = ()) -> Cited:
        """What ids (unknown ones are left out), quotes and evidence that is not in the report yet stand for."""
        ids = tuple(dict.fromkeys(cites))
        slugs = [item for item in ids if item in self.criteria]
        findings = [self.findings[item] for item in ids if item in self.findings]
        read = [self.evidence[item] for item in ids if item in self.evidence] + list(evidence)
        seen = [self.observations[item] for item in ids if item in self.observations]
        direct = tuple(dict.fromkeys([*slugs, *(finding.criterion for finding in findings)]))
        below = tuple(f for slug in slugs for f in self.findings_by_criterion.get(slug, ()))
        findings = list(dict.fromkeys([*findings, *below]))
        rows = [self.assessments[slug] for slug in direct if slug in self.assessments]
        under = {item for ids_of in (rows, findings, seen) for row in ids_of for item in row.evidence}
        read += [self.evidence[item] for item in sorted(under) if item in self.evidence]
        related = tuple(dict.fromkeys(s for item in read for s in self.resting_on.get(item.id, ()) if s not in direct))
        texts = [
            *(text for slug in direct if slug in self.criteria for text in _criterion(self.criteria[slug])),
            *(text for row in rows for text in _assessment(row)),
            *(text for row in findings for text in _finding(row)),
            *(text for row in dict.fromkeys(item.id for item in read) for text in _evidence(_find(read, row))),
            *(text for row in seen for text in _observation(row)),
            *(cause.text for cause in self.causes if set(cause.criteria) & set(direct)),
            *quotes,
        ]
        said = (*(row.reason for row in rows), *(row.what for row in findings))
        return Cited(ids, direct, related, tuple(findings), tuple(read), Corpus(texts), said, bool(quotes))


@dataclass(frozen=True, eq=False)
class Cited:
    """What a text stands on. ``criteria`` are cited themselves or by a finding; ``related`` rest on cited evidence."""

    ids: tuple[str, ...]
    criteria: tuple[str, ...]
    related: tuple[str, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    corpus: Corpus
    said: tuple[str, ...]
    """What code says in its own words: reasons, and what is found."""
    is_quoted: bool

    @cached_property
    def figures(self) -> dict[str, frozenset[str]]:
        """Numbers that stand there, each with the units that follow it (empty where none does)."""
        found: dict[str, set[str]] = {}
        for figure in figures_in(self.corpus.text):
            for value in figure.values:
                found.setdefault(value, set()).add(figure.unit)
        return {value: frozenset(units) for value, units in found.items()}

    @cached_property
    def counted(self) -> dict[str, frozenset[str]]:
        """What code counts there, by the stem of its name: 6 references, 2 of 2 workloads."""
        found: dict[str, set[str]] = {}
        for number, name in (match.groups() for text in self.said for match in _COUNTED.finditer(text)):
            found.setdefault(stem(name), set()).add(number)
        return {name: frozenset(values) for name, values in found.items()}

    @cached_property
    def figures_said(self) -> frozenset[str]:
        """All numbers in code's own words."""
        return frozenset(value for text in self.said for figure in figures_in(text) for value in figure.values)

    @cached_property
    def is_observed(self) -> bool:
        """Says whether anything of it was seen working."""
        return any(item.strength is Strength.OBSERVED for item in self.evidence)

    def __bool__(self) -> bool:
        return bool(self.ids or self.is_quoted)


def _find(rows: list[Evidence], key: str) -> Evidence:
    return next(row for row in rows if row.id == key)


def _target(target: Target) -> Iterator[str]:
    yield from (target.name, target.environment, f"tier {target.tier}")
    for source in target.sources:
        commit = source.commit or ""
        yield from (source.kind, source.name, source.branch or "", *source.notes)
        yield from (commit[:length] for length in (7, 8, 10, 12, 40))


def _criterion(row: Criterion) -> Iterator[str]:
    yield from (row.code, row.slug, row.asks, row.why, row.fix, row.verify, row.source, row.permission)
    yield from (row.not_applicable_when, f"{row.effort_hours:g} hours", *(item.title for item in row.references))


def _assessment(row: Assessment) -> Iterator[str]:
    yield row.reason
    if row.waived:
        yield from (row.waived.owner, row.waived.reason, row.waived.expires)
    if row.proposal:
        yield from (row.proposal.reason, row.proposal.quote)


def _finding(row: Finding) -> Iterator[str]:
    yield from (row.id, row.what, row.quote, row.fix, f"{row.effort_hours:g} hours")
    yield from _place(row)


def _evidence(row: Evidence) -> Iterator[str]:
    yield from (row.id, row.excerpt, row.source, row.tool)
    yield from _place(row)


def _observation(row: Observation) -> Iterator[str]:
    yield from (row.id, row.what, row.why, row.quote)
    yield from _place(row)


def _place(row: Finding | Evidence | Observation) -> Iterator[str]:
    locator = row.locator
    yield from (str(locator), locator.path or "", locator.symbol or "")
    if locator.line and locator.end_line:
        yield f"lines {locator.line} to {locator.end_line}"


def _scales() -> Iterator[str]:
    for scale in (Area, Severity, Status, Strength):
        yield from (value.value for value in scale)
        yield from (value.value.capitalize() for value in scale)
