"""Stopping a run between two steps."""

from __future__ import annotations

from threading import Event

from langgraph.runtime import RunControl


class _Stopping(RunControl):
    """Asks the graph to end before its next step once the flag is set, by whatever thread or signal."""

    __slots__ = ("_flag",)

    def __init__(self, flag: Event) -> None:
        super().__init__()
        self._flag = flag

    @property
    def drain_requested(self) -> bool:
        return self._flag.is_set()

    @property
    def drain_reason(self) -> str | None:
        return "stopped" if self._flag.is_set() else None


def control_of(flag: Event) -> RunControl:
    """What a run of the graph looks at before each step."""
    return _Stopping(flag)
