"""Runs made up for the store's tests."""

from __future__ import annotations

from typing import Any

from gonogo.model.criterion import Strength
from gonogo.model.evidence import Evidence, Kept, Locator
from gonogo.model.report import Report
from gonogo.model.span import Span
from gonogo.store.decisions import Decision, decide
from gonogo.store.evidence import keep_evidence
from gonogo.store.ledger import Ledger
from gonogo.store.open import Store
from gonogo.store.runs import Admission, admit, finish
from gonogo.store.spans import keep_spans


def admission(run: str, **changed: Any) -> Admission:
    given = {
        "run": run,
        "created": "2026-11-21T12:00:00+00:00",
        "gonogo": "0.1.0",
        "target": "shop",
        "catalogue": "c" * 16,
        "fingerprint": "f" * 64,
        "options": {"paths": ["shop"]},
    }
    return Admission(**(given | changed))


def kept(text: str, *, strength: Strength = Strength.DEFINED, span: str | None = None) -> Kept:
    found = Evidence.make(
        tool="repository.read", source="repository", locator=Locator(path=text, line=1), excerpt=text, strength=strength
    )
    return Kept(evidence=found, secrets=1, span_id=span)


def span(number: int) -> Span:
    return Span(
        trace_id="a" * 32,
        span_id=f"{number:016x}",
        parent_id=None,
        name="chat",
        kind="client",
        start=number,
        end=number + 5,
        attributes={"gen_ai.usage.input_tokens": number, "ids": ("a", "b")},
    )


def whole_run(store: Store, run: str, report: Report) -> None:
    """A run with a row in every table."""
    admit(store, admission(run))
    keep_evidence(store, run, [kept("a.py"), kept("b.py", span="0" * 16)])
    keep_evidence(store, run, [kept("a.py", strength=Strength.WIRED), kept("c.py")])
    ledger = Ledger(store, run)
    ledger.keep("1" * 64, "security", 0, [{"at": 0, "content": "hello"}], {"content": "yes"})
    ledger.keep("2" * 64, "security", 1, [{"at": 1, "content": "again"}], {"content": "no"})
    keep_spans(store, run, [span(1), span(2)])
    decide(store, decision(run))
    finish(store, run, report, {"results": {}})


def decision(run: str, **changed: Any) -> Decision:
    given = {
        "run": run,
        "who": "Ana",
        "what": "confirm",
        "subject": "rate-limiting",
        "evidence": ("ev-1",),
        "reason": "seen in the account",
        "at": "2026-11-21T13:00:00+00:00",
    }
    return Decision(**(given | changed))
