"""Whether asynchronous work that fails in an AWS account is kept: queues, subscriptions, rules, functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_items import AWS, last_part
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

QUEUE, SUBSCRIPTION, RULE, FUNCTION = "sqs.queue", "sns.subscription", "events.rule", "lambda.function"
KINDS = (QUEUE, SUBSCRIPTION, RULE, FUNCTION)
_NEEDS = (
    *KINDS,
    *(f"{QUEUE}:Attributes", f"{SUBSCRIPTION}:Attributes", f"{RULE}:Targets", f"{FUNCTION}:EventInvokeConfig"),
    "lambda.event_source_mapping",
)
_MAILED = ("email", "email-json", "sms", "application")
"""Protocols that reach people: nothing takes up again what did not arrive."""
_DEAD = re.compile(r"(?:^|[-_.])(?:dlq|dead-?letters?)(?:$|[-_.])", re.IGNORECASE)


def dead_letter_queues(facts: Facts) -> Outcome:
    """Each source queue, subscription, target of a rule and asynchronous function keeps what fails."""
    items = list(_sources(facts))
    found = [fault for item in items for fault in _dropped(item)]
    problems = [fault for fault in found if isinstance(fault, Problem)]
    unseen = [fault for fault in found if isinstance(fault, Unseen)]
    dropping = {problem.place for problem in problems}
    total = counted(len(items), "queue, subscription, rule or function", "queues, subscriptions, rules and functions")
    outcome = judged(
        facts,
        AWS,
        KINDS,
        problems,
        items,
        bad=f"{share(len(dropping), total, 'drop')} what fails",
        good=f"{share(len(items), total, 'keep')} what fails",
        needs=_NEEDS,
    )
    return left_open(outcome, unseen, "dead letters")


def _sources(facts: Facts) -> Iterator[Seen]:
    """What hands asynchronous work on, and is no dead-letter queue itself."""
    dead, called = _dead_letter_targets(facts), _called_asynchronously(facts)
    for item in facts.live.of(AWS, QUEUE):
        held = str(item.get("Attributes", "QueueArn")) in dead or item.get("Attributes", "RedriveAllowPolicy")
        if not held and not _DEAD.search(last_part(item.name)):
            yield item
    for item in facts.live.of(AWS, SUBSCRIPTION):
        confirmed = str(item.get("SubscriptionArn", default="")).startswith("arn:")
        if confirmed and item.get("Protocol") not in _MAILED:
            yield item
    for item in facts.live.of(AWS, RULE):
        if item.get("State") != "DISABLED" and not item.get("ManagedBy") and item.get("Targets", default=True):
            yield item
    for item in facts.live.of(AWS, FUNCTION):
        if item.get("FunctionArn") in called or item.get("EventInvokeConfig") or item.get("DeadLetterConfig"):
            yield item


def _dead_letter_targets(facts: Facts) -> set[str]:
    """The queues that others put what fails into: they need none themselves."""
    found = {
        str(_policy(item.get("Attributes", "RedrivePolicy")).get("deadLetterTargetArn"))
        for item in facts.live.of(AWS, QUEUE, SUBSCRIPTION)
    }
    for rule in facts.live.of(AWS, RULE):
        found |= {str((t.get("DeadLetterConfig") or {}).get("Arn")) for t in rule.get("Targets", default=[])}
    for item in facts.live.of(AWS, FUNCTION, "lambda.event_source_mapping"):
        found.add(str(item.get("DeadLetterConfig", "TargetArn")))
        for path in (("EventInvokeConfig", "DestinationConfig"), ("DestinationConfig",)):
            found.add(str(item.get(*path, "OnFailure", "Destination")))
    return found


def _called_asynchronously(facts: Facts) -> set[str]:
    """The functions that rules call. Which functions topics call is not in a record: addresses are left out there."""
    return {
        str(target.get("Arn"))
        for rule in facts.live.of(AWS, RULE)
        if rule.get("State") != "DISABLED"
        for target in rule.get("Targets", default=[])
    }


def _dropped(item: Seen) -> Iterator[Problem | Unseen]:
    kind, name = item.record.kind, last_part(item.name)
    if kind == RULE:
        if "Targets" not in item.data:
            yield Unseen(f"the targets of rule {name} were not seen", item.place)
        for number, target in enumerate(item.get("Targets", default=[])):
            if not (target.get("DeadLetterConfig") or {}).get("Arn"):
                what = f"rule {name} has no dead-letter queue for {last_part(str(target.get('Arn')))}"
                yield Problem(what, item.at("Targets", number))
    elif kind == FUNCTION:
        if item.get("DeadLetterConfig", "TargetArn"):
            return
        if "EventInvokeConfig" not in item.data:
            yield Unseen(f"where function {name} puts calls that fail was not seen", item.place)
        elif not item.get("EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination"):
            yield Problem(f"function {name} drops asynchronous calls that fail", item.at("EventInvokeConfig"))
    elif "Attributes" not in item.data:
        yield Unseen(f"the attributes of {name} were not seen", item.place)
    elif not _policy(item.get("Attributes", "RedrivePolicy")):
        what = "queue" if kind == QUEUE else f"{item.get('Protocol')} subscription"
        named = name if kind == QUEUE else f"of {last_part(str(item.get('TopicArn')))}"
        yield Problem(f"{what} {named} has no dead-letter queue", item.at("Attributes"))


def _policy(text: object) -> Mapping[str, object]:
    try:
        found = json.loads(text) if isinstance(text, str) and text else text
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
