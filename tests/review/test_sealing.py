"""Sealed reports: one form of bytes, one key, and no byte that could be another."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gonogo.agents.guard import RefusedReportError
from gonogo.agents.reviewing import apply_decisions
from gonogo.criteria import load_catalogue
from gonogo.facts.repository import Repository
from gonogo.graph.audit import Request, audit
from gonogo.model.criterion import Status
from gonogo.model.decision import VERDICT, Act
from gonogo.model.report import Report
from gonogo.model.sealed_report import SealedReport, canonical, fingerprint_of, report_hash
from gonogo.model.target import Target
from gonogo.review.seal import (
    Check,
    SealError,
    open_seal,
    public_key_of,
    read_fingerprint,
    read_private_key,
    seal,
)
from gonogo.tools.collect import Collector
from tests.review.people import FILE, NOW, RUN, asked_of, decided

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
TODAY = NOW.date().isoformat()


@pytest.fixture(scope="module")
def approved(base: Report) -> Report:
    said = decided(base, what=Act.ATTEST, subject=asked_of(base), status=Status.PASS, attachments=(FILE,))
    return apply_decisions(base, (said, decided(base, said, what=Act.APPROVE, subject=VERDICT)), NOW)


@pytest.fixture(scope="module")
def sealed(approved: Report) -> bytes:
    return seal(approved, run=RUN, signer="Ada Lovelace", key=KEY, at=NOW)


@pytest.fixture(scope="module")
def small(shop_repository: Repository) -> bytes:
    """Of an audit of a few criteria, with a person's statement: each byte is tried in a moment."""
    few = tuple(row for row in load_catalogue() if row.slug in ("license", "change-approval"))
    request = Request(Collector(shop_repository, Target(name="shop")), few)
    base = audit(request, clock=lambda: NOW)
    slug = base.with_status(Status.UNVERIFIED)[0].criterion
    said = decided(base, what=Act.ATTEST, subject=slug, status=Status.FAIL)
    made = (said, decided(base, said, what=Act.APPROVE, subject=VERDICT))
    return seal(apply_decisions(base, made, NOW), run=RUN, signer="Ada Lovelace", key=KEY, at=NOW)


def wrong(checks: tuple[Check, ...]) -> list[str]:
    return [check.what for check in checks if check.good is False]


def sealed_again(data: bytes, change: Callable[[dict], None], key: bytes = KEY) -> bytes:  # type: ignore[type-arg]
    """As who has the key can make it: changed, hashed and signed anew."""
    from gonogo.review.seal import _sign

    plain = json.loads(data)
    change(plain)
    plain |= {"report_sha256": report_hash(plain["report"]), "public_key": public_key_of(key)}
    found = SealedReport.model_validate(plain)
    return found.model_copy(update={"signature": _sign(key, found.signed_bytes())}).to_bytes()


def test_a_sealed_report_holds(sealed: bytes, approved: Report) -> None:
    opened = open_seal(sealed, today=TODAY, key=fingerprint_of(public_key_of(KEY)))
    assert opened.holds
    assert all(check.good for check in opened.checks)
    assert opened.report == approved
    assert opened.sealed is not None
    assert (opened.sealed.signer, opened.sealed.verdict) == ("Ada Lovelace", approved.verdict.value.value)
    assert opened.sealed.valid_until == min(approved.verdict.valid_until, approved.decisions[0].expires)


def test_the_same_report_is_sealed_in_the_same_bytes(sealed: bytes, approved: Report) -> None:
    assert seal(approved, run=RUN, signer="Ada Lovelace", key=KEY, at=NOW) == sealed


def changed_bytes(sealed: bytes, places: list[int], bits: list[int]) -> None:
    """Whatever byte is changed, and however: it does not hold, and is found out before the report is read."""
    for place in places:
        for bit in bits:
            data = bytearray(sealed)
            data[place] ^= bit
            assert wrong(open_seal(bytes(data), today=TODAY).checks), (place, bit, sealed[place : place + 20])


def test_a_changed_byte_is_found(sealed: bytes) -> None:
    """The head, the tail and a sample of what lies between."""
    end = len(sealed)
    sample = sorted(random.Random(1).sample(range(400, end - 400), 25))
    changed_bytes(sealed, [*range(0, 400, 16), *sample, *range(end - 400, end, 16), end - 1], [1, 32])


@pytest.mark.sweep
def test_every_changed_byte_is_found(small: bytes) -> None:
    changed_bytes(small, list(range(len(small))), [1])


@pytest.mark.sweep
def test_every_changed_bit_of_the_envelope_is_found(small: bytes) -> None:
    """An upper-case hex digit means the same, and is not the same byte."""
    head = small.index(b'"report":{')
    tail = small.index(b'"report_sha256"')
    changed_bytes(small, [*range(head), *range(tail, len(small))], [1, 2, 4, 8, 16, 32, 64, 128])


