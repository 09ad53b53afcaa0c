"""Drafts: a report in the shapes that readers know. What is not in the report can't stand in one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from gonogo.model.baseline import Baseline
from gonogo.model.comparison import Comparison, compare
from gonogo.model.report import Report

STYLES = ("summary", "full", "checklist", "certification", "remediation")
TOO_YOUNG = "the earlier one is not the earlier: it was made {was}, this one {now}"


def draft(report: Report, style: str, *, before: Baseline | None = None) -> str:
    """The report in one of ``STYLES``, as GitHub-flavoured Markdown that ends in a newline; KeyError for another name.

    With an earlier audit it says what changed, where like is compared with like, else why it does not.
    """
    if style not in STYLES:
        raise KeyError(style)
    write: Callable[[Report, Comparison | None], str] = import_module(f"{__name__}.{style}").write
    return write(report, _compared(before, report) if before else None).rstrip("\n") + "\n"


def _compared(before: Baseline, report: Report) -> Comparison:
    found = compare(before, report)
    if before.created <= report.provenance.created:
        return found
    why = TOO_YOUNG.format(was=before.created[:10], now=report.provenance.created[:10])
    return found.model_copy(update={"why_not": (*found.why_not, why)})
