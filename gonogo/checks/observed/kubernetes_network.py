"""Who reaches what in a cluster: network policies, TLS of ingresses, certificates, what is open to the outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from gonogo.checks.known_images import is_store
from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.kubernetes_workloads import (
    KUBERNETES,
    RUNNING,
    Runs,
    is_whole,
    items_of,
    selects,
    titled,
    workloads,
)
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

POLICIES = ("networkpolicies", "ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies", "globalnetworkpolicies")
EXPIRES = timedelta(days=21)
"""A certificate that ends sooner was not renewed by what renews it."""
LATE = timedelta(days=1)
"""What a renewal may take."""
_CALICO = "globalnetworkpolicies"
_SOURCE_PREFIX = re.compile(r"^(?:any|k8s)[:.]")
"""Cilium writes in front of a label where it comes from."""
_ELSEWHERE = (
    *("alb.ingress.kubernetes.io/certificate-arn", "networking.gke.io/managed-certificates"),
    *("ingress.gcp.kubernetes.io/pre-shared-cert", "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"),
)
"""Annotations by which a load balancer of the cloud ends TLS."""
_SWITCHES = ("nginx.ingress.kubernetes.io/ssl-redirect", "nginx.ingress.kubernetes.io/force-ssl-redirect")
_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "cloud.google.com/load-balancer-type": ("Internal", "internal"),
    "networking.gke.io/load-balancer-type": ("Internal", "internal"),
    "alb.ingress.kubernetes.io/scheme": ("internal",),
}


def network_policies(facts: Facts) -> Outcome:
    """A policy selects the pods of each workload that is not on the host's network."""
    found = [runs for runs in workloads(facts) if not runs.get("spec", "hostNetwork")]
    policies = facts.live.of(KUBERNETES, *POLICIES)
    answers = [(runs, _is_covered(runs, policies)) for runs in found]
    problems = [
        Problem(f"{runs.title} has no network policy", runs.seen.place) for runs, is_in in answers if is_in is False
    ]
    unsure = [Unseen(runs.title, runs.seen.place) for runs, is_in in answers if is_in is None]
    total = counted(len(found), "workload")
    bad, good = (
        f"{share(len(problems), total, 'take')} traffic from everywhere",
        f"a network policy is on {len(found)} of {total}",
    )
    problems = problems if is_whole(facts, *POLICIES) else []
    seen = [runs.seen for runs in found]
    outcome = judged(facts, KUBERNETES, (*RUNNING, *POLICIES), problems, seen, bad=bad, good=good)
    return left_open(outcome, unsure, "whether a policy of Calico selects it does not show")


def tls_in_transit(facts: Facts) -> Outcome:
    """Each ingress ends TLS for all its hosts, and no public load balancer takes plain HTTP alone."""
    ingresses = [item for item in items_of(facts, "ingresses") if not _is_internal(item)]
    services = [item for item in items_of(facts, "services") if item.get("spec", "type") == "LoadBalancer"]
    public = [item for item in services if not _is_internal(item)]
    problems = [problem for item in ingresses for problem in _plain(item)]
    problems += [
        Problem(f"{titled(item)} takes plain HTTP from everywhere", item.at("spec", "ports"))
        for item in public
        if _ports(item) & {80, 8080} and not _ports(item) & {443, 8443} and not _has_any(item, _ELSEWHERE)
    ]
    good = f"{share(len(ingresses), counted(len(ingresses), 'ingress', 'ingresses'), 'end')} TLS"
    kinds = ("ingresses", "services")
    return judged(facts, KUBERNETES, kinds, problems, ingresses, bad="traffic is not encrypted", good=good)


def certificate_expiry(facts: Facts) -> Outcome:
    """Each certificate of cert-manager is ready, and was renewed when it was due."""
    found = items_of(facts, "certificates")
    problems = [Problem(f"{titled(item)} {fault}", item.at("status")) for item in found if (fault := _due(facts, item))]
    good = f"{counted(len(found), 'certificate')} of cert-manager {verb(len(found), 'are')} ready and renewed in time"
    bad = "certificates are not renewed"
    return judged(facts, KUBERNETES, ("certificates",), problems, found, bad=bad, good=good)


def network_exposure(facts: Facts) -> Outcome:
    """No database, cache or queue is reached from outside the cluster."""
    stores = [runs for runs in workloads(facts) if any(is_store(item.image) for item in runs.lasting)]
    services = items_of(facts, "services")
    open_ = [item for item in services if item.get("spec", "type") in ("LoadBalancer", "NodePort")]
    problems = [
        Problem(f"{titled(item)} opens {runs.title} to the outside", item.at("spec", "type"))
        for item in open_
        if not _is_internal(item) and not item.get("spec", "loadBalancerSourceRanges")
        for runs in stores
        if _leads_to(item, runs)
    ]
    good = f"none of {counted(len(open_), 'service')} open to the outside leads to a data store"
    kinds = (*RUNNING, "services")
    return judged(facts, KUBERNETES, kinds, problems, services, bad="data stores are exposed", good=good)


