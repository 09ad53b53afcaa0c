"""Routes by what they are for: health checks, public ones, those that write. Asked by all checks of web services."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.facts import Facts
from gonogo.facts.code import Route

_HEALTH = re.compile(
    r"(?:^|/)_*(?:health(?:y|z|check|-check|_check|s)?|livez?|liveness|readyz?|readiness|ping|status|startup|up|alive|metrics|"
    r"prometheus|version|actuator|favicon\.ico|robots\.txt|sitemap\.xml|heartbeat|\.well-known|grpc\.health|grpc\.reflection|"
    r"api-docs|openapi(?:\.json)?|docs|redoc|swagger[\w.-]*)(?:/|$|\{|\*)|HealthServicer|^health$",
    re.IGNORECASE,
)
_READINESS = re.compile(
    r"(?:^|/)_*(?:health\w*|healthz?|livez?|liveness|readyz?|readiness|ping|status|up|alive|heartbeat|actuator)\b|Health",
    re.I,
)
PUBLIC_PATH = re.compile(
    r"(?:^|[/_-])(?:log-?in|sign-?in|sign-?up|sign-?out|log-?out|register|registration|auth|oauth2?|callback|token|refresh|"
    r"forgot[\w-]*|reset[\w-]*|password[\w-]*|recover[\w-]*|verify[\w-]*|confirm[\w-]*|activate|webhooks?|stripe-webhook|hooks?|sso|saml|"
    r"static|assets|public|csrf|captcha|invite|unsubscribe|trpc|nextauth|session)(?:$|[/_{:\[.-])|^/$|^/?\*$|access-token|"
    r"\[\.\.\.nextauth\]|^/(?:index|home|about|privacy|terms)(?:\.html)?$|^/users$",
    re.IGNORECASE,
)


def served(facts: Facts) -> tuple[Route, ...]:
    """Routes of reached files, each method and path once. Needs: code."""
    found: dict[tuple[str, str, str], Route] = {}
    for route in facts.code.routes:
        found.setdefault((route.at.path, route.method, route.path), route)
    return tuple(found.values())


def is_health(route: Route) -> bool:
    """Health, metrics, version and documentation routes."""
    return bool(_HEALTH.search(route.path))


def answers_health(route: Route) -> bool:
    """Routes that a probe would ask."""
    return bool(_READINESS.search(route.path))


def is_public_by_design(route: Route) -> bool:
    """Routes that cannot ask for credentials, since they give them, or serve a page: login, callbacks, ``/``."""
    if re.search(r"(?:^|/)users/?$", route.path) and route.method == "POST" and not route.guards:
        return True
    return bool(PUBLIC_PATH.search(route.path)) and not (
        route.path in ("/", "*", "/*") and route.mutates and route.method != "ANY"
    )


def names_of(routes: Iterable[Route], most: int = 5) -> str:
    """Methods and paths for a sentence."""
    names = list(dict.fromkeys(f"{route.method} {route.path}" for route in routes))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
