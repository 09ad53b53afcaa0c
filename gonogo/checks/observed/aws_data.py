"""Data of an AWS account: encrypted, closed to the public, classified; images scanned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gonogo.checks.data_stores import find_stores
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_beside import in_clusters, other_clouds, unread_services
from gonogo.checks.observed.aws_items import AWS, only_beside
from gonogo.checks.observed.aws_tags import TAGGING, tags_by_arn, tags_in
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted, have
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable
from gonogo.model.evidence import Place

_BY_FLAG = {
    "rds.instance": ("database", "StorageEncrypted"),
    "rds.cluster": ("database cluster", "StorageEncrypted"),
    "ec2.volume": ("volume", "Encrypted"),
    "elasticache.replication_group": ("cache", "AtRestEncryptionEnabled"),
    "elasticache.cluster": ("cache", "AtRestEncryptionEnabled"),
}
_ENCRYPTING = ("s3.bucket", "dynamodb.table")
"""Stores whose service encrypts all that is in them."""
_STORES = (*_BY_FLAG, "sqs.queue", *_ENCRYPTING)
_UNREAD = ("elasticfilesystem", "es", "aoss", "redshift", "kinesis", "memorydb", "fsx", "dax", "kafka", "timestream")


def encryption_at_rest(facts: Facts) -> Outcome:
    """Each database, volume, cache and queue is encrypted, by its setting or by its service."""
    items = [item for item in facts.live.of(AWS, *_STORES) if not _is_part(item) and not _is_in_memory(item)]
    found = [(item, _is_encrypted(item)) for item in items]
    problems = [Problem(f"{_store(item)} is not encrypted", place) for item, (state, place) in found if state is False]
    unseen = [
        Unseen(f"whether {_store(item)} is encrypted was not seen", place)
        for item, (state, place) in found
        if state is None
    ]
    total = counted(len(items), "store")
    outcome = judged(
        facts,
        AWS,
        _STORES,
        problems,
        items,
        bad=f"{share(len(problems), total, 'are')} not encrypted at rest",
        good=f"{share(len(items), total, 'are')} encrypted at rest, by setting or by their service",
        needs=(*_STORES, "sqs.queue:Attributes"),
    )
    outcome = left_open(outcome, unseen, "encryption at rest")
    return only_beside(outcome, [*_stores_elsewhere(facts), *unread_services(facts, _UNREAD), *in_clusters(facts)])


def _is_part(item: Seen) -> bool:
    """What belongs to a cluster or group is encrypted with it."""
    key = {"rds.instance": "DBClusterIdentifier", "elasticache.cluster": "ReplicationGroupId"}.get(item.record.kind)
    return key is not None and bool(item.get(key))


def _is_in_memory(item: Seen) -> bool:
    """A cache of which nothing is written to a disk."""
    return item.record.kind == "elasticache.cluster" and not item.get("SnapshotRetentionLimit", default=0)


def _is_encrypted(item: Seen) -> tuple[bool | None, Place]:
    kind = item.record.kind
    if kind in _ENCRYPTING:
        return True, item.place
    if kind == "sqs.queue":
        if "Attributes" not in item.data:
            return None, item.place
        by_service = str(item.get("Attributes", "SqsManagedSseEnabled", default="true")).lower() == "true"
        return bool(item.get("Attributes", "KmsMasterKeyId")) or by_service, item.at("Attributes")
    flag = item.get(_BY_FLAG[kind][1])
    return flag if isinstance(flag, bool) else None, item.at(_BY_FLAG[kind][1])


def _store(item: Seen) -> str:
    if item.record.kind == "sqs.queue":
        return f"queue {item.name.rpartition('/')[2]}"
    return f"{_BY_FLAG[item.record.kind][0] if item.record.kind in _BY_FLAG else 'store'} {item.name}"


def _stores_elsewhere(facts: Facts) -> list[str]:
    """Stores that files define and that are none of this account's kinds."""
    kept = [store for store in find_stores(facts) if store.defined and not _is_of_account(store.resource)]
    return [store.name for store in kept]


def _is_of_account(resource: Any) -> bool:
    types = ("aws_db_", "aws_rds_", "aws_dynamodb", "aws_s3_", "aws_sqs", "aws_ebs_", "aws_elasticache", "aws_docdb")
    return resource is not None and resource.type.startswith(types)


_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ACCOUNT = "s3.account_public_access"
_PUBLIC_GROUPS = ("/AllUsers", "/AuthenticatedUsers")


