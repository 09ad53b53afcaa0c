"""What is asked of models and what becomes of the answers: prompts, schemas, failures, evaluations, replay, sources."""

from __future__ import annotations

import re

from gonogo.checks import scope
from gonogo.checks.ai_guardrails import in_prose, no_model
from gonogo.checks.called import calls_of, imports_of
from gonogo.checks.model_agents import personas
from gonogo.checks.model_coverage import Marks, coverage, named
from gonogo.checks.model_use import model_calls, text_calls
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_SCHEMAS = Marks(
    libraries=("instructor", "outlines"),
    methods=(
        "with_structured_output",
        "withStructuredOutput",
        "generateObject",
        "streamObject",
        "model_validate_json",
        "safeParse",
    ),
    arguments=("text_format", "output_type", "output_schema", "response_schema", "responseSchema", "outputSchema"),
)
_EVALUATORS = ("promptfoo", "deepeval", "ragas", "inspect eval", "langsmith evaluate", "braintrust eval", "evals")
_RECORDERS = ("vcr", "pytest_recording", "vcrpy", "nock", "@pollyjs/core", "betamax")
_SWALLOWED = (
    re.compile(r"except[^\n]*:[ \t]*\n[ \t]+(?:pass|continue)\b"),
    re.compile(
        r"catch\s*(?:\([^)\n]*\))?\s*\{\s*(?:(?://[^\n]*|(?:[\w.]*log(?:ger)?|console)\.\w+\([^;{}]*(?:\{[^{}]*\}[^;{}]*)?\);?)\s*)*\}"
    ),
)
"""Handlers that do nothing, or nothing but write a line of log."""
_PROMPT = re.compile(
    r"(?i)^(?!\s*(?:from|import)\b).*(?:\byou are (?:a|an|the)\b|system_?prompt|SystemMessage\("
    r"|role[\"']?\s*:\s*[\"']system[\"'])"
)
_HOSTED = ("get_prompt", "getPrompt", "pull_prompt", "pullPrompt")


_TALK = frozenset(("echo", "printf", "grep", "rg", "eval", "test", "["))
"""Programs that only mention a word."""


def llm_output_validation(facts: Facts) -> Outcome:
    """Each answer is checked against a schema."""
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, "no schema checks what they answer"):
        return prose
    calls = text_calls(facts)
    found = coverage(facts, calls, _SCHEMAS)
    if found.bare:
        problems = [Problem("the model's answer is used without a schema", call.at) for call in found.bare]
        reason = (
            f"{len(found.bare)} of {counted(found.total, 'path')} use a model's answer unchecked: {named(found.bare)}"
        )
        return failed(reason, *problems, searched=(found.searched,))
    return unverified(
        "schemas are near all model calls; bounded retries and a fallback are not shown", *found.shown[:8]
    )


def llm_fail_closed(facts: Facts) -> Outcome:
    """A failing model or check stops the request."""
    if not scope.language_models(facts):
        return no_model(facts)
    if prose := in_prose(facts, "nothing stops them when a check fails"):
        return prose
    swallowed: list[Place] = []
    for path in sorted({call.at.path for call in text_calls(facts)}):
        text = facts.repository.text(path)
        for pattern in _SWALLOWED:
            swallowed += [Place(path, text.count("\n", 0, match.start()) + 1) for match in pattern.finditer(text)]
    if swallowed:
        problems = [Problem("an error is caught here and the request goes on", place) for place in swallowed]
        return failed(f"{counted(len(swallowed), 'error handler')} around model calls let the request go on", *problems)
    return unverified(
        "no handler that swallows errors around model calls; no failing run shows that it stops",
        *(c.at for c in text_calls(facts)),
    )


def llm_deterministic_replay(facts: Facts) -> Outcome:
    """Recorded interactions are replayed in a pipeline that makes no live call."""
    if not scope.language_models(facts):
        return no_model(facts)
    files = facts.repository.match("**/cassettes/**", "**/recordings/**", "**/__recordings__/**", deciding=False)
    declared = facts.dependencies.depending_on("vcrpy", "pytest-recording", "nock", "@pollyjs/core", "betamax")
    strict = [
        run.at
        for run in facts.pipelines.runs(can_fail=True)
        if re.search(r"record(?:-mode)?[= ]none|block-network|VCR_MODE=(?:strict|replay)", run.text)
    ]
    searched = Searched(
        ("cassettes", *_RECORDERS, "--record-mode=none", "--block-network"),
        "tests, dependencies, pipelines",
        len(files),
    )
    if not files or not (declared or imports_of(facts, *_RECORDERS)):
        problems = [Problem("calls of models are not recorded for replay", call.at) for call in text_calls(facts)[:1]]
        return failed("no recorded model interactions that a test replays", *problems, searched=(searched,))
    if not strict:
        return failed("recordings are there, but no pipeline that can fail replays them strictly", searched=(searched,))
    return unverified(
        "recordings are replayed strictly; whether they cover every path to a model is not shown", *strict
    )


