"""The service's endpoints as they answered: health, latency, certificates, headers and logins."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.wording import agreed, counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable
from gonogo.model.criterion import Severity

SOON = 30
"""Days before its end from which on a certificate should have been renewed."""
SHORT_LIFE = 100
"""Days of a certificate that is made to be renewed by a machine, which does so when a third of its life is left."""
_HEADERS = {
    "strict-transport-security": "Strict-Transport-Security",
    "content-security-policy": "Content-Security-Policy",
    "x-content-type-options": "X-Content-Type-Options",
    "referrer-policy": "Referrer-Policy",
}


def health_endpoints(facts: Facts) -> Outcome:
    """Every endpoint answers with the status that it should have."""
    endpoints = facts.live.of("endpoints", "endpoint")
    problems = [problem for item in endpoints for problem in _health_faults(item)]
    good = f"{agreed(len(endpoints), 'endpoint answers', 'endpoints answer')} as expected"
    bad = f"{share(len(problems), counted(len(endpoints), 'endpoint'), 'do')} not answer as expected"
    return judged(facts, "endpoints", ["endpoint"], problems, endpoints, bad=bad, good=good)


def latency_targets(facts: Facts) -> Outcome:
    """Every endpoint has a target, and meets it."""
    return _latency(facts, where_all_have_one=True)


def some_latency_targets(facts: Facts) -> Outcome:
    """The endpoints that have a target meet it; others have none, so that it does not answer for the service."""
    return _latency(facts, where_all_have_one=False)


def authentication(facts: Facts) -> Outcome:
    """Endpoints that require a login refuse a call without one."""
    guarded = [item for item in _reached(facts) if item.get("WithoutLogin", "Said")]
    problems = [
        Problem(
            f"{item.name} answers {item.get('WithoutLogin', 'Status')} without a login",
            item.at("WithoutLogin", "Status"),
        )
        for item in guarded
        if item.get("WithoutLogin", "Said") == "open"
    ]
    good = f"{agreed(len(guarded), 'endpoint refuses', 'endpoints refuse')} a call without a login"
    kinds = ["endpoint:WithoutLogin"]
    return judged(facts, "endpoints", kinds, problems, guarded, bad="no login is asked for", good=good)


def tls_in_transit(facts: Facts) -> Outcome:
    """Endpoints speak TLS with a certificate of their own, or lead there; a private network's may be plain."""
    seen = [item for item in facts.live.of("endpoints", "endpoint") if item.get("Tls") or _is_plain(item)]
    problems = [problem for item in seen for problem in _tls_faults(item)]
    good = (
        f"{agreed(len(seen), 'endpoint is served over TLS, or leads', 'endpoints are served over TLS, or lead')} there"
    )
    kinds = ["endpoint:Tls", "endpoint:IsTrusted"]
    return judged(facts, "endpoints", kinds, problems, seen, bad="not all traffic is encrypted", good=good)


def certificate_expiry(facts: Facts) -> Outcome:
    """No certificate ends soon."""
    seen = [item for item in facts.live.of("endpoints", "endpoint") if item.get("Tls")]
    problems = [
        Problem(f"the certificate of {item.name} {_end(item)}", item.at("Tls", "DaysLeft"))
        for item in seen
        if _ends_soon(item)
    ]
    fewest = min((int(item.get("Tls", "DaysLeft")) for item in seen), default=0)
    good = f"{agreed(len(seen), 'certificate is', 'certificates are')} valid for {counted(fewest, 'day')} or more"
    return judged(facts, "endpoints", ["endpoint:Tls"], problems, seen, bad="certificates end soon", good=good)


def security_headers(facts: Facts) -> Outcome:
    """Web pages come with the headers that tell a browser to protect them."""
    pages = [item for item in _reached(facts) if item.get("IsHtml") and item.get("Status") == item.get("Expected")]
    problems = [
        Problem(f"{item.name} lacks {', '.join(missing)}", item.at("Headers"))
        for item in pages
        if (missing := list(_missing_headers(item)))
    ]
    good = f"{agreed(len(pages), 'web page comes', 'web pages come')} with the security headers"
    bad = "security headers are missing"
    return judged(facts, "endpoints", ["endpoint:Headers"], problems, pages, bad=bad, good=good)


