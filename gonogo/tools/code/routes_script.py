"""Routes of JavaScript and TypeScript: Express, Fastify, Koa, Hono, NestJS, Next.js, plain HTTP servers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.facts.code import Argument, Call, CodeFile, Definition, Guard, Language
from gonogo.model.evidence import Place
from gonogo.tools.code.application import (
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

_VERBS = frozenset(["get", "post", "put", "patch", "delete", "del", "head", "options", "all", "any"])
_KNOWN = re.compile(
    r"^(express|fastify|koa-router|@koa/router|koa|hono|@hono/[\w-]+|restify|polka|find-my-way|elysia|h3|itty-router|"
    r"router|@tinyhttp/app|express-promise-router|hyper-express|connect|@hapi/hapi)(?:\.|$)"
)
_LOOSE = re.compile(
    r"^(?:this\.)?_?\w*(?:app|router|routes?|server|fastify|api|instance|express|hono|controller)\w*$", re.I
)
_BROWSER = re.compile(r"axios|http$|client|fetch|cache|map|params|request|supertest|page|cy$", re.I)
_ORDERED = frozenset({"express", "koa", "hono", "polka", "restify", "elysia", "script"})
_HOOKS = frozenset(["onRequest", "preHandler", "preValidation", "preParsing"])
_NEST_VERB = re.compile(r"^(?:@nestjs/common\.)?(Get|Post|Put|Patch|Delete|All|Head|Options|Sse)$")
_APP_ROUTE = re.compile(r"(?:^|/)app/(.*/)?route\.[jt]sx?$")
_PAGE_ROUTE = re.compile(r"(?:^|/)pages/(api/.*)\.[jt]sx?$")
_SVELTE_ROUTE = re.compile(r"(?:^|/)src/routes/(.*/)?\+server\.[jt]s$")
_NUXT_ROUTE = re.compile(r"(?:^|/)server/(api|routes)/(.*?)(?:\.(get|post|put|patch|delete))?\.[jt]s$")
_EXPORTED = re.compile(
    r"export\s+(?:async\s+)?(?:function|const)\s+(GET|POST|PUT|PATCH|DELETE|HEAD)\b|export\s*\{([^}]*)\}"
)
_RAW_PATH = re.compile(
    r"""(?:url|pathname|path)\w*\s*(?:===?|\.startsWith\(|\.match\()\s*["'`](/[^"'`]*)["'`]|case\s+["'](/[^"']*)["']"""
)
_RAW_METHOD = re.compile(r"""(?:method\s*===?|case)\s*["'](GET|POST|PUT|PATCH|DELETE)["']""")


def read_script_routes(application: Application, drafts: Drafts) -> None:
    """Adds what JavaScript and TypeScript files register."""
    for file in application.files:
        if file.language not in (Language.JAVASCRIPT, Language.TYPESCRIPT):
            continue
        _by_location(file, application, drafts)
        chains = {(call.raw, call.at.line): call for call in file.calls if call.method == "route"}
        for call in file.calls:
            if call.method in _VERBS and "." in call.raw:
                _verb(file, call, chains, application, drafts)
            elif call.method in ("use", "register", "addHook", "route", "group", "onBeforeHandle", "derive"):
                _composition(file, call, application, drafts)
            elif call.method in ("createServer", "serve") and call.name.startswith(
                ("http", "node:http", "https", "Bun", "Deno")
            ):
                _plain(file, call, application, drafts)
            elif call.name.endswith(("useGlobalGuards", "useGlobalInterceptors", "useGlobalPipes")):
                _everywhere(guards_of(call.arguments, "app", call.at), application, drafts)
            elif call.name.endswith(("ApolloServer", "createYoga", "graphqlHTTP")):
                at = Place(call.at.path, call.at.line, 0, "POST /graphql")
                drafts.routes.append(
                    Draft("graphql", "POST", "/graphql", Owner(file.path, "graphql"), at, validated=True)
                )
        for definition in file.definitions:
            if definition.kind == "class":
                _nest(file, definition, application, drafts)


def _framework(call: Call, file: CodeFile) -> str:
    """The framework of a receiver: by its resolved name, or by imports where it is a parameter named like a router."""
    if match := _KNOWN.match(call.name):
        return match[1].removeprefix("@").partition("/")[0].replace("koa-router", "koa")
    text = receiver(call)
    if not _LOOSE.match(text) or _BROWSER.search(text):
        return ""
    for name in ("fastify", "express", "koa", "hono", "restify"):
        if file.imports_of(name, f"@{name}") or any(
            name in p.text.lower() for d in file.definitions for p in d.parameters
        ):
            return name
    return "script"


def _verb(
    file: CodeFile, call: Call, chains: dict[tuple[str, int], Call], application: Application, drafts: Drafts
) -> None:
    path_argument = call.positional(0)
    chained = chains.get((_route_part(call.raw), call.at.line))
    if chained is not None:
        path_argument = chained.positional(0)
        handlers = call.arguments
        owner_text = receiver(chained)
    else:
        handlers = call.arguments[1:]
        owner_text = receiver(call)
    path = _path(path_argument)
    framework = _framework(call if chained is None else chained, file)
    if not framework or path is None or not handlers:
        return
    if not _KNOWN.match(call.name) and chained is None and not _registers(path, handlers[-1], call, application):
        return
    method = {"del": "DELETE", "all": "ANY", "any": "ANY"}.get(call.method, call.method.upper())
    at = Place(call.at.path, call.at.line, call.at.end_line, f"{method} {path}")
    guards: list[Guard] = []
    validated: bool | None = None
    for option in handlers:
        if option.entries and not option.refers and framework in ("fastify", "elysia", "script"):
            guards += guards_of(
                [e for e in option.entries if e.name in _HOOKS or e.name == "beforeHandle"], "route", call.at
            )
            validated = True if option.entry("schema", "body", "validation") else validated
    guards += guards_of([a for a in handlers[:-1] if a.refers or a.text.startswith("[")], "route", call.at)
    if any(re.search(r"(?i)valid|schema|celebrate|zod|joi", guard.name) for guard in guards):
        validated = True
    name, body = application.body(handlers[-1], call)
    drafts.routes.append(
        Draft(framework, method, path, owner_of(file, owner_text, application), at, name, guards, body, validated)
    )


def _registers(path: str, handler: Argument, call: Call, application: Application) -> bool:
    """Whether a call on something that is only named like a router registers a route: a literal path and a function."""
    inline = bool(re.search(r"=>|\bfunction\b", handler.text)) or any("=>" in entry.text for entry in handler.entries)
    named = bool(handler.refers) and application.find(handler.refers, call.at.path) is not None
    return path.startswith(("/", "*")) and not path.startswith("/{") and (inline or named)


def _route_part(raw: str) -> str:
    """``router.route.get.post`` was registered by ``router.route``."""
    parts = raw.split(".")
    return ".".join(parts[: parts.index("route") + 1]) if "route" in parts else ""


def _path(argument: Argument | None) -> str | None:
    """A literal path, or the text of a template or constant that is one; None for anything else."""
    if argument is None:
        return None
    if isinstance(argument.value, str):
        return argument.value if argument.value[:1] in ("/", "*", "") else None
    if argument.text.startswith("`"):
        return argument.text.strip("`")
    if argument.entries and not argument.refers:
        return _path(argument.entries[0])
    if re.match(r"^[\w.]*(path|route|url|endpoint)s?\b[\w.]*$", argument.text, re.I):
        return "/{" + argument.text + "}"
    return None


def _composition(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    framework = _framework(call, file)
    if not framework:
        return
    owner = owner_of(file, receiver(call), application)
    if call.method == "addHook":
        if len(call.arguments) > 1 and str(call.arguments[0].value) in _HOOKS:
            guard = Guard(guard_name(call.arguments[1]), "app", call.at)
            drafts.layers.append(Layer(owner, guard, ordered=False))
    elif call.method == "register":
        _register(file, call, owner, application, drafts)
    elif call.method == "route" and call.arguments and call.arguments[0].entry("url", "path"):
        _route_object(file, call, framework, owner, application, drafts)
    elif call.method in ("use", "route", "group"):
        _use(file, call, framework, owner, application, drafts)


def _register(file: CodeFile, call: Call, owner: Owner, application: Application, drafts: Drafts) -> None:
    """Fastify: a plugin is middleware of a library, or routes of ours."""
    plugin = call.positional(0)
    if plugin is None:
        return
    options = call.argument("prefix")
    prefix = str(options.value) if options is not None and isinstance(options.value, str) else ""
    if not plugin.refers:
        drafts.containers.append((call.at.path, call.at.line, max(call.at.end_line, call.at.line), prefix))
        return
    child = owner_of(file, plugin.text.partition("(")[0], application)
    if child.path != file.path:
        drafts.mounts.append(Mount(owner, Owner(child.path, "*"), prefix, [], call.at))
    other = application.by_path.get(child.path)
    serves = other is not None and child.path != file.path and any(c.method in _VERBS for c in other.calls)
    if not serves:
        drafts.layers.append(Layer(owner, Guard(guard_name(plugin), "app", call.at), ordered=False))


def _use(file: CodeFile, call: Call, framework: str, owner: Owner, application: Application, drafts: Drafts) -> None:
    """Express and its kin: ``use([path], middleware..., [router])``."""
    given = list(call.arguments)
    prefix = ""
    if given and (path := _path(given[0])) is not None:
        prefix, given = path, given[1:]
    handlers = [
        a for argument in given for a in (argument.entries if argument.entries and not argument.refers else (argument,))
    ]
    routers = [a for a in handlers if _is_router(a, file, application)]
    guards = guards_of([a for a in handlers if a not in routers], "router" if routers else "app", call.at)
    for router in routers:
        text = re.sub(r"\.(?:routes|router|middleware)$", "", router.text.partition("(")[0])
        child = owner_of(file, text, application)
        drafts.mounts.append(Mount(owner, child, prefix.rstrip("*"), guards, call.at))
    if not routers:
        for guard in guards:
            drafts.layers.append(
                Layer(owner, guard, framework in _ORDERED, prefix if prefix not in ("*", "/", "/*") else "")
            )


def _is_router(argument: Argument, file: CodeFile, application: Application) -> bool:
    if re.search(r"(?i)router?s?\b|routes?$|\.routes\(", argument.text.partition("(")[0]) and argument.refers:
        return True
    head = argument.text.partition(".")[0].partition("(")[0]
    local = next((i.local for i in file.imports if i.alias == head and i.local), "")
    other = application.by_path.get(local)
    return other is not None and any(_KNOWN.match(c.name) and c.method in _VERBS for c in other.calls)


def _route_object(
    file: CodeFile, call: Call, framework: str, owner: Owner, application: Application, drafts: Drafts
) -> None:
    options = call.arguments[0]
    path, methods = options.entry("url", "path"), options.entry("method")
    handler = options.entry("handler")
    name, body = application.body(handler, call)
    guards = guards_of([e for e in options.entries if e.name in _HOOKS], "route", call.at)
    listed = (
        [e.value for e in methods.entries]
        if methods is not None and methods.entries
        else [methods.value if methods else "ANY"]
    )
    for method in listed:
        verb = str(method).upper()
        at = Place(call.at.path, call.at.line, call.at.end_line, f"{verb} {_path(path) or ''}")
        validated = True if options.entry("schema") else None
        drafts.routes.append(Draft(framework, verb, _path(path) or "", owner, at, name, guards, body, validated))


def _nest(file: CodeFile, definition: Definition, application: Application, drafts: Drafts) -> None:
    controller = next(
        (
            d
            for d in definition.decorators
            if d.name.rpartition(".")[2] in ("Controller", "Resolver", "WebSocketGateway")
        ),
        None,
    )
    for decorator in definition.decorators:
        if decorator.raw == "Module":
            for call in file.calls:
                if call.name.endswith("apply.forRoutes") or (
                    "apply.exclude" in call.name and call.method == "forRoutes"
                ):
                    applied = next((c for c in file.calls if c.method == "apply" and c.at.line == call.at.line), None)
                    if applied is not None:
                        guards = guards_of(applied.arguments, "app", call.at)
                        _everywhere(guards, application, drafts, _for_routes(call, application))
            providers = decorator.argument("providers")
            for entry in providers.entries if providers is not None else ():
                provided, used = entry.entry("provide"), entry.entry("useClass", "useExisting", "useFactory")
                if (
                    provided is not None
                    and used is not None
                    and provided.text in ("APP_GUARD", "APP_PIPE", "APP_INTERCEPTOR")
                ):
                    _everywhere([Guard(used.refers or used.text, "app", decorator.at)], application, drafts)
    if controller is None:
        return
    first = controller.positional(0) or controller.argument("path")
    prefix = (_nest_path(first) if first is not None else "") if controller.raw == "Controller" else ""
    outer = _use_guards(definition.decorators, "router")
    for method in file.definitions:
        if method.name.rpartition(".")[0] != definition.name:
            continue
        for decorator in method.decorators:
            verb = _NEST_VERB.match(decorator.name)
            if verb is None:
                continue
            path = "/" + "/".join(
                part.strip("/") for part in (prefix, _nest_path(decorator.positional(0))) if part.strip("/")
            )
            name = {"All": "ANY", "Sse": "GET"}.get(verb[1], verb[1].upper())
            at = Place(decorator.at.path, decorator.at.line, 0, f"{name} {path}")
            guards = outer + _use_guards(method.decorators, "route")
            typed = [p for p in method.parameters if any(e.refers.endswith(("Body", "Query")) for e in p.entries)]
            validated = True if typed and all(re.match(r"^[A-Z]\w*", p.text) for p in typed) else None
            if validated and not _validation_pipe(application):
                validated = False
            drafts.routes.append(
                Draft(
                    "nestjs",
                    name,
                    path,
                    Owner(file.path, definition.name),
                    at,
                    method.name,
                    guards,
                    span(method.at),
                    validated,
                )
            )


def _for_routes(call: Call, application: Application) -> tuple[tuple[str, str], ...]:
    """The routes that Nest's middleware is bound to; none where it is bound to all."""
    only: list[tuple[str, str]] = []
    for argument in call.arguments:
        path, method = argument.entry("path"), argument.entry("method")
        value = path.value if path is not None else argument.value
        if isinstance(value, str):
            verb = method.text.rpartition(".")[2] if method is not None else "ANY"
            only.append(("ANY" if verb == "ALL" else verb, value.strip("/")))
        elif found := application.find(argument.refers, call.at.path):
            controller = next((d for d in found[1].decorators if d.raw == "Controller"), None)
            prefix = _nest_path(controller.positional(0)).strip("/") if controller is not None else ""
            only += [("ANY", prefix), ("ANY", prefix + "/*")]
    return () if any(wanted in ("*", "", "(.*)", "{*splat}") for _, wanted in only) else tuple(only)


def _everywhere(
    guards: list[Guard], application: Application, drafts: Drafts, only: tuple[tuple[str, str], ...] = ()
) -> None:
    drafts.anywhere += [Everywhere("nestjs", application.component(guard.at.path), guard, only) for guard in guards]


def _validation_pipe(application: Application) -> bool:
    return any(
        call.method in ("ValidationPipe", "ZodValidationPipe") for file in application.files for call in file.calls
    )


def _nest_path(argument: Argument | None) -> str:
    if argument is None:
        return ""
    if isinstance(argument.value, str):
        return argument.value
    inner = argument.entry("path") or (argument.entries[0] if argument.entries else None)
    return str(inner.value) if inner is not None and isinstance(inner.value, str) else ""


def _use_guards(decorators: Iterable[Call], level: str) -> list[Guard]:
    found: list[Guard] = []
    for decorator in decorators:
        if decorator.raw in ("UseGuards", "UseInterceptors", "UsePipes", "UseFilters"):
            found += guards_of(decorator.arguments, level, decorator.at)
        elif not _NEST_VERB.match(decorator.name) and not decorator.raw.startswith("Api"):
            found.append(Guard(decorator.name, level, decorator.at))
    return found


def _by_location(file: CodeFile, application: Application, drafts: Drafts) -> None:
    """Files whose path is their route: Next.js, SvelteKit, Nuxt."""
    if match := _APP_ROUTE.search(file.path):
        path, framework = match[1] or "", "next"
    elif match := _SVELTE_ROUTE.search(file.path):
        path, framework = match[1] or "", "sveltekit"
    elif match := _PAGE_ROUTE.search(file.path):
        path, framework = match[1].removesuffix("/index"), "next"
    elif (match := _NUXT_ROUTE.search(file.path)) and any(
        "defineEventHandler" in c.raw or "eventHandler" in c.raw for c in file.calls
    ):
        path, framework = ("api/" if match[1] == "api" else "") + match[2].removesuffix("/index"), "nuxt"
    else:
        return
    path = "/" + re.sub(r"\([^)]*\)/|@\w+/", "", path).strip("/")
    text = application.repository.text(file.path)
    methods = _exported_methods(text)
    if match.re is _PAGE_ROUTE or match.re is _NUXT_ROUTE:
        given = match[3] if match.re is _NUXT_ROUTE else None
        methods = (
            {(given or "any").upper(): 1}
            if given or not _RAW_METHOD.search(text)
            else dict.fromkeys(_RAW_METHOD.findall(text), 1)
        )
    lines = text.count("\n") + 1
    for method, line in methods.items():
        definition = next((d for d in file.definitions if d.name == method), None)
        body = span(definition.at) if definition is not None else _passed_on(file, method, application, lines)
        at = Place(file.path, line, 0, f"{method} {path}")
        drafts.routes.append(Draft(framework, method, path, Owner(file.path, ""), at, method, body=body))


def _passed_on(file: CodeFile, method: str, application: Application, lines: int) -> tuple[str, int, int]:
    """The body of a handler that the file only passes on from another; the whole file otherwise."""
    sources = [item.local for item in file.imports if item.local]
    if lines > 25 or not sources:
        return file.path, 1, lines
    for path in sources:
        other = application.by_path.get(path)
        for definition in other.definitions if other is not None else ():
            if definition.name == method:
                return span(definition.at)
    if len(sources) == 1:
        return sources[0], 1, application.repository.text(sources[0]).count("\n") + 1
    return file.path, 1, lines


def _exported_methods(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for match in _EXPORTED.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match[1]:
            found.setdefault(match[1], line)
        for name in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE)\b", match[2] or ""):
            found.setdefault(name, line)
    return found


def _plain(file: CodeFile, call: Call, application: Application, drafts: Drafts) -> None:
    """A server on the platform's own ``http``: paths are what the handler compares the URL with."""
    handler = next((a for a in call.arguments if not a.entries or a.refers), None)
    if handler is not None and _KNOWN.match(handler.refers):
        return
    name, body = application.body(handler, call)
    path, first, last = body
    lines = application.repository.lines(path)
    found = False
    for number in range(first, min(last, len(lines)) + 1):
        line = lines[number - 1]
        for match in _RAW_PATH.finditer(line):
            near = " ".join(lines[max(number - 2, 0) : number + 2])
            verb = _RAW_METHOD.search(line) or _RAW_METHOD.search(near)
            method = verb[1] if verb else "ANY"
            route = match[1] or match[2]
            at = Place(path, number, 0, f"{method} {route}")
            drafts.routes.append(Draft("http", method, route, Owner(file.path, "http"), at, name, body=body))
            found = True
    if not found and handler is not None:
        at = Place(call.at.path, call.at.line, 0, "ANY *")
        drafts.routes.append(Draft("http", "ANY", "*", Owner(file.path, "http"), at, name, body=body))
