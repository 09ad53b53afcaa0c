"""Which addresses may be asked: a URL as the operator wrote it, and the addresses that its host's name stands for."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from unicodedata import normalize
from urllib.parse import unquote

from gonogo.tools.errors import ToolError

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8_000
RESOLVE_SECONDS = 5.0
MOST_ADDRESSES = 4
Resolver = Callable[[str], list[str]]
"""From a host's name to its addresses as text; raises OSError where it has none."""

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?"
)
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]{}|-]|%[0-9A-Fa-f]{2})*")
_NAME = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
)
_STRANGE = re.compile(r"[\x00-\x1f\x7f\\\ufffd]")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
_FORBIDDEN = tuple(
    (ip_network(network), what)
    for network, what in (
        ("169.254.0.0/16", "link-local, where clouds keep the credentials of their machines"),
        ("100.100.100.200/32", "a cloud's metadata service"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("192.0.0.192/32", "a cloud's metadata service"),
        ("0.0.0.0/8", "no address of a server"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "no address of a server"),
        ("fd00:ec2::/32", "a cloud's metadata service"),
        ("fd20:ce::/32", "a cloud's metadata service"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("::/128", "no address of a server"),
    )
)
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))
"""Networks whose addresses hold an IPv4 address in their last four bytes, by which they are reached."""


@dataclass(frozen=True)
class Origin:
    """Where a URL leads. ``host`` is lower-case, an IPv6 address without brackets; ``path`` starts with a slash."""

    scheme: str
    host: str
    port: int
    path: str = "/"
    query: str = ""

    @property
    def authority(self) -> str:
        """What a Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL without its query."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def has_same_server(self, other: Origin) -> bool:
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)

    def is_above(self, path: str) -> bool:
        """Whether a path is this one or lies below it."""
        return path == self.path or path.startswith(f"{self.path.rstrip('/')}/")


def origin_of(url: str) -> Origin:
    """The parts of a URL. Raises ToolError for all that two programs could read in two ways."""
    if len(url) > LONGEST_URL:
        raise ToolError(f"{_told(url)}: has {len(url)} characters, more than {LONGEST_URL}: give a shorter URL.")
    rest = url.partition("://")[2]
    if "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        raise ToolError(f"{_told(url)}: has a user name in it: take it out and name a variable in token_env.")
    match = _URL.fullmatch(url)
    if not match:
        advice = "write it as https://HOST/PATH, in ASCII (a name of other letters in its xn-- form), without #"
        raise ToolError(f"{_told(url)}: is no URL that can be asked: {advice}.")
    scheme, path, query = match["scheme"].lower(), match["path"] or "/", match["query"] or ""
    if scheme not in PORTS:
        raise ToolError(f"{_told(url)}: has the scheme {scheme[:20]}: only http and https are asked.")
    port = int(match["port"]) if match["port"] else PORTS[scheme]
    if not 0 < port < 65_536:
        raise ToolError(f"{_told(url)}: has the port {port}: give one from 1 to 65535.")
    host = _host(match["host"], url)
    if not is_plain_path(path) or not _QUERY.fullmatch(query):
        raise ToolError(f"{_told(url)}: has a path or query that is not plainly written: encode it, without . and ..")
    return Origin(scheme, host, port, path, query)


def is_plain_path(path: str) -> bool:
    """Whether all programs read a path in the same way: no ``..``, ``//``, backslash, or another spelling of them."""
    if not _PATH.fullmatch(path) or "//" in path:
        return False
    once = unquote(path, errors="replace")
    for text in (once, normalize("NFKC", once), unquote(once, errors="replace")):
        if text.count("/") != path.count("/") or _STRANGE.search(text):
            return False
        if any(part.partition(";")[0] in (".", "..") for part in text.split("/")):
            return False
    return True


def forbidden(address: str) -> str:
    """Why nothing may be asked at an address, whatever was declared; empty where it may."""
    found = ip_address(address.partition("%")[0])
    for form in (found, *_inner(found)):
        for network, what in _FORBIDDEN:
            if form.version == network.version and form in network:
                return what
    return ""


def look_up(host: str) -> list[str]:
    """The addresses of a name, as the system resolves it."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(item[4][0]) for item in found]


def addresses_of(host: str, resolve: Resolver = look_up) -> tuple[str, ...]:
    """The addresses by which a host may be asked, at most four. Raises ToolError where one of its addresses is refused.

    The name is resolved here once, and never by what connects.
    """
    try:
        found = [str(ip_address(host))]
    except ValueError:
        found = _resolved(host, resolve)
    for address in found:
        try:
            why = forbidden(address)
        except ValueError:
            why = "no address"
        if why:
            raise ToolError(
                f"{host}: leads to {address} ({why}), which is never asked: give the service's own address."
            )
    return tuple(dict.fromkeys(found))[:MOST_ADDRESSES]


def _host(text: str, url: str) -> str:
    """The host, lower-case. Refuses other spellings of an IPv4 address than four decimal numbers."""
    host = text.lower().strip("[]")
    last = host.rstrip(".").rpartition(".")[2]
    try:
        if text.startswith("["):
            return str(IPv6Address(host))
        if _NUMBER.fullmatch(last):
            return str(IPv4Address(host))
    except ValueError:
        raise ToolError(f"{_told(url)}: has a host that looks like an address and is none: write it plainly.") from None
    if len(host) > 253 or not _NAME.fullmatch(host.removesuffix(".")):
        raise ToolError(f"{_told(url)}: has a host that is no name: give the name of a server.")
    return host.removesuffix(".")


def _inner(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for or passes packets on to."""
    if isinstance(address, IPv4Address):
        return []
    last = IPv4Address(address.packed[-4:])
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _TRANSLATED) and int(address) > 1:
        found.append(last)
    if address.packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe"):  # ISATAP
        found.append(last)
    return [item for item in found if item is not None]


def _resolved(host: str, resolve: Resolver) -> list[str]:
    """The addresses of a name, within a bound of time: getaddrinfo has none of its own."""
    found: list[str] = []
    failure: list[OSError | UnicodeError] = []

    def run() -> None:
        try:
            found.extend(resolve(host))
        except (OSError, UnicodeError) as error:
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(RESOLVE_SECONDS)
    if thread.is_alive():
        raise ToolError(f"{host}: its name could not be resolved within {RESOLVE_SECONDS:.0f} s: look at the DNS here.")
    if failure or not found:
        raise ToolError(f"{host}: its name can't be resolved from here: correct it, or run where it is known.")
    return found


def _told(url: str) -> str:
    """A URL for a message: without user, query, fragment and control characters."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, mark, rest = bare.partition("://")
    server, slash, path = rest.partition("/")
    text = f"{scheme}{mark}{server.rpartition('@')[2]}{slash}{path}" if mark else bare.rpartition("@")[2]
    return ascii(text)[1:-1][:120] or "the URL"
