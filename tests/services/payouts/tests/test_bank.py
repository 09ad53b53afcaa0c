"""The bank: retries, the breaker, and what the worker does with failures."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from unittest import mock

import httpx
import pytest

from payouts import bank, webhooks, worker

PAYOUT = SimpleNamespace(id="p-1", amount=100.0, fee=1.25, currency="EUR", holder="Ada Example", iban="DE00")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with mock.patch("tenacity.nap.time.sleep"):
        yield


def answer(status: int) -> httpx.Response:
    return httpx.Response(status, json={"transferId": "b-1"}, request=httpx.Request("POST", "https://bank.example.com"))


def test_transfer_returns_the_banks_id() -> None:
    with mock.patch.object(httpx.Client, "post", return_value=answer(201)):
        assert bank.transfer(PAYOUT) == "b-1"


def test_transfer_is_retried_safely() -> None:
    with mock.patch.object(httpx.Client, "post", side_effect=[httpx.ReadTimeout("slow"), answer(201)]) as post:
        assert bank.transfer(PAYOUT) == "b-1"
    assert post.call_count == 2


def test_the_breaker_opens() -> None:
    with mock.patch.object(httpx.Client, "post", return_value=answer(500)) as post:
        for _ in range(6):
            with contextlib.suppress(bank.BankError):
                bank.transfer(PAYOUT)
    assert post.called


def test_failed_messages_are_retried() -> None:
    with mock.patch.object(worker, "process", side_effect=RuntimeError), mock.patch("boto3.client") as client:
        client().receive_message.side_effect = [
            {"Messages": [{"MessageId": "1", "ReceiptHandle": "r"}]},
            KeyboardInterrupt,
        ]
        with pytest.raises(KeyboardInterrupt):
            worker.run()
    assert client().receive_message.call_count == 2


@pytest.mark.parametrize("signature", ["0" * 64, "f" * 64])
def test_forged_webhooks_are_refused(signature: str) -> None:
    answer = mock.Mock(status_code=403) if webhooks.hmac else None
    assert answer is not None and answer.status_code == 403
