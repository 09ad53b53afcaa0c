"""Test files: what framework they are written for, what they drive, and whether they assert anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.facts.dependencies import TestFile, TestKind
from gonogo.facts.repository import File, Repository, Role
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class _Language:
    suffixes: tuple[str, ...]
    case: re.Pattern[str]
    assertion: re.Pattern[str]
    skip: re.Pattern[str]
    framework: str
    marks: tuple[str, ...]
    """Plain words that assertions have: counting these is many times faster than matching."""


def _language(suffixes: str, case: str, assertion: str, skip: str, framework: str, marks: str) -> _Language:
    flags = re.MULTILINE
    return _Language(
        tuple(suffixes.split()),
        re.compile(case, flags),
        re.compile(assertion, flags),
        re.compile(skip, flags),
        framework,
        tuple(marks.split()),
    )


_LANGUAGES = (
    _language(
        "py",
        r"^\s*(?:async\s+)?def\s+test\w*",
        r"^\s*assert\b|\bself\.(?:assert|fail)\w*\(|pytest\.raises|\.assert_\w+\(|assert_\w+\(|\bexpect\(",
        r"^\s*@(?:pytest\.mark|unittest)\.skip\b(?!if)",
        "pytest",
        "assert pytest.raises self.fail( expect(",
    ),
    _language(
        "js jsx ts tsx mjs cjs mts cts",
        r"^[ \t]*(?:it|test|fit|xit|xtest|scenario|Deno\.test)(?:\.(?:each|only|concurrent|skip|todo)\b[^(]*)?\(",
        r"\bexpect(?:\.\w+)?\(|\bassert(?:\.\w+)*\(|\.should\(|\.should\.|\.expect\(|\bt\.(?:is|deepEqual|true|ok"
        r"|equal)\(|\bcheck\(",
        r"\b(?:it|test)\.(?:skip|todo)\(|\bx(?:it|test)\(",
        "jest",
        "expect( expect. assert .should t.is( t.true( t.equal( t.ok( check(",
    ),
    _language(
        "go",
        r"^func\s+(?:\([^)]*\)\s*)?Test\w*\(|\bIt\(|\bt\.Run\(",
        r"\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|\b(?:assert|require|is|qt|c)\.\w+\(|\bExpect\(|cmp\.Diff\(",
        r"^\s*t\.Skip(?:f|Now)?\(",
        "go test",
        "t.Error t.Fatal t.Fail assert. require. Expect( cmp.Diff is. c.Assert qt.",
    ),
    _language(
        "java kt scala groovy",
        r"@(?:Test|ParameterizedTest|RepeatedTest|TestFactory|ArchTest|Property)\b|\bshould\s+\"|\bdef\s+\"|\bin\s*\{",
        r"\bassert\w*\(|\bverify(?:No\w+)?\(|\bexpect\w*\(|\.andExpect\(|\.isEqualTo\(|\.should\w*|\bshould(?:Be"
        r"|Throw|Equal)|@ArchTest|\.check\("
        r"|StepVerifier|\bthen:|\.statusCode\(",
        r"@(?:Disabled|Ignore)\b",
        "junit",
        "assert verify( expect .andExpect( .should should .isEqualTo( StepVerifier .statusCode( .check( then:",
    ),
    _language(
        "rb",
        r"^\s*(?:it|test|specify|scenario)\b|^\s*def\s+test_",
        r"\bexpect\b|\bassert\w*|\.should\b|is_expected",
        r"^\s*x(?:it|specify)\b|^\s*skip\b",
        "rspec",
        "expect assert .should is_expected",
    ),
    _language(
        "php",
        r"function\s+test\w*|@test\b|#\[Test\]|\b(?:it|test)\(",
        r"\bassert\w*\(|->assert\w+\(|\bexpect\(|->should\w+\(",
        r"markTestSkipped",
        "phpunit",
        "assert expect( ->should",
    ),
    _language(
        "cs fs",
        r"\[(?:Fact|Theory|Test|TestMethod|TestCase)\b",
        r"\bAssert\.\w+|\.Should\w*\(|\bVerify\(|\bExpect\(",
        r"Skip\s*=|\[Ignore",
        "xunit",
        "Assert. .Should Verify( Expect(",
    ),
    _language(
        "rs",
        r"#\[(?:\w+::)?test\b|#\[rstest",
        r"\bassert(?:_\w+)?!|\.unwrap_err\(|should_panic",
        r"#\[ignore",
        "cargo test",
        "assert .unwrap_err( should_panic",
    ),
    _language("exs", r"^\s*test\s+\"", r"\bassert\b|\brefute\b", r"@tag\s+:skip", "exunit", "assert refute"),
    _language(
        "swift dart",
        r"\bfunc\s+test\w*|\btest(?:Widgets)?\(",
        r"\bXCTAssert\w*|\bexpect\(|#expect",
        r"XCTSkip",
        "xctest",
        "XCTAssert expect(  #expect",
    ),
    _language("bats", r"^@test\b", r"\[\s|\[\[|assert\w*|refute\w*", r"^\s*skip\b", "bats", "[ assert refute"),
    _language(
        "sh bash",
        r"^\s*(?:function\s+)?test_?\w*\s*\(\)",
        r"\bassert\w*\b|\bexit\s+1\b|\breturn\s+1\b|\bfail\b",
        r"^$",
        "shell",
        "assert exit return fail",
    ),
    _language(
        "feature",
        r"^\s*(?:Scenario|Scenario Outline|Example):",
        r"^\s*(?:Then|And)\b|^\s*\*\s*match\b",
        r"@(?:skip|ignore|wip)\b",
        "cucumber",
        "Then And match",
    ),
    _language("robot", r"^[A-Z]\w[^\t\n]*$", r"Should\s|Wait Until", r"robot:skip", "robot", "Should Wait"),
    _language(
        "hurl",
        r"^(?:GET|POST|PUT|PATCH|DELETE)\s",
        r"^HTTP(?:/[\d.]+)?\s+\d{3}|^\[Asserts\]",
        r"^$",
        "hurl",
        "HTTP Asserts",
    ),
    _language("hcl", r"^run\s+\"", r"\bcondition\s*=", r"^$", "terraform test", "condition"),
)
_SKIPS = ("skip", "Skip", "todo(", "xit(", "xtest(", "Disabled", "gnore", "@wip")
_BY_SUFFIX = {suffix: language for language in _LANGUAGES for suffix in language.suffixes}
_FRAMEWORKS = (
    ("k6", TestKind.LOAD, ("from 'k6", 'from "k6', "require('k6", "k6/http")),
    ("locust", TestKind.LOAD, ("from locust", "import locust")),
    ("gatling", TestKind.LOAD, ("io.gatling", "@gatling.io")),
    (
        "autocannon",
        TestKind.LOAD,
        ("autocannon(", "from 'autocannon", 'from "autocannon', "require('autocannon", 'require("autocannon'),
    ),
    ("vegeta", TestKind.LOAD, ("tsenart/vegeta",)),
    ("playwright", TestKind.END_TO_END, ("playwright",)),
    ("cypress", TestKind.END_TO_END, ("cy.visit(", "cy.request(", "cy.get(", '/// <reference types="cypress')),
    ("selenium", TestKind.END_TO_END, ("selenium", "webdriver", "WebDriver")),
    ("puppeteer", TestKind.END_TO_END, ("puppeteer",)),
    ("karate", TestKind.END_TO_END, ("* match ", "karate.")),
    ("testcafe", TestKind.END_TO_END, ("testcafe",)),
    ("capybara", TestKind.END_TO_END, ("capybara", "type: :system", "type: :feature")),
    ("toxiproxy", TestKind.CHAOS, ("toxiproxy",)),
)
_END_TO_END = re.compile(
    r"(^|/)(e2e|e2e[-_]tests?|end[-_]to[-_]end|cypress|playwright|acceptance([-_]?tests?)?|system[-_]tests?"
    r"|ui[-_]tests?|api[-_]tests?"
    r"|smoke([-_]tests?)?|functional([-_]tests?)?|browser[-_]tests?)/|[._-]e2e[._-]|[._-](smoke"
    r"|acceptance)[._-]|(^|/)e2e[._]",
    re.IGNORECASE,
)
_INTEGRATION = re.compile(r"integration|[._-]it[._-]|(^|/)it/|IT\.(java|kt)$|contract", re.IGNORECASE)
_LOAD = re.compile(
    r"(^|[/_.-])(k6|locust\w*|gatling|artillery|jmeter|load[-_]?(test(s|ing)?|gen\w*)?"
    r"|perf(ormance)?([-_]?tests?)?|stress([-_]?tests?)?|bench\w*)([/_.-]|$)",
    re.IGNORECASE,
)
_CHAOS = re.compile(
    r"(^|[/_.-])(chaos\w*|fault[-_]injection|game[-_]?days?|litmus|toxiproxy"
    r"|resilience[-_]tests?)([/_.-]|$)",
    re.IGNORECASE,
)
_SUPPORT = re.compile(
    r"(^|/)(fixtures?|__fixtures__|mocks?|__mocks__|__snapshots__|testdata|test-data|test_data"
    r"|support|helpers?)/|conftest\.py$|\.d\.ts$"
)
_SCRIPTED = frozenset("js jsx ts tsx mjs cjs py scala java kt go sh bash yml yaml jmx json".split())
_LEFT_OUT = (Role.VENDORED, Role.ARCHIVE, Role.GENERATED, Role.DOCUMENT)
MOST_BYTES = 1_000_000


def read_tests(repository: Repository) -> Iterator[TestFile]:
    """Test files by path; load scenarios and chaos experiments also where they do not lie in a folder of tests."""
    for file in repository.files:
        if (
            not file.binary
            and file.size <= MOST_BYTES
            and file.role not in _LEFT_OUT
            and (found := _of(repository, file))
        ):
            yield found


def _of(repository: Repository, file: File) -> TestFile | None:
    suffix = file.name.rpartition(".")[2].lower()
    apart = suffix in _SCRIPTED and (_LOAD.search(file.local) or _CHAOS.search(file.local))
    if apart and (found := _experiment(repository, file, suffix)):
        return found
    if file.role is Role.TEST and suffix == "json" and "postman_collection" in file.name:
        text = repository.text(file)
        asserts = text.count("pm.expect(") + text.count("pm.test(")
        return TestFile(file.path, "postman", TestKind.END_TO_END, 1, asserts, 0, Place(file.path))
    if file.name in ("tests.py", "test.py") and file.role is Role.PRODUCT:
        return _test(repository, file, _BY_SUFFIX[suffix])
    if file.role is Role.TEST and not _SUPPORT.search(file.local) and suffix in _BY_SUFFIX:
        return _test(repository, file, _BY_SUFFIX[suffix])
    if suffix == "rs" and "#[cfg(test)]" in repository.text(file):
        return _test(repository, file, _BY_SUFFIX[suffix])
    return None


def _test(repository: Repository, file: File, language: _Language) -> TestFile | None:
    text = repository.text(file)
    cases = sum(1 for _ in language.case.finditer(text))
    first = language.assertion.search(text)
    if not cases and not (first and language.framework in ("pytest", "jest", "shell", "junit")):
        return None
    framework, kind = _driven(file, text, language.framework)
    if kind is TestKind.LOAD and (found := _experiment(repository, file, file.name.rpartition(".")[2].lower())):
        return found  # its checks are no thresholds
    assertions = sum(text.count(mark) for mark in language.marks) if first else 0
    line = text.count("\n", 0, first.start()) + 1 if first else 0
    if first and text[first.start()] == "\n":
        line += 1
    skipped = sum(1 for _ in language.skip.finditer(text)) if any(word in text for word in _SKIPS) else 0
    return TestFile(file.path, framework, kind, cases, assertions, skipped, Place(file.path, line, line))


def _driven(file: File, text: str, framework: str) -> tuple[str, TestKind]:
    for name, kind, marks in _FRAMEWORKS:
        if any(mark in text for mark in marks):
            return name, kind
    if framework == "jest" and ("vitest" in text[:3000] or "node:test" in text[:3000]):
        framework = "vitest" if "vitest" in text[:3000] else "node:test"
    if framework in ("cucumber", "robot", "hurl") or _END_TO_END.search(file.local):
        return framework, TestKind.END_TO_END
    if _INTEGRATION.search(file.local) or "testcontainers" in text.lower() or "@SpringBootTest" in text:
        return framework, TestKind.INTEGRATION
    return framework, TestKind.UNIT


def _experiment(repository: Repository, file: File, suffix: str) -> TestFile | None:
    """A load scenario or chaos experiment, by what it says; ``assertions`` counts thresholds and the like."""
    text = repository.text(file)
    for name, pattern, thresholds in _LOAD_TOOLS:
        if suffix in pattern[0] and re.search(pattern[1], text, re.MULTILINE):
            found = list(re.finditer(thresholds, text, re.MULTILINE))
            line = text.count("\n", 0, found[0].start()) + 1 if found else 0
            return TestFile(file.path, name, TestKind.LOAD, 1, len(found), 0, Place(file.path, line, line))
    for name, suffixes, mark in _CHAOS_TOOLS:
        if suffix in suffixes and (found_at := re.search(mark, text, re.MULTILINE)):
            line = text.count("\n", 0, found_at.start()) + 1
            return TestFile(file.path, name, TestKind.CHAOS, 1, 1, 0, Place(file.path, line, line))
    return None


_JS = ("js", "ts", "mjs", "cjs", "jsx", "tsx")
_YAML = ("yml", "yaml")
_LOAD_TOOLS = (
    ("k6", (_JS, r"from\s+['\"]k6|require\(['\"]k6"), r"^[^/#\n]*\bthresholds\s*:(?!\s*\{\s*\})"),
    ("locust", (("py",), r"^\s*(from|import)\s+locust"), r"fail_ratio|get_response_time_percentile"
    r"|process_exit_code"),
    ("gatling", (("scala", "java", "kt", *_JS), r"io\.gatling|@gatling\.io"), r"\.assertions\(|assertions:"),
    (
        "artillery",
        ((*_YAML, "json"), r"^\s*\"?(phases|scenarios)\"?\s*:"),
        r"^\s*[\"']?(thresholds|conditions|maxErrorRate|p9\d|max)[\"']?\s*:",
    ),
    ("jmeter", (("jmx",), r"<jmeterTestPlan"), r"<DurationAssertion"),
    ("autocannon", (_JS, r"autocannon"), r"(p9\d|latency|errors|average|threshold|non2xx)[^\n]*[<>]"),
    ("vegeta", (("go",), r"tsenart/vegeta"), r"t\.Fatal|t\.Error"),
    ("wrk", (("sh", "bash"), r"^\s*(wrk2?|hey|ab|vegeta|bombardier|oha|ghz|fortio)\s"),
     r"(p9\d|latency|threshold|rate|rps)[^\n]*(-gt|-lt|-ge|-le|[<>]) "),
)  # fmt: skip
_CHAOS_TOOLS = (
    ("chaos mesh", _YAML, r"^kind:\s*(PodChaos|NetworkChaos|StressChaos|IOChaos|HTTPChaos|DNSChaos|Schedule"
    r"|Workflow)\s*$"),
    ("litmus", _YAML, r"^kind:\s*Chaos(Engine|Experiment|Schedule)"),
    ("chaos toolkit", (*_YAML, "json"), r"\"?steady-state-hypothesis\"?\s*:"),
    ("toxiproxy", (*_JS, "py", "go", "java", "sh"), r"toxiproxy"),
    ("script", ("sh", "bash"), r"kubectl\s+(-n\s+\S+\s+)?delete\s+pod|docker\s+(kill|stop|pause)"
    r"|docker[- ]compose\s+(kill|stop|pause)|tc\s+qdisc|assaults|stress-ng|actuator/chaosmonkey"),
    ("script", ("py",), r"delete_namespaced_pod|stop_task|terminate_instances|\.kill\(\)|\.pause\(\)"),
)  # fmt: skip
