"""Whether what is stored ages out: objects, images, events and logs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.checks.cloud import deciding, related, unseen
from gonogo.checks.cloud_logs import cloud_groups, endless_function_groups
from gonogo.checks.data_stores import Store, stores_of_record
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_EVENTS = re.compile(
    r"\b(events?|sessions?|cache|tokens?|logs?|audit|history|idempoten\w*|rate-?limits?|connections?)\b",
    re.IGNORECASE,
)
_KINDS = (
    Kind.BUCKET, "aws_ecr_repository", "google_artifact_registry_repository", "azurerm_container_registry",
    "aws_dynamodb_table", "aws_cloudwatch_log_group",
)  # fmt: skip


def storage_lifecycle(facts: Facts) -> Outcome:
    """A lifecycle on every bucket and image registry, a TTL on event tables, a retention on log groups."""
    stores = [store for store in deciding(facts, *_KINDS) if _ages(store)]
    logs = list(endless_function_groups(facts, cloud_groups(facts)))
    if not stores and not logs:
        return _elsewhere(facts)
    judged = [(store, _rule(facts, store)) for store in stores]
    problems = [Problem(f"{store.address} has no {_wanted(store)}", store.at) for store, rule in judged if rule is None]
    problems += logs
    if problems:
        return failed(
            f"{len(problems)} of {len(stores) + len(logs)} stores keep everything for ever: "
            + ", ".join(problem.what.partition(" ")[0] for problem in problems[:4]),
            *problems,
        )
    if all(store.kind is Kind.LOG_GROUP for store in stores) and (others := stores_of_record(facts)):
        names = ", ".join(dict.fromkeys(store.name for store in others[:4]))
        return unverified(f"logs age out; whether what {names} keeps does not show", *(s.place for s in others[:5]))
    return passed(
        f"everything stored ages out: {', '.join(store.address for store in stores[:5])}",
        *(rule for _, rule in judged if rule is not None),
    )


def _ages(store: Resource) -> bool:
    """Says whether it holds what can age: tables only where they are named for events."""
    if store.type == "azurerm_storage_container":
        return False
    if store.type == "aws_dynamodb_table":
        named = f"{store.name} {store.get('name', '')} {store.get('table_name', '')}".replace("_", "-")
        return _rule_of_table(store) is not None or bool(_EVENTS.search(named))
    return True


def _wanted(store: Resource) -> str:
    if store.type == "aws_dynamodb_table":
        return "TTL"
    return "retention" if store.kind is Kind.LOG_GROUP else "lifecycle rule"


def _rule(facts: Facts, store: Resource) -> Place | None:
    """Where a rule lets it age; None where nothing does."""
    if store.kind is Kind.LOG_GROUP:
        days = store.get("retention_in_days")
        return store.place("retention_in_days") if days not in (None, 0, "0") else None
    if store.type == "aws_dynamodb_table":
        return _rule_of_table(store)
    for name in (
        "lifecycle_rule",
        "lifecycle_configuration",
        "lifecycle_policy",
        "retention_policy",
        "cleanup_policies",
    ):
        if any(_is_enabled(block) for block in store.blocks(name)) or (name == "lifecycle_policy" and store.get(name)):
            return store.place(name)
    others = related(
        facts,
        store,
        "aws_s3_bucket_lifecycle_configuration",
        "aws_ecr_lifecycle_policy",
        "azurerm_storage_management_policy",
    )
    live = [r for r in others if not r.blocks("rule") or any(_is_enabled(rule) for rule in r.blocks("rule"))]
    return live[0].at if live else _dormant_rule(facts, store)


def _rule_of_table(table: Resource) -> Place | None:
    on = bool(table.blocks("ttl")) and table.truth("ttl.enabled", True) is not False
    return table.place("ttl") if on else None


def _dormant_rule(facts: Facts, store: Resource) -> Place | None:
    """The rule of a store that is off itself: then both are opt-in, and belong together."""
    if store.exists is not False:
        return None
    for other in (*facts.terraform.all_resources, *facts.cloudformation.all_resources):
        if other.type in ("aws_s3_bucket_lifecycle_configuration", "aws_ecr_lifecycle_policy") and other.refers_to(
            store
        ):
            return other.at
    return None


def _is_enabled(block: Mapping[str, object]) -> bool:
    state = str(block.get("status", block.get("enabled", True))).lower()
    return state not in ("disabled", "false")


_ENDS = re.compile(
    r"\b(purge|prune|clean_?up|archive|expire|evict)_?(old|stale|expired|outdated|events?|logs?|history|records?|data)"
    r"|delete(All)?By\w*(Before|LessThan|OlderThan)|DELETE\s+FROM\b.{0,120}\b(now\(\)|interval|current_timestamp)"
    r"|expireAfterSeconds|pg_partman|drop_chunks|add_retention_policy|retention_(days|period)|RETENTION_DAYS",
    re.IGNORECASE,
)


def _databases(facts: Facts, databases: list[Store]) -> Outcome:
    """The answer where all storage is databases: does anything end rows by their age?"""
    code = [file for file in facts.repository.match(*_CODE) if file.size < _MOST_BYTES]
    files = [file for file in code if any(word in facts.repository.text(file).lower() for word in _WORDS)]
    names = ", ".join(dict.fromkeys(store.name for store in databases[:4]))
    if ends := facts.repository.grep(_ENDS, files, most=5):
        return unverified(
            f"some data ends by its age; whether all that grows in {names} does, code does not show", *ends
        )
    words = ("purge", "clean-up of old rows", "delete by age", "retention", "expireAfterSeconds")
    searched = Searched(words, "code, migrations and jobs", len(code))
    problems = [Problem(f"nothing ends what {store.name} keeps", store.place) for store in databases]
    return failed(f"nothing ages out of {names}", *problems, searched=(searched,))


_CODE = (
    *("*.py", "*.java", "*.kt", "*.go", "*.ts", "*.js", "*.rb", "*.cs", "*.php", "*.rs"),
    *("*.sql", "*.sh", "*.yml", "*.yaml"),
)
_MOST_BYTES = 300_000
_WORDS = (
    *("purge", "prune", "cleanup", "clean_up", "archive", "expire", "evict", "deleteby", "deleteallby", "delete from"),
    *("pg_partman", "drop_chunks", "retention"),
)
"""One of these stands in whatever ends rows."""


def _elsewhere(facts: Facts) -> Outcome:
    if hidden := unseen(facts):
        return unverified("infrastructure is defined in a form that can't be read here", *hidden)
    used = [
        c for c in facts.code.clients if c.kind == "cloud" and c.service in ("s3", "storage", "blob", "gcs", "logs")
    ]
    if used:
        return unverified("object storage is used and defined elsewhere", *(client.at for client in used[:3]))
    databases = [store for store in stores_of_record(facts) if store.origin != "code"]
    if databases:
        return _databases(facts, databases)
    return not_applicable("no bucket, image registry, event table or log group is defined")
