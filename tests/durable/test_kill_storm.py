"""SIGKILL at any moment: the report is that of the unbroken run, nothing is lost, and only what was under way is paid
for again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from tests.durable.dynamodb import table
from tests.durable.storm import Ground, ground, storm
from tests.postgres import new_database

SAVERS = ("sqlite", "postgresql", "dynamodb")
SEED = 17
"""A run that is killed more than once."""
LONG = 100
"""Runs of one saver in the long form."""


@contextmanager
def prepared(saver: str, folder: Path, process: Popen[str], postgres: str) -> Iterator[Ground]:
    if saver == "sqlite":
        with ground(folder, process) as found:
            yield found
    elif saver == "postgresql":
        with ground(folder, process, ("--store", new_database(postgres))) as found:
            yield found
    else:
        with table() as url, ground(folder, process, ("--checkpoints", url)) as found:
            yield found


@pytest.mark.parametrize("saver", [*SAVERS[:2], pytest.param(SAVERS[2], marks=pytest.mark.sweep)])
def test_a_killed_audit_goes_on(saver: str, tmp_path: Path, process: Popen[str], postgres: str) -> None:
    with prepared(saver, tmp_path, process, postgres) as found:
        assert storm(found, SEED) > 0
        assert not found.verify()


@pytest.mark.sweep
@pytest.mark.parametrize("saver", SAVERS)
def test_no_storm_costs_a_run(saver: str, tmp_path: Path, process: Popen[str], postgres: str) -> None:
    with prepared(saver, tmp_path, process, postgres) as found:
        kills = sum(storm(found, number) for number in range(LONG))
        assert kills > LONG
        assert not found.verify()
        sys.stdout.write(f"{saver}: {LONG} runs, {kills} kills\n")
