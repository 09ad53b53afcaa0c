"""Where things stand, for a service that counts from the repository's root when only a folder of it was audited."""

from __future__ import annotations

from gonogo.model.evidence import Locator
from gonogo.model.report import Report


def in_folder(report: Report, folder: str) -> Report:
    """The report with the paths of its findings and observations under ``folder``, a relative POSIX path. For renderers
    that a service reads next to the whole repository; evidence stays as it is."""
    prefix = folder.strip("/")
    if prefix in ("", "."):
        return report
    return report.model_copy(
        update={
            "findings": tuple(
                row.model_copy(update={"locator": _under(prefix, row.locator)}) for row in report.findings
            ),
            "observations": tuple(
                row.model_copy(update={"locator": _under(prefix, row.locator)}) for row in report.observations
            ),
        }
    )


def _under(prefix: str, locator: Locator) -> Locator:
    return locator.model_copy(update={"path": f"{prefix}/{locator.path}"}) if locator.path else locator
