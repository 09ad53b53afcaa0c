"""Each check of a cluster passes, fails, and says nothing of what it could not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from gonogo.criteria import load_catalogue
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from tests.live.cluster_records import (
    ACCESS,
    LABELS,
    NEW,
    OLD,
    READY,
    SAFE,
    WEB,
    Change,
    ask,
    binding,
    budget,
    container,
    cron,
    deployment,
    died,
    ingress,
    issued,
    job,
    kube,
    node,
    of_pod,
    pod,
    policy,
    quota,
    role,
    rule,
    scaler,
    service,
    state,
    version,
    waiting,
)


@dataclass(frozen=True)
class Case:
    """What passes, a kind without which it does not pass, and what fails, with what the reason names."""

    check: str
    good: Sequence[Record]
    unseen: str
    bad: Sequence[tuple[Sequence[Record], str]]


def failing(check: str, good: Sequence[Record], unseen: str, *bad: tuple[Record | Sequence[Record], str]) -> Case:
    return Case(check, good, unseen, [([r] if isinstance(r, Record) else r, what) for r, what in bad])


def sick(what: str, name: str = "web-1", owner: str = "ReplicaSet", **status: Any) -> tuple[Sequence[Record], str]:
    """The deployment with one pod of that status."""
    return [deployment(), pod("web-2"), pod(name, owner=owner, **status)], what


def changed(change: Change, what: str) -> tuple[Sequence[Record], str]:
    return [deployment(change=change)], what


CASES = (
    failing(
        "health.workload_health",
        (*WEB, job("migrate", "Complete"), cron(lastScheduleTime=OLD, lastSuccessfulTime=OLD)),
        "jobs",
        sick("pod shop/web-1 has its container app in CrashLoopBackOff", **waiting("CrashLoopBackOff")),
        sick("has its container app in ImagePullBackOff", phase="Pending", **waiting("ImagePullBackOff")),
        sick("restarted 7 times", **died(7, "2026-06-01T08:00:00Z")),
        sick("killed for its memory", **died(1, "2026-06-01T08:00:00Z", "OOMKilled")),
        sick(
            "is pending (Unschedulable)",
            phase="Pending",
            conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}],
        ),
        sick("is not ready", conditions=[READY | {"status": "False"}]),
        sick("is Unknown", phase="Unknown"),
        sick("is Failed (Error)", phase="Failed", reason="Error"),
        sick("was deleted and does not go", metadata={"deletionTimestamp": OLD, "labels": LABELS}),
        ([deployment(status={"availableReplicas": 1})], "deployment shop/web has 1 of 2 replicas available"),
        ([kube("statefulsets", "db", spec={"replicas": 1}, status={})], "stateful set shop/db has 0 of 1 replicas"),
        (
            [
                kube(
                    "daemonsets",
                    "agent",
                    status={"desiredNumberScheduled": 3, "numberReady": 2, "updatedNumberScheduled": 3},
                )
            ],
            "daemon set shop/agent has 2 of 3",
        ),
        (job("migrate", "Failed"), "job shop/migrate failed"),
        (
            [cron(), job("n-1", "Complete", "nightly"), job("n-2", "Failed", "nightly", NEW)],
            "the last run of cron job shop/nightly failed",
        ),
        (cron(lastScheduleTime=OLD), "cron job shop/nightly has run and never succeeded"),
    ),
    failing(
        "health.restart_policy",
        WEB,
        "pods",
        sick("CrashLoopBackOff", **waiting("CrashLoopBackOff")),
        sick("restarted 7 times", **died(7, "2026-06-01T08:00:00Z")),
        (pod("alone", owner=""), "pod shop/alone has no controller"),
    ),
    failing(
        "pods.liveness_readiness_probes",
        WEB,
        "deployments",
        changed(container(livenessProbe=None), "deployment shop/web:app has no livenessProbe"),
        (
            pod("db-1", owner="Cluster").model_copy(
                update={
                    "data": {
                        "metadata": {"ownerReferences": [{"kind": "Cluster", "name": "db"}]},
                        "spec": {"containers": [{"name": "db"}]},
                        "status": {"phase": "Running"},
                    }
                }
            ),
            "Cluster shop/db:db has no livenessProbe and no readinessProbe",
        ),
    ),
    failing(
        "pods.resource_limits",
        WEB,
        "limitranges",
        changed(container(resources=None), "deployment shop/web:app has no memory limit and no requests"),
    ),
    failing(
        "pods.non_root_containers",
        WEB,
        "pods",
        changed(container(securityContext={"runAsUser": 0}), "deployment shop/web:app runs as root"),
        ([deployment(), pod("web-1", **state(user={"linux": {"uid": 0}}))], "deployment shop/web:app runs as root"),
    ),
    failing(
        "pods.pod_security",
        WEB,
        "daemonsets",
        changed(of_pod(hostNetwork=True), "deployment shop/web: it sets hostNetwork"),
        changed(of_pod(volumes=[{"hostPath": {"path": "/"}}]), "it mounts a path of the host"),
        changed(container(securityContext=SAFE | {"capabilities": {}}), "with capabilities that are not dropped: app"),
        changed(container(securityContext=SAFE | {"seccompProfile": {}}), "without a seccomp profile: app"),
        changed(container(securityContext=SAFE | {"runAsNonRoot": False}), "that may run as root: app"),
        changed(container(securityContext={"privileged": True}), "privileged: app"),
        changed(container(ports=[{"hostPort": 80}]), "on a port of the host: app"),
    ),
    failing(
        "pods.privileged_workloads",
        WEB,
        "statefulsets",
        changed(of_pod(hostPID=True), "deployment shop/web sets hostPID"),
        changed(container(securityContext={"privileged": True}), "deployment shop/web:app is privileged"),
        changed(container(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}), "adds the capability SYS_ADMIN"),
        changed(of_pod(volumes=[{"hostPath": {"path": "/var/run/docker.sock"}}]), "mounts /var/run/docker.sock"),
    ),
    failing(
        "pods.pinned_images",
        WEB,
        "cronjobs",
        changed(container(image="registry/app:latest"), "runs registry/app:latest, which has the tag latest"),
    ),
    failing(
        "replicas.redundancy",
        (*WEB, budget()),
        "poddisruptionbudgets",
        ([deployment(spec={"replicas": 1}), budget()], "deployment shop/web runs 1 replica at least"),
        ([deployment(), budget(), scaler(minReplicas=1)], "deployment shop/web runs 1 replica at least"),
        ([deployment(), budget({"matchLabels": {"app": "other"}})], "deployment shop/web has no PodDisruptionBudget"),
    ),
    failing(
        "replicas.autoscaling",
        (*WEB, scaler()),
        "horizontalpodautoscalers",
        (deployment(), "deployment shop/web has a fixed number of replicas"),
        ([deployment(), scaler(minReplicas=5)], "has the same minimum and maximum"),
        (
            [
                deployment(),
                scaler(conditions=[{"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}]),
            ],
            "does not work (FailedGetResourceMetric)",
        ),
    ),
    failing(
        "replicas.scale_in",
        [scaler()],
        "horizontalpodautoscalers",
        (scaler(behavior={"scaleDown": {"selectPolicy": "Disabled"}}), "autoscaler shop/web never scales down"),
    ),
    failing(
        "replicas.pod_disruption",
        (*WEB, budget()),
        "poddisruptionbudgets",
        (deployment(), "deployment shop/web has no PodDisruptionBudget"),
        (
            [deployment(), budget(disruptionsAllowed=0)],
            "disruption budget shop/web lets no pod of deployment shop/web go",
        ),
        (
            [deployment(change=of_pod(topologySpreadConstraints=None)), budget()],
            "neither topology spread nor anti-affinity",
        ),
        (
            [deployment(), budget(), pod("a", node="n1"), pod("b", node="n1"), pod("c", "other", node="n2")],
            "all 2 pods of deployment shop/web are on one node",
        ),
    ),
    failing(
        "network.network_policies",
        (*WEB, policy({})),
        "ciliumnetworkpolicies",
        (deployment(), "deployment shop/web has no network policy"),
        ([deployment(), policy({}, "other")], "deployment shop/web has no network policy"),
        ([deployment(), policy({"matchLabels": {"app": "db"}})], "deployment shop/web has no network policy"),
    ),
    failing(
        "network.tls_in_transit",
        [ingress(), service("LoadBalancer", ports=(80, 443))],
        "services",
        (ingress(tls=()), "ingress shop/web has no TLS"),
        (ingress(tls=[{"hosts": ["other.example"]}]), "ingress shop/web has no TLS for shop.example"),
        (
            ingress(notes={"nginx.ingress.kubernetes.io/ssl-redirect": "false"}),
            "on plain HTTP without leading to HTTPS",
        ),
        (service("LoadBalancer"), "service shop/web takes plain HTTP from everywhere"),
    ),
    failing(
        "network.certificate_expiry",
        [issued()],
        "certificates",
        (issued(ready="False"), "certificate shop/shop is not ready (Failed)"),
        (issued(ends="2026-05-30T00:00:00Z"), "ended on 2026-05-30"),
        (issued(renewal="2026-05-20T00:00:00Z"), "was to be renewed on 2026-05-20"),
        (issued(ends="2026-06-10T00:00:00Z", renewal=""), "ends on 2026-06-10"),
    ),
    failing(
        "network.network_exposure",
        [deployment(change=container(image="postgres:16")), service()],
        "services",
        (
            [deployment(change=container(image="postgres:16")), service("NodePort")],
            "service shop/web opens deployment shop/web",
        ),
    ),
    failing(
        "access.least_privilege_iam",
        ACCESS,
        "clusterrolebindings",
        (binding("cluster-admin"), "cluster role binding web makes account shop/web cluster-admin"),
        (binding("cluster-admin", {"kind": "User", "name": "jane"}, "rolebindings"), "makes user jane cluster-admin"),
        ([role(rule("*", "*", "*")), binding()], "lets account shop/web do everything with all of all groups"),
    ),
    failing(
        "access.cluster_rbac",
        ACCESS,
        "serviceaccounts",
        ([role(rule("*", "pods")), binding()], "cluster role reader allows every verb on pods"),
        ([role(rule("create", "*")), binding()], "allows create on every resource"),
        ([role(rule("impersonate", "users")), binding()], "cluster role reader may impersonate"),
        ([role(rule("get", "secrets")), binding()], "reads the secrets of every namespace"),
        (binding("view", {"kind": "Group", "name": "system:authenticated"}), "grants view to system:authenticated"),
        (
            binding("view", {"kind": "ServiceAccount", "name": "default", "namespace": "shop"}),
            "namespace's default account",
        ),
        (
            deployment(change=of_pod(automountServiceAccountToken=None)),
            "gets a token of the API, and nothing is granted",
        ),
    ),
    failing(
        "cluster.supported_runtimes",
        [version("v1.35.2"), node("v1.34.1")],
        "nodes",
        (version("v1.28.5"), "the cluster runs Kubernetes v1.28.5, which reached its end of support on 2024-10-28"),
        (version("v1.12.0"), "out of support for years"),
        (version("v1.24.9-eks-1234"), "end of support on 2025-01-31"),
        ([version("v1.35.2"), node("v1.29.0")], "a node runs Kubernetes v1.29.0"),
    ),
    failing(
        "cluster.quota_headroom",
        [quota("5", "10")],
        "resourcequotas",
        (quota("8", "10"), "quota shop/all has 80% of pods used (8 of 10)"),
    ),
    failing(
        "declared.valid_configuration",
        (*WEB, service(), ingress(), scaler(), budget()),
        "services",
        (service(), "service shop/web selects no workload"),
        (budget(), "disruption budget shop/web selects no workload"),
        (scaler(), "autoscaler shop/web scales Deployment web, which is not there"),
        (ingress(to="gone"), "ingress shop/web leads to the service gone, which is not there"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_check_passes_fails_and_cannot_see(case: Case) -> None:
    good = ask(case.check, case.good)
    assert good.status is Status.PASS, good.reason
    assert good.places
    unseen = ask(case.check, case.good, case.unseen)
    assert unseen.status is Status.UNVERIFIED, unseen.reason
    assert case.unseen in unseen.reason
    assert ask(case.check, []).status is Status.NOT_APPLICABLE
    assert ask(case.check, [], "*").status is Status.UNVERIFIED
    for records, what in case.bad:
        bad = ask(case.check, records)
        assert bad.status is Status.FAIL, (what, bad)
        assert what in f"{bad.reason} {[problem.what for problem in bad.problems]}", bad
        assert all(problem.place for problem in bad.problems)


def test_all_checks_are_in_a_case() -> None:
    rows = {
        row.check.removeprefix("kubernetes_")
        for c in load_catalogue()
        for row in c.observed
        if row.source == "kubernetes"
    }
    assert rows - {case.check for case in CASES} == {"pods.immutable_artifacts", "declared.inventory_complete"}
    assert {case.check for case in CASES} <= rows


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_what_lacks_something_unseen_does_not_fail(case: Case) -> None:
    """A budget, policy or autoscaler that could not be seen is not one that is not there."""
    alone = [record for record in case.good if record.kind != case.unseen]
    assert ask(case.check, alone, case.unseen).status is not Status.FAIL


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_what_is_not_the_service_s_does_not_count(case: Case) -> None:
    cluster = {"clusterroles", "clusterrolebindings", "version", "nodes"}
    for space in ("kube-system", "shop-staging"):
        for records, what in case.bad:
            moved = [r.model_copy(update={"scope": space}) if r.kind not in cluster else r for r in records]
            if any(record.kind in cluster for record in moved):
                continue
            found = ask(case.check, [*case.good, *moved])
            assert found.status is Status.PASS, (space, what, found)
