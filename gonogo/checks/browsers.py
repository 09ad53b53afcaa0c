"""What a browser is told: which origins may call, and which protections its pages get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.checks.routes import served
from gonogo.checks.workloads import code_elsewhere, unseen_code
from gonogo.facts import Facts
from gonogo.facts.code import Argument, Call, CodeFile, EnvRead, Language
from gonogo.facts.resources import as_tuple
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Severity, Strength
from gonogo.model.evidence import Place, Searched

_HEADER = re.compile(r"access-control-allow-origin", re.IGNORECASE)
_CONFIGURATION = (
    "*.conf",
    "nginx*",
    "*.conf.template",
    "vercel.json",
    "netlify.toml",
    "_headers",
    "Caddyfile*",
    "serverless*.y*ml",
    "application*.y*ml",
    "application*.properties",
    "staticwebapp.config.json",
    "firebase.json",
)


@dataclass(frozen=True)
class Policy:
    """One CORS policy. ``open`` is None where its origins come from outside."""

    what: str
    at: Place
    open: bool | None
    credentials: bool = False


def cors_restricted(facts: Facts) -> Outcome:
    """Every CORS policy names its origins."""
    policies = [*_in_code(facts), *_in_settings(facts), *_in_infrastructure(facts), *_in_headers(facts)]
    wide = [policy for policy in policies if policy.open]
    if wide:
        problems = [
            Problem(
                f"{policy.what} allows every origin" + (" with credentials" if policy.credentials else ""),
                policy.at,
                Severity.HIGH if policy.credentials else None,
            )
            for policy in wide
        ]
        return failed(f"{len(wide)} of {len(policies)} CORS policies allow every origin: {wide[0].what}", *problems)
    if policies:
        named = [policy for policy in policies if policy.open is False]
        if not named:
            return unverified(
                "the allowed origins come from outside the repository", *(policy.at for policy in policies)
            )
        return passed(
            f"CORS names its origins: {named[0].what}", *(policy.at for policy in policies), strength=Strength.WIRED
        )
    return _no_policy(facts)


def _no_policy(facts: Facts) -> Outcome:
    searched = Searched(
        ("CORS", "Access-Control-Allow-Origin"), "code, proxies and infrastructure code", len(facts.code.files)
    )
    services = scope.network_services(facts)
    if services and facts.code.browser and served(facts):
        return passed(
            "no CORS header is set, so browsers keep other origins out of the API by default",
            *services[:3],
            strength=Strength.DEFINED,
            searched=(searched,),
        )
    if not services and facts.code.foreign:
        return unverified(
            "code in a language that is not parsed may set CORS headers", *(f.at for f in facts.code.foreign)
        )
    if running := code_elsewhere(facts):
        return unseen_code(running, "its CORS policy")
    return not_applicable("no API for browsers: no front end and no CORS policy was found", searched=(searched,))


_POLICY_CALLS = re.compile(
    r"(?:^|\.)(?:CORSMiddleware|CORS|cors|enableCors|crossOrigin|CrossOrigin|AllowAll|allowedOrigins|addAllowedOrigin|setAllowedOrigins|"
    r"allowedOriginPatterns|setAllowedOriginPatterns|addAllowedOriginPattern|cross_origin)$|^(?:cors|@fastify/cors|@koa/cors|koa2?-cors|hono/cors|@elysiajs/cors)(?:\.|$)|"
    r"github\.com/(?:rs/cors|gin-contrib/cors|go-chi/cors|gofiber/fiber[\w/.]*cors)\.|echo[\w/.]*middleware\.CORS"
)


def _in_code(facts: Facts) -> Iterator[Policy]:
    for file in facts.code.files:
        if not file.reached:
            continue
        decorators = [decorator for definition in file.definitions for decorator in definition.decorators]
        for call in (*file.calls, *decorators):
            if call.method in ("add_middleware", "register", "use", "Use", "Middleware"):
                wrapped = next(
                    (a for a in call.arguments if _POLICY_CALLS.search(a.refers) and "(" not in a.text), None
                )
                if wrapped is None:
                    continue
                yield _policy(facts, call, call.arguments[call.arguments.index(wrapped) + 1 :] or call.arguments)
            elif _POLICY_CALLS.search(call.name) and _is_library(file, call) and not _is_getter(file, call):
                yield _policy(facts, call, call.arguments)


def _is_library(file: CodeFile, call: Call) -> bool:
    """Whether the name is a library's, not a function of ours that is called alike."""
    known = call.name != call.raw or file.language is Language.JAVA or call.method == "enableCors"
    return known or bool(file.imports_of(call.name.partition(".")[0]))


