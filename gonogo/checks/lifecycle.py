"""Whether what is stored ages out: objects, images, events and logs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.checks.cloud import deciding, related, unseen
from gonogo.checks.cloud_logs import cloud_groups, endless_function_groups
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

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


def _elsewhere(facts: Facts) -> Outcome:
    if hidden := unseen(facts):
        return unverified("infrastructure is defined in a form that can't be read here", *hidden)
    used = [
        c for c in facts.code.clients if c.kind == "cloud" and c.service in ("s3", "storage", "blob", "gcs", "logs")
    ]
    if used:
        return unverified("object storage is used and defined elsewhere", *(client.at for client in used[:3]))
    return not_applicable("no bucket, image registry, event table or log group is defined")
