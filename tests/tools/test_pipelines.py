"""What the services load and run, and what scripts and targets lead to."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.facts.pipelines import Event, Pipelines, Run
from gonogo.model.target import Target
from gonogo.tools.pipelines import read_pipelines
from gonogo.tools.repository import open_repository
from tests.asking import write

PACKAGE = {"package.json": '{"scripts": {"lint": "eslint .", "test": "jest"}}'}


def pipelines(folder: Path, files: dict[str, str]) -> Pipelines:
    return read_pipelines(open_repository([write(folder, files)]), Target(name="target"))


def found(folder: Path, files: dict[str, str]) -> dict[str, Run]:
    """Everything that runs, by its words without wrappers."""
    return {
        " ".join(run.command.core) if run.command else run.step.uses: run for run in pipelines(folder, files).all_runs
    }


def workflow(steps: str, head: str = "on: [push]\n", job: str = "") -> dict[str, str]:
    body = "\n".join("      " + line for line in steps.strip("\n").splitlines())
    return {".github/workflows/ci.yml": f"{head}jobs:\n  test:\n    runs-on: ubuntu-latest\n{job}    steps:\n{body}\n"}


def test_github_only_at_the_root(tmp_path: Path) -> None:
    text = "on: [push]\njobs:\n  a:\n    steps:\n      - run: make\n"
    read = pipelines(tmp_path, {".github/workflows/a.yml": text, "app/.github/workflows/b.yml": text, "ci/c.yml": text})
    loaded = {p.at.path: p.loaded for p in read.pipelines}
    assert loaded == {".github/workflows/a.yml": True, "app/.github/workflows/b.yml": False}
    assert [place.path for place in read.stray] == ["ci/c.yml"]


@pytest.mark.parametrize("text", ["", "on: [push]\n", "on: [push\njobs:", "jobs:\n  a:\n    steps: []\n", "- a\n"])
def test_refused_workflows(tmp_path: Path, text: str) -> None:
    read = pipelines(tmp_path, {".github/workflows/a.yml": text})
    assert read.pipelines[0].problem
    assert read.loaded == ()


def test_github_lines_and_excuses(tmp_path: Path) -> None:
    steps = (
        "- run: |\n    npm ci\n    npm run lint || true\n- run: make check\n  continue-on-error: true\n"
        "- run: go vet\n  if: false\n"
    )
    runs = found(tmp_path, workflow(steps) | PACKAGE)
    assert (runs["npm ci"].at.line, runs["npm ci"].can_fail) == (7, True)
    assert runs["npm run lint"].excuse == "|| true follows it"
    assert runs["make check"].excuse == "continue-on-error: true"
    assert not runs["go vet"].executes


def test_a_later_step_can_settle_continue_on_error(tmp_path: Path) -> None:
    steps = "- id: t\n  run: pytest\n  continue-on-error: true\n- if: steps.t.outcome == 'failure'\n  run: exit 1\n"
    assert found(tmp_path, workflow(steps))["pytest"].can_fail


def test_pnpm_cache_without_pnpm_breaks_the_job(tmp_path: Path) -> None:
    steps = "- uses: actions/setup-node@v4\n  with:\n    cache: pnpm\n- uses: pnpm/action-setup@v4\n- run: pnpm lint\n"
    assert "always fails" in found(tmp_path, workflow(steps) | PACKAGE)["pnpm lint"].excuse
    fixed = "- uses: pnpm/action-setup@v4\n" + steps
    assert found(tmp_path, workflow(fixed) | PACKAGE)["pnpm lint"].excuse == ""


def test_composite_actions_and_reusable_workflows(tmp_path: Path) -> None:
    files = {
        ".github/workflows/ci.yml": "on: [pull_request]\njobs:\n  all:\n"
        "    uses: ./.github/workflows/tests.yml\n    with:\n"
        "      target: unit\n",
        ".github/workflows/tests.yml": "on:\n  workflow_call:\n    inputs:\n      target: {type: string}\n"
        "jobs:\n  test:\n    steps:\n"
        "      - uses: ./.github/actions/run\n        with:\n          what: ${{ inputs.target }}\n",
        ".github/actions/run/action.yml": "runs:\n  using: composite\n  steps:\n"
        "    - run: make ${{ inputs.what }}\n      shell: bash\n",
        "Makefile": "unit:\n\tpytest -q\n",
    }
    live = [run for run in pipelines(tmp_path, files).all_runs if run.can_fail and run.command]
    assert [" ".join(run.command.core) for run in live if run.command] == ["make unit", "pytest -q"]
    assert live[1].job.name == "all/test"
    assert live[1].at.path == "Makefile"


def test_following(tmp_path: Path) -> None:
    steps = (
        "- run: |\n    make all\n    npm test\n    ./scripts/check.sh\n    tox -e lint\n    task build\n"
        "    just quick\n    pre-commit run -a\n"
    )
    files = workflow(steps) | {
        "Makefile": "CMD = mypy\nall: types\n\t-flake8 src\ntypes:\n\t$(CMD) src\n",
        "package.json": '{"scripts": {"test": "jest && npm run e2e", "e2e": "playwright test"}}',
        "scripts/check.sh": '#!/bin/bash\ncd "$(dirname "$0")/.."\nruff check .\necho done\n',
        "tox.ini": "[testenv:lint]\ncommands =\n    pylint {posargs} src\n",
        "Taskfile.yml": "version: 3\ntasks:\n  build:\n    cmds:\n      - go build ./...\n",
        "justfile": "quick:\n  cargo test\n",
        ".pre-commit-config.yaml": "repos:\n- repo: x\n  rev: v1\n  hooks:\n  - id: gitleaks\n",
    }
    runs = found(tmp_path, files)
    assert runs["flake8 src"].excuse.startswith("make ignores it")
    assert runs["mypy src"].can_fail
    assert runs["jest"].at.path == "package.json"
    assert runs["playwright test"].can_fail
    assert "no set -e" in runs["ruff check ."].excuse
    assert {"pylint  src".replace("  ", " "), "go build ./...", "cargo test", "gitleaks protect"} <= set(runs)


def test_workspaces(tmp_path: Path) -> None:
    files = workflow("- run: pnpm -r test\n- run: pnpm --filter web lint\n- run: yarn workspace api build\n") | {
        "package.json": '{"name": "root"}',
        "web/package.json": '{"name": "web", "scripts": {"test": "vitest", "lint": "eslint ."}}',
        "api/package.json": '{"name": "api", "scripts": {"test": "mocha", "lint": "tslint .", "build": "tsc"}}',
    }
    runs = found(tmp_path, files)
    assert (runs["vitest"].folder, runs["mocha"].folder, runs["tsc"].folder) == ("web", "api", "api")
    assert "eslint ." in runs
    assert "tslint ." not in runs


def test_missing_targets(tmp_path: Path) -> None:
    files = workflow("- run: make tests\n- run: npm run check\n- run: ./ci/run.sh\n") | {
        "Makefile": "all:\n\ttrue\n",
        "package.json": "{}",
    }
    missing = [
        run.command.missing for run in pipelines(tmp_path, files).all_runs if run.command and run.command.missing
    ]
    assert missing == [
        "target tests is not in Makefile",
        "script check is not in package.json",
        "./ci/run.sh is not in the repository",
    ]


def test_gitlab(tmp_path: Path) -> None:
    files = {
        ".gitlab-ci.yml": "include:\n  - local: /ci/base.yml\n  - template: Security/SAST.gitlab-ci.yml\n"
        ".base:\n  before_script: [npm ci]\n"
        "unit:\n  extends: .base\n  script:\n    - cd app\n    - npm test\nlint:\n"
        "  script: !reference [.lint, script]\n  allow_failure: true\n"
        "prod:\n  script: kubectl apply -f k8s\n  when: manual\n  environment: production\n  rules:\n"
        "    - if: $CI_COMMIT_TAG\n      when: manual\n",
        "ci/base.yml": ".lint:\n  script: [eslint .]\nscan:\n  script: [trivy fs .]\n",
    }
    read = pipelines(tmp_path, files)
    runs = found(tmp_path, files)
    assert (runs["npm test"].folder, runs["npm test"].at.line) == ("app", 10)
    assert runs["npm ci"].can_fail
    assert runs["eslint ."].excuse == "allow_failure: true"
    assert runs["trivy fs ."].can_fail
    assert runs["kubectl apply -f k8s"].job.manual
    assert runs["kubectl apply -f k8s"].job.events == (Event.TAG,)
    assert [place.symbol for place in read.pipelines[0].remote] == ["Security/SAST.gitlab-ci.yml"]


JENKINS = """// a comment with { braces
pipeline {
  agent any
  environment { DIR = 'infra' }
  stages {
    stage('Test') {
      parallel {
        stage('Unit') { steps { sh 'pytest || true' } }
        stage('Types') { steps { sh "mypy ${env.SRC}" } }
      }
    }
    stage('Scan') { steps { parallel(a: { sh 'trivy fs .' }, b: { sh(script: 'gosec ./...', returnStatus: true) }) } }
    stage('Deploy') {
      when { branch 'main' }
      steps {
        input message: 'Go?'
        dir("${DIR}") { sh '''
          terraform apply plan
        ''' }
      }
    }
    stage('Soft') { steps { catchError(buildResult: 'SUCCESS') { sh 'npm audit' } } }
  }
}
"""


def test_jenkins(tmp_path: Path) -> None:
    runs = found(tmp_path, {"ops/Jenkinsfile": JENKINS})
    assert runs["pytest"].excuse == "|| true follows it"
    assert runs["mypy ${env.SRC}"].can_fail
    assert runs["trivy fs ."].can_fail
    assert "returnStatus" in runs["gosec ./..."].excuse
    apply = runs["terraform apply plan"]
    assert (apply.folder, apply.at.line, apply.job.approval is not None) == ("infra", 18, True)
    assert "catchError" in runs["npm audit"].excuse
    assert not apply.pipeline.sure


def test_circleci(tmp_path: Path) -> None:
    text = """version: 2.1
