"""Connects to an address that was checked: no name is resolved, and over TLS the certificate must be the host's."""

from __future__ import annotations

import errno
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.tools.errors import ToolError
from gonogo.tools.live.address import Origin

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM})
_UNKNOWN_ISSUER = frozenset({18, 19, 20, 21})
"""OpenSSL's codes of a chain that ends at an issuer which is not trusted here."""


class UnreachableError(ToolError):
    """The server was asked and gave no answer: refused, too slow, broken off, or with a certificate that is not valid.

    Other errors say that it was not asked, or that it could not be judged from here.
    """


class BrokenError(UnreachableError):
    """A failure of the connection that may pass."""


class NoRouteError(ToolError):
    """This machine has no way to the server."""


def context_of(ca_file: Path | None) -> ssl.SSLContext:
    """What is trusted: the system's certificates, and those of the file. Raises ToolError."""
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False  # as browsers: only the names that the certificate is for
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            raise ToolError(f"{ca_file}: can't be read as certificates: give a PEM file in ca_file.") from error
    return context


def connect(place: Origin, address: str, context: ssl.SSLContext, seconds: float) -> HTTPConnection:
    """An open connection. Raises ToolError, as one of the errors above where they say what went wrong."""
    import urllib3  # as a whole: threads that import its parts at the same time get halves of them

    if place.scheme == "https":
        connection: HTTPConnection = urllib3.connection.HTTPSConnection(
            address,
            place.port,
            timeout=seconds,
            server_hostname=place.host,
            ssl_context=context,
        )
    else:
        connection = urllib3.connection.HTTPConnection(address, place.port, timeout=seconds)
    try:
        connection.connect()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        connection.close()
        raise _failure(place, error, seconds) from error
    return connection


def reason_of(error: BaseException) -> str:
    """What went wrong, in the system's words; never what a server sent."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return str(told).lower()[:80]


def _failure(place: Origin, error: BaseException, seconds: float) -> ToolError:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, TimeoutError):
        return BrokenError(f"{place.authority}: can't be connected to within {seconds:.0f} s.")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _untrusted(place, cause)
    if isinstance(cause, ssl.SSLError):
        reason = (cause.reason or "the handshake failed").lower().replace("_", " ")
        return UnreachableError(f"{place.authority}: does not speak TLS 1.2 or newer there ({reason}).")
    if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
        return NoRouteError(
            f"{place.authority}: no way leads there from here ({reason_of(cause)}): run where one does."
        )
    return BrokenError(f"{place.authority}: can't be connected to ({reason_of(cause)}).")


def _untrusted(place: Origin, error: ssl.SSLCertVerificationError) -> ToolError:
    if error.verify_code in _UNKNOWN_ISSUER:
        what = "is signed by itself or by an issuer that is not trusted here"
        return ToolError(f"{place.authority}: its certificate {what}: name a file with that certificate in ca_file.")
    return UnreachableError(f"{place.authority}: its certificate is not valid ({error.verify_message}): renew it.")
