"""Seals a reviewed report under its signer's key, and opens sealed reports: whose bytes, signature and verdict hold."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gonogo import __version__
from gonogo.agents.guard import RefusedReportError, check_report
from gonogo.model.decision import Act
from gonogo.model.report import Report
from gonogo.model.sealed_report import SealedReport, canonical, fingerprint_of, report_hash
from gonogo.replaying import hold_against
from gonogo.tools.evidence import READ

SEALED_LIMIT = 200 * 1024 * 1024
KEY_LIMIT = 16 * 1024
KEY_BYTES = 32
_HEX_KEY = re.compile(r"[0-9a-f]{64}\Z")


class SealError(Exception):
    """A report that can't be sealed, or a file or key that is none. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked of a sealed report. ``good`` is None where it can't be known, or was not asked."""

    what: str
    good: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed report with what was checked of it. ``report`` is None where its bytes don't hold."""

    checks: tuple[Check, ...]
    sealed: SealedReport | None = None
    report: Report | None = None
    is_past: bool = False
    """Whether its last day is over."""

    @property
    def holds(self) -> bool:
        """Whether nothing that was checked is wrong."""
        return all(check.good is not False for check in self.checks)


def seal(report: Report, *, run: str, signer: str, key: bytes, at: datetime) -> bytes:
    """The sealed report, as bytes. ``key`` is a private key of 32 bytes, ``at`` an aware time in UTC.

    Raises SealError for a report that its signer has not approved, or whose last day is over, and RefusedReportError
    for one that does not hold.
    """
    check_report(report)
    if not _approvals(report, signer):
        raise SealError(f"{signer} has not approved the verdict as it is: approve it first.")
    last = report.verdict.valid_until
    if last < at.date().isoformat():
        raise SealError(f"the verdict held until {last}: audit again, and sign that.")
    plain = json.loads(report.model_dump_json())
    unsigned = SealedReport(
        gonogo=__version__,
        run=run,
        signer=signer,
        signed_at=at.isoformat(timespec="seconds"),
        verdict=report.verdict.value.value,
        valid_until=last,
        decisions=[decision.id for decision in report.decisions if decision.is_standing],
        report=plain,
        report_sha256=report_hash(plain),
        public_key=public_key_of(key),
    )
    return unsigned.model_copy(update={"signature": _sign(key, unsigned.signed_bytes())}).to_bytes()


def open_seal(data: bytes, *, today: str, key: str | None = None, paths: tuple[Path, ...] = ()) -> Opened:
    """Checks a sealed report: its bytes, its signature, that it holds, its last day (``today`` is an ISO date).

    ``key`` is the fingerprint of the key that it must be signed with; ``paths`` are where its quotes are read again.
    Raises ToolError for paths that are no repository.
    """
    try:
        sealed = _read(data)
    except SealError as error:
        return Opened((Check("bytes", False, str(error)),))
    checks = [Check("bytes", True, "they are in the one form that a sealed report has")]
    checks.append(_signature(sealed))
    if not all(check.good for check in checks):
        return Opened(tuple(checks), sealed)
    checks.append(_owner(sealed, key))
    try:
        report = Report.model_validate_json(canonical(sealed.report))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        checks.append(Check("report", False, f"it can't be read by gonogo {__version__} ({where}); {_version(sealed)}"))
        return Opened(tuple(checks), sealed)
    checks += _holds(sealed, report)
    is_past = sealed.valid_until < today
    checks.append(Check("valid until", None if is_past else True, _day(sealed, is_past)))
    if paths:
        checks.append(_reread(report, paths))
    return Opened(tuple(checks), sealed, report, is_past)


def read_sealed(file: Path) -> bytes:
    """The bytes of a file. Raises SealError."""
    try:
        with file.open("rb") as stream:
            data = stream.read(SEALED_LIMIT + 1)
    except OSError as error:
        raise SealError(f"{file}: can't be read ({error.strerror}).") from error
    if len(data) > SEALED_LIMIT:
        raise SealError(f"{file}: is larger than any report that gonogo seals.")
    return data


def public_key_of(key: bytes) -> str:
    """The public key of a private one, in hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw().hex()


def read_private_key(file: Path) -> bytes:
    """A private key of Ed25519 from a file that its owner alone can read: PEM (without a passphrase) or 32 bytes.

    Raises SealError.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _key_file(file)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise SealError(f"{file}: can be read by others than its owner: chmod 600 it, and think of a new key.")
    if len(data) == KEY_BYTES:
        return data
    try:
        found = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SealError(f"{file}: is no private key of Ed25519 without a passphrase, as PEM or 32 bytes.") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise SealError(f"{file}: is a key of another kind: make one with openssl genpkey -algorithm ed25519.")
    return found.private_bytes_raw()


