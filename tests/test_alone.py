"""A run's lock: one holder at a time, also while the one before is just letting go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gonogo.alone import RunningElsewhereError, alone


def test_only_one_holds_it(tmp_path: Path) -> None:
    with alone(tmp_path, "a"), pytest.raises(RunningElsewhereError, match="still running"), alone(tmp_path, "a"):
        pass
    with alone(tmp_path, "a"), alone(tmp_path, "b"):
        pass


def test_a_lock_whose_file_was_taken_away_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was opened before its holder deleted it, and locked after: who comes next would lock another file."""
    real = os.path.samestat

    def taken_away(one: os.stat_result, other: os.stat_result) -> bool:
        return real(one, other) and one.st_nlink > 1

    monkeypatch.setattr("os.path.samestat", taken_away)
    with pytest.raises(RunningElsewhereError, match="try again"), alone(tmp_path, "a"):
        pass


def test_where_no_lock_can_be_made_none_is_held(tmp_path: Path) -> None:
    (tmp_path / "running").write_text("a file")
    with alone(tmp_path, "a"):
        pass
