"""Switches in front of instrumentation: what a setting turns on is off, unless the deployment or a default sets it.

Needs: code, dependencies, docker, compose, kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks.services import Service
from gonogo.facts import Facts
from gonogo.facts.code import CodeFile, Definition
from gonogo.model.evidence import Place

_IF = re.compile(r"^\s*(?:\}?\s*else\s+)?(?:if|elif|when)\b\s*(.*?)\s*[:{]?\s*$")
_FLAG = re.compile(
    r"enable|disable|env\b|environ|getenv|settings\.|config\.|cfg\.|otel|trac(e|ing)|metric|telemetry|present|endpoint|options\.|dsn\b|sentry",
    re.IGNORECASE,
)
_GUARDED_BY_ERROR = re.compile(r"\berr\b|error|nil\b|is None|not None|instanceof|typeof|__name__|length|exists")
_UNSET = re.compile(r"\bnot\b\s*|!(?!=)|===?\s*(\"\"|''|None|nil|null|undefined|false|False)")
_ENV = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_TRUE = re.compile(
    r"=\s*(True|true)\b|default\s*[=:]\s*(True|true)|[,(]\s*[\"'](true|1|on|yes)[\"']|\?\?\s*[\"']?true", re.IGNORECASE
)
_FALSE_VALUES = frozenset({"", "false", "0", "no", "off", "none"})
_SDK_OFF = re.compile(r"otel\.sdk\.disabled\s*[:=]\s*true|management\.tracing\.enabled\s*[:=]\s*false", re.IGNORECASE)
_DEEPEST = 4
_MOST_CALLERS = 20


def switched_off(facts: Facts, service: Service, place: Place) -> str:
    """The condition that keeps instrumentation at a place off by default; empty where it is on."""
    lines = facts.repository.lines(place.path)[max(place.line - 1, 0) : place.line + 3]
    if re.search(r"opentelemetry|otel", " ".join(lines), re.IGNORECASE) and (off := _sdk_off(facts, service)):
        return off
    file = next((item for item in service.files if item.path == place.path), None)
    if file is None:
        return ""
    guard = _guard(facts, service, file, place.line, 0)
    if not guard or _is_on(facts, service, guard):
        return ""
    return guard[0].strip()


def _sdk_off(facts: Facts, service: Service) -> str:
    """A setting that switches the whole SDK off."""
    files = facts.repository.match("application*.yml", "application*.yaml", "application*.properties")
    inside = [file for file in files if not service.folder or file.path.startswith(service.folder + "/")]
    hits = facts.repository.grep(_SDK_OFF, [file for file in inside if "test" not in file.name], most=1)
    if hits:
        return facts.repository.lines(hits[0].path)[hits[0].line - 1].strip()
    if any(value.lower() == "true" for name, value in _deployed(facts, service) if name == "OTEL_SDK_DISABLED"):
        return "OTEL_SDK_DISABLED=true"
    return ""


def _guard(facts: Facts, service: Service, file: CodeFile, line: int, depth: int) -> tuple[str, str] | None:
    """The condition around a line, or around every call of the function that it stands in, with the file of it."""
    lines = facts.repository.lines(file.path)
    if not 0 < line <= len(lines):
        return None
    around = _function(file, line)
    first = around.at.line if around else 1
    indent = _indent(lines[line - 1])
    for number in range(line - 1, first, -1):
        text = lines[number - 1]
        if not text.strip() or _indent(text) >= indent:
            continue
        indent = _indent(text)
        if (found := _IF.match(text)) and _is_flag(found[1]):
            return found[1], file.path
    if around is not None and (early := _early_exit(lines, first, line)):
        return early, file.path
    if around is None or depth >= _DEEPEST or around.decorators:
        return None
    name = around.name.rpartition(".")[2]
    calls = [(f, n) for f, n in _callers(facts, service, name) if f is not file or _function(f, n) is not around]
    guards = [_guard(facts, service, caller, number, depth + 1) for caller, number in calls[:_MOST_CALLERS]]
    return guards[0] if guards and all(guards) else None


def _is_flag(condition: str) -> bool:
    return bool(_FLAG.search(condition)) and not _GUARDED_BY_ERROR.search(condition)


def _early_exit(lines: list[str], first: int, line: int) -> str:
    """What must be set for a function to get to a line: ``if not settings.tracing: return`` in front of it."""
    body = next((_indent(text) for text in lines[first : line - 1] if text.strip()), 0)
    for number in range(first + 1, line):
        text = lines[number - 1]
        found = _IF.match(text)
        if not found or _indent(text) != body or not _is_flag(found[1]) or not _UNSET.search(found[1]):
            continue
        for inner in lines[number : line - 1]:
            if inner.strip() and _indent(inner) <= body:
                break
            if re.match(r"\s*return\b", inner):
                return _UNSET.sub("", found[1])
    return ""


def _callers(facts: Facts, service: Service, name: str) -> Iterator[tuple[CodeFile, int]]:
    """Lines that call a function, by their text: calls of local functions are not among a file's calls."""
    call = re.compile(rf"\b{re.escape(name)}\s*\(")
    definition = re.compile(rf"\b(def|func|function|public|private|static)\b.*\b{re.escape(name)}\s*\(")
    for file in service.files:
        if name in file.called:
            for number, line in enumerate(facts.repository.lines(file.path), 1):
                if call.search(line) and not definition.search(line):
                    yield file, number


