"""Routes of Go: net/http, gorilla/mux, gin, echo, chi, fiber, gRPC."""

from __future__ import annotations

import re

from gonogo.facts.code import Argument, Call, CodeFile, Guard, Language
from gonogo.model.evidence import Place
from gonogo.tools.code.application import (
    Application,
    Draft,
    Drafts,
    Everywhere,
    Layer,
    Mount,
    Owner,
    guards_of,
    receiver,
)

_VERB = re.compile(
    r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|Any|ANY|Get|Post|Put|Patch|Delete|Head|Options|All|Match)$"
)
_FRAMEWORKS = (
    ("gin", "github.com/gin-gonic/gin"),
    ("echo", "github.com/labstack/echo"),
    ("chi", "github.com/go-chi/chi"),
    ("fiber", "github.com/gofiber/fiber"),
    ("gorilla", "github.com/gorilla/mux"),
    ("httprouter", "github.com/julienschmidt/httprouter"),
    ("net/http", "net/http"),
)
_CLIENTS = re.compile(
    r"^net/http\.(Client\.|Get$|Post$|Head$)|resty|http\.DefaultClient|\.Header|url\.Values|sync|viper|redis|cache",
    re.I,
)
_GO_PATTERN = re.compile(r"^(?:(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+)?(?:[\w.-]*)(/.*)$")


def read_go_routes(application: Application, drafts: Drafts) -> None:
    """Adds what Go files register."""
    for file in application.files:
        if file.language is Language.GO:
            for call in file.calls:
                _call(file, call, application, drafts)


def _framework(call: Call, file: CodeFile) -> str:
    for name, module in _FRAMEWORKS:
        if call.name.startswith(module):
            return name
    for name, module in _FRAMEWORKS:
        if file.imports_of(module) and name != "net/http":
            return name
    return "net/http" if file.imports_of("net/http") else ""


