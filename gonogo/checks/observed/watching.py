"""What watches the target now: alert rules of a Prometheus or Grafana, and alarms of the cloud, in one vocabulary.

A rule watches only where it is evaluated and its metrics have data. What can't be told is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.alerts import topics_of
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_figures import has_data, is_for_scaling, is_quiet, names_of
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, unverified

RULES = {"prometheus": "rule", "grafana": "alert_rule", "aws": "cloudwatch.alarm"}
"""The sources of what watches, and the kinds of their records."""
PAGING = re.compile(r"(?:crit(?:ical)?|page|pager|emerg(?:ency)?|fatal|disaster|p[01]|sev-?[01])", re.IGNORECASE)
_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")
_NOT_ALL = re.compile(r"\b(?:or|unless|absent(?:_over_time)?)\b")
"""An expression that also has a result where one of its metrics has none."""


@dataclass(frozen=True)
class Watch:
    """One rule or alarm. It works where neither of the reasons is there."""

    name: str
    seen: Seen
    source: str
    topics: frozenset[str]
    idle: str = ""
    """Why it never fires, or tells nobody."""
    unsure: str = ""
    """Why it can't be told whether it works."""
    broken: str = ""
    """Why it can't be evaluated."""

    @property
    def works(self) -> bool:
        return not (self.idle or self.unsure or self.broken)


class Data:
    """Which metrics have data, as far as the Prometheus that was given shows."""

    def __init__(self, facts: Facts) -> None:
        live = facts.live
        self._series = {item.name: item.get("series") for item in live.of("prometheus", "metric")}
        lists = live.of("prometheus", "metric_names")
        self._names = frozenset(name for item in lists for name in item.get("names", default=()))
        self._complete = bool(lists) and not live.gaps("prometheus", "metric_names")

    def has(self, name: str) -> bool | None:
        """Whether a metric has data; None where that is not known."""
        if isinstance(series := self._series.get(name), int):
            return series > 0
        if name in self._names:
            return True
        return False if self._complete else None


def watches(facts: Facts, *sources: str) -> tuple[Watch, ...]:
    """All that watch, of these sources or of all."""
    live, data = facts.live, Data(facts)
    states = live.of("grafana", "alert_state")
    found = [_of_rule(item, data) for item in live.of("prometheus", "rule") if item.get("type") == "alerting"]
    found += [_of_grafana(item, states) for item in live.of("grafana", "alert_rule")]
    alarms = live.of("aws", "cloudwatch.alarm")
    there = names_of(facts) if alarms else frozenset()
    found += [_of_alarm(item, there) for item in alarms]
    return tuple(watch for watch in found if not sources or watch.source in sources)


def is_paging(item: Seen) -> bool:
    """Whether a rule or alert says of itself that somebody must come at once."""
    labels = item.get("labels", default={})
    return any(PAGING.fullmatch(str(labels.get(name, ""))) for name in ("severity", "priority", "level"))


def covering(
    facts: Facts, source: str, topics: Sequence[str], *, needs: Sequence[str] = (), broken: Sequence[Problem] = ()
) -> Outcome:
    """Whether what watches covers these topics; all sources count together, and this one's broken rules on them fail.

    ``needs`` names further kinds of the source that must be seen; ``broken`` are rules that fail whatever they watch.
    """
    own = watches(facts, source)
    kinds = [RULES[source], *needs]
    problems = broken or [
        Problem(f"{watch.name} is broken: {watch.broken}", watch.seen.place)
        for watch in own
        if watch.broken and watch.topics & set(topics)
    ]
    if problems or not own:
        return judged(facts, source, kinds, problems, [], bad="rules do not work", good="")
    every = watches(facts)
    working = [watch for watch in every if watch.works]
    missing = _beyond(topics, working)
    if missing:
        return _lacking(facts, source, missing, every)
    first = (next(watch.seen for watch in working if topic in watch.topics) for topic in topics)
    shown = list({item.place: item for item in first}.values())
    idle = [watch for watch in own if watch.idle]
    aside = f"; {agreed(len(idle), 'rule does', 'rules do')} not count, as {idle[0].idle}" if idle else ""
    good = (
        f"{agreed(len(working), 'alert that is evaluated on data covers', 'alerts that are evaluated on data cover')}"
    )
    good += f" {_and(topics)}{aside}"
    return judged(facts, source, kinds, [], shown, bad="", good=good)


def _lacking(facts: Facts, source: str, missing: list[str], every: Sequence[Watch]) -> Outcome:
    """A failure, unless what could not be seen may be what is missing."""
    maybe = [watch for watch in every if watch.unsure and watch.topics & set(missing)]
    still = _beyond(missing, maybe)
    unseen = _unseen(facts)
    if not still or unseen:
        reasons = [*(f"{watch.name}: {watch.unsure}" for watch in maybe[:3]), *unseen]
        return unverified(f"whether an alert watches {_and(missing)} does not show: {'; '.join(reasons)}")
    idle = [watch for watch in every if watch.idle]
    problems = [Problem(f"{watch.name}: {watch.idle}", watch.seen.place) for watch in idle]
    own = next(watch for watch in every if watch.source == source)
    problems = problems or [Problem(f"no alert on {topic} beside this one", own.seen.place) for topic in missing[:1]]
    works = sum(watch.works for watch in every)
    aside = f"; {agreed(len(idle), 'rule does', 'rules do')} not count, as {idle[0].idle}" if idle else ""
    return failed(
        f"{share(works, counted(len(every), 'alert'), 'work')}, and none watches {_or(missing)}{aside}", *problems
    )


