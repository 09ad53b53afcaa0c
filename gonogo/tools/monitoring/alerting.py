"""Alertmanager's receivers and routes, Grafana's contact points, and which of them reach nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.channels import UNFILLED, trouble_of
from gonogo.facts.monitoring import Alerting, Channel, Origin, Receiver, Route
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Map, Seq, as_text

_CHANNEL = re.compile(r"^([a-z]+?)_?[cC]onfigs$")
_TARGETS = {
    "slack": ("api_url", "apiURL", "api_url_file"),
    "pagerduty": ("routing_key", "service_key", "routingKey", "serviceKey", "routing_key_file", "service_key_file"),
    "opsgenie": ("api_key", "apiKey", "api_key_file"),
    "victorops": ("api_key", "apiKey", "api_key_file", "routing_key"),
    "webhook": ("url", "urlSecret", "url_file"),
    "discord": ("webhook_url", "apiURL", "webhook_url_file"),
    "msteams": ("webhook_url", "webhookUrl", "webhook_url_file"),
    "msteamsv": ("webhook_url", "webhookURL", "webhook_url_file"),
    "email": ("to",),
    "telegram": ("bot_token", "botToken", "bot_token_file"),
    "pushover": ("user_key", "userKey", "user_key_file"),
    "sns": ("topic_arn", "topicARN", "phone_number", "target_arn"),
    "webex": ("room_id", "roomID"),
    "wechat": ("corp_id", "corpID", "api_secret"),
    "jira": ("api_url", "apiURL", "project"),
    "rocketchat": ("channel",),
    "incidentio": ("url", "url_file"),
}
_GLOBAL = {
    "slack": ("slack_api_url", "slackApiUrl", "slack_api_url_file"),
    "opsgenie": ("opsgenie_api_key", "opsGenieApiKey", "opsgenie_api_key_file"),
    "victorops": ("victorops_api_key", "victorops_api_key_file"),
    "telegram": ("telegram_bot_token_file",),
}


def read_alerting(node: Map, origin: Origin) -> Alerting | None:
    """The Alertmanager configuration that a mapping is; None for any other mapping."""
    receivers = node.maps("receivers")
    if not isinstance(node.get("route"), Map) or not isinstance(node.get("receivers"), Seq):
        return None
    top = node.map("global")
    return Alerting(
        origin=origin,
        at=Place(origin.path, node.line_of("route"), 0, "route"),
        receivers=tuple(_receiver(receiver, top, origin) for receiver in receivers),
        routes=tuple(_routes(node.map("route"), "", 0, origin)),
    )


def _routes(route: Map, inherited: str, depth: int, origin: Origin) -> Iterator[Route]:
    receiver = route.text("receiver") or inherited
    matchers: list[str] = []
    for key in ("match", "match_re"):
        matchers += [f"{name}={as_text(value)}" for name, value in route.map(key).items()]
    for item in route.seq("matchers"):
        matchers.append(f"{item.text('name')}={item.text('value')}" if isinstance(item, Map) else as_text(item))
    line = route.line_of("receiver")
    yield Route(receiver, tuple(matchers), depth, Place(origin.path, line, line, f"route:{receiver}"))
    if depth < 10:
        for below in route.maps("routes"):
            yield from _routes(below, receiver, depth + 1, origin)


def _receiver(node: Map, top: Map, origin: Origin) -> Receiver:
    channels: list[Channel] = []
    name = node.text("name")
    for key in node:
        if match := _CHANNEL.match(key):
            for entry in node.maps(key):
                channels.append(_channel(match[1].lower(), entry, top, origin, name))
    return Receiver(name, tuple(channels), Place(origin.path, node.line_of("name"), node.end_line, f"receiver:{name}"))


def _channel(kind: str, entry: Map, top: Map, origin: Origin, name: str) -> Channel:
    key, value = _first(entry, _TARGETS.get(kind, ("url", "api_url", "webhook_url")))
    if not key:
        _, value = _first(top, _GLOBAL.get(kind, ()))
        has_secret = kind in ("sns", "webex") or isinstance(value, Map)
        needs = kind in _GLOBAL
        if value is None and kind == "slack" and isinstance(entry.map("http_config").get("authorization"), Map):
            value, needs = "slack app", False
    else:
        has_secret, needs = isinstance(value, Map), True
    if isinstance(value, Map):
        text = value.text("name") + "/" + value.text("key")
        trouble = "" if has_secret and value.text("name") else "it names no secret"
    else:
        text = as_text(value)
        trouble = trouble_of(kind, text, key) if needs or text else ""
    if not trouble and kind == "email":
        trouble = _mail_trouble(entry, top, origin)
    return Channel(kind, text, trouble, Place(origin.path, entry.line, entry.end_line, f"receiver:{name}:{kind}"))


def _mail_trouble(entry: Map, top: Map, origin: Origin) -> str:
    """Mail leaves only over a mail server; a custom resource may take the global one, which lies elsewhere."""
    host = entry.text("smarthost") or top.text("smtp_smarthost")
    if not host and origin.form != "custom resource" and not origin.key:
        return "no SMTP server is set"
    secret = entry.text("auth_password") or top.text("smtp_auth_password")
    return (trouble_of("email", host, "smarthost") if host else "") or (trouble_of("email", secret) if secret else "")


def _first(node: Map, keys: tuple[str, ...]) -> tuple[str, object]:
    return next(((key, node[key]) for key in keys if key in node), ("", None))


def read_contact_points(node: Map, origin: Origin) -> Alerting | None:
    """Grafana's provisioned contact points and policies; None for any other mapping."""
    points = node.maps("contactPoints")
    if not points:
        return None
    receivers = []
    for point in points:
        channels = tuple(_contact(entry, origin, point.text("name")) for entry in point.maps("receivers"))
        receivers.append(Receiver(point.text("name"), channels, Place(origin.path, point.line, point.end_line)))
    routes = [route for policy in node.maps("policies") for route in _routes(policy, "", 0, origin)]
    return Alerting(
        origin=origin,
        at=Place(origin.path, node.line_of("contactPoints"), 0, "contactPoints"),
        receivers=tuple(receivers),
        routes=tuple(routes),
        product="grafana",
    )


def _contact(entry: Map, origin: Origin, name: str) -> Channel:
    kind = entry.text("type").lower()
    settings = entry.map("settings")
    keys = ("url", "addresses", "integrationKey", "bottoken", "apiKey", "endpointUrl", "topic", "token", "recipient")
    key, value = _first(settings, keys)
    text = as_text(value)
    # Grafana itself fills in $VARIABLES of its environment, so those are no placeholders here.
    trouble = trouble_of(kind, UNFILLED.sub("variable", text), key)
    return Channel(kind, text, trouble, Place(origin.path, entry.line, entry.end_line, f"contact:{name}:{kind}"))
