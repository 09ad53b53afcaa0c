"""Whether the metrics that an alarm watches had data, and whether it is meant for anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.checks.observed.aws_items import AWS, last_part
from gonogo.facts import Facts
from gonogo.facts.live import Seen

_SPARSE = re.compile(
    r"HTTPCode_\w+_[45]XX_Count|\w*Throttle\w*|UserErrors|SystemErrors|\w+(?:Failed|TimedOut|Aborted)|FailedInvocations"
    r"|\w*ConnectionErrorCount|RejectedConnectionCount|ClientTLSNegotiationErrorCount|DeadLetterErrors"
    r"|DestinationDeliveryFailures|NumberOfNotificationsFailed\w*|Invocations(?:SentToDlq|FailedToBeSentToDlq)"
)
"""Metrics that AWS writes only when what they count happens: that there is no data is the good case."""
_WHAT = frozenset(
    (
        "FunctionName",
        "LoadBalancer",
        "TargetGroup",
        "TableName",
        "StateMachineArn",
        "TopicName",
        "RuleName",
        "QueueName",
    )
)
"""Dimensions that name what a metric is of."""


def has_data(alarm: Seen) -> bool:
    """Whether some metric that it watches had data in the window; no where figures could not be read."""
    figures = alarm.get("Metrics", default={})
    if not isinstance(figures, Mapping):
        return False  # its own expression stands there
    return any(isinstance(found, Mapping) and found.get("Datapoints") for found in figures.values())


def is_quiet(alarm: Seen, there: frozenset[str]) -> bool:
    """Whether it waits for a metric that has no data while all is well, of something that is ``there``."""
    named = [d for d in alarm.get("Dimensions", default=[]) if d.get("Name") in _WHAT]
    is_set = alarm.get("StateValue") == "OK" and alarm.get("TreatMissingData") == "notBreaching"
    is_sparse = bool(_SPARSE.fullmatch(str(alarm.get("MetricName", default=""))))
    return is_set and is_sparse and bool(named) and all(str(d.get("Value")) in there for d in named)


def names_of(facts: Facts) -> frozenset[str]:
    """What dimensions may call the things of the account: names, ARNs, and the ends of ARNs of load balancers."""
    found: set[str] = set()
    for item in facts.live.seen:
        if item.record.source == AWS:
            arns = [str(item.get(key, default="")) for key in ("LoadBalancerArn", "TargetGroupArn", "stateMachineArn")]
            found |= {item.name, last_part(item.name), *arns, arns[0].partition(":loadbalancer/")[2]}
            found.add(arns[1].rpartition(":")[2])
    return frozenset(found - {""})


def is_for_scaling(alarm: Seen) -> bool:
    """Whether an alarm only drives scaling: it is in ALARM whenever capacity could shrink."""
    actions = [str(action) for key in ("AlarmActions", "OKActions") for action in alarm.get(key, default=[])]
    return bool(actions) and all(":autoscaling:" in action for action in actions)
