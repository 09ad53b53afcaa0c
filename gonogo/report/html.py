"""The report as one self-contained HTML page: no script, no external asset, a content security policy of its own."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gonogo.model.criterion import Status
from gonogo.model.history import History
from gonogo.model.report import Report
from gonogo.model.verdict import Effect
from gonogo.report import decisions, imports, outline, spending, waivers
from gonogo.report import history as words
from gonogo.report.chart import draw

BAR_WIDTH = 160


def render(report: Report, history: History | None = None) -> str:
    """Everything that comes from the target is escaped by the template engine. A history is drawn if it is given."""
    text = (
        _templates()
        .get_template("report.html.j2")
        .render(
            report=report,
            outline=outline,
            imports=imports,
            waived=waivers,
            decided=decisions,
            spending=spending,
            anchors=outline.anchors(report),
            bar_width=BAR_WIDTH,
            **_style(*(("report.css",) if history is None else ("report.css", "history.css"))),
            **_history(history),
            Status=Status,
            Effect=Effect,
            worst=outline.WORST,
            evidence=report.evidence_by_id(),
            tone={"GO": "good", "CONDITIONAL": "fair", "NO-GO": "bad"}[report.verdict.value],
        )
    )
    return text.rstrip() + "\n"


def render_history(history: History) -> str:
    """A page of its own for a history."""
    style = _style("report.css", "history.css")
    text = _templates().get_template("history_page.html.j2").render(**style, **_history(history))
    return text.rstrip() + "\n"


def _history(history: History | None) -> dict[str, Any]:
    chart = draw(history) if history is not None and history.runs else ""
    return {"history": history, "chart": chart, "words": words}


def _style(*names: str) -> dict[str, str]:
    """The sheets, and their hash for the policy of the page."""
    folder = resources.files(__package__).joinpath("templates")
    style = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {"style": style, "style_hash": f"sha256-{digest}"}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("gonogo.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
