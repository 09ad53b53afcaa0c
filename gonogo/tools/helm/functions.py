"""The functions that chart templates call (Go's, Sprig's and Helm's), as far as they need no cluster or clock."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from gonogo.facts.kubernetes import UNKNOWN
from gonogo.facts.marked import as_text
from gonogo.tools.yaml_marks import load_yaml


class Unknown:
    """The value of what can't be worked out."""


unknown = Unknown()
MOST_TEXT = 500_000


def is_true(value: Any) -> bool:
    """Go's truth: nothing, false, zero and what is empty are false."""
    return bool(value)


def as_output(value: Any) -> str:
    """A value as a template prints it."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{as_output(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(as_output(item) for item in value) + "]"
    if isinstance(value, float) and value.is_integer() and type(value) is float:
        return str(int(value))
    return as_text(value)


def plain(value: Any) -> Any:
    """The value in Python's own types, for a dumper."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None or type(value) in (int, str):
        return value
    if isinstance(value, float):
        return float(value)
    return str(value)


def _to_yaml(value: Any) -> str:
    if isinstance(value, Unknown):
        return UNKNOWN
    text: str = yaml.dump(plain(value), Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n...\n").rstrip("\n")


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _from_yaml(text: str) -> Any:
    read = load_yaml(text)
    return read.documents[0].value if read.documents and read.fault is None else unknown


def _indent(width: int, text: Any) -> str:
    pad = " " * min(int(width), 200)
    return pad + as_output(text).replace("\n", "\n" + pad)


def _default(fallback: Any, value: Any = None) -> Any:
    if isinstance(value, Unknown):
        return unknown
    return value if is_true(value) else fallback


def _coalesce(*values: Any) -> Any:
    for value in values:
        if isinstance(value, Unknown) or is_true(value):
            return value
    return None


def _ternary(yes: Any, no: Any, test: Any) -> Any:
    return unknown if isinstance(test, Unknown) else yes if is_true(test) else no


def _dict(*pairs: Any) -> dict[str, Any]:
    return {as_output(pairs[i]): pairs[i + 1] if i + 1 < len(pairs) else "" for i in range(0, len(pairs), 2)}


def _merge(*maps: Any, over: bool = False) -> Any:
    if any(isinstance(item, Unknown) for item in maps):
        return unknown
    into = maps[0]
    for source in maps[1:]:
        _merge_into(into, source or {}, over=over)
    return into


def _merge_into(into: dict[str, Any], source: dict[str, Any], *, over: bool) -> None:
    for key, value in source.items():
        if isinstance(into.get(key), dict) and isinstance(value, dict):
            copied = dict(into[key])
            _merge_into(copied, value, over=over)
            into[key] = copied
        elif over or not is_true(into.get(key)):
            into[key] = value


def _set(target: Any, key: str, value: Any) -> Any:
    if isinstance(target, dict):
        target[key] = value
    return target


def _unset(target: Any, key: str) -> Any:
    target.pop(key, None)
    return target


def _get(source: Any, key: Any) -> Any:
    return source.get(key, "") if isinstance(source, dict) else unknown


def _dig(*values: Any) -> Any:
    *keys, fallback, source = values
    for key in keys:
        if isinstance(source, Unknown):
            return unknown
        if not isinstance(source, dict) or key not in source:
            return fallback
        source = source[key]
    return source


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list | tuple | str):
            value = value[int(key)]
        else:
            return None
    return value


