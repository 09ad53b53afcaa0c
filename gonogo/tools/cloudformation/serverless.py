"""Serverless Framework services: functions, their events and role statements, and the resources beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.facts.cloudformation import Template
from gonogo.facts.marked import Map, Seq
from gonogo.facts.repository import File, Repository
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.cloudformation.names import terraform_type
from gonogo.tools.cloudformation.template import Setting, template_resources
from gonogo.tools.yaml_marks import load_yaml

_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
_MOST_ROUNDS = 6
_MOST_TEXT = 10_000
_EVENTS = {
    "http": "aws_api_gateway_rest_api",
    "httpApi": "aws_apigatewayv2_api",
    "websocket": "aws_apigatewayv2_api",
    "alb": "aws_lb_listener",
    "schedule": "aws_cloudwatch_event_rule",
}


def read_serverless(
    repository: Repository, environment: str, unread: list[Unread]
) -> tuple[list[Template], list[Resource]]:
    """All services of the Serverless Framework that run on AWS."""
    templates: list[Template] = []
    resources: list[Resource] = []
    for file in repository.match("serverless.yml", "serverless.yaml"):
        loaded = load_yaml(repository.text(file), path=file.path)
        if loaded.fault:
            reason = f"it is not valid: {loaded.fault.reason}"
            unread.append(Unread(file.path, reason, loaded.fault.line, not loaded.fault.limit))
        document = loaded.first
        if not document.get("provider"):
            continue
        templates.append(Template(file.path, "serverless", Place(file.path, 1, 1, file.name)))
        resources += _service(repository, file, _filled(document, environment), environment)
    return templates, resources


def _filled(document: Map, environment: str) -> Map:
    """The document with ``${...}`` filled in where it tells; the stage is the audited environment."""
    for _ in range(_MOST_ROUNDS):
        changed = _fill(document, document, environment)
        if not changed:
            break
    return document


def _fill(node: Map | Seq, top: Map, environment: str) -> bool:
    changed = False
    keys = list(node) if isinstance(node, Map) else range(len(node))
    for key in keys:
        value = node[key]  # type: ignore[index]
        if isinstance(value, Map | Seq):
            changed = _fill(value, top, environment) or changed
        elif isinstance(value, str) and "${" in value:
            new = _substitute(value, top, environment)
            if new != value:
                node[key] = new  # type: ignore[index]
                changed = True
    return changed


def _substitute(text: str, top: Map, environment: str) -> object:
    if whole := _VARIABLE.fullmatch(text):
        found = _lookup(whole.group(1), top, environment)
        return text if found is None else found

    def fill(match: re.Match[str]) -> str:
        value = _lookup(match.group(1), top, environment)
        return match.group(0) if value is None or isinstance(value, list) else str(value)

    return _VARIABLE.sub(fill, text)[:_MOST_TEXT]


def _lookup(expression: str, top: Map, environment: str) -> object:
    """The first alternative that is known: ``opt:stage, 'dev'``; the stage wins over its default."""
    for part in expression.split(","):
        name = part.strip()
        if name in ("opt:stage", "sls:stage", "self:provider.stage", "opt:env"):
            return environment
        if name.startswith("self:"):
            value = top.find(*name.removeprefix("self:").split("."))
            # A mapping is left where it is: put in its own place it would hold itself.
            plain = not isinstance(value, dict) and not (isinstance(value, str) and "${" in value)
            if value is not None and plain and not (isinstance(value, list) and any(map(_is_nested, value))):
                return value
        elif name[:1] in ("'", '"'):
            return name.strip("'\"")
    return None


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _service(repository: Repository, file: File, document: Map, environment: str) -> list[Resource]:
    provider = document.map("provider")
    found: list[Resource] = []
    if provider.text("name") in ("aws", ""):
        found += _functions(file, document, provider)
        found += _statements(file, document, provider)
    for block in [document.map("resources"), *document.maps("resources")]:
        setting = Setting(environment, lambda parent, path: None, set())
        made, _ = template_resources(file.path, block, setting, {}, flavour="serverless")
        found += made
    return found


def _resource(
    file: File, type_: str, name: str, values: Mapping[str, Value], line: int, lines: Map | None = None
) -> Resource:
    return Resource(
        type=terraform_type(type_),
        name=name,
        address=name,
        attributes=dict(values),
        at=Place(file.path, line, lines.end_line if lines is not None else line, name),
        origin="serverless",
        root=file.path,
        lines={snake: lines.line_of(key) for key, snake in _NAMES.items() if key in lines} if lines is not None else {},
    )


_NAMES = {"memorySize": "memory_size", "timeout": "timeout", "reservedConcurrency": "reserved_concurrent_executions"}


def _functions(file: File, document: Map, provider: Map) -> list[Resource]:
    found: list[Resource] = []
    functions = document.map("functions")
    tracing = provider.find("tracing", "lambda")
    apis: dict[str, int] = {}
    for name in functions:
        own = functions.map(name)
        values: dict[str, Value] = {
            "memory_size": own.get("memorySize", provider.get("memorySize", 1024)),
            "timeout": own.get("timeout", provider.get("timeout", 6)),
            "runtime": own.get("runtime", provider.get("runtime")),
            "handler": own.get("handler"),
            "environment": ({"variables": {**provider.map("environment"), **own.map("environment")}},),
            "reserved_concurrent_executions": own.get("reservedConcurrency", -1),
            "tracing_config": ({"mode": "Active"},) if own.get("tracing", tracing) not in (None, False) else (),
            "dead_letter_config": ({"target_arn": own.get("onError")},) if own.get("onError") else (),
        }
        line = functions.line_of(name)
        found.append(_resource(file, "aws_lambda_function", name, values, line, own))
        if own.get("url"):
            auth = "AWS_IAM" if own.map("url").text("authorizer") == "aws_iam" else "NONE"
            found.append(_resource(file, "aws_lambda_function_url", f"{name}Url", {"authorization_type": auth}, line))
        for event in own.maps("events"):
            for kind in event:
                apis.setdefault(kind, event.line_of(kind))
        for event in own.seq("events"):
            if isinstance(event, str):
                apis.setdefault(event, line)
    for kind, line in sorted(apis.items()):
        if kind in _EVENTS:
            found.append(_resource(file, _EVENTS[kind], kind, {}, line))
    return found


def _statements(file: File, document: Map, provider: Map) -> list[Resource]:
    """Statements of the shared role: ``provider.iam.role.statements``, older ``provider.iamRoleStatements``."""
    listed = provider.find("iam", "role", "statements") or provider.get("iamRoleStatements")
    if not isinstance(listed, Seq):
        return []
    found = []
    for number, (statement, line) in enumerate(listed.marked()):
        if isinstance(statement, Map):
            policy = {"Statement": (_frozen(statement),)}
            found.append(
                _resource(file, "aws_iam_role_policy", f"iamRoleStatements.{number}", {"policy": policy}, line)
            )
    return found


def _frozen(value: object) -> Value:
    if isinstance(value, Map):
        if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            return Unknown(str(next(iter(value.values())))[:300])
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, Seq):
        return tuple(_frozen(item) for item in value)
    return value if isinstance(value, str | int | float | bool | None) else Unknown(str(value)[:300])
