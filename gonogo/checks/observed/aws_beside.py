"""What belongs to the target and an AWS account does not show: other clouds, clusters, containers on hosts."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.checks import cloud
from gonogo.checks.observed.aws_items import AWS
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.evidence import Place

ORGANIZATION = "organizations.organization"


def other_clouds(facts: Facts) -> list[str]:
    """The other clouds that files define resources of. Needs: terraform, cloudformation."""
    providers = dict.fromkeys(r.provider for r in cloud.resources(facts))
    return [f"{name} resources" for name in providers if name not in ("", "AWS", "Cloudflare")]


def in_clusters(facts: Facts) -> list[str]:
    """What runs in Kubernetes, of which an account shows no more than the cluster. Needs: kubernetes."""
    clusters = [f"what runs in cluster {item.name}" for item in facts.live.of(AWS, "eks.cluster")]
    clusters += ["clusters, which could not be listed"] if facts.live.gaps(AWS, "eks.cluster") else []
    workloads = facts.kubernetes.workloads
    return [*clusters, *([f"{counted(len(workloads), 'workload')} of Kubernetes"] if workloads else [])]


def composed(facts: Facts) -> list[str]:
    """What compose files start. Needs: compose."""
    services = facts.compose.services
    return [counted(len(services), "compose service")] if services else []


def unread_services(facts: Facts, names: Iterable[str]) -> list[str]:
    """Those services of the account that tags show resources of and whose resources are not read."""
    arns = (str(item.get("ResourceARN", default=item.name)) for item in facts.live.of(AWS, "tagging.resource"))
    found = {arn.split(":")[2] for arn in arns if arn.count(":") > 4}
    hidden = bool(facts.live.gaps(AWS, "tagging.resource"))
    unlisted = ["services whose resources could not be listed by their tags"] if hidden else []
    return [*(f"resources of {name}" for name in names if name in found), *unlisted]


def regions_of(facts: Facts) -> list[str]:
    """The regions that were looked at, by what was seen of them and what was not; buckets lie elsewhere too."""
    seen = {item.scope for item in facts.live.seen if item.record.source == AWS and item.record.kind != "s3.bucket"}
    return sorted(scope for scope in seen | {gap.scope for gap in facts.live.gaps(AWS)} if scope not in ("", "global"))


def payer_of(facts: Facts) -> Seen | None:
    """The organization of an account that another one pays for; None where it pays for itself, or that was not seen."""
    own = {str(item.get("Account", default=item.name)) for item in facts.live.of(AWS, "sts.identity")}
    found = facts.live.of(AWS, ORGANIZATION)
    return next((item for item in found if own and item.get("MasterAccountId") not in (None, *own)), None)


_ALWAYS_THERE = (
    *("ec2.vpc", "ec2.subnet", "ec2.security_group", "quotas.quota", "bedrock.logging", "xray.traces", "kms.key"),
    *("s3.bucket", "cloudtrail.trail", "guardduty.detector", "securityhub.hub", "config.recorder", "tagging.resource"),
)
"""Kinds that AWS, or an organization, puts into regions that nobody uses; buckets lie elsewhere."""


def shows_something(facts: Facts) -> bool:
    """Whether the regions that were looked at hold anything that somebody made: an empty one is not a tidy one."""
    return any(
        item.record.source == AWS and item.scope not in ("", "global") and item.record.kind not in _ALWAYS_THERE
        for item in facts.live.seen
    )


def account_place(facts: Facts) -> Place | None:
    """Where the account itself stands, for what is wrong in no one place of it."""
    found = facts.live.of(AWS, "sts.identity", "iam.account_summary")
    return found[0].place if found else None
