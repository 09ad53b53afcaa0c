"""How much is asked of an account: page after page, no more than a row says, and what is charged only on request."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from gonogo.model.sources import AwsSource
from gonogo.tools.live.aws import observe
from gonogo.tools.live.aws.table import load_rows
from gonogo.tools.live.shown import Reading, Shown
from tests.live.stand_in import ACCOUNT, Answers, Door, account

pytestmark = pytest.mark.xdist_group("aws")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACL = f"arn:aws:wafv2:eu-west-1:{ACCOUNT}:regional/webacl/"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("gonogo.tools.live.aws._account", lambda asker, home: ACCOUNT)
    monkeypatch.setattr("gonogo.tools.live.aws.guard.ATTEMPTS", 1)


def read(monkeypatch: pytest.MonkeyPatch, answers: Answers, *kinds: str, **source: Any) -> tuple[Shown, Door]:
    """What rows of those kinds show."""
    rows = tuple(row for row in load_rows() if row.kind in kinds)
    monkeypatch.setattr("gonogo.tools.live.aws.load_rows", lambda: rows)
    with account(answers) as door:
        given = AwsSource(regions=("eu-west-1",), endpoint_url=door.url, **source)
        return observe(given, Reading(lambda: NOW)), door


class Pages:
    """Answers one page after the other, and an empty one at last."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)

    def __call__(self, found: Any) -> dict[str, Any]:
        return self.pages.pop(0) if self.pages else {}


def test_what_is_charged_is_asked_for_on_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    group = {"Keys": ["Amazon RDS"], "Metrics": {"UnblendedCost": {"Amount": "12.345", "Unit": "USD"}}}
    period = {"Start": "2026-05-01", "End": "2026-06-01"}
    answers: Answers = {
        ("ce", "GetCostAndUsage"): {"ResultsByTime": [{"TimePeriod": period, "Total": {}, "Groups": [group]}]},
        ("ce", "GetAnomalies"): {"Anomalies": []},
    }
    found, door = read(monkeypatch, answers, "ce.cost", "ce.anomaly")
    assert not door.calls
    assert {gap.kind for gap in found.gaps} == {"ce.cost", "ce.anomaly"}
    assert all("only with cost_amounts: true" in gap.why for gap in found.gaps)
    found, door = read(monkeypatch, answers, "ce.cost", "ce.anomaly", cost_amounts=True)
    assert sorted(door.calls) == ["ce GetAnomalies", "ce GetCostAndUsage"]
    assert not found.gaps
    (month,) = found.records
    assert month.data["Total"] == {"Amount": 12.34, "Unit": "USD"}


def test_more_pages_of_what_is_charged_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"ResultsByTime": [], "NextPageToken": "more"}
    found, door = read(
        monkeypatch, {("ce", "GetCostAndUsage"): page, ("ce", "GetAnomalies"): {}}, "ce.cost", cost_amounts=True
    )
    assert door.calls == ["ce GetCostAndUsage"]
    assert [gap.kind for gap in found.gaps] == ["ce.cost:Rest"]


def test_pages_that_botocore_does_not_know_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = Pages(
        {"NextMarker": "one", "WebACLs": [{"Name": "one", "ARN": f"{ACL}one"}]},
        {"NextMarker": "two", "WebACLs": [{"Name": "two", "ARN": f"{ACL}two"}]},
    )
    answers: Answers = {("wafv2", "ListWebACLs"): lists, ("wafv2", "ListResourcesForWebACL"): {"ResourceArns": []}}
    found, _ = read(monkeypatch, answers, "wafv2.web_acl")
    assert [record.name for record in found.records] == ["one", "two"]
    assert not found.gaps


def test_a_marker_that_stays_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    same = {"NextMarker": "one", "WebACLs": [{"Name": "one", "ARN": f"{ACL}one"}]}
    answers: Answers = {("wafv2", "ListWebACLs"): same, ("wafv2", "ListResourcesForWebACL"): {"ResourceArns": []}}
    found, door = read(monkeypatch, answers, "wafv2.web_acl")
    assert Counter(door.calls)["wafv2 ListWebACLs"] == 2
    assert {record.name for record in found.records} == {"one"}


def test_pages_before_one_that_fails_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    canaries = {"NextToken": "more", "Canaries": [{"Id": "1", "Name": "shop", "Status": {"State": "RUNNING"}}]}
    rows = tuple(row for row in load_rows() if row.kind == "synthetics.canary")
    monkeypatch.setattr("gonogo.tools.live.aws.load_rows", lambda: rows)
    answers: Answers = {("synthetics", "DescribeCanaries"): canaries, ("synthetics", "DescribeCanariesLastRun"): {}}
    with account(answers) as door:
        door.fault = lambda call, service: (403, "AccessDeniedException", "no") if call == 2 else None
        found = observe(AwsSource(regions=("eu-west-1",), endpoint_url=door.url), Reading(lambda: NOW))
    assert [record.name for record in found.records] == ["shop"]
    (gap,) = found.gaps
    assert (gap.kind, gap.permission) == ("synthetics.canary", "synthetics:DescribeCanaries")


@pytest.mark.parametrize(("hours", "calls"), [(1, 1), (6, 1), (24, 4), (72, 4)])
def test_traces_are_asked_for_by_six_hours_of_a_day_at_most(
    hours: int, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = {"SummaryStatistics": {"TotalCount": 3}, "Aliases": [{"Name": "ada@example.com"}]}
    service = {"Name": "shop", "Type": "AWS::Lambda", "AccountId": ACCOUNT, "Edges": [edge]}
    graph = {"Services": [service | {"SummaryStatistics": {"TotalCount": 9}}]}
    found, door = read(monkeypatch, {("xray", "GetServiceGraph"): graph}, "xray.traces", window_hours=hours)
    assert len(door.calls) == calls
    assert len(found.records) == calls
    assert found.records[0].data["Services"] == [{"Name": "shop", "Type": "AWS::Lambda", "Count": 9, "Faults": None}]
    assert [gap.why for gap in found.gaps] == (["only the last 24 hours were asked for"] if hours > 24 else [])


def test_an_organization_is_known_by_who_pays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"Id": "o-1", "MasterAccountId": "999999999999", "MasterAccountEmail": "ada@example.com"}
    answers: Answers = {("organizations", "DescribeOrganization"): {"Organization": told | {"FeatureSet": "ALL"}}}
    found, _ = read(monkeypatch, answers, "organizations.organization")
    (record,) = found.records
    assert record.data == {"Id": "o-1", "MasterAccountId": "999999999999", "FeatureSet": "ALL"}
    none, _ = read(monkeypatch, {}, "organizations.organization")
    assert not none.records
    assert not none.gaps, "an account that is in none"


def test_certificates_of_every_key_are_asked_for() -> None:
    row = next(row for row in load_rows() if row.kind == "acm.certificate")
    assert "EC_prime256v1" in str(row.list.parameters["Includes"])
