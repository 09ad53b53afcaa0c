"""The target's agents: models that get tools or run in a loop, whether as code, cloud resources or written personas.

Needs: code, terraform, cloudformation, dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.called import calls_of
from gonogo.checks.derived import derived
from gonogo.checks.model_use import NEEDS, Use, model_calls
from gonogo.facts import Facts
from gonogo.facts.code import Call, Definition
from gonogo.facts.repository import File, Role
from gonogo.facts.resources import Resource, as_tuple
from gonogo.model.evidence import Place

_PERSONA_FOLDERS = frozenset("personas persona agents subagents sub-agents roles crew chatmodes souls".split())
_PERSONA = re.compile(r"(?im)^[#>*\s-]*(?:\*\*role:?\*\*:?\s*)?you are (?:the |an? )?\**[A-Z\w]")
_TITLE = re.compile(r"(?im)^(?:name:\s*[\"']?(?P<name>[^\"'\n]+)|#\s+(?:persona|agent|role)?:?\s*(?P<title>[^\n]+))")
_PERSONA_HEAD = 4_000
_TOOL_DECORATORS = (
    "*.tool",
    "tool",
    "*.function_tool",
    "*.kernel_function",
    "*.register_function",
    "org.springframework.ai.tool.annotation.Tool",
    "dev.langchain4j.agent.tool.Tool",
    "Tool",
)
_TOOL_CLASSES = re.compile(r"(?:^|\.)(?:BaseTool|Tool|StructuredTool|FunctionTool|AgentTool|DynamicStructuredTool)$")
_ACTING = frozenset(
    """
    create update delete send write post put patch execute exec run apply deploy book cancel order pay transfer insert
    modify remove restart scale terminate add save submit approve merge commit push invoke shell terminal bash python
    repl drop trigger start stop reboot rollback publish email notify schedule reschedule assign upload edit set
    purchase refund move rename grant revoke install kill drain reserve register
    """.split()
)
"""Words in the name of a tool that changes something."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that an agent can call."""

    name: str
    at: Place

    @property
    def acts(self) -> bool:
        """Whether its name says that it changes something."""
        words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", self.name).lower())
        return bool(_ACTING.intersection(words)) and words != ["add"]  # a calculator's


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent. ``kind`` is ``code``, ``cloud`` or ``persona``."""

    name: str
    kind: str
    at: Place
    tools: tuple[Tool, ...] = ()
    resource: Resource | None = None
    call: Call | None = None


@derived(*NEEDS)
def agents(facts: Facts) -> tuple[Agent, ...]:
    """All agents of the target."""
    return (*_cloud_agents(facts), *_code_agents(facts), *personas(facts))


@derived("code")
def personas(facts: Facts) -> tuple[Agent, ...]:
    """Agents that Markdown files define for an editor or a runner, where they are what the target is.

    Instructions to those who develop the target (CLAUDE.md, skills, rules, helpers like a code reviewer) are none: two
    or more personas must be there, and the target's own README must present them.
    """
    found = [agent for file in facts.repository.files if (agent := _persona(facts, file)) is not None]
    texts = " ".join(
        facts.repository.text(f) for f in facts.repository.match("/README*", "README.md") if "/" not in f.local
    )
    plain = re.sub(r"[-_*`\s]+", " ", texts).lower()
    presented = [agent for agent in found if len(agent.name) > 3 and f" {_plain(agent.name)} " in plain]
    return tuple(found) if len(presented) >= 2 else ()


def tools_of(facts: Facts) -> tuple[Tool, ...]:
    """The tools of all agents, each once."""
    return tuple(dict.fromkeys(tool for agent in agents(facts) for tool in agent.tools))


def acting_tools(facts: Facts) -> tuple[Tool, ...]:
    """The tools whose names say that they change something."""
    return tuple(tool for tool in tools_of(facts) if tool.acts)


def _plain(name: str) -> str:
    return re.sub(r"[-_*`\s]+", " ", name).strip().lower()


def _persona(facts: Facts, file: File) -> Agent | None:
    if file.role not in (Role.DOCUMENT, Role.PRODUCT) or not file.name.endswith((".md", ".mdc", ".txt", ".prompt")):
        return None
    folders = file.local.lower().split("/")[:-1]
    if not _PERSONA_FOLDERS.intersection(folders) or "skills" in folders:
        return None
    text = facts.repository.text(file)[:_PERSONA_HEAD]
    match = _PERSONA.search(text)
    if match is None:
        return None
    title = _TITLE.search(text)
    name = (title["name"] or title["title"]) if title else file.name.rpartition(".")[0]
    line = text.count("\n", 0, match.start()) + 1 + match.group().count("\n", 0, len(match.group()) - 1)
    return Agent(name.strip(), "persona", Place(file.path, line, symbol=f"persona {name.strip()}"))


def _cloud_agents(facts: Facts) -> Iterator[Agent]:
    groups = cloud.deciding(facts, "aws_bedrockagent_agent_action_group")
    for resource in cloud.deciding(facts, "aws_bedrockagent_agent"):
        own = [group for group in groups if group.refers_to(resource)]
        inline = resource.blocks("action_groups")
        tools = [Tool(name, group.at) for group in own for name in _functions(group.attributes, group.name)]
        tools += [Tool(name, resource.place("action_groups")) for block in inline for name in _functions(block, "")]
        yield Agent(resource.address, "cloud", resource.at, tuple(tools), resource)
    for resource in cloud.deciding(facts, "aws_bedrockagentcore_agent_runtime"):
        yield Agent(resource.address, "cloud", resource.at, (), resource)


def _functions(group: Mapping[str, object], otherwise: str) -> list[str]:
    names: list[str] = []
    for schema in as_tuple(group.get("function_schema")):
        members = schema.get("member_functions", schema) if isinstance(schema, Mapping) else None
        for block in as_tuple(members):
            functions = block.get("functions") if isinstance(block, Mapping) else None
            names += [str(f["name"]) for f in as_tuple(functions) if isinstance(f, Mapping) and f.get("name")]
    return names or [str(group.get("action_group_name") or otherwise)]


def _code_agents(facts: Facts) -> Iterator[Agent]:
    tools = _declared_tools(facts)
    files: dict[str, Agent] = {}
    for found in model_calls(facts):
        if found.use is Use.AGENT and found.call is not None:
            name = found.call.argument("name")
            label = str(name.value) if name and name.literal else found.call.target or found.call.method
            files.setdefault(f"{found.at}", Agent(label, "code", found.at, tools, call=found.call))
    for call in (*calls_of(facts, "bind_tools", "bindTools", "ToolNode"), *_given_tools(facts)):
        if all(agent.at.path != call.at.path for agent in files.values()):
            files[str(call.at)] = Agent(call.function or call.method, "code", call.at, tools, call=call)
    yield from files.values()


def _given_tools(facts: Facts) -> Iterator[Call]:
    """Invocations that get tools: ``tools=``, ``toolConfig``, ``defaultTools``."""
    for found in model_calls(facts):
        given = found.call.argument("tools", "toolConfig", "tool_config", "functions") if found.call else None
        if found.call and given and given.text not in ("None", "[]", "undefined", "null"):
            yield found.call
    for call in calls_of(facts, "defaultTools", "tools"):
        if call.name.startswith(("org.springframework.ai.", "dev.langchain4j.")):
            yield call


def _declared_tools(facts: Facts) -> tuple[Tool, ...]:
    decorated = [Tool(d.name.rpartition(".")[2], d.at) for d, _ in facts.code.decorated(*_TOOL_DECORATORS)]
    classes = [Tool(d.name, d.at) for _, d in facts.code.definitions() if d.kind == "class" and _is_tool_class(d)]
    classes = [tool for tool in classes if tool.name not in ("BaseTool", "Tool", "StructuredTool")]
    return tuple(dict.fromkeys([*decorated, *classes, *_named_tools(facts)]))


def _is_tool_class(definition: Definition) -> bool:
    return any(_TOOL_CLASSES.search(base) for base in definition.bases)


def _named_tools(facts: Facts) -> Iterator[Tool]:
    """``Tool(name="...")``, ``tool({...})`` in an object, and the functions in ``tools=[...]``."""
    for call in calls_of(
        facts, "Tool", "StructuredTool", "FunctionTool", "from_function", "tool", "DynamicStructuredTool"
    ):
        name = call.argument("name")
        if name and name.literal:
            yield Tool(str(name.value), call.at)
        elif call.target and call.method == "tool":
            yield Tool(call.target, call.at)
    for found in model_calls(facts):
        argument = found.call.argument("tools") if found.call else None
        for entry in argument.entries if argument else ():
            text = entry.name or entry.text
            if re.fullmatch(r"[A-Za-z_][\w.]*", text):
                yield Tool(text.rpartition(".")[2], found.at)
