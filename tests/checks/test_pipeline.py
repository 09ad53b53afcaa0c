"""Criteria that pipelines answer: each with something that passes, fails, and does not apply or cannot be seen."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

APP = {
    "package.json": '{"name": "app", "scripts": {"start": "node index.js", "test": "jest", "lint": "eslint ."}, '
    '"dependencies": {"express": "4.18.2"}}',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {"dependencies": {"express": "4.18.2"}}, '
    '"node_modules/express": {"version": "4.18.2"}}}',
    "index.js": "const express = require('express');\nconst app = express();\napp.get('/', (q, r) => r.send('x'));\n"
    "app.listen(3000);\n",
    "index.test.js": "test('adds', () => { expect(require('./add')(2, 2)).toBe(4); });\n",
}
TERRAFORM = {"main.tf": 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n}\n'}
ECS = (
    'resource "aws_ecs_service" "a" {\n  deployment_circuit_breaker {\n    enable = true\n    rollback = true\n  }\n}\n'
)
ECR = 'resource "aws_ecr_repository" "a" {\n  image_scanning_configuration {\n    scan_on_push = true\n  }\n}\n'
ACTIONS = "version: 2\nupdates:\n- package-ecosystem: github-actions\n  directory: /\n"
LIVE_KEY = (
    "- uses: actions/setup-node@v4\n  with: {cache: npm}\n"
    "- run: npm test\n  env: {OPENAI_API_KEY: '${{ secrets.OPENAI_API_KEY }}'}\n"
)
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  strategy: {type: RollingUpdate}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "registry.example.com/app:1.2.3"}
"""


def github(steps: str, head: str = "on: [pull_request]\n", job: str = "", name: str = "ci") -> dict[str, str]:
    body = "\n".join("      " + line for line in steps.strip("\n").splitlines())
    text = f"{head}jobs:\n  work:\n    runs-on: ubuntu-latest\n{job}    steps:\n{body}\n"
    return {f".github/workflows/{name}.yml": text}


def run(*commands: str) -> str:
    return "- uses: actions/checkout@v4\n" + "".join(f"- run: {command}\n" for command in commands)


NONE: dict[str, str] = {"app.py": "print(1)\n"}
PUSH = "on:\n  push:\n    branches: [main]\n"
HAND = "on: [workflow_dispatch]\n"

