"""What models cost, as dated data. A price that is not known is unknown, never zero."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from gonogo.agents.asking.budget import Turn

_REGION = re.compile(r"^(?:us|eu|apac|jp|au|us-gov|global)\.")


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens: read, written by the model, read from its cache, written to its cache."""

    input: float
    output: float
    cached: float
    written: float

    def of(self, turn: Turn) -> float:
        """What a call costs, in USD."""
        fresh = turn.input - turn.cached - turn.written
        rows = ((fresh, self.input), (turn.output, self.output), (turn.cached, self.cached))
        return sum(tokens * price for tokens, price in (*rows, (turn.written, self.written))) / 1_000_000


CEILING = Price(input=15.0, output=75.0, cached=15.0, written=18.75)
"""What a model of unknown price and family is bounded by: no model that is listed costs more."""
_FAMILY = re.compile(r"haiku|sonnet|opus|nova-(?:micro|lite|pro)|llama|mistral")


def find_price(provider: str, name: str) -> Price | None:
    """The price of a model, or None where it is not known."""
    if provider != "bedrock":
        return None
    plain = _REGION.sub("", name.rpartition("/")[2])
    known = [key for key in _listed() if re.match(re.escape(key) + r"(?![0-9])", plain)]
    return _listed()[max(known, key=len)] if known else None


def find_ceiling(names: Iterable[str]) -> Price:
    """What models are bounded by where their own price is not known: the dearest listed of their families.

    ``names`` are as the operator writes them. A bound, not a price: what such a model cost stays unknown.
    """
    return max(map(_ceiling, names), key=lambda price: (price.output, price.input), default=CEILING)


def _ceiling(name: str) -> Price:
    found = _FAMILY.search(name)
    kin = [price for key, price in _listed().items() if found and found[0] in key]
    return max(kin, key=lambda price: (price.output, price.input), default=CEILING)


@cache
def _listed() -> dict[str, Price]:
    data = yaml.safe_load(resources.files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8"))
    return {name: Price(**row) for name, row in data["models"].items()}
