"""Where the target calls a language model. Needs: code, terraform, cloudformation, dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gonogo.checks import cloud
from gonogo.checks.called import calls_by_method, imports_of
from gonogo.checks.derived import derived
from gonogo.facts import Facts
from gonogo.facts.code import Call, CodeFile
from gonogo.model.evidence import Place

NEEDS = ("code", "terraform", "cloudformation", "dependencies")


class Use(StrEnum):
    """What a call asks of a model."""

    TEXT = "text"
    AGENT = "agent"
    """A framework's agent, which calls the model in a loop."""
    EMBEDDING = "embedding"


@dataclass(frozen=True)
class ModelCall:
    """One path to a model: an invocation, the construction of a client, or, failing both, the import of its library."""

    at: Place
    library: str
    use: Use
    call: Call | None = None
    service: bool = True
    """Whether a server, consumer or function runs it (scripts and evaluations do not)."""


_CREATE = re.compile(r"(?:chat\.completions|responses|messages|completions)\.(?:create|parse|stream)$")
_METHODS = {
    "create": Use.TEXT,
    "parse": Use.TEXT,
    "stream": Use.TEXT,
    "converse": Use.TEXT,
    "converse_stream": Use.TEXT,
    "invoke_model": Use.TEXT,
    "invoke_model_with_response_stream": Use.TEXT,
    "retrieve_and_generate": Use.TEXT,
    "invoke_flow": Use.TEXT,
    "invoke_agent": Use.AGENT,
    "invoke_inline_agent": Use.AGENT,
    "invoke_agent_runtime": Use.AGENT,
    "ConverseCommand": Use.TEXT,
    "ConverseStreamCommand": Use.TEXT,
    "InvokeModelCommand": Use.TEXT,
    "InvokeModelWithResponseStreamCommand": Use.TEXT,
    "RetrieveAndGenerateCommand": Use.TEXT,
    "InvokeAgentCommand": Use.AGENT,
    "InvokeAgentRuntimeCommand": Use.AGENT,
    "generate_content": Use.TEXT,
    "generate_content_async": Use.TEXT,
    "generate_content_stream": Use.TEXT,
    "generateContent": Use.TEXT,
    "generateContentStream": Use.TEXT,
    "generateText": Use.TEXT,
    "streamText": Use.TEXT,
    "generateObject": Use.TEXT,
    "streamObject": Use.TEXT,
    "completion": Use.TEXT,
    "acompletion": Use.TEXT,
    "chat_completion": Use.TEXT,
    "text_generation": Use.TEXT,
    "call": Use.TEXT,
    "chat": Use.TEXT,
    "generate": Use.TEXT,
    "GenerateContent": Use.TEXT,
    "CreateChatCompletion": Use.TEXT,
    "CreateChatCompletionStream": Use.TEXT,
    "InvokeModel": Use.TEXT,
    "Converse": Use.TEXT,
    "create_agent": Use.AGENT,
    "create_react_agent": Use.AGENT,
    "createReactAgent": Use.AGENT,
    "createAgent": Use.AGENT,
    "create_supervisor": Use.AGENT,
    "create_swarm": Use.AGENT,
    "create_deep_agent": Use.AGENT,
    "create_tool_calling_agent": Use.AGENT,
    "create_openai_functions_agent": Use.AGENT,
    "initialize_agent": Use.AGENT,
    "AgentExecutor": Use.AGENT,
    "Agent": Use.AGENT,
    "LlmAgent": Use.AGENT,
    "Crew": Use.AGENT,
    "AssistantAgent": Use.AGENT,
    "CodeAgent": Use.AGENT,
    "ToolCallingAgent": Use.AGENT,
    "ReActAgent": Use.AGENT,
    "FunctionAgent": Use.AGENT,
    "ChatCompletionAgent": Use.AGENT,
}
"""Methods and classes that call a model, where their name or their file's imports say so too."""
_SPRING = ("org.springframework.ai.chat.client.", "org.springframework.ai.chat.model.", "dev.langchain4j.")
_HEADS = {
    "call": _SPRING,
    "stream": _SPRING,
    "chat": ("dev.langchain4j.", "ollama.", "cohere.", "mistralai."),
    "generate": ("dev.langchain4j.", "ollama.", "cohere.", "github.com/tmc/langchaingo"),
    "GenerateContent": (
        "google.golang.org/genai",
        "github.com/google/generative-ai-go",
        "cloud.google.com/go/vertexai",
    ),
    "InvokeModel": ("github.com/aws/aws-sdk-go-v2/service/bedrockruntime", "software.amazon.awssdk.services.bedrock"),
    "Converse": ("github.com/aws/aws-sdk-go-v2/service/bedrockruntime",),
    "generateText": ("ai.",),
    "streamText": ("ai.",),
    "generateObject": ("ai.",),
    "streamObject": ("ai.",),
    "completion": ("litellm.",),
    "acompletion": ("litellm.",),
    "Agent": (
        "crewai.",
        "pydantic_ai.",
        "agents.",
        "strands.",
        "google.adk.",
        "agno.",
        "@mastra/",
        "@openai/agents.",
        "haystack.",
    ),
    "Crew": ("crewai.",),
    "LlmAgent": ("google.adk.",),
    "createAgent": ("langchain", "@langchain/", "@inngest/"),
}
"""Where a method is too common a word, what its full name begins with."""
_MODEL_CLASS = re.compile(
    r"^(?:langchain|@langchain/|llama_index\.|llamaindex)[\w./-]*\.(?:Azure|Bedrock)?(?:Chat(?!Prompt|Message|History|Agent|Result|Generation)\w+"
    r"|OpenAI|Anthropic|Ollama|BedrockConverse|BedrockLLM|GoogleGenerativeAI|Gemini|Groq|LiteLLM|HuggingFaceHub|HuggingFaceEndpoint)$"
    r"|\.init_chat_model$|^(?:transformers\.AutoModelForCausalLM\.from_pretrained|vllm\.LLM|llama_cpp\.Llama|dspy\.LM|ollama\.(?:chat|generate))$"
)
_EMBEDS = re.compile(r"(?i)embed")
_ENDPOINT = re.compile(
    r"chat/completions|/v1/messages\b|/v1/completions\b|/v1/responses\b|:(?:stream)?[gG]enerateContent|/api/(?:generate|chat)\b"
    r"|api\.(?:openai|anthropic|groq|mistral|deepseek|cohere|together|x|perplexity|fireworks)\.(?:com|ai|xyz)\b"
    r"|generativelanguage\.googleapis|openrouter\.ai|openai\.azure\.com|bedrock-runtime|/embeddings\b|/openai/deployments"
)
"""Addresses of models, for code that calls them over plain HTTP."""
_LIBRARIES = (
    "openai",
    "anthropic",
    "@anthropic-ai/sdk",
    "@anthropic-ai/bedrock-sdk",
    "@anthropic-ai/claude-agent-sdk",
    "claude_agent_sdk",
    "@google/generative-ai",
    "@google/genai",
    "google.generativeai",
    "google.genai",
    "vertexai.generative_models",
    "vertexai.language_models",
    "@google-cloud/vertexai",
    "@aws-sdk/client-bedrock-runtime",
    "@aws-sdk/client-bedrock-agent-runtime",
    "cohere",
    "cohere-ai",
    "mistralai",
    "@mistralai/mistralai",
    "groq",
    "groq-sdk",
    "together",
    "replicate",
    "ollama",
    "litellm",
    "langchain_openai",
    "langchain_anthropic",
    "langchain_aws",
    "langchain_google_genai",
    "langchain_google_vertexai",
    "langchain_ollama",
    "langchain_groq",
    "@langchain/openai",
    "@langchain/anthropic",
    "@langchain/aws",
    "@langchain/google-genai",
    "llama_index.llms",
    "crewai",
    "autogen",
    "autogen_agentchat",
    "pydantic_ai",
    "semantic_kernel",
    "strands",
    "smolagents",
    "dspy",
    "instructor",
    "google.adk",
    "@openai/agents",
    "@mastra/core",
    "org.springframework.ai.chat",
    "org.springframework.ai.openai",
    "dev.langchain4j",
    "com.openai",
    "com.theokanning.openai",
    "com.azure.ai.openai",
    "software.amazon.awssdk.services.bedrockruntime",
    "software.amazon.awssdk.services.bedrockagentruntime",
    "github.com/sashabaranov/go-openai",
    "github.com/openai/openai-go",
    "github.com/anthropics/anthropic-sdk-go",
    "github.com/tmc/langchaingo/llms",
    "google.golang.org/genai",
    "github.com/google/generative-ai-go",
    "cloud.google.com/go/vertexai",
    "github.com/ollama/ollama/api",
    "github.com/aws/aws-sdk-go-v2/service/bedrockruntime",
    "github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime",
)
_FOREIGN = (
    "azure.ai.openai",
    "microsoft.semantickernel",
    "openai",
    "ruby-openai",
    "ruby_llm",
    "langchainrb",
    "openai-php/client",
    "openai-php/laravel",
    "prism-php/prism",
    "async-openai",
    "anthropic-sdk",
    "microsoft.extensions.ai",
    "microsoft.extensions.ai.openai",
    "awssdk.bedrockruntime",
)
"""Dependencies that tell it for languages that are not parsed."""
_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:evals?|evaluations?|evaluators?|benchmarks?|notebooks?|experiments?|scripts|seeds?|seeder|tools/dev)(?:/|$)"
)


