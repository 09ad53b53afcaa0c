"""A plain question, matched to a command where it is clear which one it asks for. No model, no guessing."""

from __future__ import annotations

import re

from gonogo.model.criterion import Area, Severity, Status
from gonogo.model.report import Report
from gonogo.serve.chat.desk import STYLES

NO_VERDICT = (
    "The verdict is computed from the evidence of the run. No conversation changes it: /flip says what would, and a "
    "person decides on waivers."
)
NO_STATUS = (
    "A conversation changes no answer. What failed passes when an audit sees it mended; what a person decides is "
    "decided with gonogo review, by name and date."
)
NO_SECRET = (
    "There is none to show: secrets and personal data are replaced as files are read. A finding about one has its kind "
    "and its place."
)
UNKNOWN = "The run does not say."
_SECRET = re.compile(
    r"\b(?:print|show|tell|give|reveal|dump|list|repeat|what (?:is|are|was|were)|which)\b[^.?!]*"
    r"\b(?:secrets?|passwords?|tokens?|credentials?|(?:api|private|access) keys?)\b",
    re.IGNORECASE,
)
_FORCED = re.compile(
    r"\b(?:(?:just|please|simply|now) (?:say|write|print|answer|give)|say|answer with|approve|sign(?: it)? off|"
    r"override|ignore (?:the|all|your|previous))\b[^?]*"
    r"\b(?:go|yes|approved?|ready|rules|instructions|gates?|verdict|audit)\b",
    re.IGNORECASE,
)
_SET = re.compile(
    r"\b(?:mark|set|change|make|turn|flag|declare|count|treat)\b[^?]*\b(?:pass(?:ed|ing)?|waived?|green|fixed|resolved|"
    r"not applicable|go|status|severity|low)\b|^\s*(?:please )?(?:waive|accept|confirm|dismiss|close)\b",
    re.IGNORECASE,
)
_WHAT_IF = re.compile(
    r"\bwhat (?:if|happens (?:if|when)|would (?:happen|change|the verdict be) if)\b|"
    r"\b(?:suppose|supposing|assume|assuming)\b",
    re.IGNORECASE,
)
_SUPPOSED = {
    Status.PASS: r"pass(?:es|ed)?|fix(?:es|ed)?|repair(?:s|ed)?|mend(?:s|ed)?|resolved|done|holds?",
    Status.FAIL: r"fail(?:s|ed)?|broke(?:n)?|breaks?",
    Status.NOT_APPLICABLE: r"not appl(?:y|icable)",
    Status.UNVERIFIED: r"unverified|not (?:verified|seen)",
}
"""How a person says each status that may be supposed."""
_FLIP = re.compile(
    r"\bflip|what (?:would|does|will) it take|what(?: is| are|'s) missing|"
    r"what (?:has|have|needs|do (?:i|we) need) to\b|how (?:do|can|could) (?:i|we|it) (?:get|reach|become)",
    re.IGNORECASE,
)
_TO_DO = re.compile(
    r"\bwhat (?:should|must|shall|do|can) (?:i|we) (?:have to |need to )?(?:do|fix|repair|mend)\b|what would have to\b|"
    r"\bto (?:get|reach) (?:a |to )?go\b|\bhow much (?:work|effort|time)\b|\bhow long (?:does|will|would) it take\b",
    re.IGNORECASE,
)
"""As _FLIP, where no criterion is named."""
_AGAIN = re.compile(
    r"\b(?:re-?audit|re-?run|audit (?:it )?again|audit (?:it )?(?:now|once more)|run (?:it|the audit) again)\b|"
    r"^\s*(?:please )?audit\b[^?]*\bagain\b",
    re.IGNORECASE,
)
_DIFF = re.compile(r"\b(?:compare|diff(?:erence)?|changed?|since|regressed|new since|trend)\b", re.IGNORECASE)
_DRAFT = re.compile(r"\b(?:draft|write)\b", re.IGNORECASE)
_MAKE = re.compile(r"\b(?:make|prepare|create|give me|i (?:want|need))\b", re.IGNORECASE)
_SAVE = re.compile(r"\b(?:save|export|write|store)\b[^?]*\breport\b[^?]*\b(md|html|json|sarif|junit)\b", re.IGNORECASE)
_RUNS = re.compile(r"\b(?:which|list|show|what)\b[^?]*\b(?:runs|(?:earlier|previous|other) audits)\b", re.IGNORECASE)
_HELP = re.compile(r"\bwhat can (?:you|i|we) (?:do|ask)\b|\bwhich commands\b", re.IGNORECASE)
_EVIDENCE = re.compile(r"\b(?:evidence|proof|prove|show me (?:the )?(?:lines?|code|source))\b", re.IGNORECASE)
_FINDINGS = re.compile(
    r"\b(?:findings?|problems?|issues?|what(?: is|'s) (?:wrong|failing|broken)|what fails)\b", re.IGNORECASE
)
_STATUS = re.compile(r"\b(?:ready|status|verdict|go live|production|ship|release|deploy|go)\b", re.IGNORECASE)
_WHY = re.compile(r"\b(?:why|explain|what about|tell me about|how (?:do|can) (?:i|we) fix)\b", re.IGNORECASE)
_ASKS = re.compile(r"^\s*(?:is|are|do|does|has|have|who|where|which|how)\b", re.IGNORECASE)
_WHY_NOT = re.compile(r"^\W*why(?: not)?\W*$", re.IGNORECASE)
_ID = re.compile(r"\b(?:gng-[0-9a-f]{10}|ev-[0-9a-f]{12})\b", re.IGNORECASE)
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_RUN = re.compile(r"\brun ([0-9a-f]{4,32})\b", re.IGNORECASE)


