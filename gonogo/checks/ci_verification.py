"""What a command of a pipeline verifies: tests, lint, types. A table of the tools that there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.facts.pipelines import Command


@dataclass(frozen=True, slots=True)
class Runner:
    """A test runner as it was called. ``family`` is the ecosystem that it tests: ``python``, ``node`` ..."""

    name: str
    family: str
    end_to_end: bool = False
    weak: bool = False
    """Whether only the name of a script says that it is a test."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _each(**languages: str) -> dict[str, str]:
    """A table from programs to languages, written by language."""
    return {program: language for language, programs in languages.items() for program in programs.split()}


_TESTS = _each(
    python="pytest py.test nose2 nosetests unittest behave robot stestr trial",
    node="jest vitest mocha ava tap jasmine karma wtr web-test-runner testem",
    go="gotestsum ginkgo",
    ruby="rspec cucumber minitest parallel_rspec",
    php="phpunit pest codecept behat paratest simple-phpunit",
    other="ctest bats busted shellspec",
)
_END_TO_END = _set("playwright cypress testcafe wdio nightwatch detox newman schemathesis dredd protractor")
_SUBCOMMAND_TESTS: dict[tuple[str, str], str] = {
    ("go", "test"): "go",
    ("cargo", "test"): "rust",
    ("cargo", "nextest"): "rust",
    ("cargo", "llvm-cov"): "rust",
    ("cargo", "tarpaulin"): "rust",
    ("dotnet", "test"): "dotnet",
    ("mix", "test"): "other",
    ("swift", "test"): "other",
    ("flutter", "test"): "other",
    ("dart", "test"): "other",
    ("stack", "test"): "other",
    ("cabal", "test"): "other",
    ("lein", "test"): "java",
    ("sbt", "test"): "java",
    ("bun", "test"): "node",
    ("deno", "test"): "node",
    ("ng", "test"): "node",
    ("react-scripts", "test"): "node",
    ("craco", "test"): "node",
    ("vue-cli-service", "test:unit"): "node",
    ("hardhat", "test"): "node",
    ("forge", "test"): "other",
    ("bazel", "test"): "any",
    ("bazelisk", "test"): "any",
    ("pants", "test"): "any",
    ("buck2", "test"): "any",
    ("earthly", "+test"): "any",
    ("skaffold", "test"): "any",
    ("rails", "test"): "ruby",
    ("rake", "test"): "ruby",
    ("rake", "spec"): "ruby",
    ("zig", "test"): "other",
    ("xcodebuild", "test"): "other",
    ("molecule", "test"): "other",
}
_MAVEN_PHASES = _set("test package verify install deploy integration-test")
_GRADLE_TASKS = re.compile(
    r"(^|:)(test|check|build|integrationTest|jacocoTestReport|\w+Test|testDebug\w*|test\w+UnitTest)\Z"
)
_SKIP_TESTS = re.compile(r"-D(skipTests|maven\.test\.skip)(=true)?\Z|-DskipITs|-Pquick|-DskipUTs")
_TEST_SCRIPT = re.compile(
    r"(^|/)(tests?|spec)/|(^|[/_.-])(run[_-]?)?tests?([_.-]|\Z)|(^|/)(smoke|integration|e2e)[_-]?tests?", re.IGNORECASE
)


def test_runner(command: Command) -> Runner | None:
    """The test runner that a command calls; None where it is no test."""
    words = command.core
    program = command.program
    if not words:
        return None
    if program in _TESTS:
        return None if command.has("--version", "--help", "--collect-only") else Runner(program, _TESTS[program])
    if program in _END_TO_END:
        wanted = {"playwright": "test", "cypress": "run", "newman": "run"}.get(program, "")
        return Runner(program, "node", end_to_end=True) if not wanted or wanted in words else None
    for sub in words[1:4]:
        if family := _SUBCOMMAND_TESTS.get((program, sub)):
            return Runner(f"{program} {sub}", family)
    if program in ("coverage", "nyc", "c8"):
        return _covered(command)
    if program in ("mvn", "mvnw", "mvnd"):
        goals = [w for w in words[1:] if not w.startswith("-")]
        runs = any(g in _MAVEN_PHASES or g.startswith(("surefire:", "failsafe:")) for g in goals)
        skipped = any(_SKIP_TESTS.match(w) and not w.endswith("=false") for w in words)
        return Runner("mvn " + " ".join(goals), "java") if runs and not skipped else None
    if program in ("gradle", "gradlew", "gradlew.bat"):
        tasks = [w for w in words[1:] if not w.startswith("-") and _GRADLE_TASKS.search(w)]
        skipped = any(w == "-x" and words[i + 1 : i + 2] and words[i + 1].endswith("test") for i, w in enumerate(words))
        return Runner("gradle " + " ".join(tasks), "java") if tasks and not skipped else None
    return _scripted(command, words, program)


