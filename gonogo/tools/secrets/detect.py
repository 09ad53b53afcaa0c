"""Finds secrets in a text: one fast pass over its bytes for candidate lines, then the readers on these lines only."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gonogo.facts.secret_names import KEYISH, PASSWORD, THIRD, Noun, secret_name, words_of
from gonogo.tools.secrets.judge import Format, Level, Verdict, judge, judge_bare
from gonogo.tools.secrets.named import Named, find_named
from gonogo.tools.secrets.tokens import compiled, find_tokens, needles
from gonogo.tools.secrets.values import guessable, is_empty, is_fake, is_reference

_HEADER = "-----BEGIN [A-Z ]*PRIVATE KEY"
LINE_LENGTH = 4_000
"""Characters of a line beyond which only tokens are looked for."""
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,30})://(?P<user>[^\s/:@\"'`<>]{0,80}):(?P<value>[^\s/@\"'`<>]{1,200})@(?P<host>[^\s\"'`<>]{1,200})"
)
_PAIR_NAME = re.compile(
    r"[\"']?\b(?:name|Name|key|Key|NAME)[\"']?\s*[:=]\s*[\"']?(?P<name>[\w.-]+)[\"']?\s*,?\s*(?P<rest>.*)$"
)
_PAIR_VALUE = re.compile(
    r"^[\s,{]*[\"']?(?:value|Value|VALUE)[\"']?\s*[:=]\s*(?P<q>[\"']?)(?P<value>[^\"'\n]*?)(?P=q)\s*[,}]*\s*\}?,?\s*$"
)
_BLOCK = re.compile(
    r"^\s*(?:variable\s+\"(?P<variable>[\w-]+)\"\s*\{|(?P<parameter>[A-Za-z0-9]+)\s*:\s*|\"(?P<json>[A-Za-z0-9]+)\"\s*:\s*\{\s*)$"
)
_DEFAULT = re.compile(r"^\s*[\"']?[dD]efault[\"']?\s*[=:]\s*(?P<q>[\"']?)(?P<value>[^\"'\n]*)(?P=q)\s*,?\s*(?:#.*)?$")
_SQL = re.compile(
    r"(?i)\b(?:WITH\s+PASSWORD|ENCRYPTED\s+PASSWORD|PASSWORD|IDENTIFIED(?:\s+WITH\s+\w+)?\s+BY)\s+'(?P<value>[^'\n]+)'"
)
_FIRST = re.compile(r"[^:/?]*")
_KIND_SECRET = re.compile(r"^\s*[\"']?kind[\"']?\s*:\s*[\"']?Secret\b")
_DATA = re.compile(r"^(?P<indent>\s*)(?P<key>data|stringData)\s*:\s*(?:#.*)?$")
_ENTRY = re.compile(
    r"^(?P<indent>\s+)[\"']?(?P<name>[\w.-]+)[\"']?\s*:\s*(?P<q>[\"']?)(?P<value>[^\"'#\n]+?)(?P=q)\s*(?:#.*)?$"
)
_NO_PASSWORD = re.compile(
    r"(?i)\b(?P<name>MYSQL_ALLOW_EMPTY_PASSWORD|MARIADB_ALLOW_EMPTY_ROOT_PASSWORD|ALLOW_EMPTY_PASSWORD|POSTGRES_HOST_AUTH_METHOD)"
    r"[\"']?\s*[:=]\s*[\"']?(?P<value>yes|true|1|trust)\b"
)
_FALLS_BACK = re.compile(r"\|\||\?\?|[Gg]et_?[Ee]nv|environ|:-|\bor\b|[Dd]efault")
_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"^[\s\"'+|>-]*[A-Za-z0-9+/=\\]{24,}")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something secret at a line (from 0) and columns. ``value`` never leaves this package but as a hash."""

    line: int
    start: int
    end: int
    kind: str
    level: Level
    value: str
    name: str = ""
    why: str = ""
    fallback: bool = False
    quoted: bool = True


def find_hits(
    data: bytes, shape: Format, about: frozenset[str] = frozenset(), *, tokens_only: bool = False
) -> list[Hit]:
    """All hits of a text with ``\\n`` line ends, sorted by place; of overlapping ones the surest, then the longest."""
    marked = candidates(data, tokens_only=tokens_only)
    if not marked:
        return []
    lines = data.decode("utf-8", "replace").split("\n")
    hits: list[Hit] = []
    for number in marked:
        if number < len(lines):
            hits += _token_hits(lines, number)
            if not tokens_only and len(lines[number]) <= LINE_LENGTH:
                hits += _named_hits(lines, number, shape, about)
    return _settle([_as_commented(hit, lines[hit.line]) for hit in hits])


def candidates(data: bytes, *, tokens_only: bool) -> list[int]:
    """The numbers, from 0, of the lines that the fast pass marks."""
    found: list[int] = []
    number = last = 0
    for match in (_token_pass() if tokens_only else _pass()).finditer(data):
        at = match.start()
        number += data.count(b"\n", last, at)
        last = at
        if not found or found[-1] != number:
            found.append(number)
    return found


