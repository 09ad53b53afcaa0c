"""One line to a model: bounds, retries, fallbacks, stop reasons, and what of an answer is taken."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Literal

import pytest
from pydantic import BaseModel

from gonogo.agents.asking.budget import Bounds, Budget
from gonogo.agents.asking.choice import ModelChoice, read_guardrail, read_models
from gonogo.agents.asking.conversation import Task, hold_conversation, submit_tool
from gonogo.agents.asking.errors import (
    AnswerError,
    BlockedAnswerError,
    BoundReachedError,
    ContextOverflowError,
    CutAnswerError,
    MalformedAnswerError,
    ModelAccessError,
    ModelError,
    ModelUnavailableError,
)
from gonogo.agents.asking.models import open_models
from gonogo.agents.asking.prices import CEILING
from gonogo.agents.asking.seat import Seat
from gonogo.model.investigation import Action
from tests.bedrock import Answer, Cut, Fault, Request, Script, Scripted, StreamFault, serve

MODEL = "bedrock:us.anthropic.claude-sonnet-5-5"
WHOLE = ("end_turn", "tool_use", "stop_sequence")
STOPS = (
    *WHOLE,
    "max_tokens",
    "guardrail_intervened",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
    "model_context_window_exceeded",
)


class Yes(BaseModel):
    """A small form."""

    answer: str
    end: Literal["END"]


DONE = ("submit", {"answer": "yes", "end": "END"})
LOOK = {
    "type": "function",
    "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {}}},
}
TASK = Task("system", "brief", Yes, "Submits.", tools=[LOOK], read=lambda call: ("nothing here", False))


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def seat_at(url: str, *, bounds: Bounds | None = None, names: str = MODEL, streaming: bool = False) -> Seat:
    choice = ModelChoice(read_models(names), region="us-east-1", endpoint_url=url, streaming=streaming)
    budget = Budget(bounds or Bounds(), clock=lambda: 0.0, ceiling=CEILING)
    return Seat(open_models(choice), budget, sleep=lambda seconds: None, region="us-east-1")


def asked(script: Script, **options: object) -> tuple[Yes | ModelError, Seat, tuple[Request, ...]]:
    """What a little conversation ends with."""
    with serve(script) as server:
        seat = seat_at(server.url, **options)  # type: ignore[arg-type]
        try:
            found: Yes | ModelError = hold_conversation(seat, TASK).form
        except ModelError as error:
            found = error
        return found, seat, server.requests


def replies(*answers: Scripted) -> Script:
    """One after the other, the last one for ever: for a single conversation."""
    given = iter(answers)
    last = answers[-1]

    def script(request: Request) -> Scripted:
        return next(given, last)

    return script


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("stop", [*STOPS, "something_new"])
@pytest.mark.parametrize("answer", [Answer("yes"), Answer(tools=[DONE]), Answer("")])
def test_only_three_stop_reasons_end_an_answer(answer: Answer, stop: str, streaming: bool) -> None:
    given = Answer(answer.text, answer.tools, stop=stop)
    found, _, _ = asked(lambda request: given, streaming=streaming)
    if stop in WHOLE and answer.tools:
        assert found == Yes(answer="yes", end="END")
    else:
        assert isinstance(found, ModelError)


@pytest.mark.parametrize(
    ("stop", "error", "calls"),
    [
        ("max_tokens", CutAnswerError, 3),
        ("guardrail_intervened", BlockedAnswerError, 1),
        ("content_filtered", BlockedAnswerError, 1),
        ("malformed_tool_use", MalformedAnswerError, 3),
        ("model_context_window_exceeded", ContextOverflowError, 1),
    ],
)
def test_an_answer_that_can_t_be_taken_is_asked_for_otherwise(stop: str, error: type[ModelError], calls: int) -> None:
    found, _, requests = asked(lambda request: Answer(tools=[DONE], stop=stop))
    assert isinstance(found, error)
    assert len(requests) == calls
    assert len({str(request.body) for request in requests}) == calls, "never the same bytes again"


@pytest.mark.parametrize(
    "bad",
    [
        {"answer": "yes"},
        {"end": "END"},
        {"answer": "yes", "end": "EN"},
        {},
        {"answer": ["yes"], "end": "END"},
    ],
)
def test_a_form_without_its_last_field_is_no_submission(bad: dict[str, object]) -> None:
    found, _, requests = asked(lambda request: Answer(tools=[("submit", bad)]))
    assert isinstance(found, MalformedAnswerError)
    assert len(requests) == 3
    found, _, _ = asked(replies(Answer(tools=[("submit", bad)]), Answer(tools=[DONE])))
    assert found == Yes(answer="yes", end="END")


def test_half_a_character_is_no_text() -> None:
    found, _, _ = asked(lambda request: Answer(tools=[("submit", {"answer": "\ud800", "end": "END"})]))
    assert isinstance(found, MalformedAnswerError)


def test_cut_json_of_a_stream_is_not_repaired() -> None:
    whole = Answer(tools=[("submit", '{"answer": "yes", "end": "END"}')])
    assert asked(lambda request: whole, streaming=True)[0] == Yes(answer="yes", end="END")
    for broken in (
        '{"answer": "yes", "end": "END"',
        '{"answer": "yes',
        '{"answer": "yes", "end": "END"}}',
        "[1]",
        '"x"',
    ):
        found, _, _ = asked(lambda request, text=broken: Answer(tools=[("submit", text)]), streaming=True)  # type: ignore[misc]
        assert isinstance(found, AnswerError), broken


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, "ThrottlingException", "slow down"),
        Fault(503, "ServiceUnavailableException", "later"),
        Fault(500, "InternalServerException", "oops"),
        Fault(408, "ModelTimeoutException", "too slow"),
        Fault(424, "ModelErrorException", "model broke"),
        Fault(429, "ModelNotReadyException", "warming up"),
    ],
)
def test_what_passes_is_tried_again(fault: Scripted, streaming: bool) -> None:
    for times in (1, 3):
        found, seat, requests = asked(replies(*[fault] * times, Answer(tools=[DONE])), streaming=streaming)
        assert found == Yes(answer="yes", end="END")
        assert len(requests) == times + 1
        assert seat.budget.use.calls == 1, "what was not answered is not paid"
    found, _, requests = asked(lambda request: fault, streaming=streaming)
    assert isinstance(found, ModelUnavailableError)
    assert len(requests) == 4


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("at", [0, 1, 40, 150, 200])
def test_an_answer_that_breaks_off_on_its_way_is_tried_again_and_then_lost(at: int, streaming: bool) -> None:
    cut = Cut(Answer(tools=[DONE]), at)
    found, _, requests = asked(replies(cut, cut, cut, Answer(tools=[DONE])), streaming=streaming)
    assert found == Yes(answer="yes", end="END")
    assert len(requests) == 4
    found, _, _ = asked(lambda request: cut, streaming=streaming)
    assert isinstance(found, AnswerError if at else ModelError), repr(found)


def test_a_fault_inside_a_stream_is_tried_again() -> None:
    fault = StreamFault(Answer("a long text of many words", tools=[DONE]), after=3, code="throttlingException")
    found, _, requests = asked(replies(fault, fault, Answer(tools=[DONE])), streaming=True)
    assert found == Yes(answer="yes", end="END")
    assert len(requests) == 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(403, "AccessDeniedException", "You don't have access"), "bedrock:InvokeModel"),
        (Fault(404, "ResourceNotFoundException", "no model"), "check --model and --region"),
        (Fault(400, "ValidationException", "The provided model identifier is invalid."), "check --model and --region"),
        (Fault(400, "ValidationException", "The guardrail identifier is wrong"), "check --guardrail"),
        (Fault(403, "ExpiredTokenException", "expired"), "sign in again"),
        (Fault(403, "UnrecognizedClientException", "bad token"), "sign in again"),
    ],
)
def test_what_does_not_pass_is_said_and_not_tried_again(fault: Fault, says: str) -> None:
    found, _, requests = asked(lambda request: fault)
    assert isinstance(found, ModelAccessError)
    assert says in str(found)
    assert len(requests) == 1


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    found, _, requests = asked(lambda request: Answer(tools=[DONE]))
    assert isinstance(found, ModelAccessError)
    assert "credentials" in str(found)
    assert not requests


def test_the_next_model_is_asked_when_the_first_can_t_be() -> None:
    names = f"{MODEL},bedrock:amazon.nova-pro-v1:0"

    def script(request: Request) -> Scripted:
        return Fault(403, "AccessDeniedException", "no") if "claude" in request.model else Answer(tools=[DONE])

    found, seat, _ = asked(script, names=names)
    assert found == Yes(answer="yes", end="END")
    assert seat.asked == ["bedrock:amazon.nova-pro-v1:0"]


def test_a_full_context_makes_room_once() -> None:
    def script(request: Request) -> Scripted:
        texts = [result.text for result in request.tool_results]
        if request.turn == 0:
            return Answer(tools=[("look", {})])
        if texts and "left out" not in texts[0]:
            return Fault(400, "ValidationException", "Input is too long for requested model.")
        return Answer(tools=[DONE])

    found, _, requests = asked(script)
    assert found == Yes(answer="yes", end="END")
    assert len(requests) == 3


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        (Bounds(calls=3), "--budget-calls"),
        (Bounds(tokens=1_200), "--budget-tokens"),
        (Bounds(usd=0.02), "--budget-usd"),
        (Bounds(reads=2), "look-ups"),
    ],
)
def test_every_bound_ends_a_loop(bounds: Bounds, says: str) -> None:
    found, seat, requests = asked(lambda request: Answer(tools=[("look", {})]), bounds=bounds)
    assert isinstance(found, BoundReachedError)
    assert says in str(found)
    assert 1 < len(requests) < 20
    assert seat.budget.use.input_tokens + seat.budget.use.output_tokens <= bounds.tokens


def test_time_is_a_bound() -> None:
    ticks = count(0, 100)
    with serve(lambda request: Answer(tools=[("look", {})])) as server:
        seat = seat_at(server.url)
        seat.budget = Budget(Bounds(seconds=250.0), clock=lambda: float(next(ticks)), ceiling=CEILING)
        with pytest.raises(BoundReachedError, match="250 seconds"):
            hold_conversation(seat, TASK)


def test_the_last_call_is_announced() -> None:
    def script(request: Request) -> Scripted:
        return Answer(tools=[DONE]) if "last call" in request.last_text else Answer(tools=[("look", {})])

    assert asked(script, bounds=Bounds(calls=4))[0] == Yes(answer="yes", end="END")


def test_a_review_is_heard_twice_and_then_the_last_form_counts() -> None:
    heard: list[Yes] = []

    def review(form: Yes) -> str:
        heard.append(form)
        return "not yes enough"

    with serve(lambda request: Answer(tools=[DONE])) as server:
        found = hold_conversation(seat_at(server.url), Task("system", "brief", Yes, "Submits.", review=review)).form
        assert found == Yes(answer="yes", end="END")
        assert len(heard) == 3
        told = [result.text for request in server.requests for result in request.tool_results]
        assert told == ["not yes enough"] * 2


def test_no_schema_has_bounds_references_or_defaults() -> None:
    from gonogo.agents.submission import Submission
    from gonogo.agents.writing import GivenProse

    def keys(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node
            for value in node.values():
                yield from keys(value)
        elif isinstance(node, list):
            for item in node:
                yield from keys(item)

    for form in (Submission, GivenProse):
        schema = submit_tool(form, "Submits.")["function"]["parameters"]
        found = set(keys(schema))
        assert not found & {
            "$ref",
            "$defs",
            "default",
            "anyOf",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "minItems",
        }
        assert schema["required"][-1] == "end"
        assert set(schema["required"]) == set(schema["properties"])


def test_a_guardrail_s_warnings_are_kept() -> None:
    assessment = {
        "contentPolicy": {"filters": [{"type": "VIOLENCE", "action": "NONE", "detected": True, "confidence": "LOW"}]},
        "wordPolicy": {"customWords": [{"match": "hush", "action": "BLOCKED", "detected": True}]},
    }
    trace = {"guardrail": {"inputAssessment": {"gr": assessment}}}
    _, seat, _ = asked(lambda request: Answer(tools=[DONE], trace=trace))
    assert seat.warnings == {("content: VIOLENCE", Action.WARN): 1, ("word", Action.BLOCK): 1}


def test_caching_is_asked_of_models_that_have_it() -> None:
    for name, cached in (
        (MODEL, True),
        ("bedrock:amazon.nova-pro-v1:0", True),
        ("bedrock:us.meta.llama3-3-70b-instruct-v1:0", False),
    ):
        found, _, requests = asked(lambda request: Answer(tools=[DONE]), names=name)
        assert isinstance(found, Yes)
        assert ("cachePoint" in str(requests[0].body)) is cached
        assert "toolChoice" not in requests[0].body["toolConfig"], "newer models refuse a forced choice"


@pytest.mark.parametrize(
    "name",
    [
        "us.anthropic.claude-opus-5-5",
        "amazon.nova-lite-v1:0",
        "mistral.mistral-large-2407-v1:0",
        "us.meta.llama3-3-70b-instruct-v1:0",
    ],
)
def test_every_family_submits_by_an_ordinary_tool(name: str) -> None:
    assert asked(lambda request: Answer(tools=[DONE]), names=f"bedrock:{name}")[0] == Yes(answer="yes", end="END")


def test_variables_that_reroute_are_out_of_force(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(lambda request: Answer(tools=[DONE])) as trap, serve(lambda request: Answer(tools=[DONE])) as server:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, trap.url)
        monkeypatch.setenv("LANGSMITH_GATEWAY", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "x")
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        assert hold_conversation(seat_at(server.url), Task("system", "brief", Yes, "Submits.")).form.answer == "yes"
        assert len(server.requests) == 1
        assert not trap.requests
        own = open_models(ModelChoice(read_models(MODEL), region="eu-west-1"))[0].chat
        assert getattr(own, "endpoint_url", None) == "https://bedrock-runtime.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("text", ["", "claude", "bedrock:", ":x", "Bedrock:x", "bedrock:a b", "bedrock:x,,"])
def test_what_names_no_model_is_said(text: str) -> None:
    with pytest.raises(ModelAccessError, match="PROVIDER:NAME"):
        read_models(text)


@pytest.mark.parametrize("text", ["abc", "abc:", ":1", "abc:0", "abc:draft", "ABC:1"])
def test_what_names_no_guardrail_is_said(text: str) -> None:
    with pytest.raises(ModelAccessError, match="ID:VERSION"):
        read_guardrail(text)
