"""Targets of a Makefile with their recipes, by their lines: enough to see what ``make up`` runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gonogo.facts.repository import Repository

NAMES = ("GNUmakefile", "makefile", "Makefile")
_RULE = re.compile(r"^([^\s:=#][^:=#]*?)\s*::?(?!=)\s*([^=#;]*)(?:;(.*))?(?:#.*)?$")
_VARIABLE = re.compile(r"^\s*(?:export\s+|override\s+)?([\w.-]+)\s*(?:\?|:{1,3}|\+)?=\s*(.*)$")
_INCLUDE = re.compile(r"^-?s?include\s+(.+)$")


@dataclass
class Makefile:
    """The rules of a Makefile and of what it includes."""

    path: str
    first: str = ""
    recipes: dict[str, list[str]] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    open_ended: bool = False
    """Whether it may have more targets than these: an include that is not here, a computed or catch-all target."""

    def has(self, target: str) -> bool:
        return (
            target in self.recipes
            or target in self.needs
            or any(re.fullmatch(re.escape(name).replace("%", ".+"), target) for name in self.recipes if "%" in name)
        )

    def script(self, target: str, *, depth: int = 0) -> str:
        """What make runs for a target, its prerequisites first."""
        lines = []
        if depth < 4:
            for need in self.needs.get(target, ()):
                if need in self.recipes:
                    lines.append(self.script(need, depth=depth + 1))
        for line in self.recipes.get(target, ()):
            lines.append(self.expand(line.strip().lstrip("@-+")))
        return "\n".join(lines)

    def expand(self, text: str) -> str:
        for _ in range(3):
            text = re.sub(r"\$[({]([\w.-]+)[)}]", lambda m: self.variables.get(m.group(1), m.group(0)), text)[:5000]
        return text.replace("$(MAKE)", "make").replace("${MAKE}", "make").replace("$$", "$")


def read_makefile(repository: Repository, folder: str) -> Makefile | None:
    """The Makefile that make reads in a folder; None where there is none."""
    prefix = folder + "/" if folder else ""
    path = next((prefix + name for name in NAMES if prefix + name in repository.by_path), "")
    if not path:
        return None
    makefile = Makefile(path)
    _read(repository, makefile, path, prefix, 0)
    return makefile


def _read(repository: Repository, makefile: Makefile, path: str, prefix: str, depth: int) -> None:
    current: list[str] = []
    for line in re.sub(r"\\\n", " ", repository.text(path)).splitlines():
        if line.startswith("\t"):
            for target in current:
                makefile.recipes.setdefault(target, []).append(line)
            continue
        if not line.strip() or line.startswith("#"):
            continue
        if include := _INCLUDE.match(line.strip()):
            _include(repository, makefile, include.group(1), prefix, depth)
        elif variable := _VARIABLE.match(line):
            makefile.variables.setdefault(variable.group(1), variable.group(2).strip())
        elif rule := _RULE.match(line):
            current = _rule(makefile, rule)


def _rule(makefile: Makefile, rule: re.Match[str]) -> list[str]:
    targets = rule.group(1).split()
    if targets == [".PHONY"]:
        return []
    makefile.open_ended |= any("$" in target or target == "%" for target in targets)
    for target in targets:
        makefile.needs.setdefault(target, []).extend(rule.group(2).split())
        makefile.recipes.setdefault(target, [])
        if rule.group(3):
            makefile.recipes[target].append(rule.group(3))
    if not makefile.first and not targets[0].startswith("."):
        makefile.first = targets[0]
    return targets


def _include(repository: Repository, makefile: Makefile, names: str, prefix: str, depth: int) -> None:
    for name in names.split():
        path = prefix + name.removeprefix("./")
        if path in repository.by_path and depth < 3:
            _read(repository, makefile, path, prefix, depth + 1)
        elif not name.endswith(".env") and name != ".env":
            makefile.open_ended = True