def _is_getter(file: CodeFile, call: Call) -> bool:
    """``properties.allowedOrigins()`` of a Java record reads the setting."""
    return file.language is Language.JAVA and call.method.startswith("allowed") and not call.arguments


def _policy(facts: Facts, call: Call, arguments: tuple[Argument, ...]) -> Policy:
    what = call.raw + (f"({arguments[0].text[:60]})" if arguments and call.method != "add_middleware" else "")
    given = _origins(arguments, call)
    credentials = _option(
        arguments, "allow_credentials", "credentials", "supports_credentials", "AllowCredentials", "allowCredentials"
    )
    with_credentials = credentials is not None and credentials.value is True
    if call.method == "AllowAll" or (call.name.endswith("cors.Default") and "gin-contrib" in call.name):
        return Policy(what, call.at, True)
    if given is None:
        defaults_open = not any(a.refers or a.text.startswith(("{", "[")) is False for a in arguments if not a.literal)
        python = call.method in ("CORSMiddleware", "add_middleware")
        return Policy(what, call.at, False if python else True if defaults_open else None, with_credentials)
    return Policy(what, call.at, _is_open(facts, given), with_credentials)


_ORIGIN_KEYS = (
    "allow_origins",
    "origins",
    "origin",
    "AllowOrigins",
    "AllowedOrigins",
    "allowedOrigins",
    "allow_origin_regex",
    "AllowAllOrigins",
    "originPatterns",
    "value",
    "resources",
)


def _origins(arguments: tuple[Argument, ...], call: Call) -> Argument | None:
    if found := _option(arguments, *_ORIGIN_KEYS):
        return found
    if (
        call.method
        in (
            "allowedOrigins",
            "addAllowedOrigin",
            "setAllowedOrigins",
            "allowedOriginPatterns",
            "setAllowedOriginPatterns",
            "addAllowedOriginPattern",
            "CrossOrigin",
        )
        and arguments
    ):
        return arguments[0]
    return None


def _option(arguments: tuple[Argument, ...], *names: str) -> Argument | None:
    for argument in arguments:
        if argument.name in names:
            return argument
        if found := argument.entry(*names):
            return found
        for entry in argument.entries:
            if found := entry.entry(*names):
                return found
    return None


def _is_open(facts: Facts, given: Argument) -> bool | None:
    values = [given, *given.entries, *(inner for entry in given.entries for inner in entry.entries)]
    if any(v.value in ("*", ".*", "^.*$", "http*", "https?://.*") or v.value is True for v in values if v.literal):
        return True
    if given.literal or (given.entries and all(entry.literal for entry in given.entries)):
        return False
    if re.search(r"""['"]\*['"]""", given.text):
        return True
    if re.search(r"callback\(null,\s*true\)", given.text) and not re.search(
        r"includes|indexOf|test\(|allow|white", given.text, re.I
    ):
        return True
    return _from_settings(facts, given)


