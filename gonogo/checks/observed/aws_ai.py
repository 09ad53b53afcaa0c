"""Bedrock as an AWS account shows it: guardrails of agents, knowledge bases, models, logging of invocations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gonogo.checks import cloud
from gonogo.checks.model_use import text_calls
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share, verb
from gonogo.checks.observed.aws_items import AWS, account_of, last_part, only_beside
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable

AGENT, GUARDRAIL, BASE = "bedrock.agent", "bedrock.guardrail", "bedrock.knowledge_base"
_PINNED = re.compile(r"20\d\d-?[01]\d-?[0-3]\d|[-.]v?\d+:\d+(?::\w+)?$|-v\d+$")
_PROFILE = "application-inference-profile"
_RESOURCES = ("aws_bedrockagent_agent", "aws_bedrockagent_knowledge_base", "aws_bedrock_guardrail")
Policy = Callable[[Seen], str]
"""What a guardrail lacks, in words; empty where it lacks nothing."""


def llm_guardrails(facts: Facts) -> Outcome:
    """Each agent has a guardrail that is READY, with policies for content and personal data."""
    outcome = _guarded(
        facts, (_content, _personal), "a guardrail that is READY, with content and personal-data policies"
    )
    calls = text_calls(facts)
    return only_beside(outcome, [f"guardrails of {counted(len(calls), 'call')} of models in code"] if calls else [])


def llm_pii_protection(facts: Facts) -> Outcome:
    """Each agent has a guardrail that is READY and blocks or masks personal data."""
    return _guarded(facts, (_personal,), "a guardrail that blocks or masks personal data")


def _guarded(facts: Facts, policies: Iterable[Policy], what: str) -> Outcome:
    agents = facts.live.of(AWS, AGENT)
    by_id = {str(item.get("guardrailId", default=item.name)): item for item in facts.live.of(AWS, GUARDRAIL)}
    account = next((item.name for item in facts.live.of(AWS, "sts.identity")), "")
    problems, unseen = [], []
    for agent in agents:
        named = str(agent.get("guardrailConfiguration", "guardrailIdentifier", default=""))
        guardrail = by_id.get(last_part(named))
        place = agent.at("guardrailConfiguration")
        if not named:
            problems.append(Problem(f"agent {agent.name} has no guardrail", place))
        elif guardrail is None and (facts.live.gaps(AWS, GUARDRAIL) or account_of(named) not in ("", account)):
            unseen.append(Unseen(f"the guardrail {last_part(named)} of agent {agent.name} was not seen", place))
        elif guardrail is None:
            what_is = f"agent {agent.name} names the guardrail {last_part(named)}, which is not there"
            problems.append(Problem(what_is, place))
        elif faults := _faults(guardrail, policies):
            problems.append(Problem(f"the guardrail {guardrail.name} of agent {agent.name} {faults}", guardrail.place))
    total = counted(len(agents), "agent")
    bad = f"{share(len(problems), total, 'have')} not {what}"
    good = f"{share(len(agents), total, 'have')} {what}"
    outcome = judged(facts, AWS, [AGENT], problems, agents, bad=bad, good=good, needs=(AGENT, GUARDRAIL))
    return left_open(outcome, unseen, "guardrails")


def _faults(guardrail: Seen, policies: Iterable[Policy]) -> str:
    status = guardrail.get("status", default="of no status")
    found = [f"is {status}, not READY"] if status != "READY" else []
    return " and ".join([*found, *(lack for policy in policies if (lack := policy(guardrail)))])


def _content(guardrail: Seen) -> str:
    filters = guardrail.get("contentPolicy", "filters", default=[])
    return "" if any(_acts(one, "Strength") for one in filters) else "filters no content"


def _personal(guardrail: Seen) -> str:
    policy = guardrail.get("sensitiveInformationPolicy", default={})
    entities = [*(policy.get("piiEntities") or ()), *(policy.get("regexes") or ())]
    return "" if any(_masks(one) for one in entities) else "lets personal data pass"


def _acts(one: Mapping[str, Any], what: str) -> bool:
    """Whether a filter is on for what comes in or goes out, at some strength, and blocks."""
    return any(
        str(one.get(f"{side}{what}", "NONE")) != "NONE"
        and one.get(f"{side}Enabled") is not False
        and one.get(f"{side}Action") != "NONE"
        for side in ("input", "output")
    )


def _masks(one: Mapping[str, Any]) -> bool:
    """Whether an entity is blocked or masked on some side: an action of a side counts before the common one."""
    return any(
        str(one.get(f"{side}Action") or one.get("action") or "NONE") != "NONE"
        and one.get(f"{side}Enabled") is not False
        for side in ("input", "output")
    )


def knowledge_base_health(facts: Facts) -> Outcome:
    """Each knowledge base is ACTIVE and has data sources that are available."""
    bases = facts.live.of(AWS, BASE)
    problems, unseen = [], []
    for base in bases:
        status, kind = base.get("status", default="of no status"), base.get("knowledgeBaseConfiguration", "type")
        sources = base.get("DataSources", default=[])
        broken = [one for one in sources if one.get("status") in ("FAILED", "DELETE_UNSUCCESSFUL")]
        if status != "ACTIVE":
            problems.append(Problem(f"knowledge base {base.name} is {status}, not ACTIVE", base.at("status")))
        elif broken:
            what = f"data source {broken[0].get('name')} of knowledge base {base.name} is {broken[0].get('status')}"
            problems.append(Problem(what, base.at("DataSources")))
        elif "DataSources" not in base.data:
            unseen.append(Unseen(f"the data sources of {base.name} were not seen", base.place))
        elif not sources and kind in (None, "VECTOR"):
            problems.append(Problem(f"knowledge base {base.name} has no data source", base.at("DataSources")))
    total = counted(len(bases), "knowledge base")
    bad = f"{len(problems)} of {total} can't be answered from"
    good = f"{share(len(bases), total, 'are')} ACTIVE, with data sources"
    needs = (BASE, f"{BASE}:DataSources")
    outcome = judged(facts, AWS, [BASE], problems, bases, bad=bad, good=good, needs=needs)
    return left_open(outcome, unseen, "data sources")


def llm_invocation_logging(facts: Facts) -> Outcome:
    """Invocations are logged in each region that uses Bedrock, to a place that is there and encrypted."""
    used = {item.scope for item in facts.live.of(AWS, AGENT, BASE, GUARDRAIL)}
    settings = facts.live.of(AWS, "bedrock.logging")
    if not used and (
        cloud.resources(facts, *_RESOURCES) or any(c.service.startswith("bedrock") for c in facts.code.clients)
    ):
        used = {item.scope for item in settings}
    settings = tuple(item for item in settings if item.scope in used)
    if not used:
        return not_applicable("the account was not seen to use Bedrock")
    problems = [problem for item in settings if (problem := _unlogged(facts, item))]
    total = counted(len(settings), "region")
    bad = f"{len(problems)} of {total} that use Bedrock {verb(len(problems), 'log')} no invocations"
    good = f"invocations of models are logged in {total}, at rest under encryption"
    needs = ("bedrock.logging", "logs.log_group", "s3.bucket", AGENT, BASE, GUARDRAIL)
    return judged(facts, AWS, ["bedrock.logging"], problems, settings, bad=bad, good=good, needs=needs)


def _unlogged(facts: Facts, item: Seen) -> Problem | None:
    """CloudWatch Logs and S3 encrypt all that they keep, with keys of their own where no other is set."""
    group = item.get("loggingConfig", "cloudWatchConfig", "logGroupName")
    bucket = item.get("loggingConfig", "s3Config", "bucketName")
    if not group and not bucket:
        return Problem(f"invocations of models are not logged in {item.scope}", item.place)
    if group and not facts.live.gaps(AWS, "logs.log_group"):
        groups = {one.name for one in facts.live.of(AWS, "logs.log_group") if one.scope == item.scope}
        if group not in groups and not bucket:
            return Problem(f"invocations are logged to the group {group}, which is not there", item.at("loggingConfig"))
    return None


def llm_model_pinned(facts: Facts) -> Outcome:
    """Each agent names its model with a version that stays."""
    agents = [item for item in facts.live.of(AWS, AGENT) if item.get("foundationModel")]
    named = [(agent, last_part_of_model(str(agent.get("foundationModel")))) for agent in agents]
    problems = [
        Problem(f"agent {agent.name} uses {model}, which has no version", agent.at("foundationModel"))
        for agent, model in named
        if not _PINNED.search(model) and _PROFILE not in str(agent.get("foundationModel"))
    ]
    profiles = [
        Unseen(f"agent {agent.name} uses a profile, whose model was not seen", agent.at("foundationModel"))
        for agent in agents
        if _PROFILE in str(agent.get("foundationModel"))
    ]
    total = counted(len(agents), "agent")
    bad = f"{share(len(problems), total, 'name')} a model without a version"
    good = f"{share(len(agents), total, 'name')} a model with its version"
    outcome = judged(facts, AWS, [AGENT], problems, agents, bad=bad, good=good)
    return left_open(outcome, profiles, "models")


def last_part_of_model(name: str) -> str:
    """The id of a model, also out of an ARN: its version has a colon."""
    return name.rpartition("/")[2]


def llm_tool_least_privilege(facts: Facts) -> Outcome:
    """No agent's role allows everything, or everything of a service."""
    agents = facts.live.of(AWS, AGENT)
    roles = {str(item.get("Arn", default=item.name)): item for item in facts.live.of(AWS, "iam.role")}
    problems, unseen = [], []
    for agent in agents:
        role = roles.get(str(agent.get("agentResourceRoleArn")))
        if role is None:
            unseen.append(Unseen(f"the role of agent {agent.name} was not seen", agent.at("agentResourceRoleArn")))
        elif wide := _too_wide(facts, role):
            problems.append(Problem(f"the role {role.name} of agent {agent.name} allows {wide}", role.place))
    total = counted(len(agents), "agent")
    bad = f"the roles of {len(problems)} of {total} allow too much"
    good = f"the roles of {len(agents)} of {total} allow no service as a whole"
    outcome = judged(facts, AWS, [AGENT], problems, agents, bad=bad, good=good, needs=(AGENT, "iam.role", "iam.policy"))
    return left_open(outcome, unseen, "roles of agents")


def _too_wide(facts: Facts, role: Seen) -> str:
    """The first action with a wildcard for a whole service that a role is allowed on every resource; empty for none."""
    documents = [policy.get("PolicyDocument") for policy in role.get("RolePolicyList", default=[])]
    attached = {str(policy.get("PolicyArn")) for policy in role.get("AttachedManagedPolicies", default=[])}
    for policy in facts.live.of(AWS, "iam.policy"):
        if str(policy.get("Arn")) in attached:
            versions = policy.get("PolicyVersionList", default=[])
            documents += [version.get("Document") for version in versions if version.get("IsDefaultVersion")]
    for document in documents:
        for statement in _many((document or {}).get("Statement") if isinstance(document, Mapping) else None):
            if statement.get("Effect") == "Allow" and "*" in _many(statement.get("Resource")):
                for action in _many(statement.get("Action")):
                    if str(action) == "*" or str(action).endswith(":*"):
                        return f"{action} on every resource"
    return ""


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
