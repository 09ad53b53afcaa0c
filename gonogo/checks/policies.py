"""Policies of cloud identities as statements, wherever they are written: inline, attached, in documents, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from gonogo.checks import cloud
from gonogo.facts import Facts
from gonogo.facts.resources import Resource, Unknown, Value, as_tuple, walk
from gonogo.model.evidence import Place

IDENTITY_POLICIES = (
    *("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"),
    "aws_ssoadmin_permission_set_inline_policy",
)
ATTACHMENTS = (
    *("aws_iam_role_policy_attachment", "aws_iam_policy_attachment", "aws_iam_user_policy_attachment"),
    *("aws_iam_group_policy_attachment", "aws_iam_role_policy_attachments_exclusive"),
)
_BARE = re.compile(r'(?<!["\w/:.\-*])\$\{[^{}]*\}(?!["\w/:.\-*])')
_EVERYTHING = frozenset({"*", "*/*", "secret:*", "table/*", "parameter/*", "key/*", "log-group:*"})
DOCUMENT = "aws_iam_policy_document"


@dataclass(frozen=True)
class Statement:
    """One statement that allows something. Actions and resources are texts; unknown parts stay as ``${...}``."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    inverted: bool
    """``NotAction`` or ``NotResource``: everything but what is listed."""
    conditional: bool
    owner: str
    """The address of the policy or role that has it."""
    at: Place
    principals: tuple[str, ...] = ()


def identity_statements(facts: Facts) -> tuple[list[Statement], list[Place]]:
    """What policies of identities allow, and the places of policies whose content code does not tell."""
    found: list[Statement] = []
    unknown: list[Place] = []
    for resource, path in _policies(facts):
        statements = list(statements_of(facts, resource, path))
        if None in statements:
            unknown.append(resource.place(path))
        found += [s for s in statements if s is not None]
    return found, unknown


def _policies(facts: Facts) -> Iterator[tuple[Resource, str]]:
    for policy in cloud.deciding(facts, *IDENTITY_POLICIES):
        if "boundary" not in policy.name.lower():
            yield policy, "inline_policy" if policy.type.startswith("aws_ssoadmin") else "policy"
    for role in cloud.deciding(facts, "aws_iam_role", "aws_iam_user", "aws_iam_group"):
        for index, _ in enumerate(role.blocks("inline_policy")):
            yield role, f"inline_policy.{index}.policy"


def statements_of(facts: Facts, resource: Resource, path: str) -> Iterator[Statement | None]:
    """The allowing statements of a policy attribute; None for a part that code does not tell."""
    value = resource.get(path)
    if value is None:
        return
    yield from _statements(facts, resource, value, path, 0)


def _statements(facts: Facts, owner: Resource, value: Value, path: str, depth: int) -> Iterator[Statement | None]:
    if isinstance(value, Unknown):
        yield from _referred(facts, owner, value, path, depth)
        return
    if isinstance(value, str):
        try:
            value = _frozen(json.loads(value))
        except (ValueError, RecursionError):
            yield from _from_text(owner, value, path)
            return
    if not isinstance(value, Mapping):
        yield None
        return
    for index, item in enumerate(as_tuple(value.get("Statement", value.get("statement")))):
        if not isinstance(item, Mapping):
            yield None
            continue
        place = owner.place(f"{path}.Statement.{index}")
        if str(_any(item, "Effect", "effect", default="Allow")).lower() == "allow":
            yield _statement(item, owner.address, place)


def _referred(facts: Facts, owner: Resource, value: Unknown, path: str, depth: int) -> Iterator[Statement | None]:
    """A policy that a data source makes, or JSON text with unknown parts."""
    documents = [
        found
        for address in value.refers
        for found in facts.terraform.data(DOCUMENT)
        if found.base == address and found.root == owner.root
    ]
    if documents and depth < 4:
        for document in documents:
            for statement in document_statements(facts, document, depth):
                yield replace(statement, owner=owner.address) if statement is not None else None
    elif "{" in value.text and "Statement" in value.text:
        yield from _from_text(owner, value.text, path)
    else:
        yield None


