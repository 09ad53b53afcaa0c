"""The users, groups and roles of an AWS account with their policies, as :mod:`aws_statements` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gonogo.checks.observed.aws_items import AWS, account_of, last_part
from gonogo.checks.observed.aws_statements import Statement, is_abroad, left_by, statements_of
from gonogo.checks.observed.aws_trust import is_for_workloads
from gonogo.checks.observed.unseen import Unseen
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.evidence import Place

_WORDS = {"iam.user": "user", "iam.group": "group", "iam.role": "role"}
_OWN = {"iam.user": "UserPolicyList", "iam.group": "GroupPolicyList", "iam.role": "RolePolicyList"}
_SERVICE_LINKED = "/aws-service-role/"
_ADMINISTRATION = re.compile(
    r"AdministratorAccess(?:-\w+)?|PowerUserAccess|IAMFullAccess|SecretsManagerReadWrite|ReadOnlyAccess"
    r"|Amazon(?:S3|SSM|DynamoDB)ReadOnlyAccess|\w+_?FullAccess(?:V2)?"
)
_HARMLESS = re.compile(r"(?:AWS)?(?:XRay|Xray|CloudWatchAgent)\w*")


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where a statement stands: its policy's owner in words, and the record with the keys of the document."""

    owner: str
    seen: Seen
    keys: tuple[str | int, ...]

    def at(self, statement: Statement) -> Place:
        """The place of the statement, or of the policy where it has only one."""
        return self.seen.at(*self.keys, "Statement", statement.number)


@dataclass(frozen=True)
class Identity:
    """Who may do something. ``allowed`` is what is left of its statements inside its boundary, by where they stand."""

    seen: Seen
    allowed: tuple[tuple[Statement, Sourced], ...]
    managed: tuple[str, ...]
    """The names of AWS's own policies that it has."""
    is_workload: bool
    unseen: tuple[Unseen, ...] = ()
    is_bounded: bool = False
    """Whether a boundary that was not seen may leave less of it."""

    @property
    def name(self) -> str:
        return f"{_WORDS[self.seen.record.kind]} {self.seen.name}"

    @property
    def administration(self) -> tuple[str, ...]:
        """Those of AWS's own policies that give all of a service at least."""
        found = (name for name in self.managed if _ADMINISTRATION.fullmatch(name))
        return tuple(name for name in found if not _HARMLESS.match(name))


@dataclass(frozen=True)
class _Policies:
    """The managed policies of the account by ARN: statements (None where they can't be read) and where they stand."""

    known: Mapping[str, tuple[list[Statement] | None, Sourced]] = field(repr=False)

    def get(self, arn: str) -> tuple[list[Statement] | None, Sourced] | None:
        return self.known.get(arn)


def identities_of(facts: Facts) -> list[Identity]:
    """All that the account's own people and workloads are; AWS makes and limits service-linked roles itself."""
    policies = _Policies(dict(_managed(facts)))
    groups = {item.name: item for item in facts.live.of(AWS, "iam.group")}
    return [
        _identity(item, policies, groups)
        for item in facts.live.of(AWS, "iam.user", "iam.group", "iam.role")
        if not str(item.get("Path", default="/")).startswith(_SERVICE_LINKED)
    ]


def trust_of(role: Seen) -> list[Statement] | None:
    """Whom a role lets in; None where its document can't be read."""
    return statements_of(role.get("AssumeRolePolicyDocument"))


def _managed(facts: Facts) -> Iterator[tuple[str, tuple[list[Statement] | None, Sourced]]]:
    for policy in facts.live.of(AWS, "iam.policy"):
        versions = policy.get("PolicyVersionList", default=[])
        default = policy.get("DefaultVersionId")
        at = next(
            (n for n, v in enumerate(versions) if v.get("IsDefaultVersion") or v.get("VersionId") == default), None
        )
        document = versions[at].get("Document") if at is not None else None
        keys = ("PolicyVersionList", at, "Document") if at is not None else ()
        sourced = Sourced(f"policy {policy.name}", policy, keys)
        yield str(policy.get("Arn", default=policy.name)), (statements_of(document), sourced)


def _identity(item: Seen, policies: _Policies, groups: Mapping[str, Seen]) -> Identity:
    parts = [item]
    if item.record.kind == "iam.user":
        parts += [groups[name] for name in item.get("GroupList", default=[]) if name in groups]
    found: list[tuple[Statement, Sourced]] = []
    unseen: list[Unseen] = []
    own = account_of(str(item.get("Arn", default="")))
    for part in parts:
        for read, sourced in _policies_of(part, policies):
            if read is None:
                unseen.append(Unseen(f"{sourced.owner} can't be read", sourced.seen.at(*sourced.keys)))
            found += [(one, sourced) for one in read or () if not (one.allows and is_abroad(one, own))]
    arns = [str(p.get("PolicyArn", "")) for p in item.get("AttachedManagedPolicies", default=[])]
    boundary = _boundary(item, policies)
    bounded = bool(item.get("PermissionsBoundary")) and boundary is None
    return Identity(
        seen=item,
        allowed=tuple(_left(found, boundary)),
        managed=tuple(last_part(arn) for arn in arns if account_of(arn) == AWS),
        is_workload=_is_workload(item),
        unseen=tuple(unseen),
        is_bounded=bounded,
    )


def _policies_of(item: Seen, policies: _Policies) -> Iterator[tuple[list[Statement] | None, Sourced]]:
    """What is written into an identity, and the account's own policies that are attached to it."""
    word, key = f"{_WORDS[item.record.kind]} {item.name}", _OWN[item.record.kind]
    for number, policy in enumerate(item.get(key, default=[])):
        sourced = Sourced(f"{word} ({policy.get('PolicyName')})", item, (key, number, "PolicyDocument"))
        yield statements_of(policy.get("PolicyDocument")), sourced
    for number, policy in enumerate(item.get("AttachedManagedPolicies", default=[])):
        arn = str(policy.get("PolicyArn", ""))
        if account_of(arn) == AWS:
            continue  # AWS's own are judged by their names: they are written for everybody, with wildcards
        sourced = Sourced(f"policy {last_part(arn)} of {word}", item, ("AttachedManagedPolicies", number))
        yield policies.get(arn) or (None, sourced)


def _boundary(item: Seen, policies: _Policies) -> Sequence[Statement] | None:
    known = policies.get(str(item.get("PermissionsBoundary", "PermissionsBoundaryArn", default="")))
    return known[0] if known else None


def _left(
    found: Sequence[tuple[Statement, Sourced]], boundary: Sequence[Statement] | None
) -> Iterator[tuple[Statement, Sourced]]:
    """Each statement as denials of all of them and the boundary leave it, still with where it stands."""
    denials = [statement for statement, _ in found if not statement.allows]
    for statement, sourced in found:
        if statement.allows:
            plain = boundary is None and not denials
            left = [statement] if plain else left_by([statement, *denials], boundary)
            yield from ((one, sourced) for one in left)


def _is_workload(item: Seen) -> bool:
    if item.record.kind == "iam.role":
        return is_for_workloads(trust_of(item) or ())
    if item.record.kind == "iam.user":
        active = any(key.get("Status") == "Active" for key in item.get("AccessKeys", default=[]))
        return active and "LoginProfile" in item.data and item.get("LoginProfile") is None
    return False
