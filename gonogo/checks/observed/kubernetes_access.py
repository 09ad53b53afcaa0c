"""What accounts of a cluster may do: wide roles, who is bound to them, and tokens that nothing needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gonogo.checks.observed import judged
from gonogo.checks.observed.kubernetes_workloads import (
    KUBERNETES,
    RUNNING,
    Runs,
    is_add_on,
    is_system,
    is_whole,
    items_of,
    titled,
    workloads,
)
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

ROLES = ("roles", "clusterroles")
BINDINGS = ("rolebindings", "clusterrolebindings")
_ADMINS = frozenset(("system:masters", "kubeadm:cluster-admins"))
"""Groups that Kubernetes itself binds to cluster-admin."""
_EVERYBODY = frozenset(("system:anonymous", "system:unauthenticated", "system:authenticated"))
_READS = frozenset(("get", "list", "watch"))
_TAKES_OVER = frozenset(("escalate", "impersonate", "bind"))
_BY_DEFAULT = "kubernetes.io/bootstrapping"
"""The label of the roles and bindings that Kubernetes makes."""
Subject = Mapping[str, Any]
Rule = Mapping[str, Any]


def least_privilege_iam(facts: Facts) -> Outcome:
    """Nobody but the platform is bound to cluster-admin, and no workload's account may do everything."""
    bindings = [item for item in items_of(facts, *BINDINGS) if not _is_own(item)]
    roles = _by_name(facts)
    problems = []
    for item in bindings:
        subjects = list(_subjects(item))
        if not subjects:
            continue
        names = ", ".join(_named(subject) for subject in subjects[:3])
        if item.get("roleRef", "name") == "cluster-admin" and item.get("roleRef", "kind") == "ClusterRole":
            problems.append(Problem(f"{titled(item)} makes {names} cluster-admin", item.at("roleRef")))
            continue
        accounts = [_named(subject) for subject in subjects if subject.get("kind") == "ServiceAccount"]
        for rule in _rules(item, roles):
            if accounts and "*" in _of(rule, "verbs") and "*" in _of(rule, "resources"):
                groups = ", ".join(name or "the core" for name in _of(rule, "apiGroups")).replace("*", "all groups")
                what = f"{titled(item)} lets {', '.join(accounts[:3])} do everything with all of {groups}"
                problems.append(Problem(what, item.at("roleRef")))
    good = f"none of {counted(len(bindings), 'binding')} gives more than its role names"
    bad = "identities may do everything in the cluster"
    return judged(facts, KUBERNETES, (*ROLES, *BINDINGS), problems, bindings, bad=bad, good=good)


def cluster_rbac(facts: Facts) -> Outcome:
    """Roles that are bound name what they allow, and a pod gets a token only where a role is bound to its account."""
    bindings = [item for item in items_of(facts, *BINDINGS) if not _is_own(item)]
    roles, found = _by_name(facts), workloads(facts)
    bound = {key for item in bindings if any(_subjects(item)) for key in [_role_of(item)]}
    wide = [
        problem for key in sorted(bound) if key in roles for problem in _wide(roles[key], _is_operator(key, bindings))
    ]
    wide += [problem for item in bindings for problem in _wide_binding(item)]
    accounts = {(item.scope, item.name): item for item in facts.live.of(KUBERNETES, "serviceaccounts")}
    used = {(_space(subject, item), subject.get("name")) for item in bindings for subject in _accounts(item)}
    tokens = [runs for runs in found if _has_token(runs, accounts) and _account(runs) not in used]
    tokens = tokens if is_whole(facts, *BINDINGS, "serviceaccounts") else []
    problems = wide + [
        Problem(f"{runs.title} gets a token of the API, and nothing is granted to its account", runs.at("spec"))
        for runs in tokens
    ]
    total = counted(len(found), "workload")
    good = f"roles that are bound are narrow, and of {total} none has a token that nothing is granted to"
    kinds = (*RUNNING, *ROLES, *BINDINGS, "serviceaccounts")
    seen = [runs.seen for runs in found]
    return judged(facts, KUBERNETES, kinds, problems, seen, bad="accounts may do more than they need", good=good)


Roles = Mapping[tuple[str, str, str], Seen]
"""By kind, namespace (empty for a ClusterRole) and name."""


def _by_name(facts: Facts) -> Roles:
    found = {("Role", item.scope, item.name): item for item in facts.live.of(KUBERNETES, "roles")}
    return found | {("ClusterRole", "", item.name): item for item in facts.live.of(KUBERNETES, "clusterroles")}


