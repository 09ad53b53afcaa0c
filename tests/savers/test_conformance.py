"""LangGraph's own suite for checkpointers, on ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate

from gonogo.graph.savers import open_saver
from tests.savers.conftest import KEY

NEEDED = {"put", "put_writes", "get_tuple", "list", "delete_thread"}


def test_the_savers_conform(make: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")

    @checkpointer_test(name="ours")
    async def factory() -> AsyncIterator[BaseCheckpointSaver]:  # type: ignore[type-arg]
        with open_saver(make(), key=KEY) as saver:
            yield saver

    report = asyncio.run(validate(factory))
    detected = {name: result for name, result in report.results.items() if result.detected}
    assert set(map(str, detected)) >= NEEDED or {getattr(n, "value", n) for n in detected} >= NEEDED
    for name, result in detected.items():
        assert result.tests_failed == 0, (name, result.failures)
        assert result.tests_passed > 0
