"""Where traffic from outside comes in, and whether it is encrypted there. Shared by checks of the network's edge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.kubernetes import Object
from gonogo.facts.repository import File
from gonogo.facts.resources import Resource, Unknown
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A way in. ``tls`` and ``renews`` are None where files can't tell; ``why`` completes "NAME ..."."""

    name: str
    at: Place
    tls: bool | None
    why: str
    renews: bool | None = None
    """Whether its certificate is renewed by itself."""
    inner: bool = False
    """Whether something else may stand in front of it: a proxy's configuration, not a way in that is declared."""
    hosted: bool = False
    """Whether a hosting platform's file is all that shows it."""


def entries(facts: Facts) -> tuple[Entry, ...]:
    """All ways in. Needs: terraform, cloudformation, kubernetes, compose, docker."""
    return (*_cloud(facts), *_cluster(facts), *_proxies(facts), *_platforms(facts))


_ALWAYS = {
    "aws_lambda_function_url": "is served over HTTPS by Lambda",
    "aws_apprunner_service": "is served over HTTPS by App Runner",
    "aws_amplify_app": "is served over HTTPS by Amplify",
    "aws_appsync_graphql_api": "is served over HTTPS by AppSync",
    "aws_api_gateway_rest_api": "is served over HTTPS by API Gateway",
    "aws_apigatewayv2_api": "is served over HTTPS by API Gateway",
    "google_cloud_run_service": "is served over HTTPS by Cloud Run",
    "google_cloud_run_v2_service": "is served over HTTPS by Cloud Run",
    "google_api_gateway_gateway": "is served over HTTPS by API Gateway",
    "google_app_engine_standard_app_version": "is served over HTTPS by App Engine",
    "azurerm_api_management": "is served over HTTPS by API Management",
    "digitalocean_app": "is served over HTTPS by App Platform",
}
_WEB_APPS = ("azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service", "azurerm_linux_function_app")


def _cloud(facts: Facts) -> Iterator[Entry]:
    for resource in resources(facts, *_ALWAYS):
        yield Entry(resource.address, resource.at, True, _ALWAYS[resource.type], renews=True)
    for listener in resources(facts, "aws_lb_listener", "aws_alb_listener"):
        if entry := _listener(facts, listener):
            yield entry
    for balancer in resources(facts, "aws_elb"):
        plain = [b for b in balancer.blocks("listener") if str(b.get("lb_protocol", "")).lower() in ("http", "tcp")]
        tls = [b for b in balancer.blocks("listener") if str(b.get("lb_protocol", "")).lower() in ("https", "ssl")]
        if (plain or tls) and not balancer.truth("internal"):
            why = "listens on plain HTTP" if plain else "listens on HTTPS"
            yield Entry(balancer.address, balancer.place("listener"), not plain, why, _certificate(facts, balancer))
    for cdn in resources(facts, "aws_cloudfront_distribution"):
        yield _distribution(facts, cdn)
    for app in resources(facts, *_WEB_APPS):
        only = app.truth("https_only")
        why = "accepts HTTPS only" if only else "accepts plain HTTP (https_only is not set)"
        yield Entry(app.address, app.place("https_only"), only, why, renews=True)
    for app in resources(facts, "azurerm_container_app"):
        loose = app.truth("ingress.allow_insecure_connections")
        if app.blocks("ingress"):
            yield Entry(
                app.address, app.place("ingress"), not loose, "accepts plain HTTP" if loose else "serves HTTPS", True
            )
    yield from _google_proxies(facts)


