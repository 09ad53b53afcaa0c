"""CloudWatch's alarms: what those that work watch, whom they tell, and how long they have been firing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from gonogo.checks.alerts import CONNECTIONS, DISK, LIMITS, MEMORY, SIGNALS, topics_of
from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_figures import has_data, is_for_scaling, is_quiet, names_of
from gonogo.checks.observed.aws_items import AWS, of_environment, only_beside
from gonogo.checks.observed.aws_routes import SOURCES, Routes, routes_of
from gonogo.checks.observed.declared import undeclared_gap
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable
from gonogo.model.evidence import Place

ALARM, COMPOSITE = "cloudwatch.alarm", "cloudwatch.composite_alarm"
LONGEST = timedelta(days=7)
_NO_DATA = "is on a metric without data in the window"
_SERVICES = {
    ("lambda.function",): ("AWS/Lambda", "AWS/ApiGateway"),
    ("ecs.service", "elbv2.load_balancer"): ("AWS/ECS", "ECS/", "AWS/ApplicationELB", "AWS/NetworkELB"),
    ("rds.instance", "rds.cluster"): ("AWS/RDS",),
    ("states.state_machine",): ("AWS/States",),
}
"""Kinds of records that serve somebody, and the namespaces whose alarms watch them."""
_LIMITED = ("rds.instance", "ec2.instance", "ecs.service", "ecs.cluster", "elasticache.cluster", "acm.certificate")
"""Kinds of records that can run out of something."""


def alert_rules(facts: Facts) -> Outcome:
    """Alarms that work cover availability, errors, latency and saturation, on each kind of service that runs."""
    outcome, working = _covering(facts, SIGNALS)
    bare = [
        Unseen(f"no alarm that works watches any of {counted(len(items), 'record')} of {items[0].record.kind}", at)
        for kinds, spaces in _SERVICES.items()
        if (items := facts.live.of(AWS, *kinds)) and not _watch_any(working, spaces)
        for at in (items[0].place,)
    ]
    outcome = left_open(outcome, bare, "not every kind of service is watched")
    return undeclared_gap(facts, only_beside(outcome, _other_systems(facts)))


def saturation_alerts(facts: Facts) -> Outcome:
    """Alarms that work watch those of disk, memory, connections and certificates that the account can run out of."""
    wanted = tuple(limit for limit in LIMITS if limit in _can_run_out(facts))
    if not wanted:
        return not_applicable("nothing in the account was seen to run out of disk, memory, connections or certificates")
    outcome, _ = _covering(facts, wanted, _LIMITED)
    return only_beside(outcome, _other_systems(facts))


def alert_routing(facts: Facts) -> Outcome:
    """Each alarm tells somebody: it has an action that is on, data, and a topic that somebody has subscribed to."""
    alarms, routes, there = _for_people(facts), routes_of(facts), names_of(facts)
    problems, unsure, told, without_data = [], [], [], []
    for alarm in alarms:
        trouble = _idle(alarm) or routes.trouble(alarm)
        if trouble:
            problems.append(Problem(f"alarm {alarm.name} {trouble}", _place(alarm)))
        elif why := routes.doubt(alarm):
            unsure.append(Unseen(f"alarm {alarm.name} {why}", _place(alarm)))
        elif alarm.record.kind == ALARM and _no_data(alarm, there):
            without_data.append(Unseen(f"alarm {alarm.name} {_NO_DATA}", alarm.at("Metrics")))
        else:
            told.append(alarm)
    if not alarms:
        problems = _none_at_all(facts)
    aside = f"; {agreed(len(without_data), 'does', 'do')} not count, on metrics without data" if without_data else ""
    outcome = judged(
        facts,
        AWS,
        [ALARM, COMPOSITE],
        problems,
        alarms,
        bad=f"{share(len(problems), counted(len(alarms), 'alarm'), 'tell')} nobody",
        good=f"{share(len(told), counted(len(alarms), 'alarm'), 'tell')} somebody: {listed(routes.kinds(told))}{aside}",
        needs=(ALARM, f"{ALARM}:Metrics", COMPOSITE, *SOURCES),
    )
    unsure += without_data if not told else []
    outcome = left_open(outcome, unsure, f"whom {agreed(len(unsure), 'alarm tells', 'alarms tell')} does not show")
    return only_beside(outcome, _other_systems(facts))


def alert_noise(facts: Facts) -> Outcome:
    """No alarm has been firing for more than a week."""
    every = of_environment(facts, facts.live.of(AWS, ALARM, COMPOSITE))
    alarms = [alarm for alarm in every if not is_for_scaling(alarm)]
    firing = [alarm for alarm in alarms if alarm.get("StateValue") == "ALARM"]
    now = moment(facts.live.snapshot.taken)
    problems, unsure = [], []
    for alarm in firing:
        since = moment(alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp"))
        if since is None or now is None:
            unsure.append(Unseen(f"since when alarm {alarm.name} fires is not told", alarm.at("StateValue")))
        elif now - since > LONGEST:
            days = (now - since).days
            problems.append(Problem(f"alarm {alarm.name} has been firing for {days} days", alarm.at("StateValue")))
    bad = f"{share(len(problems), counted(len(alarms), 'alarm'), 'have')} been firing for over a week"
    now_too = agreed(len(firing), "fires", "fire")
    good = f"none of {counted(len(alarms), 'alarm')} has been firing for over a week; {now_too} now"
    outcome = judged(facts, AWS, [ALARM, COMPOSITE], problems, alarms, bad=bad, good=good)
    return only_beside(left_open(outcome, unsure, "how long alarms fire"), _other_systems(facts))


def _covering(facts: Facts, wanted: Sequence[str], more: Sequence[str] = ()) -> tuple[Outcome, list[Seen]]:
    """Whether alarms that work watch all of these, and which work. ``more`` are kinds that it takes beside alarms."""
    alarms, routes = [alarm for alarm in _for_people(facts) if alarm.record.kind == ALARM], routes_of(facts)
    there = names_of(facts)
    told = [(a, _idle(a) or routes.trouble(a) or _starved(a) or _no_data(a, there)) for a in alarms]
    working = [alarm for alarm, trouble in told if not trouble]
    without_data = [alarm for alarm, trouble in told if trouble == _NO_DATA]
    needs = (ALARM, f"{ALARM}:Metrics", COMPOSITE, *SOURCES, *more)
    missing = [topic for topic in wanted if topic not in _covered(working)]
    lacking = [topic for topic in missing if topic not in _covered(without_data)]
    problems: list[Problem] = []
    if lacking and not facts.live.gaps(AWS, *needs) and not list(_other_systems(facts)):
        what = f"none of {agreed(len(working), 'alarm that works', 'alarms that work')} watches {listed(lacking)}"
        broken = [Problem(f"alarm {alarm.name} {trouble}", _place(alarm)) for alarm, trouble in told if trouble]
        problems = [Problem(what, alarms[0].place), *broken] if alarms else _none_at_all(facts)
    good = f"{agreed(len(working), 'alarm that works watches', 'alarms that work watch')} {listed(wanted)}"
    bad = share(len(working), counted(len(alarms), "alarm"), "work")
    outcome = judged(facts, AWS, [ALARM], problems, alarms, bad=bad, good=good, needs=needs)
    if missing:
        doubts = [Unseen(f"alarm {alarm.name} {_NO_DATA}", alarm.at("Metrics")) for alarm in without_data]
        outcome = left_open(outcome, doubts, f"whether anything watches {listed(missing)} does not show")
        outcome = only_beside(outcome, [f"what watches {listed(missing)}"])
    return outcome, working


def _covered(alarms: Iterable[Seen]) -> frozenset[str]:
    return frozenset(topic for alarm in alarms for topic in topics_of(alarm.name, *_watched(alarm)))


def _watched(alarm: Seen) -> Iterator[str]:
    """What an alarm is on: namespaces, metrics and expressions."""
    yield from (str(alarm.get(key, default="")) for key in ("Namespace", "MetricName"))
    for query in alarm.get("Watched", default=[]):
        metric = (query.get("MetricStat") or {}).get("Metric") or {}
        yield from (str(metric.get(key, "")) for key in ("Namespace", "MetricName"))
        yield str(query.get("Expression") or "")


def _watch_any(alarms: Iterable[Seen], spaces: tuple[str, ...]) -> bool:
    """Whether one of them is in these namespaces, or in one of the team's own, which may be about anything."""
    named = [text for alarm in alarms for text in _watched(alarm) if text]
    return any(text.startswith(spaces) for text in named) or any("/" in t and not t.startswith("AWS/") for t in named)


