"""Follows names into the files that define them: re-exports, instances, factories, attributes and base classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gonogo.facts.code import Argument, Call, Definition, Language
from gonogo.tools.code.locate import Locator
from gonogo.tools.code.syntax import MARK, Sheet, local_name

_CLASS_METHODS = frozenset({"as_view", "as_asgi"})
"""Methods that are asked of a class to use it: the class is what counts, not the base that has the method."""
_ENDING = re.compile(r"(/__init__|/index)?\.(py|[cm]?[jt]sx?|vue|svelte|go|java)$")


class Follower:
    """Resolves marked names. One for an audit; not shared between threads."""

    def __init__(self, sheets: Mapping[str, Sheet], locator: Locator) -> None:
        self._sheets, self._locator = sheets, locator
        self._known: dict[str, str] = {}
        self._passed: dict[str, dict[str, str]] = {}
        self._own: dict[str, frozenset[str]] = {
            path: frozenset(d.name for d in sheet.definitions if "." not in d.name) for path, sheet in sheets.items()
        }
        self._attributes: dict[str, dict[str, Definition]] = {
            path: {d.name: d for d in sheet.definitions} for path, sheet in sheets.items()
        }

    def finish(self, sheet: Sheet) -> None:
        """Replaces all names of a sheet by followed ones."""
        sheet.calls = [self._call(call, sheet) for call in sheet.calls]
        sheet.definitions = [
            replace(
                item,
                bases=tuple(self.name(base, sheet) for base in item.bases),
                decorators=tuple(self._call(decorator, sheet) for decorator in item.decorators),
                parameters=tuple(self._argument(parameter, sheet) for parameter in item.parameters),
            )
            if item.bases or item.decorators or item.parameters
            else item
            for item in sheet.definitions
        ]
        sheet.assignments = [
            replace(item, value=self._argument(item.value, sheet)) if item.value.refers or item.value.entries else item
            for item in sheet.assignments
        ]

    def name(self, name: str, sheet: Sheet) -> str:
        """A name as a check sees it."""
        if not name:
            return ""
        if name[0] != MARK:
            head = name.partition(".")[0]
            if head in self._own[sheet.path]:
                name = local_name(sheet.path, name)
            elif sheet.language is Language.JAVA and head[:1].isupper():
                return self._java(name, head, sheet)
            elif sheet.language is Language.GO:
                return self._go_own(name, head, sheet)
            else:
                return name
        if name not in self._known:
            self._known[name] = self._follow(name, 0)
        return self._known[name]

    def _call(self, call: Call, sheet: Sheet) -> Call:
        name = self.name(call.name, sheet)
        arguments = tuple(self._argument(argument, sheet) for argument in call.arguments)
        if name == call.name and all(new is old for new, old in zip(arguments, call.arguments, strict=True)):
            return call
        return Call(name, call.raw, arguments, call.at, call.function, call.target, call.in_loop)

    def _argument(self, argument: Argument, sheet: Sheet) -> Argument:
        if argument.literal or not (argument.refers or argument.entries):
            return argument
        refers = self.name(argument.refers, sheet)
        entries = tuple(self._argument(entry, sheet) for entry in argument.entries)
        if refers == argument.refers and all(new is old for new, old in zip(entries, argument.entries, strict=True)):
            return argument
        return Argument(argument.name, argument.text, argument.literal, argument.value, entries, refers)

    def _follow(self, name: str, depth: int) -> str:
        if depth > 8 or name[0] != MARK:
            return name if name[0] != MARK else display(name)
        _, path, rest = name.split(MARK, 2)
        parts = [part for part in rest.split(".") if part]
        if not parts:
            return self._default(path, depth) or display(name)
        if path.endswith("/"):
            return self._follow_go(path, parts, depth) or display(name)
        sheet = self._sheets.get(path)
        if sheet is None:
            return display(name)
        return self._within(sheet, parts, depth) or display(name)

    def _default(self, path: str, depth: int) -> str:
        sheet = self._sheets.get(path)
        target = sheet.exports.get("") if sheet is not None else None
        return self._follow(target, depth + 1) if target else ""

    def _within(self, sheet: Sheet, parts: list[str], depth: int) -> str:
        head, tail = parts[0], parts[1:]
        target = sheet.exports.get(head) or sheet.aliases.get(head, "")
        if target in (head, local_name(sheet.path, head)):
            target = ""
        if target and target[0] != MARK and target.partition(".")[0] in self._own[sheet.path]:
            target = local_name(sheet.path, target)
        if target:
            return self._follow(".".join([target, *tail]), depth + 1)
        if tail and head in sheet.returns:
            return self._again(sheet, ".".join([sheet.returns[head], *tail]), depth)
        if head in self._own[sheet.path]:
            return self._member(sheet, head, tail, depth)
        if sheet.path.endswith("__init__.py"):
            part = self._locator.python(sheet.path, "." + head)
            if part and part != sheet.path:
                return self._follow(local_name(part, ".".join(tail)), depth + 1)
        if depth < 8 and (found := self._starred(sheet, parts, depth)):
            return found
        if sheet.exports.get("") and head not in ("default",):
            return self._follow(".".join([sheet.exports[""], *parts]), depth + 1)
        return ""

    def _starred(self, sheet: Sheet, parts: list[str], depth: int) -> str:
        """A name that the file passes on from another with ``export *`` or ``import *``."""
        other = self._sheets.get(self._passed_on(sheet.path).get(parts[0], ""))
        return self._within(other, parts, depth + 1) if other is not None and other is not sheet else ""

    def _passed_on(self, path: str) -> dict[str, str]:
        """Names that a file gets from others as a whole, each with the file that has it."""
        if path not in self._passed:
            self._passed[path] = {}
            found: dict[str, str] = {}
            for star in self._sheets[path].stars if path in self._sheets else ():
                other = self._sheets.get(star)
                if other is None:
                    continue
                for name in (*other.exports, *self._own[star], *other.returns):
                    found.setdefault(name, star)
                if star.endswith(".py"):
                    for name in other.aliases:
                        found.setdefault(name, star)
                for name, where in self._passed_on(star).items():
                    found.setdefault(name, where)
            self._passed[path] = found
        return self._passed[path]

    def _member(self, sheet: Sheet, owner: str, tail: list[str], depth: int) -> str:
        """A member of a class of that file: an attribute that stands for something else, or one of a base class."""
        if tail:
            if bound := sheet.bound.get((owner, "." + tail[0])):
                return self._again(sheet, ".".join([bound, *tail[1:]]), depth)
            definition = self._attributes[sheet.path].get(owner)
            own = f"{owner}.{tail[0]}" in self._attributes[sheet.path]
            if f"{owner}.{tail[0]}" in sheet.returns and len(tail) > 1:
                return self._again(sheet, ".".join([sheet.returns[f"{owner}.{tail[0]}"], *tail[1:]]), depth)
            if definition is not None and definition.bases and not own and tail[0] not in _CLASS_METHODS:
                return self._again(sheet, ".".join([definition.bases[0], *tail]), depth)
        return display(local_name(sheet.path, ".".join([owner, *tail])))

    def _again(self, sheet: Sheet, name: str, depth: int) -> str:
        if name[0] != MARK and name.partition(".")[0] in self._own[sheet.path]:
            name = local_name(sheet.path, name)
        return self._follow(name, depth + 1)

    def _follow_go(self, folder: str, parts: list[str], depth: int) -> str:
        for path in self._locator.go_folders.get(folder.rstrip("/"), ()):
            sheet = self._sheets.get(path)
            if sheet is not None and (parts[0] in sheet.exports or parts[0] in self._own[path]):
                return self._within(sheet, parts, depth)
        return ""

    def _go_own(self, name: str, head: str, sheet: Sheet) -> str:
        """A package-level name of another file of the same Go package."""
        if "." not in name or not sheet.path.endswith(".go"):
            return name
        return self._follow_go(sheet.path.rpartition("/")[0] + "/", name.split("."), 0) or name

    def _java(self, name: str, head: str, sheet: Sheet) -> str:
        """A class of the same package."""
        full = f"{sheet.exports.get('package', '')}.{head}"
        return full + name[len(head) :] if full in self._locator.java_classes else name


def display(name: str) -> str:
    """How a name that leads into a file of the target is shown: ``app.auth.current_user``, ``src/auth.currentUser``."""
    _, path, rest = name.split(MARK, 2)
    if path.endswith(".java"):
        return rest
    stem = path.rpartition("/")[0] if path.endswith(".go") else _ENDING.sub("", path).rstrip("/")
    if path.endswith(".py"):
        stem = stem.replace("/", ".")
    return f"{stem}.{rest}".replace("..", ".").rstrip(".")
