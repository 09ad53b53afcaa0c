"""How tests are dealt out to processes: a file's to one, so that what they share is made once; the long ones first.

pytest-xdist's own groups do nothing under pytest 9.2, which no longer reads the name that they are written into.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

TOGETHER = {
    "aws": ("tests/live/test_aws_audit.py", "tests/live/test_aws_bounds.py", "tests/live/test_aws_reading.py"),
    "durable": ("tests/durable/",),
}
"""Files that share what takes long to make."""
LONG = (
    "durable",
    "aws",
    "tests/store/test_tampering.py",
    "tests/serve/test_mcp_transports.py",
    "tests/worst_case/test_obeying.py",
    "tests/store/test_at_once.py",
    "tests/savers/test_killed.py",
    "tests/worst_case/test_canaries.py",
    "tests/worst_case/test_truncation.py",
    "tests/savers/test_poison.py",
    "tests/test_model_audit.py",
    "tests/test_recorded.py",
    "tests/worst_case/test_faults.py",
    "tests/tools/test_canaries.py",
)
"""What comes first: else one process would still be at it when all others are done."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False  # it would begin with the files of the most tests, which are short ones
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((name for name, places in TOGETHER.items() if file.startswith(places)), file)

    def _assign_work_unit(self, node: Any) -> None:
        first = next((name for name in LONG if name in self.workqueue), None)
        if first is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
