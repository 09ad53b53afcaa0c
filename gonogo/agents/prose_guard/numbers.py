"""Numbers: computed for what they count, or standing in what is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gonogo.agents.prose_guard.corpus import NUMBER_WORDS
from gonogo.agents.prose_guard.counts import all_counts, counts_of, phase_before, shares_of
from gonogo.agents.prose_guard.facts import Cited, TextFacts
from gonogo.agents.prose_guard.numerals import Number, find_numbers
from gonogo.agents.prose_guard.sayings import AUDIT_NOUN, Claim, read_claim
from gonogo.agents.prose_guard.sentence import Reading
from gonogo.agents.prose_guard.stems import stem
from gonogo.agents.prose_guard.vocabulary import word_set
from gonogo.model.verdict import Value

MOST_STEPS = 12
_OF_TWO = ("two", "both", "twice")
_MORE = re.compile(r"\s*(?:more|others?|further|of (?:these|those|them))\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"(?<![\w-])(?:(?:dozens?|hundreds?|thousands?|millions?|billions?|scores) of|a (?:dozen|hundred|thousand|million)|"
    r"(?:hundred|thousand|million|billion)s?|(?:one|two|three|a)[ -](?:thirds?|quarters?|fifths?|tenths?)|"
    r"(?:two|three|four|five|ten)fold|"
    r"half (?:of )?(?:the |its |all )?(?:services?|workloads?|routes?|tests?|files?|time))(?![\w-])",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:lines?|ports?|version|status|code|http|page|rule|step) $", re.IGNORECASE)
_STEP = re.compile(r"\b(?:step|phase|stage|part|point|priority|item|theme|reason) $", re.IGNORECASE)
_FILES = re.compile(r"\s*(?:different |source |separate )?(?:files|documents|paths|modules)\b", re.IGNORECASE)
_EVIDENCE = re.compile(r"\s*(?:pieces of evidence|excerpts|lines|places|locations)\b", re.IGNORECASE)
_SHARE = re.compile(r"(?<![\w.])(\w[\w-]*) of (?:the |all )?(\w[\w-]*)(?![\w.])")
_TO_CONDITIONAL = re.compile(r"\bto CONDITIONAL\b|\bblocking gates?\b|\bfrom NO-GO\b")
_TO_GO = re.compile(r"\bCONDITIONAL to\b|\bfrom CONDITIONAL\b")


def wrong_numbers(reading: Reading, facts: TextFacts, cited: Cited, *, of_audit: bool) -> Iterator[str]:
    """Numbers that were not computed for what they are said of, and do not stand in what is cited.

    ``of_audit`` says that the text speaks of nothing but verdict, counts and road map.
    """
    text = reading.words
    for number in find_numbers(reading, facts, cited):
        if number.total is not None and _is_wrong_share(number, number.total, cited):
            yield f"{number.text} of {number.total.text}"
        elif not _Said(number, text, facts, cited, of_audit).is_right():
            yield number.text
    yield from (match[0] for match in _VAGUE.finditer(text) if not cited.corpus.has(match[0]))
    yield from (char for char in text if char.isnumeric() and not char.isascii() and not cited.corpus.has(char))


@dataclass(frozen=True, slots=True)
class _Said:
    """A number in its sentence, before the facts."""

    number: Number
    text: str
    facts: TextFacts
    cited: Cited
    of_audit: bool

    def is_right(self) -> bool:
        number = self.number
        if self.facts.verdict is None and number.text.lower() in _OF_TWO and not _names_rows(number.scope):
            return True  # a claim may tell two things apart
        before = self.text[: number.start]
        if _STEP.search(before) and not number.unit and number.value.isdigit() and int(number.value) <= MOST_STEPS:
            return True
        is_place = _PLACE.search(before) is not None
        claim = None if number.unit else read_claim(" ".join(number.scope.split()[:9]), self.text, lead=before)
        if claim is not None and not is_place and self._counts_rows(claim):
            return self._is_count(claim)
        if not is_place and self._is_said_otherwise():
            return False
        return self._is_cited() or self._is_computed(claim)

    def _counts_rows(self, claim: Claim) -> bool:
        """Whether rows of the audit are counted: by their name, or by a status with no other name before it."""
        return _names_rows(self.number.scope) or (not _names_things(self.number.scope) and bool(claim.says))

    def _is_count(self, claim: Claim) -> bool:
        number, following = self.number, self.number.scope.split()[:1]
        if number.is_total and not _names_rows(number.scope):
            claim = replace(claim, says=frozenset())  # what is said is said of the share
        if self._is_among(counts_of(claim, self.facts, self.cited)):
            return True
        ways = [f"{way} {word}" for word in following for way in (number.text, *number.values)]
        return any(map(self.cited.corpus.has, ways))

    def _is_said_otherwise(self) -> bool:
        """The cited texts count the same things, and to another number."""
        words = re.findall(r"[a-z]{3,}", self.number.scope.lower())[:1]
        counted = {value for word in words for value in self.cited.counted.get(stem(word), ())}
        if self.number.unit or not counted:
            return False
        return self.number.value not in counted | self.cited.figures_said

    def _is_cited(self) -> bool:
        """In the cited texts, with the same unit or set in code, where a unit is left out."""
        number, figures = self.number, self.cited.figures
        units = figures.get(number.value, frozenset())
        if number.unit in units or (units and not number.unit):
            return True
        if units and re.search(rf"[=:]\s*[\"']?{re.escape(number.value)}(?![\w.])", self.cited.corpus.text):
            return True
        parts = number.values[1:]
        return len(parts) > 1 and all(part in figures for part in parts)

    def _is_computed(self, claim: Claim | None) -> bool:
        number, scope = self.number, self.number.scope
        if number.unit == "percent":
            return number.value in shares_of(scope, self.text, self.facts)
        if number.unit == "hour":
            return number.value in _hours(self.text, self.text[: number.start], self.facts, self.cited)
        if number.unit:
            return False
        if "." in number.value or "-" in number.value:
            return number.value in self.facts.numbers
        if _MORE.match(scope):
            return self._is_rest(claim)
        if claim is not None and claim.noun in ("area", "source", "cause"):
            return self._is_among(counts_of(claim, self.facts, self.cited))
        if self.of_audit and not _names_things(scope):
            return self._is_among(all_counts(self.facts, self.cited))
        return self._is_among(_cited_counts(scope, self.facts, self.cited))

    def _is_rest(self, claim: Claim | None) -> bool:
        """``verify 2 more``, and ``1 more`` behind a list: what another number of the sentence leaves over."""
        if claim is not None and self._is_among(counts_of(claim, self.facts, self.cited)):
            return True
        listed = sum(_is_listed(slug, self.text) for slug in self.facts.criteria)
        others = (int(found) for found in re.findall(r"(?<![\w.])\d+(?![\w.])", self.text[: self.number.start]))
        return self._is_among(frozenset(other - listed for other in others if listed))

    def _is_among(self, counts: frozenset[int]) -> bool:
        return not counts.isdisjoint(int(value) for value in self.number.values if value.isdigit())


def _is_listed(slug: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(slug)}(?![\w-])", text) is not None


def _names_rows(scope: str) -> bool:
    return AUDIT_NOUN.search(" ".join(scope.split()[:5])) is not None


def _names_things(scope: str) -> bool:
    """Whether an ordinary word stands behind the number: it counts something other than the audit's rows."""
    words = scope.split()
    return bool(words) and words[0].strip(".,").lower() not in word_set("audit_words")


