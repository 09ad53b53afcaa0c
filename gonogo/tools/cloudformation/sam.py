"""What the Serverless Application Model expands to: plain CloudFormation resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gonogo.facts.resources import Unknown, Value, as_tuple

Expanded = tuple[str, str, Mapping[str, Value]]
"""Type, suffix of the logical id, properties."""
_GLOBALS = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::SimpleTable": "SimpleTable",
    "AWS::Serverless::StateMachine": "StateMachine",
}


def with_globals(type_: str, properties: Mapping[str, Value], shared: Value) -> Mapping[str, Value]:
    """Properties of a serverless resource merged over the template's globals."""
    section = _GLOBALS.get(type_)
    common = shared.get(section) if section and isinstance(shared, Mapping) else None
    return _merge(common, properties) if isinstance(common, Mapping) else properties


def _merge(common: Mapping[str, Value], own: Mapping[str, Value]) -> dict[str, Value]:
    found = dict(common)
    for key, value in own.items():
        base = found.get(key)
        if isinstance(base, Mapping) and isinstance(value, Mapping):
            found[key] = _merge(base, value)
        elif isinstance(base, tuple) and isinstance(value, tuple):
            found[key] = base + value
        else:
            found[key] = value
    return found


def expand(type_: str, name: str, p: Mapping[str, Value]) -> Iterator[Expanded]:
    """The resources that a serverless one stands for; the first keeps its logical id."""
    kind = type_.removeprefix("AWS::Serverless::")
    if kind == "Function":
        yield from _function(name, p)
    elif kind == "SimpleTable":
        names = ("TableName", "SSESpecification", "PointInTimeRecoverySpecification", "Tags", "DeletionPolicy")
        plain = {key: p[key] for key in names if key in p}
        yield "AWS::DynamoDB::Table", "", {"BillingMode": "PAY_PER_REQUEST", **plain}
    elif kind == "Api":
        yield "AWS::ApiGateway::RestApi", "", p
        yield "AWS::ApiGateway::Stage", "Stage", p
    elif kind == "HttpApi":
        yield "AWS::ApiGatewayV2::Api", "", {"ProtocolType": "HTTP", **p}
        yield "AWS::ApiGatewayV2::Stage", "Stage", p
    elif kind == "StateMachine":
        yield "AWS::StepFunctions::StateMachine", "", p
        yield from _role(p)
    elif kind == "GraphQLApi":
        yield "AWS::AppSync::GraphQLApi", "", p


def _function(name: str, p: Mapping[str, Value]) -> Iterator[Expanded]:
    values = dict(p)
    if "Tracing" in p:
        values["TracingConfig"] = {"Mode": p["Tracing"]}
    dead = p.get("DeadLetterQueue")
    if isinstance(dead, Mapping):
        values["DeadLetterConfig"] = {"TargetArn": dead.get("TargetArn")}
    yield "AWS::Lambda::Function", "", values
    url = p.get("FunctionUrlConfig")
    if url is not None:
        settings = dict(url) if isinstance(url, Mapping) else {}
        yield "AWS::Lambda::Url", "Url", {"AuthType": Unknown("AuthType"), **settings}
    yield from _role(p)


def _role(p: Mapping[str, Value]) -> Iterator[Expanded]:
    """The role that SAM makes of a function's policies; its policy templates are scoped by what they are given."""
    if p.get("Role") is not None:
        return
    managed: list[Value] = []
    inline: list[Value] = []
    for policy in as_tuple(p.get("Policies")):
        if isinstance(policy, str):
            managed.append(policy if policy.startswith("arn:") else f"arn:aws:iam::aws:policy/{policy}")
        elif isinstance(policy, Mapping) and "Statement" in policy:
            inline.append({"PolicyName": "inline", "PolicyDocument": policy})
        elif isinstance(policy, Unknown):
            managed.append(policy)
    yield "AWS::IAM::Role", "Role", {"Policies": tuple(inline), "ManagedPolicyArns": tuple(managed)}


def implicit_apis(functions: Iterator[tuple[str, Mapping[str, Value]]]) -> Iterator[Expanded]:
    """The APIs that events of functions make, where these name none themselves."""
    made: set[str] = set()
    for _, p in functions:
        events = p.get("Events")
        for event in events.values() if isinstance(events, Mapping) else ():
            kind = event.get("Type") if isinstance(event, Mapping) else None
            settings = event.get("Properties") if isinstance(event, Mapping) else None
            named = isinstance(settings, Mapping) and ("RestApiId" in settings or "ApiId" in settings)
            if kind == "Api" and not named and "rest" not in made:
                made.add("rest")
                yield "AWS::ApiGateway::RestApi", "ServerlessRestApi", {}
            elif kind == "HttpApi" and not named and "http" not in made:
                made.add("http")
                yield "AWS::ApiGatewayV2::Api", "ServerlessHttpApi", {"ProtocolType": "HTTP"}
