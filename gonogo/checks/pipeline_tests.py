"""Tests in pipelines: which suites a job runs, whether it can fail on them, and whether coverage has a threshold."""

from __future__ import annotations

import re
from collections import defaultdict

from gonogo.checks.ci_verification import Runner, test_runner
from gonogo.facts import Facts
from gonogo.facts.dependencies import ComponentKind, TestFile, TestKind
from gonogo.facts.pipelines import Pipelines, Run
from gonogo.facts.repository import Role
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place, Searched

_FAMILIES = {
    "python": "py",
    "node": "js jsx ts tsx mjs cjs mts cts",
    "go": "go",
    "java": "java kt scala groovy",
    "ruby": "rb",
    "php": "php",
    "dotnet": "cs fs vb",
    "rust": "rs",
}
FAMILY = {suffix: family for family, suffixes in _FAMILIES.items() for suffix in suffixes.split()}
_NOT_SHIPPED = re.compile(
    r"(^|/)(tools?|scripts?|docs?|website|benchmarks?|bench|hack|internal-tools|eslint[\w-]*|config[\w-]*)(/|\Z)"
)
_TEST_STEPS = re.compile(
    r"^(vstest|node/test|python/test|cypress/run|cypress-io/github-action|go/test|gradle/test|maven/maven_test)"
)
_CONFIGURATIONS = (
    ".github/workflows",
    ".gitlab-ci.yml",
    "Jenkinsfile",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".travis.yml",
    ".drone.yml",
    ".woodpecker",
    ".buildkite",
    "buildspec.yml",
    "cloudbuild.yaml",
    ".tekton",
)
MOST_LISTED = 12

Found = tuple[Run, Runner]


def test_runs(pipelines: Pipelines) -> list[Found]:
    """Everything in pipelines that calls a test runner, also what never runs or cannot fail."""
    found: list[Found] = []
    for run in pipelines.all_runs:
        if run.command is not None:
            runner = test_runner(run.command)
        else:
            named = _TEST_STEPS.match(run.step.action.lower())
            family = "node" if named and re.match("node|cypress", named[0]) else "any"
            runner = Runner(run.step.uses, family, end_to_end="cypress" in run.step.uses) if named else None
        if runner is not None and not (runner.weak and not _is_test_job(run, runner)):
            found.append((run, runner))
    return found


def _is_test_job(run: Run, runner: Runner) -> bool:
    """A script is a test where its name, or that of its step or job, says so."""
    script = run.step.script.text.strip() if run.step.script else ""
    step = "" if script.startswith(run.step.name) else run.step.name
    names = (runner.name.rpartition("/")[2], step, run.job.name)
    return any(re.search(r"(?<![a-z])tests?(?![a-z])", name, re.IGNORECASE) for name in names)


def no_pipeline(facts: Facts, goal: str) -> Outcome:
    """The failure where no CI service reads any pipeline."""
    pipelines = facts.pipelines
    problems = [Problem(f"{place.path} is no pipeline: {place.symbol}", place) for place in pipelines.stray]
    problems += [Problem(f"{p.at.path} is not read: {p.problem or p.why}", p.at) for p in pipelines.pipelines]
    searched = Searched(_CONFIGURATIONS, "all files by path", len(facts.repository.files), pipelines.stray[:5])
    broken = [p for p in pipelines.pipelines if p.problem]
    if broken:
        names = ", ".join(f"{p.at.path} ({p.problem})" for p in broken[:4])
        reason = f"none of the {len(pipelines.pipelines)} pipeline files works: {names}; so {goal}"
        return failed(reason, *problems, searched=(searched,))
    return failed(f"no CI service reads a pipeline in this repository, so {goal}", *problems, searched=(searched,))


def tests_in_ci(facts: Facts) -> Outcome:
    """Each suite of a shipped component is run by a job that starts on a change and can fail on it."""
    if not facts.pipelines.loaded:
        return no_pipeline(facts, "no test runs on a change")
    found = test_runs(facts.pipelines)
    live = [(run, runner) for run, runner in found if run.on_change and run.can_fail]
    if not live:
        return _none_that_can_fail(facts, found)
    uncovered = _uncovered(facts, live)
    if uncovered:
        problems = [Problem(text, place) for text, place in uncovered]
        names = "; ".join(text for text, _ in uncovered[:3])
        return failed(f"{len(uncovered)} suites are run by no job that can fail on them: {names}", *problems)
    suites = facts.dependencies.suites(TestKind.UNIT, TestKind.INTEGRATION)
    families = {runner.family for _, runner in live}
    if not suites and not facts.dependencies.tests and families <= {"python", "node", "go", "java"}:
        names = ", ".join(sorted({runner.name for _, runner in live})[:3])
        return failed(f"CI calls {names}, and no test file exists for it to run", places=(live[0][0].at,))
    names = ", ".join(dict.fromkeys(f"{runner.name} ({run.job.name})" for run, runner in live))
    return passed(
        f"{len(live)} test steps start on a change and can fail: {_short(names)}",
        *dict.fromkeys(run.origin for run, _ in live[:MOST_LISTED]),
    )


