"""What the long formats and the progress say of prices and budgets, in the same words."""

from __future__ import annotations

from gonogo.model.investigation import Bound, Limits, ModelPrice
from gonogo.model.report import Report
from gonogo.report import outline

COST = (
    "Tokens are those billed; cached ones are among the input's. A cost is unknown where the price of a model is. "
    "Costs are shown rounded; the sum is that of the exact ones."
)
WHOLE = "The whole audit"
USED_UP = 100


def price(row: ModelPrice) -> str:
    """What a model costs, or that it is not known."""
    if row.input is None or row.output is None or row.cached is None or row.written is None:
        return "not known: give it with --prices"
    dated = f"; as of {row.as_of}, {row.source}" if row.as_of else ""
    return (
        f"{row.input:g} USD for a million tokens of input, {row.output:g} of output, {row.cached:g} read from the "
        f"cache, {row.written:g} written to it{dated}"
    )


def limits(found: Limits) -> str:
    """What an audit may use, and what happens then."""
    money = f" and {found.usd:g} USD" if found.usd is not None else ""
    then = "a share that is used up ends it" if found.is_hard else "past its share one goes on, and is warned of"
    calls, reads = outline.counted(found.calls, "call"), outline.counted(found.reads, "look-up")
    each = f"{calls}, {reads} and {found.seconds:,g} seconds end each"
    return f"{found.tokens:,} tokens{money}, shared out among the conversations: {then}; {each}"


def nearing(bound: Bound, percent: int, *, is_whole: bool) -> str:
    """How far a bound is used up, after the name of whom it bounds."""
    if bound is Bound.CALLS:
        return f"{percent}% of its calls are used"
    share = f"the {bound.value}" if is_whole else f"its share of the {bound.value}"
    return f"{share} is used up, and it goes on" if percent >= USED_UP else f"{percent}% of {share} is used"


def warnings(report: Report) -> tuple[str, ...]:
    """How near the models came to their bounds: the last warning of each, with whom it is about."""
    asked = report.provenance.asked
    told = [(part.title, part.warned, False) for part in outline.parts(report)]
    told.append((WHOLE, asked.warned if asked else (), True))
    last = {(who, row.bound): (row.percent, is_whole) for who, rows, is_whole in told for row in rows}
    return tuple(
        f"{who}: {nearing(bound, percent, is_whole=is_whole)}" for (who, bound), (percent, is_whole) in last.items()
    )
