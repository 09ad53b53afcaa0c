"""What each statement of IAM allows beyond need, and whom each trust policy lets in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from gonogo.checks.observed.aws_excess import excesses
from gonogo.checks.observed.aws_statements import left_by, statements_of
from gonogo.checks.observed.aws_trust import is_for_workloads, too_open

ACCOUNT, OTHER = "123456789012", "999999999999"
FINE, OPEN = "", "?"
"""Scoped, and open whether it is: a condition that nobody can weigh."""
Given = dict[str, Any] | list[dict[str, Any]]


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def but(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "NotAction": action, "Resource": resource} | more


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def read(given: Given) -> list[Any]:
    found = statements_of({"Version": "2012-10-17", "Statement": given})
    assert found is not None
    return found


PASS = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
STATEMENTS: list[tuple[Given, str]] = [
    # everything
    (allow("*"), "allows Action * on Resource *"),
    (allow("*:*"), "allows Action * on Resource *"),
    (allow(["s3:GetObject", "*"]), "allows Action * on Resource *"),
    (allow("*", "arn:aws:s3:::documents/*"), "allows Action *"),
    (allow("*", **when("Bool", "aws:MultiFactorAuthPresent", "true")), "allows Action * on Resource *"),
    (allow("*", **when("StringEquals", "aws:RequestedRegion", "eu-west-1")), "allows Action * on Resource *"),
    (allow("*", **when("StringEquals", "aws:ResourceTag/team", "shop")), FINE),
    (allow("*", **when("StringEquals", "shop:Mystery", "1")), OPEN),
    # whole services
    (allow("s3:*"), "allows s3:* on every resource"),
    (allow("S3:*"), "allows S3:* on every resource"),
    (allow("s3:*", ["arn:aws:s3:::*", "arn:aws:s3:::*/*"]), "allows s3:* on every resource"),
    (allow("s3:*", "arn:aws:s3:::documents"), FINE),
    (allow("s3:*", ["arn:aws:s3:::documents", "arn:aws:s3:::documents/*"]), FINE),
    (allow("dynamodb:*", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/*"), "allows dynamodb:* on every resource"),
    (allow("dynamodb:*", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders*"), FINE),
    (allow("dynamodb:*", "arn:aws:s3:::*"), FINE),
    (allow("sqs:*", **when("StringEqualsIfExists", "aws:ResourceTag/team", "shop")), "allows sqs:* on every resource"),
    (allow("sqs:*", **when("StringNotEquals", "aws:ResourceTag/team", "pay")), "allows sqs:* on every resource"),
    (allow("sqs:*", **when("StringLike", "aws:ResourceTag/team", "*")), "allows sqs:* on every resource"),
    # reads of all secrets and data
    (allow("secretsmanager:GetSecretValue"), "which reads all secrets"),
    (allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"), "which reads all secrets"),
    (allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:shop/*"), FINE),
    (allow("ssm:GetParameter*", "arn:aws:ssm:*:*:parameter/*"), "which reads all secrets"),
    (allow("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/shop/*"), FINE),
    (allow("kms:Decrypt"), "which reads all secrets"),
    (allow("kms:Decrypt", **when("StringEquals", "kms:ViaService", "sqs.eu-west-1.amazonaws.com")), FINE),
    (allow("s3:Get*"), "which reads all data"),
    (allow("s3:GetObject", **when("Bool", "aws:SecureTransport", "true")), "which reads all data"),
    (allow("dynamodb:Query", **when("ForAllValues:StringEquals", "dynamodb:LeadingKeys", "${aws:userid}")), FINE),
    (allow("s3:GetObject", "arn:aws:s3:::homes/${aws:username}/*"), FINE),
    # harmless on every resource
    (allow(["logs:CreateLogStream", "logs:PutLogEvents"]), FINE),
    (allow(["ec2:Describe*", "ec2:CreateNetworkInterface", "xray:PutTraceSegments"]), FINE),
    (allow("cloudwatch:PutMetricData"), FINE),
    # escalation
    (allow("iam:CreatePolicyVersion"), "rewrites any policy"),
    (allow("iam:Create*", "arn:aws:iam::*:policy/*"), "rewrites any policy"),
    (allow("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/shop-*"), FINE),
    (allow("iam:AttachRolePolicy"), "attaches any policy"),
    (
        allow("iam:AttachRolePolicy", **when("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/ReadOnlyAccess")),
        FINE,
    ),
    (allow("iam:PutUserPolicy", "arn:aws:iam::*:user/*"), "writes policies into any identity"),
    (allow("iam:UpdateAssumeRolePolicy"), "opens any role"),
    (allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"), FINE),
    (allow("iam:CreateAccessKey"), "makes keys of any user"),
    (allow("sts:AssumeRole"), "becomes any role"),
    (allow("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/deployer"), FINE),
    (allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*"), "runs its code as any function"),
    (allow("ssm:SendCommand"), "runs commands on any instance"),
    # passing roles
    (PASS, FINE),
    ([PASS, allow("lambda:CreateFunction")], "iam:PassRole of every role beside lambda:CreateFunction"),
    ([PASS, allow("lambda:Create*", "arn:aws:lambda:*:*:function:shop-*")], "iam:PassRole of every role"),
    ([PASS | {"Resource": f"arn:aws:iam::{ACCOUNT}:role/shop-*"}, allow("lambda:CreateFunction")], FINE),
    ([PASS | when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"), allow("ec2:RunInstances")], FINE),
    (
        [PASS | when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com"), allow("lambda:CreateFunction")],
        "iam:PassRole of every role beside lambda:CreateFunction",
    ),
    # NotAction and NotResource
    (but("iam:*"), "allows everything but iam:*"),
    (but(["iam:*", "organizations:*"]), "allows everything but iam:*, organizations:*"),
    (but("*"), FINE),
    (but("s3:DeleteObject", "arn:aws:s3:::documents/*"), FINE),
    (but("s3:DeleteObject", "arn:aws:s3:::*"), "allows all of s3 but s3:DeleteObject"),
    (
        {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"},
        "allows s3:* on every resource but",
    ),
    ({"Effect": "Allow", "Action": "s3:*", "NotResource": "*"}, FINE),
    # denials
    (deny("*"), FINE),
    (but("s3:*", effect="Deny"), FINE),
    ([allow("s3:*"), deny("s3:*")], FINE),
    ([allow("s3:*"), deny("*")], FINE),
    ([allow("s3:*"), deny("s3:DeleteBucket")], "allows s3:* on every resource"),
    ([allow("s3:*"), deny("s3:*", **when("Bool", "aws:SecureTransport", "false"))], "allows s3:* on every resource"),
    ([allow("secretsmanager:*"), deny("*", "arn:aws:secretsmanager:*:*:secret:root")], "allows secretsmanager:*"),
    ([allow("*"), but("logs:PutLogEvents", effect="Deny")], FINE),
    ([allow("*"), but(["s3:GetObject", "s3:ListBucket"], effect="Deny")], "which reads all data"),
    ([allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::documents/*"}], FINE),
    ([allow(["iam:CreatePolicyVersion", "sqs:SendMessage"]), deny("iam:*")], FINE),
    ([allow("*"), deny("iam:*")], "allows everything but iam:*"),
]


@pytest.mark.parametrize(("given", "what"), STATEMENTS, ids=lambda item: json.dumps(item)[:90])
def test_each_statement_has_its_answer(given: Given, what: str) -> None:
    found = [excess for _, excess in excesses(left_by(read(given)))]
    if what == FINE:
        assert found == []
    elif what == OPEN:
        assert [excess.unsure for excess in found] == [True]
    else:
        assert any(what in excess.what and not excess.unsure for excess in found), found


BOUNDARIES: list[tuple[Given, Given, str]] = [
    (allow("*"), allow("*"), "allows Action * on Resource *"),
    (allow("*"), allow("s3:*"), "allows s3:* on every resource"),
    (allow("*"), allow(["logs:PutLogEvents", "sqs:SendMessage"]), FINE),
    (allow("*"), allow("s3:*", "arn:aws:s3:::documents/*"), FINE),
    (allow("s3:*"), but("iam:*"), "allows s3:* on every resource"),
    (allow("iam:*"), but("iam:*"), FINE),
    (allow("iam:CreatePolicyVersion"), [allow("*"), deny("iam:*")], FINE),
    (allow("secretsmanager:Get*"), allow("secretsmanager:GetSecretValue"), "which reads all secrets"),
    (allow("s3:*"), [], FINE),
]


@pytest.mark.parametrize(("given", "boundary", "what"), BOUNDARIES, ids=lambda item: json.dumps(item)[:60])
def test_a_boundary_takes_away_what_it_does_not_allow(given: Given, boundary: Given, what: str) -> None:
    found = [excess.what for _, excess in excesses(left_by(read(given), read(boundary)))]
    assert (not found) if what == FINE else any(what in text for text in found), found


def trust(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more


def token(issuer: str, **more: Any) -> dict[str, Any]:
    found = trust({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}, **more)
    return found | {"Action": "sts:AssumeRoleWithWebIdentity"}


GITHUB = "token.actions.githubusercontent.com"
SUB, AUD = f"{GITHUB}:sub", f"{GITHUB}:aud"
TRUSTS: list[tuple[Given, str]] = [
    (trust({"Service": "lambda.amazonaws.com"}), FINE),
    (trust("*"), "by anybody"),
    (trust({"AWS": "*"}), "by anybody"),
    (trust({"AWS": ["arn:aws:iam::123456789012:root", "*"]}), "by anybody"),
    (trust("*", **when("StringEquals", "aws:PrincipalOrgID", "o-1")), FINE),
    (trust("*", **when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1")), "by anybody"),
    (trust("*", **when("StringNotEquals", "aws:PrincipalOrgID", "o-1")), "by anybody"),
    (trust("*", **when("StringLike", "aws:PrincipalArn", "*")), "by anybody"),
    (trust("*", **when("Bool", "aws:SecureTransport", "true")), "by anybody"),
    (
        [trust("*"), trust("*", **when("StringNotEquals", "aws:PrincipalOrgID", "o-1")) | {"Effect": "Deny"}],
        FINE,
    ),
    ({"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}, "by anybody"),
    (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), FINE),
    (trust({"AWS": f"arn:aws:iam::{OTHER}:root"}), f"by all of account {OTHER}"),
    (trust({"AWS": OTHER}), f"by all of account {OTHER}"),
    (trust({"AWS": OTHER}, **when("StringEquals", "sts:ExternalId", "x1")), FINE),
    (trust({"AWS": f"arn:aws:iam::{OTHER}:role/deployer"}), FINE),
    (token(GITHUB), "with anybody's token"),
    (token(GITHUB, **when("StringEquals", AUD, "sts.amazonaws.com")), "with anybody's token"),
    (token(GITHUB, **when("StringLike", SUB, "repo:*")), "with anybody's token"),
    (token(GITHUB, **when("StringLike", SUB, "repo:shop/*:ref:refs/heads/main")), FINE),
    (token(GITHUB, **when("StringEquals", SUB, "repo:shop/api:environment:prod")), FINE),
    (token("oidc.eks.eu-west-1.amazonaws.com/id/ABC"), FINE),
]


@pytest.mark.parametrize(("given", "what"), TRUSTS, ids=lambda item: json.dumps(item)[:90])
def test_each_trust_policy_has_its_answer(given: Given, what: str) -> None:
    found = [text for text, _ in too_open("role", read(given), ACCOUNT)]
    assert (not found) if what == FINE else any(what in text for text in found), found


def test_roles_of_an_organization_may_be_taken_by_its_management() -> None:
    assert not list(too_open("OrganizationAccountAccessRole", read(trust({"AWS": OTHER})), ACCOUNT))


def test_workloads_are_what_services_and_tokens_run_as() -> None:
    assert is_for_workloads(read(trust({"Service": "ecs-tasks.amazonaws.com"})))
    assert is_for_workloads(read(token(GITHUB)))
    assert not is_for_workloads(read(trust({"Service": "cloudformation.amazonaws.com"})))
    assert not is_for_workloads(read(trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})))


@pytest.mark.parametrize("document", [None, "", "{", [], {}, {"Statement": "x"}, {"Statement": [1]}])
def test_a_document_that_can_not_be_read_is_no_empty_one(document: object) -> None:
    assert statements_of(document) is None


def test_a_document_may_be_encoded_or_have_one_statement() -> None:
    text = json.dumps({"Statement": allow("*")})
    assert statements_of(quote(text)) == statements_of(text) == read(allow("*"))
    assert statements_of({"Statement": []}) == []