def _from_settings(facts: Facts, given: Argument) -> bool | None:
    """Origins from a variable: its constant, its default or its environment fallback decides."""
    name = re.split(r"[.\s(\[]", given.text.strip())[-1] if "." in given.text else given.text.strip()
    last = re.findall(r"\w+", given.text)
    for file in facts.code.files:
        for item in file.assignments:
            if item.name.rpartition(".")[2] in {name, *last[-1:]} and item.value.text:
                return bool(re.search(r"""['"]\*['"]""", item.value.text)) or (
                    False if item.value.literal or item.value.entries else None
                )
    reads: list[EnvRead] = [e for f in facts.code.files for e in f.env if e.name in last]
    return any(read.fallback == "*" for read in reads)


def _in_settings(facts: Facts) -> Iterator[Policy]:
    """Django's settings."""
    for file in facts.code.files:
        for item in file.assignments:
            name = item.name.rpartition(".")[2]
            if name in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL") and item.value.literal:
                yield Policy(f"{name} = {item.value.value}", item.at, bool(item.value.value))
            elif name in ("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST", "CORS_ALLOWED_ORIGIN_REGEXES"):
                yield Policy(name, item.at, '"*"' in item.value.text)


def _in_infrastructure(facts: Facts) -> Iterator[Policy]:
    for resource in resources(facts, "aws_apigatewayv2_api", "aws_lambda_function_url"):
        block = "cors_configuration" if resource.type == "aws_apigatewayv2_api" else "cors"
        for cors in resource.blocks(block):
            origins = as_tuple(cors.get("allow_origins"))
            yield Policy(
                f"{resource.address} {block}", resource.at, "*" in origins, cors.get("allow_credentials") is True
            )
    for item in facts.kubernetes.of("Ingress"):
        keys = {str(key): str(item.annotations.get(key)) for key in item.annotations}
        enabled = next((key for key in keys if key.endswith("/enable-cors") and keys[key] == "true"), "")
        if enabled:
            origin = next((value for key, value in keys.items() if key.endswith("cors-allow-origin")), "*")
            yield Policy(f"{item.symbol} enables CORS", item.at, origin.strip() == "*")


def _in_headers(facts: Facts) -> Iterator[Policy]:
    """The header written by hand, in code or in a proxy's configuration."""
    code = [
        facts.repository.by_path[file.path]
        for file in facts.code.files
        if file.reached and file.path not in facts.code.browser
    ]
    files = [*code, *facts.repository.match(*_CONFIGURATION, "*.tf", "template*.y*ml")]
    for place in facts.repository.search(("Access-Control-Allow-Origin",), files, most=20).hits:
        lines = facts.repository.lines(place.path)
        line = lines[place.line - 1]
        if line.lstrip().startswith(("#", "//", "*")) or re.search(r"Allow-Origin['\"]?\s*\]?\s*(===?|\)|in\b)", line):
            continue
        after = line[_HEADER.search(line).end() :] if _HEADER.search(line) else ""  # type: ignore[union-attr]
        near = (
            after
            + " "
            + (lines[place.line] if place.line < len(lines) and not re.search(r"\w", after.strip("\"',: ")) else "")
        )
        star = bool(re.search(r"""['"\s:]\*['"]?""", near)) or "'*'" in near
        yield Policy(
            f"Access-Control-Allow-Origin at {place}",
            place,
            star or (None if re.search(r"[$\w.]+\(|origin", near, re.I) else False),
        )


_PROTECTIONS = {
    "content security policy": ("Content-Security-Policy", "contentSecurityPolicy", "CSP_DEFAULT_SRC", "SECURE_CSP"),
    "strict transport security": ("Strict-Transport-Security", "SECURE_HSTS_SECONDS", "strictTransportSecurity"),
    "frame options": (
        "X-Frame-Options",
        "frame-ancestors",
        "X_FRAME_OPTIONS",
        "XFrameOptionsMiddleware",
        "frameOptions",
    ),
    "content type options": ("X-Content-Type-Options", "SECURE_CONTENT_TYPE_NOSNIFF", "nosniff"),
}
_LIBRARIES = (
    "helmet",
    "@fastify/helmet",
    "koa-helmet",
    "hono/secure-headers",
    "flask_talisman",
    "secure",
    "secweb",
    "nosecone",
    "github.com/unrolled/secure",
    "github.com/gin-contrib/secure",
    "next-secure-headers",
    "@nuxt/security",
    "nuxt-security",
)


