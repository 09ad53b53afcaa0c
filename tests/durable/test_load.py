"""Many audits at once on one store: none is lost, and none changes another."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from subprocess import Popen

import pytest

from tests.durable.storm import ground
from tests.postgres import new_database, server

MANY = 100


@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.sweep), "postgresql"])
def test_audits_beside_each_other(kind: str, tmp_path: Path, process: Popen[str], postgres: str) -> None:
    run_at_once(4, kind, tmp_path, process, postgres)


@pytest.mark.sweep
def test_a_hundred_audits_at_once(
    tmp_path: Path, process: Popen[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On a server that has connections for them: an audit takes up to three."""
    with server(tmp_path_factory.mktemp("roomy"), connections=3 * MANY + 10) as url:
        run_at_once(MANY, "postgresql", tmp_path, process, url)


def run_at_once(count: int, kind: str, folder: Path, process: Popen[str], postgres: str) -> None:
    options = ("--store", new_database(postgres)) if kind == "postgresql" else ()
    with ground(folder, process, options) as here:
        known = {row["run"] for row in here.rows()}
        started = time.monotonic()
        done = here.nursery.run_at_once(
            count, "audit", str(here.target), *here.options, "--quiet", "-f", "json", "-o", str(folder / "reports")
        )
        seconds = time.monotonic() - started
        assert [code for code, _ in done] == [1] * count, next(out for code, out in done if code != 1)
        assert not any(out for _, out in done), next(out for _, out in done if out)
        new = [row for row in here.rows() if row["run"] not in known]
        assert len(new) == count
        assert {row["state"] for row in new} == {"finished"}
        for row in new[:: max(1, count // 10)]:
            assert here.report(row["run"]) == here.expected
        assert not here.verify()
        sys.stdout.write(f"{kind}: {count} audits at once in {seconds:.1f} s, one alone takes {here.seconds:.1f} s\n")
