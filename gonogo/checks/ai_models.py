"""How models are run: pinned, resilient, bounded, budgeted, traced, logged."""

from __future__ import annotations

import re

from gonogo.checks import cloud, scope
from gonogo.checks.ai_guardrails import in_prose, no_model
from gonogo.checks.called import calls_of, imports_of
from gonogo.checks.model_agents import agents
from gonogo.checks.model_coverage import Marks, coverage, named
from gonogo.checks.model_use import ModelCall, model_calls, text_calls
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_NAME = re.compile(
    r"^(?:[\w-]+[/.:])*(?:gpt-|o[134](?:-|$)|claude-|gemini-|mistral-|mixtral|llama|text-embedding|command-|deepseek|qwen|titan"
    r"|nova-|grok-|phi-|chatgpt)[\w.:-]*$",
    re.IGNORECASE,
)
_PINNED = re.compile(r"20\d\d-?[01]\d-?[0-3]\d|-v\d+:\d+$|-00\d$|@sha256:|-\d{4}$")
_FIELDS = ("model", "model_id", "modelId", "model_name", "deployment", "azure_deployment", "foundation_model")
_TRACERS = (
    "langfuse",
    "langsmith",
    "traceloop",
    "openinference",
    "phoenix",
    "opik",
    "helicone",
    "logfire",
    "mlflow",
    "@langfuse/tracing",
    "@traceloop/node-server-sdk",
    "opentelemetry.instrumentation.openai",
    "opentelemetry.instrumentation.langchain",
)
_BUDGETS = (
    "max_budget",
    "token_budget*",
    "tokenBudget*",
    "BudgetManager",
    "UsageLimits",
    "daily_token*",
    "spend limit",
    "cost_limit*",
)
_BOUNDS = (
    "recursion_limit",
    "recursionLimit",
    "max_iterations",
    "maxIterations",
    "max_turns",
    "maxTurns",
    "maxSteps",
    "max_steps",
)
_TIMES = ("timeout", "max_execution_time", "request_timeout", "abortSignal", "maxDuration")
_TOKENS = ("max_tokens", "maxTokens", "max_output_tokens", "maxOutputTokens", "max_completion_tokens", "num_predict")
_FALLBACKS = ("with_fallbacks", "withFallbacks", "ModelFallbackMiddleware", "modelFallbackMiddleware", "FallbackModel")
_LIMITERS = (
    "InMemoryRateLimiter",
    "AsyncLimiter",
    "RateLimiter",
    "Bottleneck",
    "pLimit",
    "Semaphore",
    "BoundedSemaphore",
)
_CLOUD_TYPES = (
    "aws_bedrockagent_agent",
    "aws_bedrockagent_knowledge_base",
    "aws_bedrock_guardrail",
    "azurerm_cognitive_deployment",
)


def llm_model_pinned(facts: Facts) -> Outcome:
    """Each model is named with a version that stays."""
    if not scope.language_models(facts):
        return no_model(facts)
    found = _models(facts)
    floating = {name: place for name, place in found.items() if not _PINNED.search(name)}
    if floating:
        problems = [
            Problem(f"{name} is an alias that moves to newer versions", place) for name, place in floating.items()
        ]
        return failed(
            f"{len(floating)} of {counted(len(found), 'model')} named without a version: {listed(floating)}", *problems
        )
    if prose := in_prose(facts, "no model or version is named for them"):
        return prose
    if not found:
        return unverified(
            "models are chosen by settings whose values are not in the files", *(c.at for c in model_calls(facts))
        )
    if unnamed := [call for call in text_calls(facts) if _unknown_model(call)]:
        return unverified(
            f"named models are pinned ({listed(found)}); others come from settings: {named(unnamed)}", *found.values()
        )
    return passed(f"each model is named with its version: {listed(found)}", *found.values())