def _for_people(facts: Facts) -> list[Seen]:
    """The alarms of the environment that should tell somebody: not those that only scale, restart or recover."""
    alarms = of_environment(facts, facts.live.of(AWS, ALARM, COMPOSITE))
    return [alarm for alarm in alarms if not is_for_scaling(alarm) and not Routes.only_repairs(alarm)]


def _idle(alarm: Seen) -> str:
    """Why it never says anything; empty where it may."""
    return "has its actions off" if alarm.get("ActionsEnabled") is False else ""


def _starved(alarm: Seen) -> str:
    """That CloudWatch itself says that it lacks data; one that lacks it at this hour only had some in the window."""
    return "has insufficient data" if alarm.get("StateValue") == "INSUFFICIENT_DATA" and not has_data(alarm) else ""


def _no_data(alarm: Seen, there: frozenset[str]) -> str:
    """That its metrics had no data; empty where they had, or have none since what they count did not happen."""
    return "" if has_data(alarm) or is_quiet(alarm, there) else _NO_DATA


def _place(alarm: Seen) -> Place:
    return alarm.at("AlarmActions")


def _none_at_all(facts: Facts) -> list[Problem]:
    """That nothing is watched, where something runs and no other system is there that may watch it."""
    running = [item for kinds in _SERVICES for item in facts.live.of(AWS, *kinds)]
    if not running or list(_other_systems(facts)) or facts.live.gaps(AWS, ALARM, COMPOSITE):
        return []
    return [Problem(f"no alarm watches any of {counted(len(running), 'service')} in the account", running[0].place)]


def _other_systems(facts: Facts) -> Iterator[str]:
    """Systems beside CloudWatch that alert."""
    if facts.monitoring.alerts:
        yield f"{counted(len(facts.monitoring.alerts), 'alert rule')} of the files"
    yield from (name for name in ("prometheus", "alertmanager", "grafana") if facts.live.has(name))


def _can_run_out(facts: Facts) -> set[str]:
    """The limits that something in the account has."""
    found: set[str] = set()
    if facts.live.of(AWS, "rds.instance"):
        found |= {DISK, MEMORY, CONNECTIONS}
    if facts.live.of(AWS, "ec2.instance"):
        found |= {DISK, MEMORY}
    if facts.live.of(AWS, "ecs.service", "elasticache.cluster", "elasticache.replication_group"):
        found.add(MEMORY)
    imported = [item for item in facts.live.of(AWS, "acm.certificate") if item.get("Type") == "IMPORTED"]
    return found | ({"certificates"} if imported else set())
