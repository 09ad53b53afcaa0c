import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from parcels import auth, carrier, store
from parcels.api import app
from parcels.auth import authenticated_client

BODY = {"carrier": "baypost", "tracking_number": "BP12345678", "recipient_email": "ines@example.com"}
KEY = {"idempotency-key": "order-0001"}


@pytest.fixture
def shop() -> Iterator[TestClient]:
    app.dependency_overrides[authenticated_client] = lambda: "shop-1"
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_without_a_token_nothing_is_shown() -> None:
    answer = TestClient(app).get(f"/v1/parcels/{uuid.uuid4()}")
    assert answer.status_code == 401
    assert TestClient(app).post("/v1/parcels", json=BODY, headers=KEY).status_code == 401


@pytest.mark.parametrize(
    ("claims", "status"), [({}, 404), ({"exp": 1}, 401), ({"aud": "other"}, 401), ({"iss": "other"}, 401)]
)
def test_a_token_is_checked(monkeypatch: pytest.MonkeyPatch, claims: dict[str, object], status: int) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    monkeypatch.setattr(auth._keys(), "get_signing_key_from_jwt", lambda _: SimpleNamespace(key=key.public_key()))
    given = {"iss": "https://login.example.com", "aud": "parcels", "sub": "shop-1", "exp": time.time() + 60} | claims
    headers = {"authorization": f"Bearer {jwt.encode(given, key, 'RS256')}"}
    assert TestClient(app).get(f"/v1/parcels/{uuid.uuid4()}", headers=headers).status_code == status


def test_a_repeated_request_registers_once(shop: TestClient) -> None:
    first, second = (shop.post("/v1/parcels", json=BODY, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    other = BODY | {"tracking_number": "BP87654321"}
    assert shop.post("/v1/parcels", json=other, headers=KEY).status_code == 409


def test_one_client_does_not_see_anothers_parcel(shop: TestClient) -> None:
    made = shop.post("/v1/parcels", json=BODY, headers=KEY).json()
    app.dependency_overrides[authenticated_client] = lambda: "shop-2"
    assert shop.get(f"/v1/parcels/{made['id']}").status_code == 404


@pytest.mark.parametrize("change", [{"carrier": "nobody"}, {"tracking_number": "x"}, {"status": "delivered"}])
def test_what_is_not_in_the_schema_is_refused(shop: TestClient, change: dict[str, str]) -> None:
    assert shop.post("/v1/parcels", json=BODY | change, headers=KEY).status_code == 422


@pytest.mark.parametrize(("said", "status", "stale"), [("in_transit", "in_transit", False), (None, "registered", True)])
def test_an_old_status_is_asked_for(
    shop: TestClient, monkeypatch: pytest.MonkeyPatch, said: str | None, status: str, stale: bool
) -> None:
    made = shop.post("/v1/parcels", json=BODY, headers=KEY).json()
    with store.engine().begin() as connection:
        connection.execute(text("update parcels set created_at = :day"), {"day": datetime.now(UTC) - timedelta(days=2)})
    monkeypatch.setattr(carrier, "current_status", lambda *_: said)
    answer = shop.get(f"/v1/parcels/{made['id']}").json()
    assert (answer["status"], answer["stale"]) == (status, stale)


def test_readiness_follows_the_database(shop: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop.get("/readyz").status_code == 200
    monkeypatch.setattr(store, "is_up", lambda: (_ for _ in ()).throw(OperationalError("select 1", {}, OSError())))
    assert shop.get("/readyz").status_code == 503
    assert shop.get("/livez").status_code == 200
