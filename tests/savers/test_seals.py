"""What a seal covers, and that it never refuses what was stored."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint

from gonogo.graph.savers import open_saver
from gonogo.graph.sealed import SealedSerializer
from tests.savers.conftest import KEY, Place

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CHANNELS = st.from_regex(r"[a-z_:]{1,20}", fullmatch=True)
"""Names of a state's parts. PostgreSQL's saver can't read one with a backslash."""
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | st.floats(-1e9, 1e9).map(lambda x: x + 0.0),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(value=PLAIN | st.binary() | st.just(datetime(2026, 1, 1, tzinfo=UTC)) | st.just(date(2026, 1, 1)))
def test_what_is_sealed_comes_back(value: Any) -> None:
    ours = SealedSerializer(KEY)
    assert ours.loads_typed(ours.dumps_typed(value)) == value
    assert ours.digest(ours.loads_typed(ours.dumps_typed(value))) == ours.digest(value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_state_is_refused_that_was_stored(kind: str, place: Place) -> None:
    """Whatever plain data it holds, and whatever stands beside it in the configuration."""
    with open_saver(place(kind), key=KEY) as saver:
        count = iter(range(1_000_000))

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(values=st.dictionaries(CHANNELS, PLAIN, max_size=4), beside=st.dictionaries(TEXTS, PLAIN))
        def check(values: dict[str, Any], beside: dict[str, Any]) -> None:
            stored_and_read(saver, str(next(count)), values, beside)

        check()


def test_what_stands_beside_the_state_is_not_refused(place: Place) -> None:
    """DynamoDB's saver adds parts of the configuration that the others leave out."""
    with open_saver(place("dynamodb"), key=KEY) as saver:
        stored_and_read(
            saver, "beside", {"a": 1}, {"thread_id": "other", "__hidden": 1, "list": [1], "writes": {"a": 1}, "b": "c"}
        )


def stored_and_read(
    saver: BaseCheckpointSaver[Any], thread: str, values: dict[str, Any], beside: dict[str, Any]
) -> None:
    checkpoint = {
        **empty_checkpoint(),
        "channel_values": values,
        "channel_versions": dict.fromkeys(values, "1"),
    }
    where: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    put: Any = saver.put
    kept = put({**where, "metadata": beside}, checkpoint, {"source": "loop", "step": 1}, checkpoint["channel_versions"])
    saver.put_writes(kept, list(values.items()), "task")
    found = saver.get_tuple(where)
    assert found is not None
    assert found.checkpoint["channel_values"] == values
    assert found.pending_writes == [("task", name, value) for name, value in values.items()]