orbs: {node: circleci/node@5.1.0}
commands:
  check:
    parameters: {what: {default: lint}}
    steps: [{run: "npm run << parameters.what >>"}]
jobs:
  test:
    docker: [{image: cimg/node:20.1}]
    steps: [checkout, {check: {what: unit}}, {run: {name: Go, command: go test ./..., working_directory: api}}]
  never:
    steps: [{run: make never}]
  deploy:
    steps: [{run: fly deploy}]
workflows:
  main:
    jobs: [test, {hold: {type: approval, requires: [test]}}, {deploy: {requires: [hold]}}]
"""
    files = {".circleci/config.yml": text, "package.json": '{"scripts": {"unit": "jest"}}'}
    runs = found(tmp_path, files)
    assert runs["jest"].can_fail
    assert runs["go test ./..."].folder == "api"
    assert "make never" not in runs
    assert [job.name for job in pipelines(tmp_path, files).pipelines[0].jobs if job.approval] == ["hold"]


def test_azure(tmp_path: Path) -> None:
    files = {
        "azure-pipelines.yml": "trigger: [main]\nstages:\n- stage: Build\n  jobs:\n  - job: a\n    steps:\n"
        "    - template: ci/steps.yml\n"
        "      parameters: {target: unit}\n    - script: npm audit\n      continueOnError: true\n"
        "- stage: Prod\n  jobs:\n  - deployment: d\n"
        "    environment: production\n    strategy:\n      runOnce:\n        deploy:\n          steps:\n"
        "          - bash: |\n              ls\n"
        "              kubectl apply -f $(Build.SourcesDirectory)/k8s\n",
        "Makefile": "unit:\n\tpytest\n",
        "k8s/web.yaml": "kind: Pod\n",
        "ci/steps.yml": "parameters:\n- name: target\nsteps:\n- script: make ${{ parameters.target }}\n",
    }
    runs = found(tmp_path, files)
    assert runs["make unit"].at.path == "ci/steps.yml"
    assert runs["npm audit"].excuse == "continueOnError: true"
    apply = next(run for text, run in runs.items() if text.startswith("kubectl"))
    assert (apply.job.environment, apply.at.line, apply.can_fail) == ("production", 21, True)
    assert "no set -e" in runs["ls"].excuse


@pytest.mark.parametrize(
    ("path", "text", "command", "can_fail"),
    [
        ("bitbucket-pipelines.yml", "pipelines:\n  default:\n  - step:\n      script: [pytest]\n", "pytest", True),
        (".travis.yml", "language: node_js\n", "npm test", True),
        (".travis.yml", "script:\n- pytest\nafter_success:\n- codecov\n", "codecov", False),
        (".drone.yml", "kind: pipeline\nname: a\nsteps:\n- name: t\n  image: x\n  commands: [pytest]\n"
        "", "pytest", True),
        (".drone.yml", "kind: pipeline\nsteps:\n- name: t\n  failure: ignore\n  commands: [pytest]\n"
        "", "pytest", False),
        (".woodpecker.yml", "steps:\n  t:\n    image: x\n    commands: [pytest]\n", "pytest", True),
        (".buildkite/pipeline.yml", "steps:\n- command: pytest\n  soft_fail: true\n", "pytest", False),
        ("buildspec.yml", "version: 0.2\nphases:\n  build:\n    commands: [pytest, ls]\n", "pytest", True),
        ("cloudbuild.yaml", "steps:\n- name: gcr.io/x/docker\n  args: [push, app]\n", "docker push app", True),
        ("cloudbuild.yaml", "steps:\n- name: python\n  entrypoint: bash\n  args: ['-c', 'pytest; ls']\n"
        "", "pytest", False),
        (".tekton/pr.yaml", "kind: PipelineRun\nspec:\n  pipelineSpec:\n    tasks:\n    - name: t\n"
        "      taskSpec:\n        steps:\n"
         "        - script: pytest\n", "pytest", True),
    ],
)  # fmt: skip
def test_other_services(tmp_path: Path, path: str, text: str, command: str, can_fail: bool) -> None:
    assert found(tmp_path, {path: text} | PACKAGE)[command].can_fail is can_fail


def test_updaters_and_hooks(tmp_path: Path) -> None:
    files = {
        ".github/dependabot.yml": "version: 2\nupdates:\n- package-ecosystem: npm\n  directory: /\n",
        ".dependabot/config.yml": "version: 1\n",
        "renovate.json": '{\n  "enabled": false\n}\n',
        ".pre-commit-config.yaml": "repos:\n- repo: x\n  rev: v1\n  hooks:\n  - id: ruff\n  - id: slow\n"
        "    stages: [manual]\n",
    }
    read = pipelines(tmp_path, files)
    assert {(u.tool, u.ecosystem): u.loaded for u in read.updaters} == {
        ("Dependabot", "npm"): True,
        ("Dependabot", "none"): False,
        ("Renovate", "all"): False,
    }
    assert [hook.id for hook in read.hooks] == ["ruff"]


def test_bad_input_is_unread_or_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"b{i}: &b{i} [*{'a' if i == 0 else f'b{i - 1}'}, *{'a' if i == 0 else f'b{i - 1}'}]\n" for i in range(30)
    )
    read = pipelines(tmp_path, {".github/workflows/a.yml": bomb, ".gitlab-ci.yml": "[" * 400})
    assert {unread.path for unread in read.unread} | {p.at.path for p in read.pipelines} == {
        ".github/workflows/a.yml",
        ".gitlab-ci.yml",
    }
    assert read.loaded == ()


def test_loops_of_scripts_end(tmp_path: Path) -> None:
    files = workflow("- run: make a\n- run: npm run x\n- run: ./s.sh\n") | {
        "Makefile": "a: b\n\tmake b\nb: a\n\tmake a\n",
        "package.json": '{"scripts": {"x": "npm run x"}}',
        "s.sh": "#!/bin/sh\n./s.sh\n",
    }
    assert len(pipelines(tmp_path, files).all_runs) < 100


def test_what_is_not_there_always_fails(tmp_path: Path) -> None:
    steps = (
        "- run: terraform -chdir=infra plan\n- run: make later\n- run: cd gone && ls\n- run: mkdir new && cd new\n"
        "- run: kubectl apply -f k8s/\n- uses: docker/build-push-action@v6\n  with: {context: app}\n"
    )
    read = pipelines(tmp_path, workflow(steps) | {"Makefile": "later:\n\tls\n"})
    absent = {run.absent for run in read.all_runs if run.absent}
    assert absent == {
        "infra is not in the repository",
        "gone is not in the repository",
        "k8s is not in the repository",
        "app/Dockerfile is not in the repository",
    }
    later = next(run for run in read.all_runs if run.text == "make later")
    assert "always fails" in later.excuse
    assert not later.executes


def test_what_is_fetched_is_not_missing(tmp_path: Path) -> None:
    steps = "- uses: actions/checkout@v4\n  with: {repository: other/one, path: one}\n"
    steps += "- run: cd one && make all\n- run: pytest\n"
    assert not [run.absent for run in pipelines(tmp_path, workflow(steps)).all_runs if run.absent]
