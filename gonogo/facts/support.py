"""Until when a release of a runtime, base image or engine is supported: a dated table, and questions to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Life:
    """The support life of one release. ``ends`` is None where no end is set yet."""

    product: str
    cycle: str
    ends: date | None
    extended: date | None = None
    """The end of paid extended support of a managed service."""

    def ended(self, day: date) -> bool:
        """Whether all support has ended, paid one included."""
        last = max(self.ends, self.extended) if self.ends and self.extended else self.ends
        return last is not None and last < day

    def only_extended(self, day: date) -> bool:
        """Whether only paid extended support is left."""
        return self.ends is not None and self.ends < day and not self.ended(day)


@dataclass(frozen=True)
class Support:
    """The table. ``date`` is the day on which it was taken over from its source."""

    source: str
    date: date
    products: dict[str, dict[str, Life]]
    codenames: dict[str, tuple[str, str]]
    """Product and cycle by codename: ``buster`` is ``debian`` ``10``."""

    def life(self, product: str, version: str) -> Life | None:
        """The life of a release: of the longest cycle that the version begins with (``3.11.4`` is of ``3.11``).

        A version less exact than the cycles (``alpine:3``, ``mongo:6``) is of the longest supported one that fits.
        """
        cycles = self.products.get(product, {})
        if discontinued := cycles.get("all"):
            return discontinued
        parts = version.strip().lower().lstrip("v").split(".")
        for count in range(len(parts), 0, -1):
            if found := cycles.get(".".join(parts[:count])):
                return found
        newer = [cycle for cycle in cycles if cycle.split(".")[: len(parts)] == parts]
        return max((cycles[name] for name in newer), key=lambda life: life.ends or date.max, default=None)

    def oldest(self, product: str) -> tuple[int, ...]:
        """The oldest cycle that the table knows, as numbers; what lies before it is past its support."""
        known = [numbers for cycle in self.products.get(product, {}) if (numbers := _numbers(cycle))]
        return min(known, default=())


@lru_cache(maxsize=1)
def support() -> Support:
    """The table that ships with gonogo."""
    text = files("gonogo.facts").joinpath("support_lives.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  a safe loader
    products: dict[str, dict[str, Life]] = {}
    codenames: dict[str, tuple[str, str]] = {}
    for product, cycles in loaded["products"].items():
        products[product] = {cycle: _life(product, cycle, row) for cycle, row in cycles.items()}
        codenames |= {row["codename"]: (product, cycle) for cycle, row in cycles.items() if "codename" in row}
    return Support(loaded["source"], loaded["date"], products, codenames)


def _life(product: str, cycle: str, row: dict[str, object]) -> Life:
    ends, extended = row.get("eol"), row.get("extended")
    return Life(
        product,
        cycle,
        date(2000, 1, 1) if ends == "past" else ends if isinstance(ends, date) else None,
        extended if isinstance(extended, date) else None,
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