def _call(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    method = call.method
    if _CLIENTS.search(call.name):
        return
    if re.match(r"Register\w+Server$", method) and len(call.arguments) == 2:
        _grpc(file, call, drafts)
        return
    framework = _framework(call, file)
    if not framework:
        return
    owner = Owner(file.path, f"{call.function}:{receiver(call)}")
    if method in ("HandleFunc", "Handle", "HandlerFunc"):
        _handle(call, framework, owner, application, drafts)
    elif _VERB.match(method) and framework != "net/http" and isinstance(_value(call, 0), str):
        _verb(call, framework, owner, application, drafts)
    elif method in ("Method", "MethodFunc", "Add") and isinstance(_value(call, 1), str):
        verb, path = str(_value(call, 0) or "ANY"), str(_value(call, 1))
        _add(call, framework, verb.upper(), path, call.positional(2), [], owner, application, drafts)
    elif method in ("Group", "Route"):
        _group(call, owner, drafts, file)
    elif method in ("Use", "UseHandler"):
        for guard in guards_of(call.arguments, "router", call.at):
            drafts.layers.append(Layer(owner, guard, ordered=True))
    elif (
        method in ("ListenAndServe", "ListenAndServeTLS", "Serve")
        and call.name.startswith("net/http")
        and len(call.arguments) > 1
    ):
        _wrapped(call, call.arguments[1], application, drafts)
    elif call.name == "net/http.Server" and (handler := next((a for a in call.arguments if a.name == "Handler"), None)):
        _wrapped(call, handler, application, drafts)
    elif method in ("UnaryInterceptor", "ChainUnaryInterceptor", "StreamInterceptor") and "grpc" in call.name:
        for guard in guards_of(call.arguments, "app", call.at):
            drafts.layers.append(Layer(Owner(file.path, "grpc"), guard, ordered=False))


def _grpc(file: CodeFile, call: Call, drafts: Drafts) -> None:
    service = {"Health": "grpc.health", "ServerReflection": "grpc.reflection"}.get(call.method[8:-6], call.method[8:-6])
    at = Place(call.at.path, call.at.line, 0, f"RPC {service}")
    drafts.routes.append(Draft("grpc", "RPC", service, Owner(file.path, "grpc"), at, validated=True))


def _value(call: Call, index: int) -> object:
    argument = call.positional(index)
    return argument.value if argument is not None else None


def _wrapped(call: Call, handler: Argument, application: Application, drafts: Drafts) -> None:
    """``ListenAndServe(addr, logging(auth(mux)))``: what is wrapped around the router guards every route."""
    names = [
        n
        for n in re.findall(r"([\w.]+)\(", handler.text)
        if not re.search(r"New(ServeMux|Router)?$|h2c|func$|Handler$", n)
    ]
    for name in names:
        drafts.anywhere.append(Everywhere("go", application.component(call.at.path), Guard(name, "app", call.at)))


def _handle(call: Call, framework: str, owner: Owner, application: Application, drafts: Drafts) -> None:
    pattern = _value(call, 0)
    if not isinstance(pattern, str):
        argument = call.positional(0)
        text = argument.text if argument is not None else ""
        literal = re.search(r'"(/[^"]*)"', text)
        pattern = literal[1] if literal else ""
    match = _GO_PATTERN.match(pattern)
    if match is None:
        return
    _add(
        call,
        framework,
        match[1] or _chained_methods(call, application),
        match[2],
        call.positional(1),
        [],
        owner,
        application,
        drafts,
    )


def _chained_methods(call: Call, application: Application) -> str:
    """gorilla/mux: ``HandleFunc(...).Methods("GET")``."""
    file = application.by_path[call.at.path]
    for other in file.calls:
        if other.method == "Methods" and other.at.line == call.at.line and other.arguments:
            value = other.arguments[0].value
            if isinstance(value, str):
                return value.upper()
            if other.arguments[0].refers:
                return other.arguments[0].refers.rpartition("Method")[2].upper() or "ANY"
    return "ANY"


def _verb(call: Call, framework: str, owner: Owner, application: Application, drafts: Drafts) -> None:
    path = str(_value(call, 0))
    rest = [a for a in call.arguments[1:] if not a.name]
    if not rest:
        return
    handler, middle = (rest[0], rest[1:]) if framework == "echo" else (rest[-1], rest[:-1])
    method = {"ANY": "ANY", "ALL": "ANY", "MATCH": "ANY"}.get(call.method.upper(), call.method.upper())
    guards = guards_of(middle, "route", call.at)
    if ".With." in call.raw + ".":
        guards.append(Guard("With", "route", call.at))
    _add(call, framework, method, path, handler, guards, owner, application, drafts)


def _add(
    call: Call, framework: str, method: str, path: str, handler: Argument | None, guards: list[Guard], owner: Owner,
    application: Application, drafts: Drafts,
) -> None:  # fmt: skip
    name, body = application.body(handler, call)
    if handler is not None and handler.entries and handler.refers:
        # ``auth(handler)``: the wrapper guards, the wrapped one handles
        guards = [*guards, Guard(handler.refers, "route", call.at)]
    at = Place(call.at.path, call.at.line, 0, f"{method} {path}")
    owner = Owner(owner.path, re.sub(r"\.With$", "", owner.name))
    drafts.routes.append(Draft(framework, method, path, owner, at, name, guards, body))


def _group(call: Call, owner: Owner, drafts: Drafts, file: CodeFile) -> None:
    value = _value(call, 0)
    prefix = value if isinstance(value, str) else ""
    if call.at.end_line:
        drafts.containers.append((call.at.path, call.at.line, call.at.end_line, prefix))
    if call.target:
        guards = guards_of([a for a in call.arguments if not a.literal], "router", call.at)
        child = Owner(file.path, f"{call.function}:{call.target}")
        drafts.mounts.append(Mount(owner, child, prefix, guards, call.at))
