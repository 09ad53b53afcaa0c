"""Addresses of the service as anybody meets them: answer, latency, certificate, headers, and what a login guards.

They are only asked with GETs, and nothing of a body is kept.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import EndpointSource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.address import Resolver, look_up
from gonogo.tools.live.certificate import certificate_of
from gonogo.tools.live.shown import Reading, Shown
from gonogo.tools.live.transport import UnreachableError
from gonogo.tools.live.web import Answer, Web, open_web

SOURCE, KIND = "endpoints", "endpoint"
LATENCY, TLS, TRUST, HEADERS, LOGIN = (
    f"{KIND}:{key}" for key in ("Latency", "Tls", "IsTrusted", "Headers", "WithoutLogin")
)
"""Kinds of the gaps of what is asked of an endpoint beside its answer."""
MOST_SECONDS = 60.0
"""For the calls that measure the latency of one endpoint."""
AT_ONCE = 4
FOREIGN = "https://gonogo.invalid"
"""A site that no service knows."""
SECURITY_HEADERS = (
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
)
_LOGIN_PAGE = re.compile(r"log-?in|log-?on|sign-?in|sso|saml|oidc|oauth|openid|auth", re.IGNORECASE)
_PASSWORD_FIELD = re.compile(rb"type\s*=\s*[\"']?password", re.IGNORECASE)
_NEEDS_TOKEN = "a token in token_env that may call it"


def observe(endpoints: tuple[EndpointSource, ...], reading: Reading, resolve: Resolver = look_up) -> Shown:
    """What each endpoint shows. One that does not answer is a record that says so."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        looks = list(pool.map(lambda endpoint: _look(endpoint, reading, resolve), endpoints))
    gaps = tuple(gap for look in looks for gap in look.gaps)
    return Shown(_sources(looks), tuple(_numbered(look.record for look in looks if look.record)), gaps)


@dataclass
class _Look:
    """One endpoint while it is looked at. ``name`` is its URL without the query."""

    endpoint: EndpointSource
    name: str
    record: Record | None = None
    gaps: list[Gap] = field(default_factory=list)

    @property
    def follows(self) -> bool:
        """Whether a redirect is on the way to the answer, not the answer itself."""
        return not 300 <= self.endpoint.expect < 400

    def miss(self, kind: str, why: str, permission: str = "") -> None:
        reason = why.removeprefix(f"{self.name}: ").removeprefix(f"{urlsplit(self.name).netloc}: ")
        told = f"{self.name}: {reason.rstrip('.')}"
        self.gaps.append(Gap(source=SOURCE, kind=kind, why=told[:2_000], permission=permission))

    def miss_all(self, why: str, *, with_answer: bool) -> None:
        """Notes that nothing was seen of what the endpoint was declared for."""
        endpoint = self.endpoint
        asked = {KIND: with_answer, TLS: True, HEADERS: True, LATENCY: endpoint.p95_ms, LOGIN: endpoint.requires_login}
        for kind in (kind for kind, is_asked in asked.items() if is_asked):
            self.miss(kind, why)

    def attempt(self, kind: str, read: Callable[[], Any]) -> Any:
        """What a call gives; None and a gap where it fails."""
        try:
            return read()
        except ToolError as error:
            self.miss(kind, str(error))
            return None


def _look(endpoint: EndpointSource, reading: Reading, resolve: Resolver) -> _Look:
    look = _Look(endpoint, _name(endpoint.url))
    try:
        with open_web(endpoint, reading, resolve) as web:
            look = replace(look, name=web.origin.url)
            data = _answer(look, web) | _tls(look, web, reading)
            if data["Reachable"]:
                data |= {} if data.get("IsRefused") else _latency(look, web)
                data |= _without_login(look, web, data["Status"]) | _cors(look, web)
            data["Local"] = not any(ip_address(address).is_global for address in web.addresses)
            if data["Reachable"] is not None or data.get("Tls"):
                look.record = Record(source=SOURCE, kind=KIND, name=look.name, data=data)
    except ToolError as error:  # it could not be asked at all
        look.miss_all(str(error), with_answer=True)
    return look