def _models(facts: Facts) -> dict[str, Place]:
    """Names of models that reached code or infrastructure gives, with their first place."""
    found: dict[str, Place] = {}
    paths = {call.at.path for call in model_calls(facts)}
    for file in facts.code.files:
        if not file.reached or not paths:
            continue
        for assignment in file.assignments:
            if "model" in assignment.name.lower() and assignment.value.literal:
                _keep(found, assignment.value.value, assignment.at)
        for read in file.env:
            if "model" in read.name.lower():
                _keep(found, read.fallback, read.at)
        if file.path in paths:
            for call in file.calls:
                if (argument := call.argument(*_FIELDS)) and argument.literal:
                    _keep(found, argument.value, call.at)
    own = [facts.repository.by_path[path] for path in sorted(paths) if path in facts.repository.by_path]
    for place in facts.repository.grep(_QUOTED, own):
        match = _QUOTED.search(facts.repository.lines(place.path)[place.line - 1])
        _keep(found, match["name"] if match else None, place)
    for resource in cloud.deciding(facts, "aws_bedrockagent_agent"):
        _keep(found, resource.get("foundation_model"), resource.place("foundation_model"))
    return found


_QUOTED = re.compile(
    r"(?i)model\w*[\"']?\s*(?::\s*(?:string|str)\s*)?(?:=|:|\?\?|\|\|)[^\"'\n]{0,40}[\"'](?P<name>[\w./:@-]+)[\"']"
)


def _keep(found: dict[str, Place], value: object, place: Place) -> None:
    if isinstance(value, str) and _NAME.match(value):
        found.setdefault(value, place)


def _unknown_model(call: ModelCall) -> bool:
    argument = call.call.argument(*_FIELDS) if call.call else None
    return argument is None or not argument.literal


def model_resilience(facts: Facts) -> Outcome:
    """Model calls have timeouts, retries, limits and another model to fall back to."""
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, "no timeout, retry, limit or fallback of their model calls is configured"):
        return prose
    clients = {str(client.at): client for client in facts.code.clients}
    calls = text_calls(facts)
    untimed = [c for c in calls if (k := clients.get(str(c.at))) and k.timeout == "none"]
    untried = [c for c in calls if (k := clients.get(str(c.at))) and k.retries == "none"]
    fallback = [call.at for call in calls_of(facts, *_FALLBACKS)]
    fallback += [c.at for c in calls if c.call and c.call.argument("fallbacks", "fallback_models")]
    limits = [call.at for call in calls_of(facts, *_LIMITERS)]
    lacking = [f"no timeout at {named(untimed)}"] if untimed else []
    lacking += [f"no retries at {named(untried)}"] if untried else []
    lacking += [] if fallback else ["no fallback model"]
    lacking += [] if limits else ["no limit of the call rate"]
    searched = Searched((*_FALLBACKS, *_LIMITERS), "reached code", len(facts.code.files))
    if lacking:
        problems = [
            Problem(f"a model is called: {'; '.join(lacking)}", call.at) for call in (untimed or untried or calls)
        ]
        return failed("; ".join(lacking), *problems, searched=(searched,))
    return unverified(
        "fallbacks and limits are there; whether each model call has them is not shown", *fallback, *limits
    )


def llm_loop_bounds(facts: Facts) -> Outcome:
    """Agents end: by steps, by time and by tokens."""
    if not scope.language_models(facts):
        return no_model(facts)
    found = agents(facts)
    if not found:
        return not_applicable("no agent: models are called once for each request")
    if prose := in_prose(facts, "no bound of steps, time or tokens stops them"):
        return prose
    own = [agent for agent in found if agent.kind == "code"]
    if not own:
        return unverified(
            "the service that runs the agents bounds them by quotas that files do not show", *(a.at for a in found)
        )
    files = [
        facts.repository.by_path[p] for p in sorted({a.at.path for a in own} | {c.at.path for c in model_calls(facts)})
    ]
    lacking, shown = [], []
    for what, words in (("steps", _BOUNDS), ("time", _TIMES), ("tokens", _TOKENS)):
        hits = facts.repository.search(words, files, where="the files of agents", most=3).hits
        shown += list(hits)
        lacking += [] if hits else [what]
    if lacking:
        names = listed(agent.name for agent in own)
        problems = [Problem(f"{agent.name} has no bound of {' or '.join(lacking)}", agent.at) for agent in own]
        return failed(f"no bound of {' or '.join(lacking)} for {names}", *problems)
    return unverified(
        "bounds of steps, time and tokens are there; whether each agent has all of them is not shown", *shown
    )


