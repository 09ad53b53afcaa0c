"""Reads an operator's own list of prices. What it does not understand it refuses: a wrong price is worse than none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gonogo.agents.asking.errors import ModelAccessError
from gonogo.agents.asking.prices import PriceList

FILE_LIMIT = 256 * 1024
MOST_TOLD = 80
"""Characters of a key or of what is wrong with it that a message repeats."""
_SHAPE = "as_of, source and models; each model has input, output, cached and written, in USD for a million tokens"


class PricesError(ModelAccessError):
    """A list of prices that can't be used. The message names file, line and key, and says what to do."""


def read_prices(path: Path) -> PriceList:
    """The prices in a file. Raises PricesError."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise PricesError(f"{path}: can't be read ({error.strerror}): check the path given with --prices.") from error
    if len(data) > FILE_LIMIT:
        raise PricesError(f"{path}: is larger than {FILE_LIMIT} bytes: it should be a short YAML file of {_SHAPE}.")
    try:
        text = data.decode("utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise PricesError(f"{path}: YAML aliases are not used here: write the values out.")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise PricesError(f"{path}: is not UTF-8 text: save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PricesError(f"{path}:{line}: is not valid YAML ({error.problem}): mend that line.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise PricesError(f"{path}: is not valid YAML ({_short(error)}): write {_SHAPE}.") from error
    _refuse_twice(path, node)
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
        where = _short(".".join(map(str, error.errors()[0]["loc"])))
        raise PricesError(f"the prices that it was recorded with can't be read ({where}).") from error


def _validated(path: Path, node: yaml.Node | None, content: Any) -> PriceList:
    try:
        return PriceList.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = _short(".".join(map(str, first["loc"])) or "the document")
        why = "is no key of a price list" if first["type"] == "extra_forbidden" else _short(first["msg"])
        raise PricesError(f"{path}:{_line(node, first['loc'])}: {key}: {why}: write {_SHAPE}.") from error


def _refuse_twice(path: Path, node: yaml.Node | None) -> None:
    """YAML's loader takes the last of two equal keys without a word."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            line = key.start_mark.line + 1
            raise PricesError(f"{path}:{line}: {_short(name)}: stands here twice: leave one of the two out.")
        seen.add(name)
        _refuse_twice(path, value)


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of the deepest key of that location that is there."""
    line = 1
    for step in location:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        pair = next(((key, value) for key, value in pairs if key.value == str(step)), None)
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line


def _short(text: object) -> str:
    told = " ".join(str(text).split()).removeprefix("Value error, ")
    return told if len(told) <= MOST_TOLD else told[: MOST_TOLD - 3] + "..."
