"""What models cost, as dated data. A price that is not known is unknown, never zero."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

if TYPE_CHECKING:
    from gonogo.agents.asking.budget import Turn

BEDROCK = "bedrock"
_PROVIDER = re.compile(r"(?!arn:)(?P<provider>[a-z][a-z0-9_]{1,40}):(?P<name>.+)", re.DOTALL)
_REGION = re.compile(r"(?:us|eu|apac|jp|au|us-gov|global)\.")
_EDITION = re.compile(r"(?:-latest|[-@](?:\d{8}|\d{4}-\d{2}-\d{2}))?(?:-v\d+)?(?::\d+[km]?)*\Z")
"""What may follow a name that has a price: a date or a version of the same model. Another number is another model."""
_FAMILY = re.compile(r"haiku|sonnet|opus|nova-(?:micro|lite|pro)|llama|mistral")


def _one_day(value: Any) -> Any:
    if isinstance(value, str) or type(value) is date:
        return value
    raise ValueError("write a date, such as 2026-01-31")


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("write one line of text")
    return text


def _each_once(models: dict[str, Price]) -> dict[str, Price]:
    seen: set[tuple[str, str]] = set()
    for name in models:
        if not name or re.search(r"\s", name):
            raise ValueError(f"{name!r} names no model: write PROVIDER:NAME, or a model id of Bedrock")
        if _split(name) in seen:
            raise ValueError(f"{name} is priced twice: leave one of the two out")
        seen.add(_split(name))
    return models


Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_one_line)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Row):
    """USD for a million tokens: read, written by the model, read from its cache, written to its cache."""

    input: Dollars
    output: Dollars
    cached: Dollars
    written: Dollars

    def of(self, turn: Turn) -> float:
        """What a call costs, in USD."""
        fresh = turn.input - turn.cached - turn.written
        rows = ((fresh, self.input), (turn.output, self.output), (turn.cached, self.cached))
        return sum(tokens * price for tokens, price in (*rows, (turn.written, self.written))) / 1_000_000


class PriceList(_Row):
    """Prices as they were on a day, by ``PROVIDER:NAME``; a name without a provider is one of Bedrock."""

    as_of: Annotated[date, BeforeValidator(_one_day)]
    source: Line
    models: Annotated[dict[str, Price], Field(min_length=1), AfterValidator(_each_once)]

    def row(self, model: str) -> str | None:
        """The longest name among the rows that is that model's, None where none is."""
        provider, name = _split(model)
        known = [key for key in self.models if _split(key)[0] == provider and _is_of(_split(key)[1], name)]
        return max(known, key=len) if known else None

    def of_family(self, model: str) -> dict[str, Price]:
        """The rows of a model's family; empty where it has none that is known."""
        found = _FAMILY.search(model)
        return {key: price for key, price in self.models.items() if found and found[0] in key}


CEILING = Price(input=15.0, output=75.0, cached=15.0, written=18.75)
"""What a model of unknown price and family is bounded by: no model that is listed costs more."""


@dataclass(frozen=True)
class Known:
    """A price, with the day and the source of the list that it stands in."""

    price: Price
    as_of: date
    source: str


@dataclass(frozen=True)
class Prices:
    """The prices in force: an operator's own (``given``) before those that are listed here.

    Models are named as the operator writes them, ``PROVIDER:NAME``.
    """

    given: PriceList | None = None

    def find(self, model: str) -> Known | None:
        """The price of a model, None where it is not known."""
        for prices in (self.given, _listed()):
            if prices is not None and (row := prices.row(model)) is not None:
                return Known(prices.models[row], prices.as_of, prices.source)
        return None

    def ceiling(self, models: Iterable[str]) -> Price:
        """What models are bounded by where their price is not known: the dearest known one of their families.

        A bound, not a price: what such a model cost stays unknown.
        """
        return _dearest([price for model in models for price in self._bounding(model)] or [CEILING])

    def given_for(self, models: Iterable[str]) -> PriceList | None:
        """The rows of the operator's list on which anything about these models rests; None where none does."""
        rows = {key: price for model in models for key, price in self._given_rows(model).items()}
        return self.given.model_copy(update={"models": rows}) if self.given and rows else None

    def _bounding(self, model: str) -> list[Price]:
        given = list(self._given_rows(model).values())
        if self.given is not None and self.given.row(model) is not None:
            return given
        return [*(_listed().of_family(model).values() or [CEILING]), *given]

    def _given_rows(self, model: str) -> dict[str, Price]:
        if self.given is None:
            return {}
        if (row := self.given.row(model)) is not None:
            return {row: self.given.models[row]}
        if _listed().row(model) is not None:
            return {}
        return self.given.of_family(model) if _FAMILY.search(model) else self.given.models


LISTED = Prices()
"""The listed prices alone."""


def find_price(provider: str, name: str) -> Price | None:
    """The listed price of a model, None where there is none."""
    known = LISTED.find(f"{provider}:{name}")
    return known.price if known else None


def _split(model: str) -> tuple[str, str]:
    match = _PROVIDER.fullmatch(model)
    return (match["provider"], match["name"]) if match else (BEDROCK, model)


def _is_of(key: str, name: str) -> bool:
    """Whether a row is that of a model: also without the region prefix and the path of an ARN."""
    last = name.rpartition("/")[2]
    names = (name, last, _REGION.sub("", last, count=1) if _REGION.match(last) else last)
    return any(given.startswith(key) and _EDITION.match(given, len(key)) is not None for given in names)


def _dearest(prices: list[Price]) -> Price:
    return Price(**{field: max(getattr(price, field) for price in prices) for field in Price.model_fields})


@cache
def _listed() -> PriceList:
    text = resources.files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8")
    return PriceList.model_validate(yaml.safe_load(text))
