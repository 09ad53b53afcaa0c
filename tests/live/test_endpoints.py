"""What is read of a service's endpoints, what of them can't be seen, and what checks say of them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gonogo.checks.observed import endpoints as checks
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Severity
from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import EndpointSource
from gonogo.tools.live import endpoints, web
from gonogo.tools.live.certificate import read_certificate
from gonogo.tools.live.shown import Shown
from tests.live.attacks import KEPT
from tests.live.observed import facts_of, gap, record
from tests.live.scripted import NOW, TOKEN, reading
from tests.live.web_servers import Call, Pair, certificate, serving

GUARDS = {
    "Strict_Transport_Security": "max-age=31536000",
    "Content_Security_Policy": "default-src 'self'; frame-ancestors 'none'",
    "X_Content_Type_Options": "nosniff",
    "Referrer_Policy": "no-referrer",
}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_PAUSE": 0.01, "READ_SECONDS": 0.5, "TOTAL_SECONDS": 1.0, "CONNECT_SECONDS": 0.5}.items():
        monkeypatch.setattr(web, name, value)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return certificate(tmp_path_factory.mktemp("pair"))


def look(url: str, *, resolve: Callable[[str], list[str]] | None = None, **declared: Any) -> Shown:
    found = (EndpointSource(url=url, **declared),)
    return endpoints.observe(found, reading(), resolve) if resolve else endpoints.observe(found, reading())


def only(shown: Shown) -> Record:
    (found,) = shown.records
    return found


def kinds(shown: Shown) -> set[str]:
    return {item.kind for item in shown.gaps}


def said(check: Callable[[Facts], Outcome], shown: Shown) -> str:
    return str(check(facts_of(shown.records, shown.gaps, given=["endpoints"])).status.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_an_endpoint_that_works() -> None:
    with serving(lambda call: call.answer(200, b"<p>", Content_Type="text/html", **GUARDS)) as server:
        shown = look(f"{server.url}/healthz?key={KEPT}", p95_ms=400, samples=20)
    found = only(shown)
    assert (found.source, found.kind, found.name) == ("endpoints", "endpoint", f"{server.url}/healthz")
    assert (found.data["Reachable"], found.data["Status"], found.data["Local"]) == (True, 200, True)
    assert len(found.data["Latency"]["Ms"]) == 20
    assert found.data["Latency"]["P95Ms"] == sorted(found.data["Latency"]["Ms"])[18]
    assert found.data["Headers"]["frame-ancestors"] and not found.data["Headers"]["x-frame-options"]
    assert found.data["Cors"] == {"AllowOrigin": "none", "AllowCredentials": False}
    assert shown.gaps == ()
    assert shown.sources[0].notes == ("1 of 1 endpoints answer",)
    assert KEPT not in json.dumps(shown.records[0].model_dump())
    assert [said(check, shown) for check in (checks.health_endpoints, checks.latency_targets)] == ["pass", "pass"]
    assert said(checks.security_headers, shown) == said(checks.cors_restricted, shown) == "pass"
    assert said(checks.authentication, shown) == said(checks.some_latency_targets, shown) == "not_applicable"
    assert said(checks.tls_in_transit, shown) == said(checks.certificate_expiry, shown) == "not_applicable"


def test_many_endpoints_keep_their_order_and_names() -> None:
    def behave(call: Call) -> None:
        call.answer(500 if "b=2" in call.line else 200)

    with serving(behave) as server:
        sources = tuple(EndpointSource(url=f"{server.url}/{path}") for path in ("z", "a?b=1", "a?b=2", "c"))
        shown = endpoints.observe(sources, reading())
    assert [item.name.removeprefix(server.url) for item in shown.records] == ["/z", "/a", "/a (2)", "/c"]
    outcome = checks.health_endpoints(facts_of(shown.records, shown.gaps))
    assert (
        outcome.reason == f"1 of 4 endpoints does not answer as expected: {server.url}/a (2) answers 500 instead of 200"
    )


def test_one_that_does_not_answer() -> None:
    shown = look(f"http://127.0.0.1:{free_port()}/", p95_ms=100, requires_login=True)
    assert (only(shown).data["Reachable"], "refused" in only(shown).data["Why"]) == (False, True)
    assert kinds(shown) == {"endpoint:Tls", "endpoint:Headers", "endpoint:Latency", "endpoint:WithoutLogin"}
    assert said(checks.health_endpoints, shown) == "fail"
    for check in (checks.latency_targets, checks.authentication, checks.tls_in_transit, checks.security_headers):
        assert said(check, shown) == "unverified"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://gone.test/", "can't be resolved"),
        ("http://metadata.test/", "never asked"),
        ("http://169.254.169.254/latest", "never asked"),
        (f"http://admin:{KEPT}@127.0.0.1/", "user name"),
        (f"http://127.0.0.1/?token={KEPT}\r\n", "not plainly written"),
        ("ftp://127.0.0.1/", "scheme ftp"),
    ],
)
def test_one_that_cannot_be_asked_is_a_gap(url: str, why: str) -> None:
    def resolve(host: str) -> list[str]:
        if host == "metadata.test":
            return ["169.254.169.254"]
        raise OSError

    shown = look(url, resolve=resolve, p95_ms=1, requires_login=True)
    assert shown.records == ()
    assert "endpoint" in kinds(shown)
    assert all(why in item.why and KEPT not in item.why for item in shown.gaps)
    for check in (checks.health_endpoints, checks.latency_targets, checks.authentication, checks.certificate_expiry):
        assert said(check, shown) == "unverified"


def test_a_status_that_was_expected() -> None:
    with serving(lambda call: call.answer(302, b"", location="/elsewhere")) as server:
        assert said(checks.health_endpoints, look(server.url, expect=302)) == "pass"
        assert said(checks.health_endpoints, look(server.url)) == "fail"


def test_a_missing_token_is_a_gap_and_stops_no_other() -> None:
    with serving(Call.answer) as server:
        sources = (EndpointSource(url=server.url, token_env="GONE"), EndpointSource(url=f"{server.url}/b"))
        shown = endpoints.observe(sources, reading())
    assert [item.name for item in shown.records] == [f"{server.url}/b"]
    assert "GONE" in shown.gaps[0].why


def guarded(call: Call) -> None:
    call.answer(200 if call.headers.get("authorization") == f"Bearer {TOKEN}" else 401)


@pytest.mark.parametrize(
    ("behave", "status", "health"),
    [
        (guarded, "pass", "pass"),
        (lambda call: call.answer(200), "fail", "pass"),
        (lambda call: call.answer(204, b""), "fail", "fail"),
        (lambda call: call.answer(403), "pass", "unverified"),
        (lambda call: call.answer(200, b"<input type='password'>"), "unverified", "pass"),
        (lambda call: call.answer(500), "unverified", "fail"),
        (lambda call: call.answer(404), "unverified", "fail"),
        (lambda call: call.answer(302, b"", location="https://login.test/authorize"), "pass", "fail"),
        (lambda call: call.answer(302, b"", location="https://www.test/"), "unverified", "fail"),
        (lambda call: call.answer(302, b"", location="http://["), "unverified", "fail"),
        (lambda call: call.answer(200 if "authorization" in call.headers else 404), "pass", "pass"),
    ],
)
def test_logins(behave: Callable[[Call], None], status: str, health: str) -> None:
    with serving(behave) as server:
        shown = look(f"{server.url}/api", requires_login=True, token_env="STAND_IN_TOKEN")
    assert (said(checks.authentication, shown), said(checks.health_endpoints, shown)) == (status, health)


def test_a_redirect_to_the_same_path_is_no_login() -> None:
    def behave(call: Call) -> None:
        call.answer(200) if call.line.startswith("GET /auth/ ") else call.answer(301, b"", location="/auth/")

    with serving(behave) as server:
        shown = look(f"{server.url}/auth", requires_login=True)
    assert only(shown).data["WithoutLogin"] == {"Status": 200, "Said": "open"}
    assert said(checks.authentication, shown) == "fail"


def test_a_login_without_a_token_says_nothing_of_health_and_latency() -> None:
    with serving(guarded) as server:
        shown = look(server.url, requires_login=True, p95_ms=500)
    assert kinds(shown) == {"endpoint", "endpoint:Latency"}
    assert "token_env" in shown.gaps[0].permission
    assert said(checks.authentication, shown) == "pass"
    assert said(checks.health_endpoints, shown) == said(checks.latency_targets, shown) == "unverified"
    with serving(guarded) as server:
        assert said(checks.health_endpoints, look(server.url)) == "fail"  # a health route that nobody can ask


@pytest.mark.parametrize(
    ("failing", "status", "reason"), [(0, "pass", "within"), (1, "pass", "within"), (2, "fail", "failed 2 of 20 calls")]
)
def test_latency_counts_failed_calls_as_the_slowest(failing: int, status: str, reason: str) -> None:
    def behave(call: Call) -> None:
        call.answer(500 if 5 < call.number <= 5 + failing else 200)

    with serving(behave) as server:
        shown = look(server.url, p95_ms=400, samples=20)
    outcome = checks.latency_targets(facts_of(shown.records, shown.gaps))
    assert (outcome.status, reason in outcome.reason) == (status, True)


def test_latency_over_the_target() -> None:
    with serving(Call.answer) as server:
        shown = look(server.url, p95_ms=0.0001, samples=3)
        assert said(checks.latency_targets, shown) == "fail"
        sources = (EndpointSource(url=server.url, p95_ms=400, samples=2), EndpointSource(url=f"{server.url}/b"))
        shown = endpoints.observe(sources, reading())
    assert said(checks.latency_targets, shown) == "not_applicable"
    assert said(checks.some_latency_targets, shown) == "pass"


def test_latency_that_takes_too_long_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "MOST_SECONDS", 0.0)
    with serving(Call.answer) as server:
        shown = look(server.url, p95_ms=400, samples=5)
    assert "of 5 calls took more than" in shown.gaps[0].why
    assert said(checks.latency_targets, shown) == "unverified"


def test_a_certificate_that_is_valid(pair: Pair) -> None:
    with serving(Call.answer, pair.context()) as server:
        shown = look(server.url, ca_file=pair.file)
    tls = only(shown).data["Tls"]
    assert (tls["Version"], tls["Issuer"]) == ("TLSv1.3", "CN=Test authority, O=Tests")
    assert (tls["HostnameMatches"], tls["IsTrusted"], tls["Days"]) == (True, True, 90)
    assert shown.gaps == ()
    assert said(checks.tls_in_transit, shown) == said(checks.health_endpoints, shown) == "pass"


def test_a_certificate_of_an_unknown_issuer_is_a_gap(pair: Pair) -> None:
    with serving(Call.answer, pair.context()) as server:
        shown = look(server.url)
        assert [call.line for call in server.calls] == []
    assert (only(shown).data["Reachable"], only(shown).data["Tls"]["IsTrusted"]) == (None, False)
    assert any("ca_file" in item.why for item in shown.gaps)
    assert said(checks.health_endpoints, shown) == "unverified"


@pytest.mark.parametrize(
    ("name", "start", "end", "tls", "expiry"),
    [("127.0.0.1", -90, -3, "fail", "fail"), ("other.test", -10, 80, "fail", "pass")],
)
def test_certificates_that_are_not_valid(
    name: str, start: int, end: int, tls: str, expiry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = certificate(tmp_path, name, start, end)
    issued = read_certificate(_der(now))[2]
    clock = issued - timedelta(days=end)
    with serving(Call.answer, now.context()) as server:
        source = EndpointSource(url=server.url, ca_file=now.file)
        shown = endpoints.observe((source,), type(reading())(lambda: clock))
    assert only(shown).data["Reachable"] is False
    assert said(checks.health_endpoints, shown) == "fail"
    assert (said(checks.tls_in_transit, shown), said(checks.certificate_expiry, shown)) == (tls, expiry)


def _der(pair: Pair) -> bytes:
    import ssl

    return ssl.PEM_cert_to_DER_cert(pair.file.read_text())


def test_certificates_are_read_or_refused(pair: Pair) -> None:
    whole = _der(pair)
    issuer, start, end = read_certificate(whole)
    assert (issuer, (end - start).days) == ("CN=Test authority, O=Tests", 90)
    for size in range(0, len(whole), 7):
        with pytest.raises((ValueError, IndexError)):
            read_certificate(whole[:size])
    for at in range(0, len(whole), 5):
        broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            read_certificate(broken)
        except (ValueError, IndexError):
            continue


def endpoint(name: str = "https://a.test/", **data: Any) -> Record:
    good = {
        "Scheme": "https",
        "Expected": 200,
        "Reachable": True,
        "Status": 200,
        "Local": False,
        "IsHtml": True,
        "Headers": {"frame-ancestors": True, **{key.lower().replace("_", "-"): True for key in GUARDS}},
        "Tls": {"Days": 90, "DaysLeft": 40, "NotAfter": NOW.isoformat(), "HostnameMatches": True, "IsTrusted": True},
        "Cors": {"AllowOrigin": "none", "AllowCredentials": False},
    }
    return record("endpoints", "endpoint", name, **good | data)


def tls(days: int, left: int) -> dict[str, Any]:
    return {"Days": days, "DaysLeft": left, "NotAfter": (NOW + timedelta(days=left)).isoformat()}


@pytest.mark.parametrize(
    ("days", "left", "status"),
    [
        (90, 40, "pass"),
        (90, 16, "pass"),
        (90, 10, "fail"),
        (6, 3, "pass"),
        (6, 0, "fail"),
        (395, 31, "pass"),
        (395, 29, "fail"),
        (395, -1, "fail"),
        (90, -1, "fail"),
    ],
)
def test_when_a_certificate_ends_soon(days: int, left: int, status: str) -> None:
    assert checks.certificate_expiry(facts_of([endpoint(Tls=tls(days, left))])).status == status
    assert (checks.tls_in_transit(facts_of([endpoint(Tls=tls(days, left))])).status == "fail") == (left < 0)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, "pass"),
        ({"Scheme": "http", "Tls": None, "RedirectsToHttps": False}, "fail"),
        ({"Scheme": "http", "Tls": None, "RedirectsToHttps": True}, "pass"),
        ({"Scheme": "http", "Tls": None, "RedirectsToHttps": False, "Local": True}, "not_applicable"),
        ({"Tls": tls(90, 40) | {"HostnameMatches": False}}, "fail"),
    ],
)
def test_tls(data: dict[str, Any], status: str) -> None:
    assert checks.tls_in_transit(facts_of([endpoint(**data)])).status == status


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (
            {"Headers": {}},
            "Strict-Transport-Security, Content-Security-Policy, X-Content-Type-Options, Referrer-Policy",
        ),
        ({"Headers": {}, "Scheme": "http"}, "lacks Content-Security-Policy"),
        ({"Headers": endpoint().data["Headers"] | {"frame-ancestors": False}}, "X-Frame-Options or frame-ancestors"),
    ],
)
def test_security_headers(data: dict[str, Any], missing: str) -> None:
    outcome = checks.security_headers(facts_of([endpoint(**data)]))
    assert (outcome.status, missing in outcome.reason) == ("fail", True)
    assert checks.security_headers(facts_of([endpoint(**data | {"IsHtml": False})])).status == "not_applicable"
    assert checks.security_headers(facts_of([endpoint(**data | {"Status": 500})])).status == "not_applicable"


@pytest.mark.parametrize(
    ("origin", "credentials", "severity"),
    [("*", "", None), ("*", "true", Severity.HIGH), (endpoints.FOREIGN, "true", Severity.HIGH)],
)
def test_any_site_may_read(origin: str, credentials: str, severity: Severity | None) -> None:
    headers = {"access_control_allow_origin": origin, "access_control_allow_credentials": credentials}
    with serving(lambda call: call.answer(200, b"{}", **headers)) as server:
        shown = look(server.url)
        assert [call.headers.get("origin") for call in server.calls] == [None, None, endpoints.FOREIGN]
    outcome = checks.cors_restricted(facts_of(shown.records, shown.gaps))
    assert (outcome.status, outcome.problems[0].severity) == ("fail", severity)


SHOWN: dict[str, tuple[Callable[[Facts], Outcome], Record]] = {
    "endpoint": (checks.health_endpoints, endpoint()),
    "endpoint:Latency": (
        checks.latency_targets,
        endpoint(TargetMs=5.0, Latency={"Ms": [1.0], "Failed": 0, "P95Ms": 1.0}),
    ),
    "endpoint:WithoutLogin": (checks.authentication, endpoint(WithoutLogin={"Status": 401, "Said": "refused"})),
    "endpoint:Tls": (checks.tls_in_transit, endpoint()),
    "endpoint:IsTrusted": (checks.tls_in_transit, endpoint()),
    "endpoint:Headers": (checks.security_headers, endpoint()),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_nothing_passes_over_a_gap(kind: str) -> None:
    check, seen = SHOWN[kind]
    assert check(facts_of([seen])).status == "pass"
    for missing in (gap("endpoints", kind), Gap(source="endpoints", kind="*", why="its reader broke")):
        assert check(facts_of([seen], [missing])).status == "unverified"
