"""Statements of IAM policies: read as IAM reads them, with what denials and boundaries leave of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

ALL = "*"
_EVERYTHING = frozenset(
    "* */* secret:* table/* parameter/* key/* log-group:* function:* role/* user/* policy/* group/* instance/*".split()
)
"""What follows the account in ARNs that name all there is of a kind."""
_NARROWING = (
    *("iam:passedtoservice", "iam:policyarn", "iam:permissionsboundary", "iam:awsservicename", "kms:viaservice"),
    *("kms:encryptioncontext", "kms:grantisforawsresource", "kms:resourcealiases", "dynamodb:leadingkeys", "s3:prefix"),
    *("s3:existingobjecttag/", "s3:dataaccesspoint", "aws:sourcearn", "aws:calledvia", "aws:viaawsservice"),
    *("secretsmanager:secretid", "lambda:functionarn", "ec2:vpc", "ec2:sourceinstancearn", "ecs:cluster"),
    *("aws:requesttag/", "aws:tagkeys", "iam:associatedresourcearn"),
)
"""Beginnings of condition keys that limit what a statement is about."""
_AROUND = (
    *("aws:securetransport", "aws:requestedregion", "aws:multifactorauth", "aws:principalorg", "aws:principalaccount"),
    *("aws:resourceaccount", "aws:resourceorg", "aws:currenttime", "aws:epochtime", "aws:useragent", "aws:sourceip"),
    *("aws:tokenissuetime", "aws:sourcevpc", "aws:vpcsourceip", "aws:referer", "kms:calleraccount", "s3:signature"),
)
"""Beginnings of those that limit who, when and whence, and leave what is allowed as wide as it is."""
_OWNERS = ("s3:resourceaccount", "aws:resourceaccount")
_ALWAYS_THERE = ("iam:passedtoservice", "dynamodb:leadingkeys", "iam:policyarn")
"""Keys of which an ``IfExists`` or ``ForAllValues`` takes nothing away: each such call has them."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a condition: the operator in lower case, as written otherwise."""

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def is_like(self) -> bool:
        return "like" in self.operator

    @property
    def is_negative(self) -> bool:
        return "not" in self.operator

    @property
    def passes_absence(self) -> bool:
        """Whether it holds where the request has no such key."""
        return self.operator.endswith("ifexists") or self.operator.startswith("forallvalues:")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement is about: ``actions`` on ``resources``, but for those of ``but_actions`` and
    ``but_resources``. ``NotAction`` is all actions but those that it lists."""

    allows: bool
    actions: tuple[str, ...]
    but_actions: tuple[str, ...]
    resources: tuple[str, ...]
    but_resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    principals: tuple[tuple[str, str], ...] = ()
    """Kind and value of each: ``("AWS", "*")``. ``NotPrincipal`` is everybody."""
    number: int = 0
    """Which of its document it is."""

    @property
    def narrows(self) -> bool | None:
        """Whether its conditions limit what it is about; None where that can't be told."""
        found = [_narrows(condition) for condition in self.conditions]
        return True if True in found else None if None in found else False


def statements_of(document: object) -> list[Statement] | None:
    """The statements of a policy document, as an object or as (URL-encoded) JSON; None where it can't be read."""
    if isinstance(document, str):
        try:
            document = json.loads(unquote(document) if document.lstrip().startswith("%") else document)
        except (ValueError, RecursionError):
            return None
    if not isinstance(document, Mapping) or "Statement" not in document:
        return None
    items = document["Statement"]
    items = [items] if isinstance(items, Mapping) else items
    if not isinstance(items, list | tuple):
        return None
    found = [_statement(item, number) for number, item in enumerate(items)]
    return None if None in found else [statement for statement in found if statement is not None]


def _statement(item: object, number: int) -> Statement | None:
    if not isinstance(item, Mapping) or item.get("Effect") not in ("Allow", "Deny"):
        return None
    actions, but_actions = _texts(item.get("Action")), _texts(item.get("NotAction"))
    resources, but_resources = _texts(item.get("Resource")), _texts(item.get("NotResource"))
    condition = item.get("Condition") or {}
    if not (actions or but_actions) or not isinstance(condition, Mapping):
        return None
    return Statement(
        allows=item["Effect"] == "Allow",
        actions=actions or (ALL,),
        but_actions=but_actions,
        resources=resources or (ALL,),
        but_resources=but_resources,
        conditions=tuple(_conditions(condition)),
        principals=tuple(_principals(item)),
        number=number,
    )


def _conditions(block: Mapping[str, Any]) -> Iterator[Condition]:
    for operator, keys in block.items():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            yield Condition(str(operator).lower(), str(key).lower(), _texts(values))


