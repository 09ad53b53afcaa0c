"""Opens the API of a cluster: trusts what the kubeconfig trusts, and logs in with its token or certificate."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from gonogo.tools.errors import ToolError
from gonogo.tools.live.address import Resolver, addresses_of, look_up, origin_of
from gonogo.tools.live.kubernetes.guard import GuardedCluster
from gonogo.tools.live.kubernetes.kubeconfig import Access
from gonogo.tools.live.web import Web


@contextmanager
def open_cluster(access: Access, resolve: Resolver = look_up) -> Iterator[GuardedCluster]:
    """The guarded API of a context. Raises ToolError; nothing is connected to before the first question."""
    origin = origin_of(access.server)
    addresses = addresses_of(origin.host, resolve)
    if origin.scheme == "http" and access.has_login and not all(ip_address(each).is_loopback for each in addresses):
        what = "its server is plain HTTP, to which no login is sent"
        raise ToolError(f"Kubernetes context {access.context}: {what}: give its https address.")
    if access.server_name:
        origin = replace(origin, host=access.server_name.lower())  # the addresses stay those of the server
    web = Web(origin, addresses, _context(access), access.token)
    try:
        yield GuardedCluster(web)
    finally:
        web.close()


def _context(access: Access) -> ssl.SSLContext:
    """As kubectl: where the kubeconfig has a certificate to trust, that one alone."""
    try:
        context = ssl.create_default_context(cadata=access.ca or None)
    except (ssl.SSLError, ValueError) as error:
        raise ToolError(
            f"Kubernetes context {access.context}: its certificate-authority is no PEM: correct it."
        ) from error
    context.hostname_checks_common_name = False
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # authorities of clusters lack what strict RFC 5280 wants
    if access.certificate:
        _log_in(context, access)
    return context


def _log_in(context: ssl.SSLContext, access: Access) -> None:
    """Python reads a key from files only: they are ours alone and gone before anything is connected to."""
    with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
        certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        for path, text in ((certificate, access.certificate), (key, access.key)):
            path.touch(mode=0o600)
            path.write_text(text, encoding="ascii", errors="replace")
        try:
            # without a password OpenSSL would ask for that of an encrypted key at the terminal
            context.load_cert_chain(certificate, key, password=" ")
        except (ssl.SSLError, ValueError) as error:
            what = "its client certificate and key do not fit, or are encrypted"
            raise ToolError(f"Kubernetes context {access.context}: {what}: give those that kubectl uses.") from error
