"""Takes queued payouts from SQS and hands them to the bank."""

import signal
import uuid
from typing import Any

import boto3
import structlog
from botocore.config import Config
from prometheus_client import start_http_server

from payouts import bank, store, telemetry
from payouts.settings import settings

log = structlog.get_logger()
stopping = False


def stop(*_: Any) -> None:
    global stopping
    stopping = True
    log.info("stopping")


def process(message: dict[str, Any]) -> None:
    payout = store.find(uuid.UUID(message["Body"]))
    if payout is None or payout.status != "queued":
        return
    bank_id = bank.transfer(payout)
    store.mark(payout.id, "sent", bank_id)
    telemetry.TRANSFERS.labels("sent").inc()


def run() -> None:
    client = boto3.client(
        "sqs",
        region_name=settings().aws_region,
        config=Config(connect_timeout=3, read_timeout=25, retries={"mode": "standard", "total_max_attempts": 4}),
    )
    url = settings().queue_url
    while True:
        got = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
        for message in got.get("Messages", []):
            try:
                process(message)
            except Exception:
                telemetry.TRANSFERS.labels("failed").inc()
                log.exception("payout_failed", message_id=message["MessageId"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def main() -> None:
    telemetry.configure("payouts-worker")
    signal.signal(signal.SIGTERM, stop)
    start_http_server(9102)
    run()


if __name__ == "__main__":
    main()
