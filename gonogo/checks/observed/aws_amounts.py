"""What an AWS account costs, where the operator has Cost Explorer asked: months by service, anomalies, budgets that are
exceeded."""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.checks.observed.age import moment
from gonogo.checks.observed.aws_items import AWS
from gonogo.checks.wording import agreed, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Problem

COST, ANOMALY = "ce.cost", "ce.anomaly"
_REST = (f"{COST}:Rest", f"{ANOMALY}:Rest")


def told_months(facts: Facts) -> str:
    """What last month cost, its dearest services, and this month so far, as a phrase that goes on with a reason."""
    last, now = _months(facts)
    told = ""
    if last is not None:
        dearest = [f"{s.get('Service')} {s.get('Amount'):,.2f}" for s in last.get("Services", default=[])[:3]]
        told += f"; last month cost {_amount(last)}" + (f" ({listed(dearest)})" if dearest else "")
    return told + (f"; this month {_amount(now)} so far" if now is not None else "")


def told_anomalies(facts: Facts) -> str:
    """How many anomalies there were in a month, as a phrase that goes on with a reason; empty where there were none."""
    found = facts.live.of(AWS, ANOMALY)
    if not found or facts.live.gaps(AWS, _REST[1]):
        return ""
    largest = max(found, key=lambda item: float(item.get("Impact", default=0)))
    of = f" in {largest.get('Of')}" if largest.get("Of") else ""
    judged = sum(bool(item.get("Feedback")) for item in found)
    told = (
        f"{agreed(len(found), 'anomaly', 'anomalies')} in 30 days, the largest of {largest.get('Impact'):,.2f} USD{of}"
    )
    return f"; {told}; {judged} of them {'was' if judged == 1 else 'were'} judged by somebody"


def exceeded(facts: Facts, budgets: Sequence[Seen]) -> list[Problem]:
    """The widest monthly budget of all costs, where last month went over it and this one does again: it always alerts,
    and so tells nothing of a leak. Nothing where amounts were not asked for."""
    whole = [(limit, item) for item in budgets if (limit := _whole_limit(item)) is not None]
    last, now = _months(facts)
    if not whole or last is None:
        return []
    limit, budget = max(whole, key=lambda pair: pair[0])
    same_unit = last.get("Total", "Unit") == budget.get("BudgetLimit", "Unit")
    forecast = _number(budget.get("CalculatedSpend", "ForecastedSpend", "Amount"))
    to_come = max(_number(now.get("Total", "Amount")) if now is not None else 0.0, forecast)
    if not same_unit or min(_number(last.get("Total", "Amount")), to_come) <= limit:
        return []
    unit = budget.get("BudgetLimit", "Unit")
    what = (
        f"budget {budget.name} is {limit:,.2f} {unit}, last month cost {_amount(last)}, and this one goes over it too"
    )
    return [Problem(what, last.at("Total"))]


def _months(facts: Facts) -> tuple[Seen | None, Seen | None]:
    """The last whole month and the one that runs; None for what was not asked for, or not read to its end."""
    taken = moment(facts.live.snapshot.taken)
    if taken is None or facts.live.gaps(AWS, _REST[0]):
        return None, None
    this = taken.date().replace(day=1).isoformat()
    found = {str(item.get("TimePeriod", "Start")): item for item in facts.live.of(AWS, COST)}
    whole = [item for item in found.values() if item.get("TimePeriod", "End") == this]
    return (whole[0] if whole else None), found.get(this)


def _whole_limit(budget: Seen) -> float | None:
    """The limit of a budget that is of all costs of a month, the same each month; None for any other."""
    narrow = budget.get("CostFilters") or budget.get("FilterExpression") or budget.get("PlannedBudgetLimits")
    is_monthly = budget.get("TimeUnit") == "MONTHLY" and budget.get("BudgetType") == "COST"
    return (_number(budget.get("BudgetLimit", "Amount")) or None) if is_monthly and not narrow else None


def _amount(month: Seen) -> str:
    return f"{_number(month.get('Total', 'Amount')):,.2f} {month.get('Total', 'Unit')}"


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
