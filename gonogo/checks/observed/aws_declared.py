"""What the files declare, against what an AWS account has: is all of it there, and as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gonogo.checks import cloud
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.aws_inventory import LISTED, Match, matched
from gonogo.checks.observed.aws_items import AWS
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength

_COUNTED_AS_MORE = (
    *("lambda.function", "dynamodb.table", "sqs.queue", "sns.topic", "s3.bucket", "rds.instance", "rds.cluster"),
    *("states.state_machine", "ecs.service", "bedrock.agent", "bedrock.knowledge_base", "bedrock.guardrail"),
)
"""Kinds of which what is there and not declared is told: others hold what AWS makes by itself."""


def inventory_complete(facts: Facts) -> Outcome:
    """Each resource that the files declare is in the account."""
    matches = matched(facts)
    if not matches:
        return not_applicable("the files declare no resource that an AWS account would list")
    there = [match for match in matches if match.is_there]
    missing = [match for match in matches if match.missing]
    open_ = [match for match in matches if match.why]
    said = f"{share(len(there), counted(len(matches), 'declared resource'), 'are')} there"
    said += _aside(open_) + _more(facts, there)
    if missing:
        problems = [
            Problem(f"{_named(m)} {m.missing} ({m.resource.address}) is declared and not there", m.resource.at)
            for m in missing
        ]
        names = listed(f"{_named(match)} {match.missing}" for match in missing)
        return failed(f"{said}; {len(missing)} missing: {names}", *problems)
    if open_:
        return unverified(said, *(match.resource.at for match in open_[:5]))
    if opaque := cloud.opaque_modules(facts):
        return unverified(
            f"{said}; what {listed(module.address for module in opaque)} makes was not read", opaque[0].at
        )
    places = [match.found.place if match.found else match.resource.at for match in there]
    return undeclared_gap(facts, passed(said, *places, strength=Strength.OBSERVED))


def _named(match: Match) -> str:
    """What a resource is, in words: ``dynamodb table``."""
    return match.resource.type.removeprefix("aws_").replace("_", " ")


def _aside(open_: Sequence[Match]) -> str:
    """Why some could not be told, the most frequent reasons first."""
    if not open_:
        return ""
    reasons: dict[str, list[Match]] = {}
    for match in open_:
        reasons.setdefault(match.why, []).append(match)
    frequent = sorted(reasons.items(), key=lambda item: -len(item[1]))
    told = "; ".join(
        f"{len(matches)} ({listed((m.resource.address for m in matches), 3)}): {why}" for why, matches in frequent[:3]
    )
    return f"; {len(open_)} could not be matched: {told}"


def _more(facts: Facts, there: Sequence[Match]) -> str:
    """How many things the account has beside those of kinds that the files declare."""
    kinds = {LISTED[match.resource.type].kind for match in there} & set(_COUNTED_AS_MORE)
    found = {(match.found.scope, match.found.record.kind, match.found.name) for match in there if match.found}
    more = [item for item in facts.live.of(AWS, *sorted(kinds)) if _key(item) not in found]
    return f"; the account has {len(more)} more of their kinds" if more else ""


def _key(item: Seen) -> tuple[str, str, str]:
    return item.scope, item.record.kind, item.name


def drift(facts: Facts) -> Outcome:
    """What is there has the values that the files give it, of those that are compared."""
    pairs = [(match, match.found) for match in matched(facts) if match.found is not None]
    compared = [(match, item) for match, item in pairs if _written(match)]
    problems = [problem for match, item in compared for problem in _differences(match, item)]
    values = sum(len(list(_written(match))) for match, _ in compared)
    if not compared:
        return not_applicable("no resource of the account has a value that the files write and gonogo compares")
    if problems:
        changed = len({problem.place for problem in problems})
        told = listed(problem.what for problem in problems)
        return failed(
            f"{share(changed, f'{values} values that were compared', 'differ')} from the files: {told}", *problems
        )
    places = [item.place for _, item in compared]
    good = f"{counted(values, 'value')} of {counted(len(compared), 'resource')} {verb(values, 'are')} as in the files"
    return passed(good, *places, strength=Strength.OBSERVED)


def _written(match: Match) -> list[tuple[str, tuple[str, ...], Any]]:
    """The attributes that stand in the files as constants and are compared, with where records have them."""
    resource = match.resource
    return [
        (attribute, tuple(key.split(".")), value)
        for attribute, key in _COMPARED.get(resource.type, {}).items()
        if attribute in resource.lines and isinstance(value := resource.get(attribute), str | int | float | bool)
    ]


def _differences(match: Match, item: Seen) -> Iterator[Problem]:
    for attribute, keys, wanted in _written(match):
        actual = item.get(*keys)
        if actual is None:
            actual = _ABSENT.get(".".join(keys))
        if actual is not None and _plain(actual) != _plain(wanted):
            what = f"{match.resource.address} has {attribute} {wanted} in the files and {actual} in the account"
            yield Problem(what, item.at(*keys))


def _plain(value: Any) -> str:
    """A value as both sides would write it: ``30``, ``true``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lower()


_ABSENT = {"retentionInDays": "never", "BillingModeSummary.BillingMode": "PROVISIONED"}
"""What it means where AWS leaves a key out."""
_COMPARED: dict[str, dict[str, str]] = {
    "aws_lambda_function": {
        "runtime": "Runtime",
        "handler": "Handler",
        "memory_size": "MemorySize",
        "timeout": "Timeout",
    },
    "aws_dynamodb_table": {
        "billing_mode": "BillingModeSummary.BillingMode",
        "deletion_protection_enabled": "DeletionProtectionEnabled",
    },
    "aws_db_instance": {
        "instance_class": "DBInstanceClass",
        "multi_az": "MultiAZ",
        "storage_encrypted": "StorageEncrypted",
        "backup_retention_period": "BackupRetentionPeriod",
        "deletion_protection": "DeletionProtection",
        "publicly_accessible": "PubliclyAccessible",
    },
    "aws_rds_cluster": {
        "storage_encrypted": "StorageEncrypted",
        "backup_retention_period": "BackupRetentionPeriod",
        "deletion_protection": "DeletionProtection",
    },
    "aws_sqs_queue": {
        "visibility_timeout_seconds": "Attributes.VisibilityTimeout",
        "message_retention_seconds": "Attributes.MessageRetentionPeriod",
    },
    "aws_cloudwatch_log_group": {"retention_in_days": "retentionInDays"},
    "aws_cloudwatch_metric_alarm": {
        "namespace": "Namespace",
        "metric_name": "MetricName",
        "threshold": "Threshold",
        "comparison_operator": "ComparisonOperator",
        "evaluation_periods": "EvaluationPeriods",
        "actions_enabled": "ActionsEnabled",
    },
    "aws_bedrockagent_agent": {"foundation_model": "foundationModel"},
    "aws_eks_cluster": {"version": "version"},
    "aws_ecr_repository": {"image_tag_mutability": "imageTagMutability"},
}
"""Attributes of Terraform's words, and the keys of the records that have them."""
