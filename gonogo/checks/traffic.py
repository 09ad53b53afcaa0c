"""What reaches a service, and how much of it: rate limits, firewalls, and checks of the input."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.checks.loaded import is_loaded
from gonogo.checks.managed import managed_routes
from gonogo.checks.routes import is_health, names_of, served
from gonogo.facts import Facts
from gonogo.facts.code import Call, Route
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Place, Searched

_LIMITING = re.compile(
    r"rate.?limit|ratelimit|throttl|slow.?down|limiter|tollbooth|httprate|bucket4j|leaky|bottleneck", re.I
)
_PROXY_TERMS = (
    "limit_req",
    "limit_req_zone",
    "limit_conn",
    "rate_limit",
    "RequestRateLimiter",
    "rateLimit",
    "local_ratelimit",
    "rate-limiting",
)
_RULES = re.compile(r"^\s*-?\s*alert:\s", re.MULTILINE)
"""Rules of a Prometheus speak of rate limits; they set none."""
_PROXY_FILES = (
    "*.conf",
    "*.conf.*",
    "nginx*",
    "Caddyfile*",
    "traefik*",
    "kong*.y*ml",
    "envoy*.y*ml",
    "haproxy*.cfg",
    "application*.y*ml",
    "application*.properties",
    "vercel.json",
    "wrangler.toml",
    "krakend*.json",
)


def rate_limiting(facts: Facts) -> Outcome:
    """A limiter that runs for the public routes, a gateway's limits, or a firewall in front."""
    services = scope.network_services(facts)
    routes = [route for route in served(facts) if not is_health(route)]
    if not services and not routes:
        return _nothing_served(facts)
    if edge := next(_edge(facts), None):
        return passed(f"requests are limited at the edge: {edge[1]}", edge[0], strength=Strength.WIRED)
    limited = [route for route in routes if any(_LIMITING.search(guard.name) for guard in route.guards)]
    everywhere = list(_global_limiters(facts))
    if everywhere or (routes and len(limited) >= max(1, round(0.6 * len(routes)))):
        places = [call.at for call in everywhere] + [
            guard.at for r in limited for guard in r.guards if _LIMITING.search(guard.name)
        ]
        names = ", ".join(dict.fromkeys(call.name for call in everywhere)) or "a limiter on each route"
        return passed(f"requests are limited by {names}", *dict.fromkeys(places), strength=Strength.WIRED)
    in_handlers = [route for route in routes if route not in limited and _limits_itself(facts, route)]
    if routes and len(limited) + len(in_handlers) >= max(1, round(0.6 * len(routes))):
        return passed(
            "most routes limit requests in their handlers",
            *(r.at for r in limited + in_handlers),
            strength=Strength.WIRED,
        )
    return _unlimited(facts, routes, limited + in_handlers, services)


def _unlimited(facts: Facts, routes: list[Route], limited: list[Route], services: tuple[Place, ...]) -> Outcome:
    searched = Searched(
        ("rate limiter middleware", "limit_req", "throttling", "WAF", "ingress limits"),
        "routes, middleware, proxies, ingresses and infrastructure code",
        len(facts.code.files),
    )
    if limited:
        free = [route for route in routes if route not in limited]
        problems = [Problem(f"{route.method} {route.path} has no limit", route.at) for route in free]
        return failed(
            f"only {len(limited)} of {len(routes)} routes are limited; not {names_of(free)}",
            *problems,
            searched=(searched,),
        )
    place = routes[0].at if routes else services[0]
    what = f"{len(routes)} routes ({names_of(routes, 3)})" if routes else f"{len(services)} network services"
    return failed(
        f"no rate limiter and no firewall stands before {what}",
        Problem(f"nothing limits requests to {what}", place),
        searched=(searched,),
    )


def _nothing_served(facts: Facts) -> Outcome:
    if facts.code.foreign:
        return unverified("code in a language that is not parsed may serve", *(f.at for f in facts.code.foreign))
    return not_applicable("nothing is served over a network: no route, listener, published port or gateway was found")


def _global_limiters(facts: Facts) -> Iterator[Call]:
    """Limiters that are registered for a whole application."""
    for call in facts.code.middleware:
        named = [argument.refers for argument in call.arguments if not argument.name]
        named += [entry.refers for argument in call.arguments if argument.refers for entry in argument.entries]
        text = " ".join(named + ([call.name] if call.method == "init_app" else []))
        path_bound = call.method == "use" and call.arguments and isinstance(call.arguments[0].value, str)
        if _LIMITING.search(text) and not (path_bound and str(call.arguments[0].value).strip("/*") not in ("", "api")):
            yield call
    for call in facts.code.calls("flask_limiter.Limiter", "*ThrottlerModule.forRoot", "*ThrottlerModule.forRootAsync"):
        if call.name.endswith(("forRoot", "forRootAsync")) and not facts.code.is_called("ThrottlerGuard"):
            continue
        if call.name.startswith("flask_limiter") and not call.argument("default_limits", "application_limits"):
            continue
        yield call
    for file in facts.code.files:
        for item in file.assignments:
            if item.name.endswith("REST_FRAMEWORK") and item.value.entry("DEFAULT_THROTTLE_RATES"):
                yield Call("DEFAULT_THROTTLE_RATES", "REST_FRAMEWORK", (), item.at)


def _limits_itself(facts: Facts, route: Route) -> bool:
    path, first, last = route.body
    lines = facts.repository.lines(path)[first - 1 : min(last, first + 300)] if path else []
    return any(_LIMITING.search(line) and not line.lstrip().startswith(("//", "#", "*", "import")) for line in lines)


