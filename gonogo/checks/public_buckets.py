"""Object storage: whether buckets are closed to the public."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import cloud
from gonogo.checks.data_stores import Store, find_stores
from gonogo.checks.policies import Statement, statements_of
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, truth
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "website", "authenticated-read"})
_EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers"})
_ANONYMOUS = re.compile(
    r"\bmc\s+(?:anonymous|policy)\s+set(?:-json)?\s+[\"']?(?:public|download|upload)", re.IGNORECASE
)
_GOOGLE_GRANTS = (
    *("google_storage_bucket_iam_member", "google_storage_bucket_iam_binding", "google_storage_bucket_access_control"),
    "google_storage_default_object_access_control",
)
_MODULES = re.compile(r"s3|bucket|storage|static[-_]?(?:web)?site", re.IGNORECASE)


_BUCKETS = frozenset({"s3", "gcs", "azurerm", "oss", "cos"})
"""Backends that keep state in object storage."""


def public_storage(facts: Facts) -> Outcome:
    """No public ACL, no public policy, and no public access block that is switched off."""
    buckets = cloud.deciding(facts, Kind.BUCKET)
    own = [s for s in find_stores(facts) if s.kind == "MinIO"]
    problems = [*_aws(facts), *_google(facts), *_azure(facts), *_minio(facts, own)]
    if problems:
        unique = list({(p.what, p.place): p for p in problems}.values())
        return failed(f"object storage is open to the public: {listed(p.what for p in unique)}", *unique)
    doubts = list(_doubts(facts))
    if doubts:
        return unverified("code does not show whether every bucket's policy is closed", *doubts)
    opaque = [m.at for m in cloud.opaque_modules(facts) if _MODULES.search(m.source)]
    if opaque:
        return unverified("modules that are not read make buckets", *opaque)
    if buckets or own:
        names = listed([str(b.address) for b in buckets] + [s.name for s in own], 3)
        return passed(
            f"{counted(len(buckets) + len(own), 'bucket')} without a public ACL or policy ({names})",
            *(_shown(facts, b) for b in buckets),
            *(s.place for s in own),
        )
    kinds = ("aws_s3_bucket", "google_storage_bucket", "azurerm_storage_account")
    if imported := [*facts.cloudformation.imported(*kinds), *facts.terraform.data(*kinds)]:
        names = listed([str(r.address) for r in imported], 3)
        reason = f"{counted(len(imported), 'bucket')} is only referred to and made elsewhere: {names}"
        return unverified(reason, *(r.at for r in imported))
    clients = [c.at for c in facts.code.clients if c.service in ("s3", "blob") or "storage" in c.call.name.lower()]
    clients = [c.at for c in facts.code.clients if c.kind == "cloud" and c.at in clients]
    if clients:
        return unverified("code uses object storage that no file defines", *clients[:5])
    kept = [root.backend.at for root in facts.terraform.roots if root.backend and root.backend.type in _BUCKETS]
    if kept:
        return unverified("the bucket of Terraform's state is made elsewhere, and only the account shows it", *kept)
    searched = Searched(("buckets", "storage accounts", "MinIO", "S3 clients"), "infrastructure code and code", 0)
    return not_applicable("no object storage is defined or used", searched=(searched,))


def _shown(facts: Facts, bucket: Resource) -> Place:
    """The bucket's public access block, where it has one."""
    blocks = cloud.related(facts, bucket, "aws_s3_bucket_public_access_block")
    return blocks[0].at if blocks else bucket.at


def _account_block(facts: Facts) -> bool:
    blocks = cloud.resources(facts, "aws_s3_account_public_access_block")
    return any(all(b.truth(flag) for flag in _FLAGS) for b in blocks)


def _aws(facts: Facts) -> Iterator[Problem]:
    if _account_block(facts):
        return
    for bucket in cloud.deciding(facts, "aws_s3_bucket", "aws_s3_bucket_acl", "digitalocean_spaces_bucket"):
        if str(bucket.get("acl", "")) in _PUBLIC_ACLS and not _is_blocked(facts, bucket, "ignore_public_acls"):
            yield Problem(f"{bucket.address} has the ACL {bucket.get('acl')}", bucket.place("acl"))
    for block in cloud.deciding(facts, "aws_s3_bucket_public_access_block"):
        off = [flag for flag in _FLAGS if block.truth(flag, default=block.origin != "terraform") is False]
        if off:
            missing = [flag for flag in off if block.get(flag) is None]
            how = "leaves out" if len(missing) == len(off) else "switches off"
            yield Problem(f"{block.address} {how} {', '.join(off)}", block.place(off[0]))
    for policy in cloud.deciding(facts, "aws_s3_bucket_policy", "aws_s3_bucket"):
        if _is_blocked(facts, policy, "restrict_public_buckets"):
            continue
        for statement in statements_of(facts, policy, "policy"):
            if statement is not None and _is_public(statement):
                yield Problem(f"{policy.address} lets everyone {_verb(statement)}", statement.at)


def _is_public(statement: Statement) -> bool:
    everyone = "*" in statement.principals
    return everyone and not statement.conditional and not statement.inverted


def _verb(statement: Statement) -> str:
    return "write" if any("Put" in a or a in ("*", "s3:*") for a in statement.actions) else "read"


def _is_blocked(facts: Facts, resource: Resource, flag: str) -> bool:
    """Whether a public access block of the same bucket overrides an ACL or a policy."""
    buckets = {*resource.references(), resource.base}
    for block in cloud.resources(facts, "aws_s3_bucket_public_access_block"):
        if block.root == resource.root and block.references() & buckets and block.truth(flag):
            return True
    return False


def _google(facts: Facts) -> Iterator[Problem]:
    kinds = (
        "google_storage_bucket_iam_member",
        "google_storage_bucket_iam_binding",
        "google_storage_bucket_access_control",
    )
    for grant in cloud.deciding(facts, *kinds, "google_storage_default_object_access_control"):
        members = grant.get("members", ())
        named = {str(grant.get("member", "")), str(grant.get("entity", "")), *map(str, members or ())}
        if named & _EVERYONE:
            yield Problem(f"{grant.address} gives {grant.get('role', 'a role')} to everyone", grant.at)


def _azure(facts: Facts) -> Iterator[Problem]:
    for container in cloud.deciding(facts, "azurerm_storage_container"):
        access = container.get("container_access_type", "private")
        if access in ("blob", "container"):
            yield Problem(
                f"{container.address} has container_access_type {access}", container.place("container_access_type")
            )


def _minio(facts: Facts, stores: list[Store]) -> Iterator[Problem]:
    files = {s.place.path for s in stores}
    for place in facts.repository.grep(_ANONYMOUS, [f for f in facts.repository.files if f.path in files]):
        yield Problem("MinIO lets everyone into a bucket", place)


def _doubts(facts: Facts) -> Iterator[Place]:
    """ACLs and policies whose content code does not show, of buckets that no block closes."""
    for bucket in cloud.deciding(facts, "aws_s3_bucket", "aws_s3_bucket_acl"):
        if isinstance(bucket.get("acl"), Unknown) and not _is_blocked(facts, bucket, "ignore_public_acls"):
            yield bucket.place("acl")
    for policy in cloud.deciding(facts, "aws_s3_bucket_policy"):
        closed = _is_blocked(facts, policy, "restrict_public_buckets") or _account_block(facts)
        if not closed and None in tuple(statements_of(facts, policy, "policy")):
            yield policy.place("policy")
    for block in cloud.deciding(facts, "aws_s3_bucket_public_access_block"):
        if any(truth(block.get(flag, True)) is None for flag in _FLAGS):
            yield block.at