def _is_covered(runs: Runs, policies: Iterable[Seen]) -> bool | None:
    """Whether a policy selects a workload's pods; None where only one does whose selector can't be read here."""
    unsure = False
    plain = [
        item for item in policies if _is_plain(item) and item.scope == runs.seen.scope and _selects_some(item, runs)
    ]
    if any(_restricts(plain, way) for way in ("ingress", "egress")):
        return True
    for item in policies:
        kind = item.record.kind
        if _is_plain(item) or (kind == "ciliumnetworkpolicies" and item.scope != runs.seen.scope):
            continue
        if kind == _CALICO:
            whole = item.get("spec", "selector", default="all()") in ("", "all()")
            if whole and not item.get("spec", "namespaceSelector"):
                return True
            unsure = True
        elif _selects_some(item, runs):
            return True
    return None if unsure else False


def _is_plain(item: Seen) -> bool:
    return item.record.kind == "networkpolicies"


def _selects_some(item: Seen, runs: Runs) -> bool:
    return any(_selects(selector, runs) for selector in _selectors(item))


def _restricts(policies: Iterable[Seen], way: str) -> bool:
    """Whether policies that all select the same pods hold anything off that comes (ingress) or goes (egress): they add
    up, and an empty rule of any of them lets everything pass."""
    about = [item for item in policies if way.title() in item.get("spec", "policyTypes", default=["Ingress"])]
    return bool(about) and not any({} in item.get("spec", way, default=[]) for item in about)


def _selectors(item: Seen) -> Iterator[Any]:
    if item.record.kind == "networkpolicies":
        yield item.get("spec", "podSelector", default={})
        return
    yield item.get("spec", "endpointSelector")
    for spec in item.get("specs", default=()):
        yield spec.get("endpointSelector")


def _selects(selector: Any, runs: Runs) -> bool:
    if not isinstance(selector, Mapping):
        return False
    bare = {_SOURCE_PREFIX.sub("", str(key)): value for key, value in (selector.get("matchLabels") or {}).items()}
    expressions = [
        expression | {"key": _SOURCE_PREFIX.sub("", str(expression.get("key", "")))}
        for expression in selector.get("matchExpressions") or ()
    ]
    labels = {**runs.labels, "io.kubernetes.pod.namespace": runs.seen.scope}
    return selects({"matchLabels": bare, "matchExpressions": expressions}, labels)


def _annotations(item: Seen) -> Mapping[str, str]:
    found = item.get("metadata", "annotations", default={})
    return found if isinstance(found, Mapping) else {}


def _has_any(item: Seen, names: Iterable[str]) -> bool:
    return any(_annotations(item).get(name) for name in names)


def _is_internal(item: Seen) -> bool:
    return any(_annotations(item).get(name) in values for name, values in _INTERNAL.items())


def _ports(item: Seen) -> set[int]:
    return {port.get("port", 0) for port in item.get("spec", "ports", default=())}


def _plain(item: Seen) -> Iterator[Problem]:
    """What an ingress takes unencrypted."""
    notes = _annotations(item)
    listens = notes.get("alb.ingress.kubernetes.io/listen-ports", "")
    if (
        _has_any(item, _ELSEWHERE)
        or "HTTPS" in listens
        or notes.get("traefik.ingress.kubernetes.io/router.tls") == "true"
    ):
        return
    entries = item.get("spec", "tls", default=())
    if not entries:
        yield Problem(f"{titled(item)} has no TLS", item.at("spec"))
        return
    secured = {host for entry in entries for host in entry.get("hosts", ())}
    hosts = [str(rule["host"]) for rule in item.get("spec", "rules", default=()) if rule.get("host")]
    bare = [host for host in hosts if secured and host not in secured and f"*.{host.partition('.')[2]}" not in secured]
    if bare:
        yield Problem(f"{titled(item)} has no TLS for {', '.join(bare[:3])}", item.at("spec", "tls"))
    if any(notes.get(name) == "false" for name in _SWITCHES[:1]) and notes.get(_SWITCHES[1]) != "true":
        yield Problem(
            f"{titled(item)} answers on plain HTTP without leading to HTTPS", item.at("metadata", "annotations")
        )


def _due(facts: Facts, item: Seen) -> str:
    """Why a certificate may end; empty where it is renewed in time."""
    now = moment(facts.live.snapshot.taken)
    ends, renewal = moment(item.get("status", "notAfter")), moment(item.get("status", "renewalTime"))
    conditions = item.get("status", "conditions", default=())
    ready: Mapping[str, Any] = next((c for c in conditions if c.get("type") == "Ready"), {})
    if now is not None and ends is not None and ends <= now:
        return f"ended on {ends:%Y-%m-%d}"
    if ready.get("status") != "True":
        return f"is not ready ({ready.get('reason', 'no reason is told')})"
    if ends is None:
        return "has no end that is known"
    if now is not None and renewal is not None and now - renewal > LATE:
        return f"ends on {ends:%Y-%m-%d} and was to be renewed on {renewal:%Y-%m-%d}"
    if now is not None and renewal is None and ends - now < EXPIRES:
        return f"ends on {ends:%Y-%m-%d}"
    return ""


def _leads_to(service: Seen, runs: Runs) -> bool:
    selector = service.get("spec", "selector")
    return bool(selector) and service.scope == runs.seen.scope and selects({"matchLabels": selector}, runs.labels)
