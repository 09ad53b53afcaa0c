"""What build files of Maven and Gradle say about linters and about measuring coverage."""

from __future__ import annotations

import re

from gonogo.facts import Facts
from gonogo.model.evidence import Place

_MAVEN_LINTERS = re.compile(
    r"<artifactId>\s*(maven-(checkstyle|pmd)-plugin|(spotbugs|findbugs|spotless|ktlint|detekt|fmt|formatter)-maven-plugin"
    r"|fmt-maven-plugin|error_prone_core|ktlint|spring-javaformat-maven-plugin)\s*</artifactId>"
)
_GRADLE_LINTERS = re.compile(
    r"^(?!\s*(//|\*)).*(\b(id|alias|plugin|apply)\b.*(checkstyle|spotbugs|findbugs|\bpmd\b|spotless|ktlint|kotlinter|detekt"
    r"|errorprone|javaformat|google-?java-?format)|^\s*(checkstyle|pmd)\s*(\{|$))",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
_ARGUMENTS = re.compile(r"<argLine>(.*?)</argLine>", re.DOTALL)


def linted_by_build(facts: Facts) -> Place | None:
    """Where a build file binds a linter of its language to the build; a server such as Sonar judges elsewhere."""
    for file in facts.repository.match("pom.xml"):
        text = _without_comments(facts.repository.text(file))
        if found := _MAVEN_LINTERS.search(text):
            bound = found[1] == "error_prone_core" or re.search(
                r"<goal>\s*(check|validate|[\w-]*check)\s*</goal>", text
            )
            if bound:
                return Place(file.path, text.count("\n", 0, found.start()) + 1)
    gradle = facts.repository.match("build.gradle", "build.gradle.kts", "*.gradle", "*.gradle.kts")
    return next(iter(facts.repository.grep(_GRADLE_LINTERS, gradle, most=1)), None)


def replaced_agent(text: str) -> int:
    """The line of a pom where arguments for tests replace those by which JaCoCo hooks itself in; 0 where none does.

    Maven puts ``@{argLine}`` in late, with what JaCoCo wrote into that property; a property of this name is no harm.
    """
    text = _without_comments(text)
    for found in _ARGUMENTS.finditer(text):
        before = text[: found.start()]
        configures = before.rfind("<configuration") > before.rfind("</configuration>")
        if configures and "@{" not in found[1] and "${" not in found[1]:
            return before.count("\n") + 1
    return 0


def _without_comments(text: str) -> str:
    return _COMMENTS.sub(lambda found: "\n" * found[0].count("\n"), text) if "<!--" in text else text
