from unittest import mock

from fastapi.testclient import TestClient

from payouts import store
from payouts.api import app, auth

BODY = {
    "tenant_id": "t-1",
    "holder": "Ada Example",
    "iban": "DE00000000000000000000",
    "amount": 19.99,
    "currency": "EUR",
}
client = TestClient(app, raise_server_exceptions=False)


def test_health() -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json()["status"] == "ok"


def test_a_token_is_needed() -> None:
    assert client.get("/v1/payouts/00000000-0000-0000-0000-000000000000").status_code in (401, 403)


def test_a_payout_is_queued() -> None:
    app.dependency_overrides[auth.authenticate] = lambda: {"sub": "t-1"}
    with (
        mock.patch.object(store, "add") as add,
        mock.patch.object(store, "is_active_tenant"),
        mock.patch("payouts.api.queue"),
    ):
        answer = client.post("/v1/payouts", json=BODY, headers={"idempotency-key": "order-0001"})
    assert answer.status_code == 202
    assert add.called
    app.dependency_overrides.clear()


def test_amounts_are_checked() -> None:
    app.dependency_overrides[auth.authenticate] = lambda: {"sub": "t-1"}
    answer = client.post("/v1/payouts", json=BODY | {"amount": -1}, headers={"idempotency-key": "order-0002"})
    assert answer.status_code == 422
    app.dependency_overrides.clear()