def _listener(facts: Facts, listener: Resource) -> Entry | None:
    protocol = listener.get("protocol", "HTTP")
    if isinstance(protocol, Unknown):
        return Entry(listener.address, listener.at, None, "has a protocol that is not in the code")
    if str(protocol).upper() in ("HTTPS", "TLS"):
        why = "listens on HTTPS"
        return Entry(listener.address, listener.at, True, why, _certificate(facts, listener, "certificate_arn"))
    if any(
        str(action.get("type", "")) in ("redirect", "fixed-response") for action in listener.blocks("default_action")
    ):
        return None
    balancers = [b for b in resources(facts, "aws_lb", "aws_alb") if listener.refers_to(b)]
    if any(balancer.truth("internal") for balancer in balancers):
        return None
    return Entry(listener.address, listener.at, False, f"listens on plain {protocol} without a redirect to HTTPS")


def _distribution(facts: Facts, cdn: Resource) -> Entry:
    behaviours = (*cdn.blocks("default_cache_behavior"), *cdn.blocks("ordered_cache_behavior"))
    plain = any(behaviour.get("viewer_protocol_policy") == "allow-all" for behaviour in behaviours)
    own = cdn.get("viewer_certificate.acm_certificate_arn")
    renews = _certificate(facts, cdn, "viewer_certificate") if own else True
    return Entry(cdn.address, cdn.at, not plain, "allows plain HTTP" if plain else "serves HTTPS", renews)


def _google_proxies(facts: Facts) -> Iterator[Entry]:
    for proxy in resources(facts, "google_compute_target_https_proxy"):
        managed = bool(
            resources(facts, "google_compute_managed_ssl_certificate", "google_certificate_manager_certificate")
        )
        yield Entry(proxy.address, proxy.at, True, "serves HTTPS", True if managed else None)
    maps = resources(facts, "google_compute_url_map")
    for proxy in resources(facts, "google_compute_target_http_proxy"):
        if not any(m.truth("default_url_redirect.https_redirect") for m in maps if proxy.refers_to(m)):
            yield Entry(proxy.address, proxy.at, False, "serves plain HTTP without a redirect to HTTPS")


def _certificate(facts: Facts, resource: Resource, path: str = "") -> bool | None:
    """Whether the certificate of a resource renews by itself: one that ACM issues does, an imported one does not."""
    certificates = resources(facts, "aws_acm_certificate")
    if isinstance(resource.get(path) if path else None, str):
        return None
    mine = [c for c in certificates if resource.refers_to(c)]
    # A listener often names the validation of the certificate instead of the certificate itself.
    validations = [v for v in resources(facts, "aws_acm_certificate_validation") if resource.refers_to(v)]
    mine += [c for v in validations for c in certificates if v.refers_to(c)]
    if not mine:
        return None
    return not any(c.get("private_key") is not None or c.get("certificate_body") is not None for c in mine)


_ISSUED = re.compile(r"cert-manager\.io/|managed-certificates|kubernetes\.io/tls-acme|aws-load-balancer-ssl-cert")
_ACM = "alb.ingress.kubernetes.io/certificate-arn"


def _cluster(facts: Facts) -> Iterator[Entry]:
    issued = bool(facts.kubernetes.of("Certificate", "ManagedCertificate"))
    for item in facts.kubernetes.of("Ingress", "IngressRoute", "Route", "Gateway", "HTTPProxy"):
        tls = _object_tls(item)
        if tls is None:
            continue
        managed = issued or any(_ISSUED.search(key) for key in item.annotations) or "certResolver" in str(item.spec)
        why = "terminates TLS" if tls else "serves plain HTTP: it has no TLS"
        yield Entry(item.symbol, item.at, tls, why, True if managed else None)
    for service in facts.kubernetes.of("Service"):
        if service.spec.text("type") == "LoadBalancer" and "internal" not in str(service.annotations).lower():
            yield _public_service(service)


