"""Who may do what in an AWS account: its root user, its console users, its keys, what its policies allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.aws_beside import composed, in_clusters, other_clouds
from gonogo.checks.observed.aws_excess import excesses
from gonogo.checks.observed.aws_identities import Identity, Sourced, identities_of, trust_of
from gonogo.checks.observed.aws_items import AWS, account_of, only_beside
from gonogo.checks.observed.aws_secrets import key_variables
from gonogo.checks.observed.aws_trust import too_open
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted, have
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable
from gonogo.model.criterion import Status
from gonogo.model.evidence import Place

OLD = timedelta(days=90)
_IAM = ("iam.user", "iam.group", "iam.role", "iam.policy")
_SUMMARY = "iam.account_summary"


def root_account(facts: Facts) -> Outcome:
    """The root user has MFA and no access keys; one whose credentials an organization took away needs no MFA."""
    problems, unseen = [], []
    found = facts.live.of(AWS, _SUMMARY)
    for item in found:
        mfa, keys = (item.get("SummaryMap", name) for name in ("AccountMFAEnabled", "AccountAccessKeysPresent"))
        if mfa == 0 and item.get("SummaryMap", "AccountPasswordPresent") != 0:
            problems.append(Problem("the root user has no MFA", item.at("SummaryMap", "AccountMFAEnabled")))
        if keys:
            place = item.at("SummaryMap", "AccountAccessKeysPresent")
            problems.append(Problem(f"the root user has {counted(int(keys), 'access key')}", place))
        unseen += [
            Unseen(f"the account's summary has no {name}", item.place)
            for name, value in (("AccountMFAEnabled", mfa), ("AccountAccessKeysPresent", keys))
            if value is None
        ]
    bad, good = "the root user is not locked away", "the root user has MFA and no access key"
    return left_open(judged(facts, AWS, [_SUMMARY], problems, found, bad=bad, good=good), unseen, "the root user")


def console_mfa(facts: Facts) -> Outcome:
    """Each user with a password has an MFA device; an account without such users has none to ask for."""
    users = facts.live.of(AWS, "iam.user")
    unseen = [
        Unseen(f"{key} of user {item.name} was not seen", item.place)
        for item in users
        for key in ("LoginProfile", "MFADevices")
        if key not in item.data and not (key == "MFADevices" and item.get("LoginProfile") is None)
    ]
    people = [item for item in users if item.get("LoginProfile") is not None]
    problems = [
        Problem(f"user {item.name} has a password and no MFA", item.at("MFADevices"))
        for item in people
        if "MFADevices" in item.data and not item.get("MFADevices")
    ]
    total = counted(len(people), "console user")
    outcome = judged(
        facts,
        AWS,
        ["iam.user"],
        problems,
        people or users or facts.live.of(AWS, _SUMMARY),
        bad=f"{len(problems)} of {total} {have(len(problems))} no MFA",
        good=f"{share(len(people), total, 'have')} MFA" if people else "no IAM user has a password",
        needs=("iam.user", "iam.user:LoginProfile", "iam.user:MFADevices", _SUMMARY),
    )
    return left_open(outcome, unseen, "console users")


def no_long_lived_keys(facts: Facts) -> Outcome:
    """No active key of a user is older than 90 days, and no function or task gets one in its environment."""
    users = facts.live.of(AWS, "iam.user")
    active = [(item, n, key) for item in users for n, key in _active_keys(item)]
    problems = [
        Problem(f"user {item.name} has an active key since {str(key.get('CreateDate'))[:10]}", item.at("AccessKeys", n))
        for item, n, key in active
        if _is_old(facts, item, n)
    ]
    problems += [Problem(what, place) for what, place in key_variables(facts)]
    unseen = [
        Unseen(f"the keys of user {item.name} were not seen", item.place)
        for item in users
        if "AccessKeys" not in item.data
    ]
    unseen += [
        Unseen(f"the age of a key of user {item.name} is not known", item.at("AccessKeys", n))
        for item, n, key in active
        if moment(key.get("CreateDate")) is None or moment(facts.live.snapshot.taken) is None
    ]
    young = f"{counted(len(active), 'active key')} of {counted(len(users), 'user')}, none older than {OLD.days} days"
    outcome = judged(
        facts,
        AWS,
        ["iam.user"],
        problems,
        users or facts.live.of(AWS, _SUMMARY),
        bad="long-lived keys are in use",
        good=young if active else "no user has an active access key, and no function or task gets one",
        needs=("iam.user", "iam.user:AccessKeys", "lambda.function", "ecs.task_definition", "ecs.service", _SUMMARY),
    )
    return left_open(outcome, unseen, "access keys")


def no_keys(facts: Facts) -> Outcome:
    """Where an account has no active key at all, neither its workloads nor any pipeline can use one of it."""
    outcome = no_long_lived_keys(facts)
    if outcome.status is not Status.PASS:
        return outcome
    if any(True for item in facts.live.of(AWS, "iam.user") for _ in _active_keys(item)):
        return not_applicable(f"{outcome.reason}; whether pipelines use one does not show")
    return only_beside(outcome, other_clouds(facts))


def _active_keys(user: Seen) -> Iterator[tuple[int, dict[str, object]]]:
    return ((n, key) for n, key in enumerate(user.get("AccessKeys", default=[])) if key.get("Status") == "Active")


def _is_old(facts: Facts, user: Seen, number: int) -> bool:
    since = moment(user.get("AccessKeys", number, "CreateDate"))
    taken = moment(facts.live.snapshot.taken)
    return since is not None and taken is not None and taken - since > OLD


def least_privilege_iam(facts: Facts) -> Outcome:
    """No wildcard, no administration for workloads, no way to the rights of others, no role open to strangers."""
    identities = identities_of(facts)
    account = _account(facts)
    roles = [item for item in identities if item.seen.record.kind == "iam.role"]
    unsure: list[Unseen] = []
    problems = [*_excessive(identities, unsure), *_administrators(identities), *_open_roles(roles, account, unsure)]
    unseen = [*unsure, *(gone for identity in identities for gone in identity.unseen)]
    statements = sum(len(identity.allowed) for identity in identities)
    total = counted(len(identities), "identity", "identities")
    outcome = judged(
        facts,
        AWS,
        _IAM,
        problems,
        [identity.seen for identity in identities],
        bad=f"{counted(len(problems), 'grant')} of {total} beyond need",
        good=f"{counted(statements, 'allowing statement')} of {total} {verb(statements, 'name')} actions and resources",
        needs=(*_IAM, "sts.identity"),
    )
    outcome = left_open(outcome, list(dict.fromkeys(unseen)), "policies")
    return only_beside(outcome, [*in_clusters(facts), *composed(facts), *other_clouds(facts)])


def _account(facts: Facts) -> str:
    named = (str(item.get("Account", default="")) for item in facts.live.of(AWS, "sts.identity"))
    arns = (account_of(str(item.get("Arn", default=""))) for item in facts.live.of(AWS, "iam.role", "iam.user"))
    return next((name for name in (*named, *arns) if name), "")


def _excessive(identities: Iterable[Identity], unsure: list[Unseen]) -> list[Problem]:
    """What statements allow too much, each once however many have its policy."""
    who: dict[tuple[Place, str], tuple[Sourced, list[str]]] = {}
    for identity in identities:
        for number, excess in excesses([statement for statement, _ in identity.allowed]):
            statement, sourced = identity.allowed[number]
            place = sourced.at(statement)
            if excess.unsure or identity.is_bounded:
                limits = "its boundary" if identity.is_bounded else "its condition"
                unsure.append(Unseen(f"{sourced.owner} {excess.what} if {limits} lets it", place))
            else:
                who.setdefault((place, excess.what), (sourced, []))[1].append(identity.name)
    return [Problem(f"{_owner(sourced, names)} {what}", place) for (place, what), (sourced, names) in who.items()]


def _owner(sourced: Sourced, names: list[str]) -> str:
    if sourced.seen.record.kind != "iam.policy":
        return sourced.owner
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{sourced.owner} of {names[0]}{more}"


def _administrators(identities: Iterable[Identity]) -> Iterator[Problem]:
    """AWS's own policies of whole services on what is no person."""
    for identity in identities:
        if identity.is_workload:
            for name in identity.administration:
                yield Problem(f"{identity.name} has {name}", identity.seen.at("AttachedManagedPolicies"))


def _open_roles(roles: Iterable[Identity], account: str, unsure: list[Unseen]) -> Iterator[Problem]:
    for role in roles:
        item = role.seen
        trust = trust_of(item)
        if trust is None:
            unsure.append(Unseen(f"the trust policy of {role.name} can't be read", item.at("AssumeRolePolicyDocument")))
        for what, statement in too_open(item.name, trust or (), account):
            place = item.at("AssumeRolePolicyDocument", "Statement", statement.number)
            yield Problem(f"{role.name} {what}", place)
