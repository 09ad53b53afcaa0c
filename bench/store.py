"""What the run store costs: time to keep and finish, and the size of a stored run.

    python bench/store.py [--store sqlite:///FILE | postgresql://...] [--runs 20] [--items 300] TARGET

Audits the folder TARGET once, without a model, and stores its report so many times, each time as another run, with so
many pieces of evidence, of which half are the same in every run. Medians; sizes are those on disk after all runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Request, audit
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Evidence, Kept, Locator
from gonogo.model.report import Report
from gonogo.model.span import Span
from gonogo.model.target import Target
from gonogo.store.evidence import keep_evidence, read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store, open_store
from gonogo.store.retention import prune
from gonogo.store.runs import Admission, admit, finish, list_runs, read_report
from gonogo.store.spans import keep_spans
from gonogo.store.verify import verify
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository

KEY = b"k" * 32
LINES = "import os\n\n\ndef handler(event):\n    return os.environ['TABLE_NAME'], event.get('order')\n" * 6


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", type=Path)
    parser.add_argument("--store")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--items", type=int, default=300)
    options = parser.parse_args()
    report = audit(
        Request(Collector(open_repository([options.target]), Target(name="bench")), load_catalogue()),
        clock=lambda: datetime.now(UTC),
    )
    with tempfile.TemporaryDirectory() as folder:
        url = options.store or f"sqlite:///{folder}/runs.sqlite"
        opened = timed(lambda: open_store(url, key=KEY, clock=lambda: datetime.now(UTC)).close())
        again = timed(lambda: open_store(url, key=KEY, clock=lambda: datetime.now(UTC)).close())
        print(f"open: first {opened:.1f} ms, again {again:.1f} ms")
        store = open_store(url, key=KEY, clock=lambda: datetime.now(UTC))
        measure(store, report, options.runs, options.items)
        store.close()


def measure(store: Store, report: Report, runs: int, items: int) -> None:
    """Writes the runs and prints a line for each door."""
    found: dict[str, list[float]] = {}
    names = [os.urandom(16).hex() for _ in range(runs)]
    for name in names:
        for what, do in doors(store, name, report, items):
            found.setdefault(what, []).append(timed(do))
    for what, times in found.items():
        print(f"{what:28} {statistics.median(times):8.2f} ms   worst {max(times):8.2f} ms")
    text = len(report.model_dump_json())
    print(f"list of {runs}: {timed(lambda: list_runs(store, limit=runs)):.1f} ms")
    problems: list[int] = []
    print(f"verify of {runs}: {timed(lambda: problems.append(len(verify(store)))):.0f} ms, {problems[0]} problems")
    done = prune(store, before=datetime.now(UTC))
    size = done.before / runs / 1000
    print(f"size of a run: {size:.0f} kB (its report as JSON alone: {text / 1000:.0f} kB)")
    print(f"after a prune of calls and spans: {done.after / runs / 1000:.0f} kB a run")


def doors(store: Store, run: str, report: Report, items: int) -> list[tuple[str, Callable[[], object]]]:
    pieces = [piece(run if number % 2 else "", number) for number in range(items)]
    ledger = Ledger(store, run)
    spans = [span(number) for number in range(100)]
    request = [{"at": 0, "type": "human", "content": LINES * 4}]
    admission = Admission(
        run=run,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        gonogo="bench",
        target="bench",
        catalogue="c",
        fingerprint="f",
    )
    return [
        ("admit", lambda: admit(store, admission)),
        (f"keep {items} pieces of evidence", lambda: keep_evidence(store, run, pieces)),
        ("the same again", lambda: keep_evidence(store, run, pieces)),
        ("keep an answer", lambda: ledger.keep("1" * 64, "security", 0, request, {"content": LINES})),
        ("find an answer", lambda: ledger.find("1" * 64)),
        ("keep 100 spans", lambda: keep_spans(store, run, spans)),
        ("finish", lambda: finish(store, run, report, {})),
        ("read the report", lambda: read_report(store, run)),
        ("read the evidence", lambda: read_evidence(store, run)),
    ]


def piece(run: str, number: int) -> Kept:
    found = Evidence.make(
        tool="repository.read",
        source="repository",
        locator=Locator(path=f"src/module_{number}.py", line=number + 1),
        excerpt=f"# {run} {number}\n{LINES}",
        strength=Strength.DEFINED,
    )
    return Kept(evidence=found)


def span(number: int) -> Span:
    return Span(
        trace_id="a" * 32,
        span_id=f"{number:016x}",
        parent_id=None,
        name="tool",
        kind="internal",
        start=number,
        end=number + 1,
        attributes={"gonogo.area": "security", "gonogo.evidence": ("ev-000000000000", "ev-111111111111")},
    )


def timed(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
