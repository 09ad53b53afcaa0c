"""Whom the roles of an AWS account let in: anybody, whole other accounts, tokens of anybody's pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gonogo.checks.observed.aws_items import account_of
from gonogo.checks.observed.aws_statements import ALL, Condition, Statement, covers

_IDENTIFYING = (
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "aws:sourceaccount"),
    *("aws:sourcearn", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "sts:externalid", "aws:userid"),
    "aws:principaltag/",
)
"""Condition keys that say who may come in."""
_SHARED_ISSUERS = (
    *("token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com", "oidc.circleci"),
    *("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"),
    *("api.bitbucket.org", "oidc.vercel.com", "api.pulumi.com"),
)
"""Issuers that give tokens to everybody who has an account there."""
_TOKEN_KEYS = (":sub", ":aud", ":amr", ":app_id", ":repository", ":organization", "terraform_organization_name")
_ASSUMING = ("sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml")
_MADE_BY_AWS = ("OrganizationAccountAccessRole", "AWSControlTowerExecution", "AWSCloudFormationStackSetExecutionRole")
"""Roles through which an organization's own management account administrates."""
NOT_WORKLOADS = ("cloudformation.amazonaws.com", "config.amazonaws.com", "backup.amazonaws.com", "sso.amazonaws.com")
"""Services that take roles to administrate the account, and run no code of the target."""


def too_open(name: str, statements: Sequence[Statement], account: str) -> Iterator[tuple[str, Statement]]:
    """Why a role's trust policy lets in more than it should, as phrases that follow the role's name."""
    if any(_shuts_out_strangers(statement) for statement in statements):
        return
    for statement in statements:
        if statement.allows and any(covers(action, one) for action in statement.actions for one in _ASSUMING):
            for kind, value in statement.principals:
                if what := _openness(name, kind, value, statement.conditions, account):
                    yield what, statement
                    break


def _openness(name: str, kind: str, value: str, conditions: Sequence[Condition], account: str) -> str:
    if kind == "AWS":
        if value == ALL:
            return "" if any(map(_identifies, conditions)) else "can be assumed by anybody"
        other = value if value.isdigit() else account_of(value) if value.endswith(":root") else ""
        if other and other != account and not conditions and not _is_made_by_aws(name):
            return f"can be assumed by all of account {other}, without a condition"
    if kind == "Federated":
        issuer = value.rpartition("oidc-provider/")[2]
        if issuer.startswith(_SHARED_ISSUERS) and not any(_binds_token(c, issuer) for c in conditions):
            return f"can be assumed with anybody's token of {issuer}"
    return ""


def _is_made_by_aws(name: str) -> bool:
    return name in _MADE_BY_AWS or name.startswith("stacksets-exec-")


def _identifies(condition: Condition) -> bool:
    """Whether it lets only some in: it names them, and no request without the key passes."""
    if not condition.key.startswith(_IDENTIFYING) or condition.is_negative or condition.passes_absence:
        return False
    if condition.operator == "null":
        return False
    return not (condition.is_like and any(not value.strip("*") for value in condition.values))


def _binds_token(condition: Condition, issuer: str) -> bool:
    """Whether it says whose tokens of a shared issuer count; for pipelines that is more than the audience."""
    if not condition.key.endswith(_TOKEN_KEYS) or condition.is_negative or condition.passes_absence:
        return False
    pipelines = issuer.startswith(("token.actions", "gitlab", "app.terraform", "agent.buildkite", "oidc.", "api."))
    if pipelines and condition.key.endswith((":aud", ":amr")):
        return False
    return not (condition.is_like and any(_is_of_anybody(value) for value in condition.values))


def _is_of_anybody(value: str) -> bool:
    """Whether a subject's pattern names no owner: ``repo:*``, ``repo:*/*:ref:refs/heads/main``."""
    return value.partition(":")[2].startswith(ALL) or value.startswith(ALL)


def _shuts_out_strangers(statement: Statement) -> bool:
    """A denial of whoever is not of the organization, account or list."""
    if statement.allows or ("AWS", ALL) not in statement.principals:
        return False
    return any(condition.is_negative and condition.key.startswith(_IDENTIFYING) for condition in statement.conditions)


def is_for_workloads(statements: Sequence[Statement]) -> bool:
    """Whether services that run the target's code, or tokens of clusters and pipelines, take the role."""
    return any(
        (kind == "Service" and value not in NOT_WORKLOADS) or (kind == "Federated" and ":oidc-provider/" in value)
        for statement in statements
        if statement.allows
        for kind, value in statement.principals
    )
