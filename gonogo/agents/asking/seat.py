"""One conversation's line to a model: every call goes through bounds, retries, fallbacks and the stop reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gonogo.agents.asking.budget import Budget, Turn
from gonogo.agents.asking.errors import (
    AnswerError,
    BlockedAnswerError,
    CutAnswerError,
    FilledContextError,
    MalformedAnswerError,
    ModelAccessError,
    ModelUnavailableError,
    StoppedError,
)
from gonogo.agents.asking.faults import is_broken_off, is_passing, translate
from gonogo.agents.asking.guardrails import read_trace
from gonogo.agents.asking.ledger import Forgetful, Ledger, call_key, read_answer, record_answer, record_messages
from gonogo.agents.asking.models import Model
from gonogo.agents.asking.prices import Price
from gonogo.cassette.errors import find_miss
from gonogo.model.investigation import Action
from gonogo.telemetry.spans import Chat, chat_span
from gonogo.telemetry.tracing import Telemetry
from gonogo.tools.redaction import clean

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

ATTEMPTS = 4
LONGEST_WAIT = 20.0
"""Seconds between two attempts, at most."""
_ENDS = frozenset({"end_turn", "tool_use", "stop_sequence", "stop", "tool_calls"})
"""The stop reasons of a whole answer, as Bedrock and OpenAI-like providers call them. All others are refused."""
_BLOCKED = frozenset({"guardrail_intervened", "content_filtered", "content_filter", "refusal", "safety"})
_CUT = frozenset({"max_tokens", "length"})
_OVERFLOW = frozenset({"model_context_window_exceeded"})
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
"""What providers take as the name of a tool: a call with another one could not be sent back to them."""
_MOST_TOKENS = 1_000_000_000
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model wants called. ``arguments`` is what it wrote, parsed strictly, of whatever shape."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its stop reason was one of those that end one. ``message`` goes back into the conversation."""

    message: AIMessage
    text: str
    calls: tuple[Call, ...]


