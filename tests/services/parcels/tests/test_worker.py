import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from sqlalchemy.exc import OperationalError

from parcels import carrier, store, telemetry, worker

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def message(number: int, status: str = "in_transit", at: datetime = NOW) -> dict[str, Any]:
    body = {"carrier": "baypost", "tracking_number": "BP12345678", "status": status, "scanned_at": at.isoformat()}
    return {"MessageId": f"m-{number}", "Body": json.dumps(body)}


@pytest.fixture
def parcel() -> store.Parcel:
    fields = {"carrier": "baypost", "tracking_number": "BP12345678", "recipient_email": "ines@example.com"}
    return store.register("shop-1", "order-0001", fields)[0]


def test_a_message_that_comes_twice_is_stored_once(parcel: store.Parcel) -> None:
    assert worker.handle(message(1)) and worker.handle(message(1))
    found = store.find("shop-1", parcel.id)
    assert found is not None and len(found[1]) == 1 and found[0].status == "in_transit"


def test_a_late_scan_does_not_turn_the_status_back(parcel: store.Parcel) -> None:
    worker.handle(message(1, "delivered"))
    worker.handle(message(2, "in_transit", NOW - timedelta(hours=3)))
    found = store.find("shop-1", parcel.id)
    assert found is not None and (len(found[1]), found[0].status) == (2, "delivered")


def test_what_fails_is_left_to_the_queue(parcel: store.Parcel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker.handle({"MessageId": "m-1", "Body": "{}"}) is False
    monkeypatch.setattr(store, "record_scan", lambda *_: (_ for _ in ()).throw(OperationalError("", {}, OSError())))
    assert worker.handle(message(2)) is False


def test_forgetting_follows_the_retention(parcel: store.Parcel) -> None:
    assert store.forget(parcel.created_at + timedelta(days=89)) == (0, 0)
    assert store.forget(parcel.created_at + timedelta(days=91)) == (1, 0)
    assert store.forget(parcel.created_at + timedelta(days=401)) == (0, 1)


@respx.mock
def test_a_carrier_that_comes_back_is_asked_again() -> None:
    route = respx.get("https://carrier.example.com/v2/baypost/BP12345678")
    route.side_effect = [httpx.ConnectTimeout("slow"), httpx.Response(503), httpx.Response(200, json={"status": "out"})]
    assert carrier.current_status("baypost", "BP12345678") == "out"
    assert route.call_count == 3


@respx.mock
def test_a_carrier_that_stays_away_is_left_alone() -> None:
    route = respx.get(url__startswith="https://carrier.example.com").mock(return_value=httpx.Response(500))
    assert [carrier.current_status("baypost", "BP12345678") for _ in range(7)] == [None] * 7
    assert route.call_count == 15  # Five times three attempts; then the circuit is open.
    assert telemetry.CARRIER_OPEN._value.get() == 1


def test_no_address_reaches_a_line_of_the_log() -> None:
    line = telemetry.redact(None, "info", {"event": "x", "recipient_email": "ines@example.com", "Token": "t"})
    assert line == {"event": "x", "recipient_email": "[redacted]", "Token": "[redacted]"}
