"""The tests run against a real PostgreSQL (CI starts one): migrated up, down and up again, and emptied before each."""

import os
from collections.abc import Iterator

import pytest

os.environ |= {
    "PARCELS_ENVIRONMENT": "test",
    "PARCELS_AWS_REGION": "eu-central-1",
    "PARCELS_DATABASE_HOST": os.environ.get("PARCELS_DATABASE_HOST", "localhost"),
    "PARCELS_DATABASE_IAM": "false",
    "PARCELS_SCANS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/000000000000/scans",
    "PARCELS_CARRIER_URL": "https://carrier.example.com",
    "PARCELS_CARRIER_API_KEY": "unused",
    "PARCELS_TOKEN_ISSUER": "https://login.example.com",
}

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from parcels import carrier, store


@pytest.fixture(scope="session", autouse=True)
def migrated() -> None:
    config = Config("alembic.ini")
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")


@pytest.fixture(autouse=True)
def clean(migrated: None) -> Iterator[None]:
    with store.engine().begin() as connection:
        connection.execute(text("truncate parcels cascade"))
    carrier._breaker.reset()
    yield
