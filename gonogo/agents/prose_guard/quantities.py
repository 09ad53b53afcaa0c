"""Quantities in words: "all gates hold", "no critical finding", "most criteria pass" must be true."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.sayings import NOUN_PATTERNS, Claim, Row, holds_of, read_claim, said_in
from gonogo.agents.prose_guard.sentence import Reading
from gonogo.agents.prose_guard.vocabulary import any_of
from gonogo.model.criterion import Severity, Status
from gonogo.model.verdict import Effect, Gate

_ALL = ("all", "every", "each", "both")
_MOST = (
    "most",
    "the majority",
    "a majority",
    "the bulk",
    "the vast majority",
    "the great majority",
    "the large majority",
)
_NEARLY = ("nearly all", "almost all", "nearly every", "almost every")
_FEW = ("few", "only a few", "hardly any", "a handful")
_OF_OTHERS = ("finding", "failure", "blocker")
_NONE = ("no", "none", "zero")
_ONE = ("only one", "just one", "a single", "the only")
_WORDS = "|".join(("all but one", *_ALL, *_NONE, *_MOST, *_NEARLY, "half", *_FEW, *_ONE))
_QUANTIFIED = re.compile(
    rf"\b(?P<not>not )?(?P<word>{_WORDS})"
    r"(?: of)? (?P<refers>(?:the|these|those|its|their|other|remaining|such|named|listed|cited) )*"
    r"(?P<phrase>(?:(?!(?:of|in|the|and|or|is|are|not|that|which|who)\b)[\w-]+ ){0,3}?)"
    r"(?P<noun>criterion|criteria|gates?|findings?|failures?|blockers?)\b",
    re.IGNORECASE,
)
_REST = re.compile(r"[;.:()]|, (?:but|while|and)\b|\b(?:but|while|although|because|since)\b", re.IGNORECASE)
_TOPIC = re.compile(
    r"\s*(?:in|of|on|about|for|against|from|around|concerns?|touch(?:es)?|regards?|affects?|names?|mentions?|is about|"
    r"are about|points? to|was made|were made) (?!tier\b|the (?:audit|report|gates)\b)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:hold|holds|held|keep|keeps) (?:\w+ ){0,3}back\b|\b(?:blocks?|stops?|forbids?|bars?|prevents?)\b",
    re.IGNORECASE,
)
_NONE_FAILS = re.compile(r"\bnone (?:of (?:them|these|those|it) )?(?:fails?|failed|is failing)\b", re.IGNORECASE)
_REPAIRED = re.compile(r"\s*(?:(?:must|has to|have to|to) be )?(?:repaired|fixed|verified|cleared)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"\s*(?:that|which) (?:are |is |were |do not |does not |could not be )?\w+", re.IGNORECASE)
_TESTS: dict[str, Callable[[int, int], bool]] = {
    **dict.fromkeys(_ALL, lambda hits, total: hits == total > 0),
    "all but one": lambda hits, total: hits == total - 1,
    **dict.fromkeys(_NONE, lambda hits, total: hits == 0),
    **dict.fromkeys(_MOST, lambda hits, total: 2 * hits > total),
    **dict.fromkeys(_NEARLY, lambda hits, total: 10 * hits >= 9 * total),
    **dict.fromkeys(_FEW, lambda hits, total: 4 * hits <= total),
    **dict.fromkeys(_ONE, lambda hits, total: hits == 1),
    "half": lambda hits, total: abs(2 * hits - total) * 10 <= total > 0,
}


def wrong_quantities(reading: Reading, facts: TextFacts, cited: Cited) -> Iterator[str]:
    """What is said of all, most, few or none of the audit's rows and is not so."""
    text = reading.words
    for match in _QUANTIFIED.finditer(text):
        rest = _REST.split(text[match.end() :])[0]
        noun = next(name for name, pattern in NOUN_PATTERNS.items() if pattern.fullmatch(match["noun"]))
        if facts.verdict is None and noun in _OF_OTHERS:
            continue  # in a claim these are somebody else's: what a scanner finds, what a job fails on
        if not _is_true(match, noun, rest, facts, cited):
            yield " ".join((match[0] + rest).split())
    slugs = cited.criteria or facts.criteria
    if (none := _NONE_FAILS.search(text)) and any(facts.findings_by_criterion.get(slug) for slug in slugs):
        yield none[0]


