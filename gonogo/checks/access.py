"""Who may call: which routes ask for credentials, and which are open."""

from __future__ import annotations

import re

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.checks.code_text import LINE_ENDS, without_prose
from gonogo.checks.managed import managed_routes
from gonogo.checks.routes import PUBLIC_PATH, is_health, is_public_by_design, names_of, served
from gonogo.facts import Facts
from gonogo.facts.code import Guard, Route
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Unknown
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Severity, Strength
from gonogo.model.evidence import Place, Searched

_ASKING = re.compile(
    r"auth(?!or(?!iz)|ent(?!ic))|jwt|bearer|token(?!iz)|login|logged|signed.?in|api.?key|permission|principal|oidc|clerk|credential|"
    r"\brole|roles|admin|protect|current.?(?:user|session|account|member|team)|get.?user|require.?user|verify.?user|superuser|member|tenant|signature|hmac|\bacl\b|passport|"
    r"secur|identity|guard|private|access.?control|cognito|firebase|supabase|session.?(?:required|check|user)|require.?session|"
    r"development only|workspace|organi[sz]ation.?access|webhook.?secret|internal.?only|ip.?allow|mtls",
    re.IGNORECASE,
)
_NOT_ASKING = re.compile(
    r"throttl|rate.?limit|allow.?any|isauthenticatedorreadonly|cors|helmet|csrf|optional|\bAuthenticationMiddleware\b.*none|"
    r"get_session|sessiondep|asyncsession|secure_?headers|securityheaders|security.?middleware|starlette.*SessionMiddleware|talisman|"
    r"express-session|cookie-session|\bpublic\b|skip.?auth|no.?auth|permitall|anonymous",
    re.IGNORECASE,
)
_OTHER = re.compile(r"valid|schema|limit|cache|log|upload|parse|compress", re.IGNORECASE)
"""What a guard is for when its own name says so, whatever it is given: ``validate(authValidation.login)``."""
_BODY_ASKS = re.compile(
    r"\b\w*[aA]uth(?!or\b|ors\b|orName|orId)\w*\(|getServerSession|\bauth\(\)|getSession\(|currentUser\b|getToken\(|verify_?[tT]oken|jwt\.(?:verify|decode)|verifyIdToken|"
    r"req(?:uest)?\.(?:user|auth|session\.user)|isAuthenticated|current_user|login_required|check_auth|authenticat|authoriz|"
    r"[aA]uthed|[wW]ithAuth|[rR]equireAuth|requireUser|protectedProcedure|verify\w*Signature|constructEvent|timingSafeEqual|"
    r"compare_digest|\b40[13]\b|Unauthorized|UNAUTHORIZED|Forbidden|FORBIDDEN|x-api-key|HTTPBearer|validateApiKey|SecurityContextHolder|"
    r"Principal\b|secrets\.compare|svix|webhook.?secret",
)
_SEARCHED = ("auth", "jwt", "bearer", "token", "api key", "session", "permission", "guard", "login_required")


def authentication(facts: Facts) -> Outcome:
    """Every route that is neither a health check nor public by its nature asks for credentials."""
    routes = [route for route in served(facts) if not is_health(route)]
    gateway = _gateway(facts)
    if not served(facts):
        return gateway if gateway is not None else _without_routes(facts)
    if not routes:
        return not_applicable("only health and metrics routes are served", *(r.at for r in served(facts)[:3]))
    protected = [route for route in routes if asks(facts, route)]
    open_routes = [route for route in routes if route not in protected and not is_public_by_design(route)]
    if edge := _edge_authentication(facts):
        return passed("authentication stands in front of the services: " + edge[1], edge[0], strength=Strength.WIRED)
    unseen = [route for route in open_routes if not route.body[0] and route.framework not in ("grpc", "graphql")]
    certain = [route for route in open_routes if route not in unseen]
    if any(route.framework != "grpc" for route in certain):
        certain = [route for route in certain if route.framework != "grpc"]
    if certain:
        return _open(facts, certain, len(routes))
    if unseen:
        return unverified(
            f"the handlers of {len(unseen)} of {len(routes)} routes were not found, and no middleware guards them: "
            + names_of(unseen),
            *(route.at for route in unseen),
        )
    if not protected:
        return not_applicable(
            f"only routes that are public by nature are served: {names_of(routes)}", *(r.at for r in routes[:3])
        )
    if sockets := _open_sockets(facts):
        return failed(
            f"the WebSocket endpoint at {sockets[0].place} is open to all, and no interceptor asks who subscribes",
            *sockets,
        )
    return passed(
        f"{len(protected)} of {len(routes)} routes ask for credentials ({_means(protected)}); the others are public",
        *(route.at for route in protected),
        strength=Strength.WIRED,
    )


_ASKS_SOCKET = re.compile(
    r"ChannelInterceptor|configureClientInboundChannel|HandshakeInterceptor|HandshakeHandler|EnableWebSocketSecurity"
    r"|simpDestMatchers|simpSubscribeDestMatchers"
)
_SOCKET_FOR_ALL = re.compile(r"""["']/(?:ws|websocket|stomp|sockjs|socket)[\w/*-]*["'][^;]{0,300}?\.permitAll\(""")


