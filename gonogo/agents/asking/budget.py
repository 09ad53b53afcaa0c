"""Bounds on what a conversation may cost, and what it did cost. A budget is an object, one a conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gonogo.agents.asking.errors import BoundReachedError
from gonogo.agents.asking.prices import Price
from gonogo.model.investigation import Use


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that may be spent. ``tokens`` counts input and output, ``usd`` is None where money is no bound."""

    calls: int = 16
    reads: int = 60
    tokens: int = 1_000_000
    usd: float | None = None
    seconds: float = 1_800.0


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one call used, in tokens as they are billed. ``cached`` and ``written`` are among ``input``."""

    input: int
    output: int
    cached: int = 0
    written: int = 0


class Budget:
    """One conversation's spending. ``clock`` gives monotonic seconds. Not shared between threads.

    Money is bounded by ``ceiling`` prices where the model's own are unknown, and then reported as unknown.
    """

    def __init__(self, bounds: Bounds, clock: Callable[[], float], *, ceiling: Price) -> None:
        self._bounds, self._clock, self._ceiling = bounds, clock, ceiling
        self._since = clock()
        self._spent_at_most = 0.0
        self._known = True
        self.use = Use(cost_usd=0.0)

    def begin(self, tokens: int, price: Price | None) -> None:
        """Asks to send about that many tokens. Raises BoundReachedError where a bound would be passed."""
        bounds, use = self._bounds, self.use
        if use.calls >= bounds.calls:
            raise BoundReachedError(f"the bound of {bounds.calls} calls was reached: raise it with --budget-calls")
        if use.input_tokens + use.output_tokens + tokens > bounds.tokens:
            raise BoundReachedError("its share of the token budget was used up: raise it with --budget-tokens")
        ahead = (price or self._ceiling).of(Turn(tokens, 0))
        if bounds.usd is not None and self._spent_at_most + ahead > bounds.usd:
            raise BoundReachedError("its share of the money was used up: raise it with --budget-usd")
        if self._clock() - self._since > bounds.seconds:
            raise BoundReachedError(f"the {bounds.seconds:g} seconds were over: raise them with --budget-seconds")

    def is_last_call(self, tokens: int) -> bool:
        """Says whether a call of about that many tokens leaves no room for another one like it."""
        bounds, use = self._bounds, self.use
        spent = use.input_tokens + use.output_tokens
        money = bounds.usd is not None and self._spent_at_most + self._ceiling.of(Turn(2 * tokens, 0)) > bounds.usd
        return use.calls + 1 >= bounds.calls or spent + 2 * tokens + tokens // 8 > bounds.tokens or money

    def add(self, turn: Turn, price: Price | None) -> None:
        """Counts a call that was answered."""
        self._spent_at_most += (price or self._ceiling).of(turn)
        self._known = self._known and price is not None
        cost = (self.use.cost_usd or 0.0) + price.of(turn) if price is not None and self._known else None
        self.use = self.use.model_copy(
            update={
                "calls": self.use.calls + 1,
                "input_tokens": self.use.input_tokens + turn.input,
                "output_tokens": self.use.output_tokens + turn.output,
                "cached_tokens": self.use.cached_tokens + turn.cached,
                "cost_usd": None if cost is None else round(cost, 6),
            }
        )

    def read(self) -> None:
        """Counts a look into what was collected. Raises BoundReachedError after the last one."""
        if self.use.reads >= self._bounds.reads:
            raise BoundReachedError(f"the bound of {self._bounds.reads} look-ups was reached")
        self.use = self.use.model_copy(update={"reads": self.use.reads + 1})


def share(bounds: Bounds, weights: Mapping[str, int]) -> dict[str, Bounds]:
    """Splits tokens and money by weight, fixed before anything is asked: what a conversation may spend must not depend
    on which one came first. Calls, look-ups and seconds bound each conversation by itself."""
    whole = sum(weights.values()) or 1
    return {
        name: replace(
            bounds,
            tokens=bounds.tokens * weight // whole,
            usd=None if bounds.usd is None else bounds.usd * weight / whole,
        )
        for name, weight in weights.items()
    }


def add_uses(uses: list[Use]) -> Use:
    """What several conversations used together; the cost is unknown where one's is."""
    costs = [use.cost_usd for use in uses if use.calls]
    known = [cost for cost in costs if cost is not None]
    return Use(
        calls=sum(use.calls for use in uses),
        reads=sum(use.reads for use in uses),
        input_tokens=sum(use.input_tokens for use in uses),
        output_tokens=sum(use.output_tokens for use in uses),
        cached_tokens=sum(use.cached_tokens for use in uses),
        cost_usd=round(sum(known), 6) if len(known) == len(costs) else None,
    )