class Seat:
    """Asks the first model that can be reached. ``sleep`` waits between attempts, ``region`` is named in errors.

    ``name`` is the conversation's; the ``ledger`` answers what it answered before; once ``is_stopping`` says so nothing
    more is asked.
    """

    def __init__(
        self,
        models: Sequence[Model],
        budget: Budget,
        *,
        sleep: Callable[[float], None],
        region: str = "",
        name: str = "",
        ledger: Ledger | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._models, self._sleep, self._region = tuple(models), sleep, region
        self._name, self._ledger, self._is_stopping = name, ledger or Forgetful(), is_stopping
        self.telemetry = telemetry or Telemetry.off()
        self._turn = 0
        self._told: list[dict[str, Any]] = []
        """The messages that the ledger has from the last call, as data."""
        self.budget = budget
        self.asked: list[str] = []
        self.by = ""
        """The model that answered last."""
        self.warnings: Counter[tuple[str, Action]] = Counter()
        """What a guardrail of Bedrock objected to in this conversation: policy and action."""
        self.lost = ""
        """Why something that was answered could not be taken; empty where all that came was."""

    def ask(self, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> Answer:
        """One answer. Raises a ModelError: nothing here is returned in place of an answer."""
        tokens = estimate(messages, tools)
        sealed = [_sealed(message) for message in messages]
        lost_before = self.lost
        while True:
            model = self._models[0]
            self.budget.begin(tokens, model.price)
            try:
                message = self._traced(model, sealed, tools, tokens)
            except (ModelUnavailableError, ModelAccessError):
                if len(self._models) == 1:
                    raise
                self._models = self._models[1:]
                continue
            self.lost = lost_before  # what broke off was asked again, and came
            self.by = model.name
            if model.name not in self.asked:
                self.asked.append(model.name)
            self.warnings.update(read_trace(message.response_metadata))
            try:
                return _whole(message)
            except (AnswerError, FilledContextError) as error:
                self.lost = str(error)
                raise

    def _traced(
        self, model: Model, messages: list[BaseMessage], tools: Sequence[dict[str, Any]], estimated: int
    ) -> AIMessage:
        """One call, as a span, and counted."""
        with chat_span(self.telemetry, model.name, self._name) as chat:
            recorded = record_messages(messages)
            chat.asked(recorded)
            message, is_kept = self._answer(model, messages, tools, recorded, chat)
            turn, price = _turn(message, estimated, model)
            self.budget.add(turn, price)
            chat.answered(
                model=str(message.response_metadata.get("model_name") or model.name.partition(":")[2]),
                reason=_stop_reason(message),
                said=record_messages([message]),
                input_tokens=turn.input,
                output_tokens=turn.output,
                cached=turn.cached,
                written=turn.written,
                cost=price.of(turn) if price else None,
                is_kept=is_kept,
            )
            return message

    def _answer(
        self,
        model: Model,
        messages: list[BaseMessage],
        tools: Sequence[dict[str, Any]],
        recorded: list[dict[str, Any]],
        chat: Chat,
    ) -> tuple[AIMessage, bool]:
        """What the ledger has, or what the model says, which the ledger then has; and which of the two it is."""
        key = call_key(self._name, self._turn, model.name, dict(model.options), list(tools), recorded)
        kept = self._ledger.find(key)
        if kept is not None:
            message = read_answer(kept)
        else:
            if self._is_stopping():
                raise StoppedError
            message = self._call(model, messages, tools, chat)
            new = [row for row in recorded if row not in self._told[row["at"] : row["at"] + 1]]
            self._ledger.keep(key, self._name, self._turn, new, record_answer(message))
        self._told = recorded
        self._turn += 1
        return message, kept is not None

    def is_last_call(self, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> bool:
        """Says whether the budget has room for no further call after the next."""
        return self.budget.is_last_call(estimate(messages, tools))

    def _call(
        self, model: Model, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]], chat: Chat
    ) -> AIMessage:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        heard: list[BaseMessage] = []
        broken_off: list[bool] = []

        def is_to_try_again(error: BaseException) -> bool:
            broken_off.append(bool(heard) or is_broken_off(error))
            chat.failed(type(error).__name__)
            return find_miss(error) is None and is_passing(error)

        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT),
            retry=retry_if_exception(is_to_try_again),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(_invoke, model, list(messages), list(tools), heard)
        except Exception as error:
            if miss := find_miss(error):
                raise miss from None
            if any(broken_off):
                self.lost = "an answer broke off on its way"
            told = translate(error, model.name, self._region)
            if told is None:
                raise
            raise told from error


