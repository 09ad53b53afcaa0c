"""An AWS account as it is read: what it shows, what it does not, and that it is left as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gonogo.model.snapshot import Snapshot
from gonogo.model.sources import AwsSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live.aws import observe
from gonogo.tools.live.aws.table import Row, load_rows
from gonogo.tools.live.shown import Reading, Shown
from tests.live.platform import AGENTS, ALARMS, EXECUTOR, MISSING, REGION, TABLES, TOOLS
from tests.live.stand_in import ACCOUNT, Door, account

pytestmark = pytest.mark.xdist_group("aws")  # one account for all of it, in one process
FEW = ("sts.identity", "iam.user", "s3.bucket", "dynamodb.table", "sqs.queue", "lambda.function", "bedrock.agent")
"""Rows of each of AWS's protocols: query, REST in XML, JSON, REST in JSON."""
FAULTS = {
    "AccessDenied": (403, "AccessDenied", "not for you"),
    "broken": (500, "InternalFailure", "oops"),
    "hangs up": (0, "", ""),
    "times out": (-1, "", ""),
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def look(door: Door, *regions: str) -> Shown:
    source = AwsSource(regions=regions or (REGION,), endpoint_url=door.url)
    return observe(source, Reading(lambda: datetime.now(UTC)))


def few(monkeypatch: pytest.MonkeyPatch, attempts: int = 2, seconds: float = 0.5) -> None:
    rows: tuple[Row, ...] = tuple(row for row in load_rows() if row.kind in FEW)
    monkeypatch.setattr("gonogo.tools.live.aws.load_rows", lambda: rows)
    monkeypatch.setattr("gonogo.tools.live.aws.guard.ATTEMPTS", attempts)
    monkeypatch.setattr("gonogo.tools.live.aws.guard.READ_SECONDS", seconds)


def test_an_account_shows_what_it_has(taken: Snapshot) -> None:
    kinds = Counter(record.kind for record in taken.records)
    assert kinds["lambda.function"] == len(TOOLS) + 1
    assert kinds["dynamodb.table"] == len(TABLES) - 1
    assert kinds["cloudwatch.alarm"] == ALARMS
    assert kinds["bedrock.agent"] == len(AGENTS)
    names = {record.name for record in taken.records}
    assert EXECUTOR in names
    assert MISSING not in names
    (source,) = taken.sources
    assert source.name == ACCOUNT


def test_secrets_and_prompts_stay_there(taken: Snapshot) -> None:
    told = json.dumps([record.model_dump(mode="json") for record in taken.records])
    assert "s3cr3t-t0ken" not in told
    assert "never shown" not in told
    (function,) = (record for record in taken.records if record.name == EXECUTOR)
    assert function.data["Environment"]["Variables"] == {"TABLE": "[value]", "API_TOKEN": "[looks like a secret]"}


def test_figures_without_data_are_told_apart_from_zero(taken: Snapshot) -> None:
    (function,) = (record for record in taken.records if record.name == EXECUTOR)
    assert function.data["Metrics"]["Invocations"] == {"Datapoints": 0, "Sum": 0}
    assert function.data["Metrics"]["Duration"] == {"Datapoints": 0}
    assert all("Metrics" in record.data for record in taken.records if record.kind == "cloudwatch.alarm")


def test_what_is_not_implemented_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto answers HTTP 500 for guardrails: there may be some."""
    rows = tuple(row for row in load_rows() if row.kind in ("bedrock.guardrail", "ce.anomaly_monitor"))
    monkeypatch.setattr("gonogo.tools.live.aws._account", lambda asker, home: ACCOUNT)
    monkeypatch.setattr("gonogo.tools.live.aws.load_rows", lambda: rows)
    monkeypatch.setattr("gonogo.tools.live.aws.guard.ATTEMPTS", 1)
    with account() as door:
        found = look(door)
    assert not found.records
    assert {gap.kind: gap.why for gap in found.gaps} == {
        "bedrock.guardrail": "HTTP 500",
        "ce.anomaly_monitor": "HTTP 500",
    }


def test_an_account_is_left_as_it_was(platform: Door, taken: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a first reading, in which moto makes its own empty things."""
    monkeypatch.setattr("gonogo.tools.live.aws.guard.ATTEMPTS", 1)
    before = platform.digests()
    look(platform)
    after = platform.digests()
    assert {name: after.get(name) for name in before} == before


def test_a_reader_that_is_killed_leaves_nothing_either(platform: Door, taken: Snapshot) -> None:
    before, known = platform.digests(), len(platform.calls)
    code = (
        "from datetime import UTC, datetime; from gonogo.model.sources import AwsSource;"
        "from gonogo.tools.live.aws import observe; from gonogo.tools.live.shown import Reading;"
        f"observe(AwsSource(regions=('{REGION}',), endpoint_url='{platform.url}'), Reading(lambda: datetime.now(UTC)))"
    )
    reader = subprocess.Popen([sys.executable, "-c", code])
    until = time.monotonic() + 30
    while len(platform.calls) < known + 20 and time.monotonic() < until:
        time.sleep(0.01)
    reader.send_signal(signal.SIGKILL)
    assert reader.wait() == -signal.SIGKILL
    after = platform.digests()
    assert {name: after.get(name) for name in before} == before


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_anywhere_is_a_gap(name: str, platform: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    whole = look(platform)
    for number in (3, 17) if name != "times out" else (24,):
        broken_from(name, number, platform, whole)


@pytest.mark.sweep
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_each_call_is_a_gap(name: str, platform: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, attempts=1, seconds=20)
    before = len(platform.calls)
    whole = look(platform)
    assert not whole.gaps
    count = len(platform.calls) - before
    # A reader that waits no longer than this finishes a hundred calls that all time out within seconds. What moto is
    # too late for meanwhile is lost and told like the rest.
    few(monkeypatch, attempts=1, seconds=0.2)
    monkeypatch.setattr(platform, "held", 0.4)
    for number in range(1, count + 1):
        broken_from(name, number, platform, whole)
    sys.stdout.write(f"{name}: at each of {count} calls\n")


def broken_from(name: str, number: int, door: Door, whole: Shown) -> None:
    """From the N-th call on each one fails: what came before is kept, what is lost is a gap, nothing is made up."""
    start = len(door.calls)
    door.fault = lambda call, service: FAULTS[name] if call >= start + number else None
    try:
        found = look(door)
    except ToolError as error:
        assert "asked who it is" in str(error)
        return
    finally:
        door.fault = lambda call, service: None
    known = {(record.kind, record.name) for record in whole.records}
    assert {(record.kind, record.name) for record in found.records} <= known
    lost = {kind for kind, _ in known - {(record.kind, record.name) for record in found.records}}
    told = {gap.kind.partition(":")[0] for gap in found.gaps}
    assert lost <= told
    assert told, "a call that failed is told"
    if name == "AccessDenied":
        assert all(gap.permission for gap in found.gaps if gap.why == "access denied")


def test_throttling_slows_down_and_loses_nothing(platform: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tuple(row for row in load_rows() if row.kind in FEW)
    monkeypatch.setattr("gonogo.tools.live.aws.load_rows", lambda: rows)
    whole = look(platform)
    slow = (400, "ThrottlingException", "slow down")
    platform.fault = lambda call, service: slow if service == "lambda" and call % 9 == 0 else None
    try:
        found = look(platform)
    finally:
        platform.fault = lambda call, service: None
    assert {record.name for record in found.records} == {record.name for record in whole.records}
    assert not found.gaps


def test_credentials_that_do_not_hold_are_told(platform: Door) -> None:
    platform.fault = lambda call, service: (
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    )
    try:
        with pytest.raises(ToolError, match="have expired: log in again"):
            look(platform)
    finally:
        platform.fault = lambda call, service: None


def test_no_credentials_are_told(platform: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ToolError, match="no credentials for the default profile"):
        look(platform)
    source = AwsSource(profile="prod", regions=(REGION,), endpoint_url=platform.url)
    with pytest.raises(ToolError, match="no credentials for the profile prod"):
        observe(source, Reading(lambda: datetime.now(UTC)))


def test_a_region_that_is_not_enabled_is_a_gap(platform: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    platform.fault = lambda call, service: (400, "UnrecognizedClientException", "x") if service == "dynamodb" else None
    try:
        found = look(platform)
    finally:
        platform.fault = lambda call, service: None
    (gap,) = found.gaps
    assert gap.kind == "dynamodb.table"
    assert "not available to this account in this region" in gap.why