def _is_true(match: re.Match[str], noun: str, rest: str, facts: TextFacts, cited: Cited) -> bool:
    word, phrase = match["word"].lower(), match["phrase"]
    narrowing = said_in(phrase)
    if relative := _RELATIVE.match(rest):
        narrowing |= said_in(relative[0])
        rest = rest[relative.end() :]
    narrowing -= {"applies"}  # what does not apply is left out anyhow
    if _REPAIRED.match(rest):
        return True
    parts = rest.split(",")
    rest = next((",".join(parts[: n + 1]) for n in range(len(parts)) if said_in(",".join(parts[: n + 1]))), rest)
    says = said_in(rest)
    if any_of("strong_phrases").search(rest):
        says |= {"pass"}
    severities = frozenset(s for s in Severity if re.search(rf"\b{s.value}s?\b", rest, re.IGNORECASE))
    claim = read_claim(phrase + match["noun"], rest, noun)
    if claim is None:
        return True
    if word in _NONE and _BACK.search(rest):
        return facts.verdict is not None and not any(_holds_back(gate, narrowing) for gate in facts.verdict.gates)
    if word in (*_NONE, *_ONE):
        says |= narrowing
        if not says and not severities and noun in ("criterion", "gate"):
            return True
    elif narrowing or not (says or severities):
        return "pass" not in says or bool(match["not"])

    def is_hit(row: Row) -> bool:
        said = not says or any(holds_of(row, what) for what in says)
        return said and (not severities or row.severity in severities)

    populations = list(_populations(claim, _is_narrowed(match, rest), facts, cited))
    hits = [sum(map(is_hit, rows)) for rows in populations]
    test = _TESTS[word]
    return any(test(hit, len(rows)) != bool(match["not"]) for hit, rows in zip(hits, populations, strict=True))


def _holds_back(gate: Gate, narrowing: frozenset[str]) -> bool:
    return gate.effect is not Effect.HOLDS and (not narrowing or any(holds_of(gate, what) for what in narrowing))


def _is_narrowed(match: re.Match[str], rest: str) -> bool:
    """Whether a part of the audit's rows is meant: these, those of a topic."""
    known = {*Severity, "failing", "blocking", "open", "unverified", "single", "real", "new", "further", "more"}
    topical = [word for word in match["phrase"].lower().split() if word not in known and not said_in(word)]
    refers = (match["refers"] or "").strip().lower()
    return bool(topical) or refers in ("these", "those", "such", "named", "listed", "cited") or bool(_TOPIC.match(rest))


def _populations(claim: Claim, narrowed: bool, facts: TextFacts, cited: Cited) -> Iterator[list[Row]]:
    """The rows that the claim may be about; none where nothing says which."""
    narrowed = narrowed or facts.verdict is None
    slugs = set(cited.criteria) if narrowed else set(facts.criteria)
    if not slugs:
        return
    severities = claim.severities or ({Severity.BLOCKER} if claim.noun == "blocker" else set(Severity))
    assessments = [a for a in facts.assessments.values() if a.criterion in slugs and a.severity in severities]
    if claim.noun in ("finding", "failure", "blocker"):
        yield [f for f in facts.findings.values() if f.criterion in slugs and f.severity in severities]
    if claim.noun in ("failure", "blocker"):
        yield [row for row in assessments if row.status is Status.FAIL]
    if claim.noun == "gate" and facts.verdict is not None:
        gates = facts.target.tier.gates & severities
        yield [g for g in facts.verdict.gates if g.criterion in slugs and g.severity in gates]
    elif claim.noun not in ("finding", "failure", "blocker"):
        yield [row for row in assessments if row.status is not Status.NOT_APPLICABLE]
