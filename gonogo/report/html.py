"""The report as one self-contained HTML page: no script, no external asset, a content security policy of its own."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect
from gonogo.report import outline, spending

BAR_WIDTH = 160


def render(report: Report) -> str:
    """Everything that comes from the target is escaped by the template engine."""
    folder = resources.files(__package__).joinpath("templates")
    style = folder.joinpath("report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    text = (
        _templates()
        .get_template("report.html.j2")
        .render(
            report=report,
            outline=outline,
            spending=spending,
            anchors=outline.anchors(report),
            bar_width=BAR_WIDTH,
            style=style,
            style_hash=f"sha256-{digest}",
            Status=Status,
            Effect=Effect,
            worst=outline.WORST,
            evidence=report.evidence_by_id(),
            tone={"GO": "good", "CONDITIONAL": "fair", "NO-GO": "bad"}[report.verdict.value],
        )
    )
    return text.rstrip() + "\n"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("gonogo.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