def read_fingerprint(given: str) -> str:
    """The fingerprint that is meant: itself, or that of the public key in a file (PEM, or 64 hex digits).

    Raises SealError.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    plain = given.lower().removeprefix("sha256:")
    if _HEX_KEY.match(plain):
        return plain
    data = _key_file(Path(given))
    text = data.decode("ascii", "replace").strip()
    if _HEX_KEY.match(text):
        return fingerprint_of(text)
    try:
        found = load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SealError(f"{given}: is no fingerprint of 64 hex digits and no public key of Ed25519.") from error
    if not isinstance(found, Ed25519PublicKey):
        raise SealError(f"{given}: is a public key of another kind than Ed25519.")
    return fingerprint_of(found.public_bytes_raw().hex())


def _key_file(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(KEY_LIMIT + 1)
    except OSError as error:
        raise SealError(
            f"{file}: can't be read ({error.strerror}): give a key's file, or its fingerprint of 64 hex digits."
        ) from error
    if len(data) > KEY_LIMIT:
        raise SealError(f"{file}: is larger than any key.")
    return data


def _read(data: bytes) -> SealedReport:
    """Raises SealError for what is no sealed report, byte for byte."""
    try:
        plain = json.loads(data, object_pairs_hook=_without_doubles, parse_constant=_no_number)
        sealed = SealedReport.model_validate(plain)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the document"
        raise SealError(f"it is no sealed report, or was changed: {where}") from error
    except (ValueError, RecursionError) as error:
        raise SealError("it is no sealed report, or was changed: it can't be read as JSON") from error
    if sealed.to_bytes() != data:
        raise SealError("it was changed: it is not in the one form that a sealed report has")
    return sealed


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _sign(key: bytes, data: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key).sign(data).hex()


def _signature(sealed: SealedReport) -> Check:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sealed.public_key))
        public.verify(bytes.fromhex(sealed.signature), sealed.signed_bytes())
    except (InvalidSignature, ValueError):
        return Check("signature", False, "it is not that of what stands there: the file was changed")
    if report_hash(sealed.report) != sealed.report_sha256:
        return Check("signature", False, "the hash of the report is that of another one")
    return Check("signature", True, f"{sealed.signer} signed it on {sealed.signed_at}")


def _owner(sealed: SealedReport, key: str | None) -> Check:
    found = fingerprint_of(sealed.public_key)
    if key is None:
        says = (
            f"whose it is can't be known from the file: compare sha256:{found} with what {sealed.signer} says (--key)"
        )
        return Check("key", None, says)
    if key != found:
        return Check("key", False, f"it is sealed with another key, sha256:{found}")
    return Check("key", True, f"it is the one that was given, sha256:{found}")


def _holds(sealed: SealedReport, report: Report) -> Iterator[Check]:
    try:
        check_report(report)
    except RefusedReportError as error:
        yield Check("report", False, f"{error}; {_version(sealed)}")
    else:
        yield Check(
            "report", True, f"all {len(report.evidence)} pieces of evidence match their hashes, all claims hold"
        )
    standing = [decision.id for decision in report.decisions if decision.is_standing]
    if (sealed.verdict, sealed.valid_until) != (report.verdict.value.value, report.verdict.valid_until):
        yield Check("verdict", False, "it is not the report's")
    elif sealed.decisions != standing or not _approvals(report, sealed.signer):
        yield Check("verdict", False, f"{sealed.signer} did not approve it, or the decisions are not the report's")
    else:
        count = len(standing)
        made = f"{count} {'decision that holds' if count == 1 else 'decisions that hold'}"
        yield Check("verdict", True, f"{sealed.verdict}, which follows from its answers and {made}")


def _day(sealed: SealedReport, is_past: bool) -> str:
    return f"it held until {sealed.valid_until}: audit again" if is_past else f"it holds until {sealed.valid_until}"


def _version(sealed: SealedReport) -> str:
    same = sealed.gonogo == __version__
    return "it was sealed by this version" if same else f"it was sealed by gonogo {sealed.gonogo}: verify it with that"


def _reread(report: Report, paths: tuple[Path, ...]) -> Check:
    asked = sum(item.tool == READ and item.locator.path is not None for item in report.evidence)
    gone = hold_against(report, paths)
    if gone:
        first = gone[0]
        says = f"{len(gone)} of {asked} quotes are no longer there, the first at {first.evidence.locator}: {first.why}"
        return Check("evidence", False, says)
    return Check("evidence", True, f"all {asked} quotes from files stand there still")


def _approvals(report: Report, signer: str) -> bool:
    return any(d.what is Act.APPROVE and d.is_standing and d.who == signer for d in report.decisions)
