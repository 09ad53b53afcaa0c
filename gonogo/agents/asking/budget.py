"""Bounds on what a conversation may cost, and what it did cost. A budget is an object, one a conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from threading import Lock

from gonogo.agents.asking.errors import BoundReachedError
from gonogo.agents.asking.prices import Price
from gonogo.model.investigation import Bound, Limits, Nearing, Use

WARN_AT = (80, 95)
"""Percent of a bound at which is warned."""
REACHED = 100
Hear = Callable[[Nearing], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that may be spent. ``tokens`` counts input and output, ``usd`` is None where money is no bound.

    Where it is not ``is_hard``, a conversation goes on past tokens and money, and says so; calls, look-ups and seconds
    end it all the same: no loop is without an end.
    """

    calls: int = 16
    reads: int = 60
    tokens: int = 1_000_000
    usd: float | None = None
    seconds: float = 1_800.0
    is_hard: bool = True

    def limits(self) -> Limits:
        """The same, as the report tells it."""
        return Limits(**asdict(self))


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

    Money is bounded by ``ceiling`` prices where the model's own are unknown, and then reported as unknown. ``hear`` is
    told once of each bound that is nearly used up, ``count`` after each call of what was used so far.
    """

    def __init__(
        self,
        bounds: Bounds,
        clock: Callable[[], float],
        *,
        ceiling: Price,
        hear: Hear = lambda row: None,
        count: Callable[[Use], None] = lambda use: None,
    ) -> None:
        self._bounds, self._clock, self._ceiling = bounds, clock, ceiling
        self._hear, self._count = hear, count
        self.warned: list[Nearing] = []
        self._since = clock()
        self._spent_at_most = 0.0
        self._known = True
        self.use = Use(cost_usd=0.0)

    def begin(self, tokens: int, price: Price | None) -> None:
        """Asks to send about that many tokens. Raises BoundReachedError where a bound would be passed."""
        bounds, use = self._bounds, self.use
        if use.calls >= bounds.calls:
            raise BoundReachedError(f"the bound of {bounds.calls} calls was reached: raise it with --budget-calls")
        if bounds.is_hard and use.input_tokens + use.output_tokens + tokens > bounds.tokens:
            raise BoundReachedError("its share of the token budget was used up: raise it with --budget-tokens")
        ahead = (price or self._ceiling).of(Turn(tokens, 0))
        if bounds.is_hard and bounds.usd is not None and self._spent_at_most + ahead > bounds.usd:
            raise BoundReachedError("its share of the money was used up: raise it with --budget-usd")
        if self._clock() - self._since > bounds.seconds:
            raise BoundReachedError(f"the {bounds.seconds:g} seconds were over: raise them with --budget-seconds")

    def is_last_call(self, tokens: int) -> bool:
        """Says whether a call of about that many tokens leaves no room for another one like it."""
        bounds, use = self._bounds, self.use
        if use.calls + 1 >= bounds.calls or not bounds.is_hard:
            return use.calls + 1 >= bounds.calls
        spent = use.input_tokens + use.output_tokens
        money = bounds.usd is not None and self._spent_at_most + self._ceiling.of(Turn(2 * tokens, 0)) > bounds.usd
        return spent + 2 * tokens + tokens // 8 > bounds.tokens or money

    def add(self, turn: Turn, price: Price | None) -> None:
        """Counts a call that was answered."""
        self._spent_at_most += (price or self._ceiling).of(turn)
        self._known = self._known and price is not None
        self.use = self.use.model_copy(
            update={
                "calls": self.use.calls + 1,
                "input_tokens": self.use.input_tokens + turn.input,
                "output_tokens": self.use.output_tokens + turn.output,
                "cached_tokens": self.use.cached_tokens + turn.cached,
                "cost_usd": round(self._spent_at_most, 6) if self._known else None,
            }
        )
        self._warn()
        self._count(self.use)

    def read(self) -> None:
        """Counts a look into what was collected. Raises BoundReachedError after the last one."""
        if self.use.reads >= self._bounds.reads:
            raise BoundReachedError(f"the bound of {self._bounds.reads} look-ups was reached")
        self.use = self.use.model_copy(update={"reads": self.use.reads + 1})

    def _warn(self) -> None:
        spent = near(self._bounds, self.use, self._spent_at_most)
        for row in (*spent, *_steps(Bound.CALLS, self.use.calls, self._bounds.calls, WARN_AT)):
            if row not in self.warned:
                self.warned.append(row)
                self._hear(row)


class Whole:
    """What all conversations of an audit used so far, by name. Shared between threads."""

    def __init__(self) -> None:
        self._uses: dict[str, Use] = {}
        self._warned: list[Nearing] = []
        self._lock = Lock()

    def take(self, name: str, use: Use, bounds: Bounds, hear: Hear) -> None:
        """Puts a conversation's use in the place of its earlier one; ``hear`` is told once of what nears its end."""
        with self._lock:
            self._uses[name] = use
            whole = add_uses(list(self._uses.values()))
            for row in near(bounds, whole, whole.cost_usd):
                if row not in self._warned:
                    self._warned.append(row)
                    hear(row)


def near(bounds: Bounds | Limits, use: Use, usd: float | None) -> tuple[Nearing, ...]:
    """How far tokens and money are used up, least first; ``usd`` is what was spent, None where that is not known.

    What can be used up without an end being made is also told at its end.
    """
    percents = WARN_AT if bounds.is_hard else (*WARN_AT, REACHED)
    tokens = _steps(Bound.TOKENS, use.input_tokens + use.output_tokens, bounds.tokens, percents)
    if bounds.usd is None or usd is None:
        return tokens
    return (*tokens, *_steps(Bound.MONEY, usd, bounds.usd, percents))


def _steps(bound: Bound, used: float, of: float, percents: tuple[int, ...]) -> tuple[Nearing, ...]:
    return tuple(Nearing(bound=bound, percent=p) for p in percents if used > 0 and used * 100 >= p * of)


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