def _object_tls(item: Object) -> bool | None:
    """Whether an object that routes traffic in terminates TLS; None for one that lets something else do it."""
    text = str(item.annotations)
    if item.kind == "Gateway":
        listeners = (*item.spec.maps("listeners"), *item.spec.maps("servers"))
        if not listeners:
            return None
        protocols = [f"{x.text('protocol')}{x.map('port').text('protocol')}".upper() for x in listeners]
        redirected = any(x.map("tls").get("httpsRedirect") for x in listeners)
        return redirected or any(p in ("HTTPS", "TLS") for p in protocols)
    if item.spec.get("tls") is not None or item.spec.map("virtualhost").get("tls") is not None:
        return True
    if _ACM in item.annotations or re.search(r"HTTPS|managed-certificates|ssl-redirect.{4,8}true", text):
        return True
    return None if re.search(r"scheme'?: '?internal\b|cloudflare|tailscale", text + str(item.spec)) else False


def _public_service(service: Object) -> Entry:
    ports = [port.text("port") for port in service.spec.maps("ports")]
    if _ISSUED.search(str(service.annotations)):
        return Entry(service.symbol, service.at, True, "terminates TLS at its load balancer", True)
    if set(ports) & {"443", "8443"}:
        return Entry(service.symbol, service.at, None, "passes port 443 on to its pods")
    return Entry(service.symbol, service.at, False, f"is a public load balancer on port {', '.join(ports)} without TLS")


_PROXY = re.compile(r"(^|/)(traefik|caddy|nginx|openresty|haproxy|envoy|httpd|swag|nginx-proxy|nginx-proxy-manager)\b")
_TUNNEL = re.compile(r"(^|/)(cloudflared|tailscale|ngrok|frpc|zrok)\b")
_ACME = re.compile(r"certbot|acme|letsencrypt|lego|dehydrated", re.IGNORECASE)


def _proxies(facts: Facts) -> Iterator[Entry]:
    """Proxies of compose projects, and the configuration of nginx, Caddy, Traefik and HAProxy that lies with them."""
    services = scope.compose_services(facts)
    acme = [
        s
        for s in services
        if _ACME.search(f"{s.name} {s.image} {s.spec.get('command', '')} {s.spec.get('labels', '')}")
    ]
    for service in services:
        if _TUNNEL.search(service.image):
            yield Entry(service.symbol, service.at, True, "takes traffic in through a tunnel with TLS", True)
    configured = [*_configured(facts)]
    renewed = bool(acme) or any("certbot" in f.path or "letsencrypt" in f.path for f in facts.repository.files)
    for name, place, tls, self_renewing in configured:
        why = "terminates TLS" if tls else "serves plain HTTP only"
        yield Entry(name, place, tls, why, True if self_renewing or renewed else None, inner=True)
    if not configured:
        for service in services:
            if _public(service) and _PROXY.search(service.image):
                tls = bool(acme) or any(port.target == "443" for port in service.ports)
                yield Entry(service.symbol, service.at, tls or None, "is a proxy", True if acme else None)


def _public(service: Service) -> bool:
    return any(port.published and port.host_ip not in ("127.0.0.1", "::1", "localhost") for port in service.ports)


_NGINX_TLS = re.compile(r"^\s*(listen\s+[^;]*\b443\b[^;]*|listen\s+[^;]*\bssl\b[^;]*|ssl_certificate\s+[^;]+);")
_NGINX_PLAIN = re.compile(r"^\s*listen\s+[^;]*;")
_TRAEFIK_TLS = re.compile(
    r"^[^#]*(certresolver|certificatesresolvers|routers\.[\w-]+\.tls\b|entrypoints\.\w+\.http\.tls|\btls:\s*(\{\}|true|$))",
    re.IGNORECASE,
)
_HAPROXY_TLS = re.compile(r"^\s*bind\s+.*\bssl\b.*\bcrt\b")


_PROXY_FILES = (
    "*nginx*", "**/nginx/**", "*.conf", "*.conf.template", "Caddyfile", "Caddyfile.*", "*.caddyfile", "*traefik*",
    "**/traefik/**", "*haproxy*.cfg",
)  # fmt: skip