def _printf(pattern: str, *values: Any) -> str:
    if any(isinstance(value, Unknown) for value in (pattern, *values)):
        values = tuple(UNKNOWN if isinstance(value, Unknown) else value for value in values)
    left = list(values)

    def of(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = left.pop(0) if left else ""
        verb = match[2]
        if verb == "q":
            return json.dumps(as_output(value))
        if verb == "d" and match[1].isdecimal() and isinstance(value, int):
            width = min(int(match[1]), 40)
            return str(value).zfill(width) if match[1].startswith("0") else str(value).rjust(width)
        if verb == "f" and isinstance(value, int | float):
            places = match[1].partition(".")[2]
            return f"{float(value):.{min(int(places or 6), 20)}f}"
        return as_output(value)

    return re.sub(r"%([-+# 0-9.]{0,8})([a-zA-Z%])", of, as_output(pattern))


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    text = as_output(value).strip()
    try:
        return int(text)
    except ValueError:
        return float(text)


def _int(value: Any) -> int:
    try:
        return int(_number(value))
    except ValueError:
        return 0


def _equal(first: Any, *others: Any) -> bool:
    return any(_same(first, other) for other in others)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    return bool(a == b) or (a in (None, "") and b in (None, ""))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    names = ((dict, "map"), (list, "slice"), (tuple, "slice"), (str, "string"), (int, "int64"), (float, "float64"))
    return next((name for kind, name in names if isinstance(value, kind)), "invalid")


def _semver(text: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d{1,9})(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?", text.strip())
    if match is None:
        raise ValueError(text)
    return tuple(int(part) if part and part.isdecimal() else 0 for part in match.groups())


def _semver_compare(constraint: str, version: str) -> bool:
    return any(
        all(_semver_fits(part, version) for part in re.findall(r"(?:[<>=!~^]+\s*)?v?[\dxX*][^\s,]*", branch))
        for branch in constraint.split("||")
    )


def _semver_fits(part: str, version: str) -> bool:
    match = re.match(r"([<>=!~^]*)\s*(.*)", part)
    assert match is not None
    wanted, have = _semver(match[2].removesuffix("-0").removesuffix("-r0")), _semver(version)
    operators: dict[str, Callable[[], bool]] = {
        ">=": lambda: have >= wanted,
        "<=": lambda: have <= wanted,
        ">": lambda: have > wanted,
        "<": lambda: have < wanted,
        "!=": lambda: have != wanted,
        "^": lambda: have >= wanted and have[0] == wanted[0],
        "~": lambda: have >= wanted and have[:2] == wanted[:2],
    }
    precise = match[2].count(".") + 1
    return operators.get(match[1], lambda: have[:precise] == wanted[:precise])()


def _replace(old: Any, new: Any, text: Any) -> str:
    return as_output(text).replace(as_output(old), as_output(new))[:MOST_TEXT]


def _regex(pattern: str) -> re.Pattern[str]:
    """A pattern of a chart. Nested repetition could take for ever: such a one is refused."""
    if len(pattern) > 200 or re.search(r"[+*}]\)[+*{]", pattern):
        raise ValueError(pattern)
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(pattern) from error


def _regex_replace(pattern: str, text: Any, new: Any) -> str:
    into = re.sub(r"\$\{?(\d+)\}?", r"\\g<\1>", as_output(new))
    return _regex(pattern).sub(into, as_output(text)[:10_000])


def _repeat(count: int, text: Any) -> str:
    made = as_output(text)
    return made * max(0, min(int(count), MOST_TEXT // max(1, len(made))))


def _until(count: int) -> list[int]:
    return list(range(min(int(count), 1000)))


def _quote(*values: Any) -> str:
    return " ".join(json.dumps(as_output(value), ensure_ascii=False) for value in values if value is not None)


def _squote(*values: Any) -> str:
    return " ".join("'" + as_output(value).replace("'", "''") + "'" for value in values if value is not None)


def _trunc(length: int, text: Any) -> Any:
    if isinstance(text, Unknown):
        return unknown
    made = as_output(text)
    return made if UNKNOWN in made else made[length:] if length < 0 else made[:length]


def _list_of(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _without(items: Any, *gone: Any) -> list[Any]:
    return [item for item in _list_of(items) if item not in gone]


def _text(function: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: unknown if isinstance(value, Unknown) else function(as_output(value))


def _hash(name: str) -> Callable[[Any], str]:
    return lambda value: hashlib.new(name, as_output(value).encode(), usedforsecurity=False).hexdigest()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "not": lambda value: unknown if isinstance(value, Unknown) else not is_true(value),
    "eq": _equal,
    "ne": lambda a, b: not _same(a, b),
    "lt": lambda a, b: _number(a) < _number(b),
    "le": lambda a, b: _number(a) <= _number(b),
    "gt": lambda a, b: _number(a) > _number(b),
    "ge": lambda a, b: _number(a) >= _number(b),
    "len": len,
    "index": _index,
    "slice": lambda value, start=0, end=None: value[start:end],
    "print": lambda *values: "".join(as_output(value) for value in values),
    "printf": _printf,
    "println": lambda *values: " ".join(as_output(value) for value in values) + "\n",
    "html": _text(str),
    "urlquery": _text(str),
    "default": _default,
    "required": lambda message, value=None: value if isinstance(value, Unknown) or value not in (None, "") else unknown,
    "empty": lambda value: unknown if isinstance(value, Unknown) else not is_true(value),
    "coalesce": _coalesce,
    "ternary": _ternary,
    "all": lambda *values: all(map(is_true, values)),
    "any": lambda *values: any(map(is_true, values)),
    "lookup": lambda *values: {},
    "toYaml": _to_yaml,
    "toYamlPretty": _to_yaml,
    "fromYaml": _from_yaml,
    "fromYamlArray": _from_yaml,
    "toJson": lambda value: json.dumps(plain(value)),
    "toPrettyJson": lambda value: json.dumps(plain(value), indent=2),
    "toRawJson": lambda value: json.dumps(plain(value)),
    "fromJson": _from_yaml,
    "mustToJson": lambda value: json.dumps(plain(value)),
    "indent": _indent,
    "nindent": lambda width, text: "\n" + _indent(width, text),
    "quote": _quote,
    "squote": _squote,
    "trim": _text(str.strip),
    "trimAll": lambda cut, text: as_output(text).strip(cut),
    "trimSuffix": lambda cut, text: unknown if isinstance(text, Unknown) else as_output(text).removesuffix(cut),
    "trimPrefix": lambda cut, text: unknown if isinstance(text, Unknown) else as_output(text).removeprefix(cut),
    "trunc": _trunc,
    "abbrev": _trunc,
    "lower": _text(str.lower),
    "upper": _text(str.upper),
    "title": _text(str.title),
    "untitle": _text(lambda text: text[:1].lower() + text[1:]),
    "camelcase": _text(lambda text: "".join(part.title() for part in re.split(r"[-_ ]", text))),
    "kebabcase": _text(lambda text: re.sub(r"(?<=[a-z0-9])([A-Z])|_", r"-\1", text).lower()),
    "snakecase": _text(lambda text: re.sub(r"(?<=[a-z0-9])([A-Z])|-", r"_\1", text).lower()),
    "nospace": _text(lambda text: re.sub(r"\s", "", text)),
    "replace": _replace,
    "repeat": _repeat,
    "contains": lambda part, text: as_output(part) in as_output(text),
    "hasPrefix": lambda part, text: as_output(text).startswith(as_output(part)),
    "hasSuffix": lambda part, text: as_output(text).endswith(as_output(part)),
    "cat": lambda *values: " ".join(as_output(value) for value in values),
    "substr": lambda start, end, text: as_output(text)[start : end if end >= 0 else None],
    "join": lambda between, items: as_output(between).join(as_output(item) for item in _list_of(items)),
    "split": lambda by, text: {f"_{i}": part for i, part in enumerate(as_output(text).split(by))},
    "splitList": lambda by, text: as_output(text).split(by),
    "splitn": lambda by, n, text: {f"_{i}": part for i, part in enumerate(as_output(text).split(by, n - 1))},
    "regexMatch": lambda pattern, text: bool(_regex(pattern).search(as_output(text)[:10_000])),
    "regexReplaceAll": _regex_replace,
    "regexReplaceAllLiteral": lambda pattern, text, new: _regex(pattern).sub(lambda m: as_output(new), as_output(text)),
    "regexFind": lambda pattern, text: (_regex(pattern).search(as_output(text)[:10_000]) or [""])[0],
    "toString": _text(str),
    "toStrings": lambda items: [as_output(item) for item in _list_of(items)],
    "int": _int,
    "int64": _int,
    "float64": lambda value: float(_number(value)),
    "atoi": _int,
    "toDecimal": _int,
    "add": lambda *values: sum(_int(value) for value in values),
    "add1": lambda value: _int(value) + 1,
    "sub": lambda a, b: _int(a) - _int(b),
    "mul": lambda a, b: _int(a) * _int(b),
    "div": lambda a, b: _int(a) // _int(b),
    "mod": lambda a, b: _int(a) % _int(b),
    "max": lambda *values: max(_int(value) for value in values),
    "min": lambda *values: min(_int(value) for value in values),
    "floor": lambda value: float(int(_number(value) // 1)),
    "ceil": lambda value: float(-int(-_number(value) // 1)),
    "round": lambda value, places=0: round(float(_number(value)), places),
    "addf": lambda *values: sum(float(_number(value)) for value in values),
    "mulf": lambda a, b: float(_number(a)) * float(_number(b)),
    "divf": lambda a, b: float(_number(a)) / float(_number(b)),
    "subf": lambda a, b: float(_number(a)) - float(_number(b)),
    "list": lambda *values: list(values),
    "tuple": lambda *values: list(values),
    "dict": _dict,
    "get": _get,
    "set": _set,
    "unset": _unset,
    "hasKey": lambda source, key: unknown if isinstance(source, Unknown) else key in (source or {}),
    "keys": lambda *maps: [key for source in maps for key in source],
    "values": lambda source: list(source.values()),
    "pick": lambda source, *names: {key: source[key] for key in names if key in source},
    "omit": lambda source, *names: {key: source[key] for key in source if key not in names},
    "pluck": lambda key, *maps: [source[key] for source in maps if key in source],
    "dig": _dig,
    "merge": _merge,
    "mustMerge": _merge,
    "mergeOverwrite": lambda *maps: _merge(*maps, over=True),
    "mustMergeOverwrite": lambda *maps: _merge(*maps, over=True),
    "deepCopy": lambda value: _deep_copy(value),
    "mustDeepCopy": lambda value: _deep_copy(value),
    "first": lambda items: items[0] if items else None,
    "last": lambda items: items[-1] if items else None,
    "rest": lambda items: items[1:],
    "initial": lambda items: items[:-1],
    "append": lambda items, item: [*_list_of(items), item],
    "prepend": lambda items, item: [item, *_list_of(items)],
    "concat": lambda *lists: [item for items in lists for item in _list_of(items)],
    "reverse": lambda items: list(reversed(items)),
    "uniq": lambda items: [item for i, item in enumerate(items) if item not in items[:i]],
    "compact": lambda items: [item for item in items if is_true(item)],
    "without": _without,
    "has": lambda item, items: item in (items or []),
    "chunk": lambda size, items: [items[i : i + size] for i in range(0, len(items), max(1, size))],
    "sortAlpha": lambda items: sorted(as_output(item) for item in items),
    "until": _until,
    "untilStep": lambda start, stop, step: list(range(start, stop, step))[:1000],
    "seq": lambda *values: " ".join(str(i) for i in range(values[0], values[-1] + 1)),
    "kindIs": lambda kind, value: unknown if isinstance(value, Unknown) else _kind(value) == kind,
    "kindOf": _kind,
    "typeOf": lambda value: {"map": "map[string]interface {}", "slice": "[]interface {}"}.get(
        _kind(value), _kind(value)
    ),
    "typeIs": lambda kind, value: _kind(value) in kind or (kind == "string" and isinstance(value, str)),
    "semverCompare": lambda constraint, version: _semver_compare(as_output(constraint), as_output(version)),
    "semver": lambda version: dict(zip(("Major", "Minor", "Patch"), _semver(as_output(version)), strict=False)),
    "b64enc": lambda value: base64.b64encode(as_output(value).encode()).decode(),
    "b64dec": lambda value: base64.b64decode(as_output(value)).decode("utf-8", "replace"),
    "sha256sum": _hash("sha256"),
    "sha1sum": _hash("sha1"),
    "md5sum": _hash("md5"),
    "adler32sum": _hash("md5"),
    "base": lambda path: as_output(path).rpartition("/")[2],
    "dir": lambda path: as_output(path).rpartition("/")[0] or ".",
    "ext": lambda path: "." + as_output(path).rpartition(".")[2],
    "urlParse": lambda text: _url(as_output(text)),
}


def _deep_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep_copy(item) for key, item in value.items()}
    return [_deep_copy(item) for item in value] if isinstance(value, list) else value


def _url(text: str) -> dict[str, str]:
    match = re.match(r"(?:(\w+)://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?", text)
    assert match is not None
    return {"scheme": match[1] or "", "host": match[2], "hostname": match[2].partition(":")[0], "path": match[3]}
