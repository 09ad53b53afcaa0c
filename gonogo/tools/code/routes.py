"""All routes of the application, each with what guards it and whether its input is validated."""

from __future__ import annotations

import re
from dataclasses import replace

from gonogo.facts.code import Route
from gonogo.tools.code.application import Application, Drafts, settle
from gonogo.tools.code.routes_go import read_go_routes
from gonogo.tools.code.routes_java import read_java_routes
from gonogo.tools.code.routes_python import read_python_routes
from gonogo.tools.code.routes_script import read_script_routes

_INPUT = re.compile(
    r"\breq(?:uest)?\.(?:body|query|params|json|form|args|data|POST|GET|files|values|get_json|formData|text|arrayBuffer|"
    r"nextUrl\.searchParams|query_params|path_params|rel_url|match_info|QUERY_PARAMS)\b|searchParams|readBody|getQuery|"
    r"c(?:tx)?\.(?:req\.|request\.body|Param|Query|FormValue|Bind|ShouldBind|BodyParser|PostForm|QueryParam|params|body)|"
    r"rfile\.read|parse_qs|r\.(?:Body|URL\.Query|FormValue|PathValue|ParseForm)|mux\.Vars|URLParam|@RequestParam|@RequestBody|"
    r"@PathVariable|event\.(?:body|queryStringParameters)|io\.ReadAll|FormValue"
)
_CHECKED = re.compile(
    r"\.(?:safe)?[pP]arse(?:Async)?\(\s*(?:await\s+)?(?:req|request|body|c\.|ctx|event|data|json|payload|input|params|query)|"
    r"validationResult\(|\.validate(?:Async|Sync)?\(|\.validateAsync|is_valid\(|model_validate|parse_obj|TypeAdapter|\.load\(|"
    r"\bSchema\w*\(|validator\.|\bvalidate\w*\(|ShouldBind\w*\(|\.Struct\(|ajv|jsonschema|use_args|use_kwargs|marshmallow|"
    r"zod|[sS]chema\.(?:parse|safeParse|validate|load)|zValidator|\.Validate\(|\w+Schema\b|withValidat|createAuthed\w*Route|class-validator"
)


def find_routes(application: Application) -> tuple[Route, ...]:
    """Routes of all frameworks, with inherited guards, in order of their place."""
    drafts = Drafts()
    read_python_routes(application, drafts)
    read_script_routes(application, drafts)
    read_go_routes(application, drafts)
    read_java_routes(application, drafts)
    decided = {(d.at, d.method) for d in drafts.routes if d.validated is not None}
    return tuple(_with_input(route, application, (route.at, route.method) in decided) for route in settle(drafts))


def _with_input(route: Route, application: Application, decided: bool) -> Route:
    text = application.text(route.body)
    writes = route.method in ("POST", "PUT", "PATCH")
    has_parameter = bool(re.search(r"[{<\[:]\w", route.path))
    takes = writes or has_parameter or bool(_INPUT.search(text))
    if (
        route.method in ("POST", "PUT", "PATCH", "ANY", "DELETE")
        and text
        and not has_parameter
        and not _INPUT.search(text)
    ):
        takes = route.method != "ANY" and route.framework in (
            "fastapi",
            "nestjs",
            "spring",
            "grpc",
            "graphql",
            "express",
            "fastify",
        )
        takes = takes and not (route.framework in ("express", "fastify") and not route.handler)
    validated = route.validated if decided else bool(_CHECKED.search(text))
    return replace(route, takes_input=takes, validated=validated)