def _is_wrong_share(number: Number, total: Number, cited: Cited) -> bool:
    """The cited texts say another number of the same total, and this one nowhere."""
    said = ((_digits(share), _digits(whole)) for share, whole in _SHARE.findall(cited.corpus.text))
    shares = {share for share, whole in said if whole in total.values and share.isdigit()}
    return bool(shares) and shares.isdisjoint(number.values)


def _digits(word: str) -> str:
    return str(NUMBER_WORDS.get(word.lower(), word))


def _hours(text: str, lead: str, facts: TextFacts, cited: Cited) -> set[str]:
    """Efforts: of what is cited, of the road map, or of the one phase or change that the text names."""
    if (phase := phase_before(lead, facts)) is not None:
        return {f"{phase.effort_hours:g}"}
    hours = [facts.criteria[slug].effort_hours for slug in cited.criteria if slug in facts.criteria]
    hours += [sum(hours), *(finding.effort_hours for finding in cited.findings)]
    if facts.roadmap:
        changes = facts.roadmap.changes
        to_go, to_conditional = _TO_GO.search(text), _TO_CONDITIONAL.search(text)
        named = []
        if bool(to_go) != bool(to_conditional) and "separate" not in text:
            named = [change for change in changes if (change.before is Value.NO_GO) == bool(to_conditional)]
        hours += [change.effort_hours for change in named or changes]
        if not named:
            hours += [*(phase.effort_hours for phase in facts.roadmap.phases), facts.roadmap.effort_hours]
    return {f"{value:g}" for value in hours if value}


def _cited_counts(scope: str, facts: TextFacts, cited: Cited) -> frozenset[int]:
    """How much is cited: criteria, findings in all and of each criterion; files and evidence where they are counted."""
    by_criterion = [facts.findings_by_criterion.get(slug, ()) for slug in cited.criteria]
    counts = [len(cited.criteria), len(cited.findings), len(cited.ids), *map(len, by_criterion)]
    if _FILES.match(scope):
        groups = (cited.findings, *by_criterion)
        counts += [len({row.locator.path for row in rows if row.locator.path}) for rows in groups]
    if _EVIDENCE.match(scope):
        counts.append(len({item.id for item in cited.evidence}))
    return frozenset(count for count in counts if count > 1)