def _role_of(binding: Seen) -> tuple[str, str, str]:
    kind = str(binding.get("roleRef", "kind", default=""))
    return kind, "" if kind == "ClusterRole" else binding.scope, str(binding.get("roleRef", "name", default=""))


def _rules(binding: Seen, roles: Roles) -> list[Rule]:
    role = roles.get(_role_of(binding))
    found = role.get("rules", default=()) if role else ()
    return [rule for rule in found if isinstance(rule, Mapping)]


def _is_own(item: Seen) -> bool:
    """Whether it is Kubernetes' own, or in a namespace of the platform."""
    labels = item.get("metadata", "labels", default={})
    return _BY_DEFAULT in labels or item.name.startswith(("system:", "kubeadm:")) or is_system(item.scope)


def _subjects(item: Seen) -> Iterator[Subject]:
    """Whom a binding is for, without the platform's own."""
    for subject in item.get("subjects", default=()):
        if subject.get("name") not in _ADMINS and not is_system(_space(subject, item)):
            yield subject


def _accounts(item: Seen) -> Iterator[Subject]:
    return (subject for subject in _subjects(item) if subject.get("kind") == "ServiceAccount")


def _space(subject: Subject, binding: Seen) -> str:
    return str(subject.get("namespace") or ("" if binding.scope == "cluster" else binding.scope))


def _named(subject: Subject) -> str:
    kind = "account" if subject.get("kind") == "ServiceAccount" else str(subject.get("kind", "subject")).lower()
    space = f"{subject.get('namespace')}/" if subject.get("namespace") else ""
    return f"{kind} {space}{subject.get('name')}"


def _of(rule: Rule, name: str) -> Sequence[str]:
    found = rule.get(name)
    return found if isinstance(found, list) else []


def _is_operator(key: tuple[str, str, str], bindings: Sequence[Seen]) -> bool:
    """Whether a role is bound to add-ons alone, whose work takes more than a service's."""
    bound = [item for item in bindings if _role_of(item) == key]
    return all(is_add_on(_space(subject, item)) for item in bound for subject in _subjects(item))


def _wide(role: Seen, is_operator: bool) -> Iterator[Problem]:
    is_cluster_wide = role.record.kind == "clusterroles"
    if _BY_DEFAULT in role.get("metadata", "labels", default={}) or role.name.startswith("system:"):
        return  # that Kubernetes' own roles are wide is the binding's matter
    for index, rule in enumerate(role.get("rules", default=())):
        verbs, resources = set(_of(rule, "verbs")), _of(rule, "resources")
        place = role.at("rules", index)
        if "*" in verbs and ("*" in resources or is_cluster_wide) and not is_operator:
            yield Problem(f"{titled(role)} allows every verb on {', '.join(resources) or 'URLs'}", place)
        elif "*" in resources and verbs - _READS and not is_operator:
            yield Problem(f"{titled(role)} allows {', '.join(sorted(verbs))} on every resource", place)
        elif verbs & _TAKES_OVER and not is_operator:
            yield Problem(f"{titled(role)} may {', '.join(sorted(verbs & _TAKES_OVER))}", place)
        elif is_cluster_wide and not is_operator and _reads_secrets(rule):
            yield Problem(f"{titled(role)} reads the secrets of every namespace", place)


def _reads_secrets(rule: Rule) -> bool:
    named = {"*", "secrets"} & set(_of(rule, "resources")) and {"get", "list", "*"} & set(_of(rule, "verbs"))
    return bool(named) and not rule.get("resourceNames")


def _wide_binding(item: Seen) -> Iterator[Problem]:
    role = item.get("roleRef", "name", default="")
    if role == "cluster-admin" or (role in ("admin", "edit") and item.record.kind == "clusterrolebindings"):
        for subject in _subjects(item):
            yield Problem(f"{titled(item)} grants {role} to {_named(subject)}", item.at("roleRef"))
    for subject in _subjects(item):
        if subject.get("name") in _EVERYBODY:
            yield Problem(f"{titled(item)} grants {role} to {subject.get('name')}", item.at("subjects"))
        elif subject.get("kind") == "ServiceAccount" and subject.get("name") == "default":
            yield Problem(f"{titled(item)} grants {role} to a namespace's default account", item.at("subjects"))


def _account(runs: Runs) -> tuple[str, str]:
    return runs.seen.scope, str(runs.get("spec", "serviceAccountName", default="default"))


def _has_token(runs: Runs, accounts: Mapping[tuple[str, str], Seen]) -> bool:
    own = runs.get("spec", "automountServiceAccountToken")
    if isinstance(own, bool):
        return own
    account = accounts.get(_account(runs))
    return account is None or account.get("automountServiceAccountToken") is not False
