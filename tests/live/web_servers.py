"""Servers on loopback that answer byte by byte as a test says, with and without TLS, and certificates for them."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

Behaviour = Callable[["Call"], None]


@dataclass
class Call:
    """A request that came, and the connection to answer it on. ``number`` counts from 1."""

    number: int
    line: str
    headers: dict[str, str]
    connection: socket.socket = field(repr=False)

    def answer(self, status: int = 200, body: bytes = b"ok", **headers: str) -> None:
        told = {"content_length": str(len(body))} | headers
        lines = [f"HTTP/1.1 {status} x", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items())]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.connection.sendall(head if self.line.startswith("HEAD") else head + body)


@dataclass
class Server:
    port: int
    scheme: str
    calls: list[Call] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Server]:
    """A server that calls ``behave`` for each request; what it raises of the network ends the connection."""
    listener = socket.create_server(("127.0.0.1", port))
    server = Server(listener.getsockname()[1], "https" if tls else "http")
    lock = threading.Lock()

    def run(connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(10)
            with tls.wrap_socket(connection, server_side=True) if tls else connection as talking:
                while call := _read(talking):
                    with lock:
                        server.calls.append(call)
                        call.number = len(server.calls)
                    behave(call)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _read(connection: socket.socket) -> Call | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return None
        data += piece
        if data[:1] == b"\x16":  # a TLS handshake, at a server without
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return None
    first, *lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Call(0, first, headers, connection)


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, signed by itself. ``file`` is the certificate alone."""

    file: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def certificate(
    folder: Path, name: str = "127.0.0.1", start: int = -10, end: int = 80, now: datetime | None = None
) -> Pair:
    """A certificate for a name or address, valid from and to that many days from now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    today = now or datetime.now(UTC)
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Tests"),
        ]
    )
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=start))
        .not_valid_after(today + timedelta(days=end, hours=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pair = Pair(folder / f"{name}.{end}.pem", folder / f"{name}.{end}.key")
    pair.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pair.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, plain))
    return pair