def _ways_in(facts: Facts) -> list[Resource]:
    """Load balancers and APIs that are open to the outside: each takes a firewall of its own."""
    found = resources(facts, "aws_lb", "aws_alb", "aws_api_gateway_rest_api", "aws_appsync_graphql_api")
    return [resource for resource in found if resource.get("internal") is not True]


def _edge(facts: Facts) -> Iterator[tuple[Place, str]]:
    """Limits and firewalls of gateways, ingresses, proxies and cloud edges."""
    for resource in resources(facts, Kind.WAF):
        if resource.type.startswith(("azurerm_", "cloudflare_")):
            yield resource.at, resource.address
    joined = [item for item in resources(facts, Kind.WAF) if "association" in item.type]
    if joined and len(joined) >= len(_ways_in(facts)):
        yield joined[0].at, ", ".join(item.address for item in joined[:3])
    for resource in resources(facts, "google_compute_backend_service"):
        if resource.get("security_policy"):
            yield resource.at, f"{resource.address} with a security policy"
    for item in facts.kubernetes.of("BackendConfig", "GCPBackendPolicy"):
        if "securityPolicy" in str(item.spec):
            yield item.at, item.symbol
    for resource in resources(facts, "aws_cloudfront_distribution"):
        if resource.get("web_acl_id"):
            yield resource.at, f"{resource.address} with a web ACL"
    for resource in resources(
        facts, "aws_api_gateway_usage_plan", "aws_api_gateway_method_settings", "aws_apigatewayv2_stage"
    ):
        for path in (
            "throttle_settings.rate_limit",
            "settings.throttling_rate_limit",
            "default_route_settings.throttling_rate_limit",
        ):
            if resource.get(path):
                yield resource.at, f"{resource.address} throttles"
    for item in facts.kubernetes.of(
        "Ingress", "Middleware", "EnvoyFilter", "KongPlugin", "BackendTrafficPolicy", "HTTPRoute"
    ):
        text = " ".join([item.name, *map(str, item.annotations)])
        spec = str(item.spec)[:4000] if item.kind != "Ingress" else ""
        if re.search(r"limit-(rps|rpm|connections)|waf|armor|modsecurity", text) or re.search(
            r"rate_?-?[lL]imit|local_ratelimit", spec
        ):
            yield item.at, item.symbol
    files = facts.repository.match(*_PROXY_FILES)
    found = facts.repository.search(_PROXY_TERMS, files, where="proxy and gateway configuration")
    for place in found.hits:
        line = facts.repository.lines(place.path)[place.line - 1].strip()
        if line.startswith(("#", "//", "limit_req_zone")) or _RULES.search(facts.repository.text(place.path)):
            continue
        if is_loaded(facts, place.path):
            yield place, f"{place}"


def input_validation(facts: Facts) -> Outcome:
    """Each route that takes input checks it against a schema."""
    routes = [route for route in served(facts) if not is_health(route)]
    taking = [
        route
        for route in routes
        if route.takes_input and (route.mutates or route.framework == "grpc" or _reads_query(facts, route))
    ]
    if not routes:
        return _no_routes(facts)
    if not taking:
        return not_applicable(
            f"none of {len(routes)} routes reads a body or a query", *(route.at for route in routes[:4])
        )
    unchecked = [route for route in taking if not route.validated]
    unseen = [route for route in unchecked if not route.body[0]]
    certain = [route for route in unchecked if route not in unseen]
    if certain:
        problems = [
            Problem(f"{route.method} {route.path} reads its input without a schema", route.at) for route in certain
        ]
        return failed(
            f"{len(certain)} of {len(taking)} routes that take input check it against no schema: {names_of(certain)}",
            *problems,
        )
    if unseen:
        return unverified(f"the handlers of {names_of(unseen)} were not found", *(route.at for route in unseen))
    return passed(
        f"all {len(taking)} routes that take input check it against a schema",
        *(r.at for r in taking),
        strength=Strength.WIRED,
    )


_QUERY = re.compile(
    r"\bquery\b|query_params|searchParams|args\.get|GET\.get|URL\.Query|RequestParam|getQuery|Query\(", re.I
)


def _reads_query(facts: Facts, route: Route) -> bool:
    path, first, last = route.body
    lines = facts.repository.lines(path)[first - 1 : min(last, first + 200)] if path else []
    return any(_QUERY.search(line) for line in lines)


_EVENT_BODY = re.compile(r"event(?:\.get\(|\[)['\"]body|event\.body|queryStringParameters|request\.Body|getBody\(")
_EVENT_CHECK = re.compile(
    r"validate|schema|model_validate|parse_obj|@event_parser|event_source|\.parse\(|pydantic|jsonschema|zod|joi", re.I
)


def _functions_validate(facts: Facts) -> Outcome | None:
    """Functions behind an API: those whose handler reads a body or a query check it; None without such functions."""
    if not managed_routes(facts) or not facts.code.handlers:
        return None
    reading, unchecked = [], []
    for definition in facts.code.handlers:
        text = "\n".join(facts.repository.lines(definition.at.path))
        if _EVENT_BODY.search(text):
            reading.append(definition.at)
            if not _EVENT_CHECK.search(text):
                unchecked.append(definition)
    if not reading:
        return None
    if unchecked:
        problems = [Problem(f"{d.name} reads its input without a schema", d.at) for d in unchecked]
        return failed(
            f"{len(unchecked)} of {len(reading)} handlers that read input check it against no schema", *problems
        )
    return passed(f"all {len(reading)} handlers that read input check it", *reading, strength=Strength.WIRED)


def _no_routes(facts: Facts) -> Outcome:
    services = scope.network_services(facts)
    if outcome := _functions_validate(facts):
        return outcome
    if services:
        return unverified(
            "network services are deployed, but no route of theirs is defined in code that can be read", *services[:6]
        )
    return _nothing_served(facts)