def security_headers(facts: Facts) -> Outcome:
    """A library that sets them all, or at least three of the four that matter, where pages are served."""
    front = _front(facts)
    if not front and (running := code_elsewhere(facts)):
        return unseen_code(running, "whether it sets security headers")
    if not front:
        return not_applicable("no web front: no pages, templates or front end are served")
    if library := _header_library(facts):
        return passed(f"{library[0]} sets security headers", library[1], strength=Strength.WIRED)
    code = [facts.repository.by_path[f.path] for f in facts.code.files if f.reached]
    configuration = facts.repository.match(
        *_CONFIGURATION,
        "next.config.*",
        "nuxt.config.*",
        "svelte.config.*",
        "vite.config.*",
        "*.tf",
        "*.yml",
        "*.yaml",
        "index.html",
    )
    found: dict[str, Place] = {}
    for name, terms in _PROTECTIONS.items():
        hits = facts.repository.search(terms, [*code, *configuration], most=8).hits
        for place in hits:
            line = facts.repository.lines(place.path)[place.line - 1].strip()
            if not line.startswith(("#", "//", "*")):
                found.setdefault(name, place)
    if policies := resources(facts, "aws_cloudfront_response_headers_policy"):
        found.setdefault("response headers policy", policies[0].at)
        found.setdefault("frame options", policies[0].at)
        found.setdefault("content type options", policies[0].at)
    if len(found) >= 3:
        return passed(f"set: {', '.join(found)}", *found.values(), strength=Strength.WIRED)
    searched = Searched(
        (*tuple(t[0] for t in _PROTECTIONS.values()), "helmet", "talisman"),
        "code, proxies and infrastructure",
        len(code),
    )
    have = f"only {', '.join(found)}" if found else "no security header"
    return failed(
        f"{have} is set on what browsers get",
        Problem(f"{have} is set for the web front", front[0]),
        searched=(searched,),
    )


def _front(facts: Facts) -> tuple[Place, ...]:
    """Pages: front-end code of ours, HTML that is served, templates that a server renders."""
    pages = facts.repository.match(
        "index.html",
        "**/templates/**/*.html",
        "**/views/**/*.{ejs,pug,hbs}",
        "*.html.erb",
        "*.cshtml",
        "*.jsp",
        "*.blade.php",
    )
    found = [Place(file.path) for file in pages if not file.local.startswith(("docs/", "doc/", "reports/"))]
    views = [Place(path) for path in sorted(facts.code.browser) if path.endswith((".tsx", ".jsx", ".vue", ".svelte"))]
    return (*found, *views)


def _header_library(facts: Facts) -> tuple[str, Place] | None:
    for call in facts.code.middleware:
        text = " ".join([call.name, *(argument.refers for argument in call.arguments)])
        if re.search(
            r"helmet|[sS]ecure_?[hH]eaders|[tT]alisman|SecurityHeaders|gin-contrib/secure|unrolled/secure|nosecone|django\.middleware\.security",
            text,
        ):
            return call.name if "helmet" not in text else "helmet", call.at
    for call in facts.code.calls("flask_talisman.Talisman", "helmet", "secure.Secure*"):
        return call.name, call.at
    for file in facts.code.files:
        for item in file.assignments:
            middleware = item.name.endswith("MIDDLEWARE") and "SecurityMiddleware" in str(
                [e.value for e in item.value.entries]
            )
            if middleware and any(
                a.name.endswith("SECURE_HSTS_SECONDS") for f in facts.code.files for a in f.assignments
            ):
                return "Django's SecurityMiddleware", item.at
    security = facts.code.imports(
        "org.springframework.security.config.annotation.web", "org.springframework.security.web"
    )
    if security:
        return "Spring Security", security[0].at
    return None
