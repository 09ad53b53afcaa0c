"""Whether documents agree with the files: their claims, their links and their commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks.claims import contradicted, is_ready
from gonogo.checks.wording import agreed
from gonogo.facts import Facts
from gonogo.facts.documents import DocumentKind
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place

_STATES = (DocumentKind.README, DocumentKind.STATUS, DocumentKind.RUNBOOK, DocumentKind.SLO, DocumentKind.SECURITY)
_HISTORY = (DocumentKind.CHANGELOG, DocumentKind.DECISION)
_DELETED = re.compile(r"delet|deprecat|remov|obsolete|archiv|histor|lecture|proposal|draft|rfc", re.IGNORECASE)
_NAMES_FILES = re.compile(
    r"make |(npm|pnpm|yarn|bun) run |\./\w|(ba)?sh \S+\.sh|(python3?|node) \S+\.\w+"
    r"|cp \S+\.\w|.* (-f|-k|-chdir)[ =]"
)
_FEW = 3
"""Slips in documents other than READMEs and status documents that are not yet a finding."""


def docs_match_reality(facts: Facts) -> Outcome:
    """No claim, link or command of the documents is contradicted by the files."""
    claims = list(contradicted(facts))
    firm, loose = _split(facts)
    slips = firm + (loose if len(loose) >= _FEW or firm or claims else [])
    problems = [*claims, *slips]
    if problems:
        parts = []
        if claims:
            parts.append(f"{agreed(len(claims), 'claim is', 'claims are')} contradicted by the files")
        if slips:
            parts.append(f"{agreed(len(slips), 'link or command names', 'links or commands name')} what does not exist")
        first = problems[0].what
        return failed(f"{' and '.join(parts)}, such as: {first}", *problems)
    compared = _compared(facts)
    if not compared:
        return unverified("the documents say nothing that files could confirm or contradict")
    ready = [
        c
        for c in facts.documents.claims
        if is_ready(c) and (c.at.path.count("/") < 2 or c.document is DocumentKind.STATUS)
    ]
    if ready:
        return unverified(
            f"{len(compared)} links, commands and claims hold; “{ready[0].text[:80]}” is more than files can show",
            *(claim.at for claim in ready[:3]),
        )
    return passed(f"{len(compared)} links, commands and claims of the documents agree with the files", *compared[:6])


def _split(facts: Facts) -> tuple[list[Problem], list[Problem]]:
    """Broken links and commands: those of READMEs and status documents, and those of all others."""
    firm: list[Problem] = []
    loose: list[Problem] = []
    for document in facts.documents.prose:
        if document.kind in _HISTORY or _DELETED.search(document.path) or _DELETED.search(document.title):
            continue
        top = document.path.count("/") <= 1 or document.kind is not DocumentKind.README
        into = firm if document.kind in _STATES and top else loose
        for target, problem in _slips(facts, document.path):
            if all(target not in other.what for other in into):
                into.append(problem)
    return firm, loose


def _slips(facts: Facts, path: str) -> Iterator[tuple[str, Problem]]:
    document = facts.documents.find(path)
    if document is None:
        return
    for link in document.links:
        if not link.exists and not link.elsewhere:
            yield link.local, Problem(f"{path} links {link.local}, which does not exist", link.at)
    for command in document.commands:
        if command.missing:
            yield command.missing, Problem(f"{path} tells to run “{command.text[:60]}”: {command.missing}", command.at)
    private = {component.name for component in facts.dependencies.components if component.private and component.name}
    for command in document.commands:
        adds = command.program in ("npm", "pnpm", "yarn") and {"install", "i", "add"} & set(command.words)
        if adds and (name := next(iter(set(command.words[1:]) & private), "")):
            yield name, Problem(f"{path} tells to install {name}, which is marked private", command.at)


def _compared(facts: Facts) -> list[Place]:
    """What was compared: links to files, commands that name package scripts, targets or files."""
    found: list[Place] = []
    for document in facts.documents.prose:
        found += [link.at for link in document.links if link.local]
        found += [command.at for command in document.commands if _NAMES_FILES.match(command.text)]
    return found