def _answer(look: _Look, web: Web) -> dict[str, Any]:
    """How it answers. ``Reachable`` is None where this machine can't tell."""
    data: dict[str, Any] = {
        "Url": look.name,
        "Scheme": web.origin.scheme,
        "Expected": look.endpoint.expect,
        "TargetMs": look.endpoint.p95_ms,
    }
    try:
        answer = web.get(follow=look.follows)
        first = web.get(follow=False) if web.origin.scheme == "http" else answer
    except UnreachableError as error:
        look.miss_all("it does not answer", with_answer=False)
        return data | {"Reachable": False, "Why": str(error).rstrip(".")}
    except ToolError as error:
        look.miss_all(str(error), with_answer=True)
        return data | {"Reachable": None, "Why": str(error).rstrip(".")}
    token, needs_login = look.endpoint.token_env, look.endpoint.requires_login or look.endpoint.token_env
    if answer.status in (401, 403) and answer.status != look.endpoint.expect and needs_login:
        why = f"it refuses the token of {token}" if token else "it asks for a login, and no token_env was given"
        look.miss(KIND, f"{why} ({answer.status})", _NEEDS_TOKEN)
        data["IsRefused"] = True
        if look.endpoint.p95_ms:
            look.miss(LATENCY, why, _NEEDS_TOKEN)
    return data | {
        "Reachable": True,
        "Status": answer.status,
        "RedirectsToHttps": _location(look, first).scheme == "https" if web.origin.scheme == "http" else None,
        "IsHtml": "html" in answer.headers.get("content-type", "").lower(),
        "Headers": {name: name in answer.headers for name in SECURITY_HEADERS}
        | {"frame-ancestors": "frame-ancestors" in answer.headers.get("content-security-policy", "").lower()},
        "RequiresLogin": look.endpoint.requires_login,
    }


def _tls(look: _Look, web: Web, reading: Reading) -> dict[str, Any]:
    if web.origin.scheme != "https":
        return {"Tls": None}
    look.gaps = [gap for gap in look.gaps if gap.kind != TLS]  # a certificate shows itself where nothing else does
    found = look.attempt(TLS, lambda: certificate_of(web))
    if found is None:
        return {"Tls": None}
    if found.has_host and not found.is_trusted and found.not_before <= reading.clock() <= found.not_after:
        look.miss(TRUST, f"its certificate is by {found.issuer or 'nobody'}, who is not trusted here", "ca_file")
    return {
        "Tls": {
            "Version": found.version,
            "Issuer": found.issuer,
            "NotBefore": found.not_before.isoformat(),
            "NotAfter": found.not_after.isoformat(),
            "DaysLeft": math.floor((found.not_after - reading.clock()).total_seconds() / 86_400),
            "Days": (found.not_after - found.not_before).days,
            "HostnameMatches": found.has_host,
            "IsTrusted": found.is_trusted,
        }
    }


def _latency(look: _Look, web: Web) -> dict[str, Any]:
    """The times of calls one after the other, over one connection where the server keeps it.

    A call that fails or answers with another status has no time, and counts as one that is slower than all others.
    """
    target, count = look.endpoint.p95_ms, look.endpoint.samples
    if target is None:
        return {}
    started, times, failed = time.monotonic(), list[float](), 0
    for number in range(count):
        if time.monotonic() - started > MOST_SECONDS:
            look.miss(LATENCY, f"{number} of {count} calls took more than {MOST_SECONDS:.0f} s, and no more were made")
            break
        try:
            answer = web.get(retry=False, follow=look.follows)
        except ToolError:
            failed += 1
            continue
        if answer.status == look.endpoint.expect:
            times.append(round(answer.seconds * 1_000, 1))
        else:
            failed += 1
    rank = math.ceil(0.95 * (len(times) + failed))
    p95 = sorted(times)[rank - 1] if 0 < rank <= len(times) else None
    return {"Latency": {"Ms": times, "Failed": failed, "P95Ms": p95}}


