"""What an account costs, where the operator has it asked; and accounts that others pay for."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.checks.observed.aws_cost import budgets, cost_anomaly_detection
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Record
from gonogo.tools.live.aws.shapes import shaped
from tests.live.account import ACCOUNT, alarm, aws, gap
from tests.live.observed import facts_of

PAYER = "999999999999"


def cost(start: str, end: str, amount: float) -> Record:
    total = {"Amount": amount, "Unit": "USD"}
    services = [{"Service": "Amazon RDS", "Amount": amount}]
    return aws("ce.cost", start, "global", TimePeriod={"Start": start, "End": end}, Total=total, Services=services)


def may(amount: float) -> Record:
    return cost("2026-05-01", "2026-06-01", amount)


def june(amount: float) -> Record:
    return cost("2026-06-01", "2026-06-02", amount)


def budget(limit: float = 100, name: str = "monthly", **data: Any) -> Record:
    found: dict[str, Any] = {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": str(limit), "Unit": "USD"},
        "Notifications": [{"NotificationType": "ACTUAL"}],
    }
    return aws("budgets.budget", name, "global", **found | data)


def organization(payer: str) -> Record:
    return aws("organizations.organization", "o-1", "global", Id="o-1", MasterAccountId=payer)


def judge(*records: Record, gaps: tuple[str, ...] = ()) -> Outcome:
    identity = aws("sts.identity", ACCOUNT, "global", Account=ACCOUNT)
    return budgets(facts_of([identity, *records], map(gap, gaps), given=("aws",)))


def anomalies(*records: Record, gaps: tuple[str, ...] = ()) -> Outcome:
    identity = aws("sts.identity", ACCOUNT, "global", Account=ACCOUNT)
    return cost_anomaly_detection(facts_of([identity, *records], map(gap, gaps), given=("aws",)))


def test_a_budget_that_is_exceeded_month_after_month_fails() -> None:
    found = judge(budget(), may(4_000), june(150))
    assert found.status is Status.FAIL
    assert "budget monthly is 100.00 USD, last month cost 4,000.00 USD" in found.reason
    assert found.problems[0].place is not None
    forecast = {"ForecastedSpend": {"Amount": "120", "Unit": "USD"}}
    assert judge(budget(CalculatedSpend=forecast), may(4_000), june(5)).status is Status.FAIL


@pytest.mark.parametrize(
    "records",
    [
        [budget(), may(4_000), june(5)],
        [budget(), may(90), june(150)],
        [budget(), budget(9_000, "most"), may(4_000), june(150)],
        [budget(CostFilters={"Service": ["Amazon RDS"]}), may(4_000), june(150)],
        [budget(TimeUnit="ANNUALLY"), may(4_000), june(150)],
        [budget(BudgetLimit={"Amount": "100", "Unit": "EUR"}), may(4_000), june(150)],
    ],
    ids=["one month", "this month alone", "a wider one", "of one service", "of a year", "another currency"],
)
def test_other_budgets_hold(records: list[Record]) -> None:
    found = judge(*records)
    assert found.status is Status.PASS, found.reason
    assert "last month cost" in found.reason


def test_amounts_that_were_not_asked_for_are_not_told() -> None:
    found = judge(budget(), gaps=("ce.cost", "ce.anomaly"))
    assert found.status is Status.PASS
    assert "cost" not in found.reason
    assert judge(budget(), may(4_000), june(150), gaps=("ce.cost:Rest",)).status is Status.PASS


def test_the_account_that_pays_may_have_what_this_one_has_not() -> None:
    for check in (judge, anomalies):
        assert check().status is Status.FAIL
        assert check(organization(ACCOUNT)).status is Status.FAIL
        found = check(organization(PAYER))
        assert found.status is Status.UNVERIFIED
        assert f"account {PAYER}, which pays for this one and was not looked at, may have one" in found.reason
        assert check(gaps=("organizations.organization",)).status is Status.UNVERIFIED
    assert judge(budget(), organization(PAYER)).status is Status.PASS
    assert judge(budget(Notifications=[]), organization(PAYER)).status is Status.UNVERIFIED


def test_a_billing_alarm_counts_in_whichever_region() -> None:
    own = alarm("billing", "AWS/Billing", "EstimatedCharges")
    assert judge(own.model_copy(update={"kind": "cloudwatch.billing_alarm", "scope": "global"})).status is Status.PASS
    assert judge(gaps=("cloudwatch.billing_alarm",)).status is Status.UNVERIFIED


def test_anomalies_are_told_beside_who_hears_of_them() -> None:
    monitor = aws("ce.anomaly_monitor", "arn:m", "global", MonitorArn="arn:m", MonitorName="services")
    subscription = aws("ce.anomaly_subscription", "arn:s", "global", MonitorArnList=["arn:m"])
    jump = aws("ce.anomaly", "a1", "global", Impact=312.5, Of="Amazon EC2")
    known = aws("ce.anomaly", "a2", "global", Impact=12.0, Feedback="PLANNED_ACTIVITY")
    found = anomalies(monitor, subscription, jump, known)
    assert found.status is Status.PASS
    assert "2 anomalies in 30 days, the largest of 312.50 USD in Amazon EC2; 1 of them was judged" in found.reason


def test_a_month_is_summed_and_its_dearest_services_are_kept() -> None:
    groups = [
        {"Keys": [f"service {n:02}"], "Metrics": {"UnblendedCost": {"Amount": f"{n}.105", "Unit": "USD"}}}
        for n in range(12)
    ]
    groups.append({"Keys": ["credits"], "Metrics": {"UnblendedCost": {"Amount": "-3.1", "Unit": "USD"}}})
    found = shaped("ce.cost", {"TimePeriod": {"Start": "2026-05-01"}, "Total": {}, "Groups": groups})
    assert found["Total"] == {"Amount": 64.16, "Unit": "USD"}
    assert len(found["Services"]) == 10
    assert found["Services"][0] == {"Service": "service 11", "Amount": 11.1}
