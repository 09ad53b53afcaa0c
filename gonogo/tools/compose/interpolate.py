"""Variables in compose files: ``$X``, ``${X}``, ``${X:-default}`` and their kin, from ``.env``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.facts.marked import Filled, Map, Seq, Tagged

MOST_LENGTH = 20_000
_OPEN = re.compile(r"\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(:?[-+?])?)")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*\Z")


def read_env(text: str) -> dict[str, str]:
    """The variables of a ``.env`` text."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        value = match[2]
        if value[:1] in ("'", '"') and value[:1] in value[1:]:
            value = value[1 : value.index(value[0], 1)]
        else:
            value = re.split(r"\s#", value, maxsplit=1)[0].strip()
        found[match[1]] = value
    return found


def put_in(text: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """The text with its variables put in. One that nothing defines and that has no default stays as it is written."""
    if "$" not in text or depth > 8 or len(text) > MOST_LENGTH:
        return text
    out: list[str] = []
    at = 0
    while match := _OPEN.search(text, at):
        out.append(text[at : match.start()])
        if match[0] == "$$":
            out.append("$")
            at = match.end()
            continue
        end = match.end()
        other = ""
        if match[2]:
            close = _closing(text, end)
            other = text[end:close]
            end = close + 1
        out.append(_value(match, other, text[match.start() : end], variables, depth))
        at = end
    out.append(text[at:])
    made = "".join(out)
    return made if len(made) <= MOST_LENGTH else text


def put_in_all(value: object, variables: Mapping[str, str]) -> object:
    """The same for every text in a value; what has no variable is shared, not copied."""
    if isinstance(value, str):
        made = put_in(value, variables)
        return Filled.make(made, value) if "$" in value else value
    if isinstance(value, Map):
        copy = Map(value.line, value.path)
        copy.end_line, copy.lines, copy.paths = value.end_line, value.lines, value.paths
        for key, item in value.items():
            copy[key] = put_in_all(item, variables)
        return copy
    if isinstance(value, Seq):
        items = Seq(value.line, value.path)
        items.end_line, items.lines, items.paths = value.end_line, value.lines, value.paths
        items.extend(put_in_all(item, variables) for item in value)
        return items
    if isinstance(value, Tagged):
        return Tagged(value.tag, put_in_all(value.value, variables), value.line)
    return value


def _closing(text: str, start: int) -> int:
    """Where the brace that is open before ``start`` closes; the end of the text if it does not."""
    depth = 1
    for number in range(start, len(text)):
        if text[number] == "{" and text[number - 1] == "$":
            depth += 1
        elif text[number] == "}":
            depth -= 1
            if depth == 0:
                return number
    return len(text)


def _value(match: re.Match[str], other: str, written: str, variables: Mapping[str, str], depth: int) -> str:
    known = variables.get(match[1] or match[2])
    operator = match[3] or ""
    given = known is not None and (bool(known) or not operator.startswith(":"))
    if operator.endswith("-"):
        return known if given and known is not None else put_in(other, variables, depth + 1)
    if operator.endswith("+"):
        return put_in(other, variables, depth + 1) if given else ""
    return known if known is not None and given else written
