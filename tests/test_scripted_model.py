"""Both doors of a script, HTTP and in process, show it the same and answer the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from langchain_core.tools import tool

from tests.bedrock import Answer, Cut, Fault, Guardrail, Hang, Request, Scripted, Server, serve
from tests.bedrock_clients import chat
from tests.models import ScriptedModel
from tests.test_bedrock_server import STOPS


@tool
def read(path: str, first: int | None = None, names: list[str] | None = None) -> str:
    """The lines of a file."""
    return f"{path}:{first}:{names}"


@tool("search_files")
def search(pattern: str) -> str:
    """Lines that match."""
    return pattern


TOOLS = [read, search]
CACHE = {"cachePoint": {"type": "default"}}
SYSTEM: list[Any] = [{"type": "text", "text": "You audit."}, CACHE]
USAGE = {"inputTokens": 5, "outputTokens": 6, "cacheReadInputTokens": 7, "cacheWriteInputTokens": 8}


def looks_then_ends(request: Request) -> Answer:
    if request.turn:
        found = " ".join(f"{result.name}={result.text}" for result in request.tool_results)
        return Answer(f"{found} by {', '.join(request.tool_names)}", usage=USAGE)
    return Answer("I look.", tools=[("read", {"path": "a.tf", "first": 3}), ("search_files", {"pattern": "née"})])


def talk(model: BaseChatModel, **bound: Any) -> list[BaseMessage]:
    """A conversation of two turns with tools, until the model calls none."""
    asked = model.bind_tools(TOOLS, **bound)
    messages: list[BaseMessage] = [SystemMessage(SYSTEM), HumanMessage("Look "), HumanMessage("at it.")]
    while True:
        answer = asked.invoke(messages, stop=["END"])
        messages.append(answer)
        if not answer.tool_calls:
            return messages
        for call in answer.tool_calls:
            text = {t.name: t for t in TOOLS}[call["name"]].invoke(call["args"])
            messages.append(ToolMessage(text, tool_call_id=call["id"], status="success"))


def told(message: BaseMessage) -> dict[str, Any]:
    """What a message says, without what names this one exchange."""
    said = message.model_dump(exclude={"id"})
    said["response_metadata"].pop("ResponseMetadata", None)
    return said


@pytest.mark.parametrize("choice", [None, "auto"])
def test_a_conversation_is_the_same_by_both_doors(choice: str | None) -> None:
    guardrail = {"guardrailIdentifier": "gr1", "guardrailVersion": "2", "trace": "enabled"}
    options = {"max_tokens": 900, "guardrail_config": guardrail}
    here = ScriptedModel(script=looks_then_ends, **options)
    with serve(looks_then_ends) as server:
        messages = talk(chat(server).model_copy(update=options), tool_choice=choice)
        assert [told(m) for m in talk(here, tool_choice=choice)] == [told(m) for m in messages]
        assert here.requests == server.requests
    first, second = here.requests
    assert (first.turn, first.system, first.last_text) == (0, "You audit.", "Look \nat it.")
    assert [(r.name, r.text, r.status) for r in second.tool_results] == [
        ("read", "a.tf:3:None", "success"),
        ("search_files", "née", "success"),
    ]
    assert messages[-1].text == "read=a.tf:3:None search_files=née by read, search_files"
    assert second.body["guardrailConfig"] == guardrail


TEXT = st.text(max_size=12) | st.sampled_from(["", " ", "\n", "a ", "<b>"])
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "first_line", "X"]), TEXT | st.integers() | st.none(), max_size=2)

PARTS = st.lists(TEXT.map(lambda text: {"type": "text", "text": text}) | st.just(CACHE), max_size=2)


@st.composite
def conversations(draw: st.DrawFn) -> list[BaseMessage]:
    made: list[BaseMessage] = [SystemMessage(text) for text in draw(st.lists(TEXT, max_size=2))]
    made += [HumanMessage(text) for text in draw(st.lists(TEXT, min_size=1, max_size=2))]
    for turn in range(draw(st.integers(0, 3))):
        answer = draw(assistants(turn))
        made.append(answer)
        for call in answer.tool_calls:
            content, status = draw(TEXT | PARTS), draw(st.sampled_from(["success", "error"]))
            made.append(ToolMessage(content, tool_call_id=call["id"], status=status))
        made += [HumanMessage(text) for text in draw(st.lists(TEXT, min_size=not answer.tool_calls, max_size=2))]
    return made


@st.composite
def assistants(draw: st.DrawFn, turn: int) -> AIMessage:
    """As providers build them: calls beside a text, or in blocks, where a stream leaves the input as text."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(["read", "search_files"]), ARGUMENTS), max_size=3))
    calls = [tool_call(name=name, args=args, id=f"t{turn}-{at}") for at, (name, args) in enumerate(drawn)]
    text = draw(TEXT)
    if draw(st.booleans()):
        return AIMessage(text, tool_calls=calls)
    blocks: list[Any] = [{"type": "text", "text": text}] if text else []
    for call in calls:
        args = draw(st.sampled_from([call["args"], json.dumps(call["args"])]))
        blocks.append({"type": "tool_use", "name": call["name"], "input": args, "id": call["id"]})
    return AIMessage(blocks, tool_calls=calls)


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[Server, BaseChatModel]]:
    with serve(lambda _: Answer("ok")) as server:
        yield server, chat(server)