def _configured(facts: Facts) -> Iterator[tuple[str, Place, bool, bool]]:
    """Name, place, whether TLS is on, and whether certificates come by themselves, of each proxy configuration."""
    repository = facts.repository
    files = [f for f in repository.match(*_PROXY_FILES) if f.size < 300_000 and not f.name.endswith(".md")]
    loaded = [f for f in files if _is_loaded(facts, f)]
    for tls in repository.grep(_NGINX_TLS, [f for f in loaded if _is_nginx(f)])[:1]:
        yield tls.path, tls, True, False
    for plain in repository.grep(_NGINX_PLAIN, [f for f in files if _is_nginx(f)])[:1]:
        yield plain.path, plain, False, False
    for file in files:
        if "caddyfile" in file.name.lower():
            place, tls_on, renews = _caddy(facts, file)
            if file in loaded or not tls_on:
                yield file.path, place, tls_on, renews
    found = repository.grep(_TRAEFIK_TLS, [f for f in loaded if "traefik" in f.path.lower()])
    found += repository.grep(_HAPROXY_TLS, [f for f in loaded if f.name.endswith(".cfg")])
    for place in found[:1]:
        yield place.path, place, True, "resolver" in repository.lines(place.path)[place.line - 1].lower()
    for service in scope.compose_services(facts):
        text = f"{service.spec.get('command', '')} {service.spec.get('labels', '')}"
        if _TRAEFIK_TLS.search(text):
            yield service.symbol, service.place("labels"), True, "resolver" in text.lower()
            break


def _is_nginx(file: File) -> bool:
    return bool(re.search(r"\.(conf|template|tpl|tmpl)$|nginx", file.name))


def _is_loaded(facts: Facts, file: File) -> bool:
    """Says whether a container gets the file: compose mounts it or a folder above it, or a Dockerfile copies it."""
    for project in facts.compose.projects:
        for service in project.services:
            sources = [normpath(join(project.folder, mount.source)) for mount in service.mounts if mount.source]
            if any(file.path == source or file.path.startswith(source.rstrip("/") + "/") for source in sources):
                return True
    copies = [c.value for d in facts.docker.shipped for s in d.stages for c in s.all("COPY", "ADD")]
    return any(file.name in copy or (file.folder and file.folder.rpartition("/")[2] in copy) for copy in copies)


def _caddy(facts: Facts, file: File) -> tuple[Place, bool, bool]:
    """Caddy gets a certificate for every site that is a host name, unless it is told not to."""
    for number, line in enumerate(facts.repository.lines(file), 1):
        if re.search(r"auto_https\s+off", line):
            return Place(file.path, number), False, False
        if re.match(r"^(https://)?(\{\$?[\w.:-]+\}|\*?[\w-]+(\.[\w-]+)+|\$\w+)[,\s{]", line) and not line.startswith(
            "http:"
        ):
            return Place(file.path, number), True, True
    return Place(file.path), False, False


_PLATFORM_FILES = (
    "fly.toml", "render.yaml", "vercel.json", "netlify.toml", "railway.json", "railway.toml", "wrangler.toml",
    "wrangler.jsonc", "app.yaml", "Procfile", "heroku.yml", ".platform.app.yaml", "nixpacks.toml", "apprunner.yaml",
    "manifest.yml", "koyeb.yaml",
)  # fmt: skip


def _platforms(facts: Facts) -> Iterator[Entry]:
    """Hosting platforms that serve HTTPS with certificates of their own by default."""
    for file in facts.repository.match(*_PLATFORM_FILES):
        if file.name == "app.yaml" and not facts.repository.grep(r"^(runtime|env):", [file]):
            continue
        if file.name == "manifest.yml" and not facts.repository.grep(r"^applications:", [file]):
            continue
        if file.name == "Procfile" and not facts.repository.grep(r"^web:", [file]):
            continue
        yield Entry(file.path, Place(file.path), True, "is hosted where HTTPS is the default", True, hosted=True)
