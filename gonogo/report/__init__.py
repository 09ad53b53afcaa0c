"""Renderers: a report in, text out. Adding a format is one file and one row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from gonogo.model.report import Report


@dataclass(frozen=True, slots=True)
class Format:
    """An output format. ``module`` holds ``render(report) -> str``; it is imported when the format is asked for."""

    name: str
    file_name: str
    module: str


FORMATS = (
    Format("md", "report.md", "gonogo.report.markdown"),
    Format("html", "report.html", "gonogo.report.html"),
    Format("json", "report.json", "gonogo.report.json"),
    Format("sarif", "report.sarif", "gonogo.report.sarif"),
    Format("junit", "report.junit.xml", "gonogo.report.junit"),
)


def find_format(name: str) -> Format:
    """A format by name. Raises KeyError for an unknown one."""
    return {item.name: item for item in FORMATS}[name]


def render(report: Report, name: str) -> str:
    """The report in a format, ending in a newline."""
    renderer: Callable[[Report], str] = import_module(find_format(name).module).render
    return renderer(report)
