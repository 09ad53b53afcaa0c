"""What a conversation may use and did use, whatever its calls: sums, bounds, and warnings on the way."""

from __future__ import annotations

from itertools import groupby
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.agents.asking.budget import WARN_AT, Bounds, Budget, Turn, Whole, add_uses, share
from gonogo.agents.asking.errors import BoundReachedError
from gonogo.agents.asking.prices import CEILING, Price
from gonogo.model.investigation import Bound, Nearing, Use

CHEAP = Price(input=3, output=15, cached=0.3, written=3.75)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    cached, written, fresh = (draw(st.integers(0, 40_000)) for _ in range(3))
    return Turn(cached + written + fresh, draw(st.integers(0, 40_000)), cached, written)


CALLS = st.lists(st.tuples(turns(), st.none() | st.just(CHEAP)), max_size=30)
BOUNDS = st.builds(
    Bounds,
    calls=st.integers(1, 20),
    tokens=st.integers(1, 1_000_000),
    usd=st.none() | st.floats(0.001, 5),
    is_hard=st.booleans(),
)


def budget_of(bounds: Bounds, heard: list[Nearing] | None = None) -> Budget:
    return Budget(bounds, lambda: 0.0, ceiling=CEILING, hear=(heard if heard is not None else []).append)


@given(CALLS, st.integers(0, 10))
def test_a_use_is_the_sum_of_its_calls(calls: list[tuple[Turn, Price | None]], reads: int) -> None:
    budget, after = budget_of(Bounds()), []
    budget = Budget(Bounds(), lambda: 0.0, ceiling=CEILING, count=after.append)
    for turn, price in calls:
        budget.add(turn, price)
    for _ in range(reads):
        budget.read()
    use = budget.use
    assert (use.calls, use.reads) == (len(calls), reads)
    assert use.input_tokens == sum(turn.input for turn, _ in calls)
    assert use.output_tokens == sum(turn.output for turn, _ in calls)
    assert use.cached_tokens == sum(turn.cached for turn, _ in calls)
    if any(price is None for _, price in calls):
        assert use.cost_usd is None
    else:
        assert use.cost_usd == pytest.approx(sum(price.of(turn) for turn, price in calls if price), abs=1e-6)
    assert [row.calls for row in after] == list(range(1, len(calls) + 1))


@given(st.lists(CALLS, max_size=5))
def test_the_sum_of_the_parts_is_that_of_all_calls(parts: list[list[tuple[Turn, Price | None]]]) -> None:
    uses = []
    for calls in parts:
        budget = budget_of(Bounds())
        for turn, price in calls:
            budget.add(turn, price)
        uses.append(budget.use)
    whole = budget_of(Bounds())
    for turn, price in (call for calls in parts for call in calls):
        whole.add(turn, price)
    found = add_uses(uses)
    assert found.model_copy(update={"cost_usd": None}) == whole.use.model_copy(update={"cost_usd": None})
    assert (found.cost_usd is None) is (whole.use.cost_usd is None)
    assert found.cost_usd is None or found.cost_usd == pytest.approx(whole.use.cost_usd, abs=1e-5)


def test_no_call_costs_nothing_and_is_no_unknown() -> None:
    assert add_uses([]).cost_usd == 0.0
    assert add_uses([Use(), Use(calls=1, cost_usd=0.5)]).cost_usd == 0.5
    assert add_uses([Use(calls=1), Use(calls=1, cost_usd=0.5)]).cost_usd is None


@given(BOUNDS, CALLS)
def test_warnings_come_once_and_in_order(bounds: Bounds, calls: list[tuple[Turn, Price | None]]) -> None:
    heard: list[Nearing] = []
    budget = budget_of(bounds, heard)
    spent = 0.0
    for turn, price in calls:
        before = len(heard)
        budget.add(turn, price)
        spent += (price or CEILING).of(turn)
        used = {
            Bound.TOKENS: (budget.use.input_tokens + budget.use.output_tokens) / bounds.tokens,
            Bound.MONEY: spent / bounds.usd if bounds.usd else 0.0,
            Bound.CALLS: budget.use.calls / bounds.calls,
        }
        for row in heard[before:]:
            assert used[row.bound] * 100 >= row.percent - 1e-6
    assert len(set(heard)) == len(heard)
    assert heard == budget.warned
    for bound in Bound:
        percents = [row.percent for row in heard if row.bound is bound]
        ends = () if bounds.is_hard or bound is Bound.CALLS else (100,)
        assert percents == [p for p in (*WARN_AT, *ends) if calls and used[bound] and used[bound] * 100 >= p - 1e-9]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 400)), max_size=20), st.booleans())
