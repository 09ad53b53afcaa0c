"""Renderers: a report in, text out. Adding a format is one file and one row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from gonogo.model.history import History
from gonogo.model.report import Report


@dataclass(frozen=True, slots=True)
class Format:
    """An output format. ``module`` holds ``render(report) -> str``; it is imported when the format is asked for."""

    name: str
    file_name: str
    module: str
    has_history: bool = False
    """Whether it can draw the history of the target: its ``render`` takes one."""


FORMATS = (
    Format("md", "report.md", "gonogo.report.markdown"),
    Format("html", "report.html", "gonogo.report.html", has_history=True),
    Format("json", "report.json", "gonogo.report.json"),
    Format("sarif", "report.sarif", "gonogo.report.sarif"),
    Format("junit", "report.junit.xml", "gonogo.report.junit"),
)


def find_format(name: str) -> Format:
    """A format by name. Raises KeyError for an unknown one."""
    return {item.name: item for item in FORMATS}[name]


def render(report: Report, name: str, history: History | None = None) -> str:
    """The report in a format, ending in a newline; with the history of its target where the format can draw one."""
    found = find_format(name)
    renderer: Callable[..., str] = import_module(found.module).render
    return renderer(report, history) if found.has_history and history is not None else renderer(report)
