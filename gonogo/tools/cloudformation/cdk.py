"""CDK programs: which constructs they instantiate, with what can be told of their properties."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gonogo.facts.cloudformation import Template
from gonogo.facts.repository import Repository
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.cloudformation.constructs import cfn_type, construct_resources
from gonogo.tools.cloudformation.names import pascal, snake
from gonogo.tools.cloudformation.source import (
    Call,
    Choice,
    Comparison,
    Entries,
    Expression,
    Items,
    Literal,
    Name,
    Other,
    Program,
    Site,
    parse_program,
)
from gonogo.tools.cloudformation.translate import Defined, snake_values, translate
from gonogo.tools.terraform.environments import canonical, names_environment

_MENTION = re.compile(r"aws-cdk-lib|@aws-cdk/|aws_cdk")
_UNITS = {"millis": 0.001, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_PRODUCTION = re.compile(r"^(is)?_?prod(uction)?(_?(env|environment|stage))?$", re.IGNORECASE)
_MOST_DEPTH = 60


@dataclass(frozen=True)
class _Reader:
    """What is known while one program is read."""

    program: Program
    environment: str
    variables: Mapping[str, str]
    """Variables that hold a construct, and its address."""


def read_cdk(repository: Repository, environment: str, unread: list[Unread]) -> tuple[list[Template], list[Resource]]:
    """All constructs that product files instantiate, where there is a CDK app."""
    if not repository.match("cdk.json", deciding=False):
        return [], []
    programs: list[Program] = []
    text_of_all: list[str] = []
    for file in repository.match("*.ts", "*.mts", "*.js", "*.mjs", "*.py"):
        text = repository.text(file)
        if file.name.endswith(".d.ts") or not _MENTION.search(text):
            continue
        text_of_all.append(text)
        try:
            programs.append(parse_program(file.path, text))
        except RecursionError:
            unread.append(Unread(file.path, "its expressions are nested too deep"))
    instantiated = set(re.findall(r"(?:new\s+|[^\w.])([A-Z]\w*)\s*\(", "\n".join(text_of_all)))
    templates = [
        Template(program.path, "cdk", Place(program.path, 1, 1, program.path.rpartition("/")[2]))
        for program in programs
        if any(_construct(site, program) for site in program.sites)
    ]
    resources = [r for program in programs for r in _resources(program, environment, instantiated)]
    return templates, resources


def _construct(site: Site, program: Program) -> tuple[str, str] | None:
    """Module and class of a construct that a call makes."""
    head, _, rest = site.call.name.partition(".")
    meaning = program.imports.get(head)
    if meaning is None:
        return None
    full = f"{meaning}.{rest}" if rest else meaning
    if full.startswith("aws-cdk-lib.aws_"):
        full = full.removeprefix("aws-cdk-lib.").replace("_", "-", full.split(".")[1].count("_"))
    module, _, name = full.rpartition(".")
    return (module, name) if module and name[:1].isupper() and "." not in module else None


def _resources(program: Program, environment: str, instantiated: set[str]) -> Iterator[Resource]:
    variables: dict[str, str] = {}
    for site in program.sites:
        if site.target and _construct(site, program):
            variables.setdefault(site.target, _address(program, site))
    reader = _Reader(program, environment, variables)
    made: list[Resource] = []
    for site in program.sites:
        if site.owner in program.classes and site.owner not in instantiated:
            continue
        made += _made(site, reader)
    yield from _with_methods(made, reader)


def _address(program: Program, site: Site) -> str:
    literal = next(
        (a.value for a in site.call.arguments[:2] if isinstance(a, Literal) and isinstance(a.value, str)), ""
    )
    name = literal or site.target or f"{site.call.method}{site.call.line}"
    return f"{site.owner}/{name}" if site.owner else str(name)


def _made(site: Site, reader: _Reader) -> Iterator[Resource]:
    found = _construct(site, reader.program)
    if found is None or "." in found[1]:
        return
    module, name = found
    entries = site.call.entries()
    type_ = cfn_type(module, name)
    address = _address(reader.program, site)
    place = Place(reader.program.path, site.call.line, site.call.end_line, address)
    lines = {snake(key): line for key, _, line in entries.items}
    base = Resource(
        type="",
        name=address.rpartition("/")[2],
        address=address,
        attributes={},
        at=place,
        exists=None if site.conditional else True,
        origin="cdk",
        root=reader.program.path,
        lines=lines,
    )
    if type_:
        properties = {pascal(key): _pascal_keys(_value(value, reader)) for key, value, _ in entries.items}
        yield from translate(Defined(type_, replace(base, type=type_, attributes=snake_values(properties)), properties))
        return
    shapes = construct_resources(module, name, _snake_entries(entries, reader))
    for kind, suffix, attributes in shapes or ():
        own = Unknown(address, (address,))
        values = {key: own if value is Ellipsis else value for key, value in attributes.items()}
        yield replace(
            base,
            type=kind,
            name=base.name + suffix,
            address=address + (f"/{suffix}" if suffix else ""),
            attributes=values,
            at=replace(place, symbol=address + (f"/{suffix}" if suffix else "")),
        )


def _snake_entries(entries: Entries, reader: _Reader) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value, _ in entries.items:
        keep = key in ("environment", "conditions", "inlinePolicies", "inline_policies")
        found["..." if key == "..." else snake(key)] = (
            _value(value, reader) if keep else _snake_keys(_value(value, reader))
        )
    return found


def _snake_keys(value: Value) -> Value:
    if isinstance(value, dict):
        return {snake(key): _snake_keys(item) for key, item in value.items()}
    return tuple(_snake_keys(item) for item in value) if isinstance(value, tuple) else value


def _pascal_keys(value: Value) -> Value:
    if isinstance(value, dict):
        return {pascal(key): _pascal_keys(item) for key, item in value.items()}
    return tuple(_pascal_keys(item) for item in value) if isinstance(value, tuple) else value


def _value(expression: Expression, reader: _Reader, depth: int = 0) -> Value:
    """What an expression is, as far as one file and the audited environment tell."""
    if depth > _MOST_DEPTH:
        return Unknown("...")
    match expression:
        case Literal(value):
            return value
        case Entries(items):
            return {key: _value(item, reader, depth + 1) for key, item, _ in items}
        case Items(items):
            return tuple(_value(item, reader, depth + 1) for item, _ in items)
        case Name(text):
            return _named(text, reader, depth)
        case Choice(test, yes, no):
            decided = _test(test, reader, depth)
            if decided is not None:
                return _value(yes if decided else no, reader, depth + 1)
            values = _value(yes, reader, depth + 1), _value(no, reader, depth + 1)
            return values[0] if values[0] == values[1] else Unknown("a condition", _refers(*values))
        case Comparison():
            tested = _test(expression, reader, depth)
            return Unknown("a comparison") if tested is None else tested
        case Call():
            return _called(expression, reader, depth)
        case Other(text):
            return Unknown(text)


def _refers(*values: Value) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for value in values for address in getattr(value, "refers", ())))


def _named(text: str, reader: _Reader, depth: int) -> Value:
    if text in reader.program.constants:
        return _value(reader.program.constants[text], reader, depth + 10)
    head, _, tail = text.rpartition(".")
    for name in (text, head):
        if name in reader.variables:
            return Unknown(text, (reader.variables[name],))
    if head and re.fullmatch(r"[A-Z][A-Z0-9_]*", tail):
        return tail
    if _PRODUCTION.match(tail):
        return canonical(reader.environment) == "production" if tail.lower().startswith("is") else Unknown(text)
    if names_environment(snake(tail)):
        return Unknown(text, ("environment",))
    return Unknown(text)


def _test(expression: Expression, reader: _Reader, depth: int) -> bool | None:
    if isinstance(expression, Comparison):
        sides = [_value(side, reader, depth + 1) for side in (expression.left, expression.right)]
        for one, other in (sides, sides[::-1]):
            if isinstance(one, Unknown) and one.refers == ("environment",) and isinstance(other, str):
                return (canonical(other) == canonical(reader.environment)) is expression.equal
        if any(isinstance(side, Unknown) for side in sides):
            return None
        return (sides[0] == sides[1]) is expression.equal
    value = _value(expression, reader, depth + 1)
    return None if isinstance(value, Unknown) else bool(value)


def _called(call: Call, reader: _Reader, depth: int) -> Value:
    arguments = [_value(item, reader, depth + 1) for item in call.arguments]
    owner = call.name.rpartition(".")[0].rpartition(".")[2]
    if owner == "Duration" and call.method in _UNITS and arguments and isinstance(arguments[0], int | float):
        return arguments[0] * _UNITS[call.method]
    if call.method in ("fromAwsManagedPolicyName", "from_aws_managed_policy_name") and arguments:
        return f"arn:aws:iam::aws:policy/{arguments[0]}"
    if owner in ("Peer", "Port", "CidrBlock", "EndpointAccess"):
        return Unknown(f"{call.method}({', '.join(map(str, arguments))})")
    if call.method in ("tryGetContext", "try_get_context") and names_environment(
        snake(str(arguments[0]) if arguments else "")
    ):
        return Unknown(call.name, ("environment",))
    # What follows from a call matters little; what it was given shows what it refers to.
    inner = _refers(*arguments, *(v for a in arguments if isinstance(a, dict) for v in a.values()))
    on = call.name.rpartition(".")[0]
    owned = (reader.variables[on],) if on in reader.variables else ()
    text = f"{call.name}({', '.join(str(a) for a in arguments if isinstance(a, str | int | Unknown))})"
    return Unknown(text[:300], tuple(dict.fromkeys((*owned, *inner))))


def _with_methods(resources: list[Resource], reader: _Reader) -> Iterator[Resource]:
    """Adds what methods of constructs do: rules of security groups, actions of alarms, function URLs, scaling."""
    by_address = {resource.address: resource for resource in resources}
    extra: list[Resource] = []
    for site in reader.program.sites:
        on, _, method = site.call.name.rpartition(".")
        address = reader.variables.get(on.removesuffix(".connections"))
        owner = by_address.get(address or "")
        if address is None or owner is None:
            continue
        if snake(method) == "add_alarm_action":
            actions = (*owner.get("alarm_actions", ()), Unknown("action"))
            by_address[address] = replace(owner, attributes={**owner.attributes, "alarm_actions": actions})
            continue
        if (made := _method(site, snake(method), owner, reader)) is not None:
            extra.append(made)
    yield from by_address.values()
    yield from extra


def _method(site: Site, method: str, owner: Resource, reader: _Reader) -> Resource | None:
    arguments = [_value(item, reader) for item in site.call.arguments]
    props = _snake_entries(site.call.entries(), reader)
    own = Unknown(owner.address, (owner.address,))
    kind, values = "", dict(props)
    if method == "add_ingress_rule" and len(arguments) >= 2:
        kind = "aws_security_group_rule"
        values = {"type": "ingress", "security_group_id": own}
        values |= {**_peer(str(arguments[0])), **_port(str(arguments[1]))}
    elif method == "allow_from_any_ipv4" and arguments:
        kind = "aws_security_group_rule"
        values = {
            "type": "ingress",
            "security_group_id": own,
            "cidr_blocks": ("0.0.0.0/0",),
            **_port(str(arguments[0])),
        }
    elif method == "add_function_url":
        kind = "aws_lambda_function_url"
        values = {"authorization_type": props.get("auth_type", "AWS_IAM"), "function_name": own}
    elif method in ("auto_scale_task_count", "auto_scale_read_capacity", "auto_scale_write_capacity"):
        kind = "aws_appautoscaling_target"
        values = {
            "min_capacity": props.get("min_capacity", 1),
            "max_capacity": props.get("max_capacity"),
            "resource_id": own,
        }
    elif method == "scale_on_cpu_utilization":
        kind, values = "aws_autoscaling_policy", {"autoscaling_group_name": own, **props}
    elif method == "add_listener" and owner.type == "aws_lb":
        shapes = construct_resources("aws-elasticloadbalancingv2", "ApplicationListener", props)
        kind, values = "aws_lb_listener", {**(shapes[0][2] if shapes else {}), "load_balancer_arn": own}
    elif method == "add_lifecycle_rule" and owner.type == "aws_s3_bucket":
        kind, values = "aws_s3_bucket_lifecycle_configuration", {"bucket": own, "rule": (props,)}
    if not kind:
        return None
    address = f"{owner.address}.{method}{site.call.line}"
    at = Place(owner.at.path, site.call.line, site.call.end_line, f"{owner.address}.{method}")
    exists = None if site.conditional else owner.exists
    return replace(owner, type=kind, name=method, address=address, attributes=values, at=at, exists=exists, lines={})


def _peer(text: str) -> dict[str, Value]:
    name = snake(text.partition("(")[0])
    if name == "any_ipv4":
        return {"cidr_blocks": ("0.0.0.0/0",)}
    if name == "any_ipv6":
        return {"ipv6_cidr_blocks": ("::/0",)}
    found = re.search(r"\(([^)]*)\)", text)
    if name in ("ipv4", "ipv6") and found:
        return {"cidr_blocks": (found.group(1),)}
    return {"security_groups": (Unknown(text),)}


def _port(text: str) -> dict[str, Value]:
    name = snake(text.partition("(")[0])
    numbers = [int(n) for n in re.findall(r"\d+", text.partition("(")[2])]
    if name == "all_traffic":
        return {"protocol": "-1", "from_port": 0, "to_port": 0}
    if name in ("all_tcp", "all_udp"):
        return {"protocol": name[4:], "from_port": 0, "to_port": 65535}
    if numbers:
        return {"protocol": "udp" if "udp" in name else "tcp", "from_port": numbers[0], "to_port": numbers[-1]}
    known = {"SSH": 22, "RDP": 3389, "HTTP": 80, "HTTPS": 443, "POSTGRES": 5432, "MYSQL_AURORA": 3306}
    if text in known:
        return {"protocol": "tcp", "from_port": known[text], "to_port": known[text]}
    return {"protocol": "tcp", "from_port": Unknown(text), "to_port": Unknown(text)}
