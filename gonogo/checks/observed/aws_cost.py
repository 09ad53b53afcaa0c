"""Whether spending in an AWS account is watched and can be allocated: budgets, anomalies, tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_amounts import exceeded, told_anomalies, told_months
from gonogo.checks.observed.aws_beside import ORGANIZATION, account_place, other_clouds, payer_of
from gonogo.checks.observed.aws_items import AWS, only_beside
from gonogo.checks.observed.aws_tags import BILLED, TAG_NEEDS, tags_by_arn, tags_in
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted, have, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, unverified

_BUDGET, _ALARMS = "budgets.budget", ("cloudwatch.alarm", "cloudwatch.billing_alarm")
"""Billing alarms are of one region, which is looked at for them alone where it is not among those that were given."""
_OF_COST = ("COST", "USAGE")
_MONITOR, _SUBSCRIPTION = "ce.anomaly_monitor", "ce.anomaly_subscription"
ENOUGH = 0.9
"""The share of what is billed that must have a tag."""


def budgets(facts: Facts) -> Outcome:
    """A budget of costs that has not ended notifies somebody, and is not exceeded month after month; a billing alarm
    with an action is the like."""
    found = [item for item in facts.live.of(AWS, _BUDGET) if _is_of_cost(facts, item)]
    alive = [item for item in found if item.get("Notifications")]
    alarms = [item for item in facts.live.of(AWS, *_ALARMS) if item.get("Namespace") == "AWS/Billing" and _tells(item)]
    if not alive and not alarms:
        problems = [Problem(f"budget {item.name} notifies nobody", item.at("Notifications")) for item in found]
        needs = (*_BUDGET_NEEDS, *_ALARMS[1:])
        return _lacking(facts, problems, "the account has no budget of costs", "no budget tells anybody", needs)
    outcome = judged(
        facts,
        AWS,
        [_BUDGET],
        exceeded(facts, alive),
        alive or alarms,
        bad="no budget holds",
        good=f"{listed(item.name for item in alive or alarms)} {have(len(alive or alarms))} notifications"
        + told_months(facts),
        needs=_BUDGET_NEEDS if alive else _ALARMS,
    )
    return only_beside(outcome, other_clouds(facts))


_BUDGET_NEEDS = (_BUDGET, f"{_BUDGET}:Notifications")


def _lacking(facts: Facts, problems: Sequence[Problem], nothing: str, bad: str, kinds: Sequence[str]) -> Outcome:
    """A failure at the problems, or of the account; open where it is another account's that pays for this one."""
    kinds, place = (*kinds, ORGANIZATION), account_place(facts)
    if facts.live.gaps(AWS, *kinds):
        return judged(facts, AWS, kinds, [], [], bad=bad, good="")
    found = list(problems) or [Problem(nothing, place)]
    payer = payer_of(facts)
    if payer:
        told = f"account {payer.get('MasterAccountId')}, which pays for this one and was not looked at, may have one"
        return unverified(f"{listed(problem.what for problem in found)}; {told}", payer.at("MasterAccountId"))
    return judged(facts, AWS, kinds, found, [], bad=bad, good="")


def _is_of_cost(facts: Facts, budget: Seen) -> bool:
    ends, taken = moment(budget.get("TimePeriod", "End")), moment(facts.live.snapshot.taken)
    over = ends is not None and taken is not None and ends < taken
    return not over and budget.get("BudgetType", default="COST") in _OF_COST


def _tells(alarm: Seen) -> bool:
    return bool(alarm.get("AlarmActions")) and alarm.get("ActionsEnabled", default=True) is not False


def cost_anomaly_detection(facts: Facts) -> Outcome:
    """A monitor of costs has a subscription, which AWS gives none without a subscriber."""
    monitors, subscriptions = facts.live.of(AWS, _MONITOR), facts.live.of(AWS, _SUBSCRIPTION)
    heard = {str(arn) for item in subscriptions for arn in item.get("MonitorArnList", default=[])}
    told = [item for item in monitors if str(item.get("MonitorArn", default=item.name)) in heard]
    kinds, bad = (_MONITOR, _SUBSCRIPTION), "cost anomalies reach nobody"
    if not told:
        problems = [Problem(f"monitor {_monitor(item)} has no subscription", item.place) for item in monitors]
        return _lacking(facts, problems, "the account has no monitor of cost anomalies", bad, kinds)
    good = f"{listed(map(_monitor, told))} {have(len(told))} a subscription{told_anomalies(facts)}"
    outcome = judged(facts, AWS, kinds, [], told, bad=bad, good=good)
    return only_beside(outcome, other_clouds(facts))


def _monitor(item: Seen) -> str:
    return str(item.get("MonitorName", default=item.name))


def cost_tags(facts: Facts) -> Outcome:
    """Nine of ten things that are billed have a tag beside their name and those that AWS gives them."""
    by_arn, items = tags_by_arn(facts), facts.live.of(AWS, *BILLED)
    tagged, bare, unseen = [], [], []
    for item in items:
        tags = tags_in(item, by_arn)
        if tags is None:
            unseen.append(Unseen(f"the tags of {item.record.kind} {item.name} were not seen", item.place))
        elif any(key != "Name" and not key.startswith("aws:") for key in tags):
            tagged.append(item)
        else:
            bare.append(item)
    total = counted(len(items), "billed resource")
    best = len(tagged) + len(unseen)
    short = best < len(items) * ENOUGH and not facts.live.gaps(AWS, *TAG_NEEDS)
    outcome = judged(
        facts,
        AWS,
        BILLED,
        _untagged(bare, items) if short else [],
        tagged,
        bad=f"{share(len(tagged), total, 'have')} a tag that allocates cost, under {ENOUGH:.0%}",
        good=f"{share(len(tagged), total, 'have')} a tag that allocates cost",
        needs=TAG_NEEDS,
    )
    if len(tagged) < len(items) * ENOUGH:
        outcome = left_open(outcome, unseen, "tags")
    return only_beside(outcome, other_clouds(facts))


def _untagged(bare: list[Seen], items: tuple[Seen, ...]) -> list[Problem]:
    """One problem for each kind of resource and region, at the first of them."""
    found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for item in bare:
        found[item.scope, item.record.kind].append(item)
    of: dict[tuple[str, str], int] = defaultdict(int)
    for item in items:
        of[item.scope, item.record.kind] += 1
    return [
        Problem(
            f"{len(own)} of {of[key]} {key[1]} in {key[0]} have none ({listed((i.name for i in own), 3)})", own[0].place
        )
        for key, own in sorted(found.items())
    ]
