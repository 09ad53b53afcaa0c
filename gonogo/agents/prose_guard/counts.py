"""Counts: what a number before one of the audit's own nouns may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sayings import SAYINGS, Claim, Row, holds_of, read_claim
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.roadmap import Phase
from gonogo.model.scores import cover, score_areas
from gonogo.model.verdict import Effect, Gate

_GATES = re.compile(
    r"\b(?:gates?|block\w*|tier|below|verdict|condition\w*|hold(?:s|ing)? back|production|decid\w+)\b", re.IGNORECASE
)
_PLAN = re.compile(r"\b(?:repair\w*|fix\w*|verif\w+|phases?|first|next|later|road)\b", re.IGNORECASE)
_BELOW = re.compile(r"\b(?:below|condition\w*|milder|hold(?:s|ing)?\b.{0,20}\bback|CONDITIONAL)\b", re.IGNORECASE)
_OF = re.compile(r"\bof (?:the |all |its )*$", re.IGNORECASE)
_ANSWERED = re.compile(r"\b(?:answered|coverage|covered)\b", re.IGNORECASE)
_TO_DO = frozenset({"fail", "unverified", "open", "answered"})
_OF_ALL = ("applies", "answered")
_SCORE = re.compile(r"\bscor(?:e|es|ed|ing)\b", re.IGNORECASE)


def counts_of(claim: Claim, facts: TextFacts, cited: Cited) -> frozenset[int]:
    """Every number that is right for the claim, over the whole audit or over what is cited.

    None is right only where there is none in all.
    """
    if (phase := phase_before(claim.lead, facts)) is not None:
        return frozenset({len(phase.criteria)})
    numbers = set(_others(claim, facts, cited))
    for place, rows in enumerate(_populations(claim, facts, cited)):
        for kept in _narrowed(rows, claim):
            numbers |= {count for count in _counted(kept, claim) if count or not place}
    return frozenset(numbers)


def _counted(rows: list[Row], claim: Claim) -> Iterator[int]:
    says = claim.says | ({"unverified"} if "open" in claim.says else set())
    if not says:
        yield len(rows)
        sayings = _OF_ALL if _OF.search(claim.lead) else SAYINGS
        yield from filter(None, (sum(holds_of(row, what) for row in rows) for what in sayings))
        return
    yield from (sum(holds_of(row, what) for row in rows) for what in says)
    yield from (sum(test(holds_of(row, what) for what in says) for row in rows) for test in (any, all))


def phase_before(lead: str, facts: TextFacts) -> Phase | None:
    """The phase of the road map that a text names before a number: ``Before production: 7 criteria``."""
    part = lead.rsplit(";", 1)[-1]
    phases = facts.roadmap.phases if facts.roadmap else ()
    return next((phase for phase in phases if f"{phase.name}:" in part), None)


def shares_of(scope: str, context: str, facts: TextFacts) -> frozenset[str]:
    """The percents that may be said: the coverage, the areas' scores, or the share of what the text counts."""
    if facts.verdict is None:
        return frozenset()
    claim = read_claim(scope, context)
    if claim is not None and claim.says - {"answered", "applies"}:
        return frozenset(str(share) for share in _shares(claim, facts))
    rows = list(facts.assessments.values())
    if _ANSWERED.search(context) and not _SCORE.search(context):
        return frozenset(str(share) for share in (cover(rows).percent,) if share is not None)
    scores = {score.area: score.percent for score in score_areas(rows)}
    named = [area for area in scores if re.search(rf"\b{area.value}\b", context, re.IGNORECASE)]
    if named and _SCORE.search(context):
        return frozenset(str(scores[area]) for area in named)
    return frozenset(str(share) for share in (cover(rows).percent, *scores.values()) if share is not None)


def all_counts(facts: TextFacts, cited: Cited) -> frozenset[int]:
    """Every count that could be meant where nothing says of what."""
    nouns = ("criterion", "gate", "finding", "area")
    claims = [
        *(Claim(noun, context="gate") for noun in nouns),
        *(Claim(noun, severities=frozenset({severity}), context="gate") for noun in nouns[:3] for severity in Severity),
        *(Claim("criterion", areas=frozenset({area})) for area in Area),
    ]
    return frozenset(chain.from_iterable(counts_of(claim, facts, cited) for claim in claims))


