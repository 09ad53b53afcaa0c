"""Where things stand, for a service that counts from the repository's root when only a folder of it was audited."""

from __future__ import annotations

from collections.abc import Callable

from gonogo.model.evidence import Locator
from gonogo.model.report import Report

LIVE = "live.read"
"""The tool whose evidence is no file of the target: what a live source or another tool showed."""


def in_folder(report: Report, folder: str) -> Report:
    """The report with the paths of its findings and observations under ``folder``, a relative POSIX path. For renderers
    that a service reads next to the whole repository; evidence stays as it is."""
    prefix = folder.strip("/")
    if prefix in ("", "."):
        return report
    elsewhere = _elsewhere(report)

    def under(locator: Locator) -> Locator:
        if not locator.path or locator.path in elsewhere:
            return locator
        return locator.model_copy(update={"path": f"{prefix}/{locator.path}"})

    return _moved(report, under)


def on_files(report: Report) -> Report:
    """The report with findings and observations of what is no file of the repository (a live source, another tool's
    results) about the whole target: a service that shows them at files would look for one of that name."""
    elsewhere = _elsewhere(report)
    if not elsewhere:
        return report

    def without(locator: Locator) -> Locator:
        return Locator(symbol=locator.symbol) if locator.path in elsewhere else locator

    return _moved(report, without)


def _elsewhere(report: Report) -> set[str]:
    return {item.locator.path for item in report.evidence if item.tool == LIVE and item.locator.path}


def _moved(report: Report, move: Callable[[Locator], Locator]) -> Report:
    return report.model_copy(
        update={
            "findings": tuple(row.model_copy(update={"locator": move(row.locator)}) for row in report.findings),
            "observations": tuple(row.model_copy(update={"locator": move(row.locator)}) for row in report.observations),
        }
    )
