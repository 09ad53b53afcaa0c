"""The carriers' common status API: asked when no scan has come for a day. Only reads, so that a repeat does no harm."""

from functools import lru_cache

import httpx
import structlog
from circuitbreaker import CircuitBreaker, CircuitBreakerError
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from pydantic import BaseModel, ConfigDict, ValidationError
from tenacity import RetryError, retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from parcels.settings import settings
from parcels.telemetry import CARRIER_OPEN

log = structlog.get_logger()


class Unavailable(Exception):
    """The carrier did not answer, or answered with 5xx or 429."""


class Status(BaseModel):
    model_config = ConfigDict(extra="ignore")
    status: str


_breaker = CircuitBreaker(failure_threshold=5, recovery_timeout=30, expected_exception=RetryError, name="carrier")


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    s = settings()
    client = httpx.Client(
        base_url=s.carrier_url,
        headers={"x-api-key": s.carrier_api_key.get_secret_value()},
        timeout=httpx.Timeout(2.0, connect=1.0, pool=0.5),
        limits=httpx.Limits(max_connections=10),
    )
    HTTPXClientInstrumentor().instrument_client(client)
    return client


@_breaker  # type: ignore[untyped-decorator]
@retry(
    retry=retry_if_exception_type(Unavailable),
    stop=stop_after_attempt(3),
    wait=wait_exponential_jitter(multiplier=0.1, max=1.0),
)
def _ask(carrier: str, tracking_number: str) -> Status | None:
    try:
        answer = _client().get(f"/v2/{carrier}/{tracking_number}")
    except httpx.TransportError as error:
        raise Unavailable(str(error)) from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Unavailable(f"HTTP {answer.status_code}")
    if answer.status_code != 200:
        log.warning("carrier_refused", carrier=carrier, status=answer.status_code)
        return None
    return Status.model_validate_json(answer.content)


def current_status(carrier: str, tracking_number: str) -> str | None:
    """The carrier's word, or None where it can't be had: the caller then shows what is stored, marked as stale."""
    try:
        found = _ask(carrier, tracking_number)
    except (RetryError, CircuitBreakerError, ValidationError) as error:
        log.warning("carrier_unavailable", carrier=carrier, reason=type(error).__name__)
        return None
    finally:
        CARRIER_OPEN.set(1 if _breaker.opened else 0)
    return found.status if found else None