def _covered(command: Command) -> Runner | None:
    """``coverage run -m pytest``, ``nyc mocha``."""
    text = " ".join(command.core)
    if (
        command.program == "coverage"
        and "run" in command.core
        and re.search(r"pytest|unittest|manage\.py|nose|test", text)
    ):
        return Runner("coverage run", "python")
    if command.program in ("nyc", "c8") and re.search(r"mocha|jest|ava|tap|test", text):
        return Runner(command.program, "node")
    return None


def _scripted(command: Command, words: tuple[str, ...], program: str) -> Runner | None:
    first = next((w for w in words[1:] if not w.startswith("-")), "")
    if re.match(r"(python|pypy)[\d.]*\Z", program):
        if first.endswith("manage.py") and "test" in words:
            return Runner("manage.py test", "python")
        weak = _TEST_SCRIPT.search(first) and not _is_set_up(first)
        return Runner(first, "python", weak=True) if weak else None
    if program == "node":
        if command.has("--test"):
            return Runner("node --test", "node")
        weak = _TEST_SCRIPT.search(first) and not _is_set_up(first)
        return Runner(first, "node", weak=True) if weak else None
    if program == "php" and first.endswith("artisan") and "test" in words:
        return Runner("artisan test", "php")
    if program == "nx" and re.search(r"(\s|=|,)(test|vite:test)(\s|,|:|\Z)", " ".join(words)):
        return Runner("nx test", "any")
    composed = re.search(r"compose\b.*\b(run|up)\b.*\b(tests?|e2e)\b", " ".join(words))
    if program in ("docker", "docker-compose") and composed:
        return Runner("docker compose run tests", "any", weak=True)
    if program == "ct" and "install" in first:
        return Runner("ct install", "other", end_to_end=True)
    return None


def _is_set_up(path: str) -> bool:
    return (
        re.search(r"pre_?start|setup|seed|fixture|wait|migrat|generate|report|badge|coverage", path, re.I) is not None
    )