def _open_sockets(facts: Facts) -> list[Problem]:
    """Spring's WebSocket endpoints that the security rules leave open and whose messages nothing checks."""
    marked = facts.code.decorated("*EnableWebSocketMessageBroker", "*EnableWebSocket")
    java = [file.path for file in facts.code.files if file.reached and file.path.endswith(".java")] if marked else []
    texts = {path: facts.repository.text(path) for path in java}
    if any(_ASKS_SOCKET.search(text) for text in texts.values()):
        return []
    if not any(_SOCKET_FOR_ALL.search(text) for text in texts.values()):
        return []
    return [Problem(f"{definition.name} opens a WebSocket to anybody", definition.at) for definition, _ in marked]


def asks(facts: Facts, route: Route) -> bool:
    """Whether a guard or the handler itself asks for credentials."""
    if any(is_asking(guard) for guard in route.guards):
        return True
    path, first, last = route.body
    if not path:
        return False
    code = without_prose(facts.repository.text(path), is_python=path.endswith(".py"))
    lines = LINE_ENDS.split(code)[first - 1 : min(last, first + 400)]
    return bool(_BODY_ASKS.search("\n".join(line for line in lines if not line.lstrip().startswith(("//", "#", "*")))))


def is_asking(guard: Guard) -> bool:
    """Whether a guard's name says that it asks for credentials."""
    if _NOT_ASKING.search(guard.name):
        return False
    outer, _, inner = guard.name.partition("(")
    if _OTHER.search(outer.rpartition(".")[2]):
        return False
    return bool(_ASKING.search(outer) or _ASKING.search(inner))


def _open(facts: Facts, routes: list[Route], total: int) -> Outcome:
    problems = [
        Problem(
            f"{route.method} {route.path} is served without authentication",
            route.at,
            None if route.mutates or route.framework in ("grpc", "graphql") else Severity.MEDIUM,
        )
        for route in routes
    ]
    writing = sum(route.mutates for route in routes)
    what = f"{writing} of them write" if writing else "all of them only read"
    return failed(
        f"{len(routes)} of {total} routes ask for no credentials, {what}: {names_of(routes)}",
        *problems,
        searched=(Searched(_SEARCHED, "guards, middleware and handlers of routes", len({r.at.path for r in routes})),),
    )


def _means(routes: list[Route]) -> str:
    names = dict.fromkeys(
        guard.name.partition("(")[0].rpartition(".")[2] or guard.name
        for route in routes
        for guard in route.guards
        if is_asking(guard)
    )
    return ", ".join(list(names)[:4]) or "in their handlers"


def _gateway(facts: Facts) -> Outcome | None:
    """Functions behind a managed endpoint, where code has no routes: the endpoint's own authorization decides."""
    problems: list[Problem] = []
    closed: list[Place] = []
    for resource in resources(facts, "aws_lambda_function_url", "aws_apigatewayv2_route", "aws_api_gateway_method"):
        value = resource.get("authorization_type", resource.get("authorization", resource.get("auth_type", "NONE")))
        if isinstance(value, Unknown) or resource.get("http_method") == "OPTIONS":
            continue
        key = resource.get("api_key_required")
        if str(value).upper() in ("NONE", "") and key is not True:
            problems.append(Problem(f"{resource.address} is reachable without authorization", resource.at))
        else:
            closed.append(resource.at)
    unclear: list[Place] = []
    for route in managed_routes(facts):
        if route.authorized is False and not PUBLIC_PATH.search(route.path):
            severity = Severity.MEDIUM if route.method == "GET" else None
            problems.append(
                Problem(f"{route} of {route.function} takes calls without an authorizer", route.at, severity)
            )
        elif route.authorized:
            closed.append(route.at)
        elif route.authorized is None:
            unclear.append(route.at)
    if problems:
        return failed(f"{len(problems)} managed endpoints take calls without authorization", *problems)
    if unclear:
        return unverified(f"the authorization of {len(unclear)} routes is said in an API document elsewhere", *unclear)
    if closed:
        return passed(f"all {len(closed)} managed endpoints ask for authorization", *closed, strength=Strength.WIRED)
    return None


_ANNOTATIONS = ("auth-url", "auth-signin", "auth-type", "auth-secret", "auth-tls-secret", "auth-idp", "iap")


def _edge_authentication(facts: Facts) -> tuple[Place, str] | None:
    """Authentication at the only way in: ingress annotations, ALB actions, an API gateway's authorizer, IAP."""
    ingresses = facts.kubernetes.of("Ingress")
    marked = [i for i in ingresses if any(key.endswith(_ANNOTATIONS) for key in i.annotations)]
    if ingresses and len(marked) == len(ingresses):
        return marked[0].at, f"every ingress asks ({marked[0].symbol})"
    # an API gateway beside the load balancer is another way in
    listeners = () if resources(facts, Kind.API) else resources(facts, Kind.LISTENER)
    for listener in listeners:
        for action in listener.blocks("default_action"):
            if str(action.get("type", "")).startswith("authenticate-"):
                return listener.at, f"{listener.address} authenticates"
    if iap := resources(facts, "google_iap_web_backend_service_iam_binding", "google_iap_web_iam_binding"):
        return iap[0].at, "Identity-Aware Proxy"
    return None


def _without_routes(facts: Facts) -> Outcome:
    services = scope.network_services(facts)
    if not services:
        if facts.code.foreign:
            names = ", ".join(f.language for f in facts.code.foreign)
            return unverified(
                f"code in {names} is not parsed, so its routes can't be seen", *(f.at for f in facts.code.foreign)
            )
        return not_applicable(
            "nothing is served over a network: no route, listener, published port or gateway was found"
        )
    return unverified(
        "network services are deployed, but no route of theirs is defined in code that can be read here", *services[:6]
    )