def document_statements(facts: Facts, document: Resource, depth: int = 0) -> Iterator[Statement | None]:
    """The allowing statements of an ``aws_iam_policy_document``, with those of the documents that it builds on."""
    for index, block in enumerate(document.blocks("statement")):
        if str(block.get("effect", "Allow")) == "Allow":
            yield _statement(block, document.address, document.place(f"statement.{index}"))
    for name in ("source_policy_documents", "override_policy_documents", "source_json"):
        for source in as_tuple(document.get(name)):
            yield from _statements(facts, document, source, name, depth + 1)


def _from_text(owner: Resource, text: str, path: str) -> Iterator[Statement | None]:
    """JSON with interpolations, which JSON's reader refuses outside of strings."""
    quoted = _BARE.sub('"unknown"', text)
    try:
        value = _frozen(json.loads(quoted))
    except (ValueError, RecursionError):
        yield None
        return
    for item in as_tuple(value.get("Statement")) if isinstance(value, Mapping) else ():
        if isinstance(item, Mapping) and str(item.get("Effect")) == "Allow":
            yield _statement(item, owner.address, owner.place(path))


def _frozen(value: object) -> Value:
    if isinstance(value, dict):
        return {str(key): _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _any(item: Mapping[str, Value], *names: str, default: Value = ()) -> Value:
    return next((item[name] for name in names if item.get(name) is not None), default)


def _statement(item: Mapping[str, Value], owner: str, place: Place) -> Statement:
    inverted = any(item.get(name) for name in ("NotAction", "not_actions", "NotResource", "not_resources"))
    principal = _any(item, "Principal", "principals", "principal")
    return Statement(
        actions=_texts(_any(item, "Action", "actions", "NotAction", "not_actions")),
        resources=_texts(_any(item, "Resource", "resources", default=())),
        inverted=inverted,
        conditional=bool(_any(item, "Condition", "condition", "conditions")),
        owner=owner,
        at=place,
        principals=tuple(text for text in _texts(principal)),
    )


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(str(item) for item in walk(value) if isinstance(item, str | Unknown))


SECRET_READS = (
    *("secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
    "kms:Decrypt",
)
DATA_READS = (
    *("s3:GetObject", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem"),
    *("rds-data:ExecuteStatement", "sqs:ReceiveMessage", "kinesis:GetRecords", "athena:GetQueryResults"),
    *("cognito-idp:ListUsers", "redshift-data:GetStatementResult"),
)


def excess_of(statement: Statement) -> str:
    """What a statement allows beyond need, as a phrase; empty where it is scoped."""
    everywhere = is_everywhere(statement.resources)
    if statement.inverted and everywhere and not statement.conditional:
        return "allows everything but what it lists"
    if "*" in statement.actions or "*:*" in statement.actions:
        if everywhere:
            return "allows Action * on Resource *"
        return "" if statement.conditional else "allows Action *"
    if statement.conditional:
        return ""
    for action in statement.actions:
        service, _, name = action.partition(":")
        if name == "*" and (everywhere or _all_of_service(service, statement.resources)):
            return f"allows {action} on every resource"
    for action in statement.actions:
        if action.partition(":")[2] == "*" and not everywhere:
            continue
        read = next((r for r in (*SECRET_READS, *DATA_READS) if fnmatchcase(r.lower(), action.lower())), "")
        if read and (everywhere or _all_of_service(read.partition(":")[0], statement.resources)):
            kind = "secrets" if read in SECRET_READS else "data"
            return f"allows {action} on every resource, which reads all {kind}"
    return ""


def is_everywhere(resources: tuple[str, ...]) -> bool:
    """Says whether one of the resources is ``*``."""
    return "*" in resources


def _all_of_service(service: str, resources: tuple[str, ...]) -> bool:
    """Says whether a resource pattern names everything of its service in the account: ``arn:aws:s3:::*``."""
    for text in resources:
        parts = text.split(":", 5)
        if len(parts) == 6 and parts[0] == "arn" and parts[2] == service and parts[5] in _EVERYTHING:
            return True
    return False
