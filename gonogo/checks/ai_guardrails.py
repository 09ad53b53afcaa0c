"""What stands between people, models and tools: guardrails, personal data, injection, least privilege, approval."""

from __future__ import annotations

from gonogo.checks import cloud, scope
from gonogo.checks.called import calls_of, imports_of
from gonogo.checks.model_agents import Agent, acting_tools, agents, personas, tools_of
from gonogo.checks.model_coverage import Coverage, Marks, coverage, named
from gonogo.checks.model_use import text_calls
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_GUARDS = Marks(
    libraries=(
        "guardrails",
        "nemoguardrails",
        "llm_guard",
        "lakera",
        "rebuff",
        "@guardrails-ai/core",
        "azure.ai.contentsafety",
    ),
    methods=("apply_guardrail", "ApplyGuardrailCommand"),
    arguments=("guardrailConfig", "guardrailIdentifier", "guardrail_config", "guardrails", "input_guardrails"),
    words=("guardrail*", "moderation*", "policyEngine", "policy_engine", "content_filter*", "safeguard*", "llamaguard"),
)
_PERSONAL = Marks(
    libraries=(
        "presidio_analyzer",
        "presidio_anonymizer",
        "scrubadub",
        "google.cloud.dlp",
        "@google-cloud/dlp",
        "llm_guard",
    ),
    methods=("detect_pii_entities", "contains_pii_entities", "DetectPiiEntitiesCommand", "PIIMiddleware"),
    words=("redact*", "anonymi*", "presidio", "mask_pii", "maskPii", "scrub*"),
)
_INJECTION = Marks(
    libraries=("rebuff", "lakera", "llm_guard.input_scanners"),
    methods=("detect_injection", "shield_prompt", "PromptInjection"),
    words=("prompt injection", "prompt_injection", "untrusted", "spotlight*", "jailbreak*"),
)
_APPROVALS = (
    "interrupt",
    "HumanInTheLoopMiddleware",
    "humanInTheLoopMiddleware",
    "HumanApprovalCallbackHandler",
    "UserConfirmation",
)
_APPROVAL_ARGUMENTS = (
    "interrupt_before",
    "interruptBefore",
    "interrupt_on",
    "needsApproval",
    "needs_approval",
    "human_input",
)
NO_MODEL = "no language model is called, deployed or described as part of the target"


def no_model(facts: Facts) -> Outcome:
    """The answer where no language model is used."""
    where = (
        Searched(
            ("model SDKs", "model addresses", "model resources", "personas"), "product files", len(facts.code.files)
        ),
    )
    return not_applicable(NO_MODEL, searched=where)


def in_prose(facts: Facts, what: str) -> Outcome | None:
    """The failure of agents that Markdown alone defines: sentences in a prompt enforce nothing."""
    written = personas(facts)
    if not written or text_calls(facts):
        return None
    names = listed(agent.name for agent in written)
    problems = [Problem(f"{agent.name} is defined by prose alone: {what}", agent.at) for agent in written]
    return failed(f"{counted(len(written), 'agent')} ({names}) are defined by prose alone: {what}", *problems)


def llm_guardrails(facts: Facts) -> Outcome:
    """A guardrail with content and personal-data policies is attached to each agent and model call."""
    return _guarded(facts, _GUARDS, "a guardrail", ("content_policy_config", "sensitive_information_policy_config"))


def llm_pii_protection(facts: Facts) -> Outcome:
    """Personal data is blocked or redacted before each model call."""
    return _guarded(facts, _PERSONAL, "redaction of personal data", ("sensitive_information_policy_config",))


def llm_prompt_injection(facts: Facts) -> Outcome:
    """What is not trusted is screened before it reaches a model."""
    return _guarded(facts, _INJECTION, "a defence against injected instructions", ("PROMPT_ATTACK",))


def _guarded(facts: Facts, marks: Marks, what: str, policies: tuple[str, ...]) -> Outcome:
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, f"nothing runs that would be {what}"):
        return prose
    calls = text_calls(facts)
    managed = cloud.deciding(facts, "aws_bedrockagent_agent")
    bare = [agent for agent in managed if not agent.get("guardrail_configuration")]
    found = coverage(facts, calls, marks)
    problems = [Problem(f"{agent.address} has no guardrail", agent.at) for agent in bare]
    problems += [Problem(f"a model is called without {what}", call.at) for call in found.bare]
    if problems:
        return _bare(found, bare, what, problems)
    if not calls and not managed:
        return unverified(f"models are used through code or services that are not read; {what} was not seen")
    guardrails = cloud.deciding(facts, "aws_bedrock_guardrail")
    complete = [g for g in guardrails if all(policy in str(dict(g.attributes)) for policy in policies)]
    if managed and guardrails and not complete:
        lacking = [Problem(f"{g.address} lacks {' or '.join(policies)}", g.at) for g in guardrails]
        return failed(f"{listed(g.address for g in guardrails)} lacks {' or '.join(policies)}", *lacking)
    by_argument = all(c.call and c.call.argument(*marks.arguments) for c in calls) if marks.arguments else False
    if complete and (by_argument or not calls):
        return passed(f"{what} with its policies is attached everywhere", *(g.at for g in complete), *found.shown[:5])
    return unverified(
        f"{what} is near all {counted(found.total, 'path')} to a model; that it takes effect on each is not shown",
        *found.shown[:8],
        searched=(found.searched,),
    )


