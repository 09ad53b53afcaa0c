"""Images, users, privileges and restarts of containers."""

from __future__ import annotations

import pytest

from tests.asking import ask, status
from tests.checks.pods import changed, cluster, without

NOTHING = {"README.md": "# x\n", "lib.py": "X = 1\n"}
OWN = {"web/Dockerfile": "FROM python:3.12\nUSER app\n"}


def compose(service: str) -> dict[str, str]:
    return {"compose.yaml": f"services:\n  web: {service}\n"}


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        (OWN, "pass"),
        ({"Dockerfile": "FROM scratch\nCOPY a /\n"}, "pass"),
        ({"Dockerfile": "FROM node\n"}, "fail"),
        ({"Dockerfile": "FROM node:lts-alpine3.20\n"}, "fail"),
        ({"Dockerfile": "FROM node@sha256:ab\n"}, "pass"),
        ({"Dockerfile": "ARG TAG\nFROM node:$TAG\n"}, "unverified"),
        ({"Dockerfile": "ARG TAG=22\nFROM node:$TAG\n"}, "pass"),
        ({**OWN, "Dockerfile.dev": "FROM node\n"}, "pass"),
        (compose("{image: 'redis:7'}"), "pass"),
        (compose("{image: 'redis:alpine'}"), "fail"),
        (compose("{image: 'app:${TAG}'}"), "unverified"),
        (compose("{image: 'app:latest', build: .}") | {"Dockerfile": "FROM a:1\n"}, "pass"),
        (cluster(), "pass"),
        (changed("web:1.4.2", "web:latest"), "fail"),
        (changed("web:1.4.2", "web:3f8a9c1d"), "pass"),
    ],
)
def test_pinned_images(files: dict[str, str], answer: str) -> None:
    assert status("pinned-images", files) == answer


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (NOTHING, "not_applicable"),
        (OWN, "pass"),
        ({"Dockerfile": "FROM python:3.12\n"}, "fail"),
        ({"Dockerfile": "FROM python:3.12\nUSER app\nRUN x\nUSER 0:0\n"}, "fail"),
        ({"Dockerfile": "FROM python:3.12\nUSER $USER\n"}, "unverified"),
        ({"Dockerfile": "FROM gcr.io/distroless/static:nonroot\n"}, "pass"),
        ({"Dockerfile": "FROM a:1 AS b\nUSER app\nFROM a:1\nCOPY --from=b /x /x\n"}, "fail"),
        ({"Dockerfile": "FROM python:3.12\n"} | compose("{build: ., user: '1000'}"), "pass"),
        (OWN | compose("{build: web, user: root}"), "fail"),
        ({"web/Dockerfile": "FROM python:3.12\n"} | cluster(), "pass"),
        ({"other/Dockerfile": "FROM python:3.12\n"} | cluster(), "fail"),
        (cluster(), "pass"),
        (changed("runAsNonRoot: true", "runAsUser: 0"), "fail"),
        (changed("runAsNonRoot: true", "fsGroup: 1"), "fail"),
        (OWN | changed("runAsNonRoot: true", "fsGroup: 1"), "pass"),
        (compose("{image: 'redis:7'}"), "unverified"),
    ],
)
def test_non_root_containers(files: dict[str, str], answer: str) -> None:
    assert status("non-root-containers", files) == answer


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (OWN, "not_applicable"),
        (cluster(), "pass"),
        (compose("{image: a:1}"), "pass"),
        (compose("{image: a:1, privileged: true}"), "fail"),
        (compose("{image: a:1, pid: host}"), "fail"),
        (compose("{image: a:1, cap_add: [SYS_ADMIN]}"), "fail"),
        (compose("{image: 'traefik:3', volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']}"), "fail"),
        (compose("{image: 'gcr.io/cadvisor/cadvisor:v0.49', privileged: true}"), "pass"),
        (compose("{image: a:1, profiles: [x], privileged: true}") | cluster(), "fail"),
        (changed("automountServiceAccountToken: false", "hostNetwork: true"), "fail"),
        (changed("allowPrivilegeEscalation: false", "privileged: true"), "fail"),
        (
            changed(
                "automountServiceAccountToken: false",
                "volumes: [{name: v, hostPath: {path: /run/containerd/containerd.sock}}]",
            ),
            "fail",
        ),
    ],
)
def test_privileged_workloads(files: dict[str, str], answer: str) -> None:
    assert status("privileged-workloads", files) == answer


def test_a_node_agent_may_use_its_node() -> None:
    agent = changed("kind: Deployment", "kind: DaemonSet")["k8s/all.yaml"].replace(
        "ghcr.io/acme/web", "fluent/fluent-bit"
    )
    text = agent.replace("automountServiceAccountToken: false", "hostPID: true")
    assert status("privileged-workloads", {"k8s/a.yaml": text}) == "pass"
    assert status("privileged-workloads", {"k8s/a.yaml": text.replace("fluent/fluent-bit", "acme/web")}) == "fail"


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (OWN, "not_applicable"),
        (cluster(), "pass"),
        (compose("{image: a:1}"), "fail"),
        (compose("{image: a:1, restart: 'no'}"), "fail"),
        (compose("{image: a:1, restart: unless-stopped}"), "pass"),
        (compose("{image: a:1, deploy: {restart_policy: {condition: on-failure}}}"), "pass"),
        (compose("{image: a:1, restart: always}\n  migrate: {image: a:1}"), "pass"),
        (
            {"p.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: a:1}]}\n"},
            "fail",
        ),
    ],
)
def test_restart_policy(files: dict[str, str], answer: str) -> None:
    assert status("restart-policy", files) == answer


def test_reasons_name_and_count() -> None:
    text = "services:\n  a: {image: a:1}\n  b: {image: b:1, restart: always}\n  c: {image: c:1}\n"
    found = ask("restart-policy", {"compose.yaml": text})
    assert found.assessment.reason == "2 of 3 compose services have no restart policy: a, c"
    assert [(f.locator.path, f.locator.line) for f in found.findings] == [("compose.yaml", 2), ("compose.yaml", 4)]


def test_what_can_not_be_read_is_no_pass() -> None:
    files = without("nothing") | {"k8s/more.yaml": "apiVersion: v1\nkind: Pod\n{% if x %}\nmetadata: {name: x}\n"}
    assert status("privileged-workloads", files) == "unverified"
    chart = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: r}\nspec: {source: {chart: redis}}\n"
    assert status("privileged-workloads", {"app.yaml": chart} | compose("{image: a:1}")) == "unverified"
