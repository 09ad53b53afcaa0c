"""Python packages that pip installed into the repository (a Lambda bundle, say): they are vendored, as it recorded."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable

_RECORD = ".dist-info/RECORD"
_TOP_LEVEL = ".dist-info/top_level.txt"


def installed_files(names: Iterable[str], read: Callable[[str], bytes]) -> frozenset[str]:
    """Those of the named files that a ``*.dist-info`` beside them says pip put there. ``read`` gives a file's bytes."""
    known = set(names)
    found: set[str] = set()
    folders: set[str] = set()
    for name in known:
        base = name.rpartition("/")[0].rpartition("/")[0]
        if name.endswith(_RECORD):
            listed = csv.reader(read(name).decode("utf-8", "replace").splitlines())
            paths = [f"{base}/{row[0]}" if base else row[0] for row in listed if row]
            found.update(path for path in paths if path in known)
        elif name.endswith(_TOP_LEVEL):
            tops = read(name).decode("utf-8", "replace").split()
            folders.update(f"{base}/{top}/" if base else f"{top}/" for top in tops)
        if ".dist-info/" in name:
            found.add(name)
    if folders:
        found.update(name for name in known if any(name.startswith(folder) for folder in folders))
    return frozenset(found)
