"""Tests as they lie in the repository: suites that assert, end-to-end suites that run, load and chaos experiments."""

from __future__ import annotations

import re
from collections import Counter
from posixpath import normpath

from gonogo.checks.claims import is_clear
from gonogo.checks.wording import agreed, counted
from gonogo.facts import Facts
from gonogo.facts.dependencies import TestFile, TestKind
from gonogo.facts.pipelines import Run
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place, Searched

_TRIVIAL = re.compile(
    r"expect\((true|1 ?\+ ?1)\)\.to(Be|Equal)\((true|2)\)|^\s*assert (True|1 == 1|1)\s*$|assertTrue\(\s*true\s*\)"
    r"|assertEquals?\(1, ?1\)",
    re.IGNORECASE | re.MULTILINE,
)
_GENERAL = frozenset(
    "pytest jest vitest mvn mvnw gradle gradlew go cargo rspec phpunit dotnet tox nox rake mocha ava".split()
)
_END_TO_END = re.compile(
    r"e2e|end[-_ ]to[-_ ]end|playwright|cypress|selenium|puppeteer|newman|postman|karate|cucumber|behave|robot|hurl"
    r"|testcafe|webdriver|acceptance|smoke"
    r"|ui[-_]tests?|api[-_]tests?",
    re.IGNORECASE,
)
_NO_RUNNERS = frozenset(
    "echo grep git cat ls jq yq sed awk cd mkdir printf export cp mv rm curl wget gh find test [ tar tee aws".split()
)
_EXPERIMENTS = (
    "ChaosEngine",
    "ChaosSchedule",
    "PodChaos",
    "NetworkChaos",
    "StressChaos",
    "IOChaos",
    "HTTPChaos",
    "DNSChaos",
)


def tests_exist(facts: Facts) -> Outcome:
    """At least one suite asserts something that is not trivially true."""
    kinds = (TestKind.UNIT, TestKind.INTEGRATION, TestKind.END_TO_END)
    written = [test for test in facts.dependencies.tests if test.kind in kinds]
    suites = [test for test in facts.dependencies.suites(*kinds) if not _is_trivial(facts, test)]
    if suites:
        cases, asserts = sum(t.cases for t in suites), sum(t.assertions for t in suites)
        frameworks = ", ".join(name for name, _ in Counter(t.framework for t in suites).most_common(3))
        return passed(
            f"{counted(len(suites), 'test file')} ({frameworks}) with about {cases} cases and {asserts} assertions",
            *(test.at for test in suites[:6]),
        )
    if written:
        problems = [Problem(f"{test.path} asserts nothing that could fail", test.at) for test in written[:10]]
        return failed(f"{len(written)} test files exist, and none asserts anything that could fail", *problems)
    return failed("no test file was found", searched=(_searched(facts, "test files by name, folder and framework"),))


def _is_trivial(facts: Facts, test: TestFile) -> bool:
    if test.assertions > 3:
        return False
    return len(_TRIVIAL.findall(facts.repository.text(test.path))) >= test.assertions


def e2e_tests(facts: Facts) -> Outcome:
    """A suite that drives the running system, which a pipeline runs and can fail on."""
    suites = facts.dependencies.suites(TestKind.END_TO_END)
    if not suites:
        return _without_suite(facts)
    runs = [(suite, run) for suite in suites if (run := _run_of(facts, suite))]
    effective = [(suite, run) for suite, run in runs if run.can_fail]
    if effective and (aside := _aside(effective)):
        return aside
    if effective:
        names = sorted({suite.framework for suite, _ in effective})
        places = [suite.at for suite, _ in effective[:4]] + [run.at for _, run in effective[:2]]
        count = agreed(len(effective), "end-to-end test file runs", "end-to-end test files run")
        where = effective[0][1].pipeline.name
        return passed(f"{count} ({', '.join(names)}) in {where}", *dict.fromkeys(places))
    if any(pipeline.remote for pipeline in facts.pipelines.loaded):
        return unverified("end-to-end tests exist; pipelines take parts from elsewhere that may run them", suites[0].at)
    if runs:
        suite, run = runs[0]
        problem = Problem(f"the run of {suite.path} can't fail the pipeline: {run.excuse}", run.at)
        return failed("end-to-end tests run where their failure fails nothing", problem, places=(suite.at,))
    problems = [Problem(f"no pipeline runs {suite.path}", suite.at) for suite in suites[:5]]
    return failed(f"{len(suites)} end-to-end test files exist, and no pipeline runs them", *problems)


