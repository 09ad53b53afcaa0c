"""Documents that people work from when something breaks: runbooks, on-call, the map of dependencies."""

from __future__ import annotations

import re

from gonogo.checks import scope
from gonogo.checks.wording import agreed
from gonogo.facts import Facts
from gonogo.facts.documents import Document, DocumentKind
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_NOT_READ = (DocumentKind.CHANGELOG, DocumentKind.LICENSE, DocumentKind.OWNERS, DocumentKind.DECISION)
_PARTS = {
    "detection": r"symptom|\balert|detect|trigger|how (do|to) (you )?know|fires?\b|error message|health[- ]check"
    r"|status check|identify|list (problem|failing|affected)"
    r"|scan for|when to use|impact|severity",
    "diagnosis": r"diagnos|investigat|triage|root cause|possible cause|likely cause|check (the )?(logs?|status"
    r"|events|metrics|dashboard)|debug|verify|analy[sz]|inspect"
    r"|describe",
    "mitigation": r"mitigat|remediat|\bfix|resol(ve|ution)|recover|roll(ing)? ?back|restart|workaround|solution"
    r"|restore|failover|scale (up|out)|escalat|drain",
}
_ON_A_SYSTEM = re.compile(
    r"kubectl|aws |gcloud|az |docker|psql|mysql|redis-cli|systemctl|journalctl|helm|terraform"
    r"|curl|ssh|istioctl"
)
_PART = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PARTS.items()}
_OPERATED = re.compile(
    r"\b(incidents?|outages?|on-?call|page[dr]?|pagerduty|escalat\w+|severity|sev-?[0-4]|p[0-3]\b|crashloop\w*"
    r"|oomkilled|production|prod\b|alerts?|rollback|roll back"
    r"|latency|5\d\d errors?|throttl\w+|failover|dead[- ]letter|dlq|postmortem|node (cordon|drain)"
    r"|replica(tion)? lag|disk full|high (cpu|memory|error))\b",
    re.IGNORECASE,
)
_INCIDENT_TITLE = re.compile(
    r"run ?-?book|play ?-?book|incident|troubleshoot|on-?call|outage|emergency|recovery|failure (scenario|mode)",
    re.IGNORECASE,
)


def runbooks(facts: Facts) -> Outcome:
    """A runbook with how an incident shows, how to find its cause, and what to do."""
    documents = [d for d in facts.documents.documents if d.kind not in _NOT_READ]
    partial: list[tuple[Document, list[str]]] = []
    for document in sorted(documents, key=lambda d: (d.kind is not DocumentKind.RUNBOOK, d.path)):
        if not _is_for_incidents(document):
            continue
        found = _parts(document)
        missing = [name for name in _PARTS if name not in found]
        if not missing and _acts(document) and _operates(facts, document):
            return passed(
                f"{document.path} ({document.title}) tells how to detect, diagnose and mitigate", *found.values()
            )
        partial.append((document, missing))
    gone = [
        link
        for d in documents
        for link in d.links
        if not link.exists and not link.elsewhere and re.search(r"run-?_?book|playbook", link.local, re.I)
    ]
    if gone:
        problems = [Problem(f"the runbook {link.local} is linked and is not there", link.at) for link in gone[:8]]
        return failed(
            f"{agreed(len(gone), 'linked runbook does', 'linked runbooks do')} not exist, and no other document is one",
            *problems,
        )
    searched = _searched(facts, "runbook", "playbook", "incident", "troubleshooting", "failure scenario")
    if partial:
        document, missing = partial[0]
        what = f"lacks {', '.join(missing)}" if missing else "has no commands for a running system"
        problems = [Problem(f"{document.path} is the nearest to a runbook, and {what}", document.at)]
        return failed(
            f"no runbook with detection, diagnosis and mitigation steps ({document.path} {what})",
            *problems,
            searched=(searched,),
        )
    return failed("no runbook was found", searched=(searched,))


def _is_for_incidents(document: Document) -> bool:
    name = document.path.rpartition("/")[2]
    if document.kind in (DocumentKind.README, DocumentKind.CONTRIBUTING, DocumentKind.STATUS):
        return False
    return document.kind is DocumentKind.RUNBOOK or bool(_INCIDENT_TITLE.search(f"{name} {document.title}"))


def _parts(document: Document) -> dict[str, Place]:
    """Where each part of a runbook stands; headings and items first, since these are its steps."""
    texts = [(h.text, h.at) for h in document.headings[1:]] + [(i.text, i.at) for i in document.items]
    texts += [(r.text, r.at) for r in document.rows] + [(p.text, p.at) for p in document.paragraphs]
    if not _INCIDENT_TITLE.search(f"{document.path} {document.title}"):
        # a guide to something else: only its sections on trouble count, and one of them must hold every part
        return max((_found(texts, part.at) for part in document.sections(_INCIDENT_TITLE.pattern)), key=len, default={})
    return _found(texts)


def _found(texts: list[tuple[str, Place]], within: Place | None = None) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for text, at in texts:
        if within and not within.line < at.line <= within.end_line:
            continue
        for name, pattern in _PART.items():
            if name not in found and pattern.search(text):
                found[name] = at
    return found


def _acts(document: Document) -> bool:
    """Whether it gives steps; what instructs a coding agent must act on a running system."""
    if document.kind is DocumentKind.INSTRUCTION:
        return sum(bool(_ON_A_SYSTEM.match(command.text)) for command in document.commands) >= 2
    steps = sum(1 for _ in document.commands) + sum(
        1 for b in document.blocks if b.language in ("sql", "promql", "logql")
    )
    return steps >= 2 or len(document.items) >= 6