def cors_restricted(facts: Facts) -> Outcome:
    """No endpoint lets the pages of an unknown site read its answers."""
    seen = [item for item in _reached(facts) if item.get("Cors")]
    problems = [
        Problem(_cors_fault(item), item.at("Cors"), Severity.HIGH if item.get("Cors", "AllowCredentials") else None)
        for item in seen
        if item.get("Cors", "AllowOrigin") in ("any", "echoed")
    ]
    good = f"{agreed(len(seen), 'endpoint lets', 'endpoints let')} no unknown site read answers"
    bad = "any site may read answers"
    return judged(facts, "endpoints", ["endpoint:Headers"], problems, seen, bad=bad, good=good)


def _reached(facts: Facts) -> list[Seen]:
    return [item for item in facts.live.of("endpoints", "endpoint") if item.get("Reachable")]


def _health_faults(item: Seen) -> Iterator[Problem]:
    status, expected = item.get("Status"), item.get("Expected")
    if item.get("Reachable") is False:
        why = str(item.get("Why", default="no reason is told"))
        yield Problem(f"{item.name} does not answer ({why})", item.at("Why"))
    elif item.get("Reachable") and status != expected and not item.get("IsRefused"):
        yield Problem(f"{item.name} answers {status} instead of {expected}", item.at("Status"))


def _latency(facts: Facts, where_all_have_one: bool) -> Outcome:
    endpoints = facts.live.of("endpoints", "endpoint")
    if all(item.get("TargetMs") for item in endpoints) != where_all_have_one:
        return not_applicable(f"{'not ' if where_all_have_one else ''}all endpoints have a latency target")
    measured = [item for item in endpoints if item.get("Latency")]
    problems = [Problem(slow, item.at("Latency")) for item in measured if (slow := _slowness(item))]
    good = f"{agreed(len(measured), 'endpoint answers', 'endpoints answer')} within the latency target (p95)"
    bad, kinds = "latency targets are missed", ["endpoint:Latency", *(["endpoint"] if where_all_have_one else [])]
    return judged(facts, "endpoints", kinds, problems, measured, bad=bad, good=good)


def _slowness(item: Seen) -> str:
    """What is too slow, empty where nothing is. Calls that failed are slower than any target."""
    p95, failed = (item.get("Latency", key) for key in ("P95Ms", "Failed"))
    target, calls = float(item.get("TargetMs")), len(item.get("Latency", "Ms", default=[])) + failed
    if p95 is None:
        return f"{item.name} failed {failed} of {calls} calls" if failed else ""
    return (
        f"{item.name} has a p95 of {p95:g} ms over {calls} calls for a target of {target:g} ms" if p95 > target else ""
    )


def _is_plain(item: Seen) -> bool:
    """Whether it answers over plain HTTP at an address that is no private network's."""
    return bool(item.get("Scheme") == "http" and item.get("Reachable") and not item.get("Local"))


def _tls_faults(item: Seen) -> Iterator[Problem]:
    days = item.get("Tls", "DaysLeft")
    if _is_plain(item) and not item.get("RedirectsToHttps"):
        yield Problem(f"{item.name} answers over plain HTTP and does not lead to https", item.at("Scheme"))
    elif isinstance(days, int) and days < 0:
        yield Problem(f"the certificate of {item.name} {_end(item)}", item.at("Tls", "DaysLeft"))
    elif item.get("Tls", "HostnameMatches") is False:
        yield Problem(f"the certificate of {item.name} is for another name", item.at("Tls", "HostnameMatches"))


def _ends_soon(item: Seen) -> bool:
    left, life = (int(item.get("Tls", key, default=0)) for key in ("DaysLeft", "Days"))
    return left < (life / 6 if life <= SHORT_LIFE else SOON)


def _end(item: Seen) -> str:
    left, day = int(item.get("Tls", "DaysLeft")), str(item.get("Tls", "NotAfter"))[:10]
    return f"ended on {day}" if left < 0 else f"ends in {agreed(left, 'day', 'days')}, on {day}"


def _missing_headers(item: Seen) -> Iterator[str]:
    for name, told in _HEADERS.items():
        is_needed = name != "strict-transport-security" or item.get("Scheme") == "https"
        if is_needed and not item.get("Headers", name):
            yield told
    if not item.get("Headers", "x-frame-options") and not item.get("Headers", "frame-ancestors"):
        yield "X-Frame-Options or frame-ancestors"


def _cors_fault(item: Seen) -> str:
    whom = "any site" if item.get("Cors", "AllowOrigin") == "any" else "whatever site asks"
    return f"{item.name} lets {whom} read its answers{', with cookies' if item.get('Cors', 'AllowCredentials') else ''}"
