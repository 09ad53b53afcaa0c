"""The part that a file plays, by its path."""

from __future__ import annotations

import pytest

from gonogo.tools.roles import role_of, sample_projects


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/main/java/org/acme/samples/shop/Order.java", "product"),
        ("samples/src/main/java/org/acme/Order.java", "example"),
        ("src/test/java/org/acme/OrderTest.java", "test"),
        ("src/main/java/org/acme/Audit.java", "product"),
        ("specs/openapi.yaml", "product"),
        ("spec/models/user_spec.rb", "test"),
        ("src/vue.config.js", "product"),
        ("static/jquery-3.7.1.js", "vendored"),
        ("gradlew", "vendored"),
        ("src/Button.stories.tsx", "test"),
        (".devcontainer/docker-compose.yml", "example"),
        (".env.example", "example"),
        ("charts/web/templates/_helpers.tpl", "product"),
        ("app/v1/order.pb.go", "generated"),
        ("frontend/.jest-cache/jest-transform-cache-63/a1/Panel_a1b2", "generated"),
        ("web/.vite/deps/chunk-ATGR6HCE.js", "generated"),
        (".pytest_cache/README.md", "generated"),
        ("src/cache/redis.py", "product"),
        (".gonogo/baseline.json", "generated"),
        ("services/shop/.gonogo/baseline.json", "generated"),
        (".gonogo/waivers.yaml", "product"),
        ("app/gonogo/baseline.json", "product"),
        ("docs/runbook.md", "document"),
        ("cassettes/checkout.yaml", "test"),
        ("config.yaml.bak", "archive"),
    ],
)
def test_role(path: str, role: str) -> None:
    assert role_of(path).value == role


def test_a_service_below_a_test_folder_is_a_sample() -> None:
    sample = ["tests/services/shop/Dockerfile", "tests/services/shop/tests/test_a.py", "tests/services/shop/load/k6.js"]
    assert sample_projects(sample) == ("tests/services/shop",)
    assert sample_projects(["tests/Dockerfile", "tests/unit/test_a.py"]) == ()
    assert sample_projects(["e2e/Dockerfile", "e2e/package.json"]) == ()
    assert sample_projects(["tests/integration/Dockerfile", "tests/integration/test_a.py"]) == ()
    assert sample_projects(["shop/Dockerfile", "shop/tests/test_a.py"]) == ()
