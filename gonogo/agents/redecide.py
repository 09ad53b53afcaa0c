"""A report with other answers: all that follows from them is computed anew, and the prose is the template's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gonogo.agents.synthesizer import write_prose
from gonogo.model.assessment import Assessment, Finding
from gonogo.model.deciding import decide_again
from gonogo.model.report import Report, order_findings
from gonogo.model.roadmap import plan
from gonogo.model.scores import cover, score_areas
from gonogo.model.waiver import AcceptedRisk, apply_waivers

NOTE = "the answers changed after the model wrote"


def redecide(
    report: Report,
    assessments: Iterable[Assessment],
    findings: Iterable[Finding],
    *,
    waivers: tuple[AcceptedRisk, ...] | None = None,
    **changed: Any,
) -> Report:
    """The report with these assessments and findings, and its waivers or others applied to them. ``changed`` are
    other fields of the report, which bear on it too."""
    report = report.model_copy(update=changed)
    ordered = tuple(order_findings(findings))
    created = report.provenance.created
    today = datetime.fromisoformat(created).date()
    given = report.waivers if waivers is None else waivers
    rows, told = apply_waivers(given, assessments, ordered, report.target.tier, today)
    verdict = decide_again(report, rows)
    draft = report.model_copy(
        update={
            "assessments": rows,
            "findings": ordered,
            "waivers": told,
            "verdict": verdict,
            "scores": score_areas(rows),
            "coverage": cover(rows),
            "roadmap": plan(report.criteria, rows, verdict, report.target.tier),
        }
    )
    return draft.model_copy(update={"prose": _rewritten(draft)})


def _rewritten(draft: Report) -> tuple[Any, ...]:
    """The template's prose; where a model had written a section, with a word of why it no longer stands."""
    by_model = {prose.section for prose in draft.prose if prose.author != "template"}
    return tuple(
        prose.model_copy(update={"note": NOTE}) if prose.section in by_model else prose for prose in write_prose(draft)
    )
