"""Who may do what in an account: root user, console users, keys, policies; and what could not be seen of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gonogo.checks.observed.aws_identity import (
    console_mfa,
    least_privilege_iam,
    no_keys,
    no_long_lived_keys,
    root_account,
)
from gonogo.facts import Facts
from gonogo.model.criterion import Status, Strength
from gonogo.model.snapshot import Gap, Record
from tests.live.account import ACCOUNT, aws, gap
from tests.live.observed import facts_of

Document = dict[str, Any]
LAMBDA = {"Service": "lambda.amazonaws.com"}
OLD, YOUNG = "2026-01-05T00:00:00+00:00", "2026-05-20T00:00:00+00:00"


def account(*records: Record, gaps: tuple[Gap, ...] = (), files: dict[str, str] | None = None) -> Facts:
    identity = aws("sts.identity", ACCOUNT, "global", Account=ACCOUNT)
    return facts_of([identity, *records], gaps, files, given=("aws",))


def summary(**of: int) -> Record:
    return aws("iam.account_summary", "account", "global", SummaryMap=of)


def user(name: str, **data: Any) -> Record:
    found: dict[str, Any] = {"UserName": name, "Path": "/", "AccessKeys": [], "MFADevices": [], "LoginProfile": None}
    return aws("iam.user", name, "global", **found | data)


def key(created: str, status: str = "Active") -> dict[str, Any]:
    return {"UserName": "ci", "Status": status, "CreateDate": created, "LastUsed": None}


def document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> Document:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(name: str, *statements: Document, trust: Any = LAMBDA, **data: Any) -> Record:
    found: dict[str, Any] = {
        "RoleName": name,
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": document({"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(*statements)}] if statements else [],
        "AttachedManagedPolicies": [],
    }
    return aws("iam.role", name, "global", **found | data)


def policy(name: str, *statements: Document, **data: Any) -> Record:
    old = {"VersionId": "v1", "IsDefaultVersion": False, "Document": document(allow("*"))}
    now = {"VersionId": "v2", "IsDefaultVersion": True, "Document": document(*statements)}
    found = {"Arn": arn(name), "DefaultVersionId": "v2", "PolicyVersionList": [old, now]}
    return aws("iam.policy", name, "global", **found | data)


def arn(name: str, owner: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{owner}:policy/{name}"


def attached(*arns: str) -> list[dict[str, str]]:
    return [{"PolicyName": one.rpartition("/")[2], "PolicyArn": one} for one in arns]


GOOD = summary(AccountMFAEnabled=1, AccountAccessKeysPresent=0, AccountPasswordPresent=1)


def test_a_root_user_with_mfa_and_no_keys_passes() -> None:
    found = root_account(account(GOOD))
    assert (found.status, found.strength) == (Status.PASS, Strength.OBSERVED)
    bare = summary(AccountMFAEnabled=0, AccountAccessKeysPresent=0, AccountPasswordPresent=0)
    assert root_account(account(bare)).status is Status.PASS, "an organization took its credentials away"


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (summary(AccountMFAEnabled=0, AccountAccessKeysPresent=0), "no MFA"),
        (summary(AccountMFAEnabled=1, AccountAccessKeysPresent=2), "2 access keys"),
    ],
)
def test_a_root_user_without_mfa_or_with_keys_fails(found: Record, what: str) -> None:
    outcome = root_account(account(found))
    assert outcome.status is Status.FAIL
    assert what in outcome.reason


def test_a_root_user_that_was_not_seen_is_open() -> None:
    assert root_account(account(gaps=(gap("iam.account_summary"),))).status is Status.UNVERIFIED
    assert root_account(account(summary(AccountMFAEnabled=1))).status is Status.UNVERIFIED


LOGIN = {"UserName": "ann", "CreateDate": OLD}
DEVICE = [{"UserName": "ann", "EnableDate": OLD}]


def test_console_users_need_mfa() -> None:
    good = user("ann", LoginProfile=LOGIN, MFADevices=DEVICE)
    assert console_mfa(account(good, user("ci"))).status is Status.PASS
    assert console_mfa(account(user("ci"))).reason == "no IAM user has a password"
    assert console_mfa(account(GOOD)).status is Status.PASS, "an account without users has none to ask"
    found = console_mfa(account(good, user("bob", LoginProfile=LOGIN)))
    assert found.status is Status.FAIL
    assert found.reason.startswith("1 of 2 console users has no MFA: user bob")


def test_console_users_that_were_not_seen_are_open() -> None:
    for kind in ("iam.user", "iam.user:LoginProfile", "iam.user:MFADevices", "iam.account_summary"):
        assert console_mfa(account(user("ci"), gaps=(gap(kind),))).status is Status.UNVERIFIED
    hidden = user("ann")
    hidden.data.pop("LoginProfile")
    assert console_mfa(account(hidden)).status is Status.UNVERIFIED


def test_keys_that_are_old_and_active_fail() -> None:
    for keys in ([key(YOUNG)], [key(OLD, "Inactive")], []):
        assert no_long_lived_keys(account(user("ci", AccessKeys=keys))).status is Status.PASS
    found = no_long_lived_keys(account(user("ann"), user("ci", AccessKeys=[key(YOUNG), key(OLD)])))
    assert found.status is Status.FAIL
    assert "user ci has an active key since 2026-01-05" in found.reason
    assert found.problems[0].place is not None
    assert found.problems[0].place.symbol.endswith("AccessKeys/1")


def test_keys_in_environments_fail() -> None:
    function = aws("lambda.function", "f", Environment={"Variables": {"S3_AWS_SECRET_ACCESS_KEY": "[value]"}})
    found = no_long_lived_keys(account(user("ann"), function))
    assert found.status is Status.FAIL
    assert "function f gets S3_AWS_SECRET_ACCESS_KEY" in found.reason


def test_keys_that_were_not_seen_are_open() -> None:
    for kind in ("iam.user", "iam.user:AccessKeys", "lambda.function", "ecs.task_definition"):
        assert no_long_lived_keys(account(user("ci"), gaps=(gap(kind),))).status is Status.UNVERIFIED
    hidden = user("ann")
    hidden.data.pop("AccessKeys")
    assert no_long_lived_keys(account(hidden)).status is Status.UNVERIFIED
    assert no_long_lived_keys(account(user("ci", AccessKeys=[key("?")]))).status is Status.UNVERIFIED


def test_only_an_account_without_any_key_settles_what_pipelines_use() -> None:
    assert no_keys(account(user("ann"))).status is Status.PASS
    assert no_keys(account(user("ci", AccessKeys=[key(YOUNG)]))).status is Status.NOT_APPLICABLE
    assert no_keys(account(user("ci", AccessKeys=[key(OLD)]))).status is Status.FAIL


SCOPED = allow(["s3:GetObject"], "arn:aws:s3:::documents/*")


def test_identities_with_scoped_policies_pass() -> None:
    files = attached(arn("shop"), arn("service-role/AWSLambdaBasicExecutionRole", "aws"))
    found = least_privilege_iam(account(role("f", SCOPED, AttachedManagedPolicies=files), policy("shop", SCOPED)))
    assert found.status is Status.PASS
    assert found.reason == "2 allowing statements of 1 identity name actions and resources"


ADMIN = attached(arn("AdministratorAccess", "aws"))
EXCESS = [
    (role("f", SCOPED, allow("*")), "role f (own) allows Action * on Resource *"),
    (role("f", allow(["iam:PassRole", "lambda:CreateFunction"])), "iam:PassRole of every role"),
    (role("f", trust={"AWS": "*"}), "role f can be assumed by anybody"),
    (role("f", trust={"AWS": "999999999999"}), "all of account 999999999999"),
    (role("f", AttachedManagedPolicies=ADMIN), "role f has AdministratorAccess"),
    (role("f", AttachedManagedPolicies=attached(arn("AmazonS3FullAccess", "aws"))), "role f has AmazonS3FullAccess"),
    (user("u", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": document(allow("s3:*"))}]), "user u (p) allows"),
    (
        aws(
            "iam.group",
            "g",
            "global",
            GroupPolicyList=[{"PolicyName": "p", "PolicyDocument": document(allow("kms:Decrypt"))}],
        ),
        "group g (p) allows kms:Decrypt",
    ),
    (
        user("ci", AccessKeys=[key(YOUNG)], AttachedManagedPolicies=attached(arn("PowerUserAccess", "aws"))),
        "user ci has PowerUserAccess",
    ),
]


@pytest.mark.parametrize(("record", "what"), EXCESS, ids=lambda item: item if isinstance(item, str) else "")
def test_what_goes_beyond_need_fails(record: Record, what: str) -> None:
    found = least_privilege_iam(account(role("scoped", SCOPED), record))
    assert found.status is Status.FAIL
    assert what in found.reason
    assert found.problems[0].place is not None


FINE = [
    role("people", trust={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, AttachedManagedPolicies=ADMIN),
    role("cfn", trust={"Service": "cloudformation.amazonaws.com"}, AttachedManagedPolicies=ADMIN),
    role("AWSServiceRoleForX", allow("*"), Path="/aws-service-role/x.amazonaws.com/"),
    role("f", AttachedManagedPolicies=attached(arn("AWSXRayFullAccess", "aws"))),
    user("ann", LoginProfile=LOGIN, AttachedManagedPolicies=ADMIN),
]


@pytest.mark.parametrize("record", FINE, ids=lambda record: record.name)
def test_people_and_what_aws_makes_itself_may_administrate(record: Record) -> None:
    assert least_privilege_iam(account(role("scoped", SCOPED), record)).status is Status.PASS


def test_what_is_about_other_accounts_alone_takes_nothing_of_this_one() -> None:
    """The role that CDK deploys with may read the buckets of pipelines in other accounts."""
    owners = {"Condition": {"StringNotEquals": {"s3:ResourceAccount": ACCOUNT}}}
    assert least_privilege_iam(account(role("deploys", allow("s3:GetObject*", "*", **owners)))).status is Status.PASS
    strangers = {"Condition": {"StringNotEquals": {"s3:ResourceAccount": "999999999999"}}}
    found = least_privilege_iam(account(role("deploys", allow("s3:GetObject*", "*", **strangers))))
    assert found.status is Status.FAIL


def test_a_policy_that_many_have_is_named_once() -> None:
    roles = [role(f"r{number}", AttachedManagedPolicies=attached(arn("wide"))) for number in range(4)]
    found = least_privilege_iam(account(*roles, policy("wide", allow("sqs:*"))))
    assert [problem.what for problem in found.problems] == [
        "policy wide of role r0 and 3 more allows sqs:* on every resource"
    ]
    assert found.problems[0].place is not None
    assert found.problems[0].place.symbol == "iam.policy/wide/PolicyVersionList/1/Document/Statement/0"


def test_rights_of_a_group_and_of_its_user_count_together() -> None:
    passing = {"PolicyName": "p", "PolicyDocument": document(allow("iam:PassRole"))}
    making = {"PolicyName": "m", "PolicyDocument": document(allow("lambda:CreateFunction"))}
    group = aws("iam.group", "g", "global", GroupPolicyList=[passing])
    alone = user("u", UserPolicyList=[making])
    assert least_privilege_iam(account(group, alone)).status is Status.PASS
    joined = user("u", UserPolicyList=[making], GroupList=["g"])
    assert least_privilege_iam(account(group, joined)).status is Status.FAIL


def test_denials_and_boundaries_are_read() -> None:
    stopped = role("f", allow("sqs:*"), {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"})
    assert least_privilege_iam(account(stopped)).status is Status.PASS
    limit = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("limit")}
    bounded = role("f", allow("*"), PermissionsBoundary=limit)
    assert least_privilege_iam(account(bounded, policy("limit", SCOPED))).status is Status.PASS
    assert least_privilege_iam(account(bounded, policy("limit", allow("s3:*")))).status is Status.FAIL
    hidden = least_privilege_iam(account(bounded))
    assert hidden.status is Status.UNVERIFIED
    assert "if its boundary lets it" in hidden.reason


def test_what_can_not_be_read_is_open() -> None:
    for kind in ("iam.role", "iam.user", "iam.group", "iam.policy", "sts.identity"):
        assert least_privilege_iam(account(role("f", SCOPED), gaps=(gap(kind),))).status is Status.UNVERIFIED
    lost = role("f", AttachedManagedPolicies=attached(arn("lost")))
    found = least_privilege_iam(account(lost))
    assert (found.status, "policy lost of role f can't be read" in found.reason) == (Status.UNVERIFIED, True)
    for broken in ({"RolePolicyList": [{"PolicyName": "p"}]}, {"AssumeRolePolicyDocument": None}):
        assert least_privilege_iam(account(role("f", **broken))).status is Status.UNVERIFIED
    odd = role("f", allow("*", Condition={"StringEquals": {"x:y": "1"}}))
    assert least_privilege_iam(account(odd)).status is Status.UNVERIFIED


def test_a_cluster_keeps_the_account_from_settling_it() -> None:
    cluster = aws("eks.cluster", "main")
    assert least_privilege_iam(account(role("f", SCOPED), cluster)).status is Status.NOT_APPLICABLE
    assert least_privilege_iam(account(role("f", allow("*")), cluster)).status is Status.FAIL


def test_an_account_of_five_thousand_functions_is_judged_in_time() -> None:
    deny = {"Effect": "Deny", "Action": ["iam:*", "s3:DeleteBucket"], "Resource": "*"}
    actions = ["dynamodb:PutItem", "dynamodb:Query", "logs:Put*", "sqs:Send*"]
    roles = [
        role(
            f"r{number}",
            allow(actions, f"arn:aws:dynamodb:*:*:table/t{number}"),
            deny,
            AttachedManagedPolicies=attached(arn("shop")),
        )
        for number in range(5_000)
    ]
    facts = account(*roles, policy("shop", SCOPED))
    began = time.monotonic()
    assert least_privilege_iam(facts).status is Status.PASS
    assert time.monotonic() - began < 10
