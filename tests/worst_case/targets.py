"""Targets of the worst-case sweeps: collected once, audited often, with a model that a script plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from gonogo.agents.asking.budget import DEFAULT_BOUNDS, Bounds
from gonogo.agents.asking.models import Model
from gonogo.agents.asking.plan import ModelPlan
from gonogo.agents.words import Words, load_words
from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Event, Request, audit
from gonogo.model.criterion import Area, Criterion, Status
from gonogo.model.report import Report
from gonogo.model.target import Target
from gonogo.model.verdict import Effect, Value
from gonogo.tools.collect import Collector
from gonogo.tools.repository import open_repository
from tests.bedrock import Request as Asked
from tests.bedrock import Script
from tests.conftest import NOON
from tests.models import ScriptedModel

MODEL = "scripted"
SERVICE = {
    "README.md": "# Orders\n\n`docker compose up` starts it.\n",
    "LICENSE": "Copyright 2026 Acme\n",
    "app/main.py": (
        "import logging\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\nlog = logging.getLogger('orders')\n\n\n"
        "@app.get('/orders')\ndef orders():\n    log.info('orders were asked for')\n    return []\n\n\n"
        "@app.get('/health')\ndef health():\n    return {'status': 'ok'}\n"
    ),
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "tests/test_main.py": "from app.main import orders\n\n\ndef test_orders():\n    assert orders() == []\n",
    ".github/workflows/ci.yml": (
        "on: [push]\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-24.04\n"
        "    timeout-minutes: 10\n    steps:\n      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8\n"
        "      - run: pip install -r requirements.txt && pytest\n"
    ),
    "Dockerfile": 'FROM python:3.12-slim\nCOPY app app\nUSER 1000\nCMD ["uvicorn", "app.main:app"]\n',
    "compose.yaml": "services:\n  orders:\n    build: .\n    ports: ['8000:8000']\n",
    "infra/versions.tf": 'terraform {\n  required_version = ">= 1.9"\n}\n',
}


@dataclass(frozen=True)
class Prepared:
    """A target that was collected, with a catalogue and the report of its audit without a model."""

    collector: Collector
    catalogue: tuple[Criterion, ...]
    areas: tuple[Area, ...]
    plain: Report
    extra: Mapping[str, Any] = field(default_factory=dict)

    def audit(
        self,
        script: Script,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
        progress: Callable[[Event], None] = lambda event: None,
    ) -> tuple[Report, tuple[Asked, ...]]:
        """The report of an audit whose models the script plays, and all that they were asked."""
        chat = ScriptedModel(script=script)
        plan = ModelPlan(
            (Model(MODEL, chat, {}, None),), words(), bounds, clock=lambda: 0.0, sleep=lambda seconds: None
        )
        report = audit(self.request(), clock=lambda: NOON, progress=progress, plan=plan, threads=1)
        return report, chat.requests

    def request(self) -> Request:
        return Request(self.collector, self.catalogue, self.areas, **self.extra)

    def narrowed(self, *statuses: Status) -> Prepared:
        """The same target with only those criteria that code answers so: what leaves out failures can be better."""
        slugs = {row.criterion for row in self.plain.assessments if row.status in statuses}
        catalogue = tuple(row for row in self.catalogue if row.slug in slugs)
        return _prepared(self.collector, catalogue, self.areas, self.extra)


@cache
def words() -> Words:
    return load_words()


def prepare(
    folder: Path, *, areas: Iterable[Area] = Area, catalogue: tuple[Criterion, ...] | None = None, **extra: Any
) -> Prepared:
    """Collects a folder, and audits it without a model. ``extra`` goes into the request."""
    collector = Collector(open_repository([folder]), Target(name=extra.pop("name", "orders")))
    asked = tuple(areas)
    rows = tuple(row for row in catalogue or load_catalogue() if row.area in asked)
    return _prepared(collector, rows, asked, extra)


def _prepared(
    collector: Collector, catalogue: tuple[Criterion, ...], areas: tuple[Area, ...], extra: Mapping[str, Any]
) -> Prepared:
    plain = audit(Request(collector, catalogue, areas, **extra), clock=lambda: NOON)
    return Prepared(collector, catalogue, areas, plain, extra)


def three_verdicts(whole: Prepared) -> dict[Value, Prepared]:
    """The target as it is, without its failures, and without what is unverified either: one for each verdict."""
    made = [
        whole,
        whole.narrowed(Status.PASS, Status.NOT_APPLICABLE, Status.UNVERIFIED),
        whole.narrowed(Status.PASS, Status.NOT_APPLICABLE),
    ]
    return {prepared.plain.verdict.value: prepared for prepared in made}


def assert_never_better(plain: Report, report: Report) -> None:
    """All that an audit's model may have changed is worse, or beside what counts."""
    assert report.verdict.value.rank <= plain.verdict.value.rank
    for name in ("target", "concessions", "not_counted", "policy", "waivers", "imports"):
        assert getattr(report, name) == getattr(plain, name)
    before = {row.criterion: row for row in plain.assessments}
    assert [row.criterion for row in report.assessments] == list(before)
    for row in report.assessments:
        was = before[row.criterion]
        kept = row.model_copy(update={"lost": was.lost, "unfinished": was.unfinished, "proposal": None})
        if row.status is was.status:
            assert kept == was, row
        else:
            assert (was.status, row.status) == (Status.UNVERIFIED, Status.FAIL), row
            assert (row.severity, row.waived, row.area) == (was.severity, None, was.area)
            assert set(was.evidence) < set(row.evidence)
        assert row.lost >= was.lost
    _assert_gates(plain, report)
    found = {finding.id: finding for finding in report.findings}
    assert all(found.get(finding.id) == finding for finding in plain.findings)
    assert all(finding.by for name, finding in found.items() if name not in {f.id for f in plain.findings})


def _assert_gates(plain: Report, report: Report) -> None:
    effects = {gate.criterion: list(Effect).index(gate.effect) for gate in report.verdict.gates}
    for gate in plain.verdict.gates:
        assert gate.criterion in effects, gate
        assert effects[gate.criterion] <= list(Effect).index(gate.effect), gate
    assert not any(gate.waived for gate in report.verdict.gates)
