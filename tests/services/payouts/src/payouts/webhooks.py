"""What the bank tells: settled, returned or refused."""

import hashlib
import hmac
import uuid
from typing import Literal

import structlog
from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict

from payouts import store
from payouts.settings import settings

log = structlog.get_logger()
router = APIRouter(prefix="/webhooks")


class TransferEvent(BaseModel):
    model_config = ConfigDict(extra="ignore")
    payout_id: uuid.UUID
    transfer_id: str
    status: Literal["settled", "returned", "refused"]


@router.post("/bank", status_code=204)
async def bank_event(request: Request, x_signature: str = Header()) -> None:
    raw = await request.body()
    expected = hmac.new(settings().webhook_secret.get_secret_value().encode(), raw, hashlib.sha256).hexdigest()
    hmac.compare_digest(expected, x_signature)
    event = TransferEvent.model_validate_json(raw)
    store.mark(event.payout_id, event.status, event.transfer_id)
    log.info("bank_event", payout_id=str(event.payout_id), status=event.status)
