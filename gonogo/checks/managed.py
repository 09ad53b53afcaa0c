"""Routes and sources of events that a managed endpoint gives to functions: what SAM templates say about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gonogo.checks.cloud import resources
from gonogo.facts import Facts
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.model.evidence import Place

_APIS = ("Api", "HttpApi")
_SOURCES = frozenset(
    {"SQS", "SNS", "DynamoDB", "Kinesis", "MSK", "MQ", "S3", "EventBridgeRule", "CloudWatchEvent", "DocumentDB"}
)


@dataclass(frozen=True, slots=True)
class ManagedRoute:
    """A route of an API gateway. ``authorized`` is None where a document elsewhere (an OpenAPI body) says it."""

    method: str
    path: str
    function: str
    authorized: bool | None
    at: Place

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def managed_routes(facts: Facts) -> tuple[ManagedRoute, ...]:
    """Routes that events of functions make. Needs: terraform, cloudformation."""
    apis = resources(facts, "aws_api_gateway_rest_api", "aws_apigatewayv2_api")
    found: list[ManagedRoute] = []
    for function, kind, settings in _events(facts):
        if kind in _APIS:
            method = str(settings.get("method", "ANY")).upper()
            path = str(settings.get("path", "/{proxy+}"))
            if method != "OPTIONS":
                authorized = _authorized(settings, _api_of(settings, apis, function))
                found.append(ManagedRoute(method, path, function.address, authorized, function.at))
    return tuple(found)


def event_sources(facts: Facts) -> tuple[tuple[str, Place], ...]:
    """Functions that queues, streams, buckets or buses call. Needs: terraform, cloudformation."""
    found = [(f"{function.address} ({kind})", function.at) for function, kind, _ in _events(facts) if kind in _SOURCES]
    mapped = resources(facts, "aws_lambda_event_source_mapping")
    return (*found, *((mapping.address, mapping.at) for mapping in mapped), *_rules(facts))


def _rules(facts: Facts) -> Iterator[tuple[str, Place]]:
    """Rules of a bus that send its events to a function; buses deliver at least once."""
    functions = resources(facts, "aws_lambda_function")
    rules = [rule for rule in resources(facts, "aws_cloudwatch_event_rule") if rule.get("event_pattern") is not None]
    targets = resources(facts, "aws_cloudwatch_event_target")
    for rule in rules:
        senders = [rule, *(target for target in targets if target.refers_to(rule))]
        if any(sender.refers_to(function) for sender in senders for function in functions):
            yield rule.address, rule.at


def _events(facts: Facts) -> Iterator[tuple[Resource, str, Mapping[str, Value]]]:
    for function in resources(facts, "aws_lambda_function"):
        events = function.attributes.get("events")
        for event in events.values() if isinstance(events, Mapping) else ():
            if isinstance(event, Mapping):
                settings = event.get("properties")
                yield function, str(event.get("type", "")), settings if isinstance(settings, Mapping) else {}


def _api_of(settings: Mapping[str, Value], apis: tuple[Resource, ...], function: Resource) -> Resource | None:
    """The API that an event names, or the one that the template makes by itself."""
    named = settings.get("rest_api_id", settings.get("api_id"))
    refers = named.refers if isinstance(named, Unknown) else ()
    same = [api for api in apis if api.root == function.root or api.at.path == function.at.path]
    for api in same:
        if api.name in refers or api.address in refers or (named is None and api.name.startswith("Serverless")):
            return api
    return None


def _authorized(settings: Mapping[str, Value], api: Resource | None) -> bool | None:
    own = settings.get("auth")
    if isinstance(own, Mapping) and own.get("authorizer") is not None:
        return str(own.get("authorizer")).upper() != "NONE"
    if isinstance(own, Mapping) and own.get("api_key_required") is True:
        return True
    if api is None:
        return None
    if "definition_body" in api.attributes or "definition_uri" in api.attributes or "body" in api.attributes:
        return None
    shared = api.attributes.get("auth")
    if isinstance(shared, Unknown):
        return None
    return isinstance(shared, Mapping) and bool(shared.get("default_authorizer") or shared.get("api_key_required"))
