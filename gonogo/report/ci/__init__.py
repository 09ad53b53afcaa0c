"""What a pipeline shows of an audit: a summary of its job, annotations in files, reports for its service."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.model.ci_gate import GateOutcome
from gonogo.model.comparison import Comparison
from gonogo.model.report import Report


@dataclass(frozen=True, slots=True)
class CiFormat:
    """An output of ``gonogo ci`` that knows what changed and what the gate says."""

    name: str
    file_name: str


CI_FORMATS = (
    CiFormat("sarif", "report.sarif"),
    CiFormat("code-scanning", "report.code-scanning.sarif"),
    CiFormat("junit", "report.junit.xml"),
    CiFormat("code-quality", "report.code-quality.json"),
    CiFormat("annotations", "annotations.txt"),
    CiFormat("summary", "summary.md"),
)
"""Beside the formats of an audit (``gonogo.report.FORMATS``), of which these know two: ``sarif`` with resolved findings
and states for viewers that know them, ``code-scanning`` without what GitHub would show as open."""


def render_for_ci(
    report: Report, comparison: Comparison | None, gate: GateOutcome, name: str, *, folder: str = ""
) -> str:
    """The report in one of ``CI_FORMATS``, ending in a newline or empty. ``folder`` is where the audited path lies in
    the repository (see :func:`gonogo.report.ci.places.in_folder`). Raises KeyError for another name."""
    from gonogo.report import junit, sarif
    from gonogo.report.ci.annotations import github_annotations
    from gonogo.report.ci.code_quality import code_quality
    from gonogo.report.ci.job_summary import job_summary
    from gonogo.report.ci.places import in_folder, on_files

    placed = in_folder(report, folder)
    shown = on_files(placed)
    return {
        "sarif": lambda: sarif.render(shown, comparison),
        "code-scanning": lambda: sarif.render(shown, comparison, with_resolved=False),
        "junit": lambda: junit.render(placed),
        "code-quality": lambda: code_quality(shown, comparison),
        "annotations": lambda: github_annotations(shown, comparison),
        "summary": lambda: job_summary(placed, comparison, gate),
    }[name]()