def test_the_whole_audit_warns_once_and_in_order(steps: list[tuple[str, int]], is_hard: bool) -> None:
    whole, heard = Whole(), []
    uses = dict.fromkeys("abc", Use(cost_usd=0.0))
    for name, tokens in steps:
        use = uses[name]
        cost = round((use.cost_usd or 0.0) + tokens / 1_000, 6)
        update = {"calls": use.calls + 1, "input_tokens": use.input_tokens + tokens, "cost_usd": cost}
        uses[name] = use.model_copy(update=update)
        for _ in range(2):  # a part that is told of twice, as one that is done again, counts once
            whole.take(name, uses[name], Bounds(tokens=1_000, usd=1.0, is_hard=is_hard), heard.append)
    total = sum(tokens for _, tokens in steps)
    due = [p for p in (*WARN_AT, *(() if is_hard else (100,))) if total * 100 >= p * 1_000]
    for bound in (Bound.TOKENS, Bound.MONEY):
        assert [row.percent for row in heard if row.bound is bound] == due


def test_threads_share_the_whole_audit() -> None:
    whole, heard = Whole(), []

    def spend(name: str) -> None:
        budget = Budget(
            Bounds(), lambda: 0.0, ceiling=CEILING, count=lambda use: whole.take(name, use, bounds, heard.append)
        )
        for _ in range(50):
            budget.add(Turn(10, 10), None)

    bounds = Bounds(tokens=16 * 50 * 20, usd=1.0)
    threads = [Thread(target=spend, args=(str(n),)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [Nearing(bound=Bound.TOKENS, percent=p) for p in WARN_AT], "what it cost is not known"


@given(BOUNDS, CALLS)
def test_a_soft_budget_stops_on_calls_alone(bounds: Bounds, calls: list[tuple[Turn, Price | None]]) -> None:
    soft = Bounds(calls=bounds.calls, tokens=bounds.tokens, usd=bounds.usd, is_hard=False)
    budget = budget_of(soft)
    for number, (turn, price) in enumerate(calls):
        if number >= soft.calls:
            with pytest.raises(BoundReachedError, match="--budget-calls"):
                budget.begin(turn.input, price)
            return
        assert budget.is_last_call(turn.input) is (number + 1 >= soft.calls)
        budget.begin(turn.input, price)
        budget.add(turn, price)


@given(BOUNDS, CALLS)
def test_a_hard_budget_never_begins_past_a_bound(bounds: Bounds, calls: list[tuple[Turn, Price | None]]) -> None:
    hard = Bounds(calls=bounds.calls, tokens=bounds.tokens, usd=bounds.usd)
    budget, spent = budget_of(hard), 0.0
    for turn, price in calls:
        used = budget.use.input_tokens + budget.use.output_tokens + turn.input
        money = spent + (price or CEILING).of(Turn(turn.input, 0))
        is_past = used > hard.tokens or (hard.usd is not None and money > hard.usd) or budget.use.calls >= hard.calls
        try:
            budget.begin(turn.input, price)
        except BoundReachedError:
            assert is_past
            return
        assert not is_past
        budget.add(turn, price)
        spent += (price or CEILING).of(turn)


@pytest.mark.parametrize("is_hard", [True, False])
def test_look_ups_and_seconds_stop_every_budget(is_hard: bool) -> None:
    ticks = iter([0.0, 5.0, 11.0])
    budget = Budget(Bounds(reads=2, seconds=10.0, is_hard=is_hard), lambda: next(ticks), ceiling=CEILING)
    budget.begin(10, None)
    with pytest.raises(BoundReachedError, match="10 seconds"):
        budget.begin(10, None)
    budget.read()
    budget.read()
    with pytest.raises(BoundReachedError, match="look-ups"):
        budget.read()


def test_shares_do_not_depend_on_who_comes_first() -> None:
    whole = Bounds(tokens=1_000, usd=2.0, is_hard=False)
    parts = share(whole, {"a": 3, "b": 1})
    assert (parts["a"].tokens, parts["b"].tokens) == (750, 250)
    assert (parts["a"].usd, parts["b"].usd) == (1.5, 0.5)
    assert not parts["a"].is_hard
    assert sum(part.tokens for part in parts.values()) <= whole.tokens


def test_money_is_bounded_by_the_dearest_where_the_price_is_unknown() -> None:
    heard: list[Nearing] = []
    budget = budget_of(Bounds(usd=1.0), heard)
    budget.add(Turn(60_000, 0), None)
    assert budget.use.cost_usd is None
    assert [(row.bound, row.percent) for row in heard] == [(Bound.MONEY, 80)]
    with pytest.raises(BoundReachedError):
        budget.begin(60_000, None)


def test_one_great_step_warns_of_all_that_it_passes() -> None:
    heard: list[Nearing] = []
    budget_of(Bounds(calls=1, tokens=10, usd=0.01, is_hard=False), heard).add(Turn(1_000_000, 0), CHEAP)
    rows = [(bound, [row.percent for row in rows]) for bound, rows in groupby(heard, lambda row: row.bound)]
    assert rows == [(Bound.TOKENS, [80, 95, 100]), (Bound.MONEY, [80, 95, 100]), (Bound.CALLS, [80, 95])]
