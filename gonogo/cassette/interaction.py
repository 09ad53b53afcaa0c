"""A recorded interaction: a request and its response, with the few headers that a replay needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gonogo.cassette.bodies import Body, body_bytes, canonical

REQUEST_HEADERS = frozenset({"accept", "content-type", "x-amz-target"})
RESPONSE_HEADERS = frozenset(
    {"content-type", "location", "retry-after", "x-amz-bucket-region", "x-amzn-errortype", "x-amzn-query-error"}
)
"""What a client acts on. Ids of requests, dates, cookies and whatever else a server sends are not kept."""
CREDENTIAL_PARAMETERS = frozenset(
    """
    x-amz-algorithm x-amz-credential x-amz-date x-amz-expires x-amz-security-token x-amz-signature x-amz-signedheaders
    awsaccesskeyid signature sig api_key apikey api-key access_token client_secret password
    """.split()
)
"""Names in a query string, in lower case, that are dropped with their values."""
DEFAULT_PORTS = {"http": 80, "https": 443}

Key: TypeAlias = tuple[str, str, str, str, str, str | bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """A request. ``uri`` is plain (see plain_uri), header names are in lower case."""

    method: str
    uri: str
    headers: Mapping[str, str]
    body: Body | None

    @property
    def host(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        return urlsplit(self.uri).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.uri).path


@dataclass(frozen=True, slots=True)
class Response:
    """A response; header names are in lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: Body | None


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request and what answered it."""

    request: Request
    response: Response


def key_of(request: Request) -> Key:
    """What two requests are matched by: method, host and port, path, query, X-Amz-Target and body; not the scheme."""
    parts = urlsplit(request.uri)
    target = request.headers.get("x-amz-target", "")
    return request.method, parts.netloc, parts.path, parts.query, target, canonical(request.body)


def plain_uri(uri: str) -> str:
    """The URI without user, credentials, fragment and default port, its query sorted. Idempotent."""
    parts = urlsplit(uri)
    host, port = parts.hostname or "", parts.port
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = sorted(pair for pair in pairs if pair[0].lower() not in CREDENTIAL_PARAMETERS)
    return urlunsplit((parts.scheme, host, parts.path or "/", urlencode(kept, quote_via=quote), ""))


def kept_headers(headers: Iterable[tuple[str, Any]], allowed: frozenset[str]) -> dict[str, str]:
    """The allowed headers, sorted, names in lower case. Values may be strings, bytes (botocore) or lists of them."""
    kept: dict[str, str] = {}
    for name, value in headers:
        lower = _text(name).lower()
        if lower in allowed:
            values = value if isinstance(value, list | tuple) else [value]
            kept[lower] = ", ".join(_text(one) for one in values)
    return dict(sorted(kept.items()))


def sort_key(interaction: Interaction) -> tuple[Any, ...]:
    """The order in a file: by place and body, a shorter conversation before the longer one that begins like it."""
    request = interaction.request
    parts = urlsplit(request.uri)
    target = request.headers.get("x-amz-target", "")
    value = request.body.value if request.body is not None else None
    return parts.netloc, parts.path, request.method, target, parts.query, _ordered(value), parts.scheme


def replayed(interaction: Interaction) -> dict[str, Any]:
    """The response in the shape that vcrpy's connections play. A fresh one each time: they change it."""
    response = interaction.response
    data = body_bytes(response.body)
    headers = {name: [value] for name, value in response.headers.items()}
    if interaction.request.method != "HEAD":
        headers["content-length"] = [str(len(data))]
    return {
        "status": {"code": response.status, "message": response.reason},
        "headers": headers,
        "body": {"string": data},
    }


def _ordered(value: Any) -> tuple[Any, ...]:
    """The value in a form that compares with any other; an array before the longer one that it begins."""
    if isinstance(value, dict):
        return 5, tuple((key, _ordered(inner)) for key, inner in sorted(value.items()))
    if isinstance(value, list):
        return 4, tuple(_ordered(inner) for inner in value)
    if isinstance(value, bytes):
        return 3, value
    if isinstance(value, str):
        return 2, value
    return (1, value) if value is not None else (0,)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