_ASIDE = re.compile(
    r"a11y|accessib|axe\b|perf(ormance)?|benchmark|lighthouse|visual|screenshot|snapshot|browser|device|responsive"
    r"|home[-_]?page|landing|smoke|sanity|health|title|security[-_]?audit|seo|example",
    re.IGNORECASE,
)
_NO_FLOW = re.compile(r"smoke|sanity|health", re.IGNORECASE)


def _aside(effective: list[tuple[TestFile, Run]]) -> Outcome | None:
    """Where what runs looks at pages (accessibility, speed, browsers, one page) and at no flow of the users."""
    names = [suite.path.rpartition("/")[2] for suite, _ in effective]
    if not all(_ASIDE.search(name) for name in names):
        return None
    shown = ", ".join(dict.fromkeys(names[:5]))
    if any(_NO_FLOW.search(name) for name in names):
        reason = f"what runs end to end is a smoke test ({shown}); whether it takes a user's way does not show"
        return unverified(reason, effective[0][0].at, effective[0][1].at)
    problems = [Problem(f"{suite.path} checks pages, and no user's flow", suite.at) for suite, _ in effective[:5]]
    return failed(f"what runs end to end ({shown}) checks pages or speed, and no user's flow", *problems)


def _without_suite(facts: Facts) -> Outcome:
    others = [t for t in facts.dependencies.tests if t.kind is TestKind.END_TO_END]
    if others:
        problems = [Problem(f"{t.path} asserts nothing", t.at) for t in others[:5]]
        return failed("the end-to-end tests assert nothing", *problems)
    partial = facts.dependencies.suites(TestKind.INTEGRATION)
    more = f"; {len(partial)} integration test files drive parts of it" if partial else ""
    searched = _searched(
        facts, "Playwright, Cypress, Selenium, Postman, Karate and the like; folders e2e, acceptance, smoke"
    )
    return failed(
        f"no test drives the running system end to end{more}",
        places=tuple(t.at for t in partial[:3]),
        searched=(searched,),
    )


def _run_of(facts: Facts, suite: TestFile) -> Run | None:
    """What runs the suite in a pipeline: a command that names it, its folder or its kind, else a general test run.

    Among those, one that can fail is preferred.
    """
    folder = suite.path.rpartition("/")[0]
    found: list[Run] = []
    if not _is_taken_up(facts, suite):
        return None
    for run in facts.pipelines.runs():
        text = run.text if run.command is None else " ".join((run.command.text, *run.command.through))
        near = not suite.component or run.folder in ("", "?") or suite.path.startswith(run.folder.rstrip("/") + "/")
        named = (folder and folder in text) or _END_TO_END.search(text) or _names_framework(suite, text)
        named = named and (run.command is None or run.command.program not in _NO_RUNNERS) and not _installs(text)
        names = run.command is not None and (run.folder.startswith(folder) if folder and run.folder else False)
        general = run.command is not None and _is_general(run, suite) and near
        if (named or names or general) and not _takes_others(run, suite):
            found.append(run)
    found.sort(key=lambda run: (not run.can_fail, not run.pipeline.on_change, "e2e" not in run.text.lower()))
    return found[0] if found else None


_BROWSER_TESTS = frozenset("playwright cypress selenium puppeteer karate testcafe postman robot cucumber hurl".split())
_TEST_FOLDER = re.compile(r"^\s*testDir\s*:\s*['\"]([\w./-]+)['\"]", re.MULTILINE)


def _names_framework(suite: TestFile, text: str) -> bool:
    """Only what is made for driving a system says by its name that it does so; pytest runs anything."""
    return suite.framework in _BROWSER_TESTS and suite.framework in text


def _is_taken_up(facts: Facts, suite: TestFile) -> bool:
    """Whether Playwright's configuration, where there is one above a suite, looks into the folder of it."""
    if suite.framework != "playwright":
        return True
    above = [f for f in facts.repository.match("playwright.config.*", deciding=False) if _is_above(f.folder, suite)]
    if not above:
        return True
    nearest = max(len(file.folder) for file in above)
    for file in above:
        if len(file.folder) == nearest:
            chosen = _TEST_FOLDER.search(facts.repository.text(file))
            if not chosen or _is_above(normpath(f"{file.folder}/{chosen[1]}").strip("/."), suite):
                return True
    return False


