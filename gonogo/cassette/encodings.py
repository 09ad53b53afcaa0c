"""Content encodings: a cassette holds bodies decoded, so that they can be read."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""zlib's window bits of an encoding; deflate is written with and without a header."""


def decoded(data: bytes, headers: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body without its encoding, and the encoding that is left: "" but for one that can't be undone here.

    Some clients decode before they hand a body on and keep the header, so that the header alone says nothing.
    """
    encoding = _encoding(headers)
    if not encoding or not data:
        return data, ""
    for bits in _WINDOWS.get(encoding, ()):
        try:
            return zlib.decompress(data, bits), ""
        except zlib.error:
            continue  # the other way, or decoded already
    if encoding in _WINDOWS or _is_text(data):
        return data, ""
    return data, encoding


def _encoding(headers: Mapping[str, Any]) -> str:
    for name, value in headers.items():
        if name.lower() == "content-encoding":
            return str(value[0] if isinstance(value, list | tuple) else value).strip().lower()
    return ""


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
