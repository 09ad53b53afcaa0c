"""After each deployment to staging: a parcel is registered, a scan is sent to the queue, and the shop sees it."""

import json
import os
import time
import uuid
from datetime import UTC, datetime

import boto3
import httpx
import pytest


@pytest.mark.e2e
def test_a_scan_reaches_the_shop() -> None:
    number = f"E2E{uuid.uuid4().hex[:12].upper()}"
    headers = {"authorization": f"Bearer {os.environ['E2E_TOKEN']}", "idempotency-key": number}
    with httpx.Client(base_url=os.environ["E2E_BASE_URL"], headers=headers, timeout=5) as shop:
        made = shop.post("/v1/parcels", json={"carrier": "baypost", "tracking_number": number})
        assert made.status_code == 201
        scan = {"carrier": "baypost", "tracking_number": number, "status": "in_transit"}
        body = json.dumps(scan | {"scanned_at": datetime.now(UTC).isoformat()})
        boto3.client("sqs").send_message(QueueUrl=os.environ["E2E_QUEUE_URL"], MessageBody=body)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            answer = shop.get(f"/v1/parcels/{made.json()['id']}")
            assert answer.status_code == 200
            if answer.json()["status"] == "in_transit":
                return
            time.sleep(2)
    pytest.fail("the scan did not arrive within a minute")
