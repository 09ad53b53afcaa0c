"""Controls of a cloud account: audit trail, threat detection, root user, console users, quotas, drift.

Absent from the target's infrastructure code they may be on all the same, set up elsewhere: that is unverified. Defined
there and off, they fail.
"""

from __future__ import annotations

from gonogo.checks import cloud, scope
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, as_tuple
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_NO_ACCOUNT = "no cloud account is used: no cloud resource, no pipeline and no code reaches one"


def audit_trail(facts: Facts) -> Outcome:
    """CloudTrail or the provider's own on, and audit logs of each cluster that is defined."""
    accounts = scope.cloud_accounts(facts)
    clusters = scope.kubernetes_workloads(facts)
    searched = _searched(facts, accounts)
    if not accounts and not clusters:
        return not_applicable(f"{_NO_ACCOUNT}, and no cluster is defined", searched=(searched,))
    trails = [t for t in cloud.resources(facts, Kind.TRAIL, dormant=True) if _records_administration(t)]
    problems = [_off(trail, "enable_logging") for trail in trails]
    silent = [c for c in cloud.resources(facts, "aws_eks_cluster") if _audits(c) is False]
    off = [problem for problem in problems if problem is not None]
    on = [trail for trail in trails if _off(trail, "enable_logging") is None]
    wrong = [] if on else off
    wrong += [Problem(f"{c.address} keeps no audit log: enabled_cluster_log_types has no audit", c.at) for c in silent]
    if wrong:
        return failed(f"audit logging is defined but not in effect: {listed(p.what for p in wrong)}", *wrong)
    unknown = [c for c in cloud.resources(facts, "aws_eks_cluster") if _audits(c) is None]
    if on and not unknown:
        return passed(f"{listed(t.address for t in on)} records administrative actions", *(t.at for t in on))
    what = "no audit trail is defined in infrastructure code" if not on else "cluster audit logs cannot be told"
    places = [*(t.at for t in on), *(c.at for c in unknown), *accounts, *clusters]
    return unverified(f"{what}; the account may have one from elsewhere", places[0], searched=(searched,))


def _records_administration(trail: Resource) -> bool:
    """A diagnostic setting records what is done to an account only where it is the subscription's own."""
    if trail.type != "azurerm_monitor_diagnostic_setting":
        return True
    return "subscription" in str(trail.get("target_resource_id", "")).lower()


def _audits(cluster: Resource) -> bool | None:
    types = cluster.get("enabled_cluster_log_types", ())
    listed_types = as_tuple(types)
    if "audit" in listed_types:
        return True
    return None if any(isinstance(item, Unknown) for item in listed_types) else False


def _off(control: Resource, flag: str) -> Problem | None:
    """Why a control that is defined is not in effect; None where it is, or may be."""
    if control.exists is False:
        guard = f" ({control.guard})" if control.guard else ""
        return Problem(f"{control.address} is switched off for this environment{guard}", control.at)
    if control.truth(flag, default=True) is False:
        return Problem(f"{control.address} has {flag} = false", control.place(flag))
    return None


def threat_detection(facts: Facts) -> Outcome:
    """GuardDuty, Security Hub, Security Command Center or Defender, defined and on."""
    accounts = scope.cloud_accounts(facts)
    searched = _searched(facts, accounts)
    if not accounts:
        return not_applicable(_NO_ACCOUNT, searched=(searched,))
    detectors = cloud.resources(facts, Kind.DETECTOR, dormant=True)
    on = [d for d in detectors if _off(d, "enable") is None]
    if on:
        return passed(f"{listed(d.address for d in on)} is on", *(d.at for d in on))
    problems = [problem for d in detectors if (problem := _off(d, "enable")) is not None]
    if problems:
        return failed(f"threat detection is defined but off: {listed(p.what for p in problems)}", *problems)
    return unverified(
        "no threat detector is defined in infrastructure code; it is often enabled for a whole organization elsewhere",
        accounts[0],
        searched=(searched,),
    )


def root_account(facts: Facts) -> Outcome:
    """MFA and keys of the root user: only the account shows them."""
    accounts = cloud.aws_accounts(facts)
    if not accounts:
        return not_applicable("no AWS account is used", searched=(_searched(facts, ()),))
    return unverified("an AWS account is used; only the account itself shows its root user's MFA and keys", accounts[0])


def console_mfa(facts: Facts) -> Outcome:
    """MFA of console users: only the account shows it."""
    return _live(facts, "only the account itself shows whether its console users have MFA")


def quota_headroom(facts: Facts) -> Outcome:
    """Use of service quotas: only the account shows it."""
    return _live(facts, "only the account itself shows how much of its quotas is used")


def drift(facts: Facts) -> Outcome:
    """Differences between infrastructure code and what runs: only the account shows them."""
    code = [*facts.terraform.roots, *facts.cloudformation.templates]
    if not code:
        return not_applicable("no cloud infrastructure is defined as code", searched=(_searched(facts, ()),))
    return _live(facts, "only the live account shows whether its resources still match the code")


def _live(facts: Facts, why: str) -> Outcome:
    accounts = scope.cloud_accounts(facts)
    if not accounts:
        return not_applicable(_NO_ACCOUNT, searched=(_searched(facts, ()),))
    return unverified(f"a cloud account is used; {why}", accounts[0])


def _searched(facts: Facts, hits: tuple[Place, ...]) -> Searched:
    terms = ("cloud resources", "cloud providers", "cloud commands and actions in CI", "cloud SDK clients")
    return Searched(terms, "infrastructure code, pipelines and code", len(facts.repository.match("*")), hits[:5])
