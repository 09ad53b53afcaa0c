"""An Alertmanager: where alerts go, what is silenced, and which alerts it has now.

It is only asked with GETs of a closed list of paths. Of receivers only the kinds of integrations are kept, and whether
one leads nowhere: never an address, a channel or a key.
"""

from __future__ import annotations

import re
from typing import Any

from gonogo.facts.monitoring import Alerting, Origin, Receiver
from gonogo.model.snapshot import Record
from gonogo.model.sources import WebSource
from gonogo.model.target import Source
from gonogo.tools.live.asked import Asked, dicts, host_of, part, picked, shown, text_of
from gonogo.tools.live.shown import Reading, Shown
from gonogo.tools.live.web import open_web
from gonogo.tools.monitoring.alerting import read_alerting
from gonogo.tools.yaml_marks import load_yaml

PATHS = re.compile(r"api/v2/(?:status|receivers|silences|alerts)")
PERMISSION = "a token or login that may GET /api/v2/{}"
_SECRET = re.compile(r"<secret>")
_HIDDEN = "TEMPLATED"
"""What stands for a value that Alertmanager hides: it is set, and no placeholder."""
_LABELS = ("alertname", "severity", "priority", "level", "job", "instance", "namespace", "service")
_TOLD = ("is a placeholder", "is never filled in", "only records what it gets")


def observe(source: WebSource, reading: Reading) -> Shown:
    """What the server shows. Raises ToolError where it can't be reached."""
    with open_web(source, reading) as web:
        asked = Asked(web, "alertmanager", PATHS)
        status = asked.ask("api/v2/status", "build", permission=PERMISSION.format("status"))
        alerting = _configuration(asked, status)
        receivers = _receivers(asked, alerting)
        records = [*_build(asked, status), *receivers, *_routes(asked, alerting), *_silences(asked), *_alerts(asked)]
    notes = (f"receivers: {len(receivers)}",)
    source_shown = Source(kind="alertmanager", name=host_of(source.url), notes=notes)
    return Shown((source_shown,), tuple(records), tuple(asked.gaps))


def _configuration(asked: Asked, status: Any) -> Alerting | None:
    """The configuration that runs; a gap of receivers and routes where the status does not have it."""
    text = part(status, "config").get("original")
    why = "the status could not be seen" if status is None else "the status has no configuration"
    if isinstance(text, str):
        loaded = load_yaml(_SECRET.sub(_HIDDEN, text))
        found = read_alerting(loaded.first, Origin("alertmanager.yml")) if loaded.fault is None else None
        if found is not None:
            return found
        why = "the configuration in its status is not Alertmanager's"
    for kind in ("receiver", "route"):
        asked.miss(kind, why, PERMISSION.format("status") if status is None else "")
    return None


def _build(asked: Asked, status: Any) -> list[Record]:
    if not isinstance(status, dict):
        return []
    cluster = part(status, "cluster")
    data = picked(part(status, "versionInfo"), ("version",)) | picked(status, ("uptime",))
    peers = {"cluster": {"status": shown(cluster.get("status")), "peers": len(dicts(cluster.get("peers")))}}
    return asked.records("build", [("alertmanager", data | peers)])


def _receivers(asked: Asked, alerting: Alerting | None) -> list[Record]:
    """Those of the configuration; those that only the list of receivers names have None for their integrations."""
    listed = asked.ask("api/v2/receivers", "receiver", permission=PERMISSION.format("receivers"))
    known = {receiver.name: receiver for receiver in alerting.receivers} if alerting else {}
    names = dict.fromkeys([*known, *(shown(item.get("name")) for item in dicts(listed))])
    return asked.records("receiver", [(name, _receiver(known.get(name))) for name in sorted(names)])


def _receiver(receiver: Receiver | None) -> dict[str, Any]:
    if receiver is None:
        return {"integrations": None}
    channels = [{"kind": channel.kind, "trouble": _trouble(channel.placeholder)} for channel in receiver.channels]
    return {"integrations": channels}


def _trouble(placeholder: str) -> str:
    """Why an integration reaches nobody, without what its file says."""
    if not placeholder or placeholder.startswith(("it has no", "it names no", "no SMTP")):
        return placeholder
    return f"its target {next((told for told in _TOLD if told in placeholder), 'reaches nobody')}"


def _routes(asked: Asked, alerting: Alerting | None) -> list[Record]:
    """The routes in their order, depth first, each named by its number and its receiver."""
    routes = alerting.routes if alerting else ()
    return asked.records(
        "route",
        [
            (f"{number:04d} {route.receiver}", _route(route.receiver, route.matchers, route.depth))
            for number, route in enumerate(routes)
        ],
    )


def _route(receiver: str, matchers: tuple[str, ...], depth: int) -> dict[str, Any]:
    return {"receiver": shown(receiver), "matchers": [text_of(matcher) for matcher in matchers], "depth": depth}


def _silences(asked: Asked) -> list[Record]:
    """Those that are active or will be, without who made them and why."""
    found = []
    for item in _listed(asked, "silences", "silence"):
        state = shown(part(item, "status").get("state"))
        if state == "expired":
            continue
        matchers = [
            {"name": text_of(matcher.get("name")), "value": text_of(matcher.get("value"))}
            | {"isRegex": bool(matcher.get("isRegex")), "isEqual": matcher.get("isEqual") is not False}
            for matcher in dicts(item.get("matchers"))
        ]
        data = {"state": state, "matchers": matchers} | picked(item, ("startsAt", "endsAt"))
        found.append((shown(item.get("id")), data))
    return asked.records("silence", sorted(found, key=lambda pair: pair[0]))


def _alerts(asked: Asked) -> list[Record]:
    found = []
    for item in _listed(asked, "alerts", "alert"):
        labels = picked(item.get("labels"), _LABELS)
        data = {
            "labels": labels,
            "state": shown(part(item, "status").get("state")),
            "startsAt": shown(item.get("startsAt")),
            "receivers": sorted(shown(receiver.get("name")) for receiver in dicts(item.get("receivers"))),
        }
        found.append((f"{labels.get('alertname', '')} {labels.get('instance', '')}".strip(), data))
    return asked.records("alert", sorted(found, key=lambda pair: (pair[0], pair[1]["startsAt"])))


def _listed(asked: Asked, path: str, kind: str) -> list[dict[str, Any]]:
    answer = asked.ask(f"api/v2/{path}", kind, permission=PERMISSION.format(path))
    if answer is not None and not isinstance(answer, list):
        asked.miss(kind, "its answer is no list")
    return dicts(answer)
