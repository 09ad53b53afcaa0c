"""Whether traces arrive in X-Ray: what its service graph shows of the window, against what ran with tracing on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gonogo.checks.observed.age import moment
from gonogo.checks.observed.aws_items import AWS, figure
from gonogo.checks.observed.unseen import Unseen
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Problem

TRACES = "xray.traces"
_SPANS = "aws/spans"
"""The log group that spans go to where Transaction Search is on: X-Ray then has a share of them only."""
_RAN = {"lambda.function": "Invocations", "states.state_machine": "ExecutionsStarted"}
_CALLERS = ("client", "remote")
"""Types of what calls from outside, and of what is called there: none of it sends traces."""


def traced_services(facts: Facts) -> list[str]:
    """The names of the services that X-Ray has traces of, sorted."""
    return sorted(
        {
            str(service.get("Name"))
            for item in facts.live.of(AWS, TRACES)
            for service in item.get("Services", default=[])
            if service.get("Type") not in _CALLERS and service.get("Name")
        }
    )


def silences(facts: Facts, traced: Sequence[Seen]) -> Iterator[Problem | Unseen]:
    """Regions where something ran with X-Ray's tracing on (``traced``), and X-Ray has no trace at all."""
    asked: dict[str, list[Seen]] = {}
    for item in facts.live.of(AWS, TRACES):
        asked.setdefault(item.scope, []).append(item)
    for region, spans in asked.items():
        ran = [item for item in traced if item.scope == region and figure(item, _RAN.get(item.record.kind, ""))]
        if not ran or any(item.get("Services") for item in spans):
            continue
        names = listed(item.name for item in ran)
        what = f"{counted(len(ran), 'function or state machine', 'functions and state machines')} ran with tracing on"
        what = f"{what} in {region} ({names}), and X-Ray has no trace of the last {_hours(spans)}"
        if _goes_elsewhere(facts, region):
            yield Unseen(f"{what}; spans go to the log group {_SPANS}, which is not read", spans[0].place)
        elif facts.live.gaps(AWS, f"{TRACES}:Rest", TRACES):
            yield Unseen(what, spans[0].place)
        else:
            yield Problem(what, spans[0].at("Services"))


def _hours(spans: Sequence[Seen]) -> str:
    starts = [found for item in spans if (found := moment(item.get("StartTime")))]
    ends = [found for item in spans if (found := moment(item.get("EndTime")))]
    if not starts or not ends:
        return "hours"
    return agreed(round((max(ends) - min(starts)).total_seconds() / 3600), "hour", "hours")


def _goes_elsewhere(facts: Facts, region: str) -> bool:
    groups = facts.live.of(AWS, "logs.log_group")
    return any(item.name == _SPANS and item.scope == region and item.get("storedBytes") for item in groups)
