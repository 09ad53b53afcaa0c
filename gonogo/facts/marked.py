"""Plain values that know where they stand: what YAML and JSON files hold, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gonogo.model.evidence import Place


class Float(float):
    """A float that is printed as it was written: ``str`` of ``3.10`` is "3.10"."""

    text: str

    def __str__(self) -> str:
        return self.text


class Map(dict[str, Any]):
    """A mapping. ``line`` is where it begins, ``end_line`` where its last value ends, ``lines`` each key's line.

    ``path`` is the file of all this; ``paths`` names the file of single keys that a patch from elsewhere set.
    """

    __slots__ = ("end_line", "line", "lines", "path", "paths")

    def __init__(self, line: int = 0, path: str = "") -> None:
        super().__init__()
        self.line = self.end_line = line
        self.path = path
        self.lines: dict[str, int] = {}
        self.paths: dict[str, str] | None = None

    def line_of(self, key: str) -> int:
        """The line of a key; the mapping's own where it is not there."""
        return self.lines.get(key, self.line)

    def place(self, key: str = "", symbol: str = "") -> Place:
        """Where a key stands, or the mapping as a whole."""
        if key not in self.lines:
            return Place(self.path, self.line, max(self.end_line, self.line), symbol)
        path = self.paths.get(key, self.path) if self.paths else self.path
        return Place(path, self.lines[key], 0, symbol)

    def map(self, key: str) -> Map:
        """The mapping below a key; an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, Map) else Map(self.line_of(key), self.path)

    def seq(self, key: str) -> Seq:
        """The sequence below a key; an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, Seq) else Seq(self.line_of(key), self.path)

    def maps(self, key: str) -> tuple[Map, ...]:
        """The mappings in the sequence below a key."""
        return tuple(item for item in self.seq(key) if isinstance(item, Map))

    def text(self, key: str) -> str:
        """The scalar below a key as text; empty where there is none."""
        return as_text(self.get(key))

    def find(self, *keys: str) -> Any:
        """The value below a path of keys; None where there is none."""
        value: Any = self
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


class Seq(list[Any]):
    """A sequence. ``lines[i]`` is where item i begins; ``paths`` names their files where they come from several."""

    __slots__ = ("end_line", "line", "lines", "path", "paths")

    def __init__(self, line: int = 0, path: str = "") -> None:
        super().__init__()
        self.line = self.end_line = line
        self.path = path
        self.lines: list[int] = []
        self.paths: list[str] | None = None

    def marked(self) -> Iterator[tuple[Any, int]]:
        """Each item with its line."""
        return zip(self, self.lines, strict=True)

    def placed(self, symbol: str = "") -> Iterator[tuple[Any, Place]]:
        """Each item with its place."""
        for index, (item, line) in enumerate(self.marked()):
            yield item, Place(self.paths[index] if self.paths else self.path, line, 0, symbol)

    def put(self, item: object, place: Place) -> None:
        """Adds an item that stands at a place."""
        self.append(item)
        self.lines.append(place.line)
        if self.paths is not None or place.path != self.path:
            self.paths = [*(self.paths or [self.path] * (len(self) - 1)), place.path]


class Filled(str):
    """A text that was written with variables, after they were put in."""

    __slots__ = ("written",)
    written: str

    @staticmethod
    def make(text: str, written: str) -> Filled:
        """The text, and how it was written."""
        made = Filled(text)
        made.written = written
        return made


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value with an application's tag: ``Tagged("!Ref", "Bucket", 12)``."""

    tag: str
    value: Any
    line: int


def as_text(value: Any) -> str:
    """A scalar as it is written in YAML; empty for nothing, a mapping or a sequence."""
    if value is None or isinstance(value, dict | list | Tagged):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_texts(value: Any) -> tuple[str, ...]:
    """The scalars of a sequence, or one scalar alone, as text."""
    if isinstance(value, list):
        return tuple(as_text(item) for item in value if not isinstance(item, dict | list))
    return (as_text(value),) if value is not None and not isinstance(value, dict) else ()
