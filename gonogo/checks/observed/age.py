"""How old what a live source showed is, by the time at which it was asked, and what is meant to last."""

from __future__ import annotations

from datetime import datetime, timedelta

from gonogo.facts import Facts
from gonogo.facts.live import Seen

_MEANT = ("watchdog", "deadmansswitch", "deadmanssnitch", "infoinhibitor", "heartbeat")


def older_than(facts: Facts, item: Seen, key: str, most: timedelta) -> bool:
    """Whether a time lies further back than that; no where it is not known."""
    since, taken = moment(item.get(key)), moment(facts.live.snapshot.taken)
    return since is not None and taken is not None and taken - since > most


def moment(text: object) -> datetime | None:
    """A time as servers write it, with an offset; None for anything else."""
    try:
        found = datetime.fromisoformat(_micro(str(text)))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def is_meant_to_fire(item: Seen) -> bool:
    """Whether an alert fires always, to show that alerting works, or stands for others."""
    labels = item.get("labels", default={})
    name = f"{item.name} {labels.get('alertname', '')}".lower().replace("-", "").replace("_", "")
    return str(labels.get("severity", "")).lower() == "none" or any(word in name for word in _MEANT)


def _micro(text: str) -> str:
    """With at most six digits of a second: Go writes nine."""
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}{dot}{rest[: min(digits, 6)].ljust(6, '0')}{rest[digits:]}" if dot else text
