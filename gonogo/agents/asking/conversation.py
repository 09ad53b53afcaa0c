"""The one loop of everything that talks to a model: ask, look things up, submit once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from gonogo.agents.asking.errors import (
    AnswerError,
    BlockedAnswerError,
    ContextOverflowError,
    CutAnswerError,
    MalformedAnswerError,
    ModelError,
)
from gonogo.agents.asking.seat import Answer, Call, Seat
from gonogo.model.investigation import Investigation, State

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

REPAIRS = 2
"""How often a model is told what is wrong with its submission, or that there is none."""
MOST_READS_A_TURN = 8
MOST_TOLD = 500
"""Characters of what a model is told of its submission: it may have named a field by a whole book."""
SUBMIT = "submit"
Form = TypeVar("Form", bound=BaseModel)

_LAST = "This is your last call. Submit now what you have: anything else ends the conversation without it."
_NO_SUBMISSION = f"Nothing was submitted. Call {SUBMIT} with your answer; text beside it is not read."
_CUT = "Your last answer was cut off at the length limit and nothing of it was taken. Submit a shorter one."
_BROKEN = f"Your last answer could not be read: {{}}. Call {SUBMIT} again, with every field, as valid JSON."
_LEFT_OUT = "[left out to make room]"


@dataclass(frozen=True)
class Task(Generic[Form]):
    """What a conversation is for. ``tools`` are offered beside submit, ``read`` answers them (text, whether it is an
    error); ``review`` gives what is wrong with a submission, or an empty text."""

    system: str
    brief: str
    form: type[Form]
    purpose: str
    tools: Sequence[dict[str, Any]] = ()
    read: Callable[[Call], tuple[str, bool]] = lambda call: (f"there is no tool {call.name!r}: call submit", True)
    review: Callable[[Form], str] = lambda form: ""


@dataclass(frozen=True)
class Submitted(Generic[Form]):
    """A submission. ``fault`` ended the conversation while something of it was still to be mended; else None."""

    form: Form
    fault: ModelError | None = None


def hold_conversation(seat: Seat, task: Task[Form]) -> Submitted[Form]:
    """The submission: the first that holds, or the last well-formed one when the repairs are used up.

    Raises a ModelError where there is none: AnswerError if something came that could not be taken, others if nothing
    came.
    """
    heard: list[Form] = []
    try:
        return Submitted(_hold(seat, task, heard))
    except ModelError as error:
        fault = error
        if seat.lost and error.state is not State.LOST:
            fault = AnswerError(f"{error}; something that was answered before is lost: {seat.lost}")
        if not heard:
            raise fault from error
        return Submitted(heard[-1], fault)


def tell_end(seat: Seat, state: State, why: str) -> Investigation:
    """How a conversation ended, and what it took until then, also where its work broke."""
    budget = seat.budget
    return Investigation(state=state, why=why, models=tuple(seat.asked), use=budget.use, warned=tuple(budget.warned))


def _hold(seat: Seat, task: Task[Form], heard: list[Form]) -> Form:
    from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage

    tools = [*task.tools, submit_tool(task.form, task.purpose)]
    offered = {tool["function"]["name"] for tool in tools}
    messages: list[BaseMessage] = [SystemMessage(task.system), HumanMessage(task.brief)]
    left = REPAIRS
    while True:
        try:
            answer = _ask(seat, messages, tools)
            forms = [_read_form(task.form, call) for call in answer.calls if call.name == SUBMIT]
        except BlockedAnswerError:
            raise
        except AnswerError as error:
            if not left:
                raise
            left -= 1
            seat.lost = str(error)
            messages.append(HumanMessage(_what_was_wrong(error)))
            continue
        messages.append(answer.message)
        if forms:
            heard.append(forms[-1])
            wrong = task.review(forms[-1])
            if not wrong or not left:
                return forms[-1]
            left -= 1
            messages += [ToolMessage(wrong, tool_call_id=call.id, status="error") for call in answer.calls]
        elif answer.calls:
            messages += _look_up(seat, task, answer.calls)
            if not {call.name for call in answer.calls} <= offered:
                seat.lost = "a tool was called that is not there"
        elif left:
            left -= 1
            seat.lost = "nothing was submitted"
            messages.append(HumanMessage(_NO_SUBMISSION))
        else:
            raise MalformedAnswerError("nothing was submitted")


def submit_tool(form: type[BaseModel], purpose: str) -> dict[str, Any]:
    """The tool that ends a conversation. Its schema has no bounds and no defaults: some models refuse the first, and
    repair a cut answer with the second."""
    schema = form.model_json_schema()
    return {
        "type": "function",
        "function": {"name": SUBMIT, "description": purpose, "parameters": _plain(schema, schema)},
    }


def _read_form(form: type[Form], call: Call) -> Form:
    try:
        return form.model_validate(call.arguments)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the submission"
        told = f"{where}: {first['msg']}"
        why = "a field that was not asked for" if first["type"] == "extra_forbidden" else told
        raise MalformedAnswerError(why, told) from error


def _what_was_wrong(error: AnswerError) -> str:
    if isinstance(error, CutAnswerError):
        return _CUT
    told = error.told if isinstance(error, MalformedAnswerError) else str(error)
    return _BROKEN.format(told[:MOST_TOLD])


def _ask(seat: Seat, messages: list[BaseMessage], tools: list[dict[str, Any]]) -> Answer:
    """Asks. Says so on the last call that the budget has room for; makes room once when the context is full."""
    from langchain_core.messages import HumanMessage, ToolMessage

    if len(messages) > 2 and seat.is_last_call(messages, tools):  # the opening has two
        messages.append(HumanMessage(_LAST))
    try:
        return seat.ask(messages, tools)
    except ContextOverflowError:
        results = [n for n, message in enumerate(messages) if isinstance(message, ToolMessage)]
        if not results or all(messages[n].content == _LEFT_OUT for n in results):
            raise
        for number in results:
            messages[number] = messages[number].model_copy(update={"content": _LEFT_OUT})
        messages.append(HumanMessage(_LAST))
        return seat.ask(messages, tools)


def _look_up(seat: Seat, task: Task[Form], calls: Sequence[Call]) -> list[BaseMessage]:
    from langchain_core.messages import ToolMessage

    found: list[BaseMessage] = []
    for number, call in enumerate(calls):
        if number < MOST_READS_A_TURN:
            seat.budget.read()
            text, is_error = task.read(call)
        else:
            text, is_error = f"at most {MOST_READS_A_TURN} calls a turn are answered: ask again", True
        found.append(ToolMessage(text, tool_call_id=call.id, status="error" if is_error else "success"))
    return found


def _plain(node: Any, root: dict[str, Any]) -> Any:
    """A schema without references, titles and defaults."""
    if isinstance(node, list):
        return [_plain(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if reference := node.get("$ref"):
        return _plain(root["$defs"][reference.rpartition("/")[2]], root)
    return {
        key: {name: _plain(item, root) for name, item in value.items()} if key == "properties" else _plain(value, root)
        for key, value in node.items()
        if key not in ("$defs", "title", "default", "additionalProperties")
    }