def estimate(messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> int:
    """About how many tokens a request has."""
    size = sum(len(str(message.content)) + len(str(getattr(message, "tool_calls", ""))) for message in messages)
    return (size + len(json.dumps(list(tools)))) // CHARACTERS_PER_TOKEN + 1


def _sealed(message: BaseMessage) -> BaseMessage:
    """The message with nothing left to redact: tools redact at their edge, this is the door."""
    if message.type not in ("human", "tool") or not isinstance(message.content, str):
        return message  # the words are ours, and what a model said it was shown redacted
    text = _redacted(message.content)
    return message if text == message.content else message.model_copy(update={"content": text})


@lru_cache(maxsize=1024)
def _redacted(text: str) -> str:
    return clean(text).text


def _turn(message: AIMessage, estimated: int, model: Model) -> tuple[Turn, Price | None]:
    """What a call used, and at which price. What a provider does not tell is estimated, at no known price."""
    usage = message.usage_metadata
    if usage is None or not _is_count(usage["input_tokens"], 1) or not _is_count(usage["output_tokens"], 0):
        output = len(json.dumps(message.tool_calls, default=str)) + len(str(message.content))
        return Turn(estimated, output // CHARACTERS_PER_TOKEN), None
    details = usage.get("input_token_details", {})
    turn = Turn(
        input=usage["input_tokens"],
        output=usage["output_tokens"],
        cached=_among(usage["input_tokens"], details.get("cache_read")),
        written=_among(usage["input_tokens"], details.get("cache_creation")),
    )
    return turn, model.price


def _is_count(given: object, least: int) -> bool:
    """Says whether a provider's count of tokens can be one: what can't would make a budget endless."""
    return isinstance(given, int) and least <= given <= _MOST_TOKENS


def _among(whole: int, given: int | None) -> int:
    return given if given is not None and _is_count(given, 0) and given <= whole else 0


def _invoke(
    model: Model, messages: list[BaseMessage], tools: list[dict[str, Any]], heard: list[BaseMessage]
) -> AIMessage:
    """One attempt. ``heard`` has what came of a stream, also where it breaks off."""
    heard.clear()
    bound = model.chat.bind_tools(tools) if tools else model.chat
    if not model.streaming:
        return bound.invoke(messages, **model.options)
    for chunk in bound.stream(messages, **model.options):
        heard.append(chunk)
    return _streamed(heard)


def _streamed(chunks: list[Any]) -> AIMessage:
    """The chunks together. LangChain repairs cut JSON of tool calls: it is parsed again here, strictly."""
    from langchain_core.messages import AIMessage
    from langchain_core.messages.tool import invalid_tool_call, tool_call

    if not chunks:
        raise ConnectionError("the stream ended before it began")
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    calls, broken = [], []
    for part in whole.tool_call_chunks:
        try:
            arguments = json.loads(part["args"] or "{}")
        except ValueError:
            arguments = None
        if isinstance(arguments, dict):
            calls.append(tool_call(name=part["name"] or "", args=arguments, id=part["id"]))
        else:
            broken.append(invalid_tool_call(name=part["name"], args=part["args"], id=part["id"]))
    content = (
        [block for block in whole.content if not _is_tool_use(block)]
        if isinstance(whole.content, list)
        else whole.content
    )
    return AIMessage(
        content=content,
        tool_calls=calls,
        invalid_tool_calls=broken,
        usage_metadata=whole.usage_metadata,
        response_metadata=whole.response_metadata,
    )


def _is_tool_use(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("tool_use", "tool_call_chunk")


def _whole(message: AIMessage) -> Answer:
    """Takes an answer only if it ended by itself and every tool call in it is whole."""
    reason = _stop_reason(message)
    if reason in _BLOCKED:
        raise BlockedAnswerError(f"a guardrail or filter stopped the answer ({reason})")
    if reason in _OVERFLOW:
        raise FilledContextError(f"the conversation filled the model's context ({reason})")
    if reason in _CUT:
        raise CutAnswerError(f"the answer was cut ({reason})")
    if reason not in _ENDS:
        raise MalformedAnswerError(f"the answer has no known end ({reason or 'no stop reason'})")
    if message.invalid_tool_calls:
        raise MalformedAnswerError("a tool call is not valid JSON")
    calls = tuple(Call(call["id"] or "", call["name"], call["args"]) for call in message.tool_calls)
    if any(not isinstance(call.arguments, dict) for call in calls):
        raise MalformedAnswerError("a tool call is not valid JSON")
    if not _is_text(message.text + json.dumps([call.arguments for call in calls], ensure_ascii=False)):
        raise MalformedAnswerError("the answer has characters that are no text")
    if not all(call.id and _is_text(call.id) and _NAME.match(call.name) for call in calls):
        raise MalformedAnswerError("a tool call has no name or id that can be sent back")
    return Answer(message, str(message.text), calls)


def _is_text(text: str) -> bool:
    """Half a surrogate pair can stand in JSON and in no UTF-8 file."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _stop_reason(message: AIMessage) -> str:
    told = message.response_metadata
    for key in ("stopReason", "stop_reason", "finish_reason"):
        if told.get(key):
            return str(told[key]).lower()
    return ""
