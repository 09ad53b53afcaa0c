"""What documents claim and files contradict, claim by claim.

A contradiction is told only where the claim is clear (a ticked box, a status, "is enabled") and the files are too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import find_check
from gonogo.checks.contradictions import CLAIMS, TOOL_WORDS, TOOLS, Known
from gonogo.criteria import find_criterion
from gonogo.facts import Facts
from gonogo.facts.documents import Claim, ClaimKind, DocumentKind
from gonogo.facts.repository import Role
from gonogo.model.assessment import Problem
from gonogo.model.criterion import Status

_UNCLEAR = re.compile(
    r"\b(remov\w+|delet\w+|replac\w+|instead|no longer|without|not|never|drop\w*|compar\w+|vs\.?|optional\w*"
    r"|alternativ\w*|consider|evaluat\w+|compatible|supports?|plan\w*|should|must|need(s|ed)?|todo|will|future"
    r"|recommend\w*|if |or |choose|except|document(ed|ation)?|guide|explain\w*|example|local(ly)?|can be|prepared"
    r"|ready to)\b",
    re.IGNORECASE,
)
_UNCLEAR_SECTION = re.compile(
    r"prerequisit|requirement|roadmap|future|compar|alternativ|recommend|next step|todo|gap|why |how to|usage"
    r"|example|competit|limitation|before you|migration|checklist for|template|what you|learn",
    re.IGNORECASE,
)
_UNCLEAR_DOCUMENT = re.compile(
    r"requirement|template|proposal|roadmap|(^|/|[-_ ])(plan|tasks?|todo|spec)s?([-_. ]"
    r"|$)",
    re.IGNORECASE,
)


def contradicted(facts: Facts) -> Iterator[Problem]:
    """Claims of documents that the files contradict."""
    claims = [claim for claim in facts.documents.claims if is_clear(claim)]
    absent = _absent_tools(facts, claims)
    answers: dict[str, str] = {}
    for claim in claims:
        against = ""
        for known in CLAIMS:
            if known.says.search(claim.text):
                against = known.test(facts) if known.test else _failing(facts, known, answers)
            if against:
                break
        if not against and claim.kind is ClaimKind.TICKED:
            tool = next((name for name in absent if TOOL_WORDS[name].search(claim.text)), "")
            against = f"no file but documents mentions {tool}" if tool else ""
        if not against:
            against = _missing_file(facts, claim)
        if against:
            yield Problem(f"“{_short(claim.text)}”: {against}", claim.at)


def is_ready(claim: Claim) -> bool:
    """A claim of a README or status document that the whole is ready for production."""
    return claim.kind is ClaimKind.READY and claim.document in (DocumentKind.README, DocumentKind.STATUS)


def is_clear(claim: Claim) -> bool:
    """A ticked box or a stated fact without conditions, in a section and document that says what is."""
    if claim.kind not in (ClaimKind.TICKED, ClaimKind.STATED) or len(claim.text) > 300:
        return False
    if _UNCLEAR_DOCUMENT.search(claim.at.path) or any(
        _UNCLEAR_SECTION.search(heading) for heading in claim.section[-2:]
    ):
        return False
    crossed = re.search(r"❌|⚠|🚧", claim.text)
    return not crossed and not _UNCLEAR.search(claim.text)


def _absent_tools(facts: Facts, claims: list[Claim]) -> tuple[str, ...]:
    """Tools that ticked claims name and that no file but documents mentions, tests and examples included."""
    named = {
        name
        for claim in claims
        if claim.kind is ClaimKind.TICKED
        for name, word in TOOL_WORDS.items()
        if word.search(claim.text)
    }
    if not named:
        return ()
    for file in facts.repository.files:
        if not named:
            break
        if (
            file.binary
            or file.role in (Role.DOCUMENT, Role.VENDORED)
            or file.size > 1_000_000
            or file.name.endswith((".txt", ".svg"))
        ):
            continue
        text = (file.path + "\n" + facts.repository.text(file)).lower()
        named -= {name for name in named if any(term in text for term in TOOLS[name])}
    return tuple(sorted(named))


def _failing(facts: Facts, known: Known, answers: dict[str, str]) -> str:
    """Why the criterion fails; empty where it does not, or only in part. Asked once."""
    slug = known.criterion
    if slug not in answers:
        criterion = find_criterion(slug)
        outcome = find_check(criterion)(facts) if criterion else None
        fails = outcome is not None and outcome.status is Status.FAIL and not _is_partial(outcome.reason)
        there = fails and known.unless and _is_in_code(facts, known.unless)
        answers[slug] = f"{slug} fails: {outcome.reason}" if outcome and fails and not there else ""
    return answers[slug]


def _is_partial(reason: str) -> bool:
    """Says whether a reason counts some of several: what a document claims then holds for the others."""
    counted = re.search(r"\b(\d+) of (\d+)\b", reason)
    return counted is not None and int(counted.group(1)) < int(counted.group(2))


def _is_in_code(facts: Facts, terms: tuple[str, ...]) -> bool:
    files = (f for f in facts.repository.files if f.role is Role.PRODUCT and not f.binary and f.size < 500_000)
    return any(term in text for file in files for text in (facts.repository.text(file).lower(),) for term in terms)


def _missing_file(facts: Facts, claim: Claim) -> str:
    """A file that the claim names in code or as a link and that is nowhere."""
    document = facts.documents.find(claim.at.path)
    lines = range(claim.at.line, max(claim.at.end_line, claim.at.line) + 1)
    for link in (*document.names, *document.links) if document else ():
        if link.at.line in lines and not link.exists and not link.elsewhere:
            return f"{link.target} does not exist"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 90 else text[:87].rstrip() + "..."
