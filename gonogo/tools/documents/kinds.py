"""What a document is for, by its name, its folder and its title."""

from __future__ import annotations

import re

from gonogo.facts.documents import DocumentKind

_AGENT_FOLDER = re.compile(
    r"(^|/)\.?(claude|cursor|agents?|codex|gemini|windsurf|kiro|roo|cline|clinerules|antigravity|aider|prompts?"
    r"|skills|personas"
    r"|memory-bank|copilot|chatmodes|instructions)/",
    re.IGNORECASE,
)
_AGENT_NAME = re.compile(
    r"^(claude|agents?|gemini|skill|copilot-instructions|system[-_]prompt|cursorrules|warp|llms(-full)?)\.(md|mdx)$"
    r"|\.prompt\.md$|(issue|pull_request|merge_request|pr)[-_]template|_pr_template",
    re.IGNORECASE,
)
_TEMPLATE_FOLDER = re.compile(
    r"(^|/)(issue_template|pull_request_template|merge_request_templates|issue_templates)/", re.IGNORECASE
)
_NAMES = (
    (DocumentKind.README, r"^readme([._-].*)?$"),
    (DocumentKind.LICENSE, r"^(un)?licen[sc]e([._-].*)?$|^copying([._].*)?$|[-_]licen[sc]e(\.(md|txt))?$"),
    (DocumentKind.OWNERS, r"^(codeowners|owners|maintainers)(\.(md|txt))?$"),
    (DocumentKind.CHANGELOG, r"^(changelog|change[-_]log|changes|history|release[-_ ]?notes|releases|news)([._-].*)?$"),
    (DocumentKind.SECURITY, r"^security(\.(md|rst|txt|adoc))?$|^security[-_]policy\."),
    (DocumentKind.CONTRIBUTING, r"^(contributing|development|developing|hacking)([._-].*)?$|^code[-_]of[-_]conduct"),
)
_NAME_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _NAMES)
_DECISION_FOLDER = re.compile(r"(^|/)(adrs?|decisions?|decision[-_]records?|decision[-_]log)/", re.IGNORECASE)
_DECISION_NAME = re.compile(r"^adr[-_]?\d|^\d{4}-[a-z].*\.md$|decision[-_]log|architecture[-_]decision", re.IGNORECASE)
_RUNBOOK_FOLDER = re.compile(r"(^|/)(run-?_?books?|play-?_?books?|incident[-_]?response|incidents)/", re.IGNORECASE)
_RUNBOOK = re.compile(
    r"\b(run[-_ ]?books?|play[-_ ]?books?|incident[-_ ](response|management|handling)|troubleshoot(ing)?"
    r"|operations?[-_ ](guide|manual))\b",
    re.IGNORECASE,
)
_SLO = re.compile(r"\b(slos?|slas?|service[-_ ]level|error[-_ ]budget)\b", re.IGNORECASE)
_STATUS = re.compile(
    r"\b(readiness|production[-_ ]?(ready|check\w*|readiness|audit|status|summary)|go[-_ ]live|launch[-_ ]checklist"
    r"|check[-_]?list|status|audit"
    r"|assessments?|scorecard|gap[-_ ]analysis|hardening|compliance|certification|(completion|implementation|final"
    r"|verification|validation"
    r"|security|progress|deployment|project)[-_ ](report|summary|status|review)|sign[-_ ]?off|enterprise)\b",
    re.IGNORECASE,
)


def kind_of(local: str, title: str) -> DocumentKind:
    """The kind of a document. What tells least ambiguously is asked first."""
    folder, _, name = local.rpartition("/")
    stem = re.sub(r"\.(md|markdown|mdx|rst|adoc|asciidoc|txt)$", "", name, flags=re.IGNORECASE)
    if _AGENT_FOLDER.search(folder + "/") or _AGENT_NAME.search(name) or _TEMPLATE_FOLDER.search(folder + "/"):
        return DocumentKind.INSTRUCTION
    for kind, pattern in _NAME_KINDS:
        if pattern.search(name):
            return kind
    if _DECISION_FOLDER.search(folder + "/") or _DECISION_NAME.search(name):
        return DocumentKind.DECISION
    words = re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem))
    if _RUNBOOK_FOLDER.search(folder + "/") or _RUNBOOK.search(words) or _RUNBOOK.search(title):
        return DocumentKind.RUNBOOK
    if _STATUS.search(words) or _STATUS.search(title):
        return DocumentKind.STATUS
    if _SLO.search(words) or _SLO.search(title):
        return DocumentKind.SLO
    return DocumentKind.OTHER
