"""Data of persons: how long it is kept, whether its handling is written down, and whether stored data is classified."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from gonogo.checks import cloud, scope
from gonogo.facts import Facts
from gonogo.facts.documents import Document, DocumentKind
from gonogo.facts.kinds import Kind
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_RETENTION = re.compile(
    r"retention|retain(ed)?\b|kept for|deleted? after|purge|expire[sd]?\b|time[- ]to[- ]live|\bttl\b", re.IGNORECASE
)
_PERSONAL = re.compile(
    r"personal|user data|customer data|\bpii\b|gdpr|ccpa|data subject|privacy|account data|user records", re.IGNORECASE
)
_DURATION = re.compile(r"\b\d+\s*(day|week|month|year|hour)s?\b", re.IGNORECASE)
_PURGE = re.compile(
    r"(delete|purge|remove|anonymi[sz]e|expire|clean_?up|prune)[\w_]*(old|stale|expired|inactive|user|account|data"
    r"|record|message|trace|event|session|retention)"
    r"|retention(_|[A-Z]|-)?(days?|period|policy|manager|job|seconds|hours|service)|data_?retention|(days?"
    r"|months?)_?(to_?)?(keep|retain)",
    re.IGNORECASE,
)
_PERSONS = re.compile(r"user|account|customer|person|profile|gdpr|anonymi", re.IGNORECASE)
_AGES = ("etention", "ETENTION", "older", "OLDER", "nactive", "xpired", "days", "Days", "DAYS")
"""Plain words that every line has that _BY_AGE matches: looking for these first saves most of the time."""
_BY_AGE = re.compile(r"retention|(?<![a-z])older|inactive|expired?_(user|account|data|session)|days", re.IGNORECASE)
_NO_CODE = re.compile(r"\s*(#|//|\*|--|import |from |@Retention)|.*(RetentionPolicy|RetentionDays\.|logs\.|log_?group)")
_CODE = ("*.py", "*.ts", "*.js", "*.go", "*.java", "*.kt", "*.rb", "*.php", "*.cs", "*.rs", "*.sql")
_PRIVACY_NAME = re.compile(
    r"privacy|gdpr|ccpa|data[-_ ]protection|personal[-_ ]data|dpia|data[-_ ]handling|data[-_ ]subject", re.IGNORECASE
)
_SUBSTANCE = re.compile(
    r"lawful|legal basis|consent|data subject|right to|erasure|delet|retention|retain|processor|controller|purpose"
    r"|collect|third[- ]part|sub-?processor|transfer"
    r"|anonymi|pseudonymi|encrypt|access request|opt[- ]out|personal data",
    re.IGNORECASE,
)
_CLASSES = re.compile(
    r"\b(public|internal|confidential|restricted|sensitive|secret|highly confidential|pii)\b", re.IGNORECASE
)
_CLASS_TAG = re.compile(
    r"^(data[-_ ]?)?(classification|class|sensitivity)$|^(data[-_ :]?)(classification|sensitivity|class)"
    r"|confidentiality",
    re.IGNORECASE,
)


def data_retention(facts: Facts) -> Outcome:
    """A rule in code or infrastructure that lets stored personal data expire."""
    stored = scope.personal_data(facts, stored=True)
    searched = _searched(facts, "retention", "ttl", "purge", "expire", "delete old", "anonymise")
    if not stored:
        return not_applicable("no personal data is stored: no user table, model or pool", searched=(_fields(facts),))
    where = ", ".join(dict.fromkeys(place.path for place in stored[:3]))
    rules, hints = list(_rules(facts)), list(islice(_purges(facts), 3))
    stated = [place for document in facts.documents.prose for place in _stated(document)]
    if rules and (stated or hints):
        return passed("stored personal data expires by rule", rules[0], *(stated + hints)[:2])
    if hints and stated:
        return passed("a retention rule is stated, and code carries it out", stated[0], *hints[:2])
    if rules:
        reason = f"infrastructure lets something expire; whether that covers the personal data in {where} does not show"
        return unverified(reason, *rules[:3])
    if hints:
        problems = [Problem("this deletes something by age, and names no personal data", hint) for hint in hints]
        reason = f"no rule says how long the personal data in {where} is kept; code deletes only something else by age"
        persons = [hint for hint in hints if _PERSONS.search(facts.repository.lines(hint.path)[hint.line - 1])]
        if not persons:
            return failed(reason, *problems, searched=(searched,))
        return unverified(f"code deletes accounts or persons by age; for {where} no document says so", *persons)
    if stated:
        return failed(
            f"a document states a retention period, and nothing carries it out (personal data: {where})",
            Problem("nothing carries this retention period out", stated[0]),
            places=stored[:1],
        )
    return failed(
        f"personal data is stored ({where}) and nothing lets it expire",
        *_first_of_each("is stored without an end", stored),
        searched=(searched,),
    )


def _first_of_each(what: str, places: tuple[Place, ...], most: int = 5) -> list[Problem]:
    """One problem for each file."""
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.path, place)
    return [Problem(f"personal data here {what}", place) for place in list(first.values())[:most]]


def _rules(facts: Facts) -> Iterator[Place]:
    """TTL on tables that hold persons' data by their name."""
    for table in cloud.deciding(facts, Kind.TABLE):
        if table.truth("ttl.enabled", default=bool(table.blocks("ttl"))) and re.search(
            r"user|customer|account|session|message|conversation|profile", f"{table.name} {table.get('name', '')}"
        ):
            yield table.place("ttl")