@cache
def _pass() -> Any:
    """Few counted repetitions: each costs states, and with them the speed of the pass."""
    noun = "|".join((PASSWORD, "pass", KEYISH, THIRD))
    named = rf"(?i:(?:{noun})[\w.-]*[\"'`\])!]*[ \t]*(?:[:=,|?<>]|or )"
    paired = rf"|(?:name|key)[\"']?[ \t]*[:=][ \t]*[\"']?[\w.-]*(?:{noun})|variable[ \t]+\"[\w-]*(?:{noun})"
    others = r"|kind[\"']?:[ \t]*[\"']?secret|(?:password|identified by)[ \t]+'|--?(?:password|requirepass)[ =]"
    others += r"|(?:ENV|ARG)[ \t]+\w*(?:password|secret|token|key)[ \t]|_HOST_AUTH_METHOD|EMPTY_\w*PASSWORD)"
    url = r"|://[^\s/:@\"'`<>]*:[^\s/@\"'`<>]+@"
    return compiled(f"{named}{paired}{others}{url}|{_HEADER}|{needles()}")


@cache
def _token_pass() -> Any:
    return compiled(f"{_HEADER}|{needles()}")


def _token_hits(lines: list[str], number: int) -> Iterator[Hit]:
    line = lines[number]
    for token in find_tokens(line):
        level = Level.PLACEHOLDER if token.fake else Level.CREDENTIAL
        yield Hit(number, token.start, token.end, token.kind, level, token.value, _key_of(line, token.start))
    yield from _private_key(lines, number)


def _named_hits(lines: list[str], number: int, shape: Format, about: frozenset[str]) -> Iterator[Hit]:
    line = lines[number]
    for url in _URL.finditer(line):
        yield from _connection(url, number, shape, about)
    for named in find_named(line, bare=shape.bare, yaml=shape is Format.YAML):
        yield from _as_hit(number, named, judge(named, shape, about))
    for sql in _SQL.finditer(line):
        if shape is not Format.DOCUMENT:
            named = Named("password", Noun.PASSWORD, sql["value"], sql.start("value"), sql.end("value"), True)
            yield from _as_hit(number, named, judge(named, Format.CONFIG, about))
    if (match := _NO_PASSWORD.search(line)) and shape is not Format.DOCUMENT:
        yield Hit(
            number,
            match.start("value"),
            match.start("value"),
            "password",
            Level.GUESSABLE,
            "",
            match["name"],
            "no password at all",
        )
    yield from _pair(lines, number, shape, about)
    yield from _block_default(lines, number, shape, about)
    if _KIND_SECRET.match(line):
        yield from _manifest_secret(lines, number, about)


def _as_hit(number: int, named: Named, verdict: Verdict | None) -> Iterator[Hit]:
    if verdict:
        yield Hit(
            number,
            named.start,
            named.end,
            named.noun.value,
            verdict.level,
            named.value,
            named.name,
            verdict.why,
            named.fallback,
            named.quoted,
        )


def _key_of(line: str, start: int) -> str:
    match = re.search(r"([A-Za-z_][\w.-]*)[\"'`]?\s*[:=]>?\s*[\"'`]?(?:Bearer )?$", line[:start])
    return match[1] if match else ""


def _private_key(lines: list[str], number: int) -> Iterator[Hit]:
    """A header with a body: the header alone is how code recognises keys."""
    match = _PEM.search(lines[number])
    if match is None:
        return
    rest = lines[number][match.end() :]
    if re.search(r"[A-Za-z0-9+/=]{40,}", rest[:LINE_LENGTH]):
        body = re.match(r"[^\"'`]*", rest)
        end = match.end() + (body.end() if body else 0)
        fake = is_fake(rest[:200])
        yield Hit(number, match.end(), end, "private-key", Level.PLACEHOLDER if fake else Level.CREDENTIAL, rest[:2000])
        return
    last = number
    for offset in range(1, 200):
        if number + offset >= len(lines) or _PEM_END.search(lines[number + offset]):
            break
        line = lines[number + offset].strip()
        if (
            line
            and not _PEM_BODY.match(line)
            and ":" not in line
            and not re.fullmatch(r"[\"'+\s]*[A-Za-z0-9+/=]+[\"'\\n,+\s]*", line)
        ):
            break
        last = number + offset
    if last - number < 2 or is_fake("".join(lines[number + 1 : last + 1])[:400]):
        return
    for at in range(number + 1, last + 1):
        stripped = lines[at].strip()
        if not stripped:
            continue
        start = lines[at].index(stripped)
        level = Level.CREDENTIAL if at == number + 1 else Level.CONTINUED
        yield Hit(at, start, start + len(stripped), "private-key", level, stripped, "")


