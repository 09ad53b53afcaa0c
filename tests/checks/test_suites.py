"""Test suites, end-to-end tests, load and chaos."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

E2E = {
    "e2e/a.spec.ts": "import { test, expect } from '@playwright/test'\ntest('a', () => {\n  expect(f()).toBe(1)\n})\n"
}
WORKFLOW = "on: [pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: COMMAND\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"tests/test_a.py": "def test_a():\n    assert f() == 2\n"}, "pass"),
        (
            {"tests.py": "class T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n"},
            "pass",
        ),
        ({"tests/test_a.py": "def test_a():\n    f()\n"}, "fail"),
        ({"tests/test_a.py": "def test_a():\n    assert True\n"}, "fail"),
        ({"src/test/java/ATest.java": "class ATest { @Test void contextLoads() {} }"}, "fail"),
        ({"a.py": "x = 1\n"}, "fail"),
    ],
)
def test_tests_exist(files: dict[str, str], said: str) -> None:
    assert status("tests-exist", files) == said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("npx playwright test", "pass"),
        ("npx playwright test || true", "fail"),
        ("echo e2e", "fail"),
        ("npx playwright install", "fail"),
    ],
)
def test_end_to_end_tests_run(command: str, said: str) -> None:
    assert status("e2e-tests", E2E | {".github/workflows/ci.yml": WORKFLOW.replace("COMMAND", command)}) == said


def test_end_to_end_tests_that_nothing_runs() -> None:
    answer = ask("e2e-tests", E2E)
    assert answer.assessment.status.value == "fail"
    assert answer.findings[0].locator.path == "e2e/a.spec.ts"
    assert status("e2e-tests", {"a.py": "x = 1\n"}) == "fail"


@pytest.mark.parametrize(
    ("name", "said"),
    [("accessibility", "fail"), ("cross-browser", "fail"), ("smoke", "unverified"), ("checkout", "pass")],
)
def test_end_to_end_tests_follow_a_user(name: str, said: str) -> None:
    files = {f"e2e/{name}.spec.ts": E2E["e2e/a.spec.ts"]}
    workflow = WORKFLOW.replace("COMMAND", "npx playwright test")
    assert status("e2e-tests", files | {".github/workflows/ci.yml": workflow}) == said


def test_end_to_end_tests_lie_where_playwright_looks() -> None:
    workflow = {".github/workflows/ci.yml": WORKFLOW.replace("COMMAND", "npx playwright test")}
    config = {"playwright.config.ts": "export default defineConfig({\n  testDir: './e2e',\n})\n"}
    assert status("e2e-tests", E2E | workflow | config) == "pass"
    config = {"playwright.config.ts": "export default defineConfig({\n  testDir: './ui',\n})\n"}
    assert status("e2e-tests", E2E | workflow | config) == "fail"


@pytest.mark.parametrize(
    ("command", "said"),
    [("pytest tests/unit", "fail"), ("pytest", "pass"), ("pytest tests/e2e -v", "pass"), ("pytest tests", "pass")],
)
def test_end_to_end_tests_that_a_run_leaves_out(command: str, said: str) -> None:
    files = {"tests/e2e/test_order.py": "def test_a():\n    assert f() == 2\n"}
    workflow = {".github/workflows/ci.yml": WORKFLOW.replace("COMMAND", command)}
    assert status("e2e-tests", files | workflow) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"load/k6.js": "import http from 'k6/http'\nexport const options = {thresholds: {a: ['p(95)<1']}}\n"}, "pass"),
        ({"load/k6.js": "import http from 'k6/http'\nexport default () => check(http.get('x'), {})\n"}, "fail"),
        ({"locustfile.py": "from locust import HttpUser\n"}, "fail"),
        ({"load/k6.js": "import http from 'k6/http'\n// thresholds: {a: ['p(95)<1']}\n"}, "fail"),
        (
            {
                "load-test.yml": "config:\n  phases:\n    - duration: 1\nscenarios:\n  - flow:\n      - get:\n"
                "          url: /\n          expect:\n            - statusCode: 200\n"
            },
            "fail",
        ),
        (
            {
                "load-test.yml": "config:\n  phases:\n    - duration: 1\n  ensure:\n    thresholds:\n"
                "      - http.response_time.p95: 200\nscenarios: []\n"
            },
            "pass",
        ),
        ({"a.py": "x = 1\n"}, "fail"),
    ],
)
def test_load_tested(files: dict[str, str], said: str) -> None:
    assert status("load-tested", files) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"chaos/kill.sh": "#!/bin/sh\nkubectl delete pod -l app=web\n"}, "pass"),
        ({"fis.tf": 'resource "aws_fis_experiment_template" "a" {\n  description = "x"\n}\n'}, "pass"),
        ({"docs/readiness.md": "# Readiness\n- [x] Chaos test\n"}, "fail"),
        ({"docs/readiness.md": "# Readiness\n- [ ] Run a chaos test\n"}, "fail"),
    ],
)
def test_chaos_tested(files: dict[str, str], said: str) -> None:
    assert status("chaos-tested", files) == said