def _operates(facts: Facts, document: Document) -> bool:
    """Whether it is about a running system rather than about setting up a laptop."""
    text = facts.repository.text(document.path)
    words = {match.group().lower() for match in _OPERATED.finditer(text)}
    clear = bool(
        re.search(
            r"run ?-?book|play ?-?book|incident|outage|on-?call", f"{document.path} {document.title}", re.IGNORECASE
        )
    )
    return len(words) >= (1 if clear else 3)


def dependency_map(facts: Facts) -> Outcome:
    """A list of dependencies that says of each how critical it is or what its loss does."""
    for document in facts.documents.prose:
        rows = [row for row in document.rows if _tells_criticality(row.header, row.section, document.title)]
        if len(rows) >= 2:
            return passed(
                f"{document.path} lists {len(rows)} dependencies with their criticality", rows[0].at, rows[-1].at
            )
    searched = _searched(
        facts, "criticality", "critical dependency", "dependency map", "failure impact", "service catalogue"
    )
    listed = [
        h.at
        for d in facts.documents.prose
        for h in d.sections(r"\bdependenc(y|ies)\b.*(map|list|external|upstream)|external (services|dependencies)")
    ]
    more = "; dependencies are listed without it" if listed else ""
    return failed(
        f"no document says how critical each dependency is{more}", places=tuple(listed[:3]), searched=(searched,)
    )


def _tells_criticality(header: tuple[str, ...], section: tuple[str, ...], title: str) -> bool:
    named = any(
        re.search(r"dependenc|service|component|system|upstream|downstream|integration|provider|resource", name, re.I)
        for name in header
    )
    judged = any(
        re.search(
            r"criticality|critical\??$|\btier\b|impact|if (it )?(is )?(down|unavailable|lost|fails)|when (down"
            r"|unavailable)|degrad|failure (mode|effect)",
            name,
            re.I,
        )
        for name in header
    )
    about = re.search(
        r"dependenc|upstream|downstream|external (service|system)|third[- ]part|service (map|catalog)|failure mode"
        r"|critical",
        " ".join((*section, *header, title)),
        re.I,
    )
    return named and judged and bool(about)


_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|pagerduty\.com|opsgenie\.com|\+\d[\d -]{7,}|#[a-z][\w-]{2,}\b|victorops|incident\.io"
    r"|slack\.com|@[a-z][\w-]{2,}|rootly|grafana oncall",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"example\.(com|org)|your[-_ ]|xxx|<[^>]+>|\[[^\]]*(name|phone|email|contact)[^\]]*\]|tbd|todo", re.IGNORECASE
)
_ROTA_RESOURCES = (
    "pagerduty_schedule",
    "opsgenie_schedule",
    "aws_ssmcontacts_rotation",
    "grafana_oncall_schedule",
    "incident_schedule",
    "betteruptime_on_call_calendar",
    "squadcast_schedule",
)
_ESCALATION_RESOURCES = (
    "pagerduty_escalation_policy",
    "opsgenie_escalation",
    "aws_ssmcontacts_plan",
    "grafana_oncall_escalation_chain",
    "incident_escalation_path",
    "betteruptime_policy",
    "squadcast_escalation_policy",
)


def on_call(facts: Facts) -> Outcome:
    """A rota and an escalation path, in code or in a document that names people or a schedule."""
    rota = [r.at for f in (facts.terraform, facts.cloudformation) for r in f.resources(*_ROTA_RESOURCES)]
    path = [r.at for f in (facts.terraform, facts.cloudformation) for r in f.resources(*_ESCALATION_RESOURCES)]
    rota += _stated(facts, r"on-?call|rota\b|duty roster|pager (duty|rotation)")
    path += _stated(facts, r"escalat")
    if rota and path:
        return passed("an on-call rota and an escalation path are defined", rota[0], path[0])
    searched = _searched(facts, "on-call", "rota", "escalation", "PagerDuty, Opsgenie and incident manager schedules")
    if rota or path:
        there, missing = ("a rota", "an escalation path") if rota else ("an escalation path", "a rota")
        return failed(f"{there} is defined, {missing} is not", places=tuple((rota + path)[:2]), searched=(searched,))
    hints = [
        at
        for d in facts.documents.prose
        if d.kind is not DocumentKind.CHANGELOG
        for at in d.says(r"\bon-?call\b|escalat")
    ]
    more = "; documents mention it without a contact or schedule" if hints else ""
    return failed(
        f"neither a rota nor an escalation path was found{more}", places=tuple(hints[:3]), searched=(searched,)
    )


def _stated(facts: Facts, pattern: str) -> list[Place]:
    """Sections on it that name a contact, a channel or a schedule that is no placeholder."""
    found = []
    for document in facts.documents.prose:
        if document.kind is DocumentKind.CHANGELOG:
            continue
        for heading in document.sections(pattern):
            named = [at for text, at in document.within(heading) if _CONTACT.search(text) and not _VAGUE.search(text)]
            if named:
                found.append(named[0])
    return found


def latency_targets(facts: Facts) -> Outcome:
    """Only measurements answer it."""
    served = scope.network_services(facts)
    if not served:
        return not_applicable(
            "nothing is served", searched=(_searched(facts, "routes", "servers", "published ports", "gateways"),)
        )
    return unverified(
        "whether responses meet their targets shows in measurements, which no repository holds", *served[:3]
    )


def _searched(facts: Facts, *terms: str) -> Searched:
    return Searched(terms, "documents and code", len(facts.documents.documents))
