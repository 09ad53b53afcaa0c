"""What a Grafana showed: dashboards, and the alert rules and contact points of its own."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.checks.alerts import SIGNALS
from gonogo.checks.emitted import emitted_of
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import verb
from gonogo.checks.observed.watching import Data, covering, undeclared_rules, watches
from gonogo.checks.services import services_of
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable
from gonogo.model.snapshot import EVERYTHING

_BUILT_IN = ("", "default", "grafana", "-- grafana --", "-- mixed --", "-- dashboard --", "__expr__")


def dashboards(facts: Facts) -> Outcome:
    """A dashboard of the services, whose queries have data as far as a Prometheus that was given shows."""
    found = facts.live.of("grafana", "dashboard")
    filled = [item for item in found if any(True for _ in _queries(item))]
    own = [item for item in filled if _is_of_services(facts, item)]
    empty = {item.name: why for item in own if (why := _why_empty(facts, item))}
    good = [item for item in own if item.name not in empty]
    problems: list[Problem] = []
    if not good and not facts.live.gaps("grafana", "dashboard"):
        problems = [Problem(f"{item.name}: {empty[item.name]}", item.place) for item in own]
        problems = problems or [Problem(f"{item.name} {_what(item)}", item.place) for item in found]
    aside = f"; {len(empty)} more {'shows' if len(empty) == 1 else 'show'} nothing" if empty else ""
    unseen = "" if _is_one_prometheus(facts) else "; whether their queries have data does not show"
    told = f"{agreed(len(good), 'dashboard', 'dashboards')} of the services in Grafana"
    return judged(
        facts,
        "grafana",
        ["dashboard"],
        problems,
        good,
        bad="no dashboard shows the services",
        good=f"{told}: {listed(item.name for item in good)}{aside}{unseen}",
        needs=[EVERYTHING] if good else ["dashboard"],  # one that was seen is there, whatever else could not be seen
    )


def alert_rules(facts: Facts) -> Outcome:
    """Rules of Grafana that are evaluated on data watch the four signals; those of a Prometheus are judged there."""
    if watches(facts, "prometheus"):
        return not_applicable("its alert rules are judged with those of Prometheus")
    if not watches(facts, "grafana") and not facts.live.gaps("grafana", "alert_rule"):
        return undeclared_rules(facts, "grafana")
    return covering(facts, "grafana", SIGNALS)


def alert_routing(facts: Facts) -> Outcome:
    """Contact points that the notification policies name reach somebody, where Grafana has alert rules."""
    live = facts.live
    kinds = ["alert_rule", "contact_point", "policy"]
    rules = [item for item in live.of("grafana", "alert_rule") if not item.get("paused")]
    policies, points = live.of("grafana", "policy"), live.of("grafana", "contact_point")
    if not rules:
        return judged(facts, "grafana", ["alert_rule"], [], [], bad="", good="")
    problems: list[Problem] = []
    used: list[Seen] = []
    for name in dict.fromkeys(str(item.get("receiver", default="")) for item in policies):
        mine = [point for point in points if point.name.partition(" (")[0] == name or point.name == name]
        used += mine
        if not mine and not live.gaps("grafana", "contact_point"):
            at = next(item.place for item in policies if item.get("receiver", default="") == name)
            problems.append(Problem(f"a policy names the contact point {name or '(none)'}, which is not there", at))
        elif mine and all(point.get("placeholder") for point in mine):
            problems.append(Problem(f"the contact point {name} leads to a placeholder", mine[0].at("placeholder")))
    good = f"alerts go to {listed(str(point.get('type')) for point in used)}, none of them a placeholder"
    bad = f"{counted(len(problems), 'way')} from an alert of Grafana to a person {verb(len(problems), 'lead')} nowhere"
    return judged(facts, "grafana", kinds, problems, used, bad=bad, good=good)


def _queries(item: Seen) -> Iterator[dict[str, object]]:
    for panel in item.get("panels", default=[]):
        yield from panel.get("queries", ())


def _names(query: dict[str, object]) -> list[str]:
    found = query.get("metrics")
    return [str(name) for name in found] if isinstance(found, list) else []


def _is_of_services(facts: Facts, item: Seen) -> bool:
    """Whether a dashboard asks for something that the services emit; queries without metrics are taken for it.

    Needs: those of the services and of what is emitted.
    """
    if not services_of(facts):
        return True
    emitted = emitted_of(facts)
    return any(not (names := _names(query)) or any(map(emitted.is_own, names)) for query in _queries(item))


def _why_empty(facts: Facts, item: Seen) -> str:
    """Why a dashboard shows nothing; empty where it may show something."""
    known = {name for source in facts.live.of("grafana", "datasource") for name in _called(source)}
    queries = list(_queries(item))
    if known and not facts.live.gaps("grafana", "datasource"):
        gone = [query for query in queries if not _is_known(str(query.get("datasource", "")), known)]
        if len(gone) == len(queries):
            return f"its data source {gone[0].get('datasource')} is not in Grafana"
    if not _is_one_prometheus(facts):
        return ""
    data = Data(facts)
    asked = [[data.has(name) for name in _names(query)] for query in queries]
    if all(False in answers for answers in asked):
        names = dict.fromkeys(name for query in queries for name in _names(query) if data.has(name) is False)
        return f"{counted(len(names), 'metric')} of its queries {verb(len(names), 'have')} no data: {listed(names, 3)}"
    return ""


def _is_one_prometheus(facts: Facts) -> bool:
    """Whether the Prometheus that was given can only be the one that Grafana asks."""
    sources = [item for item in facts.live.of("grafana", "datasource") if item.get("type") == "prometheus"]
    return facts.live.has("prometheus") and len(sources) < 2


def _called(source: Seen) -> tuple[str, str]:
    return source.name, str(source.get("uid", default=""))


def _is_known(named: str, known: set[str]) -> bool:
    """A variable may be any; what Grafana has by itself is always there."""
    return named in known or named.lower() in _BUILT_IN or "$" in named


def _what(item: Seen) -> str:
    if not any(True for _ in _queries(item)):
        return "has no panel with a query"
    return "shows only hosts, containers or tools"
