"""A sealed report: a report with who signed it, when, and a signature over all of it, in one form of bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SealedReport(BaseModel):
    """``report`` is the report as it was read, so that what is signed does not depend on who reads it; ``valid_until``
    the last day on which its verdict holds; ``decisions`` the ids of those that counted; ``signature`` is over
    everything but itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["gonogo sealed report"] = "gonogo sealed report"
    version: Literal[1] = 1
    gonogo: str
    run: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    signer: str
    signed_at: str
    verdict: str
    valid_until: str
    decisions: list[str]
    report: dict[str, Any]
    report_sha256: Hash
    public_key: Hash
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")] = "0" * 128

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return canonical(self.model_dump(exclude={"signature"}))

    def to_bytes(self) -> bytes:
        """The file."""
        return canonical(self.model_dump())


def canonical(value: Any) -> bytes:
    """JSON in one form: keys sorted, no spaces, ASCII, one line."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def report_hash(report: dict[str, Any]) -> str:
    """SHA-256 over a report in that form, in hex."""
    return hashlib.sha256(canonical(report)).hexdigest()


def fingerprint_of(public_key: str) -> str:
    """SHA-256 of a public key's 32 bytes, in hex: what a person compares."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()
