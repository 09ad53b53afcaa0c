"""Reads an operator's own list of prices. What it does not understand it refuses: a wrong price is worse than none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gonogo.agents.asking.errors import ModelAccessError
from gonogo.agents.asking.prices import PriceList
from gonogo.tools.operators_yaml import line_of, read_yaml, shorten

FILE_LIMIT = 256 * 1024
_SHAPE = "as_of, source and models; each model has input, output, cached and written, in USD for a million tokens"


class PricesError(ModelAccessError):
    """A list of prices that can't be used. The message names file, line and key, and says what to do."""


def read_prices(path: Path) -> PriceList:
    """The prices in a file. Raises PricesError."""
    advice = f"write a short YAML file of {_SHAPE}"
    node, content = read_yaml(path, option="--prices", limit=FILE_LIMIT, advice=advice, error=PricesError)
    return _validated(path, node, content)


def keep_prices(prices: PriceList) -> dict[str, Any]:
    """Prices as plain data, which a cassette can hold."""
    return prices.model_dump(mode="json")


def kept_prices(kept: Any) -> PriceList | None:
    """The prices that ``keep_prices`` gave, None where there are none. Raises PricesError."""
    if kept is None:
        return None
    try:
        return PriceList.model_validate(kept)
    except ValidationError as error:
        where = shorten(".".join(map(str, error.errors()[0]["loc"])))
        raise PricesError(f"the prices that it was recorded with can't be read ({where}).") from error


def _validated(path: Path, node: yaml.Node | None, content: Any) -> PriceList:
    try:
        return PriceList.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = shorten(".".join(map(str, first["loc"])) or "the document")
        why = "is no key of a price list" if first["type"] == "extra_forbidden" else shorten(first["msg"])
        raise PricesError(f"{path}:{line_of(node, first['loc'])}: {key}: {why}: write {_SHAPE}.") from error