def _without_login(look: _Look, web: Web, status: int) -> dict[str, Any]:
    """The status without credentials, and what it says: ``open``, ``refused``, or None where it says neither."""
    if not look.endpoint.requires_login:
        return {"WithoutLogin": None}
    answer = look.attempt(LOGIN, lambda: _call_without_login(look, web))
    if answer is None:
        return {"WithoutLogin": None}
    said = _said(look, answer, status)
    if said is None:
        form = ", with a field for a password" if _PASSWORD_FIELD.search(answer.body) else ""
        look.miss(LOGIN, f"it answers {answer.status}{form} without a login, which does not say whether it refuses")
    return {"WithoutLogin": {"Status": answer.status, "Said": said}}


def _said(look: _Look, answer: Answer, status: int) -> str | None:
    """What an answer without a login says, where the same call with one has that status."""
    if answer.status in (401, 403, 407):
        return "refused"
    if 200 <= answer.status < 300:
        return None if _PASSWORD_FIELD.search(answer.body) else "open"
    if 300 <= answer.status < 400:
        there = _location(look, answer)
        return "refused" if _LOGIN_PAGE.search(f"{there.hostname or ''}{there.path}") else None
    is_hidden = 400 <= answer.status < 500 and answer.status != 429 and 200 <= status < 300
    return "refused" if is_hidden else None


def _call_without_login(look: _Look, web: Web) -> Answer:
    """The first answer that is no redirect to the same path, which would only add a slash or go over to https."""
    answer = web.get(login=False, follow=False)
    there = _location(look, answer).path
    return web.get(login=False) if there and there.rstrip("/") == web.origin.path.rstrip("/") else answer


def _location(look: _Look, answer: Answer) -> SplitResult:
    """Where a redirect leads; nowhere if it is none, or can't be read."""
    told = answer.headers.get("location", "")
    try:
        return urlsplit(urljoin(look.name, told)) if 300 <= answer.status < 400 and told else urlsplit("")
    except ValueError:
        return urlsplit("")


def _cors(look: _Look, web: Web) -> dict[str, Any]:
    """What it lets the pages of a site do that it does not know."""
    answer = look.attempt(HEADERS, lambda: web.get(from_origin=FOREIGN))
    if answer is None:
        return {"Cors": None}
    allowed = answer.headers.get("access-control-allow-origin", "").strip()
    said = {"*": "any", FOREIGN: "echoed", "": "none"}.get(allowed, "other")
    with_login = answer.headers.get("access-control-allow-credentials", "").strip().lower() == "true"
    return {"Cors": {"AllowOrigin": said, "AllowCredentials": with_login}}


def _name(url: str) -> str:
    """A URL for a report, before it is known to be one: without user and query."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, mark, rest = bare.partition("://")
    server, slash, path = rest.partition("/")
    return ascii(f"{scheme}{mark}{server.rpartition('@')[2]}{slash}{path}")[1:-1][:200] or "?"


def _numbered(records: Iterable[Record]) -> Iterable[Record]:
    """The records; a name that comes again, with another query, gets a number."""
    seen = Counter[str]()
    for record in records:
        seen[record.name] += 1
        number = seen[record.name]
        yield record.model_copy(update={"name": f"{record.name} ({number})"}) if number > 1 else record


def _sources(looks: list[_Look]) -> tuple[Source, ...]:
    answering = sum(bool(look.record and look.record.data["Reachable"]) for look in looks)
    notes = (f"{answering} of {len(looks)} endpoints answer",)
    return (Source(kind=SOURCE, name=f"{len(looks)} endpoints", notes=notes),)
