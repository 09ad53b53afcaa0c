"""All routes of the application, each with what guards it and whether its input is validated."""

from __future__ import annotations

import re
from dataclasses import replace

from gonogo.facts.code import Route
from gonogo.tools.code.application import Application, Drafts, pass_routers, settle
from gonogo.tools.code.routes_go import read_go_routes
from gonogo.tools.code.routes_java import read_java_routes
from gonogo.tools.code.routes_python import read_python_routes
from gonogo.tools.code.routes_script import read_script_routes

_INPUT = re.compile(
    r"\breq(?:uest)?\.(?:body|query|params|json|form|args|data|POST|GET|files|values|get_json|formData|text|arrayBuffer|"
    r"nextUrl\.searchParams|query_params|path_params|rel_url|match_info|QUERY_PARAMS)\b|searchParams|readBody|getQuery|"
    r"c(?:tx)?\.(?:req\.|request\.body|Param|Query|FormValue|Bind|ShouldBind|BodyParser|PostForm|QueryParam|params|body)|"
    r"\(\s*\{[^}]*\b(?:body|query)\b|"
    r"rfile\.read|parse_qs|r\.(?:Body|URL\.Query|FormValue|PathValue|ParseForm)|mux\.Vars|URLParam|@RequestParam|@RequestBody|"
    r"@PathVariable|event\.(?:body|queryStringParameters)|io\.ReadAll|FormValue"
)
_CHECKED = re.compile(
    r"\.(?:safe)?[pP]arse(?:Async)?\(\s*(?:await\s+)?(?:req|request|body|c\.|ctx|event|data|json|payload|input|params|query)|"
    r"validationResult\(|\.validate(?:Async|Sync)?\(|\.validateAsync|is_valid\(|model_validate|parse_obj|TypeAdapter|\.load\(|"
    r"\bSchema\w*\(|validator\.|\b_*validate\w*\(|ShouldBind\w*\(|\.Struct\(|ajv|jsonschema|use_args|use_kwargs|marshmallow|"
    r"zod|[sS]chema\.(?:parse|safeParse|validate|load)|zValidator|\.Validate\(|\w+Schema\b|withValidat|createAuthed\w*Route|class-validator"
)


def find_routes(application: Application) -> tuple[Route, ...]:
    """Routes of all frameworks, with inherited guards, in order of their place."""
    drafts = Drafts()
    read_python_routes(application, drafts)
    read_script_routes(application, drafts)
    read_go_routes(application, drafts)
    read_java_routes(application, drafts)
    pass_routers(application, drafts)
    decided = {(d.at, d.method) for d in drafts.routes if d.validated is not None}
    return tuple(_with_input(route, application, (route.at, route.method) in decided) for route in settle(drafts))


_DECLARED = frozenset({"fastapi", "litestar", "spring", "jax-rs", "grpc", "graphql", "nestjs"})
"""Frameworks whose handlers declare their input as parameters."""


def _without_head(text: str) -> str:
    """A handler without its own parameters."""
    return text.partition("\n")[2]


def _with_input(route: Route, application: Application, decided: bool) -> Route:
    text = application.text(route.body)
    writes = route.method in ("POST", "PUT", "PATCH")
    takes = writes
    if text:
        passes_on = re.search(r"\b(?:req|request|ctx|c|r)\b\s*[,)]", _without_head(text))
        takes = bool(_INPUT.search(text) or passes_on) or (writes and route.framework in _DECLARED)
    validated = route.validated if decided else bool(_CHECKED.search(text))
    return replace(route, takes_input=takes, validated=validated)
