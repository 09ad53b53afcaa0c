"""What IAM allows beyond need: wildcards, secrets and data of everybody, and the ways to more rights than one has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gonogo.checks.observed.aws_statements import (
    ALL,
    Statement,
    allows_action,
    covers,
    everywhere,
    is_everything,
    service_of,
)
from gonogo.checks.policies import DATA_READS, SECRET_READS
from gonogo.checks.wording import listed

_ESCALATIONS = {
    **dict.fromkeys(("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"), "rewrites any policy"),
    **dict.fromkeys(
        ("iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy"), "attaches any policy to any identity"
    ),
    **dict.fromkeys(
        ("iam:PutRolePolicy", "iam:PutUserPolicy", "iam:PutGroupPolicy"), "writes policies into any identity"
    ),
    "iam:AddUserToGroup": "puts anybody into any group",
    "iam:CreateAccessKey": "makes keys of any user",
    **dict.fromkeys(("iam:CreateLoginProfile", "iam:UpdateLoginProfile"), "sets the password of any user"),
    "iam:UpdateAssumeRolePolicy": "opens any role",
    **dict.fromkeys(
        ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"), "takes away any boundary"
    ),
    "sts:AssumeRole": "becomes any role that lets it",
    "lambda:UpdateFunctionCode": "runs its code as any function",
    "ssm:SendCommand": "runs commands on any instance",
}
"""Actions that give whoever may do them to everything the rights of others, and how."""
_PASS_ROLE = "iam:PassRole"
_TAKERS = {
    "lambda:CreateFunction": "lambda.amazonaws.com",
    "ec2:RunInstances": "ec2.amazonaws.com",
    "ecs:RunTask": "ecs-tasks.amazonaws.com",
    "ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
    "glue:CreateJob": "glue.amazonaws.com",
    "glue:CreateDevEndpoint": "glue.amazonaws.com",
    "cloudformation:CreateStack": "cloudformation.amazonaws.com",
    "codebuild:CreateProject": "codebuild.amazonaws.com",
    "sagemaker:CreateNotebookInstance": "sagemaker.amazonaws.com",
    "sagemaker:CreateTrainingJob": "sagemaker.amazonaws.com",
    "states:CreateStateMachine": "states.amazonaws.com",
    "datapipeline:CreatePipeline": "datapipeline.amazonaws.com",
}
"""Actions that start something under a role that is passed, and the service that takes it."""
_WATCHED = (*SECRET_READS, *DATA_READS, *_ESCALATIONS)


@dataclass(frozen=True, slots=True)
class Excess:
    """What a statement allows beyond need, as a phrase. ``unsure`` where a condition leaves open whether it does."""

    what: str
    unsure: bool = False


def excesses(statements: Sequence[Statement]) -> list[tuple[int, Excess]]:
    """What the allowing statements of one identity allow beyond need, each with its number among them: by itself, and
    what they give together."""
    alone = [(number, found) for number, statement in enumerate(statements) if (found := excess_of(statement))]
    if any("Action *" in found.what or "everything but" in found.what for _, found in alone):
        return alone
    return alone + list(_together(statements))


@lru_cache(maxsize=8192)
def excess_of(statement: Statement) -> Excess | None:
    """What one allowing statement allows beyond need; None where it is scoped."""
    what = _excess(statement) if statement.allows else ""
    narrows = statement.narrows
    return Excess(what, narrows is None) if what and narrows is not True else None


def _excess(statement: Statement) -> str:
    """The widest of what it allows too much, as a phrase."""
    everything = _of_everything(statement) if any(map(is_everything, statement.actions)) else ""
    return everything or _of_a_service(statement) or _of_watched(statement)


def _of_a_service(statement: Statement) -> str:
    for action in statement.actions:
        if _is_whole_service(action) and everywhere(statement, service_of(action)):
            return f"allows {action} on every resource{_but(statement.but_resources)}"
    return ""


def _of_everything(statement: Statement) -> str:
    whole = any(not resource.strip("*") for resource in statement.resources)
    if statement.but_actions:
        if any(is_everything(but) for but in statement.but_actions) or not everywhere(statement, ALL):
            return _of_whole_services(statement)
        return f"allows everything but {listed(statement.but_actions, 3)}"
    if not whole:
        return "allows Action *"
    return f"allows Action * on Resource *{_but(statement.but_resources)}" if everywhere(statement, ALL) else ""


def _of_whole_services(statement: Statement) -> str:
    """``NotAction`` on resources that are all of one service."""
    named = {parts[2] for resource in statement.resources if len(parts := resource.split(":")) > 2}
    for service in sorted(named):
        denied = any(covers(but, f"{service}:*") for but in statement.but_actions)
        if everywhere(statement, service) and not denied:
            return f"allows all of {service} but {listed(statement.but_actions, 3)}"
    return ""


def _is_whole_service(action: str) -> bool:
    return ":" in action and not action.partition(":")[2].strip("*")


def _but(resources: tuple[str, ...]) -> str:
    return f" but {listed(resources, 2)}" if resources else ""


def _of_watched(statement: Statement) -> str:
    """Reads of everybody's secrets and data, and escalations, that a pattern of actions is of."""
    for action in statement.actions:
        for watched in _watched_by(action) if not is_everything(action) else ():
            if not everywhere(statement, service_of(watched)):
                continue
            if any(covers(but, watched) for but in statement.but_actions):
                continue
            if watched in _ESCALATIONS:
                return f"allows {action} on every resource, which {_ESCALATIONS[watched]}"
            return f"allows {action} on every resource, which reads all {_read_by(watched)}"
    return ""


def _read_by(action: str) -> str:
    return "secrets" if action in SECRET_READS else "data"


@lru_cache(maxsize=8192)
def _watched_by(action: str) -> tuple[str, ...]:
    return tuple(watched for watched in _WATCHED if covers(action, watched))


def _together(statements: Sequence[Statement]) -> Iterator[tuple[int, Excess]]:
    """Whoever may pass any role and start something under it has the rights of every role."""
    for number, statement in enumerate(statements):
        if not allows_action(statement, _PASS_ROLE) or not everywhere(statement, "iam"):
            continue
        to = _passed_to(statement)
        if to is None and statement.narrows is True:
            continue
        for taker, service in _TAKERS.items():
            if to is not None and not any(covers(pattern, service) for pattern in to):
                continue
            if any(allows_action(other, taker) for other in statements):
                what = f"allows iam:PassRole of every role beside {taker}, which runs code under any role"
                yield number, Excess(what, to is None and statement.narrows is None)
                break


def _passed_to(statement: Statement) -> tuple[str, ...] | None:
    """The services that roles may be passed to; None where no condition says so."""
    found = [c.values for c in statement.conditions if c.key == "iam:passedtoservice" and not c.is_negative]
    return found[0] if found else None