def find_refusal(question: str, report: Report) -> str:
    """What code says to a question that asks for what no conversation gives; empty where it does not. To name a
    criterion that has to do with secrets is not to ask for one, nor to suppose a status to set it."""
    if _SECRET.search(_without_names(question, report)) and not _WHY.search(question):
        return NO_SECRET
    if _SET.search(question) and not _WHAT_IF.search(question):
        return NO_STATUS
    return NO_VERDICT if _FORCED.search(question) else ""


def match_question(question: str, report: Report) -> str:
    """The command line that a question asks for; empty where that is not clear."""
    subject = find_subject(question, report)
    areas = [area.value for area in Area if re.search(rf"\b{area.value}\b", question, re.IGNORECASE)]
    if _WHAT_IF.search(question):
        return _supposition(question, report)
    if _AGAIN.search(question):
        return " ".join(("/audit", *areas))
    if match := _SAVE.search(question):
        return f"/report {match[1].lower()}"  # which says that a file has to be named
    style = next((style for style in STYLES if style in question.lower()), "")
    if _DRAFT.search(question) or (style and _MAKE.search(question)):
        return f"/draft {style or STYLES[0]}"
    if _FLIP.search(question) or (_TO_DO.search(question) and not subject):
        return "/flip"
    if not subject and (_RUNS.search(question) or _HELP.search(question)):
        return "/runs" if _RUNS.search(question) else "/help"
    if _DIFF.search(question) and not subject:
        return f"/diff {_when(question)}"
    if _EVIDENCE.search(question):
        return f"/evidence {subject}".rstrip()
    if subject:
        return f"/evidence {subject}" if subject.startswith("ev-") else f"/why {subject}"
    if _FINDINGS.search(question):
        severity = next((s.value for s in Severity if re.search(rf"\b{s.value}s?\b", question, re.IGNORECASE)), "")
        return " ".join(part for part in ("/findings", *areas[:1], severity) if part)
    return "/status" if _STATUS.search(question) or _WHY_NOT.search(question) else ""


def find_subject(question: str, report: Report) -> str:
    """The criterion or id that a question names; empty where it names none."""
    if match := _ID.search(question):
        return match[0].lower()
    low = question.lower()
    rows = sorted(report.criteria, key=lambda row: -len(row.slug))
    for row in rows:
        if re.search(rf"(?<![\w-]){re.escape(row.code.lower())}(?![\w-])", low):
            return row.slug
    is_asking = _WHY.search(question) or _ASKS.search(question)
    for row in rows:
        if ("-" in row.slug or is_asking) and _spoken(row.slug).search(low):
            return row.slug
    unknown = re.search(r"\b[A-Z]{2,4}-\d{3}\b", question)
    return unknown[0] if unknown else ""


def _supposition(question: str, report: Report) -> str:
    """Every criterion that is named, as if it had the one status that is said; empty where that is not clear."""
    low = question.lower()
    named = [
        row.slug
        for row in report.criteria
        if re.search(rf"(?<![\w-]){row.code.lower()}(?![\w-])", low) or _spoken(row.slug).search(low)
    ]
    rest = _without_names(question, report)
    said = [status for status, words in _SUPPOSED.items() if re.search(rf"\b(?:{words})\b", rest, re.IGNORECASE)]
    is_denied = bool(re.search(r"\bnot?\b|n't\b", rest)) and not {Status.NOT_APPLICABLE, Status.UNVERIFIED} & {*said}
    if not named or len(said) != 1 or is_denied:
        return ""
    return " ".join(("/whatif", *(f"{slug}={said[0].value}" for slug in named)))


def _without_names(question: str, report: Report) -> str:
    for row in report.criteria:
        question = _spoken(row.slug).sub(" ", question)
    return question


def _spoken(slug: str) -> re.Pattern[str]:
    """A slug as it is written, or with spaces as a person says it."""
    words = re.escape(slug).replace(r"\-", "[- ]")
    return re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE)


def _when(question: str) -> str:
    if match := _DAY.search(question):
        return match[0]
    if match := _RUN.search(question):
        return match[1].lower()
    if re.search(r"\byesterday\b", question, re.IGNORECASE):
        return "yesterday"
    return "week" if re.search(r"\bweek", question, re.IGNORECASE) else "last"