_LINTERS = _each(
    python="flake8 pylint pycodestyle pydocstyle pyflakes autopep8 yapf",
    node="eslint tslint oxlint standard xo stylelint eslint_d",
    go="golangci-lint staticcheck golint revive errcheck",
    java="checkstyle pmd spotbugs",
    kotlin="ktlint detekt",
    ruby="rubocop standardrb reek",
    php="phpcs phpmd ecs parallel-lint twigcs",
    c="clang-tidy cppcheck",
    swift="swiftlint",
    other="shellcheck hadolint yamllint markdownlint markdownlint-cli2 actionlint tflint ansible-lint codespell "
    "sqlfluff buf spectral cfn-lint kubeconform",
)
_LINT_FORMS: tuple[tuple[str, str, str], ...] = (
    # program, what its arguments must hold, language
    ("ruff", r"^(?!.*\s(format|clean|rule|version)\b)|format\b.*--(check|diff|exit-non-zero)", "python"),
    ("black", r"--check|--diff", "python"),
    ("isort", r"--check|-c\b|--diff", "python"),
    ("prettier", r"--check|-c\b|--list-different|-l\b", "node"),
    ("biome", r"\b(check|ci|lint)\b", "node"),
    ("next", r"\blint\b", "node"),
    ("ng", r"\blint\b", "node"),
    ("vue-cli-service", r"\blint\b", "node"),
    ("deno", r"\b(lint|fmt\b.*--check)", "node"),
    ("nx", r"\blint\b", "node"),
    ("go", r"\bvet\b", "go"),
    ("gofmt", r"-[a-z]*[ld]", "go"),
    ("goimports", r"-[a-z]*[ld]", "go"),
    ("cargo", r"\bclippy\b|\bfmt\b.*--check", "rust"),
    ("rustfmt", r"--check", "rust"),
    ("dotnet", r"\bformat\b", "dotnet"),
    ("mvn", r"(checkstyle|spotless|pmd|spotbugs|ktlint):check|detekt:check|sonar:sonar", "java"),
    ("mvnw", r"(checkstyle|spotless|pmd|spotbugs|ktlint):check|detekt:check|sonar:sonar", "java"),
    ("gradle", r"checkstyle|spotlessCheck|pmd|spotbugs|ktlint|detekt|\blint", "java"),
    ("gradlew", r"checkstyle|spotlessCheck|pmd|spotbugs|ktlint|detekt|\blint", "java"),
    ("php-cs-fixer", r"--dry-run|\bcheck\b", "php"),
    ("pint", r"--test", "php"),
    ("terraform", r"\bfmt\b.*-check|\bvalidate\b", "terraform"),
    ("tofu", r"\bfmt\b.*-check|\bvalidate\b", "terraform"),
    ("helm", r"\blint\b", "other"),
    ("mix", r"\bcredo\b|format\b.*--check", "other"),
    ("dart", r"\banalyze\b", "other"),
    ("flutter", r"\banalyze\b", "other"),
    ("trunk", r"\bcheck\b", "any"),
    ("sonar-scanner", r"", "any"),
)  # fmt: skip
_TYPE_CHECKERS = _each(
    python="mypy dmypy pyright basedpyright pyre pytype ty pyrefly zuban",
    node="tsc vue-tsc svelte-check tsgo flow",
    php="phpstan psalm",
    ruby="srb steep",
)
_TYPED_BUILDS = (
    (_set("next ng nest nx react-scripts astro"), re.compile(r"\bbuild\b"), "node"),
    (_set("tsup"), re.compile(r"--dts"), "node"),
    (_set("astro"), re.compile(r"\bcheck\b"), "node"),
)
_COMPILERS = {
    "go": re.compile(r"^go (build|test|vet|install)\b|^golangci-lint"),
    "java": re.compile(r"^(mvn|mvnw|mvnd)\b.*\b(compile|test|package|verify|install|deploy)\b|^gradlew?\b.*"),
    "rust": re.compile(r"^cargo (build|check|test|clippy|nextest)"),
    "dotnet": re.compile(r"^dotnet (build|test|publish|pack)"),
    "kotlin": re.compile(r"^gradlew?\b|^mvnw?\b"),
}


def linted(command: Command) -> str:
    """The language that a command lints; empty where it lints none or only rewrites files."""
    program, rest = command.program, " ".join(command.arguments)
    if program in _LINTERS:
        return "" if command.has("--version", "--help") else _LINTERS[program]
    for name, pattern, language in _LINT_FORMS:
        if program == name and re.search(pattern, " " + rest):
            return language
    return ""


def type_checked(command: Command) -> str:
    """The language whose types a command checks; empty for none."""
    program, text = command.program, " ".join((command.program, *command.arguments))
    if program in _TYPE_CHECKERS and not command.has("--version"):
        return _TYPE_CHECKERS[program]
    for programs, pattern, language in _TYPED_BUILDS:
        if program in programs and pattern.search(text):
            return language
    if program == "deno" and "check" in command.arguments:
        return "node"
    return next((language for language, pattern in _COMPILERS.items() if pattern.search(text)), "")


def is_trivial(command: Command) -> bool:
    """Says whether a command checks or builds nothing: printing, moving about, git's house-keeping."""
    return command.program in _TRIVIAL or not command.program


_TRIVIAL = _set(
    "echo printf cd pwd ls cat export set source . true false : exit sleep mkdir rm cp mv touch chmod git gh date env "
    "tee test [ [[ whoami uname head tail sort uniq wc grep sed awk tr cut jq yq which type hash ln find xargs "
    "basename dirname read return local declare shift if apt-get apt sudo brew apk yum curl wget tar unzip zip gpg "
    "eval ssh-keyscan pushd popd"
)
