"""What nodes hand on, by hash: the graph's state holds ids, so that a checkpoint is small whatever was found.

What was put in is kept before the id of it can be checkpointed. An id from a checkpoint is sealed, and what is found
under it must have that hash: who changes what is stored changes no result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from threading import Lock
from typing import Any

Keep = Callable[[str, bytes], None]
"""Keeps bytes under their SHA-256, in hex."""
Find = Callable[[str], bytes | None]
"""What was kept under a hash, None where it is not there."""


class LostPartError(Exception):
    """A part that a checkpoint names is not there, or is another."""


class Parts:
    """The parts of one run. Safe to share between threads."""

    def __init__(self, keep: Keep = lambda digest, data: None, find: Find = lambda digest: None) -> None:
        self._keep, self._find = keep, find
        self._known: dict[str, Any] = {}
        self._lock = Lock()

    def put(self, part: Any) -> str:
        """Keeps a part, JSON-ready, and gives its id. Not to be changed afterwards."""
        data = json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
        digest = hashlib.sha256(data).hexdigest()
        with self._lock:
            is_new = digest not in self._known
            self._known[digest] = part
        if is_new:
            self._keep(digest, data)
        return digest

    def get(self, digest: str) -> Any:
        """The part of that id. Raises LostPartError."""
        with self._lock:
            if digest in self._known:
                return self._known[digest]
        data = self._find(digest)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise LostPartError(f"a part of the run ({digest[:12]}) is not what was kept")
        part = json.loads(data)
        with self._lock:
            self._known[digest] = part
        return part
