"""The scripted model without HTTP, for sweeps of thousands of runs: the scripts of ``tests.bedrock`` see the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    merge_message_runs,
)
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from tests.bedrock import Answer, Cut, Fault, Hang, Request, Script, Scripted
from tests.bedrock_wire import dump

MODEL = "us.anthropic.claude-sonnet-5-5"
# What langchain-aws sends where a message has no text, since Bedrock refuses empty content.
NOTHING = "."


class ScriptedModel(BaseChatModel):
    """Answers as ChatBedrockConverse does at ``tests.bedrock.serve`` with the same script, also with its errors.

    A ``Fault`` is a ClientError, a ``Hang`` a ReadTimeoutError at once, a ``Cut`` the ValueError by which botocore and
    langchain-aws tell of a body that is no JSON. Streams, guardrails and raw bodies need the server.
    """

    script: Script
    model_id: str = MODEL
    max_tokens: int | None = None
    guardrail_config: dict[str, Any] | None = None
    _came: list[Request] = PrivateAttr(default_factory=list)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def requests(self) -> tuple[Request, ...]:
        """All that was asked so far, in the order of arrival."""
        with self._lock:
            return tuple(self._came)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        config: dict[str, Any] = {"tools": [_tool(tool, strict) for tool in tools]}
        if tool_choice in ("auto", "any"):
            config["toolChoice"] = {tool_choice: {}}
        elif tool_choice:
            config["toolChoice"] = tool_choice if isinstance(tool_choice, dict) else {"tool": {"name": tool_choice}}
        return self.bind(tool_config=config, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if unknown := sorted(set(kwargs) - {"tool_config", "max_tokens"}):
            raise TypeError(f"the scripted model does not know {', '.join(unknown)}")
        body = converse_body(messages)
        inference = {"maxTokens": kwargs.get("max_tokens", self.max_tokens), "stopSequences": stop}
        body["inferenceConfig"] = {name: value for name, value in inference.items() if value is not None}
        more = {"toolConfig": kwargs.get("tool_config"), "guardrailConfig": self.guardrail_config}
        body |= {name: value for name, value in more.items() if value}
        if "toolConfig" not in body and any("toolUse" in b or "toolResult" in b for b in _all_blocks(body)):
            raise ValueError("the conversation has tool calls, but no tools are bound")
        request = Request(self.model_id, "converse", body)
        with self._lock:
            self._came.append(request)
        response = _response(self.script(request), request)
        return ChatResult(generations=[ChatGeneration(message=_message(response, self.model_id))])


def converse_body(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """``messages`` and ``system`` of a Converse request, as langchain-aws makes them of text, calls and results."""
    told: list[dict[str, Any]] = []
    system: list[dict[str, Any]] = []
    for message in _merged(messages):
        content = _blocks(message.content)
        match message:
            case SystemMessage():
                system += content
                continue
            case AIMessage():
                told.append({"role": "assistant", "content": _with_calls(content, message)})
                continue
            case HumanMessage():
                pass
            case ToolMessage():
                inner = [block for block in content if "cachePoint" not in block] or [{"text": NOTHING}]
                result = {"toolUseId": message.tool_call_id, "content": inner, "status": message.status}
                content = [{"toolResult": result}, *(block for block in content if "cachePoint" in block)]
            case _:
                raise TypeError(f"no Converse message for {type(message).__name__}")
        if told and told[-1]["role"] == "user":
            told[-1]["content"] += content
        else:
            told.append({"role": "user", "content": content})
    return {"messages": told or [{"role": "user", "content": [{"text": NOTHING}]}], "system": system}


def _merged(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    """Neighbours of one type are one message; merging copies, so it is not done where there are none."""
    pairs = itertools.pairwise(messages)
    has_run = any(type(a) is type(b) and not isinstance(b, ToolMessage) for a, b in pairs)
    return merge_message_runs(messages) if has_run else messages


def _blocks(content: str | list[str | dict[Any, Any]]) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"text": content if content.strip() else NOTHING}]
    made = [_block(block) for block in content] or [{"text": NOTHING}]
    return [block for block in made if block.get("text", True)]


def _block(block: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(block, str):
        return {"text": block}
    match block.get("type"):
        case None:
            return block
        case "text":
            return {"text": block["text"] if block["text"].strip() else NOTHING}
        case "json":
            return {"json": block["json"]}
        case "tool_use":
            given = block["input"] if isinstance(block["input"], dict) else {}
            return {"toolUse": {"toolUseId": block["id"], "name": block["name"], "input": given}}
    raise ValueError(f"the scripted model does not speak {block['type']} blocks")


def _with_calls(content: list[dict[str, Any]], message: AIMessage) -> list[dict[str, Any]]:
    """Tool calls of a message stand in its content already, or are added at its end."""
    if message.tool_calls and content == [{"text": NOTHING}]:
        content = []
    there = {block["toolUse"]["toolUseId"]: block["toolUse"] for block in content if "toolUse" in block}
    for call in message.tool_calls:
        use = {"toolUseId": call["id"], "name": call["name"], "input": call["args"]}
        if call["id"] in there:
            there[call["id"]].update(use)
        else:
            content.append({"toolUse": use})
    return content or [{"text": NOTHING}]


def _all_blocks(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [block for message in body["messages"] for block in message["content"]]


def _tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    if isinstance(tool, dict) and ("toolSpec" in tool or "cachePoint" in tool):
        return tool
    spec = convert_to_openai_tool(tool, strict=strict)["function"]
    made = {name: value for name, value in spec.items() if name != "parameters"}
    made["description"] = spec.get("description") or spec["name"]
    return {"toolSpec": made | {"inputSchema": {"json": _without_null(spec["parameters"])}}}


def _without_null(schema: Any) -> Any:
    """langchain-aws says of an optional parameter only what it is when it is there: Bedrock bounds the unions."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for name, value in schema.items():
        kept = [v for v in value if v != {"type": "null"}] if name == "anyOf" and isinstance(value, list) else []
        if len(kept) == 1:
            made |= _without_null(kept[0])
        else:
            made[name] = _without_null(kept or value)
    return made