def undeclared_rules(facts: Facts, source: str) -> Outcome:
    """Where a source runs no alert rule: a failure where files have some for it, else nothing that it could say.

    Needs: monitoring.
    """
    language = "grafana" if source == "grafana" else "promql"
    written = [rule for rule in facts.monitoring.alerts if rule.language == language]
    if not written or watches(facts):
        return not_applicable(f"the {source} source runs no alert rule")
    count = agreed(len(written), "alert rule is", "alert rules are")
    return failed(
        f"{count} written, but the {source} that runs has none loaded",
        *(Problem(f"{rule.name} is not loaded", rule.at) for rule in written[:5]),
    )


def _unseen(facts: Facts) -> list[str]:
    """Where further alerts may be that were not seen, as sentences without a full stop."""
    found = [str(gap) for source, kind in RULES.items() for gap in facts.live.gaps(source, kind)]
    if not facts.live.has("aws") and cloud.resources(facts, Kind.ALARM):
        found.append("alarms are declared, and no cloud account was given")
    if not facts.live.has("grafana") and any(rule.language == "grafana" for rule in facts.monitoring.alerts):
        found.append("alert rules of Grafana are declared, and no Grafana was given")
    return found


def _of_rule(item: Seen, data: Data) -> Watch:
    query, health = str(item.get("query", default="")), item.get("health", default="")
    idle = unsure = broken = ""
    if health == "err":
        broken = f"its evaluation fails: {item.get('lastError', default='no reason is told')}"
    elif health != "ok":
        unsure = "it was not evaluated yet"
    else:
        idle, unsure = _without_data(query, item.get("metrics", default=[]), data)
    return Watch(item.name, item, "prometheus", topics_of(_own_name(item), query), idle, unsure, broken)


def _without_data(query: str, names: list[str], data: Data) -> tuple[str, str]:
    """Why an expression never has a result, and why that can't be told; both empty where it may have one."""
    known = {name: data.has(name) for name in names}
    without = [name for name, has in known.items() if has is False]
    unknown = [name for name, has in known.items() if has is None]
    if not names:
        return "", "which metrics it asks for can't be told"
    needs_all = not _NOT_ALL.search(_TEXT.sub("", query))
    if not needs_all and ("absent" in query or any(known.values())):
        return "", ""
    if without and (needs_all or len(without) == len(names)):
        return f"{without[0]} has no data", ""
    return "", f"whether {unknown[0]} has data was not seen" if unknown else ""


def _of_grafana(item: Seen, states: Iterable[Seen]) -> Watch:
    uid = item.get("uid")
    state = next((s for s in states if s.get("uid") == uid or (not s.get("uid") and s.name == item.name)), None)
    health = state.get("health", default="") if state else ""
    idle = unsure = broken = ""
    if item.get("paused"):
        idle = "it is paused"
    elif health in ("error", "err"):
        broken = f"its evaluation fails: {state.get('lastError', default='no reason is told') if state else ''}"
    elif health == "nodata":
        idle = "its query has no data"
    elif health != "ok":
        unsure = "whether it is evaluated on data was not seen"
    queries = [str(query.get("expr", "")) for query in item.get("queries", default=[])]
    title = _own_name(item)
    topics = topics_of(title, title.replace(" ", ""), *queries)
    return Watch(item.name, item, "grafana", topics, idle, unsure, broken)


def _of_alarm(item: Seen, there: frozenset[str]) -> Watch:
    idle = unsure = ""
    if item.get("ActionsEnabled", default=True) is False or not item.get("AlarmActions", default=[]):
        idle = "it has no action"
    elif is_for_scaling(item):
        idle = "it only scales something"
    elif item.get("StateValue") == "INSUFFICIENT_DATA" and not has_data(item):
        idle = "it has no data"
    elif "Metrics" in item.data and not has_data(item) and not is_quiet(item, there):
        unsure = "its metric had no data in the window"
    topics = topics_of(item.name, str(item.get("MetricName", default="")), str(item.get("Namespace", default="")))
    return Watch(item.name, item, "aws", topics, idle, unsure)


def _own_name(item: Seen) -> str:
    """The name of a rule without its group's, which says less of what it watches."""
    return item.name.removeprefix(f"{item.get('group', default='')}/")


def _beyond(topics: Sequence[str], found: Iterable[Watch]) -> list[str]:
    seen = {topic for watch in found for topic in watch.topics}
    return [topic for topic in topics if topic not in seen]


def _and(words: Sequence[str]) -> str:
    return listed(words[:-1], len(words)) + " and " + words[-1] if len(words) > 1 else "".join(words)


def _or(words: Sequence[str]) -> str:
    return listed(words[:-1], len(words)) + " or " + words[-1] if len(words) > 1 else "".join(words)