def _function(file: CodeFile, line: int) -> Definition | None:
    inside = [d for d in file.definitions if d.kind != "class" and d.at.line <= line <= d.at.end_line]
    return max(inside, key=lambda d: d.at.line, default=None)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_on(facts: Facts, service: Service, guard: tuple[str, str]) -> bool:
    """Whether the deployment sets what a condition asks for, or a default does."""
    text, path = guard
    if re.search(r"\bnot\b|!\s*\w|disable", text, re.IGNORECASE) and not re.search(r"enable", text, re.IGNORECASE):
        return True
    words = {
        word for word in _WORD.findall(text) if word.lower() not in ("settings", "config", "process", "options", "true")
    }
    related = [line for line in _lines_about(facts, service, path, words) if line.strip() != text]
    if any(_TRUE.search(line) for line in related):
        return True
    names = {name for line in (text, *related) for name in _ENV.findall(line)} | {word.upper() for word in words}
    return any(name in names and value.lower() not in _FALSE_VALUES for name, value in _deployed(facts, service))


def _lines_about(facts: Facts, service: Service, path: str, words: set[str]) -> Iterator[str]:
    """Lines that give a value to what a condition names: in its file, and where settings are defined."""
    if not words:
        return
    about = re.compile(
        r"\b(?:" + "|".join(map(re.escape, sorted(words))) + r")\b[^=\n]{0,60}(?::=|=|:)(?!=)", re.IGNORECASE
    )
    paths = [path] + [f.path for f in service.files if re.search(r"config|settings|env", f.path, re.IGNORECASE)]
    for name in dict.fromkeys(paths):
        for line in facts.repository.lines(name):
            if len(line) < 400 and about.search(line) and not _IF.match(line):
                yield line


def _deployed(facts: Facts, service: Service) -> Iterator[tuple[str, str]]:
    """Environment variables that the deployment gives to anything of this name, or built from its Dockerfile."""
    for dockerfile in service.dockerfiles:
        for name, (value, _) in dockerfile.environment.items():
            yield name, value
    paths = {dockerfile.path for dockerfile in service.dockerfiles}
    for started in facts.compose.services:
        if (started.build and started.build.dockerfile in paths) or started.name == service.name:
            for variable in started.environment:
                yield variable.name, variable.value or ""
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            if service.name in (workload.name, container.name) or service.name in container.image:
                for name, entry in container.variables():
                    yield name, entry.text("value") or ("set" if entry.get("valueFrom") is not None else "")