def _response(made: Scripted, request: Request) -> dict[str, Any]:
    match made:
        case Answer(raw=None):
            return made.response(request)
        case Cut(answer=Answer(raw=None) as answer):
            body = dump(answer.response(request))
            if body[: made.at] != body:
                body[: made.at].decode()
                raise ValueError("No 'output' key found in the response from the Bedrock Converse API.")
            return answer.response(request)
        case Fault():
            _raise_fault(made)
        case Hang():
            from botocore.exceptions import ReadTimeoutError

            raise ReadTimeoutError(endpoint_url="http://scripted")
    raise TypeError(f"the script answered with {type(made).__name__}, which needs the server")


def _raise_fault(fault: Fault) -> NoReturn:
    from botocore.exceptions import ClientError
    from langchain_aws.chat_models.bedrock_converse import BedrockContextOverflowError

    is_overflow = fault.code == "ValidationException" and "is too long" in fault.message
    kind = BedrockContextOverflowError if is_overflow else ClientError
    told = {"Code": fault.code, "Message": fault.message}
    raise kind({"Error": told, "ResponseMetadata": {"HTTPStatusCode": fault.status}}, "Converse")


def _message(response: Mapping[str, Any], model: str) -> AIMessage:
    content: list[str | dict[str, Any]] = []
    calls = []
    for block in response["output"]["message"]["content"]:
        if use := block.get("toolUse"):
            calls.append(tool_call(name=use["name"], args=use["input"], id=use["toolUseId"]))
            content.append({"type": "tool_use", "name": use["name"], "input": use["input"], "id": use["toolUseId"]})
        else:
            content.append({"type": "text", "text": block["text"]})
    is_text = len(content) == 1 and not calls
    metadata = {name: response[name] for name in ("stopReason", "trace") if name in response}
    metadata |= {"metrics": {"latencyMs": [1]}, "model_provider": "bedrock_converse", "model_name": model}
    return AIMessage(
        content=response["output"]["message"]["content"][0]["text"] if is_text else content,
        tool_calls=calls,
        usage_metadata=_usage(response["usage"]),
        response_metadata=metadata,
    )


def _usage(usage: Mapping[str, int]) -> UsageMetadata:
    read, written = usage.get("cacheReadInputTokens", 0), usage.get("cacheWriteInputTokens", 0)
    return UsageMetadata(
        input_tokens=usage["inputTokens"] + read + written,
        output_tokens=usage["outputTokens"],
        total_tokens=usage["totalTokens"],
        input_token_details=InputTokenDetails(cache_read=read, cache_creation=written),
    )
