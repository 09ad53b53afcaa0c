"""What holds the Kubernetes source to reading: of all questions to an API only the table's lists pass; the role names
exactly them, and a kubeconfig runs nothing."""

from __future__ import annotations

import itertools
import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gonogo.model.sources import KubernetesSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live.kubernetes import observe
from gonogo.tools.live.kubernetes.guard import GuardedCluster, NotAllowedError
from gonogo.tools.live.kubernetes.kubeconfig import read_access
from gonogo.tools.live.kubernetes.opening import open_cluster
from gonogo.tools.live.kubernetes.permissions import role
from gonogo.tools.live.kubernetes.table import VERSION, load_table
from gonogo.tools.live.web import Web
from tests.live.cluster import TOKEN, Cluster, kubeconfig
from tests.live.scripted import reading
from tests.live.web_servers import certificate

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "get", "GET ")
SECRET = ("secrets", "configmaps", "pods/exec", "pods/log", "serviceaccounts/token", "nodes/proxy")
RESOURCES = (
    *("bindings", "componentstatuses", "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes"),
    *("persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "replicationcontrollers", "secrets"),
    *("resourcequotas", "serviceaccounts", "services", "controllerrevisions", "daemonsets", "deployments"),
    *("replicasets", "statefulsets", "tokenreviews", "selfsubjectaccessreviews", "subjectaccessreviews", "cronjobs"),
    *("horizontalpodautoscalers", "jobs", "certificatesigningrequests", "leases", "endpointslices", "flowschemas"),
    *("ingresses", "ingressclasses", "networkpolicies", "runtimeclasses", "poddisruptionbudgets", "clusterroles"),
    *("clusterrolebindings", "roles", "rolebindings", "priorityclasses", "storageclasses", "volumeattachments"),
    *("validatingwebhookconfigurations", "mutatingwebhookconfigurations", "customresourcedefinitions", "apiservices"),
    *("certificates", "certificaterequests", "issuers", "ciliumnetworkpolicies", "externalsecrets"),
)
BELOW = (
    "",
    "/web",
    "/web/exec",
    "/web/log",
    "/web/proxy",
    "/web/portforward",
    "/web/attach",
    "/web/token",
    "/web/scale",
)
ROOTS = (
    *("/api/v1", "/apis/apps/v1", "/apis/batch/v1", "/apis/networking.k8s.io/v1", "/apis/policy/v1"),
    *("/apis/autoscaling/v2", "/apis/rbac.authorization.k8s.io/v1", "/apis/cert-manager.io/v1", "/apis/cilium.io/v2"),
)
SPELLINGS = (
    *("/api/v1/pods/", "/api/v1//pods", "/api/v1/./pods", "/api/v1/nodes/../secrets", "/api/v1/%70ods", "api/v1/pods"),
    *("/api/v1/namespaces/shop", "/api/v1/namespaces//pods", "/api/v1/namespaces/../pods", "/api/v1/Pods", "/"),
    *("/api/v1/namespaces/shop/nodes", "/api/v1/namespaces/a/namespaces/b/pods", "/api/v1/watch/pods", "", "/metrics"),
    *("/api/v1/namespaces/shop/pods?watch=true", "/api/v1/pods#", "/apis/apps/v1/namespaces/UP/deployments", "/apis"),
    *("/apis/cert-manager.io/v1", "/logs/kubelet.log", "/openapi/v2", "/version/", "/healthz", "/debug/pprof/profile"),
)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    opened: list[Any] = []

    def refuse(*arguments: Any, **more: Any) -> Any:
        opened.append(arguments)
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield opened


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would go out, in place of sending it."""
    found: list[str] = []
    monkeypatch.setattr(Web, "get", lambda web, path, parameters=None, *, follow: found.append(path))
    return found


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedCluster]:
    cluster = Cluster(url="http://127.0.0.1:9")
    access = read_access(KubernetesSource(kubeconfig=kubeconfig(tmp_path, cluster)), {})
    with open_cluster(access) as found:
        yield found


def test_of_all_questions_only_the_table_s_pass(
    guarded: GuardedCluster, sent: list[str], no_sockets: list[Any]
) -> None:
    wanted = {row.path(): row.query for row in load_table().rows}
    wanted |= {row.path("shop"): row.query for row in load_table().rows if not row.cluster}
    wanted |= {VERSION: {}} | {row.discovery: {} for row in load_table().rows if row.discovery}
    asked = [
        f"{root}{inside}/{resource}{below}"
        for root, inside, resource, below in itertools.product(ROOTS, ("", "/namespaces/shop"), RESOURCES, BELOW)
    ]
    questions = 0
    passed = set()
    for path in dict.fromkeys([*asked, *SPELLINGS, *wanted]):
        for method in METHODS:
            questions += 1
            try:
                guarded.ask(method, path, wanted.get(path, {}))
            except NotAllowedError:
                continue
            passed.add((method, path))
    assert questions > 3_000
    assert passed == {("GET", path) for path in wanted}
    assert set(sent) == set(wanted)
    assert not no_sockets


def test_of_parameters_only_those_of_paging_pass(guarded: GuardedCluster, sent: list[str]) -> None:
    pods, events = "/api/v1/pods", "/api/v1/namespaces/shop/events"
    only = {"fieldSelector": "type=Warning"}
    guarded.ask("GET", pods, {"limit": "500", "continue": "eyJ2IjoibWV0YSJ9"})
    guarded.ask("GET", events, only | {"limit": "500"})
    assert len(sent) == 2
    for path, parameters in (
        (pods, {"watch": "true"}),
        (pods, {"limit": "0"}),
        (pods, {"limit": "500&watch=1"}),
        (pods, {"continue": "a b"}),
        (pods, only),
        (events, {}),
        (events, {"fieldSelector": "type=Normal"}),
        (VERSION, {"limit": "500"}),
        ("/apis/cert-manager.io", {"limit": "500"}),
    ):
        with pytest.raises(NotAllowedError):
            guarded.ask("GET", path, parameters)
    assert len(sent) == 2


def test_no_secret_is_in_the_table() -> None:
    resources = {row.resource for row in load_table().rows}
    assert not resources & set(SECRET)
    assert not [name for name in resources if "/" in name]
    fields = {field for fields in load_table().fields.values() for field in fields}
    assert not [field for field in fields if field.endswith(("env[].value", "command", "args", "message"))]
    assert not [field for field in fields if "annotations" in field]


def test_the_role_names_exactly_the_table() -> None:
    (found,) = yaml.safe_load_all(role())
    assert (found["kind"], found["apiVersion"]) == ("ClusterRole", "rbac.authorization.k8s.io/v1")
    named = {
        (group, resource)
        for rule in found["rules"]
        for group in rule.get("apiGroups", ())
        for resource in rule["resources"]
    }
    assert named == {(row.group, row.resource) for row in load_table().rows}
    assert {verb for rule in found["rules"] for verb in rule["verbs"]} == {"get", "list"}
    assert "*" not in role()
    (urls,) = [rule["nonResourceURLs"] for rule in found["rules"] if "nonResourceURLs" in rule]
    assert urls == [VERSION, *sorted({row.discovery for row in load_table().rows if row.discovery})]


def test_rows_are_of_kinds_of_their_own() -> None:
    kinds = [row.resource for row in load_table().rows]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize(
    ("user", "what"),
    [
        ({"exec": {"command": "touch", "args": ["ran"]}}, "gets its login from a program, which gonogo does not run"),
        ({"auth-provider": {"name": "gcp", "config": {"cmd-path": "touch"}}}, "from a plugin, which gonogo does not"),
        ({"username": "admin", "password": "hunter2"}, "has a user name and password"),
        ({"token": "a token"}, "its token is none that can be sent"),
        ({"token": TOKEN, "as": "admin"}, "acts as somebody else"),
        ({"client-certificate-data": b64encode(b"pem").decode()}, "a client certificate or a key, and not both"),
        ({"client-certificate-data": "?", "client-key-data": "?"}, "client-certificate-data is no base64 of PEM"),
        ({"client-certificate": "gone.pem", "client-key": "gone.key"}, "client-certificate can't be read .No such"),
        ({"client-certificate-data": "cGVt", "client-key-data": "cGVt"}, "do not fit, or are encrypted"),
        ({"tokenFile": "gone"}, "tokenFile can't be read"),
    ],
)
def test_logins_that_are_refused(
    tmp_path: Path, no_sockets: list[Any], user: dict[str, Any], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = KubernetesSource(kubeconfig=kubeconfig(tmp_path, Cluster(url="https://127.0.0.1:9"), user=user))
    with pytest.raises(ToolError, match=f"^Kubernetes context stand-in: .*{what}") as error:
        observe(source, reading())
    assert "hunter2" not in str(error.value)
    assert not (tmp_path / "ran").exists()
    assert not no_sockets


@pytest.mark.parametrize(
    ("server", "what"),
    [
        ({"insecure-skip-tls-verify": True}, "is not to be verified"),
        ({"proxy-url": "http://127.0.0.1:1"}, "is reached by a proxy"),
        ({"server": ""}, "its cluster has no server"),
        ({"server": "http://192.0.2.1:8080"}, "is plain HTTP, to which no login is sent"),
        ({"server": "https://169.254.169.254"}, "never asked"),
        ({"server": "ftp://127.0.0.1"}, "only http and https are asked"),
        ({"certificate-authority-data": b64encode(b"none").decode()}, "certificate-authority is no PEM"),
        ({"certificate-authority": "gone.pem"}, "certificate-authority can't be read"),
    ],
)
def test_servers_that_are_refused(tmp_path: Path, no_sockets: list[Any], server: dict[str, Any], what: str) -> None:
    cluster = Cluster(url="https://127.0.0.1:9")
    source = KubernetesSource(kubeconfig=kubeconfig(tmp_path, cluster, server=server))
    with pytest.raises(ToolError, match=what):
        observe(source, reading())
    assert not no_sockets


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is no kubeconfig"),
        ("[]", "is no kubeconfig"),
        ("a: [", "is no YAML"),
        ("!!python/object/apply:os.system [true]", "is no YAML"),
        ("contexts: []", "names no current context"),
        ("current-context: gone", r"has no context gone \(it has none\)"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]", "names a cluster that is not there"),
    ],
)
def test_kubeconfigs_that_are_none(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=what):
        read_access(KubernetesSource(kubeconfig=path), {})


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"config: can't be read .No such file or directory.: give a kubeconfig"):
        read_access(KubernetesSource(), {"HOME": str(tmp_path)})


def test_kubeconfigs_are_merged_as_kubectl_does(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    certificate(tmp_path / "one", "ca")
    first = {
        "clusters": [{"name": "c", "cluster": {"server": "https://first", "certificate-authority": "ca.80.pem"}}],
        "users": [{"name": "u", "user": {"tokenFile": "token"}}],
    }
    second = {
        "current-context": "both",
        "contexts": [{"name": "both", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://second"}}],
    }
    (tmp_path / "one" / "config").write_text(yaml.safe_dump(first), encoding="utf-8")
    (tmp_path / "one" / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (tmp_path / "two").write_text(yaml.safe_dump(second), encoding="utf-8")
    named = f"{tmp_path}/gone:{tmp_path}/one/config:{tmp_path}/two"
    access = read_access(KubernetesSource(), {"KUBECONFIG": named})
    assert (access.context, access.server, access.token) == ("both", "https://first", TOKEN)
    assert access.ca.startswith("-----BEGIN CERTIFICATE-----")
    assert TOKEN not in repr(access)
    with pytest.raises(ToolError, match=r"has no context other .it has both.: give one of them"):
        read_access(KubernetesSource(context="other"), {"KUBECONFIG": named})


def test_names_of_namespaces_are_looked_at_first(tmp_path: Path, no_sockets: list[Any]) -> None:
    for name in ("../secrets", "a/b", "UP", "a?watch=1", "-a", "a" * 64):
        with pytest.raises(ToolError, match="can't be the name of a namespace"):
            observe(KubernetesSource(kubeconfig=tmp_path / "none", namespaces=(name,)), reading())
