"""Coverage of tests: measured in pipelines, and held to a threshold that can fail."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.build_files import replaced_agent
from gonogo.checks.ci_verification import test_runner
from gonogo.checks.pipeline_tests import FAMILY, no_pipeline, suite_groups
from gonogo.facts import Facts
from gonogo.facts.dependencies import TestFile
from gonogo.facts.pipelines import Run
from gonogo.facts.repository import Role
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place, Searched

_OPTIONS = re.compile(
    r"--cov-fail-under|--fail[-_]under|--check-coverage|--coverageThreshold|--coverage\.thresholds|--min-coverage|"
    r"--fail-under-(lines|functions|regions)|/p:Threshold=|--threshold|--min=\d"
)
_MEASURES = re.compile(r"--cov\b|--cov=|--coverage|coverage run|-coverprofile|jacoco|llvm-cov|tarpaulin")
_GATE_PROGRAMS = frozenset({"diff-cover", "go-test-coverage", "covgate"})
_GATE_GOALS = re.compile(r"jacoco:check|jacocoTestCoverageVerification|koverVerify|scoverage:check|coverageVerif")
_GATE_ACTIONS = re.compile(
    r"^(vladopajic/go-test-coverage|irongut/codecoveragesummary|orgoro/coverage|insightsengineering/coverage|"
    r"barecheck/|artiomtr/jest-coverage|5monkeys/cobertura|fgrosse/go-coverage-report|johanvanhelden/gha-clover-test-coverage)"
)
_UPLOADS = re.compile(r"^(codecov/|codacy/|paambaati/codeclimate|coverallsapp/|coveralls)")
_CONFIGS = (
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    ".coveragerc",
    "package.json",
    "jest.config.*",
    "jest-*.config.*",
    "vitest.config.*",
    "vitest.workspace.*",
    "vite.config.*",
    ".nycrc*",
    "nyc.config.*",
    ".c8rc*",
    "karma.conf.*",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "spec_helper.rb",
    "test_helper.rb",
    "rails_helper.rb",
    ".simplecov",
    ".testcoverage.yml",
)
_THRESHOLDS: tuple[tuple[str, str, str], ...] = (
    # files, what states a threshold in them, what a command must hold to measure it
    (
        r"(pyproject\.toml|setup\.cfg|tox\.ini|\.coveragerc)\Z",
        r"^\s*fail_under\s*=\s*[1-9]",
        r"--cov|coverage (report|run)",
    ),
    (r"(pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini)\Z", r"--cov-fail-under[= ]\s*[1-9]", r"pytest|tox"),
    (
        r"(package\.json|jest[\w-]*\.config\.\w+)\Z",
        r"[\"']?coverageThreshold[\"']?\s*:",
        r"--coverage|collectCoverage|--ci.*--cov",
    ),
    (
        r"vite(st)?\.(config|workspace)\.\w+\Z",
        r"\bthresholds?\s*:\s*\{|^\s*(lines|branches|functions|statements)\s*:\s*\d",
        r"--coverage",
    ),
    (r"(\.nycrc|nyc\.config|\.c8rc|package\.json)", r"[\"']?check-coverage[\"']?\s*:\s*true", r"nyc|c8"),
    (r"karma\.conf", r"\bcheck\s*:\s*\{", r"karma|ng test"),
    (r"pom\.xml\Z", r"<goal>check</goal>", r"mvnw?\b.*\b(verify|install|deploy)"),
    (r"build\.gradle(\.kts)?\Z", r"jacocoTestCoverageVerification|koverVerify", r"gradlew?\b.*\b(check|\w*Verif)"),
    (r"\.rb\Z|\.simplecov\Z", r"minimum_coverage", r"rspec|rake|rails|minitest"),
    (r"\.testcoverage\.yml\Z", r"threshold", r"go-test-coverage"),
)


def coverage_gate(facts: Facts) -> Outcome:
    """A step of CI that measures coverage fails below a threshold."""
    if not facts.pipelines.loaded:
        return no_pipeline(facts, "no coverage is measured on a change")
    live = [run for run in facts.pipelines.all_runs if run.can_fail and run.on_change]
    gates = [run for run in live if _is_gate(run)]
    if gates and not (left := _most_left(facts, gates)):
        return passed(f"a coverage threshold can fail CI: {gates[0].text[:120]}", *(run.origin for run in gates[:6]))
    if gates:
        problems = [Problem(f"no threshold holds for {name}", tests[0].at) for name, tests in left]
        names = ", ".join(name for name, _ in left[:4])
        return failed(f"{gates[0].text[:80]} has a threshold, and most suites have none: {names}", *problems)
    stated = list(_stated(facts))
    if replaced := _replaced_agents(facts):
        reason = "tests run without JaCoCo's agent, so that its threshold measures nothing"
        return failed(
            reason, *(Problem("this argLine has no @{argLine} and replaces the agent", at) for at in replaced)
        )
    for place, measures in stated:
        near = [run for run in live if run.command and _is_near(run.folder, place.path.rpartition("/")[0])]
        if enforced := [run for run in near if re.search(measures, _whole(run))]:
            return passed(
                f"{place.path} states a coverage threshold, and {enforced[0].text[:80]} in CI measures it",
                place,
                enforced[0].origin,
            )
    return _no_gate(facts, live, [place for place, _ in stated])


def _replaced_agents(facts: Facts) -> list[Place]:
    """Where poms that state a threshold of JaCoCo, or lie beside one, keep its agent out of the tests."""
    poms = [file for file in facts.repository.match("pom.xml") if file.decides]
    if not any("jacoco-maven-plugin" in facts.repository.text(file) for file in poms):
        return []
    lines = [(file, replaced_agent(facts.repository.text(file))) for file in poms]
    return [Place(file.path, line) for file, line in lines if line]


def _most_left(facts: Facts, gates: list[Run]) -> list[tuple[str, list[TestFile]]]:
    """The suites that no gate measures, where these are most of the tests."""
    groups = suite_groups(facts)
    left = [(name, tests) for name, tests in groups if not any(_measures(run, tests[0]) for run in gates)]
    missed, total = sum(len(tests) for _, tests in left), sum(len(tests) for _, tests in groups)
    return left if missed * 2 > total else []


def _measures(run: Run, test: TestFile) -> bool:
    family = FAMILY.get(test.path.rpartition(".")[2], "")
    text = _whole(run)
    named = [name for name, pattern in _MEASURED.items() if re.search(pattern, text)]
    return (not named or family in named) and _is_near(run.folder, test.component)


_MEASURED = {
    "python": r"pytest|coverage|\bcov\b|smokeshow|python",
    "node": r"jest|vitest|nyc|\bc8\b|karma|mocha",
    "java": r"mvn|gradle|jacoco|kover",
    "go": r"\bgo\b|go-test-coverage",
    "rust": r"cargo",
    "dotnet": r"dotnet",
}


def _is_near(folder: str, other: str) -> bool:
    """Says whether one folder lies in the other."""
    inside = not other or f"{folder}/".startswith(f"{other}/")
    return folder in ("", "?") or inside or other.startswith(f"{folder}/")


def _whole(run: Run) -> str:
    """A command with what led to it: options are often given on the outer one."""
    command = run.command
    return " ".join((*command.through, command.text)) if command else run.text


def _is_gate(run: Run) -> bool:
    if run.command is None:
        action = run.step.action.lower()
        if "smokeshow" in str(run.step.env).lower():
            return any("THRESHOLD" in name for name, _ in run.step.env)
        if action.startswith("irongut/"):
            return run.step.input("fail_below_min") == "true"
        return _GATE_ACTIONS.search(action) is not None
    text = run.command.text
    if run.command.program in _GATE_PROGRAMS or _GATE_GOALS.search(text):
        return True
    if run.command.program == "smokeshow":
        return any(name.endswith("COVERAGE_THRESHOLD") for name, _ in run.step.env)
    measures = re.search(r"cov|jest|vitest|nyc|c8|pest|dotnet|threshold", text)
    return _OPTIONS.search(text) is not None and measures is not None and "--fail-under=0" not in text


def _stated(facts: Facts) -> Iterable[tuple[Place, str]]:
    """Thresholds in configuration files, each with the pattern of the commands that measure it."""
    for file in facts.repository.match(*_CONFIGS, deciding=False):
        if not file.decides and file.role is not Role.TEST:
            continue
        for names, pattern, measures in _THRESHOLDS:
            if not re.search(names, file.name):
                continue
            if file.name == "pom.xml" and "jacoco" not in facts.repository.text(file):
                continue
            if "vite" in file.name and "coverage" not in facts.repository.text(file):
                continue
            for place in facts.repository.grep(pattern, [file], most=1):
                collects = "collectCoverage" in facts.repository.text(file) and "jest" in measures
                yield place, measures if not collects else r"\bjest\b|test"


def _no_gate(facts: Facts, live: list[Run], stated: list[Place]) -> Outcome:
    if stated:
        problems = [Problem(f"{place.path} states a threshold that no step of CI measures", place) for place in stated]
        return failed(
            f"{len(stated)} coverage thresholds are stated and no step of CI that can fail measures them", *problems
        )
    configured = facts.repository.match("codecov.yml", ".codecov.yml", "codecov.yaml", ".codecov.yaml")
    targets = facts.repository.grep(r"^\s*(target|threshold)\s*:\s*['\"]?\d", configured)
    uploads = [run for run in facts.pipelines.all_runs if run.executes and _UPLOADS.search(run.text.lower())]
    if targets and uploads:
        return passed("Codecov reports a status against the target in its configuration", targets[0], uploads[0].origin)
    gates = [run for run in facts.pipelines.runs() if re.search(r"qualitygate\.wait=true|waitForQualityGate", run.text)]
    if gates:
        return unverified("the quality gate of Sonar decides, and its coverage condition is set there", gates[0].origin)
    measured = [run for run in live if run.command and _MEASURES.search(_whole(run))]
    terms = ("fail_under", "--cov-fail-under", "coverageThreshold", "thresholds", "check-coverage", "minimum_coverage")
    searched = Searched(
        terms, "pipelines and test configurations", len(facts.repository.match(*_CONFIGS, deciding=False))
    )
    if measured or uploads:
        first = (measured or uploads)[0]
        problem = Problem("coverage is measured without a threshold", first.origin)
        return failed(
            f"coverage is measured ({first.text[:80]}) and no threshold can fail CI", problem, searched=(searched,)
        )
    tests = tuple(run.origin for run in live if run.command and test_runner(run.command))
    return failed("coverage is not measured in CI", searched=(searched,), places=tests[:3])
