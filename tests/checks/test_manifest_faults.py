"""Manifests that parse and are wrong all the same, and what pipelines fetch to run."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  KEY: VALUE\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"


@pytest.mark.parametrize(
    ("value", "said"),
    [("aGVsbG8=", "pass"), ("REPLACE_WITH_REAL_BASE64", "fail"), ("${KEY}", "pass"), ("ENC[AES256,data:x]", "pass")],
)
def test_data_of_secrets_is_base64(value: str, said: str) -> None:
    assert status("valid-configuration", {"k8s/secret.yml": SECRET.replace("VALUE", value)}) == said


@pytest.mark.parametrize(("namespace", "said"), [("shop-staging", "fail"), ("shop-prod", "pass"), ("shop", "pass")])
def test_an_overlay_deploys_to_its_own_environment(namespace: str, said: str) -> None:
    overlay = f"namespace: {namespace}\nresources:\n- ../../base\n"
    files = {
        "k8s/base/kustomization.yml": "resources:\n- a.yml\n",
        "k8s/base/a.yml": MAP,
        "k8s/overlays/prod/kustomization.yml": overlay,
        "k8s/overlays/staging/kustomization.yml": "namespace: shop-staging\nresources:\n- ../../base\n",
    }
    answer = ask("valid-configuration", files)
    assert answer.assessment.status.value == said
    assert said == "pass" or answer.findings[0].locator.path == "k8s/overlays/prod/kustomization.yml"


@pytest.mark.parametrize(
    ("command", "said"), [("bash <(curl -s https://codecov.io/bash)", "fail"), ("make", "unverified")]
)
def test_a_fetched_script_that_runs(command: str, said: str) -> None:
    assert status("ci-hardening", {".travis.yml": f"language: java\nscript:\n  - {command}\n"}) == said


def test_mend_checks_dependencies() -> None:
    app = {"package.json": '{"name": "a", "dependencies": {"express": "1.0.0"}}'}
    settings = '{"checkRunSettings": {"vulnerableCheckRunConclusionLevel": "LEVEL"}}'
    assert status("dependency-scanning", app | {".whitesource": settings.replace("LEVEL", "failure")}) == "pass"
    assert status("dependency-scanning", app | {".whitesource": settings.replace("LEVEL", "success")}) == "fail"


def test_swapped_overlays_keep_no_environments_apart() -> None:
    workload = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n"
        "      containers:\n      - {name: app, image: 'r/app:1.2.3'}\n"
    )
    files = {"k8s/base/kustomization.yml": "resources:\n- a.yml\n", "k8s/base/a.yml": workload}
    overlay = "namespace: shop-{}\nresources:\n- ../../base\n"
    for names, said in ((("prod", "staging"), "pass"), (("staging", "prod"), "fail")):
        for folder, name in zip(("prod", "staging"), names, strict=True):
            files[f"k8s/overlays/{folder}/kustomization.yml"] = overlay.format(name)
        assert status("environment-separation", files) == said
