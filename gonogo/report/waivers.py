"""Waivers as text, and the words for what became of them that all formats share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from gonogo.model.report import Report
from gonogo.model.waiver import SOON_DAYS, AcceptedRisk, State, days_left

WORDS = {
    State.APPLIED: "applies",
    State.EXPIRED: "expired",
    State.VOID: "void",
    State.REFUSED: "refused",
    State.UNUSED: "unused",
}
NONE = "No waivers.\n"
HEAD = ("For", "State", "Until", "Owner", "Reason")
MEANS = (
    "A waiver changes no status: what it is for fails. While it applies that makes a verdict CONDITIONAL, not NO-GO."
)


def list_as_text(waivers: Iterable[AcceptedRisk], today: date) -> str:
    """A line each, those that end first at the top."""
    rows = sorted(waivers, key=lambda item: (item.entry.expires, item.entry.subject))
    return "".join(f"{_time(item, today):22} {_about(item)}\n" for item in rows) or NONE


def audit_as_text(waivers: Iterable[AcceptedRisk], today: date) -> str:
    """A line each with what became of it, what needs somebody first."""
    order = (State.VOID, State.EXPIRED, State.REFUSED, State.UNUSED, State.APPLIED)
    rows = sorted(waivers, key=lambda item: (order.index(item.state), item.entry.expires, item.entry.subject))
    lines = [f"{WORDS[item.state]:8} {_until(item, today):22} {_about(item)}{_why(item)}\n" for item in rows]
    return "".join(lines) or NONE


def rows(report: Report) -> tuple[tuple[str, str, str, str, str], ...]:
    """The cells under ``HEAD``, as the report's own day saw them."""
    return tuple(
        (
            item.entry.subject,
            WORDS[item.state] + (f": {item.why}" if item.why else ""),
            item.entry.expires.isoformat(),
            f"{item.entry.owner} ({item.entry.ticket})" if item.entry.ticket else item.entry.owner,
            item.entry.reason,
        )
        for item in report.waivers
    )


def _time(item: AcceptedRisk, today: date) -> str:
    left = days_left(item.entry, today)
    if left < 0:
        return f"expired {item.entry.expires}"
    soon = f" ({left} days)" if left <= SOON_DAYS else ""
    return f"until {item.entry.expires}{soon}"


def _until(item: AcceptedRisk, today: date) -> str:
    """The day, where the state beside it says already whether it is over."""
    return f"until {item.entry.expires}" if days_left(item.entry, today) < 0 else _time(item, today)


def _about(item: AcceptedRisk) -> str:
    entry = item.entry
    ticket = f" [{entry.ticket}]" if entry.ticket else ""
    return _plain(f"{entry.subject} {entry.owner}{ticket}: {entry.reason}")


def _why(item: AcceptedRisk) -> str:
    is_told = item.state is State.EXPIRED  # the day is in the line
    return f" ({_plain(item.why)})" if item.why and not is_told else ""


def _plain(text: str) -> str:
    """One line that can't steer a terminal."""
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