def _principals(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "NotPrincipal" in item:
        yield "AWS", ALL
    given = item.get("Principal")
    if isinstance(given, Mapping):
        for kind, values in given.items():
            yield from ((str(kind), value) for value in _texts(values))
    elif given:
        yield from (("AWS", value) for value in _texts(given))


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def _narrows(condition: Condition) -> bool | None:
    key = condition.key
    tag = "resourcetag/" in key
    if condition.is_negative or key.startswith(_AROUND):
        return False
    if condition.operator == "null":
        return None
    if condition.is_like and any(not value.strip("*") for value in condition.values):
        return False
    if condition.passes_absence and not key.startswith(_ALWAYS_THERE):
        return False
    return True if tag or key.startswith(_NARROWING) else None


def is_abroad(statement: Statement, account: str) -> bool:
    """Whether it is about what other accounts have alone, which those allow or not: as CDK writes it for pipelines."""
    return any(
        c.is_negative and c.key in _OWNERS and not c.passes_absence and account in c.values
        for c in statement.conditions
    )


def service_of(action: str) -> str:
    return action.partition(":")[0].lower()


def is_everything(action: str) -> bool:
    """Whether a pattern is of all actions of all services."""
    return not action.strip("*:")


def everywhere(statement: Statement, service: str) -> bool:
    """Whether it is about all that the service has, in one account or region at least; ``*`` is any service."""
    if any(not but.strip("*") for but in statement.but_resources):
        return False
    return any(_is_all(resource, service) for resource in statement.resources)


@lru_cache(maxsize=8192)
def _is_all(resource: str, service: str) -> bool:
    if not resource.strip("*"):
        return True
    parts = resource.split(":", 5)
    if parts[0] not in ("arn", ALL) or not resource.endswith(ALL):
        return False
    named = parts[2] if len(parts) > 2 else ALL
    if named.strip("*") and (service == ALL or named != service):
        return False
    return len(parts) < 6 or parts[5] in _EVERYTHING or not parts[5].strip("*")


def allows_action(statement: Statement, action: str) -> bool:
    """Whether it is about that one action."""
    return any(covers(pattern, action) for pattern in statement.actions) and not any(
        covers(pattern, action) for pattern in statement.but_actions
    )


def covers(wide: str, narrow: str) -> bool:
    """Whether one pattern is of all that the other is of. Upper and lower case are one, as in actions."""
    if wide in (narrow, ALL):
        return True
    if "*" in wide or "?" in wide:
        return bool(_pattern(wide).fullmatch(narrow))
    return wide.lower() == narrow.lower()


@lru_cache(maxsize=8192)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(
        "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in text), re.DOTALL | re.IGNORECASE
    )


def left_by(statements: Sequence[Statement], boundary: Sequence[Statement] | None = None) -> list[Statement]:
    """What an identity is allowed: its statements without what others of it deny, inside its boundary."""
    granted = [statement for statement in statements if statement.allows]
    if boundary is not None:
        limits = [limit for limit in boundary if limit.allows]
        granted = [both for one in granted for limit in limits if (both := _both(one, limit)) is not None]
    for denial in (*statements, *(boundary or ())):
        if not denial.allows and not denial.conditions:
            granted = [rest for one in granted for rest in _without(one, denial)]
    return granted


def _both(one: Statement, other: Statement) -> Statement | None:
    """What two statements allow together."""
    buts = tuple(dict.fromkeys((*one.but_actions, *other.but_actions)))
    actions = tuple(a for a in _common(one.actions, other.actions) if not any(covers(but, a) for but in buts))
    resources = _common(one.resources, other.resources)
    if not actions or not resources:
        return None
    return replace(
        one,
        actions=actions,
        resources=resources,
        but_actions=buts,
        but_resources=tuple(dict.fromkeys((*one.but_resources, *other.but_resources))),
        conditions=(*one.conditions, *other.conditions),
    )


def _without(one: Statement, denial: Statement) -> Iterator[Statement]:
    """What an unconditional denial leaves. One of some resources leaves the rest, and is passed over."""
    of_all = any(not resource.strip("*") for resource in denial.resources)
    if of_all and not denial.but_resources:
        if denial.but_actions:
            if kept := _common(one.actions, denial.but_actions):
                yield replace(one, actions=kept)
            return
        denied = denial.actions
    elif denial.but_resources and not denial.but_actions:
        hit = tuple(action for action in one.actions if any(covers(d, action) for d in denial.actions))
        if hit and (resources := _common(one.resources, denial.but_resources)):
            yield replace(one, actions=hit, resources=resources)
        if free := tuple(action for action in one.actions if action not in hit):
            yield replace(one, actions=free)
        return
    else:
        denied = tuple(a for a in denial.actions if everywhere(denial, service_of(a)) and not denial.but_actions)
    kept = tuple(action for action in one.actions if not any(covers(pattern, action) for pattern in denied))
    if kept:
        yield replace(one, actions=kept, but_actions=tuple(dict.fromkeys((*one.but_actions, *denied))))


def _common(ours: Iterable[str], theirs: Sequence[str]) -> tuple[str, ...]:
    found = (common for one in ours for other in theirs if (common := _narrower(one, other)))
    return tuple(dict.fromkeys(found))


def _narrower(one: str, other: str) -> str:
    """What two patterns have in common, or one of them where that can't be written; empty for nothing."""
    if covers(other, one):
        return one
    if covers(one, other):
        return other
    ours, theirs = re.split(r"[*?]", one, maxsplit=1)[0], re.split(r"[*?]", other, maxsplit=1)[0]
    both_open = len(ours) < len(one) and len(theirs) < len(other)
    return one if both_open and (ours.startswith(theirs) or theirs.startswith(ours)) else ""
