"""The specialists, as data: an area each, with its title."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.criteria import load_catalogue
from gonogo.model.criterion import Area, Criterion


@dataclass(frozen=True, slots=True)
class Specialist:
    """Who answers the criteria of an area. ``prompt`` names its role's words, ``gonogo/prompts/NAME.md``."""

    area: Area
    title: str
    prompt: str

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(row for row in load_catalogue() if row.area is self.area)

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that its criteria need, in the order in which they are first needed."""
        return tuple(dict.fromkeys(tool for row in self.criteria for tool in row.needs))


SPECIALISTS = (
    Specialist(Area.SECURITY, "Security", "security"),
    Specialist(Area.RELIABILITY, "Reliability (SRE)", "reliability"),
    Specialist(Area.OBSERVABILITY, "Observability", "observability"),
    Specialist(Area.COST, "Cost", "cost"),
    Specialist(Area.DELIVERY, "Delivery", "delivery"),
    Specialist(Area.AI, "AI", "ai"),
    Specialist(Area.COMPLIANCE, "Compliance", "compliance"),
)


def find_specialist(area: Area) -> Specialist:
    """The specialist of an area."""
    return next(specialist for specialist in SPECIALISTS if specialist.area is area)
