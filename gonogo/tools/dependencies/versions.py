"""Version declarations: which are exact, which is the lowest version that they allow, and where they stand."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place

_NUMBER = re.compile(r"(?<![\w.])v?(\d+(?:\.(?:\d+|[xX*]))*)")
_EXACT = re.compile(r"^\s*={0,3}\s*v?\d+(\.\d+)+([-.+]?[\w.+-]*)?\s*$")
_LTS = {"argon": "4", "boron": "6", "carbon": "8", "dubnium": "10", "erbium": "12", "fermium": "14", "gallium": "16",
        "hydrogen": "18", "iron": "20", "jod": "22", "krypton": "24"}  # fmt: skip


def is_exact(spec: str) -> bool:
    """Says whether a declaration allows one version only: ``1.2.3``, ``==1.2.3``, ``=1.2.3``."""
    return bool(_EXACT.match(spec)) and "*" not in spec and not re.search(r"\.[xX](\.|$)", spec)


def lowest(spec: str) -> str:
    """The lowest version that a declaration allows, ``18.0`` of ``^18.0 || >=20``; empty where it names none."""
    if name := re.search(r"lts/(\w+)", spec):
        return _LTS.get(name.group(1).lower(), "")
    bounds = []
    for part in re.split(r"\|\|", spec):
        allowed = re.sub(r"(<=?|!=|~=?\s*(?=!))\s*v?[\d.]+[^\s,]*", " ", part)
        if found := _NUMBER.search(allowed):
            bounds.append(re.sub(r"\.[xX*].*", "", found.group(1)))
    return min(bounds, key=numbers) if bounds else ""


def numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, for comparison."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def line_of(text: str, pattern: str, start: int = 0) -> int:
    """The line of the first match of a regular expression from a position on; 0 without one."""
    found = re.compile(pattern, re.MULTILINE).search(text, start)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def place(file: File, text: str, pattern: str, symbol: str = "", start: int = 0) -> Place:
    """The place of the first match; the file as a whole without one."""
    line = line_of(text, pattern, start)
    return Place(file.path, line, line, symbol)


def read_json(repository: Repository, file: File, unread: list[Unread]) -> dict[str, Any]:
    """The object in a JSON file; one that does not parse, or is no object, is noted as unread."""
    try:
        found = json.loads(repository.text(file).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        unread.append(
            Unread(file.path, f"it is no valid JSON: {error}"[:200], getattr(error, "lineno", 0), broken=True)
        )
        return {}
    if isinstance(found, dict):
        return found
    unread.append(Unread(file.path, "it holds no JSON object"))
    return {}


def read_toml(repository: Repository, file: File, unread: list[Unread]) -> dict[str, Any]:
    """The tables of a TOML file; one that does not parse is noted as unread."""
    try:
        return tomllib.loads(repository.text(file).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        unread.append(Unread(file.path, f"it is no valid TOML: {error}"[:200], broken=True))
        return {}


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The nested mapping under these keys; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def strings(value: Any) -> list[str]:
    """The strings of a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A string as it is, a number as text, anything else as empty."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
