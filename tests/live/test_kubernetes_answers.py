"""What checks of a cluster take into account: what is over or comes up, defaults, what is somebody else's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from tests.live.cluster_records import (
    ACCESS,
    DEFAULTS,
    NEW,
    READY,
    WEB,
    ask,
    binding,
    budget,
    container,
    cron,
    deployment,
    died,
    ingress,
    job,
    kube,
    pod,
    policy,
    service,
    state,
    version,
    waiting,
)


def test_namespaces_of_another_environment_count_where_only_they_were_given() -> None:
    bad = deployment(scope="shop-staging", change=container(livenessProbe=None))
    assert ask("pods.liveness_readiness_probes", [bad]).status is Status.FAIL


@pytest.mark.parametrize(
    "records",
    [
        [deployment(), pod("web-1", phase="Pending", metadata={"creationTimestamp": NEW}), pod("web-2")],
        [deployment(), pod("web-2"), pod("web-1", conditions=[READY | {"status": "False", "lastTransitionTime": NEW}])],
        [pod("a"), cron(lastScheduleTime=NEW)],
        [pod("a"), deployment("new", spec={"selector": {}}, status={"observedGeneration": 0})],
        [
            pod("a"),
            deployment(
                "new",
                spec={"selector": {"matchLabels": {"app": "new"}}},
                status={
                    "availableReplicas": 1,
                    "conditions": [
                        {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": NEW}
                    ],
                },
            ),
        ],
    ],
)
def test_what_comes_up_just_now_is_neither_broken_nor_working(records: Sequence[Record]) -> None:
    found = ask("health.workload_health", records)
    assert found.status is Status.UNVERIFIED, found
    assert found.reason.startswith("what comes up just now was not seen working")


@pytest.mark.parametrize(
    "more",
    [
        [pod("old", phase="Failed", reason="Evicted")],
        [pod("done", owner="Job", phase="Succeeded", conditions=[READY | {"status": "False"}])],
        [pod("goes", metadata={"deletionTimestamp": NEW}, conditions=[])],
        [pod("long-ago", **died(40, "2026-03-01T00:00:00Z"))],
        [cron(), job("n-1", "Failed", "nightly"), job("n-2", "Complete", "nightly", NEW)],
        [deployment("off", spec={"replicas": 0}, status={"availableReplicas": 0})],
    ],
)
def test_what_is_over_breaks_nothing(more: Sequence[Record]) -> None:
    found = ask("health.workload_health", [*WEB, *more])
    assert found.status is Status.PASS, found


def test_nothing_that_runs_is_no_health() -> None:
    off = deployment(spec={"replicas": 0}, status={"availableReplicas": 0})
    assert ask("health.workload_health", [off, cron()]).status is Status.NOT_APPLICABLE


def test_pods_with_one_fault_are_told_once_with_their_events() -> None:
    pods = [pod(f"web-{number}", **waiting("CrashLoopBackOff")) for number in range(3)]
    event = kube("events", "e", reason="BackOff", involvedObject={"kind": "Pod", "name": "web-0"})
    found = ask("health.workload_health", [deployment(), *pods, event])
    (problem,) = found.problems
    said = "has its container app in CrashLoopBackOff (events: BackOff)"
    assert problem.what == f"pod shop/web-0 and 2 more of its kind {said}"


def test_defaults_of_a_namespace_limit_its_containers() -> None:
    bare = deployment(change=container(resources=None))
    assert ask("pods.resource_limits", [bare, DEFAULTS]).status is Status.PASS


def test_users_that_a_cluster_does_not_show_say_nothing() -> None:
    bare = deployment(change=container(securityContext=None))
    found = ask("pods.non_root_containers", [bare])
    assert (found.status, "whose image decides" in found.reason) == (Status.NOT_APPLICABLE, True)
    seen = pod("web-1", **state(user={"linux": {"uid": 1000}}))
    assert ask("pods.non_root_containers", [bare, seen]).status is Status.PASS


def test_node_agents_may_have_their_node() -> None:
    agent = {"containers": [{"name": "a", "image": "prom/node-exporter:1.8"}], "hostPID": True}
    found = ask("pods.privileged_workloads", [*WEB, kube("daemonsets", "agent", spec={"template": {"spec": agent}})])
    assert found.status is Status.PASS


def test_a_tag_that_moved_shows() -> None:
    one, two = (state(imageID=f"registry/app@sha256:{number}") for number in (1, 2))
    assert ask("pods.immutable_artifacts", [pod("a", **one), pod("b", **one)]).status is Status.NOT_APPLICABLE
    found = ask("pods.immutable_artifacts", [pod("a", **one), pod("b", **two)])
    assert found.status is Status.FAIL
    assert "shop/web: registry/app:1.4.2 is 2 different images" in found.reason


def test_policies_of_other_networks_cover_too() -> None:
    cilium = kube("ciliumnetworkpolicies", "p", spec={"endpointSelector": {"matchLabels": {"k8s:app": "web"}}})
    several = kube("ciliumclusterwidenetworkpolicies", "p", "cluster", specs=[{"endpointSelector": {}}])
    everything = kube("globalnetworkpolicies", "p", "cluster", spec={"selector": "all()"})
    some = kube("globalnetworkpolicies", "p", "cluster", spec={"selector": "app == 'web'"})
    for item in (cilium, several, everything):
        assert ask("network.network_policies", [*WEB, item]).status is Status.PASS
    assert ask("network.network_policies", [*WEB, some]).status is Status.UNVERIFIED


def test_a_policy_that_lets_everything_pass_restricts_nothing() -> None:
    every = policy({}, ingress=[{}])
    assert ask("network.network_policies", [*WEB, every]).status is Status.FAIL
    closed = policy({"matchLabels": {"app": "web"}}).model_copy(update={"name": "closed"})
    assert ask("network.network_policies", [*WEB, closed]).status is Status.PASS
    assert ask("network.network_policies", [*WEB, closed, every]).status is Status.FAIL, "policies add up"
    outgoing = policy({}, policyTypes=["Egress"]).model_copy(update={"name": "out"})
    assert ask("network.network_policies", [*WEB, every, outgoing]).status is Status.PASS


def test_a_cron_job_that_ran_since_it_last_succeeded_is_broken() -> None:
    """Its jobs may be gone: what they came to shows in its times alone."""
    late = cron(lastScheduleTime="2026-05-30T01:00:00Z", lastSuccessfulTime="2026-05-01T01:00:30Z")
    found = ask("health.workload_health", [*WEB, late])
    assert found.status is Status.FAIL
    assert "last succeeded on 2026-05-01, and ran on 2026-05-30" in found.reason
    just = cron(lastScheduleTime=NEW, lastSuccessfulTime="2026-05-31T01:00:30Z")
    assert ask("health.workload_health", [*WEB, just]).status is Status.UNVERIFIED
    well = cron(lastScheduleTime="2026-06-01T01:00:00Z", lastSuccessfulTime="2026-06-01T01:00:30Z")
    assert ask("health.workload_health", [*WEB, well]).status is Status.PASS


def test_a_node_that_is_not_ready_keeps_health_open() -> None:
    conditions = [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]
    found = ask("health.workload_health", [*WEB, kube("nodes", "n1", "cluster", status={"conditions": conditions})])
    assert found.status is Status.UNVERIFIED
    assert "node n1 is not ready" in found.reason


def test_a_pod_of_its_own_is_not_redundant() -> None:
    good = [*WEB, budget()]
    assert ask("replicas.redundancy", good).status is Status.PASS
    bare = pod("alone", owner="", metadata={"labels": {"app": "alone"}})
    found = ask("replicas.redundancy", [*good, bare])
    assert found.status is Status.FAIL
    assert "pod shop/alone is one pod that nothing makes anew" in found.reason
    rollout = pod("canary-1", owner="CloneSet", metadata={"labels": {"app": "canary"}})
    assert ask("replicas.redundancy", [*good, rollout]).status is Status.UNVERIFIED


@pytest.mark.parametrize(
    ("notes", "status"),
    [
        ({"alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:eu-west-1:1:certificate/1"}, Status.PASS),
        ({"alb.ingress.kubernetes.io/listen-ports": '[{"HTTPS":443}]'}, Status.PASS),
        ({"alb.ingress.kubernetes.io/listen-ports": '[{"HTTP":80}]'}, Status.FAIL),
        ({"alb.ingress.kubernetes.io/scheme": "internal"}, Status.NOT_APPLICABLE),
        ({"nginx.ingress.kubernetes.io/ssl-redirect": "true"}, Status.FAIL),
    ],
)
def test_load_balancers_may_end_tls(notes: dict[str, str], status: Status) -> None:
    assert ask("network.tls_in_transit", [ingress(tls=(), notes=notes)]).status is status


def test_what_kubernetes_itself_binds_is_no_fault() -> None:
    own = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    masters = binding("cluster-admin", {"kind": "Group", "name": "system:masters"}, labels=own)
    admins = binding("cluster-admin", {"kind": "Group", "name": "kubeadm:cluster-admins"})
    system = binding("cluster-admin", {"kind": "ServiceAccount", "name": "x", "namespace": "kube-system"})
    for item in (masters, admins, system):
        for check in ("access.least_privilege_iam", "access.cluster_rbac"):
            assert ask(check, [*ACCESS, item.model_copy(update={"name": "other"})]).status is Status.PASS


@pytest.mark.parametrize("text", ["v9.99.0", "v1.31.2-eks-55", "nightly"])
def test_versions_that_are_not_known_stay_open(text: str) -> None:
    assert ask("cluster.supported_runtimes", [version(text)]).status is Status.UNVERIFIED


MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "registry/app:1.4.2"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


def test_what_the_files_declare_is_looked_for() -> None:
    files = {"deploy/web.yaml": MANIFEST}
    spaces = [kube("namespaces", name, "cluster") for name in ("shop", "kube-system")]
    there = ask("declared.inventory_complete", [*WEB, service(), *spaces], files=files)
    assert (there.status, there.reason) == (Status.PASS, "2 of 2 declared objects are there")
    missing = ask("declared.inventory_complete", [*WEB, *spaces], files=files)
    assert missing.status is Status.FAIL
    assert missing.reason == "1 of 2 declared objects is there; 1 missing: Service/web"
    unseen = ask("declared.inventory_complete", [*WEB, *spaces], "services", files=files)
    assert unseen.status is Status.UNVERIFIED
    elsewhere = ask("declared.inventory_complete", [service(), kube("namespaces", "other", "cluster")], files=files)
    assert "the namespace shop was not looked at" in elsewhere.reason
    assert ask("declared.inventory_complete", list(WEB)).status is Status.NOT_APPLICABLE


def test_a_pass_settles_nothing_for_containers_that_run_elsewhere() -> None:
    assert ask("pods.liveness_readiness_probes", WEB).status is Status.PASS
    beside = Record(source="aws", scope="eu-west-1", kind="ecs.service", name="billing")
    found = ask("pods.liveness_readiness_probes", [*WEB, beside])
    assert (found.status, "does not show 1 service or task of ECS" in found.reason) == (Status.NOT_APPLICABLE, True)
