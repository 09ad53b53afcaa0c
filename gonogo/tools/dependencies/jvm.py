"""Java and Kotlin: Maven and Gradle. Versions are exact unless they say otherwise (ranges, ``+``, LATEST)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.dependencies import Component, ComponentKind, Dependency, Ecosystem, RuntimeVersion
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import lowest

_DEPENDENCY = re.compile(r"<(dependency|plugin|parent|extension)>(.*?)</\1>", re.DOTALL)
_EXCLUSIONS = re.compile(r"<exclusions>.*?</exclusions>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FLOATING = re.compile(r"[\[\]()]|\+|^latest|^release$|snapshot", re.IGNORECASE)
_JAVA = re.compile(
    r"<(java\.version|maven\.compiler\.(?:release|source|target)|release|jdk\.version)>\s*(?:1\.)?(\d[\d.]*)\s*</"
)
_GRADLE = re.compile(
    r"^\s*(\w*(?:[iI]mplementation|[aA]pi|[cC]ompileOnly|[rR]untimeOnly|annotationProcessor|kapt|ksp"
    r"|classpath))\s*\(?\s*"
    r"(?:platform\(|enforcedPlatform\()?\s*[\"']([\w.-]+):([\w.-]+)(?::([^\"'@]+))?",
)
_GRADLE_JAVA = re.compile(
    r"(?:sourceCompatibility|targetCompatibility|jvmTarget)\s*=?\s*(?:JavaVersion\.VERSION_|[\"']"
    r"|JvmTarget\.JVM_)?(?:1[._])?(\d+)"
    r"|JavaLanguageVersion\.of\((\d+)\)|jvmToolchain\((\d+)\)"
)
_CATALOGUE = re.compile(r"^([\w-]+)\s*=\s*(?:\{[^}]*module\s*=\s*)?[\"']([\w.-]+:[\w.-]+)(?::([^\"']+))?")


def read_jvm(repository: Repository, unread: list[Unread]) -> Iterator[Component]:
    """One component for each pom.xml, and for each Gradle build that declares dependencies."""
    for file in repository.match("pom.xml"):
        yield _maven(repository, file)
    for file in repository.match("build.gradle", "build.gradle.kts"):
        if component := _gradle(repository, file):
            yield component


def _maven(repository: Repository, file: File) -> Component:
    text = _COMMENT.sub(lambda m: "\n" * m.group().count("\n"), repository.text(file))
    properties = dict(re.findall(r"<([\w.-]+)>([^<\s]+)</\1>", text))
    own = _EXCLUSIONS.sub(
        "",
        re.sub(
            r"<(dependencies|dependencyManagement|build|parent"
            r"|profiles)>.*?</\1>",
            "",
            text,
            flags=re.DOTALL,
        ),
    )
    dependencies = []
    for match in _DEPENDENCY.finditer(text):
        body = _EXCLUSIONS.sub("", match.group(2))
        tags = dict(re.findall(r"<([\w.]+)>\s*([^<\s]+)\s*</\1>", body))
        if "artifactId" not in tags:
            continue
        line = text.count("\n", 0, match.start()) + 1
        spec = _expanded(tags.get("version", ""), properties)
        kind = {"plugin": "build", "parent": "build", "extension": "build"}.get(match.group(1))
        group = kind or ("dev" if tags.get("scope") == "test" else "runtime")
        name = f"{tags.get('groupId', '')}:{tags['artifactId']}".lstrip(":")
        local = "${project.version}" in tags.get("version", "")
        # without a version it is managed by a parent or a BOM, whose version is stated
        exact = not (spec and _FLOATING.search(spec))
        dependencies.append(
            Dependency(name, spec, Place(file.path, line, line, name), group, exact, local, spec if exact else "")
        )
    first = re.search(r"<artifactId>\s*([^<\s]+)", own)
    boot = "spring-boot-maven-plugin" in text or "quarkus-maven-plugin" in text or "jib-maven-plugin" in text
    return Component(
        path=file.folder,
        ecosystem=Ecosystem.JAVA,
        manager="maven",
        name=first.group(1) if first else file.folder.rpartition("/")[2],
        manifest=Place(file.path, 1, 1, "pom.xml"),
        kind=ComponentKind.APPLICATION if boot else ComponentKind.UNKNOWN,
        why="it builds a runnable jar or image" if boot else "",
        version=properties.get("version", ""),
        dependencies=tuple(dependencies),
        runtimes=tuple(_java(file, text)),
    )


def _expanded(version: str, properties: dict[str, str]) -> str:
    return re.sub(r"\$\{([\w.-]+)\}", lambda m: properties.get(m.group(1), m.group(0)), version)


def _java(file: File, text: str) -> Iterator[RuntimeVersion]:
    seen = set()
    for match in _JAVA.finditer(text):
        if match.group(2) not in seen:
            seen.add(match.group(2))
            line = text.count("\n", 0, match.start()) + 1
            yield RuntimeVersion("java", match.group(2), match.group(2), Place(file.path, line, line, match.group(1)))


def _gradle(repository: Repository, file: File) -> Component | None:
    text = repository.text(file)
    dependencies, runtimes = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("//"):
            continue
        if found := _GRADLE.match(line):
            configuration, organisation, artefact, version = found.groups()
            spec = version or ""
            group = "dev" if configuration.lower().startswith(("test", "androidtest")) else "runtime"
            exact = not _FLOATING.search(spec)
            name = f"{organisation}:{artefact}"
            dependencies.append(
                Dependency(name, spec, Place(file.path, number, number, name), group, exact, False, spec)
            )
        elif java := _GRADLE_JAVA.search(line):
            version = next(group for group in java.groups() if group)
            runtimes.append(RuntimeVersion("java", version, lowest(version), Place(file.path, number, number, "java")))
    dependencies += _catalogue(repository, file, text)
    plugins = "plugins" in text or "apply plugin" in text
    if not dependencies and not runtimes and not plugins:
        return None
    prefix = file.folder + "/" if file.folder else ""
    lock = repository.by_path.get(prefix + "gradle.lockfile")
    boot = "org.springframework.boot" in text or bool(
        re.search(
            r"\bapplication\b|com\.google\.cloud\.tools\.jib|mainClass",
            text,
        )
    )
    return Component(
        path=file.folder,
        ecosystem=Ecosystem.JAVA,
        manager="gradle",
        name=file.folder.rpartition("/")[2],
        manifest=Place(file.path, 1, 1, file.name),
        kind=ComponentKind.APPLICATION if boot else ComponentKind.UNKNOWN,
        why="it builds a runnable application" if boot else "",
        lock=Place(lock.path, 1, 1, lock.name) if lock else None,
        dependencies=tuple(dependencies),
        runtimes=tuple(runtimes),
    )


def _catalogue(repository: Repository, file: File, text: str) -> list[Dependency]:
    """Entries of gradle/libs.versions.toml of the same build that this file uses."""
    if "libs." not in text:
        return []
    found = []
    folders = [
        file.folder,
        *(file.folder.rsplit("/", n)[0] for n in range(1, file.folder.count("/") + 1)),
        file.root.rstrip("/"),
    ]
    path = next((p for f in folders if (p := f"{f}/gradle/libs.versions.toml".lstrip("/")) in repository.by_path), "")
    for number, line in enumerate(repository.lines(path) if path else (), 1):
        entry = _CATALOGUE.match(line)
        if entry and "libs." + entry.group(1).replace("-", ".") in text:
            spec = entry.group(3) or ""
            name = entry.group(2)
            exact = not _FLOATING.search(spec)
            found.append(Dependency(name, spec, Place(path, number, number, name), "runtime", exact, False, spec))
    return found
