"""Runs of a store as text and JSON. Rows are plain data, as the store gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

SHORT = 8
_HEAD = ("run", "state", "verdict", "created", "target")


def list_as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line a run, in columns."""
    if not rows:
        return "no run is kept here\n"
    table = [_HEAD, *(_line(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    return "\n".join(lines) + "\n"


def list_as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a JSON list."""
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def run_as_text(row: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """What became of a run, and what is stored of it."""
    lines = [
        f"run       {row['run']}",
        f"target    {visible(row['target'])}",
        f"state     {row['state']}" + (f": {visible(row['why'])}" if row.get("why") else ""),
        f"verdict   {row.get('verdict') or 'none'}",
        f"created   {row['created']}",
        f"ended     {row.get('ended') or 'not yet'}",
        f"gonogo    {row['gonogo']}",
        "stored    " + (", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing yet"),
    ]
    if row["state"] != "finished":
        lines.append(f"next      gonogo runs resume {row['run'][:SHORT]}")
    return "\n".join(lines) + "\n"


def visible(text: str) -> str:
    """The text with control characters shown: names come from outside, and a terminal obeys what it is sent."""
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (row["run"][:SHORT], row["state"], row.get("verdict") or "-", row["created"], visible(row["target"]))


def pruned_as_text(counts: Mapping[str, int]) -> str:
    """What a prune deleted, and what it gave back."""
    freed = counts["before"] - counts["after"]
    return (
        f"runs: {counts['runs']:,}; deleted: answers of models {counts['calls']:,}, spans {counts['spans']:,}, "
        f"stored parts {counts['blobs']:,}; freed {freed:,} bytes ({counts['after']:,} left)\n"
    )
