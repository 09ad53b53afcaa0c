"""Cassettes: recorded HTTP interactions that a run replays, in files that a reviewer can read.

``show.describe`` lists what a cassette holds, ``scan.scan`` looks for what must not be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gonogo.cassette.session import Recording

__all__ = ["open_cassette", "read_about"]


def open_cassette(
    path: Path, mode: str, *, about: Mapping[str, Any] | None = None
) -> AbstractContextManager[Recording]:
    """Sends all HTTP of boto3, requests, urllib3 and httpx, in all threads of this process, through a cassette.

    ``mode``: ``none`` is strict, no live call is made; ``once`` records where the file does not exist and is strict
    where it does; ``new`` plays what is recorded and records the rest. ``about`` is kept in the header of what is
    recorded, and free; it should say ``recorded_at`` (ISO time), ``against`` (what answered), ``model``,
    ``endpoint_url``, ``region`` and ``options``. What was answered is written when the context ends, however it ends.
    A strict replay runs without credentials and without sockets.

    Raises CassetteError for a file that can't be used, for a second cassette in this process, for a second writer, and,
    where nothing else was raised, for interactions that a strict replay did not play and for a request that it refused.
    A refused request is a CassetteMissError where it is made, too; libraries may wrap or swallow it: see find_miss.
    """
    from gonogo.cassette.session import opened

    return opened(path, mode, about or {})


def read_about(path: Path) -> dict[str, Any]:
    """What the header of a cassette says, without reading its interactions. Raises CassetteError."""
    from gonogo.cassette.file import read_about as read

    return read(path)
