"""Opens a file of another tool: bounded, whatever is in it, and refused where it can be read in two ways."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.tools.errors import ToolError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FILE_LIMIT = 200 * 1024 * 1024
MOST_VALUES = 12_000_000
"""Values in one file: each takes some ten times its bytes in memory, so that a small file can be a large one."""
MOST_DEEP = 200
"""Levels of XML; JSON's reader has a limit of its own."""
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises ToolError."""
    try:
        # A pipe or a device would be waited for, or read for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ToolError(f"{path}: is no regular file: write the results to a file, and give that with --import.")
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise ToolError(f"{path}: can't be read ({error.strerror}): check the path given with --import.") from error
    if len(data) > FILE_LIMIT:
        raise ToolError(f"{path}: is larger than {FILE_LIMIT} bytes: split it by folder or by rule.")
    if data.startswith(_PACKED):
        raise ToolError(f"{path}: is packed: unpack it first.")
    if not data.strip():
        raise ToolError(f"{path}: is empty: the tool that should have written it did not; an empty file says nothing.")
    return data


def as_unicode(path: Path, data: bytes) -> str:
    """The text: UTF-8, or what its byte order mark says (a redirect in PowerShell writes UTF-16). Raises ToolError."""
    coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(coding)
    except UnicodeDecodeError as error:
        raise ToolError(f"{path}: is not UTF-8 text (byte {error.start}): have the tool write it as UTF-8.") from error


def parse_json(path: Path, text: str) -> Any:
    """The document. Refuses what stands twice, and numbers that are none. Raises ToolError."""
    if count_values(text) > MOST_VALUES:
        raise ToolError(f"{path}: holds more than {MOST_VALUES} values: split it by folder or by rule.")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except _TwiceError as error:
        raise ToolError(f"{path}: {error}: it can be read in two ways, have the tool write it again.") from error
    except (ValueError, RecursionError) as error:
        told = " ".join(str(error).split())[:80] if not isinstance(error, RecursionError) else "too deep"
        raise ToolError(f"{path}: is no valid JSON ({told}): have the tool write it again.") from error


def count_values(text: str) -> int:
    """How many values JSON text can hold, without reading it."""
    return sum(map(text.count, ",[{"))


def parse_xml(path: Path, data: bytes) -> Element:
    """The root element. No entity is expanded, nothing outside is read. Raises ToolError."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    if data.count(b"<") + data.count(b"=") > MOST_VALUES:
        raise ToolError(f"{path}: holds more than {MOST_VALUES} values: split it.")
    parser = DefusedXMLParser(target=_Builder(), forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except _DeepError as error:
        raise ToolError(f"{path}: nests deeper than {MOST_DEEP} levels: no tool's report does.") from error
    except DefusedXmlException as error:
        raise ToolError(f"{path}: declares entities ({type(error).__name__}): no tool's report needs any.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise ToolError(f"{path}: is no valid XML ({str(error)[:80]}): have the tool write it again.") from error
    return root


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class _TwiceError(ValueError):
    """A key that stands twice in one object."""


class _DeepError(Exception):
    """An element below more levels than any report has."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TwiceError(f"{twice[:60]!r} stands twice in one object")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _Builder() -> Any:  # noqa: N802  it stands for a class that is made only where XML is read
    from xml.etree.ElementTree import TreeBuilder

    class Builder(TreeBuilder):
        depth = 0

        def start(self, tag: Any, attrs: Any, /) -> Any:
            self.depth += 1
            if self.depth > MOST_DEEP:
                raise _DeepError
            return super().start(tag, attrs)

        def end(self, tag: Any, /) -> Any:
            self.depth -= 1
            return super().end(tag)

    return Builder()
