"""LangGraph's own suite for checkpointers, on ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate

from gonogo.graph.savers import open_saver
from tests.savers.conftest import KEY, KINDS, Place

NEEDED = {"put", "put_writes", "get_tuple", "list", "delete_thread"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_savers_conform(kind: str, place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    def fresh() -> str:
        return f"sqlite:///{tmp_path_factory.mktemp('saver')}/c.sqlite" if kind == "sqlite" else place(kind)

    @checkpointer_test(name=kind)
    async def factory() -> AsyncIterator[BaseCheckpointSaver]:  # type: ignore[type-arg]
        with open_saver(fresh(), key=KEY) as saver:
            yield saver

    report = asyncio.run(validate(factory))
    detected = {str(getattr(name, "value", name)): found for name, found in report.results.items() if found.detected}
    assert set(detected) >= NEEDED
    for name, found in detected.items():
        assert found.tests_failed == 0, (name, found.failures)
        assert found.tests_passed > 0
