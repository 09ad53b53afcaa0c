"""Routes of Java: Spring MVC and WebFlux, JAX-RS."""

from __future__ import annotations

import re

from gonogo.facts.code import Argument, Call, CodeFile, Definition, Guard, Language
from gonogo.model.evidence import Place
from gonogo.tools.code.application import Application, Draft, Drafts, Everywhere, Owner, span

_MAPPING = re.compile(r"^(Get|Post|Put|Patch|Delete|Request)Mapping$")
_JAX = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_GUARDING = frozenset(
    {"PreAuthorize", "Secured", "RolesAllowed", "Authenticated", "RateLimiter", "PermitAll", "DenyAll"}
)


def read_java_routes(application: Application, drafts: Drafts) -> None:
    """Adds what Java classes map, and a security filter chain as a guard of all of it."""
    for file in application.files:
        if file.language is not Language.JAVA:
            continue
        for definition in file.definitions:
            if definition.kind == "class":
                _class(file, definition, drafts)
            elif (
                _last(definition.parameters) == "HttpSecurity"
                or "SecurityWebFilterChain" in definition.name
                or any(
                    p.refers.rpartition(".")[2] in ("HttpSecurity", "ServerHttpSecurity") for p in definition.parameters
                )
            ):
                _security(file, definition, application, drafts)


def _last(parameters: tuple[Argument, ...]) -> str:
    return parameters[0].refers.rpartition(".")[2] if parameters else ""


def _security(file: CodeFile, definition: Definition, application: Application, drafts: Drafts) -> None:
    """Spring Security: ``anyRequest().authenticated()`` guards all; ``permitAll`` on everything does not."""
    text = application.text(span(definition.at))
    where = ("spring", application.component(file.path))
    if re.search(
        r"anyRequest\(\)\s*\.\s*(authenticated|hasRole|hasAuthority|hasAny|denyAll|fullyAuthenticated)|anyExchange\(\)\s*\.\s*authenticated",
        text,
    ):
        drafts.anywhere.append(
            Everywhere(*where, Guard("spring security: anyRequest().authenticated()", "app", definition.at))
        )
    elif "permitAll" not in text and "authenticated()" in text:
        drafts.anywhere.append(Everywhere(*where, Guard("spring security: authenticated()", "app", definition.at)))


def _class(file: CodeFile, definition: Definition, drafts: Drafts) -> None:
    marks = {d.raw.rpartition(".")[2]: d for d in definition.decorators}
    if "FeignClient" in marks:
        return
    controller = bool(
        {"RestController", "Controller", "RestControllerAdvice"} & set(marks)
    ) and "ControllerAdvice" not in "".join(marks)
    resource = "Path" in marks
    if not controller and not resource and "RequestMapping" not in marks:
        return
    prefix = _path(marks.get("RequestMapping")) if controller or "RequestMapping" in marks else _path(marks.get("Path"))
    outer = [Guard(d.name, "router", d.at) for name, d in marks.items() if name in _GUARDING]
    for method in file.definitions:
        if method.name.rpartition(".")[0] == definition.name:
            _method(file, method, prefix, outer, drafts)


def _method(file: CodeFile, method: Definition, prefix: str, outer: list[Guard], drafts: Drafts) -> None:
    marks = {d.raw.rpartition(".")[2]: d for d in method.decorators}
    guards = outer + [Guard(d.name, "route", d.at) for name, d in marks.items() if name in _GUARDING]
    own: Call | None = None
    verb = ""
    for name, decorator in marks.items():
        if match := _MAPPING.match(name):
            own, verb = decorator, match[1].upper()
            if verb == "REQUEST":
                listed = decorator.argument("method")
                verb = listed.text.rpartition(".")[2].strip("{} ") if listed is not None else "ANY"
        elif name in _JAX:
            own, verb = marks.get("Path", decorator), name
    if own is None:
        return
    path = "/" + "/".join(part.strip("/") for part in (prefix, _path(own)) if part.strip("/"))
    bodies = [p for p in method.parameters if any(e.name == "@RequestBody" for e in p.entries)]
    checked = all(any(e.name in ("@Valid", "@Validated") for e in p.entries) for p in bodies)
    at = Place(own.at.path, own.at.line, 0, f"{verb} {path}")
    validated = checked if bodies else True
    drafts.routes.append(
        Draft(
            "spring" if "Path" not in marks else "jax-rs",
            verb,
            path,
            Owner(file.path, ""),
            at,
            method.name,
            guards,
            span(method.at),
            validated,
        )
    )


def _path(mark: Call | None) -> str:
    if mark is None:
        return ""
    argument = mark.argument("value", "path") or mark.positional(0)
    if argument is None:
        return ""
    if isinstance(argument.value, str):
        return argument.value
    first = argument.entries[0] if argument.entries else None
    return str(first.value) if first is not None and isinstance(first.value, str) else ""