def test_what_is_cut_or_added_is_found(sealed: bytes) -> None:
    for data in (b"", sealed[:-1], sealed[1:], sealed + b"\n", b"\xef\xbb\xbf" + sealed, sealed[:1000], sealed * 2):
        assert wrong(open_seal(data, today=TODAY).checks) == ["bytes"]
    loose = json.dumps(json.loads(sealed)).encode()
    twice = sealed.replace(b'{"decisions"', b'{"decisions":[],"decisions"', 1)
    for data in (loose, twice, b"[" * 100_000, b"null", b"NaN", b'{"kind":NaN}'):
        assert wrong(open_seal(data, today=TODAY).checks) == ["bytes"]


def test_who_signs_another_verdict_is_found_out(sealed: bytes) -> None:
    """Even with the key: what is signed must follow from itself."""

    def better(plain: dict) -> None:  # type: ignore[type-arg]
        plain["verdict"] = plain["report"]["verdict"]["value"] = "GO"

    def longer(plain: dict) -> None:  # type: ignore[type-arg]
        plain["valid_until"] = "2099-01-01"

    def other(plain: dict) -> None:  # type: ignore[type-arg]
        plain["signer"] = "Bob Byte"

    def evidence(plain: dict) -> None:  # type: ignore[type-arg]
        plain["report"]["evidence"][0]["excerpt"] += " "

    def fewer(plain: dict) -> None:  # type: ignore[type-arg]
        plain["decisions"] = plain["decisions"][:1]

    for change, what in (
        (better, ["report"]),
        (longer, ["verdict"]),
        (other, ["verdict"]),
        (evidence, ["report"]),
        (fewer, ["verdict"]),
    ):
        assert wrong(open_seal(sealed_again(sealed, change), today=TODAY).checks) == what


def test_another_key_is_found_out(sealed: bytes) -> None:
    forged = sealed_again(sealed, lambda plain: None, OTHER)
    assert open_seal(forged, today=TODAY).holds, "nobody can know without the key"
    assert "can't be known" in next(c.says for c in open_seal(forged, today=TODAY).checks if c.what == "key")
    opened = open_seal(forged, today=TODAY, key=fingerprint_of(public_key_of(KEY)))
    assert wrong(opened.checks) == ["key"]


def test_its_last_day_is_the_last(sealed: bytes) -> None:
    last = open_seal(sealed, today=TODAY).sealed.valid_until  # type: ignore[union-attr]
    assert not open_seal(sealed, today=last).is_past
    past = open_seal(sealed, today="2099-01-01")
    assert past.is_past
    assert past.holds
    assert "audit again" in past.checks[-1].says


def test_its_quotes_are_read_again(sealed: bytes, shop: Path, tmp_path: Path) -> None:
    assert open_seal(sealed, today=TODAY, paths=(shop,)).holds
    (tmp_path / "other.txt").write_text("nothing of it")
    gone = open_seal(sealed, today=TODAY, paths=(tmp_path,))
    assert wrong(gone.checks) == ["evidence"]


def test_only_an_approved_report_that_holds_is_sealed(base: Report, approved: Report) -> None:
    with pytest.raises(SealError, match="has not approved"):
        seal(base, run=RUN, signer="Ada Lovelace", key=KEY, at=NOW)
    with pytest.raises(SealError, match="has not approved"):
        seal(approved, run=RUN, signer="Bob Byte", key=KEY, at=NOW)
    with pytest.raises(SealError, match="audit again"):
        seal(approved, run=RUN, signer="Ada Lovelace", key=KEY, at=NOW + timedelta(days=900))
    with pytest.raises(RefusedReportError):
        seal(approved.model_copy(update={"scores": ()}), run=RUN, signer="Ada Lovelace", key=KEY, at=NOW)


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    private = Ed25519PrivateKey.from_private_bytes(KEY)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "key"
    for data in (KEY, pem):
        file.write_bytes(data)
        file.chmod(0o600)
        assert read_private_key(file) == KEY
    for data in (b"", b"x" * 31, other, b"x" * 100_000, public):
        file.write_bytes(data)
        with pytest.raises(SealError):
            read_private_key(file)
    file.write_bytes(pem)
    file.chmod(0o644)
    with pytest.raises(SealError, match="chmod 600"):
        read_private_key(file)
    print_of_it = fingerprint_of(public_key_of(KEY))
    shown = tmp_path / "key.pub"
    for data in (public, public_key_of(KEY).encode() + b"\n"):
        shown.write_bytes(data)
        assert read_fingerprint(str(shown)) == print_of_it
    assert read_fingerprint("SHA256:" + print_of_it.upper()) == print_of_it
    for given in (print_of_it[:16], str(tmp_path), str(file), str(tmp_path / "none")):
        with pytest.raises(SealError):
            read_fingerprint(given)


def test_one_form(sealed: bytes) -> None:
    assert canonical({"b": 1, "a": "é"}) == b'{"a":"\\u00e9","b":1}\n'
    assert sealed.isascii()
    assert sealed.count(b"\n") == 1
