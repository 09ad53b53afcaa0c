"""What a language model adds to an audit, after code has checked it: proposals, causes, observations; its cost."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from gonogo.model.criterion import Area, Status
from gonogo.model.evidence import Locator, hash_text


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Proposal(_Row):
    """What a specialist's model says of a criterion, beside the status that counts.

    ``quote`` stands in the excerpt of the first of ``evidence``. A proposed fail of what code left unverified has
    become its status; a proposed pass waits for a person; anything proposed for a fail contests it.
    """

    status: Status
    reason: str
    evidence: tuple[str, ...]
    quote: str
    by: str


class Cause(_Row):
    """Why criteria fail, in a specialist's words: several failures can have one cause."""

    area: Area
    text: str
    criteria: tuple[str, ...]
    evidence: tuple[str, ...]
    by: str


class Observation(_Row):
    """What a specialist found outside the criteria. Advisory: shown, never part of a gate, without a severity."""

    id: str
    area: Area
    what: str
    why: str
    locator: Locator
    quote: str
    evidence: tuple[str, ...]
    by: str


class Marker(_Row):
    """A place in what was audited that addresses its auditor. It was shown to models as data, inside a fence."""

    kind: str
    where: str
    excerpt: str


class Refused(_Row):
    """What grounding or a guardrail dropped: of which kind, where it was said, how often."""

    kind: str
    where: str
    count: int


class Action(StrEnum):
    """What a guardrail did."""

    BLOCK = "block"
    WARN = "warn"


class Violation(_Row):
    """A guardrail's objection. ``guardrail`` is ``ID:VERSION`` on Bedrock; the matched text is not kept."""

    guardrail: str
    policy: str
    action: Action
    where: str
    count: int


class State(StrEnum):
    """How a model's part ended."""

    COMPLETE = "complete"
    BOUNDED = "bounded"
    """A bound was reached: calls, tokens, money or time."""
    FAILED = "failed"
    """Nothing was answered: the model could not be reached."""
    LOST = "lost"
    """Something was answered that could not be taken: cut, refused, or not in the form that was asked for."""


class Use(_Row):
    """What models were asked and what it cost. Tokens are those billed; ``cached_tokens`` are among the input's.

    ``cost_usd`` is None where the price of a model is not known: unknown is not zero.
    """

    calls: int = 0
    reads: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None


class Bound(StrEnum):
    """What of a budget is warned of before it is used up."""

    TOKENS = "tokens"
    MONEY = "money"
    CALLS = "calls"


class Nearing(_Row):
    """How far a bound was used up: 80 or 95 percent; 100 where it was reached and the conversation may go on."""

    bound: Bound
    percent: int


class Limits(_Row):
    """What an audit may use: tokens and money (None: no bound) altogether, the rest in each conversation.

    ``is_hard`` says whether tokens and money end a conversation; calls, look-ups and seconds always do.
    """

    calls: int
    reads: int
    tokens: int
    usd: float | None
    seconds: float
    is_hard: bool = True


class ModelPrice(_Row):
    """What a model costs, in USD for a million tokens: read, written, read from its cache, written to its cache.

    All four are None where the price is not known. ``as_of`` is the ISO date of the list that says so, ``source`` what
    that list rests on.
    """

    model: str
    input: float | None = None
    output: float | None = None
    cached: float | None = None
    written: float | None = None
    as_of: str = ""
    source: str = ""


class Investigation(_Row):
    """A model's part in a specialist's or the synthesizer's work. ``why`` says what ended it, if that was no answer;
    ``warned`` how far it came with its share of the budget."""

    state: State
    why: str = ""
    models: tuple[str, ...] = ()
    use: Use = Use()
    warned: tuple[Nearing, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.state is State.COMPLETE


class Asked(_Row):
    """Which model an audit was to ask, where, under which guardrail, with which words (file name to hash).

    ``use`` is the sum of all its conversations, ``warned`` how far that is with the whole of its ``limits``; ``prices``
    has a row for each model.
    """

    model: str
    region: str = ""
    guardrail: str = ""
    prompts: dict[str, str] = {}
    use: Use = Use()
    prices: tuple[ModelPrice, ...] = ()
    limits: Limits | None = None
    warned: tuple[Nearing, ...] = ()


def observation_id(locator: Locator, quote: str) -> str:
    """``gno-`` and 10 hex digits over file and quote; stable when lines move, and one whoever saw it."""
    return "gno-" + hash_text("\0".join([locator.path or "", " ".join(quote.split())]))[:10]
