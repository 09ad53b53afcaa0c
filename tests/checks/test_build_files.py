"""Linters that builds bind, and builds that keep JaCoCo out."""

from __future__ import annotations

import pytest

from tests.asking import ask, status


def workflow(*commands: str) -> dict[str, str]:
    steps = "".join(f"      - run: {command}\n" for command in commands)
    text = f"on: [pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    return {".github/workflows/ci.yml": text}


def pom(plugin: str) -> dict[str, str]:
    text = f"<project><artifactId>a</artifactId><build><plugins>\n{plugin}\n</plugins></build></project>\n"
    return {"pom.xml": text, "src/main/java/A.java": "class A { public static void main(String[] a) {} }\n"}


CHECKSTYLE = (
    "<plugin><artifactId>maven-checkstyle-plugin</artifactId>"
    "<executions><execution><goals><goal>check</goal></goals></execution></executions></plugin>"
)
JACOCO = (
    "<plugin><artifactId>jacoco-maven-plugin</artifactId>"
    "<executions><execution><goals><goal>check</goal></goals></execution></executions></plugin>\n"
)


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (CHECKSTYLE, "pass"),
        ("", "fail"),
        ("<!-- sonar, checkstyle -->", "fail"),
        (f"<!-- {CHECKSTYLE} -->", "fail"),
        ("<plugin><artifactId>sonar-maven-plugin</artifactId></plugin>", "fail"),
    ],
)
def test_compiling_is_no_lint(plugin: str, said: str) -> None:
    assert status("lint-and-types", pom(plugin) | workflow("mvn -B install")) == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "pass"),
        ("<configuration><argLine>@{argLine} -Xmx1g</argLine></configuration>", "pass"),
        ("<configuration><argLine>-Xmx1g</argLine></configuration>", "fail"),
    ],
)
def test_arguments_that_replace_jacoco(arguments: str, said: str) -> None:
    plugin = JACOCO + f"<plugin><artifactId>maven-surefire-plugin</artifactId>{arguments}</plugin>"
    tests = {"src/test/java/ATest.java": "class ATest { @Test void a() { assertEquals(1, f()); } }\n"}
    answer = ask("coverage-gate", pom(plugin) | tests | workflow("mvn -B verify"))
    assert answer.assessment.status.value == said
    assert said == "pass" or answer.findings[0].locator.line == 3


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        (("terraform fmt -check", "shellcheck a.sh"), "pass"),
        (("terraform fmt -check", "shellcheck a.sh || true"), "fail"),
        (("terraform fmt -check",), "unverified"),
        (("make",), "fail"),
    ],
)
def test_lint_without_application_code(commands: tuple[str, ...], said: str) -> None:
    assert status("lint-and-types", {"a.sh": "echo a\n", "main.tf": "locals {}\n"} | workflow(*commands)) == said
