"""The chart of a history: one inline SVG without script, style attributes or anything from elsewhere.

Runs stand in a row, evenly spaced, in the order of time; a gap with a dashed line parts stretches that are not
compared. Colours come from the page's style by class; lines are told apart by dashes and labels too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from gonogo.model.criterion import Area
from gonogo.model.history import History, Point
from gonogo.model.verdict import Value
from gonogo.report.history import breaks, made, opened, share, worst
from gonogo.report.outline import counted
from gonogo.report.runs import visible

WIDTH, LEFT, RIGHT = 760, 92, 148
PANEL_GAP, HEAD = 40, 24
LABEL_SPACE = 12
MOST_DOTS = 60
"""Runs up to which each has a dot on every line; beyond it the verdict alone has them."""
MOST_DATES = 5
DATE_WIDTH = 74
TITLE, DESCRIPTION = "history-title", "history-description"
TONES = {Value.GO: "good", Value.CONDITIONAL: "fair", Value.NO_GO: "bad"}
LINES = 7
"""Styles of lines that the page has: ``line0`` and on."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A run and where it stands; ``point`` is None for the gap before a stretch."""

    x: float
    point: Point | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line shows of a point, None where it has nothing there, with the words for it."""

    name: str
    style: str
    value: Callable[[Point], float | None]
    words: Callable[[Point], str]


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    height: int
    most: float
    marks: tuple[tuple[float, str], ...]
    lines: tuple[_Line, ...]


def draw(history: History) -> str:
    """The chart as an ``svg`` element. Raises ValueError for a history without a run."""
    if not history.runs:
        raise ValueError("a history without a run has no chart")
    slots = list(_slots(history))
    panels = _panels(history)
    height = HEAD + sum(panel.height + PANEL_GAP for panel in panels)
    svg = ET.Element("svg", {"class": "chart", "viewBox": f"0 0 {WIDTH} {height}", "role": "img"})
    svg.set("aria-labelledby", f"{TITLE} {DESCRIPTION}")
    _text(svg, "title", f"History of {visible(history.target)}", {"id": TITLE})
    _text(svg, "desc", describe(history), {"id": DESCRIPTION})
    top = HEAD
    for panel in panels:
        _draw_panel(svg, panel, slots, top)
        top += panel.height + PANEL_GAP
    _draw_dates(svg, slots, height - PANEL_GAP + 14)
    _draw_breaks(svg, slots, height - PANEL_GAP)
    return ET.tostring(svg, encoding="unicode")


def describe(history: History) -> str:
    """What the chart shows, for who does not see it."""
    points = history.stretches[-1].points
    first, last = points[0], points[-1]
    told = [f"{counted(history.runs, 'run')} in {counted(len(history.stretches), 'stretch', 'stretches')}."]
    told.append(f"In the last stretch, from {made(first)} to {made(last)}:")
    told.append(f"verdict {first.verdict}, then {last.verdict};")
    told.append(f"coverage {_coverage(first)}, then {_coverage(last)};")
    told.append(f"open findings {_open(first)}, then {_open(last)}.")
    return " ".join(told)


def _slots(history: History) -> Iterator[_Slot]:
    total = history.runs + len(history.stretches) - 1
    step = (WIDTH - LEFT - RIGHT) / max(total - 1, 1)
    number = 0
    for position, stretch in enumerate(history.stretches):
        if position:
            yield _Slot(LEFT + number * step, None, visible(" ".join(breaks(stretch))))
            number += 1
        for point in stretch.points:
            yield _Slot(LEFT + number * step, point)
            number += 1


def _panels(history: History) -> tuple[_Panel, ...]:
    points = [point for stretch in history.stretches for point in stretch.points]
    percent = ((0.0, "0%"), (50.0, "50%"), (100.0, "100%"))
    verdicts = tuple((float(value.rank), value.value) for value in Value)
    most = _round_up(max(point.open for point in points))
    scored = {score.area for point in points for score in point.scores}
    areas = [area for area in Area if area in scored]
    serious = _Line("high or worse", "worst", lambda p: float(worst(p)), lambda p: f"{worst(p)} high or worse")
    return (
        _Panel(
            "Verdict", 56, 2, verdicts, (_Line("", "verdict", lambda p: float(p.verdict.rank), lambda p: p.verdict),)
        ),
        _Panel("Scores", 150, 100, percent, tuple(_score_line(area.value, n) for n, area in enumerate(areas))),
        _Panel("Coverage", 70, 100, percent, (_Line("coverage", "coverage", lambda p: p.coverage.percent, _coverage),)),
        _Panel(
            "Open findings",
            90,
            most,
            ((0.0, "0"), (most, f"{most:g}")),
            (_Line("all", "all", lambda p: float(p.open), lambda p: f"{p.open} open"), serious),
        ),
    )


def _score_line(area: str, number: int) -> _Line:
    def found(point: Point) -> tuple[int, int, int | None]:
        row = next((score for score in point.scores if score.area.value == area), None)
        return (row.passed, row.applicable, row.percent) if row else (0, 0, None)

    return _Line(area, f"line{number % LINES}", lambda p: found(p)[2], lambda p: f"{area} {share(*found(p))}")


def _draw_panel(svg: ET.Element, panel: _Panel, slots: list[_Slot], top: int) -> None:
    group = ET.SubElement(svg, "g")
    _text(group, "text", panel.title, {"class": "head", "x": "0", "y": _n(top - 12)})

    def height_of(value: float) -> float:
        return top + panel.height * (1 - value / panel.most)

    for value, name in panel.marks:
        y = _n(height_of(value))
        ET.SubElement(group, "line", {"class": "grid", "x1": _n(LEFT), "x2": _n(WIDTH - RIGHT), "y1": y, "y2": y})
        _text(group, "text", name, {"class": "mark-y", "x": _n(LEFT - 10), "y": _n(height_of(value) + 4)})
    ends: list[tuple[float, _Line]] = []
    for line in panel.lines:
        _draw_line(group, line, slots, height_of)
        values = [line.value(slot.point) for slot in slots if slot.point is not None]
        last = next((value for value in reversed(values) if value is not None), None)
        if last is not None and line.name:
            ends.append((height_of(last), line))
    for at, line in _spread(ends, top, top + panel.height):
        _text(group, "text", line.name, {"class": f"label {line.style}", "x": _n(WIDTH - RIGHT + 10), "y": _n(at + 4)})


def _draw_line(group: ET.Element, line: _Line, slots: list[_Slot], height_of: Callable[[float], float]) -> None:
    """A path for each piece without a gap, then the dots."""
    piece: list[str] = []
    dots: list[tuple[_Slot, Point, float]] = []
    for slot in [*slots, _Slot(0, None)]:
        value = line.value(slot.point) if slot.point else None
        if value is None or slot.point is None:
            if len(piece) > 1:
                ET.SubElement(group, "path", {"class": f"line {line.style}", "d": "M" + " L".join(piece)})
            piece = []
            continue
        piece.append(f"{_n(slot.x)} {_n(height_of(value))}")
        dots.append((slot, slot.point, height_of(value)))
    if len(dots) > MOST_DOTS and line.style != "verdict":
        return
    for slot, point, y in dots:
        style = TONES[point.verdict] if line.style == "verdict" else line.style
        radius = "4" if line.style == "verdict" else "2.5"
        dot = ET.SubElement(group, "circle", {"class": f"dot {style}", "cx": _n(slot.x), "cy": _n(y), "r": radius})
        _text(dot, "title", f"{made(point)}: {line.words(point)}")


def _draw_dates(svg: ET.Element, slots: list[_Slot], y: int) -> None:
    """The days of the first and the last run and of a few between, as far as they don't touch."""
    shown = [slot for slot in slots if slot.point]
    step = max((len(shown) - 1) / MOST_DATES, 1)
    chosen = {round(number * step) for number in range(MOST_DATES + 1)} | {0, len(shown) - 1}
    free = float("-inf")
    last = shown[-1]
    for slot in [shown[number] for number in sorted(chosen) if number < len(shown)]:
        if slot.point and slot.x >= free and (slot is last or slot.x + DATE_WIDTH <= last.x):
            _text(svg, "text", made(slot.point)[:10], {"class": "mark-x", "x": _n(slot.x), "y": _n(y)})
            free = slot.x + DATE_WIDTH


