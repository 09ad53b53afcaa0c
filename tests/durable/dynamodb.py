"""A DynamoDB on loopback, with empty tables for checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

KEYS = ("PK", "SK")


@contextmanager
def table() -> Iterator[str]:
    """The URL of a new table for ``--checkpoints``."""
    with server() as endpoint:
        yield new_table(endpoint)


@contextmanager
def server() -> Iterator[str]:
    """The endpoint of a DynamoDB without a table."""
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    try:
        host, port = running.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        running.stop()


def new_table(endpoint: str) -> str:
    """Makes an empty table there: its URL for ``--checkpoints``."""
    import boto3

    name = f"checkpoints-{uuid4().hex[:8]}"
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(KEYS, ("HASH", "RANGE"), strict=True)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEYS],
        BillingMode="PAY_PER_REQUEST",
    )
    return f"dynamodb://{name}?region=us-east-1&endpoint_url={endpoint}"
