"""The scripted Bedrock, asked by the clients that will ask it: other tests stand on it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError, ReadTimeoutError
from langchain_aws import ChatBedrockConverse
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, AIMessageChunk
from urllib3.exceptions import ProtocolError

from tests.bedrock import Answer, Cut, Fault, Guardrail, Hang, Request, StreamFault, serve
from tests.bedrock_clients import chat, client
from tests.bedrock_wire import dump, frames
from tests.models import MODEL

STOPS = (
    "end_turn tool_use max_tokens stop_sequence guardrail_intervened content_filtered malformed_model_output "
    "malformed_tool_use model_context_window_exceeded"
).split()
USED = {"inputTokens": 20, "outputTokens": 20}
BOTH = Answer("Straße 12.5", tools=[("read", {"path": "a.tf", "first": 1})], usage=USED)


def streamed(model: ChatBedrockConverse) -> AIMessageChunk:
    chunks = list(model.stream("hi"))
    message = chunks[0]
    for chunk in chunks[1:]:
        message += chunk
    assert isinstance(message, AIMessageChunk)
    return message


def user(text: str = "hi") -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"text": text}]}]


def test_a_text_comes_through() -> None:
    usage = {"inputTokens": 90, "outputTokens": 7, "cacheReadInputTokens": 1000}
    with serve(lambda request: Answer(f"You said {request.last_text} é", usage=usage)) as server:
        answer = chat(server).invoke([("system", "Be brief."), ("user", "hello")])
    assert answer.content == "You said hello é"
    assert answer.response_metadata["stopReason"] == "end_turn"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["input_tokens"] == 1090
    assert answer.usage_metadata["total_tokens"] == 97
    (request,) = server.requests
    assert (request.model, request.path_kind, request.system, request.turn) == (MODEL, "converse", "Be brief.", 0)
    assert "hello" in request.texts
    assert server.hits == 1


@pytest.mark.parametrize("text", ["\ud800 half a character", "\x00\u202e\U000e0041", "é" * 5000])
def test_odd_text_comes_through(text: str) -> None:
    with serve(lambda _: Answer(text)) as server:
        assert chat(server).invoke("hi").content == text
        assert streamed(chat(server)).text == text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("text", ["", "I look."])
def test_tools_of_one_turn_keep_their_order(count: int, text: str) -> None:
    calls = [("read", {"path": "same"})] * count
    with serve(lambda _: Answer(text, tools=calls)) as server:
        plain, again, stream = chat(server).invoke("hi"), chat(server).invoke("hi"), streamed(chat(server))
    assert [(c["name"], c["args"]) for c in plain.tool_calls] == calls
    assert plain.response_metadata["stopReason"] == "tool_use"
    ids = [c["id"] for c in plain.tool_calls]
    assert len(set(ids)) == count
    assert ids == [c["id"] for c in again.tool_calls] == [c["id"] for c in stream.tool_calls]
    assert [c["args"] for c in stream.tool_calls] == [c["args"] for c in plain.tool_calls]
    assert plain.text == stream.text == text


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("answer", [Answer("so"), Answer(tools=[("read", {})]), Answer()])
def test_every_stop_reason_arrives(stop: str, answer: Answer) -> None:
    with serve(lambda _: Answer(answer.text, answer.tools, stop, trace={"guardrail": {}})) as server:
        for message in (chat(server).invoke("hi"), streamed(chat(server))):
            assert message.response_metadata["stopReason"] == stop
            assert message.response_metadata["trace"] == {"guardrail": {}}
            assert (message.text, len(message.tool_calls)) == (answer.text, len(answer.tools))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, "ThrottlingException"),
        Fault(500, "InternalServerException"),
        Fault(503, "ServiceUnavailableException"),
        Fault(408, "ModelTimeoutException"),
        Fault(424, "ModelErrorException"),
        Fault(403, "ExpiredTokenException", "The security token included in the request is expired"),
        Fault(403, "AccessDeniedException"),
    ],
)
def test_a_fault_arrives_by_code(fault: Fault) -> None:
    with serve(lambda _: fault) as server:
        for ask in (chat(server).invoke, lambda text: list(chat(server).stream(text))):
            with pytest.raises(ClientError) as caught:
                ask("hi")
            assert caught.value.response["Error"] == {"Code": fault.code, "Message": fault.message}
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == fault.status
    assert server.hits == 2


def test_a_client_that_tries_again_is_seen_twice() -> None:
    once = threading.Event()

    def script(_: Request) -> Answer | Fault:
        first = not once.is_set()
        once.set()
        return Fault(503, "ServiceUnavailableException") if first else Answer("now")

    with serve(script) as server:
        assert chat(server, attempts=2).invoke("hi").text == "now"
    assert server.hits == 2
    assert server.requests[0] == server.requests[1]


def test_a_prompt_that_is_too_long_is_known_as_such() -> None:
    fault = Fault(400, "ValidationException", "Input is too long for requested model.")
    with serve(lambda _: fault) as server, pytest.raises(ContextOverflowError):
        chat(server).invoke("hi")


@pytest.mark.parametrize("clean", [False, True])
def test_a_body_cut_anywhere_is_no_answer(clean: bool) -> None:
    whole = dump(BOTH.response(Request(MODEL, "converse", {})))
    assert "ß".encode() in whole
    with serve(lambda request: Cut(BOTH, int(request.last_text), clean)) as server:
        model = chat(server)
        for at in range(len(whole)):
            # botocore does not hold the body against Content-Length, and reads what is no JSON as an empty answer.
            with pytest.raises(ValueError, match=r"No 'output' key|unexpected end of data"):
                model.invoke(str(at))
        assert model.invoke(str(len(whole))).text == BOTH.text


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("clean", [False, True])
def test_a_stream_cut_anywhere_is_no_answer_or_all_of_it(clean: bool, step: int) -> None:
    answer = Answer("é", tools=[("read", {})], usage=USED)
    made = frames(answer.response(Request(MODEL, "converse-stream", {})))
    size = len(b"".join(made))
    whole: list[Any] = []
    with serve(lambda request: Cut(answer, int(request.last_text), clean)) as server:
        runtime = client(server)
        with contextlib.suppress(ProtocolError):
            events(runtime, size, whole)
        assert len(whole) == len(made)
        for at in range(0, size, step):
            seen: list[Any] = []
            with contextlib.nullcontext() if clean else pytest.raises(ProtocolError):
                events(runtime, at, seen)
            assert seen == whole[: len(seen)]
            assert len(seen) < len(made)


def events(runtime: Any, number: int, into: list[Any]) -> None:
    """The events of one stream, also where it breaks off."""
    with contextlib.closing(runtime.converse_stream(modelId=MODEL, messages=user(str(number)))["stream"]) as stream:
        into.extend(stream)


def test_a_stream_without_its_stop_is_refused() -> None:
    with serve(lambda _: Cut(BOTH, 400, clean=True)) as server, pytest.raises(ConnectionError, match="messageStop"):
        streamed(chat(server))


def test_tool_input_is_streamed_in_pieces_that_break_words() -> None:
    given = {"path": "modules/database/main.tf", "count": 1234567}
    with serve(lambda _: Answer(tools=[("read", given)])) as server:
        chunks = [chunk for chunk in chat(server).stream("hi") if isinstance(chunk, AIMessageChunk)]
    pieces = [part["args"] for chunk in chunks for part in chunk.tool_call_chunks if part["args"]]
    assert len(pieces) > 4
    assert json.loads("".join(pieces)) == given
    assert "database" not in " ".join(pieces)


def test_a_stream_fault_ends_the_stream_after_its_frames() -> None:
    size = len(frames(BOTH.response(Request(MODEL, "converse-stream", {}))))
    with serve(lambda request: StreamFault(BOTH, int(request.last_text), "ThrottlingException", "slow")) as server:
        for after in range(size + 1):
            seen: list[Any] = []
            with pytest.raises(EventStreamError, match=r"throttlingException.*slow"):
                events(client(server), after, seen)
            assert len(seen) == after


def test_silence_ends_by_the_clients_time_out_and_does_not_hold_the_server() -> None:
    with serve(lambda _: Hang(600)) as server, pytest.raises(ReadTimeoutError):
        chat(server, read_timeout=0.1).invoke("hi")


@pytest.mark.parametrize("raw", [b"", b"{}", b"<html>Bad gateway</html>"])
def test_raw_bytes_go_out_as_they_are(raw: bytes) -> None:
    with serve(lambda _: Answer(raw=raw)) as server, pytest.raises(ValueError, match="output"):
        chat(server).invoke("hi")


def test_tool_input_may_be_broken() -> None:
    with serve(lambda _: Answer(tools=[("read", '{"path": "a')], stop="max_tokens")) as server:
        message = streamed(chat(server))
        with pytest.raises(ValueError, match="valid dictionary"):
            chat(server).invoke("hi")
    assert message.response_metadata["stopReason"] == "max_tokens"


def test_a_guardrail_is_applied() -> None:
    found = {"sensitiveInformationPolicy": {"piiEntities": [{"match": "a@b.c", "type": "EMAIL", "action": "BLOCKED"}]}}

    def script(request: Request) -> Guardrail | Fault:
        if request.body["source"] == "INPUT":
            return Guardrail()
        return Guardrail("GUARDRAIL_INTERVENED", ["blocked"], [found])

    with serve(script) as server:
        for source, action in (("INPUT", "NONE"), ("OUTPUT", "GUARDRAIL_INTERVENED")):
            told = client(server).apply_guardrail(
                guardrailIdentifier="gr1", guardrailVersion="2", source=source, content=[{"text": {"text": "a@b.c"}}]
            )
            assert told["action"] == action
    assert told["outputs"] == [{"text": "blocked"}]
    assert told["assessments"] == [found]
    assert {(r.path_kind, r.model) for r in server.requests} == {("apply", "gr1:2")}


def test_threads_get_their_own_answers() -> None:
    with serve(lambda request: Answer(request.last_text)) as server:
        model = chat(server)
        asked = [f"question {number}" for number in range(320)]
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda text: model.invoke(text).text, asked))
    assert answers == asked
    assert sorted(request.last_text for request in server.requests) == sorted(asked)


def test_a_bug_of_the_script_is_raised() -> None:
    for script, bug in ((lambda _: {}["nonsense"], "nonsense"), (lambda _: Guardrail(), "converse with Guardrail")):
        with pytest.raises((KeyError, TypeError), match=bug), serve(script) as server:
            model = chat(server)
            with pytest.raises(ConnectionClosedError):
                model.invoke("hi")


def test_nothing_is_left_open() -> None:
    before = threading.active_count()
    with serve(lambda _: Answer("x")) as server:
        kept = [socket.create_connection(server.server_address) for _ in range(3)]
        model = chat(server)
        assert isinstance(model.invoke("hi"), AIMessage)
    assert all(connection.recv(1) == b"" for connection in kept)
    for connection in kept:
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.server_address)
    assert threading.active_count() == before