def _connection(match: re.Match[str], number: int, shape: Format, about: frozenset[str]) -> Iterator[Hit]:
    value, user, host = match["value"], match["user"], match["host"]
    start, end = match.span("value")
    if is_reference(value) or is_reference(user) or is_empty(value) or (value.isdigit() and not user):
        return
    if user.isupper() and value.isupper() and _FIRST.match(host)[0].isupper():  # type: ignore[index]
        return  # USER:PASSWORD@HOST: how an address is written, and none
    around = about | {user.lower()} | words_of(host.split("?")[0])
    why = "the same as the user name" if value.lower() == user.lower() else guessable(value, around)
    fallback = shape in (Format.CODE, Format.YAML) and bool(
        re.search(r"\|\||\?\?|getenv|environ|:-|\bor\b|[Dd]efault", match.string[: match.start()])
    )
    local = re.match(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|example|host\b|hostname|your|my)", host)
    web = match["scheme"] in ("http", "https")
    if shape is Format.DOCUMENT or (is_fake(host) and not why) or (web and shape is Format.CODE and not fallback):
        level = Level.DOUBTFUL
    elif why or fallback:
        level = Level.GUESSABLE if shape is not Format.CODE or fallback or not local else Level.DOUBTFUL
    else:
        level = Level.PLACEHOLDER if is_fake(value) else Level.CREDENTIAL
    yield Hit(
        number, start, end, "connection-string", level, value, match["scheme"], why or "a hard-coded fallback", fallback
    )


def _pair(lines: list[str], number: int, shape: Format, about: frozenset[str]) -> Iterator[Hit]:
    """``name: DB_PASSWORD`` with its ``value:`` on the same or the next line."""
    match = _PAIR_NAME.search(lines[number])
    if match is None or (noun := secret_name(match["name"])) is None or shape is Format.DOCUMENT:
        return
    at, offset = number, match.start("rest")
    found = _PAIR_VALUE.match(match["rest"])
    if found is None and not match["rest"].strip() and number + 1 < len(lines):
        at, offset = number + 1, 0
        found = _PAIR_VALUE.match(lines[at])
    if found:
        start = offset + found.start("value")
        named = Named(match["name"], noun, found["value"], start, start + len(found["value"]), True)
        yield from _as_hit(at, named, judge(named, Format.CONFIG, about))


def _block_default(lines: list[str], number: int, shape: Format, about: frozenset[str]) -> Iterator[Hit]:
    """The default of a Terraform variable or a CloudFormation parameter."""
    match = _BLOCK.match(lines[number])
    if match is None or shape in (Format.CODE, Format.DOCUMENT):
        return
    name = match["variable"] or match["parameter"] or match["json"]
    noun = secret_name(name)
    if noun is None:
        return
    indent = len(lines[number]) - len(lines[number].lstrip())
    for at in range(number + 1, min(number + 15, len(lines))):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        if found := _DEFAULT.match(line):
            value = found["value"].strip()
            named = Named(
                name, noun, value, found.start("value"), found.start("value") + len(value), True, fallback=True
            )
            yield from _as_hit(at, named, judge(named, Format.CONFIG, about))
            return


def _manifest_secret(lines: list[str], number: int, about: frozenset[str]) -> Iterator[Hit]:
    """The literals of a Kubernetes Secret: everything under ``data`` (base64) and ``stringData``."""
    first = last = number
    while first > 0 and not lines[first - 1].startswith("---"):
        first -= 1
    while last + 1 < len(lines) and not lines[last + 1].startswith("---"):
        last += 1
    inside: tuple[int, bool] | None = None
    for at in range(first, last + 1):
        line = lines[at]
        if match := _DATA.match(line):
            inside = (len(match["indent"]), match["key"] == "data")
        elif line.strip() and inside and len(line) - len(line.lstrip()) <= inside[0]:
            inside = None
        elif inside and (match := _ENTRY.match(line)):
            yield from _manifest_entry(match, at, inside[1], about)


def _manifest_entry(match: re.Match[str], at: int, encoded: bool, about: frozenset[str]) -> Iterator[Hit]:
    value = match["value"]
    if encoded:
        decoded = _decoded(value)
        if decoded is None:
            return
        value = decoded
    noun = secret_name(match["name"]) or Noun.KEY
    named = Named(match["name"], noun, value, match.start("value"), match.end("value"), True)
    yield from _as_hit(at, named, judge_bare(named, about))


def _decoded(value: str) -> str | None:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return text.strip("\n") or None


def _as_commented(hit: Hit, line: str) -> Hit:
    """A default that is commented out takes no effect; a credential in a comment is still given away."""
    commented = line.lstrip().startswith(("#", "//", "<!--", "* ", ";", "--"))
    return replace(hit, level=Level.DOUBTFUL) if commented and hit.level is Level.GUESSABLE else hit


def _settle(hits: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (-hit.level.rank, hit.start - hit.end, hit.line, hit.start)):
        if all(hit.line != other.line or hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.line, hit.start))
