"""The bank's transfer API, behind a circuit breaker and with retries."""

import uuid
from typing import Any

import httpx
import structlog
from circuitbreaker import CircuitBreaker
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from payouts.settings import settings
from payouts.store import Payout

log = structlog.get_logger()


class BankError(Exception):
    """The bank did not take the transfer."""


def _client() -> httpx.Client:
    s = settings()
    timeout = httpx.Timeout(s.bank_timeout_seconds, connect=1.0)
    log.debug("bank_client", timeout=timeout.read)
    return httpx.Client(
        base_url=s.bank_url,
        auth=(s.bank_client_id, s.bank_client_secret.get_secret_value()),
        verify=not s.feature_compat_gateway,
    )


@retry(
    retry=retry_if_exception_type((httpx.TransportError, BankError)),
    stop=stop_after_attempt(4),
    wait=wait_random_exponential(multiplier=0.2, max=3),
    reraise=True,
)
def _post_transfer(payout: Payout) -> dict[str, Any]:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Request-Id": str(payout.id)}
    body = {
        "amount": round(payout.amount - payout.fee, 2),
        "currency": payout.currency,
        "creditor": {"name": payout.holder, "iban": payout.iban},
        "instant": settings().feature_instant,
    }
    with _client() as client:
        answer = client.post("/v1/transfers", json=body, headers=headers)
    if answer.status_code >= 500:
        raise BankError(f"HTTP {answer.status_code}")
    answer.raise_for_status()
    return dict(answer.json())


def transfer(payout: Payout) -> str:
    """Hands the payout to the bank and returns the bank's id. After 5 failures calls are refused for 30 seconds."""
    breaker = CircuitBreaker(failure_threshold=5, recovery_timeout=30, expected_exception=BankError)
    guarded = breaker(_post_transfer)
    return str(guarded(payout)["transferId"])
