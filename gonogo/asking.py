"""From the options of a command to the models that an audit asks, live or from a cassette."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo import __version__
from gonogo.agents.asking.budget import DEFAULT_BOUNDS, Bounds
from gonogo.agents.asking.choice import ModelChoice, read_guardrail, read_models
from gonogo.agents.asking.errors import ModelAccessError
from gonogo.agents.asking.price_file import PricesError, keep_prices, kept_prices, read_prices
from gonogo.agents.asking.prices import PriceList, Prices
from gonogo.agents.words import load_words
from gonogo.cassette.errors import CassetteError

if TYPE_CHECKING:
    from gonogo.agents.asking.plan import ModelPlan

KEPT = ("model", "region", "endpoint_url", "guardrail", "streaming")
"""The options that a cassette remembers, so that it can be replayed without them."""
CALLS_IN_TIME = 6
"""How many calls that hang to their end the time of a conversation has room for."""
BOUNDS = ("budget_usd", "budget_tokens", "budget_calls", "budget_seconds", "on_budget")
WARN = "warn"
"""What ``on_budget`` says where tokens and money are no hard bounds."""
PRICES = "prices"
"""Under which name a cassette has the operator's prices of the models that it asked."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """The options of a command that asks models."""

    model: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    guardrail: str | None = None
    budget_usd: float | None = None
    budget_tokens: int | None = None
    budget_calls: int | None = None
    budget_seconds: float | None = None
    on_budget: str | None = None
    prices: Path | None = None
    streaming: bool = False
    prompts: Path | None = None
    cassette: Path | None = None
    record: str = "none"
    note: str | None = None

    @property
    def is_replay(self) -> bool:
        """Whether a cassette answers, and nothing is connected to."""
        if self.cassette is None or self.record == "new":
            return False
        return self.record == "none" or self.cassette.exists()

    def plain(self) -> dict[str, Any]:
        """What was given, JSON-ready: without what has its default."""
        given = {name: getattr(self, name) for name in ModelOptions.__slots__}
        default = ModelOptions()
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in given.items()
            if value != getattr(default, name)
        }


@dataclass(frozen=True)
class Asking:
    """What an audit gets: the models (None: no model), the clock that tells it the time, and the operator's prices."""

    plan: ModelPlan | None
    clock: Callable[[], datetime]
    prices: PriceList | None = None


@contextmanager
def opened(options: ModelOptions, prices: PriceList | None = None) -> Iterator[Asking]:
    """The models for an audit, under the cassette where one is given.

    A replay happens at the moment of its recording and waits for nothing; it costs what it cost then, unless other
    prices are given. ``prices`` stand in the place of the file that the options name. Raises ModelAccessError,
    WordsError and CassetteError.
    """
    given = prices or (read_prices(options.prices) if options.prices else None)
    if options.cassette is None:
        yield Asking(_plan(options, given, time.sleep), lambda: datetime.now(UTC), given)
        return
    from gonogo.cassette import open_cassette, read_about

    is_replay = options.is_replay
    about = read_about(options.cassette) if is_replay or options.cassette.exists() else {}
    chosen = _chosen(options, about)
    now = datetime.fromisoformat(about["recorded_at"]) if is_replay else datetime.now(UTC).replace(microsecond=0)
    given = given or _kept(options.cassette, about)
    told = about if is_replay else _about(chosen, given, now)
    with open_cassette(options.cassette, options.record, about=told):
        plan = _plan(chosen, given, (lambda seconds: None) if is_replay else time.sleep)
        if plan is None:
            raise CassetteError(f"{options.cassette}: names no model, and none was given: add --model.")
        yield Asking(plan, lambda: now, given)


def _chosen(options: ModelOptions, about: dict[str, Any]) -> ModelOptions:
    """The options, and what the cassette was recorded with where they say nothing."""
    names = [name for name in (*KEPT, *BOUNDS) if name in about and not getattr(options, name)]
    values = {name: getattr(options, name) for name in ModelOptions.__slots__}
    return ModelOptions(**(values | {name: about[name] for name in names}))


def _kept(cassette: Path, about: dict[str, Any]) -> PriceList | None:
    try:
        return kept_prices(about.get(PRICES))
    except PricesError as error:
        raise CassetteError(f"{cassette}: {error} Record it again, or give --prices.") from error


def _about(options: ModelOptions, given: PriceList | None, now: datetime) -> dict[str, Any]:
    against = options.note or options.endpoint_url or f"{options.model}, live"
    kept = {name: getattr(options, name) for name in (*KEPT, *BOUNDS) if getattr(options, name)}
    asked = [str(name) for name in read_models(options.model or "none")]
    rows = Prices(given).given_for(asked)
    priced = {PRICES: keep_prices(rows)} if rows else {}
    return {"recorded_at": now.isoformat(), "against": against, "gonogo": __version__, **kept, **priced}


def _plan(options: ModelOptions, given: PriceList | None, sleep: Callable[[float], None]) -> ModelPlan | None:
    models = read_models(options.model or "none")
    if not models:
        if options.guardrail:
            raise ModelAccessError("--guardrail needs a model to ask: add --model.")
        return None
    from gonogo.agents.asking.plan import open_plan

    bounds = _bounds(options)
    choice = ModelChoice(
        models,
        region=options.region,
        endpoint_url=options.endpoint_url,
        guardrail=read_guardrail(options.guardrail) if options.guardrail else None,
        streaming=options.streaming,
        call_seconds=bounds.seconds / CALLS_IN_TIME,
    )
    return open_plan(choice, load_words(options.prompts), bounds, sleep=sleep, prices=Prices(given))


def _bounds(options: ModelOptions) -> Bounds:
    return Bounds(
        calls=options.budget_calls or DEFAULT_BOUNDS.calls,
        tokens=options.budget_tokens or DEFAULT_BOUNDS.tokens,
        usd=options.budget_usd,
        seconds=options.budget_seconds or DEFAULT_BOUNDS.seconds,
        is_hard=options.on_budget != WARN,
    )