def llm_token_budget(facts: Facts) -> Outcome:
    """Token spend is limited and alerted on."""
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, "nothing limits or watches the tokens that they spend"):
        return prose
    files = facts.repository.match("*.py", "*.ts", "*.js", "*.go", "*.java", "*.yaml", "*.yml", "*.tf")
    found = facts.repository.search(_BUDGETS, files, where="code and configuration")
    budgets = cloud.resources(facts, "aws_budgets_budget")
    if found or budgets:
        return unverified(
            "budgets are named; whether they cover the models is not shown", *found.hits[:5], *(b.at for b in budgets)
        )
    if _is_managed(facts) and not _other_providers(facts):
        return unverified("no budget is in the files; the cloud account may have one", searched=(found,))
    problems = [Problem("tokens are spent without a budget or an alert", call.at) for call in text_calls(facts)[:1]]
    return failed("no token budget, spend limit or alert on it", *problems, searched=(found,))


def llm_tracing(facts: Facts) -> Outcome:
    """Each model call is traced with tokens and cost, redacted, and kept for a stated time."""
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, "their model calls are not traced"):
        return prose
    calls = text_calls(facts)
    found = coverage(facts, calls, Marks(libraries=_TRACERS, methods=("CallbackHandler", "observe")))
    tracers = imports_of(facts, *_TRACERS)
    if not tracers:
        problems = [Problem("a model call is not traced with tokens and cost", call.at) for call in calls]
        return failed(
            f"none of {counted(len(calls), 'path')} to a model is traced by a tool for it",
            *problems,
            searched=(found.searched,),
        )
    files = [facts.repository.by_path[i.at.path] for i in tracers if i.at.path in facts.repository.by_path]
    masked = facts.repository.search(
        ("mask", "redact*", "hide_inputs", "hideInputs", "anonymi*"), files, where="files that trace"
    )
    if not masked:
        problems = [Problem("traces of model calls are not redacted", item.at) for item in tracers[:5]]
        return failed("model calls are traced, but nothing redacts what is recorded", *problems, searched=(masked,))
    return unverified(
        "model calls are traced and redacted; how long traces are kept is set in the tracing service", *masked.hits[:5]
    )


def llm_invocation_logging(facts: Facts) -> Outcome:
    """The managed model service logs its invocations, encrypted."""
    if not scope.language_models(facts):
        return no_model(facts)
    if not _is_managed(facts):
        return not_applicable("no managed model service of a cloud account is used")
    found = cloud.deciding(facts, "aws_bedrock_model_invocation_logging_configuration")
    if not found:
        return unverified("no invocation logging is in the files; it is a setting of the account")
    logs = [r for r in found if r.get("logging_config.cloudwatch_config") or r.get("logging_config.s3_config")]
    if not logs:
        return failed(
            "invocation logging has no destination", *(Problem(f"{r.address} logs nowhere", r.at) for r in found)
        )
    keys = cloud.resources(facts, "aws_s3_bucket_server_side_encryption_configuration", "aws_kms_key")
    encrypted = [g for g in cloud.resources(facts, "aws_cloudwatch_log_group") if g.get("kms_key_id")]
    if keys or encrypted:
        return passed("invocation logging is on, into an encrypted place", *(r.at for r in logs))
    return unverified("invocation logging is on; how its destination is encrypted is not shown", *(r.at for r in logs))


def _is_managed(facts: Facts) -> bool:
    """Whether Bedrock, Azure OpenAI, Vertex AI or SageMaker serves a model."""
    if cloud.deciding(facts, *_CLOUD_TYPES):
        return True
    words = re.compile(r"(?i)bedrock|azure.*openai|openai.*azure|vertex|sagemaker|converse|invoke_?model|InvokeModel")
    named_so = any(c.call and words.search(c.call.name) for c in model_calls(facts))
    libraries = (
        "langchain_aws",
        "@aws-sdk/client-bedrock-runtime",
        "vertexai",
        "langchain_google_vertexai",
        "@google-cloud/vertexai",
    )
    return (
        named_so
        or bool(imports_of(facts, *libraries))
        or any(c.service.startswith("bedrock") for c in facts.code.clients)
    )


def _other_providers(facts: Facts) -> bool:
    return bool(imports_of(facts, "openai", "langchain_openai", "groq", "google.genai", "@google/genai"))
