"""How asking a model can end without an answer. Each message is a sentence that says what to do."""

from __future__ import annotations

from gonogo.model.investigation import State


class ModelError(Exception):
    """A model's part that did not come to an end. ``state`` is what the report says of it."""

    state = State.FAILED


class StoppedError(Exception):
    """The audit was told to stop. No fault of a model: what was answered is kept, and the run can be resumed."""


class ModelUnavailableError(ModelError):
    """The model could not be reached, whatever was tried: throttled, down, too slow, cut off on the way."""


class ModelAccessError(ModelError):
    """The model can't be used as it was asked for: credentials, permissions, region, name, guardrail."""


class AnswerError(ModelError):
    """Something was answered that can't be taken. Asking the same again would not help; asking otherwise might."""

    state = State.LOST


class CutAnswerError(AnswerError):
    """The answer ended before its end."""


class BlockedAnswerError(AnswerError):
    """A guardrail or the provider's filter stopped the answer. It is not asked again."""


class MalformedAnswerError(AnswerError):
    """The answer is not in the form that was asked for. ``told`` is what its model hears of it, with its own words;
    the message has none of them, since it stands in the report."""

    def __init__(self, why: str, told: str = "") -> None:
        self.told = told or why
        super().__init__(why)


class ContextOverflowError(ModelError):
    """What was sent is longer than the model takes."""


class FilledContextError(ContextOverflowError):
    """An answer that ended because the model's context was full: what came of it is lost."""

    state = State.LOST


class BoundReachedError(ModelError):
    """A bound of the audit was reached: calls, tokens, money or time."""

    state = State.BOUNDED
