"""Secrets that the name beside them tells: ``DB_PASSWORD=...``, ``password: ...``, ``getenv("X_SECRET", "...")``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.facts.secret_names import NAME, NOT_SECRET, Noun, noun_of, words_of

_QUOTED = re.compile(r"\s*(?:[a-zA-Z]{0,2})(?P<q>\"\"\"|'''|[\"'`])(?P<value>.*?)(?<!\\)(?P=q)")
_BARE = re.compile(r"[ \t]*(?P<value>[^\s\"'`#;,<>{}()\[\]|&][^\s\"'`;<>]*)")
_BARE_YAML = re.compile(r"[ \t]*(?P<value>[^\s\"'`#&*!|>\[{][^\n]*?)[ \t]*(?:[ \t]#.*)?$")
_TYPE = re.compile(
    r"[\"'`\])]*\s*(?::\s*(?:Final|ClassVar|str|string|String|SecretStr|(?:Optional|Final|ClassVar)\[\w+\]"
    r"|string\s*\|\s*undefined|(?:str|SecretStr)\s*\|\s*None)\s*=|\s+(?:string|str)\s*=)"
)
_ASSIGN = re.compile(r"[\"'`]?\]?\s{0,30}(?:=>|:=|\?\?=|\|\|=|(?<![!=<>])=(?![=>])|:(?![:/=]))")
_OR = re.compile(r"[\"'`]?[\])]*!?\s*(?:\|\||\?\?|\bor\b|\?:)(?!=)")
_COMMA = re.compile(r"[\"'`]\s*,\s*(?:default\s*=\s*|default_value\s*=\s*|cast\s*=\s*\w+\s*,\s*default\s*=\s*)?")
_SHELL_FALLBACK = re.compile(r":?[-=](?P<value>[^}\n]*)\}")
_SPRING_FALLBACK = re.compile(r":(?P<value>[^}\n$:?+\-=][^}\n]*)\}")
_XML = re.compile(r"\s*>(?P<value>[^<\n]+)</")
_XML_VALUE = re.compile(r"[\"']\s+(?:value|Value)\s*=\s*[\"'](?P<value>[^\"'\n]*)[\"']")
_DOCKER_ENV = re.compile(r"^\s*(?:ENV|ARG)\s+$")
_OPTION = re.compile(r"[ =](?P<value>[^\s\"'`$;|&<>]+)|[ =](?P<q>[\"'])(?P<quoted>[^\"']*)(?P=q)")
_READS = re.compile(
    r"(?i)(?:getenv|environ(?:\.get|\.setdefault)?|get_?env(?:_?or)?\w*|env(?:\.\w+)?|config|lookup_?env|set_?default|env_?or_?\w*"
    r"|getproperty|fetch|get|os\.env\w*|Env::get)\s*[\(\[]\s*[\"'`]$"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A literal that a secret-sounding name gets; ``start`` and ``end`` are columns of the value in its line."""

    name: str
    noun: Noun
    value: str
    start: int
    end: int
    quoted: bool
    fallback: bool = False
    """Whether it counts only while something else is unset."""
    call: bool = False
    """Whether it stands as an argument after the name, in a call that is not known to read a setting."""


def find_named(line: str, *, bare: bool, yaml: bool = False) -> Iterator[Named]:
    """The named values of one line. ``bare`` allows values without quotes, as configuration and shell files have."""
    for match in NAME.finditer(line):
        name = _whole_name(line, match)
        if (
            match.group() == "PASS"
            or words_of(line[match.start() - len(name) + len(match.group()) : match.start("noun")]) & NOT_SECRET
        ):
            continue
        if found := _value_after(line, match.start(), match.end(), bare=bare, yaml=yaml):
            value, start, quoted, fallback, call = found
            default = "default" in name.lower() or "fallback" in name.lower()
            yield Named(name, noun_of(match), value, start, start + len(value), quoted, fallback or default, call)


def _whole_name(line: str, match: re.Match[str]) -> str:
    start = match.start()
    while start > 0 and (line[start - 1].isalnum() or line[start - 1] in "_.-$"):
        start -= 1
    return line[start : match.end()].lstrip("$-.")


def _value_after(
    line: str, start: int, end: int, *, bare: bool, yaml: bool
) -> tuple[str, int, bool, bool, bool] | None:
    """Value, column, whether quoted, whether a fallback, whether in an unknown call."""
    before = line[:start]
    inside = before.rfind("${") > before.rfind("}")
    if inside:
        for pattern in (_SHELL_FALLBACK, _SPRING_FALLBACK):
            if match := pattern.match(line, end):
                return match["value"].strip("\"'"), match.start("value"), True, True, False
    joined = before.rstrip().endswith(";")  # Server=db;User=sa;Password=...
    if match := _TYPE.match(line, end) or _ASSIGN.match(line, end):
        return _literal(line, match.end(), bare=bare or joined, yaml=yaml and match[0].rstrip()[-1] == ":")
    if match := _OR.match(line, end):
        found = _QUOTED.match(line, match.end())
        return (found["value"], found.start("value"), True, True, False) if found else None
    if match := _COMMA.match(line, end):
        found = _QUOTED.match(line, match.end())
        if found is None:
            return None
        reads = bool(_READS.search(re.sub(r"[\w.-]*$", "", before)))
        return found["value"], found.start("value"), True, reads, not reads
    if match := _XML.match(line, end) or _XML_VALUE.match(line, end):
        return match["value"], match.start("value"), True, False, False
    option = bare and (_DOCKER_ENV.match(re.sub(r"[\w.-]*$", "", before)) or re.search(r"--?[\w-]*$", before))
    if option and (match := _OPTION.match(line, end)):
        group = "value" if match["value"] is not None else "quoted"
        return match[group], match.start(group), group == "quoted", False, False
    return None


def _literal(line: str, at: int, *, bare: bool, yaml: bool) -> tuple[str, int, bool, bool, bool] | None:
    if match := _QUOTED.match(line, at):
        if not _ends_expression(line, match.end()):
            return None
        return match["value"], match.start("value"), True, False, False
    if not bare:
        return None
    match = (_BARE_YAML if yaml else _BARE).match(line, at)
    return (match["value"], match.start("value"), False, False, False) if match else None


def _ends_expression(line: str, at: int) -> bool:
    """Whether the literal is the whole value: ``"a" + b`` and ``"x".join`` are not."""
    return not re.match(r"\s*(?:\+|\.\w|%\s|\[)", line[at:])