def _draw_breaks(svg: ET.Element, slots: list[_Slot], bottom: int) -> None:
    for slot in slots:
        if slot.point is None:
            x = _n(slot.x)
            line = ET.SubElement(svg, "line", {"class": "break", "x1": x, "x2": x, "y1": _n(HEAD), "y2": _n(bottom)})
            _text(line, "title", slot.why)


def _spread(ends: list[tuple[float, _Line]], top: int, bottom: int) -> list[tuple[float, _Line]]:
    """Labels beside the ends of their lines, moved apart where they would lie on each other."""
    found: list[tuple[float, _Line]] = []
    for y, line in sorted(ends, key=lambda end: (end[0], end[1].name)):
        found.append((max(y, found[-1][0] + LABEL_SPACE if found else y), line))
    beyond = max((found[-1][0] - bottom) if found else 0, 0)
    for position in range(len(found) - 1, -1, -1):
        limit = found[position + 1][0] - LABEL_SPACE if position + 1 < len(found) else bottom
        if beyond and found[position][0] > limit:
            found[position] = (max(limit, top), found[position][1])
    return found


def _coverage(point: Point) -> str:
    return share(point.coverage.answered, point.coverage.applicable, point.coverage.percent)


def _open(point: Point) -> str:
    return f"{opened(point)}, {worst(point)} high or worse"


def _round_up(number: int) -> float:
    """A round number that is not smaller: 1, 2 or 5 and zeros."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size >= max(number, 1):
                return float(factor * size)
        size *= 10


def _text(parent: ET.Element, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
    ET.SubElement(parent, tag, attributes or {}).text = text


def _n(number: float) -> str:
    """A coordinate, the same on every machine."""
    return f"{round(number, 1):g}"
