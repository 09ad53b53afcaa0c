"""One AWS account, and what was read of it first, for all tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gonogo.model.snapshot import Snapshot
from gonogo.model.sources import AwsSource, SourcesConfiguration
from gonogo.tools.live import observe
from tests.live.platform import REGION, answers, seed
from tests.live.stand_in import Door, account


@pytest.fixture(scope="session")
def platform() -> Iterator[Door]:
    """The account of a platform, behind a door."""
    with account(answers()) as door:
        seed(door.url)
        yield door


@pytest.fixture(scope="session")
def taken(platform: Door) -> Snapshot:
    """What the platform's account shows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setattr("gonogo.tools.live.aws.guard.ATTEMPTS", 1)  # what moto lacks it lacks at the fifth time, too
        aws = AwsSource(regions=(REGION,), endpoint_url=platform.url)
        return observe(SourcesConfiguration(aws=aws), lambda: datetime.now(UTC), {})
