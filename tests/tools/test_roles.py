"""The part that a file plays, by its path."""

from __future__ import annotations

import pytest

from gonogo.tools.roles import role_of


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
        ("docs/runbook.md", "document"),
        ("config.yaml.bak", "archive"),
    ],
)
def test_role(path: str, role: str) -> None:
    assert role_of(path).value == role
