"""What a part of a sentence says of the audit's rows: which, of what severity, and with which status."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.verdict import Effect, Gate

_NOUNS = {
    "criterion": "criterion|criteria|requirements?|checks?|controls?|questions?|answers?|items?",
    "gate": "gates?",
    "finding": "findings?|problems?|issues?|gaps?|faults?|defects?|places?",
    "failure": "failures?|weakness(?:es)?",
    "blocker": "blockers?",
    "area": "areas?",
    "observation": "observations?",
    "cause": "causes?",
    "source": "sources?",
}
AUDIT_NOUN = re.compile(r"\b(?:criterion|criteria|gates?|findings?|failures?|blockers?|observations?)\b", re.IGNORECASE)
"""Nouns of the audit alone: that a cited text has the same number proves nothing."""
NOUN_PATTERNS = {name: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE) for name, words in _NOUNS.items()}
_SAYS = (
    ("open", r"(?:do|does|did)(?: not|n't) (?:pass|hold)|(?:is|are|was|were)(?: not|n't) met|cannot pass|open"),
    ("not_applicable", r"not[ _-]applicable|(?:do|does|did)(?: not|n't) apply|inapplicable"),
    (
        "unverified",
        r"unverified|unanswered|unknown|"
        r"(?:cannot|(?:could|can|were|was|is|are|has|have)(?:n't| not| never))(?: be| been)? "
        r"(?:verified|answered|shown|seen|confirmed)|not (?:be |been )?(?:verified|answered)",
    ),
    ("fail", r"fails?|failed|failing|failures?|broken|missed"),
    (
        "pass",
        r"pass|passes|passed|passing|(?:holds?|held)(?! (?:\w+ ){0,2}back)|met|satisfied|fulfilled|green|clean|"
        r"succeeds?|succeeded|in (?:place|order)",
    ),
    ("contested", r"contested"),
    ("proposed", r"proposed"),
    ("lost", r"lost"),
    ("waived", r"waived"),
    ("answered", r"answered|verified"),
    ("applies", r"apply|applies|applicable"),
)
"""What is said, the negated forms first: each takes its words away from those behind it."""
_TO_DO = (
    ("fail", re.compile(r"\b(?:repair|fix)(?:ing)?(?: (?:the|all|these|of|about|another))*\s*$", re.IGNORECASE)),
    ("unverified", re.compile(r"\bverify(?:ing)?(?: (?:the|all|these|of|about|another))*\s*$", re.IGNORECASE)),
)
SAYINGS = tuple(name for name, _ in _SAYS)
_STATUSES = {
    "": tuple(Status),
    "pass": (Status.PASS,),
    "fail": (Status.FAIL,),
    "unverified": (Status.UNVERIFIED,),
    "not_applicable": (Status.NOT_APPLICABLE,),
    "open": (Status.FAIL, Status.UNVERIFIED),
    "answered": (Status.PASS, Status.FAIL),
    "applies": (Status.PASS, Status.FAIL, Status.UNVERIFIED),
}
Row = Assessment | Finding | Gate


@dataclass(frozen=True, slots=True)
class Claim:
    """What is counted: a noun, what is said of it, and to what it is narrowed.

    ``context`` is the whole sentence, ``lead`` what stands before the number in it.
    """

    noun: str
    says: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset()
    areas: frozenset[Area] = frozenset()
    context: str = ""
    lead: str = ""


def read_claim(scope: str, context: str, noun: str = "", lead: str = "") -> Claim | None:
    """The claim that a part of a sentence makes; None where it counts nothing of the audit's."""
    if not noun:
        found = [(match.start(), name) for name, pattern in NOUN_PATTERNS.items() if (match := pattern.search(scope))]
        noun = min(found, default=(0, ""))[1]
    says = said_in(scope)
    says |= {said for said, verb in _TO_DO if verb.search(lead)}
    if not noun and not says:
        return None
    severities = frozenset(s for s in Severity if re.search(rf"\b{s.value}s?\b", scope, re.IGNORECASE))
    areas = frozenset(area for area in Area if re.search(rf"\b{area.value}\b", scope, re.IGNORECASE))
    return Claim(noun or "criterion", says, severities, areas, context, lead)


def said_in(scope: str) -> frozenset[str]:
    """What a text says of what it counts: fail, pass, unverified ... Negated forms count as what they mean."""
    says = set()
    for name, pattern in _SAYS:
        scope, hits = re.subn(rf"(?<![\w-])(?:{pattern})(?![\w-])", " ", scope, flags=re.IGNORECASE)
        if hits:
            says.add(name)
    return frozenset(says)


def holds_of(row: Row, what: str) -> bool:
    """Says whether what is said is true of a row."""
    if isinstance(row, Assessment) and what in ("contested", "proposed", "lost", "waived"):
        waived = row.waived is not None
        return {"contested": row.is_contested, "proposed": row.is_proposed, "lost": row.lost, "waived": waived}[what]
    if isinstance(row, Gate) and what in ("pass", "waived", "lost"):
        lost = row.effect is Effect.BLOCKS and row.status is not Status.FAIL
        return {"pass": row.effect is Effect.HOLDS, "waived": row.waived, "lost": lost}[what]
    return row.status in _STATUSES.get(what, ())