@derived(*NEEDS)
def model_calls(facts: Facts) -> tuple[ModelCall, ...]:
    """Every path of reached code to a model, one for each function; of services where any of them does."""
    found: dict[tuple[str, str], ModelCall] = {}
    covered: set[str] = set()
    for call, use in (*_invocations(facts), *_requests(facts), *_constructions(facts)):
        file = facts.code.file(call.at.path)
        key = (call.at.path, call.function or str(call.at.line))
        if key in found and found[key].use is not Use.EMBEDDING:
            continue
        if _is_construction(call) and call.at.path in covered:
            continue
        covered.add(call.at.path)
        kind = Use.EMBEDDING if use is Use.TEXT and _embeds(call) else use
        found[key] = ModelCall(call.at, _library(call.name), kind, call, _serves(file))
    for item in () if found else imports_of(facts, *_LIBRARIES):
        if item.at.path not in covered and not item.local:
            covered.add(item.at.path)
            found[item.at.path, ""] = ModelCall(
                item.at, item.module, Use.TEXT, None, _serves(facts.code.file(item.at.path))
            )
    every = sorted(found.values(), key=lambda one: (one.at.path, one.at.line))
    return tuple([one for one in every if one.service] or every)


def text_calls(facts: Facts) -> tuple[ModelCall, ...]:
    """Paths on which a model writes text or acts; embeddings left out."""
    return tuple(call for call in model_calls(facts) if call.use is not Use.EMBEDDING)


