"""Routes of Python: FastAPI, Starlette, Flask, Django and its REST framework, aiohttp, http.server, and their kin."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.facts.code import Argument, Call, CodeFile, Definition, Guard, Language
from gonogo.model.evidence import Place
from gonogo.tools.code.application import (
    METHODS,
    Application,
    Draft,
    Drafts,
    Everywhere,
    Layer,
    Mount,
    Owner,
    guard_name,
    guards_of,
    owner_of,
    receiver,
    span,
)

_DECORATED = re.compile(
    r"(?:^|\.)(fastapi|flask|flask_openapi3|quart|sanic|bottle|aiohttp|litestar|starlette|robyn|apiflask|ninja|chalice|"
    r"flask_smorest|flask_restx|blacksheep)\b.*\.(get|post|put|patch|delete|head|options|route|api_route|websocket)$"
)
_BARE = re.compile(r"^litestar\.(?:handlers\.)?(get|post|put|patch|delete|head)$")
_LOOSE = re.compile(
    r"^(?:\w*(?:app|router|api|bp|blueprint|routes|server)\w*)\.(get|post|put|patch|delete|route)$", re.I
)
_DEPENDENCY = re.compile(r"\b(?:Depends|Security)\(\s*([\w.]+)")
_PATH_LITERAL = re.compile(r"""["'](/[\w./{}<>:*-]*)["']""")
_VERB = re.compile(r"\bdo_(GET|POST|PUT|PATCH|DELETE|HEAD)$")
_RAW_INPUT = re.compile(r"await request\.(?:json|body|form)\(|request\.(?:json|body|form)\(\)")
_UNTYPED = re.compile(r"^(?:dict|Dict\b|Any\b|typing\.Any)")


def read_python_routes(application: Application, drafts: Drafts) -> None:
    """Adds what Python files register."""
    aliases = _annotated_dependencies(application)
    _rest_settings(application, drafts)
    for file in application.files:
        if file.language is not Language.PYTHON:
            continue
        for definition in file.definitions:
            for decorator in definition.decorators:
                _decorated(file, definition, decorator, application, drafts, aliases)
            if definition.kind == "class":
                _handler_class(file, definition, application, drafts)
        for call in file.calls:
            _registration(file, call, application, drafts)


def _annotated_dependencies(application: Application) -> dict[str, str]:
    """``CurrentUser = Annotated[User, Depends(get_current_user)]``: the dependency by the last part of the name."""
    found: dict[str, str] = {}
    for file in application.files:
        for item in file.assignments:
            if match := _DEPENDENCY.search(item.value.text):
                found[item.name.rpartition(".")[2]] = match[1]
    return found


def _decorated(
    file: CodeFile,
    definition: Definition,
    decorator: Call,
    application: Application,
    drafts: Drafts,
    aliases: dict[str, str],
) -> None:
    name = decorator.name
    if (
        name.endswith((".before_request", ".before_app_request", ".middleware", ".url_value_preprocessor"))
        and "." in decorator.raw
    ):
        guard = Guard(definition.name, "app", definition.at)
        drafts.layers.append(Layer(Owner(file.path, receiver(decorator)), guard, ordered=False))
        return
    match = _DECORATED.search(name)
    path_argument = decorator.positional(0) or decorator.argument("path", "rule", "uri")
    path = str(path_argument.value) if path_argument is not None and isinstance(path_argument.value, str) else ""
    if match is None:
        bare = _BARE.match(name)
        loose = _LOOSE.match(decorator.raw) if path.startswith("/") or bare else None
        if bare is None and loose is None:
            return
        framework, verb = ("litestar", bare[1]) if bare else (_framework(file), loose[1] if loose else "")
    else:
        framework, verb = match[1], match[2]
    if verb == "websocket":
        methods: list[str] = ["GET"]
    elif verb in ("route", "api_route"):
        methods = _methods(decorator) or ["GET"]
    else:
        methods = [verb.upper()]
    owner = Owner(file.path, receiver(decorator))
    others = [d for d in definition.decorators if d is not decorator and not _DECORATED.search(d.name)]
    guards = [Guard(_decorator_name(d), "route", d.at) for d in others]
    if (dependencies := decorator.argument("dependencies", "middleware", "guards", "auth")) is not None:
        guards += guards_of([dependencies], "route", decorator.at)
    guards += _parameter_guards(definition, aliases)
    body = span(definition.at)
    validated = (
        _typed(definition, application.text(body)) if framework in ("fastapi", "litestar", "ninja", "robyn") else None
    )
    for method in methods:
        at = Place(decorator.at.path, decorator.at.line, decorator.at.end_line, f"{method} {path}")
        drafts.routes.append(Draft(framework, method, path, owner, at, definition.name, list(guards), body, validated))
    if definition.kind == "class":
        drafts.routes.pop()
        _class_methods(file, definition, path, owner, framework, guards, drafts)


def _framework(file: CodeFile) -> str:
    for name in ("fastapi", "flask", "aiohttp", "sanic", "starlette", "quart", "bottle"):
        if file.imports_of(name):
            return name
    return "python"


def _decorator_name(decorator: Call) -> str:
    inside = [a.refers or a.text for a in decorator.arguments if not a.literal]
    return decorator.name + (f"({', '.join(inside)})"[:160] if inside else "")


def _methods(call: Call) -> list[str]:
    listed = call.argument("methods", "method")
    if listed is None:
        return []
    values = [entry.value for entry in listed.entries] if listed.entries else [listed.value]
    return [str(value).upper() for value in values if isinstance(value, str)]


def _parameter_guards(definition: Definition, aliases: dict[str, str]) -> list[Guard]:
    found: list[Guard] = []
    for parameter in definition.parameters:
        for match in _DEPENDENCY.finditer(parameter.text):
            found.append(Guard(match[1], "route", definition.at))
        kind = parameter.text.partition("=")[0].strip().rpartition(".")[2]
        if kind in aliases:
            found.append(Guard(aliases[kind], "route", definition.at))
    return found


def _typed(definition: Definition, text: str) -> bool:
    """FastAPI validates what has a type; a raw request or a plain dictionary passes it by."""
    raw = bool(_RAW_INPUT.search(text)) and not re.search(r"model_validate|parse_obj|\.load\(|validate\(", text)
    untyped = any(_UNTYPED.match(p.text) for p in definition.parameters if "Depends" not in p.text)
    return not raw and not untyped


def _class_methods(
    file: CodeFile, definition: Definition, path: str, owner: Owner, framework: str, guards: list[Guard], drafts: Drafts
) -> None:
    for other in file.definitions:
        outer, _, verb = other.name.rpartition(".")
        if outer == definition.name and verb.upper() in METHODS:
            own = [Guard(_decorator_name(d), "route", d.at) for d in other.decorators]
            at = Place(other.at.path, other.at.line, 0, f"{verb.upper()} {path}")
            drafts.routes.append(
                Draft(framework, verb.upper(), path, owner, at, other.name, guards + own, span(other.at))
            )


def _handler_class(file: CodeFile, definition: Definition, application: Application, drafts: Drafts) -> None:
    """``http.server`` handlers: every path literal of the class is served by its ``do_`` methods."""
    if not any(base.endswith("HTTPRequestHandler") for base in definition.bases):
        return
    first, last = definition.at.line, max(definition.at.end_line, definition.at.line)
    lines = application.repository.lines(file.path)[first - 1 : last]
    paths = [
        (match[1], first + offset)
        for offset, line in enumerate(lines)
        for match in _PATH_LITERAL.finditer(line)
        if not line.lstrip().startswith("#") and re.search(r"path|==|:\s*self|:\s*\w+,?\s*$|startswith|\bcase\b", line)
    ]
    for other in file.definitions:
        verb = _VERB.search(other.name)
        if verb is None or other.name.rpartition(".")[0] != definition.name:
            continue
        own = [(p, n) for p, n in paths if other.at.line <= n <= max(other.at.end_line, other.at.line)] or paths
        for path, line in own or [("*", other.at.line)]:
            at = Place(file.path, line, 0, f"{verb[1]} {path}")
            drafts.routes.append(
                Draft(
                    "http.server", verb[1], path, Owner(file.path, definition.name), at, other.name, body=span(other.at)
                )
            )


def _registration(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    name, method = call.name, call.method
    if method in ("include_router", "register_blueprint", "mount", "add_router", "blueprint") and "." in call.raw:
        _mount(file, call, application, drafts)
    elif method in (
        "FastAPI",
        "APIRouter",
        "Starlette",
        "Blueprint",
        "Application",
        "APIBlueprint",
        "NinjaAPI",
        "Router",
        "Flask",
    ):
        _constructed(file, call, drafts)
    elif method in ("before_request", "before_app_request") and call.arguments:
        _before_request(file, call, application, drafts)
    elif method == "add_middleware" and call.arguments:
        guard = Guard(call.arguments[0].refers or call.arguments[0].text, "app", call.at)
        drafts.layers.append(Layer(Owner(file.path, receiver(call)), guard, ordered=False))
    elif name in ("django.urls.path", "django.urls.re_path", "django.conf.urls.url"):
        _django_path(file, call, application, drafts)
    elif method == "register" and "rest_framework" in name:
        _viewset(file, call, application, drafts)
    elif name.startswith("starlette.routing.Route") or method in (
        "add_url_rule",
        "add_api_route",
        "add_route",
        "add_resource",
    ):
        _explicit(file, call, application, drafts)
    elif re.search(r"aiohttp\.web\.(get|post|put|patch|delete|route)$", name) or re.search(
        r"\.add_(get|post|put|delete|patch)$", name
    ):
        _aiohttp(file, call, application, drafts)
    elif re.search(r"\.add_\w+Servicer_to_server$", name):
        at = Place(call.at.path, call.at.line, 0, call.method)
        drafts.routes.append(Draft("grpc", "RPC", call.method[4:-10], Owner(file.path, "grpc"), at, validated=True))


def _before_request(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    """``blueprint.before_request(check)``; in a function that gets the blueprint, for all that it is called with."""
    guard = Guard(guard_name(call.arguments[0]), "router", call.at)
    enclosing = next((d for d in file.definitions if d.name == call.function), None)
    if enclosing is not None and receiver(call) in {parameter.name for parameter in enclosing.parameters}:
        drafts.anywhere.append(Everywhere("flask", "", guard))
    else:
        drafts.layers.append(Layer(owner_of(file, receiver(call), application), guard, ordered=False))


def _literal(argument: Argument | None) -> str:
    return str(argument.value) if argument is not None and isinstance(argument.value, str) else ""


def _mount(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    router = next((a for a in call.arguments if not a.literal and a.name in ("", "router", "blueprint", "app")), None)
    if router is None:
        return
    prefix = _literal(call.argument("prefix", "url_prefix")) or _literal(
        next((a for a in call.arguments if a.literal), None)
    )
    guards = guards_of([a for a in call.arguments if a.name == "dependencies"], "router", call.at)
    if condition := _development_only(application.repository.lines(file.path), call.at.line):
        guards.append(Guard(f"development only: {condition}", "router", call.at))
    child = owner_of(file, router.text, application)
    drafts.mounts.append(Mount(Owner(file.path, receiver(call)), child, prefix, guards, call.at))


_DEVELOPMENT = re.compile(r"^(if\b.*(?:environment|env\b|debug|is_?dev|development|testing).*):", re.I)


def _development_only(lines: list[str], line: int) -> str:
    """The condition that a registration stands under, where it is about the environment."""
    own = lines[line - 1]
    indent = len(own) - len(own.lstrip())
    for number in range(line - 2, max(line - 8, -1), -1):
        above = lines[number]
        if above.strip() and len(above) - len(above.lstrip()) < indent:
            match = _DEVELOPMENT.match(above.strip())
            return match[1] if match else ""
    return ""


def _constructed(file: CodeFile, call: Call, drafts: Drafts) -> None:
    owner = Owner(file.path, call.target)
    for argument in call.arguments:
        if argument.name in ("dependencies", "middleware", "middlewares", "auth"):
            for guard in guards_of(
                [argument], "app" if call.method in ("FastAPI", "Starlette", "Application") else "router", call.at
            ):
                drafts.layers.append(Layer(owner, guard, ordered=False))
    prefix = _literal(call.argument("prefix", "url_prefix"))
    if prefix and call.target:
        for draft in drafts.routes:
            if draft.owner == owner:
                draft.path = prefix.rstrip("/") + (
                    draft.path if draft.path.startswith("/") or not draft.path else "/" + draft.path
                )


def _django_path(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    route, view = call.positional(0), call.positional(1) or call.argument("view")
    if view is None:
        return
    path = "/" + _literal(route).lstrip("^/").rstrip("$")
    if view.refers.endswith((".include", "include")):
        target = view.entries[0] if view.entries else None
        module = _literal(target)
        other = next(
            (f.path for f in application.files if module and f.path.endswith(module.replace(".", "/") + ".py")), ""
        )
        if other:
            drafts.mounts.append(Mount(Owner(file.path, "urls"), Owner(other, "urls"), path, [], call.at))
        return
    if "admin.site" in view.text or view.refers.startswith(
        ("django.contrib.admin", "drf_spectacular", "django.views.generic.RedirectView")
    ):
        return
    wrappers = [w for w in re.findall(r"(\w+)\(", view.text) if w not in ("as_view", "include")]
    named = view.refers.removesuffix(".as_view")
    found = application.find(named, file.path)
    guards = [Guard(w, "route", call.at) for w in wrappers]
    if found is not None:
        _view(found, path, call, guards, drafts, application)
    else:
        at = Place(call.at.path, call.at.line, 0, f"ANY {path}")
        drafts.routes.append(Draft("django", "ANY", path, Owner(file.path, "urls"), at, named, guards))


def _viewset(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    view = call.positional(1)
    found = application.find(view.refers if view is not None else "", file.path)
    if found is not None:
        _view(found, "/" + _literal(call.positional(0)), call, [], drafts, application)


_ATTRIBUTES = ("permission_classes", "authentication_classes", "throttle_classes")


def _class_guards(found: tuple[CodeFile, Definition], application: Application, depth: int) -> list[Guard]:
    """Permissions, authentication and throttles that a view's class sets, or a class of ours that it inherits from."""
    file, definition = found
    guards: list[Guard] = []
    for item in file.assignments:
        if item.name.startswith(definition.name + ".") and item.name.endswith(_ATTRIBUTES):
            entries: Iterable[Argument] = item.value.entries or (item.value,)
            guards += [Guard(guard_name(entry), "route", item.at) for entry in entries]
    for base in definition.bases if depth < 4 else ():
        if inherited := application.by_name.get(base):
            guards += _class_guards(inherited, application, depth + 1)
    return guards


def _rest_settings(application: Application, drafts: Drafts) -> None:
    """The permissions and throttles that Django's REST framework applies where a view says nothing."""
    for file in application.files:
        for item in file.assignments:
            middleware = item.name.endswith("MIDDLEWARE") and "LoginRequiredMiddleware" in item.value.text
            if middleware:
                guard = Guard("django.contrib.auth.middleware.LoginRequiredMiddleware", "app", item.at)
                drafts.anywhere.append(Everywhere("django", "", guard))
            if item.name.endswith("REST_FRAMEWORK"):
                for key in ("DEFAULT_PERMISSION_CLASSES", "DEFAULT_THROTTLE_CLASSES"):
                    listed = item.value.entry(key)
                    for entry in listed.entries if listed is not None else ():
                        guard = Guard(str(entry.value or entry.text), "app", item.at)
                        drafts.anywhere.append(Everywhere("django", "", guard))


def _view(
    found: tuple[CodeFile, Definition],
    path: str,
    call: Call,
    guards: list[Guard],
    drafts: Drafts,
    application: Application,
) -> None:
    other, definition = found
    own = [Guard(_decorator_name(d), "route", d.at) for d in definition.decorators]
    own += [Guard(base, "route", definition.at) for base in definition.bases if "Mixin" in base or "Required" in base]
    prefix = definition.name + "."
    own += _class_guards(found, application, 0)
    verbs = {d.name.rpartition(".")[2].upper() for d in other.definitions if d.name.startswith(prefix)} & METHODS
    text = application.text(span(definition.at))
    mutating = any(
        word in "".join(definition.bases) for word in ("ModelViewSet", "Create", "Update", "Destroy", "FormView")
    )
    listed = re.search(
        r"api_view\(\s*\[([^\]]*)\]",
        " ".join(application.repository.lines(other.path)[max(definition.at.line - 6, 0) : definition.at.line]),
    )
    methods = sorted(verbs) or (re.findall(r"[A-Z]+", listed[1]) if listed else [])
    if not methods:
        methods = ["ANY"] if mutating or (definition.kind != "class" and "POST" in text) else ["GET"]
    validated = any(
        "serializer_class" in a.name or "form_class" in a.name for a in other.assignments if a.name.startswith(prefix)
    )
    at = Place(call.at.path, call.at.line, 0, f"{methods[0]} {path}")
    for method in methods:
        drafts.routes.append(
            Draft(
                "django",
                method,
                path,
                Owner(call.at.path, "urls"),
                at,
                definition.name,
                guards + own,
                span(definition.at),
                validated or None,
            )
        )


def _explicit(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    path = next((str(a.value) for a in call.arguments if isinstance(a.value, str) and a.value.startswith("/")), "")
    handler = call.argument("endpoint", "view_func") or next((a for a in call.arguments if a.refers), None)
    if not path:
        return
    name, body = application.body(handler, call)
    framework = name_of_framework(call.name)
    for method in _methods(call) or ["ANY" if call.method in ("add_resource", "add_route") else "GET"]:
        at = Place(call.at.path, call.at.line, 0, f"{method} {path}")
        drafts.routes.append(Draft(framework, method, path, Owner(file.path, receiver(call)), at, name, body=body))


def name_of_framework(name: str) -> str:
    """The library of a resolved name."""
    return name.partition(".")[0] if "." in name else "python"


def _aiohttp(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    verb = call.method.removeprefix("add_").upper()
    position = 1 if verb == "ROUTE" else 0
    path = _literal(call.positional(position))
    name, body = application.body(call.positional(position + 1), call)
    at = Place(call.at.path, call.at.line, 0, f"{verb} {path}")
    if path:
        drafts.routes.append(
            Draft(
                "aiohttp",
                "ANY" if verb == "ROUTE" else verb,
                path,
                Owner(file.path, receiver(call)),
                at,
                name,
                body=body,
            )
        )