CASES: list[tuple[str, str, dict[str, str], str]] = [
    ("ci-exists", "pass", APP | github(run("npm test")), "a workflow on pull requests"),
    ("ci-exists", "fail", NONE, "none"),
    ("ci-exists", "fail", {"ci/build.yml": github(run("make"))[".github/workflows/ci.yml"]}, "not where GitHub reads"),
    ("ci-exists", "fail", {".github/workflows/ci.yml": ""}, "an empty file"),
    ("ci-exists", "fail", github("- uses: actions/stale@v9\n"), "nothing is built or checked"),
    ("ci-exists", "fail", github(run("make"), HAND), "by hand only"),
    ("ci-exists", "unverified", {"ops/Jenkinsfile": "node { sh 'make test' }\n"}, "where Jenkins may read it"),
    (
        "ci-exists",
        "unverified",
        {"buildspec.yml": "phases:\n  build:\n    commands: [make]\n"},
        "started by what AWS has",
    ),
    ("tests-in-ci", "pass", APP | github(run("npm ci", "npm test")), "the suite runs"),
    ("tests-in-ci", "fail", APP | github(run("npm test || true")), "it cannot fail"),
    ("tests-in-ci", "fail", APP | github(run("npm run lint")), "no test step"),
    ("tests-in-ci", "fail", APP | github(run("npm test"), HAND), "not on changes"),
    ("tests-in-ci", "fail", APP | github(run("make test")) | {"Makefile": "all:\n\ttrue\n"}, "the target is not there"),
    ("tests-in-ci", "fail", NONE, "no pipeline"),
    (
        "tests-in-ci",
        "fail",
        APP
        | github(run("npm test"))
        | {
            "api/requirements.txt": "flask==3.0.0\n",
            "api/app.py": "import flask\napp = flask.Flask(__name__)\napp.run()\n",
            "api/tests/test_app.py": "def test_a():\n    assert 1 + 1 == 2\n",
        },
        "the suite of a component that no job runs",
    ),
    (
        "tests-in-ci",
        "pass",
        {"requirements.txt": "flask==3.0.0\n", "tests/test_a.py": "def test_a():\n    assert sum([1, 2]) == 3\n"}
        | {".gitlab-ci.yml": "test:\n  script:\n  - pip install -r requirements.txt\n  - tox -e py\n"}
        | {"tox.ini": "[testenv:py]\ncommands = pytest {posargs}\n"},
        "through tox in GitLab",
    ),
    ("coverage-gate", "pass", github(run("pytest --cov=app --cov-fail-under=80")), "an option"),
    (
        "coverage-gate",
        "pass",
        github(run("pytest --cov")) | {"pyproject.toml": "[tool.coverage.report]\nfail_under = 85\n"},
        "a stated threshold that a step measures",
    ),
    (
        "coverage-gate",
        "fail",
        github(run("pytest")) | {".coveragerc": "[report]\nfail_under = 85\n"},
        "measured by none",
    ),
    ("coverage-gate", "fail", github(run("pytest --cov=app")), "no threshold"),
    ("coverage-gate", "fail", github(run("pytest --cov-fail-under=80 || true")), "it cannot fail"),
    (
        "coverage-gate",
        "unverified",
        {"Jenkinsfile": "node { sh 'mvn verify sonar:sonar -Dsonar.qualitygate.wait=true' }"},
        "Sonar",
    ),
    ("lint-and-types", "pass", APP | github(run("npm run lint")), "JavaScript is linted"),
    ("lint-and-types", "fail", APP | github(run("npm test")), "no lint"),
    ("lint-and-types", "fail", {"app.ts": "export const a: number = 1;\n"} | github(run("npx eslint .")), "no types"),
    (
        "lint-and-types",
        "pass",
        {"app.ts": "export const a: number = 1;\n"} | github(run("npx eslint .", "npx tsc")),
        "both",
    ),
    ("lint-and-types", "pass", NONE | github(run("ruff check .", "mypy .")), "Python"),
    ("lint-and-types", "fail", NONE | github(run("ruff check . || true", "mypy .")), "lint cannot fail"),
    ("reproducible-build", "fail", APP | {"Dockerfile": "FROM node:20\n"} | github(run("npm test")), "no build"),
    (
        "reproducible-build",
        "fail",
        APP
        | {"Dockerfile": "FROM node:20\nCOPY . .\nRUN npm ci\n"}
        | github(run("docker build -t a .", "docker push a")),
        "the base image moves",
    ),
    (
        "reproducible-build",
        "pass",
        APP
        | {"Dockerfile": "FROM node:20.11.1\nCOPY . .\nRUN npm ci\n"}
        | github(run("docker build -t a .", "docker push a")),
        "a fixed base image and a lock file",
    ),
    (
        "reproducible-build",
        "fail",
        APP
        | {"Dockerfile": "FROM node:20.11.1\nRUN npm install\n"}
        | github(run("docker build -t a .", "docker push a")),
        "npm install",
    ),
    ("policy-gates", "not_applicable", NONE | github(run("make")), "no infrastructure code"),
    ("policy-gates", "pass", TERRAFORM | github(run("checkov -d .")), "checkov"),
    ("policy-gates", "fail", TERRAFORM | github(run("checkov -d . --soft-fail")), "it is told to fail softly"),
    (
        "policy-gates",
        "fail",
        TERRAFORM | github("- uses: aquasecurity/trivy-action@v1\n  with: {scan-type: config}\n"),
        "exit-code is 0",
    ),
    (
        "policy-gates",
        "pass",
        TERRAFORM | github("- uses: aquasecurity/trivy-action@v1\n  with: {scan-type: config, exit-code: 1}\n"),
        "trivy",
    ),
    (
        "policy-gates",
        "fail",
        TERRAFORM | github("- uses: aquasecurity/tfsec-action@v1\n  with: {soft_fail: true}\n"),
        "soft_fail is on",
    ),
    (
        "sast-and-secret-scanning",
        "fail",
        APP
        | github(
            "- run: snyk code test\n  continue-on-error: true\n- uses: github/codeql-action/upload-sarif@v3\n"
            "  with: {sarif_file: a.sarif}\n"
        ),
        "nothing can fail",
    ),
    ("sast-and-secret-scanning", "fail", APP | github(run("semgrep --config auto")), "without --error"),
    ("policy-gates", "fail", TERRAFORM | github(run("trivy config .")), "trivy exits with 0"),
    ("policy-gates", "fail", TERRAFORM | github(run("terraform validate")), "no policy"),
    (
        "policy-gates",
        "pass",
        TERRAFORM
        | github(run("python tests/check_policies.py plan.json"))
        | {"tests/check_policies.py": "import sys\nsys.exit(1)\n"},
        "its own script",
    ),
    (
        "policy-gates",
        "fail",
        TERRAFORM | github(run("python tests/check_policies.py")) | {"tests/check_policies.py": "print('fine')\n"},
        "its own script, which never fails",
    ),
    ("cost-in-review", "not_applicable", NONE, "no infrastructure code"),
    (
        "cost-in-review",
        "pass",
        TERRAFORM | github("- uses: infracost/actions/setup@v3\n" + run("infracost diff --path .")),
        "",
    ),
    ("cost-in-review", "fail", TERRAFORM | github(run("terraform plan")), "a plan shows no cost"),
    ("deployment-automation", "fail", APP | github(run("npm test")), "nothing deploys"),
    (
        "deployment-automation",
        "fail",
        APP | {"k.yaml": DEPLOYMENT} | TERRAFORM | github(run("terraform apply plan"), HAND),
        "the application is left",
    ),
    (
        "deployment-automation",
        "pass",
        {"k.yaml": DEPLOYMENT} | github(run("kubectl apply -f k.yaml"), HAND),
        "a person starts it",
    ),
    (
        "deployment-automation",
        "fail",
        {"k.yaml": DEPLOYMENT} | github(run("kubectl apply -f k.yaml"), PUSH),
        "no approval",
    ),
    (
        "deployment-automation",
        "unverified",
        {"k.yaml": DEPLOYMENT} | github(run("kubectl apply -f k.yaml"), PUSH, "    environment: production\n"),
        "an environment whose protection is not seen",
    ),
    (
        "deployment-automation",
        "fail",
        {"k.yaml": DEPLOYMENT} | github(run("kubectl apply -n staging -f k.yaml"), PUSH, name="staging"),
        "a lower environment only",
    ),
    (
        "deployment-automation",
        "pass",
        {"k.yaml": DEPLOYMENT, ".gitlab-ci.yml": "prod:\n  script: kubectl apply -f k.yaml\n  when: manual\n"},
        "a manual job",
    ),
    ("branch-protection", "not_applicable", NONE, "no version control"),
    ("immutable-artifacts", "not_applicable", APP, "no image"),
    ("immutable-artifacts", "fail", {"Dockerfile": "FROM node:20\n"}, "no pipeline builds it"),
    (
        "immutable-artifacts",
        "fail",
        {"Dockerfile": "FROM node:20\n", "k.yaml": DEPLOYMENT}
        | github(run("docker build .", "kubectl apply -f k.yaml")),
        "by tag",
    ),
    (
        "immutable-artifacts",
        "pass",
        {"Dockerfile": "FROM node:20\n"}
        | github(run("docker build .", "kubectl set image deployment/a a=b@$IMAGE_DIGEST")),
        "by digest",
    ),
    ("rollback", "fail", NONE, "no mechanism"),
    ("rollback", "fail", {"k.yaml": DEPLOYMENT}, "rolls, and nothing undoes it"),
    (
        "rollback",
        "pass",
        {"k.yaml": DEPLOYMENT, "OPS.md": "# Rollback\n\n```bash\nkubectl rollout undo deployment/web\n```\n"},
        "",
    ),
    (
        "rollback",
        "pass",
        {"k.yaml": DEPLOYMENT} | github(run("helm upgrade --install a . --atomic"), PUSH),
        "by itself",
    ),
    (
        "rollback",
        "pass",
        {"e.tf": ECS},
        "a circuit breaker",
    ),
    (
        "rollback",
        "fail",
        {"e.tf": ECS.replace("true", "false")},
        "a circuit breaker that only stops",
    ),
    ("change-approval", "unverified", NONE | github(run("make")), "only the hosting service knows"),
    ("ephemeral-ci-cost", "not_applicable", NONE, "no pipeline"),
    ("ephemeral-ci-cost", "fail", APP | github(run("npm ci", "npm test")), "no cache, no cancelling"),
    (
        "ephemeral-ci-cost",
        "pass",
        APP
        | github(
            "- uses: actions/setup-node@v4\n  with: {cache: npm}\n" + run("npm ci", "npm test"),
            "on: [pull_request]\nconcurrency: {group: a, cancel-in-progress: true}\n",
        ),
        "cached and cancelled",
    ),
    (
        "ephemeral-ci-cost",
        "fail",
        APP
        | github(
            LIVE_KEY,
            "on: [pull_request]\nconcurrency: {group: a, cancel-in-progress: true}\n",
        ),
        "a live key",
    ),
    ("dependency-scanning", "not_applicable", {"a.txt": "x"}, "nothing to scan"),
    ("dependency-scanning", "fail", APP, "nothing scans"),
    ("dependency-scanning", "pass", APP | github(run("npm audit --audit-level=high")), "an audit"),
    ("dependency-scanning", "fail", APP | github("- run: npm audit\n  continue-on-error: true\n"), "it cannot fail"),
    ("dependency-scanning", "pass", APP | {"renovate.json": "{}"}, "Renovate"),
    ("dependency-scanning", "fail", APP | {".github/dependabot.yml": ACTIONS}, "another ecosystem"),
    (
        "dependency-scanning",
        "fail",
        APP | github("- uses: aquasecurity/trivy-action@v1\n  with: {scan-type: fs}\n"),
        "exit-code 0",
    ),
    ("image-scanning", "not_applicable", APP, "no image"),
    ("image-scanning", "fail", {"Dockerfile": "FROM node:20\n"}, "nothing scans"),
    (
        "image-scanning",
        "pass",
        {"Dockerfile": "FROM node:20\n"} | github(run("docker build -t a:1 .", "trivy image --exit-code 1 a:1")),
        "",
    ),
    (
        "image-scanning",
        "fail",
        {"Dockerfile": "FROM node:20\n"} | github(run("trivy image a:1 || true")),
        "it cannot fail",
    ),
    (
        "image-scanning",
        "fail",
        {"Dockerfile": "FROM node:20\n"} | github(run("trivy fs --exit-code 1 .")),
        "files are no image",
    ),
    (
        "image-scanning",
        "pass",
        {"Dockerfile": "FROM node:20\n", "e.tf": ECR},
        "the registry",
    ),
    ("sast-and-secret-scanning", "fail", APP | github(run("npm test")), "none"),
    ("sast-and-secret-scanning", "pass", APP | github("- uses: github/codeql-action/analyze@v3\n"), "CodeQL"),
    ("sast-and-secret-scanning", "fail", NONE | github(run("bandit -r . || true")), "it cannot fail"),
    (
        "sast-and-secret-scanning",
        "pass",
        NONE | {".pre-commit-config.yaml": "repos:\n- repo: x\n  rev: v1\n  hooks:\n  - id: gitleaks\n"},
        "on commit",
    ),
    ("ci-hardening", "not_applicable", NONE, "no pipeline"),
    (
        "ci-hardening",
        "fail",
        github("- uses: pnpm/action-setup@v4\n", "on: [push]\npermissions: {contents: read}\n"),
        "by tag",
    ),
    ("ci-hardening", "fail", github(run("make")), "no permissions"),
    (
        "ci-hardening",
        "pass",
        github(f"- uses: pnpm/action-setup@{'a' * 40}\n", "on: [push]\npermissions: {contents: read}\n"),
        "pinned and narrow",
    ),
    ("ci-hardening", "unverified", {"Jenkinsfile": "node { sh 'make' }\n"}, "tokens are set in Jenkins"),
    ("supply-chain-provenance", "fail", github(run("make")), "none"),
    ("supply-chain-provenance", "fail", github(run("syft . -o cyclonedx-json")), "no signature"),
    ("supply-chain-provenance", "pass", github(run("syft . -o cyclonedx-json", "cosign sign a")), "both"),
    ("dangerous-workflow", "not_applicable", NONE, "no pipeline"),
    ("dangerous-workflow", "pass", github(run("echo ${{ github.sha }}")), "nothing untrusted"),
    ("dangerous-workflow", "fail", github(run('echo "${{ github.event.pull_request.title }}"')), "a title in a script"),
    ("dangerous-workflow", "fail", github(run("git checkout ${{ github.head_ref }}")), "a branch in a script"),
    (
        "dangerous-workflow",
        "pass",
        github("- run: echo \"$TITLE\"\n  env: {TITLE: '${{ github.event.pull_request.title }}'}\n"),
        "through the environment",
    ),
    (
        "dangerous-workflow",
        "fail",
        github(
            "- uses: actions/checkout@v4\n  with: {ref: '${{ github.event.pull_request.head.sha }}'}\n",
            "on: [pull_request_target]\n",
        ),
        "untrusted code with a token that writes",
    ),
    ("dangerous-workflow", "fail", {"Jenkinsfile": 'node { sh "echo ${env.CHANGE_TITLE}" }\n'}, "a title in Groovy"),
]


