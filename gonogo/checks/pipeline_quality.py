"""Coverage thresholds, linters and type checkers that pipelines enforce."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.checks.ci_verification import linted, test_runner, type_checked
from gonogo.checks.pipeline_tests import no_pipeline
from gonogo.facts import Facts
from gonogo.facts.code import Language
from gonogo.facts.dependencies import ComponentKind
from gonogo.facts.pipelines import Run
from gonogo.facts.repository import File
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
    r"^(vladopajic/go-test-coverage|irongut/codecoveragesummary|py-cov-action/|orgoro/coverage|insightsengineering/coverage|"
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
    if gates:
        return passed(f"a coverage threshold can fail CI: {gates[0].text[:120]}", *(run.origin for run in gates[:6]))
    stated = list(_stated(facts))
    for place, measures in stated:
        if enforced := [run for run in live if run.command and re.search(measures, _whole(run))]:
            return passed(
                f"{place.path} states a coverage threshold, and {enforced[0].text[:80]} in CI measures it",
                place,
                enforced[0].origin,
            )
    return _no_gate(facts, live, [place for place, _ in stated])


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


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A language that the product is written in."""

    name: str
    label: str
    files: int
    at: Place
    typed: bool
    """Whether there is a type checker to run for it (its compiler counts)."""


_LABELS = {
    "python": "Python",
    "node": "JavaScript",
    "go": "Go",
    "java": "Java",
    "rust": "Rust",
    "ruby": "Ruby",
    "php": "PHP",
    "dotnet": "C#",
    "kotlin": "Kotlin",
}
_FOREIGN = {
    "rust": "rust",
    "ruby": "ruby",
    "php": "php",
    "c#": "dotnet",
    "csharp": "dotnet",
    "kotlin": "kotlin",
    "scala": "java",
}
_BUILD_LINTERS = (
    "spotless",
    "checkstyle",
    "spotbugs",
    "pmd",
    "errorprone",
    "ktlint",
    "detekt",
    "sonar",
    "googleformatter",
)


def lint_and_types(facts: Facts) -> Outcome:
    """For each language of the product, a step that can fail lints it, and one checks its types."""
    if not facts.pipelines.loaded:
        return no_pipeline(facts, "neither lint nor types are checked on a change")
    spoken = _languages(facts)
    live = [run for run in facts.pipelines.all_runs if run.can_fail and run.on_change]
    lints: dict[str, list[Run]] = {}
    types: dict[str, list[Run]] = {}
    for run in live:
        if run.command is not None:
            lints.setdefault(linted(run.command), []).append(run)
            types.setdefault(type_checked(run.command), []).append(run)
        elif language := _action_lints(run):
            lints.setdefault(language, []).append(run)
    for language in ("java", "kotlin"):
        builds = [
            run for run in types.get("java", ()) if re.search(r"\b(build|check|verify|install|deploy)\b", run.text)
        ]
        if language not in lints and builds and _linted_by_build(facts):
            lints[language] = builds
    if not spoken:
        return _without_code(lints)
    gaps = list(_gaps(spoken, lints, types, facts))
    if gaps:
        lost = [
            run
            for run in facts.pipelines.all_runs
            if run.command and run.executes and not run.can_fail and linted(run.command)
        ]
        problems = [Problem(text, place) for text, place in gaps]
        problems += [Problem(f"{run.text[:80]} cannot fail: {run.excuse}", run.origin) for run in lost[:5]]
        return failed(
            "; ".join(text for text, _ in gaps),
            *problems,
            places=tuple(r.origin for rs in lints.values() for r in rs)[:6],
        )
    named = {language.name for language in spoken} | {"any"}
    chosen = [runs[0] for table in (lints, types) for name, runs in sorted(table.items()) if name in named]
    names = ", ".join(dict.fromkeys(run.text[:40] for run in chosen))
    return passed(
        f"lint and types of {', '.join(s.label for s in spoken)} can fail CI: {names}",
        *(run.origin for run in chosen[:8]),
    )


def _gaps(
    spoken: list[_Spoken], lints: dict[str, list[Run]], types: dict[str, list[Run]], facts: Facts
) -> Iterable[tuple[str, Place]]:
    for language in spoken:
        lint = language.name in lints or "any" in lints
        typed = not language.typed or language.name in types
        if lint and typed:
            continue
        missing = (
            "neither lint nor type checks" if not lint and not typed else "no lint" if not lint else "no type checks"
        )
        if not language.typed and not lint:
            missing = "no lint"
        yield f"{missing} for {language.label} ({language.files} files) in CI", language.at


def _languages(facts: Facts) -> list[_Spoken]:
    """The languages of the product that matter: a fifth of its code, thirty files, or an application of their own."""
    counts: Counter[str] = Counter()
    first: dict[str, Place] = {}
    typescript = 0
    for file in facts.code.files:
        name = "node" if file.language in (Language.JAVASCRIPT, Language.TYPESCRIPT) else str(file.language.value)
        if _is_side_file(facts.repository.by_path.get(file.path)):
            continue
        typescript += file.language is Language.TYPESCRIPT
        counts[name] += 1
        first.setdefault(name, Place(file.path, 1))
    for foreign in facts.code.foreign:
        if name := _FOREIGN.get(foreign.language.lower(), ""):
            counts[name] += foreign.files
            first.setdefault(name, foreign.at)
    total = sum(counts.values())
    components = [c for c in facts.dependencies.components if c.kind is ComponentKind.APPLICATION]
    applications = {c.ecosystem.value for c in components if c.path and not _SIDE_FOLDER.search(c.path + "/")}
    found = []
    for name, number in counts.most_common():
        if number * 5 >= total or number >= 30 or name in applications:
            label = "TypeScript" if name == "node" and typescript else _LABELS[name]
            typed = name not in ("ruby", "php") and not (name == "node" and typescript == 0)
            found.append(_Spoken(name, label, number, first[name], typed))
    return found


def _is_side_file(file: File | None) -> bool:
    """Says whether a code file only serves the repository itself: scripts, configuration, documentation."""
    return file is None or _SIDE_FOLDER.search(file.local) is not None or ".config." in file.name


_SIDE_FOLDER = re.compile(r"(^|/)(scripts?|tools?|docs?|hack|bench\w*|load\w*|oss|\.\w+)/")


def _linted_by_build(facts: Facts) -> Place | None:
    """Where a build file binds a linter to the build."""
    files = facts.repository.match("pom.xml", "build.gradle", "build.gradle.kts", "*.gradle")
    found = facts.repository.search(_BUILD_LINTERS, files, most=1)
    return found.hits[0] if found else None


def _action_lints(run: Run) -> str:
    action = run.step.action.lower()
    if re.search(r"golangci/golangci-lint-action|dominikh/staticcheck", action):
        return "go"
    if re.search(
        r"astral-sh/ruff-action|chartboost/ruff-action|psf/black|py-actions/flake8|reviewdog/action-(flake8|ruff|black)",
        action,
    ):
        return "python"
    if re.search(r"eslint|biomejs/setup-biome|wearerequired/lint-action", action):
        return "node" if "setup" not in action else ""
    if re.search(
        r"super-linter|megalinter|trunk-io/trunk-action|sonarsource/|sonarqube|codacy/codacy-analysis", action
    ):
        return "any"
    return ""


def _without_code(lints: dict[str, list[Run]]) -> Outcome:
    runs = [run for name, found in lints.items() if name for run in found]
    if runs:
        return passed(f"there is no application code; {runs[0].text[:60]} can fail CI", *(r.origin for r in runs[:6]))
    return failed("no linter runs in CI")