def _bare(found: Coverage, agents_without: list[Resource], what: str, problems: list[Problem]) -> Outcome:
    parts = []
    if found.bare:
        parts.append(
            f"{len(found.bare)} of {counted(found.total, 'path')} to a model without {what}: {named(found.bare)}"
        )
    if agents_without:
        parts.append(f"agents without a guardrail: {listed(agent.address for agent in agents_without)}")
    return failed("; ".join(parts), *problems, searched=(found.searched,))


def llm_tool_least_privilege(facts: Facts) -> Outcome:
    """Tools only read, unless a person approves."""
    if not scope.language_models(facts):
        return no_model(facts)
    found = [agent for agent in agents(facts) if agent.kind == "persona" or agent.tools or _is_armed(agent)]
    if not found:
        return not_applicable("no agent has tools")
    if prose := in_prose(facts, "nothing limits the tools that they use"):
        return prose
    acting = acting_tools(facts)
    approvals = _approvals(facts)
    if acting and not approvals:
        problems = [
            Problem(f"the tool {tool.name} changes things, and no person approves its calls", tool.at)
            for tool in acting
        ]
        return failed(
            f"{counted(len(acting), 'tool')} that change things without approval: {_tools(acting)}", *problems
        )
    if acting:
        return unverified(
            f"approvals are there; whether they guard each of {_tools(acting)} is not shown",
            *approvals,
        )
    if not tools_of(facts) or _remote_tools(facts):
        return unverified("agents get tools that code does not name here", *(agent.at for agent in found))
    return unverified(
        f"the names of {counted(len(tools_of(facts)), 'tool')} sound read-only; the rights they run with are not shown",
        *(agent.at for agent in found),
    )


def llm_human_approval(facts: Facts) -> Outcome:
    """A person approves before a tool that changes something is called."""
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, "no person is made to approve what they do"):
        return prose
    acting = acting_tools(facts)
    if not acting:
        unknown = [agent.at for agent in agents(facts) if not agent.tools and _is_armed(agent)]
        if unknown := [*unknown, *_remote_tools(facts)]:
            return unverified("agents get tools that code does not name here", *unknown)
        return not_applicable("no agent has a tool that changes anything")
    approvals = _approvals(facts)
    if not approvals:
        problems = [Problem(f"nobody approves calls of {tool.name}", tool.at) for tool in acting]
        return failed(
            f"no approval before {counted(len(acting), 'tool')} that change things: {_tools(acting)}", *problems
        )
    return unverified(f"approvals are there; whether each of {_tools(acting)} waits for one is not shown", *approvals)


def _remote_tools(facts: Facts) -> list[Place]:
    """Tools that come from servers of the Model Context Protocol: what they do is decided there."""
    found = imports_of(
        facts, "langchain_mcp_adapters", "mcp", "fastmcp", "@modelcontextprotocol/sdk", "@langchain/mcp-adapters"
    )
    return [item.at for item in found if not item.local]


def _is_armed(agent: Agent) -> bool:
    """Whether it gets tools at all: an agent of a framework or a call with a tools argument."""
    if agent.kind == "cloud":
        return bool(agent.tools)
    if agent.call is None:
        return True
    if agent.call.method in ("bind_tools", "bindTools", "ToolNode", "defaultTools", "tools"):
        return True
    given = agent.call.argument("tools", "toolConfig", "tool_config", "functions") or agent.call.positional(1)
    return given is not None and given.text not in ("[]", "None")


def _approvals(facts: Facts) -> tuple[Place, ...]:
    calls = [call.at for call in calls_of(facts, *_APPROVALS) if "." in call.name or call.method != "interrupt"]
    calls += [
        call.at
        for call in calls_of(facts, "compile", "create_agent", "tool", "Agent")
        if call.argument(*_APPROVAL_ARGUMENTS)
    ]
    return tuple(calls)


def _tools(tools: tuple[object, ...]) -> str:
    return listed(str(getattr(tool, "name", tool)) for tool in tools)
