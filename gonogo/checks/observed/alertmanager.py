"""What an Alertmanager showed: whether alerts reach somebody, and which it has now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import is_meant_to_fire, moment, older_than
from gonogo.checks.observed.agreement import verb
from gonogo.checks.observed.watching import PAGING, is_paging
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

WEEK = timedelta(days=7)
LONGEST_SILENCE = timedelta(days=30)
"""A silence from which on it is no pause any more."""
_QUIET = ("watchdog", "infoinhibitor", "info", "none", "deadmansswitch", "test")
_EVERYTHING = ("", ".*", ".+", "^.*$", "^.+$")
_SEVERITIES = ("severity", "priority", "level")


def alert_routing(facts: Facts) -> Outcome:
    """Each receiver that a route names reaches somebody, and nothing silences what should wake them for long."""
    live = facts.live
    receivers = {item.name: item for item in live.of("alertmanager", "receiver")}
    routes = live.of("alertmanager", "route")
    problems = [*_dead_ends(routes, receivers), *_silenced(facts)]
    used = [receivers[name] for name in dict.fromkeys(_receiver(route) for route in routes) if name in receivers]
    kinds = listed(part["kind"] for item in used for part in item.get("integrations", default=[]))
    good = f"routes lead to {kinds}, none of them a placeholder, and nothing is silenced for long"
    return judged(
        facts,
        "alertmanager",
        ["receiver", "route", "silence"],
        problems,
        [item for item in used if item.get("integrations")],
        bad=f"{counted(len(problems), 'way')} from an alert to a person {verb(len(problems), 'lead')} nowhere",
        good=good,
    )


def workload_health(facts: Facts) -> Outcome:
    """No alert is there that somebody must come for. That none is there proves nothing: none may be sent."""
    every = facts.live.of("alertmanager", "alert")
    alerts = [item for item in every if is_paging(item) and not is_meant_to_fire(item)]
    problems = [Problem(f"{item.name} fires", item.place) for item in alerts]
    bad = agreed(len(problems), "paging alert fires", "paging alerts fire")
    return judged(facts, "alertmanager", ["alert"], problems, [], bad=bad, good="")


def alert_noise(facts: Facts) -> Outcome:
    """No alert has been there for over a week."""
    alerts = facts.live.of("alertmanager", "alert")
    old = [item for item in alerts if not is_meant_to_fire(item) and older_than(facts, item, "startsAt", WEEK)]
    problems = [Problem(f"{item.name} fires since {item.get('startsAt')}", item.at("startsAt")) for item in old]
    good = f"none of {agreed(len(alerts), 'alert that is', 'alerts that are')} there is older than a week"
    return judged(
        facts, "alertmanager", ["alert"], problems, alerts, bad="alerts have fired for over a week", good=good
    )


def _dead_ends(routes: tuple[Seen, ...], receivers: dict[str, Seen]) -> Iterator[Problem]:
    for name in dict.fromkeys(_receiver(route) for route in routes):
        item = receivers.get(name)
        leading = [route for route in routes if _receiver(route) == name]
        if item is None:
            yield Problem(f"a route names the receiver {name or '(none)'}, which is not there", leading[0].place)
            continue
        parts = item.get("integrations")
        if parts is None:
            continue  # a gap tells it
        if not parts and not all(_is_meant_to_drop(route) for route in leading):
            yield Problem(f"the receiver {name} has no integration and drops what it gets", item.at("integrations"))
        troubles = [part["trouble"] for part in parts]
        if parts and all(troubles):
            yield Problem(f"the receiver {name} reaches nobody: {troubles[0]}", item.at("integrations"))


def _receiver(route: Seen) -> str:
    return str(route.get("receiver", default=""))


def _is_meant_to_drop(route: Seen) -> bool:
    """A child route that drops what only shows that alerting works, or informs; the root must reach somebody."""
    told = " ".join(route.get("matchers", default=[])).lower()
    return route.get("depth", default=0) > 0 and any(word in told for word in _QUIET)


def _silenced(facts: Facts) -> Iterator[Problem]:
    """Active silences that hide all alerts, or for long what may have to wake somebody."""
    for item in facts.live.of("alertmanager", "silence"):
        matchers = item.get("matchers", default=[])
        if item.get("state") != "active" or _spares_pages(matchers):
            continue
        start, end = moment(item.get("startsAt")), moment(item.get("endsAt"))
        what = listed(f"{matcher.get('name')}={matcher.get('value')}" for matcher in matchers)
        if all(_is_any(matcher) for matcher in matchers):
            yield Problem(f"all alerts are silenced until {item.get('endsAt')} ({what})", item.at("matchers"))
        elif start and end and end - start > LONGEST_SILENCE:
            yield Problem(f"{what} is silenced for {(end - start).days} days", item.at("endsAt"))


def _spares_pages(matchers: list[dict[str, object]]) -> bool:
    """Whether a silence is only of alerts of a severity that wakes nobody."""
    return any(
        matcher.get("name") in _SEVERITIES
        and not matcher.get("isRegex")
        and matcher.get("isEqual") is not False
        and not PAGING.fullmatch(str(matcher.get("value")))
        for matcher in matchers
    )


def _is_any(matcher: dict[str, object]) -> bool:
    return bool(matcher.get("isRegex")) and matcher.get("isEqual") is not False and matcher.get("value") in _EVERYTHING
