"""Results of other tools as a source: files that the operator names, read once, before the audit.

Files of the audited repository are not looked at unless the operator names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from gonogo.criteria.imported import find_table
from gonogo.model.imported import Imported
from gonogo.model.snapshot import Record, Snapshot
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.imported.detect import read_import
from gonogo.tools.imported.mapping import SOURCE, map_rows
from gonogo.tools.imported.rows import as_text

MOST_FILES = 100


def read_imports(paths: Iterable[Path]) -> Snapshot:
    """What the files say, as a snapshot of a source of its own; empty without files. Raises ToolError.

    The same file given twice counts once. Their order does not matter.
    """
    given = tuple(dict.fromkeys(paths))
    if len(given) > MOST_FILES:
        raise ToolError(f"--import: {len(given)} files are given, {MOST_FILES} are read: put their results together.")
    found: dict[str, tuple[list[Imported], list[Record]]] = {}
    for path in given:
        data, parts = read_import(path)
        digest = hashlib.sha256(data).hexdigest()
        if digest not in found:
            mapped = [map_rows(as_text(path.name), digest, part, find_table(part.table or part.tool)) for part in parts]
            found[digest] = ([m.imported for m in mapped], [r for m in mapped for r in m.records])
    imports = sorted((i for each, _ in found.values() for i in each), key=lambda i: (i.file, i.sha256, i.tool))
    digests = sorted(found, key=lambda digest: (found[digest][0][0].file, digest))
    records = [record for digest in digests for record in found[digest][1]]
    return Snapshot(
        given=(SOURCE,) if imports else (),
        sources=tuple(_source(item) for item in imports),
        records=tuple(sorted(records, key=lambda record: (record.scope, record.kind, record.name))),
        imports=tuple(imports),
    )


def _source(item: Imported) -> Source:
    said = f"{item.tool} {item.tool_version}".strip()
    notes = (f"{item.format} of {said}", f"{item.mapped} of {item.rows} rows answer a criterion")
    return Source(kind=SOURCE, name=item.file, notes=notes, observed=item.taken or None)


__all__ = ["read_imports"]