@given(messages=conversations())
@settings(max_examples=150, deadline=None)
def test_any_conversation_is_the_same_by_both_doors(
    door: tuple[Server, BaseChatModel], messages: list[BaseMessage]
) -> None:
    server, there = door
    here = ScriptedModel(script=lambda _: Answer("ok"))
    assert told(here.bind_tools(TOOLS).invoke(messages)) == told(there.bind_tools(TOOLS).invoke(messages))
    assert here.requests[-1] == server.requests[-1]


SCRIPTED: list[Scripted] = [
    *(Answer("so", stop=stop) for stop in STOPS),
    Answer(),
    Answer(tools=[("read", {"path": "a", "first_line": 1})], trace={"guardrail": {"actionReason": "x"}}),
    Answer("", tools=[("read", "{broken")]),
    Fault(429, "ThrottlingException"),
    Fault(400, "ValidationException", "prompt is too long: 9 tokens"),
    Fault(400, "ValidationException", "no such thing"),
    Cut(Answer("Straße"), 66),
    Cut(Answer("Straße"), 70),
    Cut(Answer("Straße"), 72),
    Cut(Answer("Straße"), 9999),
    Hang(2),
]


@pytest.mark.parametrize("made", SCRIPTED, ids=str)
def test_an_answer_or_fault_is_the_same_by_both_doors(made: Scripted) -> None:
    with serve(lambda _: made) as server:
        there = outcome(chat(server, read_timeout=0.2))
    assert outcome(ScriptedModel(script=lambda _: made)) == there


def outcome(model: BaseChatModel) -> dict[str, Any]:
    from botocore.exceptions import ClientError, ReadTimeoutError

    try:
        return told(model.invoke("hi"))
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {**error.response["Error"], "status": status, "overflow": isinstance(error, ContextOverflowError)}
    except ReadTimeoutError:
        return {"error": "time-out"}
    except ValueError as error:
        return {"error": type(error).__name__, "says": str(error)[:20]}


def test_what_needs_the_server_says_so() -> None:
    for made in (Guardrail(), Answer(raw=b"{}")):
        with pytest.raises(TypeError, match="needs the server"):
            ScriptedModel(script=lambda _, made=made: made).invoke("hi")
    with pytest.raises(TypeError, match="cache_control"):
        ScriptedModel(script=lambda _: Answer()).invoke("hi", cache_control={"type": "ephemeral"})
    with pytest.raises(ValueError, match="no tools are bound"):
        ScriptedModel(script=lambda _: Answer()).invoke([HumanMessage("hi"), ToolMessage("x", tool_call_id="1")])
