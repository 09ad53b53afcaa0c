"""Secrets and personal data of nobody, in every source and encoding, with a model that repeats all that it sees.

Left out by rule, as in ``tests.tools.test_canaries``: what an opaque encoding keeps from everybody (a value that only
the name beside it makes what it is, without that name), numbers that run backwards, and names of files.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import re2  # type: ignore[import-untyped]
from rich.console import Console

from gonogo.agents.asking.budget import Bounds
from gonogo.asking import ModelOptions, opened
from gonogo.begun import Begun
from gonogo.cassette.file import read_cassette
from gonogo.cassette.scan import scan
from gonogo.criteria import load_catalogue
from gonogo.facts.docker import Docker
from gonogo.facts.repository import Repository
from gonogo.graph.audit import Request, audit
from gonogo.keeping import KeepOptions, Opening, opened_run, opened_store
from gonogo.model.criterion import Area
from gonogo.model.report import Report
from gonogo.model.target import Target
from gonogo.replaying import export_run
from gonogo.report import FORMATS, render
from gonogo.report.terminal import show
from gonogo.store.evidence import read_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.spans import read_spans
from gonogo.telemetry.names import INPUT_MESSAGES
from gonogo.tools.collect import REPOSITORY_TOOLS, Collector
from gonogo.tools.repository import open_repository
from tests.asking import write
from tests.bedrock import Script, serve
from tests.tools.test_canaries import (
    BY_CHARACTER,
    CANARIES,
    LEGIBLE_BACKWARDS,
    OPAQUE,
    Canary,
    carried,
    decoded,
    is_told,
)
from tests.worst_case.leaks import blabber, listed, structured

MODEL = "bedrock:us.anthropic.claude-sonnet-5-5"
ROOMY = Bounds(calls=40, reads=300, tokens=10**9)
"""Enough to read every line and to submit."""
ENCODINGS = (*BY_CHARACTER, *OPAQUE)
_APART = re.compile(r"(?:[\x00-\x1f\x7f\ufffd]|\\n)+")
"""What parts the texts of a binary or a log: what repeats in several is read once."""
SHORT = ("plain", "percent", "hex entities", "u escapes", "zero width", "base64", "hex", "x escapes")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


Files = Callable[[list[Canary], tuple[str, ...]], dict[str, str]]
SOURCES = (listed, structured)


def test_nothing_private_leaves(tmp_path: Path) -> None:
    """Canaries in each source, each in the next encoding."""
    canaries = CANARIES[::16]
    assert_gone(leave(listed(canaries, SHORT), canaries, tmp_path), canaries, SHORT)


def test_code_s_own_words_tell_nothing(tmp_path: Path) -> None:
    """Canaries where facts come from: settings, routes, commands, tags, labels."""
    canaries = CANARIES[::16]
    collector = Collector(open_repository([write(tmp_path, structured(canaries, SHORT))]), Target(name="orders"))
    assert_gone(rendered(audit(Request(collector, load_catalogue()))), canaries, SHORT)


@pytest.mark.sweep
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("made", SOURCES)
def test_nothing_private_leaves_in_any_encoding(encoding: str, made: Files, tmp_path: Path) -> None:
    canaries = [canary for canary in CANARIES if encoding != "backwards" or canary.kind in LEGIBLE_BACKWARDS]
    canaries = canaries[:: 1 if made is listed else 3]
    assert_gone(leave(made(canaries, (encoding,)), canaries, tmp_path), canaries, (encoding,))


class _Breaking(Docker):
    """Facts on which checks break, with what was read in the message."""

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "text", text)

    @property
    def shipped(self) -> Any:
        raise ValueError(f"could not make sense of {vars(self)['text']}")


@pytest.mark.parametrize("breaks", ["tool", "checks"])
def test_what_breaks_tells_nothing(breaks: str, tmp_path: Path) -> None:
    canaries = CANARIES[::8]

    def tool(repository: Repository, target: Target) -> Any:
        broken = _Breaking(repository.text("app.env"))
        return broken if breaks == "checks" else broken.shipped

    files = {"app.env": "\n".join(carried(canary, "plain", "app.env") for canary in canaries)}
    repository = open_repository([write(tmp_path, files)])
    collector = Collector(repository, Target(name="orders"), REPOSITORY_TOOLS | {"docker": tool})
    left = rendered(audit(Request(collector, load_catalogue())))
    assert "could not make sense of" in left["md"]
    assert_gone(left, canaries, ("plain",))


def leave(files: dict[str, str], canaries: list[Canary], folder: Path) -> dict[str, str]:
    """All that leaves an audit of these files, by where it goes."""
    repository = open_repository([write(folder / "orders", files)])
    collector = Collector(repository, Target(name="orders"))
    script = blabber(files, [canary.core[:6] for canary in canaries])
    with logged() as lines:
        left = record(collector, script, folder)
    return left | {"logs": "\n".join(lines)}


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def logged() -> Iterator[list[str]]:
    """All that is logged, at every level."""
    root = logging.getLogger()
    level, handler = root.level, _Lines()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def record(collector: Collector, script: Script, folder: Path) -> dict[str, str]:
    """Audits with a model over HTTP, recorded, in a store, with all that was said in the traces."""
    cassette, state = folder / "orders.yaml", folder / "state"
    store = KeepOptions(store=f"sqlite:///{state}/runs.sqlite", content=True)
    begun = Begun(paths=(folder / "orders",), target=Target(name="orders"), areas=tuple(Area))
    problems: list[str] = []
    events: list[dict[str, Any]] = []
    stored: set[str] = set()

    def hear(event: dict[str, Any]) -> None:
        events.append(event)
        if event["kind"] in ("decide", "guard"):  # at the end the run's checkpoints are deleted
            stored.update(path.read_bytes().decode("utf-8", "replace") for path in state.glob("*checkpoints*"))

    with serve(script) as server:
        options = ModelOptions(model=MODEL, endpoint_url=server.url, cassette=cassette, record="once")
        with (
            opened(options) as asking,
            opened_run(Opening(store, begun), datetime.now(UTC), Event(), problems.append) as run,
        ):
            assert asking.plan is not None
            plan = replace(asking.plan, bounds=ROOMY, ledger=run.ledger, telemetry=run.telemetry)
            request = Request(collector, load_catalogue())
            report = audit(
                request,
                clock=asking.clock,
                progress=hear,
                keeping=run.keeping(),
                plan=plan,
                telemetry=run.telemetry,
            )
        asked = {text for request in server.requests for text in request.texts}
    assert len(server.requests) > 2 * len(report.provenance.specialists)
    assert any("security" in text for text in stored), "the checkpoints are not where they were looked for"
    assert not scan(cassette)
    assert not problems
    with opened_store(store) as kept:
        spans = read_spans(kept, run.id)
        calls = Ledger(kept, run.id).all()
        evidence = read_evidence(kept, run.id)
        exported = gzip.decompress(export_run(kept, run.id)).decode()
    assert any(INPUT_MESSAGES in span.attributes for span in spans)
    return {
        "requests": "\n".join(sorted(asked)),
        "cassette": cassette.read_text(),
        "cassette, decoded": "\n".join(sorted(set(_strings(read_cassette(cassette).interactions)))),
        "checkpoints": "\n".join(sorted(stored)),
        "spans": "\n".join(sorted(set(_strings([span.model_dump() for span in spans])))),
        "ledger": "\n".join(sorted(set(_strings([[call.request, call.answer] for call in calls])))),
        "evidence": "\n".join(item.model_dump_json() for item in evidence),
        "exported": exported,
        "events": json.dumps(events, ensure_ascii=False),
        **rendered(report),
    }


def rendered(report: Report) -> dict[str, str]:
    with StringIO() as out:
        show(report, Console(file=out, width=400))
        return {item.name: render(report, item.name) for item in FORMATS} | {"terminal": out.getvalue()}


def _strings(value: Any) -> Iterator[str]:
    """All texts in a value, also in what bodies hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in _strings(part))
    elif isinstance(value, Iterable):
        yield from (text for part in value for text in _strings(part))
    elif slots := getattr(value, "__slots__", None) or getattr(value, "__dict__", None):
        yield from (text for name in slots for text in _strings(getattr(value, name)))


def assert_gone(left: dict[str, str], canaries: list[Canary], encodings: tuple[str, ...]) -> None:
    """None of it is there, in no encoding."""
    lines: dict[str, set[str]] = {}
    for where, text in left.items():
        for line in _APART.split(text):
            lines.setdefault(line, set()).add(where)
    whole = "\n".join(sorted(lines))
    found = set()
    for seen in {whole, *decoded(whole)}:
        if _any_of(canaries, encodings).search(seen):
            found |= {c.text for c in canaries for encoding in encodings if is_told(c, encoding, seen)}
    there = {place for line, places in lines.items() for c in canaries if c.core in line for place in places}
    assert not found, f"{len(found)}, as they are in {sorted(there)}: {sorted(found)[:12]}"


def _any_of(canaries: list[Canary], encodings: tuple[str, ...]) -> Any:
    """What ``is_told`` looks for, in one pass."""
    forms = [OPAQUE.get(encoding) or BY_CHARACTER[encoding] for encoding in encodings]
    wanted = {text for c in canaries for text in (c.core, c.core[::-1], *(form(c.core) for form in forms))}
    options = re2.Options()
    options.max_mem = 1 << 28
    return re2.compile("|".join(map(re2.escape, sorted(wanted))), options)
