"""Takes carriers' scans from SQS. A message is deleted when its row is committed; the rest comes back, five times."""

import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import start_http_server
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from parcels import store, telemetry
from parcels.settings import settings

log = structlog.get_logger()
tracer = trace.get_tracer("parcels.worker")
HEARTBEAT = Path("/run/parcels/heartbeat")
stopping = threading.Event()


class ScanMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    carrier: str
    tracking_number: str
    status: str
    scanned_at: AwareDatetime


def queue() -> Any:
    s = settings()
    config = Config(connect_timeout=3, read_timeout=25, retries={"mode": "standard", "total_max_attempts": 4})
    return boto3.client("sqs", region_name=s.aws_region, config=config)


def handle(message: dict[str, Any]) -> bool:
    """Whether the message is done with. What can't be stored stays, and ends in the dead-letter queue."""
    attributes = {name: given.get("StringValue") for name, given in message.get("MessageAttributes", {}).items()}
    with tracer.start_as_current_span("scan", context=extract(attributes)):
        try:
            scan = ScanMessage.model_validate_json(message["Body"])
            outcome = store.record_scan(
                message["MessageId"], scan.carrier, scan.tracking_number, scan.status, scan.scanned_at
            )
        except (ValidationError, SQLAlchemyError) as error:
            telemetry.SCANS.labels("failed").inc()
            log.warning("scan_failed", message_id=message["MessageId"], reason=type(error).__name__)
            return False
        telemetry.SCANS.labels(outcome).inc()
        telemetry.SCAN_AGE.observe((datetime.now(UTC) - scan.scanned_at).total_seconds())
        return True


def run() -> None:
    client, url = queue(), settings().scans_queue_url
    while not stopping.is_set():
        HEARTBEAT.touch()  # The liveness probe wants it younger than 90 seconds.
        try:
            got = client.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20, MessageAttributeNames=["All"]
            )
            done = [m for m in got.get("Messages", []) if handle(m)]
            for message in done:
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        except (BotoCoreError, ClientError) as error:
            log.error("queue_unavailable", reason=type(error).__name__)
            stopping.wait(5)
    store.engine().dispose()
    log.info("stopped")


def main() -> None:
    telemetry.set_up("worker")
    if sys.argv[1:] == ["forget"]:  # The nightly CronJob.
        blanked, deleted = store.forget()
        log.info("forgotten", addresses=blanked, parcels=deleted)
        return
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    start_http_server(9102)
    run()


if __name__ == "__main__":
    main()