def _others(claim: Claim, facts: TextFacts, cited: Cited) -> Iterator[int]:
    """What is counted beside criteria, gates and findings, and what the road map counts."""
    if claim.noun == "area":
        yield len({row.area for row in facts.assessments.values()})
        yield len({facts.assessments[slug].area for slug in cited.criteria if slug in facts.assessments})
    elif claim.noun == "observation":
        yield len(facts.observations)
    elif claim.noun == "source":
        yield len(facts.target.sources)
    elif facts.roadmap and _is_of_plan(claim):
        if not claim.says or "fail" in claim.says:
            yield from (len(part.fix) for part in facts.roadmap.changes)
            yield from (len(phase.criteria) for phase in facts.roadmap.phases)
        if not claim.says or claim.says - {"fail"}:
            yield from (len(part.verify) for part in facts.roadmap.changes if part.verify)


def _is_of_plan(claim: Claim) -> bool:
    if claim.noun not in ("criterion", "gate", "failure") or not _PLAN.search(claim.context):
        return False
    return claim.says <= _TO_DO


def _populations(claim: Claim, facts: TextFacts, cited: Cited) -> Iterator[list[Row]]:
    """The rows that a noun may mean: of the whole audit where its verdict is known, and of what is cited."""
    is_decided, slugs = facts.verdict is not None, set(cited.criteria)
    if claim.noun in ("criterion", "failure", "blocker", "cause"):
        failing = claim.noun in ("failure", "blocker")
        rows = [row for row in facts.assessments.values() if row.status is Status.FAIL or not failing]
        if is_decided:
            yield [*rows]
        if slugs:
            yield [row for row in rows if row.criterion in slugs]
    if claim.noun == "gate" or (claim.noun in ("criterion", "failure") and _GATES.search(claim.context)):
        yield from _gates(claim, facts, slugs)
    if claim.noun in ("finding", "failure", "blocker"):
        if is_decided:
            yield [*facts.findings.values()]
        if slugs:
            yield list(cited.findings)
        for slug in cited.criteria:
            yield [finding for finding in cited.findings if finding.criterion == slug]


def _gates(claim: Claim, facts: TextFacts, slugs: set[str]) -> Iterator[list[Row]]:
    gates = facts.verdict.gates if facts.verdict else ()
    kept = [gate for gate in gates if claim.noun != "failure" or gate.status is Status.FAIL]
    yield [gate for gate in kept if gate.severity in facts.target.tier.gates]
    yield [*kept]
    yield [gate for gate in kept if gate.effect is Effect.BLOCKS]
    if _BELOW.search(claim.context):
        yield [gate for gate in kept if gate.effect is Effect.CONDITIONS]
    if not claim.says or claim.says & {"pass", "applies"}:
        yield [gate for gate in kept if gate.effect is Effect.HOLDS]
    if slugs:
        yield [gate for gate in kept if gate.criterion in slugs]


def _narrowed(rows: Iterable[Row], claim: Claim) -> list[list[Row]]:
    """Rows of the severities and areas that are named; a word that is also an area may mean something else."""
    kept = [row for row in rows if not claim.severities or row.severity in claim.severities]
    if claim.noun == "blocker":
        kept = [row for row in kept if row.severity is Severity.BLOCKER]
    areas: list[Row] = [row for row in kept if not isinstance(row, Gate) and row.area in claim.areas]
    return [kept, areas] if claim.areas else [kept]


def _shares(claim: Claim, facts: TextFacts) -> Iterator[int]:
    for rows in _populations(claim, facts, facts.cite(())):
        for kept in _narrowed(rows, claim):
            hits = sum(any(holds_of(row, what) for what in claim.says) for row in kept)
            applicable = [row for row in kept if row.status is not Status.NOT_APPLICABLE]
            yield from (hits * 100 // len(whole) for whole in (kept, applicable) if whole)
