"""What checks of an AWS account have in common: figures, names and tags of its records, and what keeps a pass open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gonogo.checks.declared import environment_name
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, not_applicable
from gonogo.model.criterion import Status

AWS = "aws"
_STAGE_TAGS = ("environment", "env", "stage")
_STAGE_NAMES = frozenset(
    "dev development staging stage stg sandbox test testing uat preprod nonprod qa prod prd".split()
)
"""Words that name an environment also inside a resource's name, where ``review`` or ``live`` need not."""


def figure(item: Seen, metric: str, statistic: str = "Sum") -> float | None:
    """A figure of CloudWatch over the window; None where it could not be read or no data came in."""
    found = item.get("Metrics", metric)
    if not isinstance(found, Mapping) or not found.get("Datapoints"):
        return None
    value = found.get(statistic)
    return float(value) if isinstance(value, int | float) else None


def is_measured(item: Seen, metric: str) -> bool:
    """Whether CloudWatch was asked for it, whatever it had."""
    return isinstance(item.get("Metrics", metric), Mapping)


def tags_of(item: Seen) -> dict[str, str]:
    """The tags that a record has itself, in whichever of AWS's forms."""
    for key in ("Tags", "TagList", "tags"):
        found = item.get(key)
        if isinstance(found, Mapping):
            return {str(name): str(value) for name, value in found.items()}
        if isinstance(found, list):
            pairs = [pair for pair in found if isinstance(pair, Mapping)]
            return {str(p.get("Key", p.get("key", ""))): str(p.get("Value", p.get("value", ""))) for p in pairs}
    return {}


def is_elsewhere(facts: Facts, item: Seen) -> bool:
    """Whether its name or tags say that it belongs to another environment than the audited one."""
    tags = {name.lower(): value for name, value in tags_of(item).items()}
    named = next((found for key in _STAGE_TAGS if (found := environment_name(tags.get(key, "")))), "")
    words = re.split(r"[^a-z0-9]+", last_part(item.name).lower())
    found = named or environment_name(" ".join(word for word in words if word in _STAGE_NAMES))
    return found not in ("", environment_name(facts.target.environment) or "production")


_TOOLING = re.compile(
    r"^cdk-\w+-(?:assets|container-assets)-|^aws-sam-cli-managed-default|^cf-templates-[a-z0-9]+-|^elasticbeanstalk-[a-z0-9-]+-\d{12}$"
    r"|^codepipeline-[a-z0-9-]+-\d+$|^aws-cloudtrail-logs-\d{12}-|^config-bucket-\d{12}|^aws-controltower-"
    r"|^sagemaker-[a-z0-9-]+-\d{12}$|^aws-athena-query-results-|^aws-glue-assets-\d{12}-|^aws-logs-\d{12}-"
    r"|LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a|AWS679f53fac002430cb0da5b7982bd2287"
    r"|CustomS3AutoDeleteObjects|CustomCDKBucketDeployment|CustomVpcRestrictDefaultSG|CustomECRAutoDelete"
    r"|BucketNotificationsHandler050a0587b7544547bf325f094a3db834|CustomResourceProvide"
)
"""What AWS's consoles and CDK make for themselves: buckets of templates and results, functions that run while a stack
changes."""


def is_tooling(item: Seen) -> bool:
    """Whether AWS's tools made it for themselves: it serves no user, and nobody can set it up otherwise."""
    return bool(_TOOLING.search(item.name))


def of_environment(facts: Facts, items: Iterable[Seen]) -> list[Seen]:
    """The items of the audited environment; all where none is of it, since what was given is then meant."""
    found = list(items)
    return [item for item in found if not is_elsewhere(facts, item)] or found


def last_part(name: str) -> str:
    """The name that an ARN or address ends with: ``orders`` of ``arn:aws:sqs:eu-west-1:1:orders``."""
    return name.rpartition("/")[2].rpartition(":")[2]


def region_of(arn: str) -> str:
    """The region that an ARN names; empty for none."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 4 else ""


def account_of(arn: str) -> str:
    """The account that an ARN names; empty for none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def only_beside(outcome: Outcome, others: Iterable[str]) -> Outcome:
    """The outcome; a pass says nothing where ``others`` name what an account does not show and the question is about
    too, so that it settles nothing for them."""
    found = list(others)
    if outcome.status is not Status.PASS or not found:
        return outcome
    return replace(not_applicable(f"{outcome.reason}; an account does not show {listed(found)}"), places=outcome.places)