@pytest.mark.parametrize(
    ("slug", "expected", "files", "why"), CASES, ids=[f"{c[0]}-{c[1]}-{i}" for i, c in enumerate(CASES)]
)
def test_criterion(slug: str, expected: str, files: dict[str, str], why: str) -> None:
    answer = ask(slug, files).assessment
    assert answer.status.value == expected, f"{why}: {answer.reason}"


def test_a_finding_stands_where_the_pipeline_loses_the_failure() -> None:
    answer = ask(
        "tests-in-ci", APP | github("- uses: actions/checkout@v4\n- run: npm test\n  continue-on-error: true\n")
    )
    assert [(f.locator.path, f.locator.line) for f in answer.findings] == [(".github/workflows/ci.yml", 7)]
    assert "continue-on-error" in answer.assessment.reason


def test_a_broken_workflow_is_named() -> None:
    reason = ask("ci-exists", {".github/workflows/ci.yml": "on: [push\njobs:"}).assessment.reason
    assert ".github/workflows/ci.yml" in reason
    assert "does not parse" in reason


def test_an_unreadable_pipeline_leaves_a_pass_open() -> None:
    deep = "on: [push]\nx: " + "[" * 200 + "]" * 200
    assert status("dangerous-workflow", github(run("make")) | {".github/workflows/deep.yml": deep}) == "unverified"


def test_branch_protection_as_code() -> None:
    from gonogo.checks.change_control import branch_protection
    from gonogo.facts import Facts
    from gonogo.facts.repository import File, Repository, Role
    from gonogo.facts.terraform import Terraform
    from gonogo.model.target import Source, Target

    def answered(text: str) -> str:
        file = File(".github/settings.yml", ".github/settings.yml", len(text), Role.PRODUCT, tracked=True)
        source = (Source(kind="git repository", name="a"),)
        repository = Repository((file,), source, read=lambda path: text.encode())
        return branch_protection(Facts(Target(name="a"), repository, {"terraform": Terraform()})).status.value

    reviews = "required_pull_request_reviews:\n      required_approving_review_count: 1\n"
    rule = f"branches:\n- name: main\n  protection:\n    {reviews}"
    assert answered(rule) == "pass"
    assert answered("branches:\n- name: main\n  protection: null\n") == "fail"
    assert answered("repository: {private: true}\n") == "unverified"
