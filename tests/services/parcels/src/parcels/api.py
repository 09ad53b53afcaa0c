"""The API for shops."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from prometheus_client import make_asgi_app
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from parcels import __version__, carrier, store, telemetry
from parcels.auth import Client

log = structlog.get_logger()
router = APIRouter(prefix="/v1/parcels")
STALE_AFTER = timedelta(days=1)


class Registration(BaseModel):
    model_config = ConfigDict(extra="forbid")
    carrier: Literal["northline", "baypost", "kestrel"]
    tracking_number: str = Field(min_length=8, max_length=40, pattern=r"^[A-Z0-9]+$")
    recipient_email: EmailStr | None = None


class Seen(BaseModel):
    status: str
    scanned_at: datetime


class Answer(BaseModel):
    id: uuid.UUID
    carrier: str
    tracking_number: str
    status: str
    stale: bool = False
    scans: list[Seen] = []


@router.post("", status_code=201)
def register(
    body: Registration,
    client: Client,
    response: Response,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=64)],
) -> Answer:
    try:
        parcel, is_new = store.register(client, idempotency_key, body.model_dump())
    except IntegrityError as error:
        raise HTTPException(409, "this tracking number is registered already") from error
    if (parcel.carrier, parcel.tracking_number) != (body.carrier, body.tracking_number):
        raise HTTPException(409, "this idempotency key was used for another parcel")
    response.status_code = 201 if is_new else 200
    return Answer(id=parcel.id, carrier=parcel.carrier, tracking_number=parcel.tracking_number, status=parcel.status)


@router.get("/{parcel_id}")
def read(parcel_id: uuid.UUID, client: Client) -> Answer:
    found = store.find(client, parcel_id)
    if found is None:
        raise HTTPException(404, "no such parcel")
    parcel, scans = found
    newest = scans[0].scanned_at if scans else parcel.created_at
    status, stale = parcel.status, False
    if status != "delivered" and datetime.now(UTC) - newest > STALE_AFTER:
        asked = carrier.current_status(parcel.carrier, parcel.tracking_number)
        status, stale = asked or status, asked is None
    return Answer(
        id=parcel.id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        status=status,
        stale=stale,
        scans=[Seen(status=s.status, scanned_at=s.scanned_at) for s in scans],
    )


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    telemetry.set_up("api")
    log.info("started")
    yield
    store.engine().dispose()
    log.info("stopped")


app = FastAPI(title="Parcels", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(router)
app.mount("/metrics", make_asgi_app())  # The ingress forwards /v1 only.
FastAPIInstrumentor.instrument_app(app, excluded_urls="livez,readyz,metrics")


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"version": __version__}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    try:
        store.is_up()
    except SQLAlchemyError as error:
        raise HTTPException(503, "the database does not answer") from error
    return {"database": "up"}


@app.exception_handler(SQLAlchemyError)
def unavailable(_: Request, error: SQLAlchemyError) -> JSONResponse:
    log.error("database_unavailable", reason=type(error).__name__)
    return JSONResponse({"detail": "try again"}, status_code=503, headers={"retry-after": "2"})


@app.middleware("http")
async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """One line, one count and one time for each request; the id goes back to the caller, and onto every line."""
    given = request.headers.get("x-request-id", "")
    request_id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex
    structlog.contextvars.bind_contextvars(request_id=request_id)
    started, code = time.perf_counter(), 500
    try:
        response = await call_next(request)
        code = response.status_code
        response.headers["x-request-id"] = request_id
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["strict-transport-security"] = "max-age=31536000"
        response.headers["cache-control"] = "no-store"
        return response
    except Exception:
        log.exception("unhandled")
        raise
    finally:
        route = getattr(request.scope.get("route"), "path", "other")
        took = time.perf_counter() - started
        telemetry.REQUESTS.labels(route, request.method, str(code)).inc()
        telemetry.DURATION.labels(route).observe(took)
        if route not in ("/livez", "/readyz", "other"):
            log.info("answered", route=route, method=request.method, status=code, seconds=round(took, 4))
        structlog.contextvars.unbind_contextvars("request_id")
