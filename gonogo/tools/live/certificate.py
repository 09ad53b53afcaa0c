"""The certificate that a server shows, whether or not it is trusted. Only a handshake is made; nothing is asked."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from gonogo.tools.errors import ToolError
from gonogo.tools.live.transport import BrokenError, NoRouteError, connect
from gonogo.tools.live.web import CONNECT_SECONDS, TOTAL_SECONDS, Web

_WRONG_NAME = frozenset({62, 64})
"""OpenSSL's codes of a certificate for another name or address."""
_UTC_TIME, _VERSION, _BMP_STRING = 0x17, 0xA0, 0x1E
_NAMES = {b"\x55\x04\x0a": "O", b"\x55\x04\x03": "CN"}


@dataclass(frozen=True)
class Certificate:
    """``issuer`` as CN=..., O=...; ``is_trusted`` by what the source trusts; ``version`` is that of TLS."""

    version: str
    issuer: str
    not_before: datetime
    not_after: datetime
    has_host: bool
    is_trusted: bool


def certificate_of(web: Web) -> Certificate:
    """What the server of a client shows. Raises ToolError."""
    deadline = time.monotonic() + TOTAL_SECONDS
    version, data = _handshake(web, _unchecked(), deadline)
    try:
        issuer, not_before, not_after = read_certificate(data)
    except (ValueError, IndexError) as error:
        raise ToolError(f"{web.origin.authority}: its certificate can't be read: look at it with openssl.") from error
    return Certificate(
        version,
        issuer,
        not_before,
        not_after,
        has_host=_fault(web, _trusting(data), deadline) not in _WRONG_NAME,
        is_trusted=_fault(web, web.context, deadline) == 0,
    )


def read_certificate(data: bytes) -> tuple[str, datetime, datetime]:
    """Issuer, start and end of a certificate in DER. Raises ValueError or IndexError for what is none."""
    ((_, whole),) = _items(data)
    fields = _items(_items(whole)[0][1])
    _, _, issuer, validity = fields[1:5] if fields[0][0] == _VERSION else fields[:4]
    start, end = _items(validity[1])
    return _name(issuer[1]), _time(*start), _time(*end)


def _handshake(web: Web, context: ssl.SSLContext, deadline: float) -> tuple[str, bytes]:
    """The version of TLS and the certificate, from the first address that answers."""
    failure: ToolError | None = None
    for address in web.addresses:
        seconds = min(CONNECT_SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            break
        try:
            connection = connect(web.origin, address, context, seconds)
        except (BrokenError, NoRouteError) as error:
            failure = error
            continue
        sock = connection.sock
        try:
            if not isinstance(sock, ssl.SSLSocket):
                raise ToolError(f"{web.origin.authority}: is not asked over TLS: give an https URL.")
            return sock.version() or "", sock.getpeercert(binary_form=True) or b""
        finally:
            connection.close()
    raise failure or ToolError(f"{web.origin.authority}: did not show a certificate in time: look at the network.")


def _fault(web: Web, context: ssl.SSLContext, deadline: float) -> int:
    """OpenSSL's code of what is wrong with the certificate; 0 where nothing is."""
    try:
        _handshake(web, context, deadline)
    except ToolError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return cause.verify_code
            cause = cause.__cause__
        raise
    return 0


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _trusting(data: bytes) -> ssl.SSLContext:
    """Trusts one certificate alone: what is wrong with it then is its name or its time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=data)
    return context


def _items(data: bytes) -> list[tuple[int, bytes]]:
    """The values of a DER sequence: tag and content."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size <= 4:
                raise ValueError("a length of that form is none of DER")
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("a value ends after its sequence")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _name(data: bytes) -> str:
    """Common name and organization of a distinguished name."""
    found: dict[str, str] = {}
    for _, group in _items(data):
        for _, pair in _items(group):
            (_, kind), (tag, text) = _items(pair)
            if kind in _NAMES:
                found[_NAMES[kind]] = text.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "replace")[:200]
    return ", ".join(f"{key}={found[key]}" for key in sorted(found))


def _time(tag: int, data: bytes) -> datetime:
    text = data.decode("ascii")
    if tag == _UTC_TIME:  # of 1950 to 2049, by RFC 5280
        text = ("20" if int(text[:2]) < 50 else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