def _short(text: str) -> str:
    return text if len(text) <= 220 else text[:217] + "..."


def _none_that_can_fail(facts: Facts, found: list[Found]) -> Outcome:
    services = ", ".join(sorted({p.service.value for p in facts.pipelines.loaded}))
    if not found:
        commands = len([run for run in facts.pipelines.runs() if run.command])
        problems = _suites_without_job(facts)
        if remote := [place for p in facts.pipelines.loaded if p.on_change for place in p.remote]:
            named = [place for place in remote if re.search(r"test|ci|build|auto-?devops|pipeline", place.symbol, re.I)]
            if named and commands == 0:
                return unverified(f"the jobs come from {named[0].symbol}, which is not in this repository", *named)
        return failed(
            f"none of the {commands} commands that {len(facts.pipelines.loaded)} pipelines ({services}) run is a test",
            *problems,
            places=tuple(p.at for p in facts.pipelines.loaded[:MOST_LISTED]),
        )
    texts = {run.origin: f"{runner.name} in {run.job.name}: {_excuse(run)}" for run, runner in found}
    each = "; ".join(dict.fromkeys(texts.values()))
    return failed(
        f"{len(found)} test steps exist, and none can fail a change: {_short(each)}",
        *(Problem(text, at) for at, text in texts.items()),
    )


def _excuse(run: Run) -> str:
    if not run.executes or not run.can_fail:
        return run.excuse or "only another workflow could call it, and none does"
    names = ", ".join(dict.fromkeys(trigger.name for trigger in run.pipeline.triggers))
    return f"its pipeline starts on {names or 'nothing'} only"


def _suites_without_job(facts: Facts) -> list[Problem]:
    groups = suite_groups(facts)
    return [
        Problem(f"the suite of {name} ({len(tests)} test files) is run by no job", tests[0].at)
        for name, tests in groups
    ]


def suite_groups(facts: Facts) -> list[tuple[str, list[TestFile]]]:
    """The suites of shipped components, by component and language."""
    found: dict[tuple[str, str], list[TestFile]] = defaultdict(list)
    for test in facts.dependencies.suites(TestKind.UNIT, TestKind.INTEGRATION):
        file = facts.repository.by_path.get(test.path)
        family = FAMILY.get(test.path.rpartition(".")[2])
        if file is None or file.role is Role.EXAMPLE or family is None:
            continue
        if _is_shipped(facts, test.component):
            found[test.component, family].append(test)
    return [(f"{folder or 'the root'} ({family})", tests) for (folder, family), tests in sorted(found.items())]


def _is_shipped(facts: Facts, folder: str) -> bool:
    components = facts.dependencies.by_path.get(folder, ())
    if any(component.kind is ComponentKind.APPLICATION for component in components):
        return True
    return not _NOT_SHIPPED.search(folder)


def _uncovered(facts: Facts, live: list[Found]) -> list[tuple[str, Place]]:
    found = []
    for name, tests in suite_groups(facts):
        family = FAMILY[tests[0].path.rpartition(".")[2]]
        if not any(_covers(run, runner, test, family) for run, runner in live for test in tests):
            found.append((f"the suite of {name} has {len(tests)} test files", tests[0].at))
    return found


def _covers(run: Run, runner: Runner, test: TestFile, family: str) -> bool:
    """Says whether a runner reaches a test file: it tests that language, above it or by a path that it names."""
    if runner.family not in (family, "any", "other") or runner.end_to_end:
        return False
    folder = run.folder
    if folder == "?" or runner.family == "other":
        return True
    if _below(test.path, folder) or _below(folder, test.component):
        named = _named_paths(run, folder)
        return not named or any(_below(test.path, path) or path == test.path for path in named)
    return False


def _below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")


def _named_paths(run: Run, folder: str) -> list[str]:
    """Folders and files that a runner is limited to; none where it finds its tests by itself."""
    if run.command is None or run.command.program not in ("pytest", "py.test", "unittest"):
        return []
    words = [w.partition("::")[0].rstrip("/") for w in run.command.arguments if not w.startswith("-")]
    paths = [w for w in words if "/" in w or w in ("tests", "test") or w.endswith(".py")]
    if not paths or any(re.search(r"[$*{]", word) for word in paths):
        return []
    return [
        f"{folder}/{path}".removeprefix("/").removeprefix("./") if folder else path.removeprefix("./") for path in paths
    ]