def _is_above(folder: str, suite: TestFile) -> bool:
    return not folder or suite.path.startswith(folder + "/")


def _takes_others(run: Run, suite: TestFile) -> bool:
    """Whether a test run names folders or files, and none of them holds the suite."""
    command = run.command
    if command is None or command.program not in _GENERAL or run.folder == "?":
        return False
    paths = [w.partition("::")[0] for w in command.subcommands if "/" in w and "..." not in w and "$" not in w]
    wheres = [normpath(f"{run.folder}/{path}").strip("/") for path in paths if not path.startswith(("-", "/"))]
    return bool(wheres) and not any(where in ("", ".") or suite.path.startswith(where) for where in wheres)


def _is_general(run: Run, suite: TestFile) -> bool:
    """A test run without a choice of files, of a framework that takes the suite up by itself."""
    command = run.command
    if command is None or command.program not in _GENERAL:
        return False
    takes = {
        "pytest": ("pytest",),
        "jest": ("jest", "vitest"),
        "go test": ("go",),
        "junit": ("mvn", "mvnw", "gradle", "gradlew"),
    }
    wanted = takes.get(suite.framework, (suite.framework,))
    chosen = [word for word in command.subcommands if "/" in word and "..." not in word]
    return command.program in wanted and (not chosen or any(suite.path.startswith(word.strip("./")) for word in chosen))


def _installs(text: str) -> bool:
    return bool(re.search(r"\binstall(-deps)?\b|actions/(cache|upload)|\blint\b|\bbuild\b.*cypress", text))


def load_tested(facts: Facts) -> Outcome:
    """A load scenario with thresholds, which are the target that it is run against."""
    scenarios = [test for test in facts.dependencies.tests if test.kind is TestKind.LOAD]
    bounded = [test for test in scenarios if test.assertions]
    if bounded:
        tools = ", ".join(sorted({test.framework for test in bounded}))
        return passed(
            f"{agreed(len(bounded), 'load scenario has', 'load scenarios have')} thresholds ({tools})",
            *(test.at for test in bounded),
        )
    if scenarios:
        problems = [
            Problem(f"{t.path} ({t.framework}) makes load without a threshold that it must meet", Place(t.path))
            for t in scenarios[:5]
        ]
        return failed("load is generated, but against no target: no scenario has a threshold", *problems)
    searched = _searched(facts, "k6, Locust, Gatling, Artillery, JMeter, autocannon, vegeta, wrk scenarios")
    return failed("no load test was found", searched=(searched,))


def chaos_tested(facts: Facts) -> Outcome:
    """An experiment that injects failure: a chaos tool's manifest, a fault injection template, a test with a fault."""
    experiments = [test.at for test in facts.dependencies.tests if test.kind is TestKind.CHAOS]
    experiments += [item.at for item in facts.kubernetes.of(*_EXPERIMENTS)]
    experiments += [r.at for r in facts.terraform.resources("aws_fis_experiment_template")]
    experiments += [r.at for r in facts.cloudformation.resources("aws_fis_experiment_template")]
    if experiments:
        return passed(f"failure is injected on purpose by {counted(len(experiments), 'experiment')}", *experiments)
    told = [
        place
        for document in facts.documents.prose
        for place in document.says(
            r"\b(chaos (test|experiment|engineering|drill)|game ?day|fault injection|failure injection)"
        )
    ]
    done = [
        c
        for c in facts.documents.claims
        if is_clear(c) and c.kind == "ticked" and re.search(r"chaos|game ?day|fault injection", c.text, re.I)
    ]
    searched = _searched(
        facts, "Chaos Mesh, Litmus, Chaos Toolkit, Toxiproxy, FIS, chaos and fault injection scripts and tests"
    )
    if done:
        problems = [Problem("this says that failure was injected, and no experiment lies here", c.at) for c in done[:5]]
        reason = "a document says that failure was injected, and no experiment lies in the repository"
        return failed(reason, *problems, searched=(searched,))
    more = "; documents speak of it only as a plan or an idea" if told else ""
    return failed(f"no experiment that injects failure was found{more}", places=tuple(told[:3]), searched=(searched,))


def _searched(facts: Facts, terms: str) -> Searched:
    return Searched((terms,), "all files but vendored and archived ones", len(facts.repository.files))
