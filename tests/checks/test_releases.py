"""What is made and not written, and yet tracked."""

from __future__ import annotations

import pytest

from tests.asking import status


@pytest.mark.parametrize("path", ["web/.vite/deps/three.js", "web/coverage/index.html", ".jest-cache/a", ".turbo/log"])
def test_tracked_caches_and_coverage_reports_are_outputs(path: str) -> None:
    assert status("artifacts-not-committed", {path: "x\n", "app.py": "\n"}) == "fail"
    assert status("artifacts-not-committed", {"app.py": "\n"}) == "pass"