def llm_evals(facts: Facts) -> Outcome:
    """Prompts and models are evaluated in a pipeline that can fail."""
    if not scope.language_models(facts):
        return no_model(facts)
    words = re.compile(r"(?i)promptfoo|deepeval|ragas|braintrust|\binspect eval|\bevals?\b|evaluat")
    runs = [run for run in facts.pipelines.runs(can_fail=True) if words.search(run.text)]
    found = [run.at for run in runs if run.command is None or run.command.program not in _TALK]
    suites = facts.repository.match("**/evals/**", "promptfooconfig.*", "**/evaluations/**", deciding=False)
    searched = Searched(
        _EVALUATORS, "pipelines and evaluation folders", len(suites), tuple(Place(f.path) for f in suites[:5])
    )
    if found:
        return unverified("a pipeline evaluates; which prompts and models it covers is not shown", *found)
    if suites:
        return failed("evaluations are there, but no pipeline that can fail runs them", searched=(searched,))
    return failed("no evaluation of prompts or models", searched=(searched,))


def prompt_versioning(facts: Facts) -> Outcome:
    """Prompts are files of the repository."""
    if not scope.language_models(facts):
        return no_model(facts)
    if written := personas(facts):
        return passed(f"{counted(len(written), 'persona')} in tracked files", *(agent.at for agent in written))
    hosted = [c.at for c in calls_of(facts, *_HOSTED) if re.search(r"(?i)langfuse|langsmith|hub|prompt", c.name)]
    if hosted:
        return unverified("prompts come from a service; whether it is asked for a fixed version is not shown", *hosted)
    folders = {call.at.path.rpartition("/")[0] for call in model_calls(facts)}
    near = [f for f in facts.repository.files if f.decides and (f.folder in folders or "prompt" in f.local.lower())]
    found = facts.repository.grep(_PROMPT, near, most=20)
    untracked = [place for place in found if not facts.repository.by_path[place.path].tracked]
    if untracked:
        return failed(
            "prompts are in files that git does not track", *(Problem("an untracked prompt", p) for p in untracked)
        )
    if found:
        return passed(f"prompts stand in the code: {found[0]}", *found[:8])
    return unverified("no prompt of its own was found beside the calls of models", *(c.at for c in model_calls(facts)))


def knowledge_base_health(facts: Facts) -> Outcome:
    """What answers are drawn from is filled, kept up to date, and cited."""
    if not scope.language_models(facts):
        return no_model(facts)
    found = scope.retrieval(facts)
    if not found:
        return not_applicable("nothing is retrieved for a model to answer from")
    cited = facts.repository.search(
        ("citation*", "source_documents", "cite*", "sourceDocuments", "references"),
        [
            facts.repository.by_path[p]
            for p in sorted({c.at.path for c in model_calls(facts)} | {p.path for p in found})
        ],
        where="the files that retrieve",
    )
    fills = (
        "start_ingestion_job",
        "StartIngestionJobCommand",
        "add_documents",
        "from_documents",
        "addDocuments",
        "upsert",
    )
    synced = [call.at for call in calls_of(facts, *fills)]
    synced += [call.at for call in calls_of(facts, "add", "accept", "write") if "vectorstore" in call.name.lower()]
    if personas(facts) and not model_calls(facts):
        problems = [Problem("a memory that nothing keeps filled", place) for place in found[:1]]
        return failed(
            "the memory of the agents is filled by nothing that runs, and is not cited", *problems, searched=(cited,)
        )
    if not cited and not synced:
        problems = [Problem("retrieval without a job that fills it, or citations", place) for place in found[:3]]
        return failed("nothing fills the retrieval source, and answers cite nothing", *problems, searched=(cited,))
    return unverified(
        "whether the retrieval source is active and up to date shows in the running service only", *found[:8]
    )
