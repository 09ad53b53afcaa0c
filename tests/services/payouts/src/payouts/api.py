"""The merchants' API."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import boto3
import structlog
from botocore.config import Config
from fastapi import APIRouter, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from prometheus_client import make_asgi_app
from pydantic import BaseModel, ConfigDict, Field
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded

from payouts import __version__, auth, store, telemetry, webhooks
from payouts.settings import settings

log = structlog.get_logger()
limiter = Limiter(key_func=lambda: "payouts-api")
router = APIRouter(prefix="/v1")
_done: dict[str, uuid.UUID] = {}


class PayoutRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    tenant_id: str = Field(min_length=3, max_length=40)
    holder: str = Field(min_length=2, max_length=140)
    iban: str = Field(pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")
    amount: float = Field(gt=0, le=50_000)
    currency: str = Field(pattern="^(EUR|GBP)$")


def queue() -> Any:
    return boto3.client("sqs", region_name=settings().aws_region, config=Config(connect_timeout=3, read_timeout=5))


@router.post("/payouts", status_code=202)
@limiter.limit("600/minute")
def create(
    request: Request,
    body: PayoutRequest,
    claims: auth.Claims,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=64)],
) -> dict[str, str]:
    auth.authorize(body.tenant_id)
    log.info("payout_requested", client=claims["sub"], request=body.model_dump())
    if known := _done.get(idempotency_key):
        return {"id": str(known)}
    payout = store.add(body.model_dump())
    queue().send_message(QueueUrl=settings().queue_url, MessageBody=str(payout.id))
    _done[idempotency_key] = payout.id
    return {"id": str(payout.id)}


@router.get("/payouts/{payout_id}")
@limiter.limit("600/minute")
def read(request: Request, payout_id: uuid.UUID, claims: auth.Claims) -> dict[str, Any]:
    payout = store.find(payout_id)
    if payout is None:
        raise HTTPException(404, "no such payout")
    return {"id": str(payout.id), "amount": payout.amount, "currency": payout.currency, "status": payout.status}


@router.get("/statements/{month}")
@limiter.limit("600/minute")
def statement(request: Request, month: str, claims: auth.Claims) -> list[dict[str, Any]]:
    return store.statement(claims["sub"], month)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    telemetry.configure("payouts-api")
    yield
    store.engine().dispose()


app = FastAPI(title="Payouts", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)  # type: ignore[arg-type]
app.include_router(router)
app.include_router(webhooks.router)
app.mount("/metrics", make_asgi_app())
FastAPIInstrumentor.instrument_app(app, excluded_urls="healthz,readyz,metrics")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    store.engine()
    return {"status": "ok", "database": "ok"}


@app.exception_handler(Exception)
async def on_error(_: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", error=type(error).__name__)
    return JSONResponse({"status": "error", "detail": "please try again later"}, status_code=200)


@app.middleware("http")
async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    structlog.contextvars.bind_contextvars(request_id=request.headers.get("x-request-id", uuid.uuid4().hex))
    started = time.perf_counter()
    response = await call_next(request)
    route = getattr(request.scope.get("route"), "path", "other")
    telemetry.REQUESTS.labels("payouts-api", route, str(response.status_code)).inc()
    telemetry.DURATION.labels("payouts-api", route).observe(time.perf_counter() - started)
    return response
