"""A plain question, matched to a command where it is clear which one it asks for. No model, no guessing."""

from __future__ import annotations

import re

from gonogo.model.criterion import Area, Severity
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
_FLIP = re.compile(
    r"\bflip|what (?:would|does|will) it take|what (?:is|are|'s) missing|what (?:has|have|needs|do (?:i|we) need) to\b|"
    r"how (?:do|can|could) (?:i|we|it) (?:get|reach|become)",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:re-?audit|audit (?:it )?again|audit (?:it )?(?:now|once more)|run (?:it|the audit) again)", re.I
)
_DIFF = re.compile(r"\b(?:compare|diff(?:erence)?|changed?|since|regressed|new since|trend)\b", re.IGNORECASE)
_DRAFT = re.compile(r"\b(?:draft|write)\b", re.IGNORECASE)
_EVIDENCE = re.compile(r"\b(?:evidence|proof|prove|show me (?:the )?(?:lines?|code|source))\b", re.IGNORECASE)
_FINDINGS = re.compile(r"\b(?:findings?|problems?|issues?|what (?:is|'s) wrong|what fails)\b", re.IGNORECASE)
_STATUS = re.compile(r"\b(?:ready|status|verdict|go live|production|ship|release|deploy|go)\b", re.IGNORECASE)
_WHY = re.compile(r"\b(?:why|explain|what about|tell me about|how (?:do|can) (?:i|we) fix)\b", re.IGNORECASE)
_ID = re.compile(r"\b(?:gng-[0-9a-f]{10}|ev-[0-9a-f]{12})\b", re.IGNORECASE)
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def find_refusal(question: str) -> str:
    """What code says to a question that asks for what no conversation gives; empty where it does not."""
    if _SECRET.search(question) and not _WHY.search(question):
        return NO_SECRET
    if _SET.search(question):
        return NO_STATUS
    return NO_VERDICT if _FORCED.search(question) else ""


def match_question(question: str, report: Report) -> str:
    """The command line that a question asks for; empty where that is not clear."""
    subject = find_subject(question, report)
    areas = [area.value for area in Area if re.search(rf"\b{area.value}\b", question, re.IGNORECASE)]
    if _AGAIN.search(question):
        return " ".join(("/audit", *areas))
    if _DRAFT.search(question):
        return f"/draft {next((style for style in STYLES if style in question.lower()), STYLES[0])}"
    if _FLIP.search(question):
        return "/flip"
    if _DIFF.search(question) and not subject:
        return f"/diff {_when(question)}"
    if _EVIDENCE.search(question):
        return f"/evidence {subject}".rstrip()
    if subject:
        return f"/evidence {subject}" if subject.startswith("ev-") else f"/why {subject}"
    if _FINDINGS.search(question):
        severity = next((s.value for s in Severity if re.search(rf"\b{s.value}s?\b", question, re.IGNORECASE)), "")
        return " ".join(part for part in ("/findings", *areas[:1], severity) if part)
    return "/status" if _STATUS.search(question) else ""


def find_subject(question: str, report: Report) -> str:
    """The criterion or id that a question names; empty where it names none."""
    if match := _ID.search(question):
        return match[0].lower()
    low = question.lower()
    rows = sorted(report.criteria, key=lambda row: -len(row.slug))
    for row in rows:
        if re.search(rf"(?<![\w-]){re.escape(row.code.lower())}(?![\w-])", low):
            return row.slug
    for row in rows:
        spoken = re.escape(row.slug).replace(r"\-", "[- ]")
        if ("-" in row.slug or _WHY.search(question)) and re.search(rf"(?<![\w-]){spoken}(?![\w-])", low):
            return row.slug
    unknown = re.search(r"\b[A-Z]{2,4}-\d{3}\b", question)
    return unknown[0] if unknown else ""


def _when(question: str) -> str:
    if match := _DAY.search(question):
        return match[0]
    return "week" if re.search(r"\bweek", question, re.IGNORECASE) else "last"
