"""A guard on the sockets of this process: during a strict replay nothing connects anywhere, whatever library tries.

It sees Python's own sockets, not those that a library opens in C. Unix sockets and pairs stay as they are.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_METHODS = ("connect", "connect_ex", "sendto")


@contextlib.contextmanager
def no_connections(refuse: Callable[[str], Exception]) -> Iterator[None]:
    """Lets nothing connect, send or look up a name. ``refuse`` makes the error to raise, from what was tried."""
    with contextlib.ExitStack() as stack:
        for name in _METHODS:
            stack.enter_context(replaced(socket.socket, name, _guarded(getattr(socket.socket, name), refuse)))
        stack.enter_context(replaced(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo, refuse)))
        yield


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Puts a value in the place of an attribute, inherited or not, and restores what was there."""
    own = name in vars(owner)
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)


def _guarded(real: Callable[..., Any], refuse: Callable[[str], Exception]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in _INTERNET and args:
            if real.__name__ == "connect":
                self.close()  # who opened it closes it after an OSError, which this is not
            raise refuse(_where(args[-1]))
        return real(self, *args)

    return guarded


def _guarded_lookup(real: Callable[..., Any], refuse: Callable[[str], Exception]) -> Callable[..., Any]:
    def guarded(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_address(host):
            raise refuse(_where((host, port)))
        return real(host, port, *args, **kwargs)

    return guarded


def _is_address(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost"
    return True


def _where(address: Any) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        host = address[0].decode("ascii", "replace") if isinstance(address[0], bytes) else address[0]
        return f"{host}:{address[1]}"
    return str(address)
