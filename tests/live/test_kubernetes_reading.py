"""What is read of a cluster, end to end against a stand-in, and what is said where it does not answer as it should."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from gonogo.model.snapshot import Gap
from gonogo.model.sources import KubernetesSource, SourcesConfiguration
from gonogo.tools import live
from gonogo.tools.errors import ToolError
from gonogo.tools.live import web
from gonogo.tools.live.kubernetes import asking, observe
from gonogo.tools.live.shown import Shown
from tests.live.cluster import LOGIN_PAGE, Cluster, Odd, having, kubeconfig, paths, serving, thing
from tests.live.scripted import NOW, reading
from tests.live.web_servers import Pair, certificate

SHA = hashlib.sha256(b"app").hexdigest()
IMAGE, DIGEST = f"registry/app:1.4.2@sha256:{SHA}", f"registry/app@sha256:{SHA}"
OTHER = "http://127.0.0.1:1/"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in (
        (web, "READ_SECONDS", 0.4),
        (web, "CONNECT_SECONDS", 0.4),
        (web, "_PAUSE", 0.01),
        (asking, "PAUSE", 0.01),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return certificate(tmp_path_factory.mktemp("pair"))


def look(cluster: Cluster, folder: Path, *namespaces: str, **entries: Any) -> Shown:
    source = KubernetesSource(kubeconfig=kubeconfig(folder, cluster, **entries), namespaces=namespaces)
    return observe(source, reading())


def pod(name: str, namespace: str = "shop") -> dict[str, Any]:
    container = {
        "name": "app",
        "image": IMAGE,
        "command": ["sh", "-c", "run --password hunter2-of-the-command"],
        "args": ["--token=hunter2-of-the-arguments"],
        "env": [
            {"name": "DB_PASSWORD", "value": "hunter2-of-the-environment"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "hunter2-no-name"}}},
        ],
        "livenessProbe": {
            "httpGet": {"path": "/", "httpHeaders": [{"name": "Authorization", "value": "hunter2-probe"}]}
        },
        "resources": {"limits": {"memory": "64Mi"}},
    }
    spec = {
        "containers": [container],
        "nodeName": "node-1",
        "volumes": [{"name": "v", "secret": {"secretName": "keys"}}],
    }
    status = {
        "phase": "Running",
        "podIP": "10.0.0.9",
        "containerStatuses": [{"name": "app", "ready": True, "restartCount": 0, "imageID": DIGEST}],
    }
    return thing(name, namespace, metadata={"labels": {"app": "web"}}, spec=spec, status=status)


def test_a_cluster_over_tls_with_a_token(tmp_path: Path, pair: Pair) -> None:
    objects = {"pods": [pod("web-1"), pod("job-1", "batch")], "nodes": [thing("node-1", "")]}
    with serving(having(objects), pair) as cluster:
        shown = look(cluster, tmp_path)
    (source,) = shown.sources
    assert (source.name, source.notes) == ("stand-in", ("version v1.35.2", "all namespaces"))
    assert shown.gaps == ()
    found = {(record.scope, record.kind, record.name) for record in shown.records}
    assert found == {
        ("shop", "pods", "web-1"),
        ("batch", "pods", "job-1"),
        ("cluster", "nodes", "node-1"),
        ("cluster", "version", "cluster"),
    }
    assert {asked.partition(" ")[0] for asked in cluster.asked} == {"GET"}
    first = next(record for record in shown.records if record.name == "web-1")
    assert first.data["metadata"] == {"creationTimestamp": "2026-05-01T00:00:00Z", "labels": {"app": "web"}}
    assert first.data["spec"]["containers"] == [
        {
            "name": "app",
            "image": IMAGE,
            "resources": {"limits": {"memory": "64Mi"}},
            "env": [{"name": "DB_PASSWORD"}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys"}}}],
            "livenessProbe": True,
        }
    ]
    told = "".join(record.model_dump_json() for record in shown.records)
    assert "hunter2" not in told
    assert cluster.token not in told


def test_a_snapshot_keeps_images_and_digests(tmp_path: Path) -> None:
    """What cleans a snapshot takes digests for no secrets."""
    with serving(having({"pods": [pod("web-1")]})) as cluster:
        source = KubernetesSource(kubeconfig=kubeconfig(tmp_path, cluster))
        snapshot = live.observe(SourcesConfiguration(kubernetes=source), lambda: NOW, {})
    data = next(record for record in snapshot.records if record.kind == "pods").data
    assert data["spec"]["containers"][0]["image"] == IMAGE
    assert data["status"]["containerStatuses"][0]["imageID"] == DIGEST


def test_a_client_certificate_logs_in(tmp_path: Path, pair: Pair) -> None:
    own = certificate(tmp_path, "reader.example")
    coded = {
        f"client-{name}-data": b64encode(file.read_bytes()).decode()
        for name, file in (("certificate", own.file), ("key", own.key))
    }
    for user in (coded, {"client-certificate": own.file.name, "client-key": own.key.name}):
        with serving(having({"pods": [pod("web-1")]}, token=""), pair, clients=own.file) as cluster:
            shown = look(cluster, tmp_path, user=user)
        assert [record.name for record in shown.records] == ["web-1", "cluster"]


def test_the_name_that_a_certificate_is_for_can_be_another(tmp_path: Path) -> None:
    with serving(having({}), certificate(tmp_path, "cluster.internal")) as cluster:
        assert look(cluster, tmp_path, server={"tls-server-name": "cluster.internal"}).gaps == ()
        with pytest.raises(ToolError, match="stand-in: the certificate of its server is not trusted"):
            look(cluster, tmp_path)


def test_lists_are_read_to_their_end(tmp_path: Path) -> None:
    pods = [pod(f"web-{number:04}") for number in range(1_201)]
    with serving(having({"pods": pods})) as cluster:
        shown = look(cluster, tmp_path)
    assert sum(record.kind == "pods" for record in shown.records) == 1_201
    assert [asked for asked in cluster.asked if "/pods" in asked] == [
        "GET /api/v1/pods?limit=500",
        "GET /api/v1/pods?limit=500&continue=x500",
        "GET /api/v1/pods?limit=500&continue=x1000",
    ]


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 80_000)
    with serving(having({"pods": [pod(f"web-{number:04}") for number in range(120)]})) as cluster:
        shown = look(cluster, tmp_path)
    assert sum(record.kind == "pods" for record in shown.records) == 120
    assert "GET /api/v1/pods?limit=50&continue=x100" in cluster.asked
    assert shown.gaps == ()


def test_only_the_given_namespaces_are_read(tmp_path: Path) -> None:
    spaces = [thing("shop", ""), thing("batch", "")]
    with serving(having({"pods": [pod("a"), pod("b", "batch")], "namespaces": spaces})) as cluster:
        shown = look(cluster, tmp_path, "shop", "shp")
    assert [(record.scope, record.name) for record in shown.records] == [
        ("shop", "a"),
        ("cluster", "shop"),
        ("cluster", "cluster"),
    ]
    assert shown.gaps == (
        Gap(source="kubernetes", scope="shp", kind="*", why="the cluster has no namespace of that name"),
    )
    assert "GET /api/v1/namespaces/shop/pods?limit=500" in cluster.asked
    assert not [asked for asked in cluster.asked if asked.startswith("GET /api/v1/pods")]


def test_an_empty_namespace_that_may_not_be_there_is_a_gap(tmp_path: Path) -> None:
    with serving(having({"pods": [pod("a")]}, odd={paths()["namespaces"]: Odd(403, "{}")})) as cluster:
        shown = look(cluster, tmp_path, "shop", "shp")
    assert [gap.why for gap in shown.gaps if gap.kind == "*"] == ["nothing is in it, if it is there at all"]


def test_what_is_forbidden_is_a_gap_and_the_rest_is_kept(tmp_path: Path) -> None:
    with serving(having({"pods": [pod("a")]}, odd={paths()["deployments"]: Odd(403, "{}")})) as cluster:
        shown = look(cluster, tmp_path)
    why, permission = "the cluster forbids this (403)", "list deployments in apps"
    assert shown.gaps == (Gap(source="kubernetes", kind="deployments", why=why, permission=permission),)
    assert "a" in {record.name for record in shown.records}


def test_a_group_is_not_there_only_where_discovery_says_so(tmp_path: Path) -> None:
    known = having({}, odd={paths()["certificates"]: Odd(404, "404 page not found")}, lacks=("cilium.io",))
    with serving(known) as cluster:
        assert [gap.kind for gap in look(cluster, tmp_path).gaps] == ["certificates"]
    unknown = having({}, odd={"/apis/cert-manager.io": Odd(403, "{}")})
    with serving(unknown) as cluster:
        assert [gap.kind for gap in look(cluster, tmp_path).gaps] == ["certificates"]
    forbidden = having({}, odd={paths()["certificates"]: Odd(403, "{}")})
    with serving(forbidden) as cluster:
        assert look(cluster, tmp_path).gaps == ()
    with serving(having({}, odd={paths()["deployments"]: Odd(404, "404 page not found")})) as cluster:
        assert [gap.kind for gap in look(cluster, tmp_path).gaps] == ["deployments"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_asked_again(tmp_path: Path, status: int) -> None:
    path = paths()["pods"]
    with serving(having({"pods": [pod("a")]}, odd={path: Odd(status, "{}", times=2)})) as cluster:
        assert look(cluster, tmp_path).gaps == ()
    assert sum(path in asked for asked in cluster.asked) == 3


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (Odd(500, "{}"), "HTTP status 500"),
        (Odd(429, "{}", {"Retry-After": "600"}), "asks for more patience"),
        (Odd(410, "{}"), "changed too often"),
        (Odd(401, "{}"), "does not accept the login any more"),
        (Odd(302, "", {"Location": OTHER}), "leads elsewhere .302."),
        (Odd(200, LOGIN_PAGE), "an HTML page instead of a list"),
        (Odd(200, '{"kind": "Status", "items": []}'), "something else instead of a list"),
        (Odd(200, '{"kind": "PodList"}'), "something else instead of a list"),
        (Odd(200, '{"kind": "PodList", "items": [{}]}'), "has no name"),
        (Odd(200, '{"kind": "PodList", "items": ["pod"]}'), "has no name"),
        (Odd(200, json.dumps({"kind": "PodList", "items": [], "metadata": {"continue": "x"}})), "next page"),
        (Odd(200, "[" * 100_000), "something else"),
        (Odd(200, "{}", after=1.0), "did not answer within"),
    ],
)
def test_an_answer_that_is_none_is_a_gap(tmp_path: Path, odd: Odd, why: str) -> None:
    objects = {"services": [thing("web")]}
    with serving(having(objects, odd={paths()["pods"]: odd})) as cluster:
        shown = look(cluster, tmp_path)
    (gap,) = shown.gaps
    assert gap.kind == "pods"
    assert re.search(why, gap.why)
    assert "web" in {record.name for record in shown.records}


def test_what_was_listed_before_an_answer_broke_is_kept(tmp_path: Path) -> None:
    """Not whole is a gap, and what is there is not thrown away."""
    with serving(having({"pods": [pod(f"web-{number}") for number in range(600)]})) as cluster:
        original = cluster.answer

        def broken(path: str, query: dict[str, str], login: str) -> Odd:
            return Odd(410, "{}") if "continue" in query else original(path, query, login)

        cluster.answer = broken  # type: ignore[method-assign]
        shown = look(cluster, tmp_path)
    assert sum(record.kind == "pods" for record in shown.records) == 500
    assert [gap.kind for gap in shown.gaps] == ["pods"]


def test_a_page_that_leads_to_itself_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_ITEMS", 20)
    body = json.dumps({"kind": "PodList", "items": [pod("a")], "metadata": {"continue": "again"}})
    with serving(having({}, odd={paths()["pods"]: Odd(200, body)})) as cluster:
        (gap,) = look(cluster, tmp_path).gaps
    assert gap.why == "there are more, and only the first 20 were looked at"


def test_the_time_for_all_questions_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_SECONDS", -1.0)
    with serving(having({})) as cluster:
        shown = look(cluster, tmp_path)
    assert cluster.asked == ["GET /version"]
    assert {gap.why for gap in shown.gaps} == {"the answers of this cluster took more than -1 s together"}


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        (Odd(401, "{}"), r"does not accept its login \(401\): it may have expired, log in again"),
        (Odd(404, "{}"), r"answers 404 to /version: give the address of the API itself"),
        (Odd(302, "", {"Location": OTHER}), r"answers 302 to /version"),
        (Odd(200, LOGIN_PAGE), r"answers with an HTML page, and not as Kubernetes"),
        (Odd(200, "{}"), r"answers with something else, and not as Kubernetes"),
        (Odd(200, "{}", after=1.0), r"did not answer within 0 s: check that the cluster runs"),
    ],
)
def test_a_cluster_that_cannot_be_asked_is_an_error_to_act_on(tmp_path: Path, odd: Odd, what: str) -> None:
    with (
        serving(having({}, odd={"/version": odd})) as cluster,
        pytest.raises(ToolError, match=f"^Kubernetes context stand-in: .*{what}") as error,
    ):
        look(cluster, tmp_path)
    assert cluster.token not in str(error.value)
    assert str(error.value).endswith(".")


def test_a_version_that_is_not_told_is_a_gap(tmp_path: Path) -> None:
    with serving(having({}, odd={"/version": Odd(403, "{}")})) as cluster:
        shown = look(cluster, tmp_path)
    assert [(gap.kind, gap.permission) for gap in shown.gaps] == [("version", "get /version")]
    assert shown.sources[0].notes[0] == "version unknown"


def test_an_expired_token(tmp_path: Path) -> None:
    with serving(having({})) as cluster, pytest.raises(ToolError, match="does not accept its login"):
        look(cluster, tmp_path, user={"token": "expired"})


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    with serving(having({})) as cluster:
        pass
    with pytest.raises(ToolError, match=r"stand-in: .*can't be connected to .*: check that the cluster runs"):
        look(cluster, tmp_path)


def test_a_certificate_that_signs_itself_is_not_trusted(tmp_path: Path, pair: Pair) -> None:
    with serving(having({}), pair) as cluster:
        cluster.ca = ""
        with pytest.raises(ToolError, match=r"not trusted \(self-signed certificate\): set certificate-authority-data"):
            look(cluster, tmp_path)
    assert cluster.asked == []


def test_a_redirect_is_never_followed(tmp_path: Path) -> None:
    with serving(Cluster()) as other:
        odd = {path: Odd(307, "", {"Location": f"{other.url}{path}"}) for path in paths().values()}
        with serving(having({}, odd=odd)) as cluster:
            shown = look(cluster, tmp_path)
    assert other.asked == []
    assert {gap.kind for gap in shown.gaps} == set(paths())


def test_records_come_in_the_same_order(tmp_path: Path) -> None:
    with serving(having({"pods": [pod(f"web-{number}") for number in range(20)]})) as cluster:
        assert look(cluster, tmp_path) == look(cluster, tmp_path)