def _purges(facts: Facts) -> Iterator[Place]:
    for file in facts.repository.match(*_CODE):
        if file.size > 300_000 or file.role != "product":
            continue
        text = facts.repository.text(file)
        if not any(word in text for word in _AGES):
            continue
        if facts.code.file(file.path) is not None and not facts.code.is_reached(file.path):
            continue
        if re.search(r"log|prometheus|loki|backup|grafana|docker-compose|\.github|artifact", file.local, re.IGNORECASE):
            continue
        for number, line in enumerate(facts.repository.lines(file), 1):
            if len(line) >= 300 or not any(word in line for word in _AGES) or _NO_CODE.match(line):
                continue
            if _BY_AGE.search(line) and _PURGE.search(line):
                yield Place(file.path, number, number, line.strip()[:60])
                break


def _stated(document: Document) -> Iterator[Place]:
    for text, at in document.texts():
        if _RETENTION.search(text) and _PERSONAL.search(text) and _DURATION.search(text):
            yield at


def privacy_documentation(facts: Facts) -> Outcome:
    """A document or section that says what personal data is handled, why, how long and with whom."""
    handled = scope.personal_data(facts)
    if not handled:
        return not_applicable(
            "no personal data is handled: no field of a person in models, schemas or routes", searched=(_fields(facts),)
        )
    where = ", ".join(dict.fromkeys(place.path for place in handled[:3]))
    mentions: list[Place] = []
    for document in facts.documents.prose:
        if document.kind is DocumentKind.CHANGELOG:
            continue
        named = _PRIVACY_NAME.search(document.path) or _PRIVACY_NAME.search(document.title)
        parts = (
            [(document.at, list(document.texts()))]
            if named
            else [(h.at, list(document.within(h))) for h in document.sections(_PRIVACY_NAME.pattern)]
        )
        for at, texts in parts:
            subjects = {m.group().lower() for text, _ in texts for m in _SUBSTANCE.finditer(text)}
            if len(subjects) >= 4 and sum(len(text) for text, _ in texts) > 400:
                return passed(f"{document.path} documents how personal data is handled", at)
            mentions.append(at)
    gone = [
        link.at
        for d in facts.documents.prose
        for link in d.links
        if not link.exists and _PRIVACY_NAME.search(link.local)
    ]
    mentions += [at for d in facts.documents.prose for at in d.says(r"\bGDPR\b|\bCCPA\b")][:3]
    searched = _searched(facts, "privacy", "GDPR", "CCPA", "data protection", "personal data")
    more = "; a linked document on it does not exist" if gone else "; it is only mentioned" if mentions else ""
    return failed(
        f"personal data is handled ({where}), and no document says how{more}",
        *_first_of_each("is handled without a word in the documents", handled),
        places=(*gone[:2], *mentions[:2]),
        searched=(searched,),
    )


def data_classification(facts: Facts) -> Outcome:
    """Classes of stored data, in tags on every store or in a document."""
    stores = scope.data_stores(facts)
    if not stores:
        return not_applicable(
            "no data store is defined or used",
            searched=(_searched(facts, "databases, tables, buckets, volumes, clients of databases"),),
        )
    resources = cloud.deciding(facts, Kind.DATABASE, Kind.TABLE, Kind.BUCKET, Kind.FILE_SYSTEM, Kind.SEARCH)
    tagged = [r for r in resources if any(_CLASS_TAG.search(str(key)) for key in _tags(r.get("tags")))]
    if resources and len(tagged) == len(resources):
        return passed(f"all {len(resources)} stores carry a classification tag", *(r.place("tags") for r in tagged))
    for document in facts.documents.prose:
        rows = [
            row
            for row in document.rows
            if any(re.search(r"classification|sensitivity", h, re.I) for h in row.header) and _CLASSES.search(row.text)
        ]
        sections = document.sections(r"data classification|classification of data|data sensitivity")
        listed = [at for h in sections for text, at in document.within(h) if _CLASSES.search(text)]
        if len(rows) >= 2 or len(listed) >= 3:
            return passed(f"{document.path} classifies the stored data", rows[0].at if rows else listed[0])
    searched = _searched(facts, "data classification", "sensitivity", "DataClassification tags", "confidential")
    if tagged:
        return failed(
            f"{len(tagged)} of {len(resources)} stores carry a classification tag",
            *(Problem(f"{r.address} has no classification tag", r.at) for r in resources if r not in tagged),
            searched=(searched,),
        )
    return failed(
        f"nothing classifies what is stored in {', '.join(dict.fromkeys(s.symbol or s.path for s in stores[:3]))}",
        *(Problem("what is stored here is not classified", place) for place in stores[:5]),
        searched=(searched,),
    )


def _tags(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, Mapping) else ()


def _fields(facts: Facts) -> Searched:
    return _searched(facts, "email, phone, names, birth dates in models, tables and schemas", "user pools", "PII")


def _searched(facts: Facts, *terms: str) -> Searched:
    return Searched(terms, "deciding files", sum(1 for file in facts.repository.files if file.decides))