def public_storage(facts: Facts) -> Outcome:
    """Each bucket, or the account, blocks public access; none has a policy that lets everybody in."""
    buckets = facts.live.of(AWS, "s3.bucket")
    account = facts.live.of(AWS, _ACCOUNT)
    hidden = not account and facts.live.gaps(AWS, _ACCOUNT)  # without either the account blocks nothing
    whole = None if hidden else account[0].get("PublicAccessBlockConfiguration", default={}) if account else {}
    problems, unseen = [], []
    for item in buckets:
        found = _openness(item, whole)
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            unseen.append(found)
    total = counted(len(buckets), "bucket")
    outcome = judged(
        facts,
        AWS,
        ["s3.bucket"],
        problems,
        buckets,
        bad=f"{share(len(problems), total, 'are')} open to the public",
        good=f"{share(len(buckets), total, 'are')} closed to the public, by a block of it or by policy and ACL",
        needs=("s3.bucket", "s3.bucket:PublicAccessBlock", "s3.bucket:PolicyStatus", _ACCOUNT)
        if not _is_whole(whole)
        else ("s3.bucket",),
    )
    minio = [store.name for store in find_stores(facts) if store.kind == "MinIO"]
    return only_beside(left_open(outcome, unseen, "public access"), [*minio, *other_clouds(facts)])


def _is_whole(block: Mapping[str, Any] | None) -> bool:
    return block is not None and all(block.get(flag) for flag in _FLAGS)


def _openness(bucket: Seen, account: Mapping[str, Any] | None) -> Problem | Unseen | None:
    """Why a bucket is open or may be; None where it is closed. ``account`` is None where it was not seen."""
    own = bucket.get("PublicAccessBlock", default={})

    def blocked(flag: str) -> bool:
        return bool(own.get(flag)) or bool((account or {}).get(flag))

    if blocked("IgnorePublicAcls") and blocked("RestrictPublicBuckets"):
        return None
    if "PublicAccessBlock" not in bucket.data:
        return Unseen(f"the block of public access of bucket {bucket.name} was not seen", bucket.place)
    if not blocked("RestrictPublicBuckets"):
        if "PolicyStatus" not in bucket.data:
            return Unseen(f"whether the policy of bucket {bucket.name} is public was not seen", bucket.place)
        if bucket.get("PolicyStatus", "IsPublic"):
            place = bucket.at("PolicyStatus", "IsPublic")
            if account is None:
                return Unseen(f"bucket {bucket.name} has a public policy, unless the account blocks it", place)
            return Problem(f"bucket {bucket.name} has a policy that is public", place)
    return None if blocked("IgnorePublicAcls") else _granted(bucket, account)


def _granted(bucket: Seen, account: Mapping[str, Any] | None) -> Problem | Unseen | None:
    """Why the ACL of a bucket that heeds public ones lets everybody in, or may."""
    if "Acl" not in bucket.data:
        return Unseen(f"bucket {bucket.name} heeds public ACLs, and its ACL was not seen", bucket.at("Acl"))
    for number, grant in enumerate(bucket.get("Acl", default=[])):
        if str(grant.get("Group")).endswith(_PUBLIC_GROUPS):
            place = bucket.at("Acl", number)
            what = f"bucket {bucket.name} has an ACL that is public ({grant.get('Permission')})"
            return (
                Problem(what, place) if account is not None else Unseen(f"{what}, unless the account blocks it", place)
            )
    return None


def image_scanning(facts: Facts) -> Outcome:
    """Each image repository scans what is pushed. Where some do not, a pipeline may, or a scanner of the registry."""
    repositories = facts.live.of(AWS, "ecr.repository")
    bare = [r for r in repositories if r.get("imageScanningConfiguration", "scanOnPush") is not True]
    total = counted(len(repositories), "image repository", "image repositories")
    good = f"{share(len(repositories), total, 'scan')} what is pushed"
    outcome = judged(facts, AWS, ["ecr.repository"], [], repositories, bad="", good=good)
    said = [f"what scans the images of {item.name}" for item in bare]
    return only_beside(outcome, said)


_CLASSIFIED = ("rds.instance", "rds.cluster", "dynamodb.table", "s3.bucket")
_CLASS = re.compile(r"^(?:data[-_ :]?)?(?:classification|class|sensitivity)$|confidentiality", re.IGNORECASE)


def data_classification(facts: Facts) -> Outcome:
    """Each database, table and bucket has a tag with its class. Where some have none, a document may have it."""
    stores = [item for item in facts.live.of(AWS, *_CLASSIFIED) if not _is_part(item)]
    by_arn = tags_by_arn(facts)
    classed = [item for item in stores if any(_CLASS.search(key) for key in tags_in(item, by_arn) or ())]
    total = counted(len(stores), "store")
    if len(classed) < len(stores):
        return not_applicable(f"{len(classed)} of {total} {have(len(classed))} a tag with a class of data")
    outcome = judged(
        facts,
        AWS,
        _CLASSIFIED,
        [],
        stores,
        bad="",
        good=f"{share(len(classed), total, 'have')} a tag with their class of data",
        needs=(*_CLASSIFIED, TAGGING, "s3.bucket:Tags"),
    )
    return only_beside(outcome, [*_stores_elsewhere(facts), *unread_services(facts, _UNREAD)])