def model_resources(facts: Facts) -> tuple[Place, ...]:
    """Agents and endpoints that infrastructure code makes. Guardrails and logging alone are no use of a model."""
    types = ("aws_bedrockagent_agent", "aws_bedrockagent_knowledge_base", "aws_bedrockagentcore_agent_runtime")
    return tuple(
        r.at for r in cloud.deciding(facts, *types, "azurerm_cognitive_deployment", "google_vertex_ai_endpoint")
    )


def foreign_uses(facts: Facts) -> tuple[Place, ...]:
    """Model libraries among the dependencies of code that is not parsed."""
    if not facts.code.foreign:
        return ()
    found = facts.dependencies.depending_on(*_FOREIGN)
    parsed = ("python", "node", "go", "java")
    return tuple(d.at for component, d in found if d.group == "runtime" and component.ecosystem.value not in parsed)


def _invocations(facts: Facts) -> Iterator[tuple[Call, Use]]:
    index = calls_by_method(facts)
    for method, use in _METHODS.items():
        for call in index.get(method, ()):
            if _is_model_call(facts, call, method):
                yield call, use


def _is_model_call(facts: Facts, call: Call, method: str) -> bool:
    if method in ("create", "parse", "stream") and _CREATE.search(call.name):
        return _from_library(facts, call)
    if heads := _HEADS.get(method):
        return call.name.startswith(heads) and not _is_local(facts, call)
    if method in ("create", "parse"):
        return False
    if method.startswith(("invoke_", "generate_content", "generateContent", "chat_completion")):
        return True
    if method in ("AgentExecutor", "text_generation") or method.startswith(("create", "Assistant", "Code", "ReAct")):
        return not _is_local(facts, call) or method in ("AgentExecutor", "create_react_agent")
    return True


def _from_library(facts: Facts, call: Call) -> bool:
    """``client.messages.create`` is also how Twilio sends a text message."""
    if "chat.completions" in call.name or re.search(r"(?i)openai|anthropic|groq|mistral|together|litellm", call.name):
        return True
    file = facts.code.file(call.at.path)
    return file is not None and bool(file.imports_of("openai", "anthropic", "@anthropic-ai/sdk", "groq", "groq-sdk"))


def _is_local(facts: Facts, call: Call) -> bool:
    file = facts.code.file(call.at.path)
    head = call.raw.partition(".")[0]
    return file is not None and any(i.local and head in (i.alias, i.name) for i in file.imports)


def _requests(facts: Facts) -> Iterator[tuple[Call, Use]]:
    """Calls over plain HTTP: the address stands in the call, or in a file that calls a variable address."""
    for client in facts.code.clients:
        if client.kind not in ("http", "browser") or not client.call.arguments:
            continue
        texts = [argument.text for argument in client.call.arguments[:2]]
        url = next((text for text in texts if _ENDPOINT.search(text)), "")
        sends = client.library == "java.net.http"
        if not url and (sends or re.fullmatch(r"[\w.]*(?:[uU]rl|URL|[eE]ndpoint|uri)\w*", texts[0], re.IGNORECASE)):
            url = _endpoint_of(facts, client.at)
        if url:
            yield client.call, Use.EMBEDDING if _EMBEDS.search(url) else Use.TEXT


def _endpoint_of(facts: Facts, at: Place) -> str:
    """The model's address that the lines before a call with a variable address name."""
    lines = facts.repository.lines(at.path)[max(0, at.line - 60) : at.line]
    return next((line for line in reversed(lines) if _ENDPOINT.search(line) and "import" not in line), "")


def _constructions(facts: Facts) -> Iterator[tuple[Call, Use]]:
    for calls in calls_by_method(facts).values():
        yield from ((call, Use.TEXT) for call in calls if _is_construction(call))


def _is_construction(call: Call) -> bool:
    return bool(_MODEL_CLASS.search(call.name)) and not call.name.startswith("langchain_core.")


def _embeds(call: Call) -> bool:
    return bool(_EMBEDS.search(call.name) or _EMBEDS.search(call.function.rpartition(".")[2]))


def _library(name: str) -> str:
    return name.partition(".")[0] if not name.startswith("@") else "/".join(name.split("/")[:2]).partition(".")[0]


def _serves(file: CodeFile | None) -> bool:
    return file is not None and file.service and not _ASIDE.search(file.path.rpartition("/")[0] + "/")
