"""Whether there is a pipeline for every change, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.ci_delivery import builds_image, deployment
from gonogo.checks.ci_verification import is_trivial, linted, test_runner, type_checked
from gonogo.checks.pipeline_tests import no_pipeline
from gonogo.facts import Facts
from gonogo.facts.pipelines import Event, Pipeline, Run, Service, Step
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_CHECKING_ACTIONS = re.compile(
    r"codeql|sonar|super-linter|megalinter|golangci|semgrep|trivy|snyk|pre-commit|cypress|gradle-build-action|"
    r"gradle/actions|maven|docker/build-push|bake-action|ruff|black|eslint|test|build|lint"
)
_HOSTED_TRIGGERS = {
    Service.CODEBUILD: ("aws_codebuild_webhook", "aws_codepipeline", "aws_codebuild_project"),
    Service.CLOUDBUILD: ("google_cloudbuild_trigger",),
}


def ci_exists(facts: Facts) -> Outcome:
    """A pipeline that its service reads starts on pull requests or pushes, and builds or checks something."""
    pipelines = facts.pipelines
    if not pipelines.loaded:
        return no_pipeline(facts, "nothing builds or checks a change")
    on_change = [p for p in pipelines.loaded if p.on_change and not p.only_called]
    working = [p for p in on_change if _works(p)]
    sure = [p for p in working if p.sure and _is_started(facts, p)]
    if sure:
        events = ", ".join(
            dict.fromkeys(t.name for p in sure for t in p.triggers if t.event in (Event.CHANGE, Event.PUSH))
        )
        names = ", ".join(dict.fromkeys(p.service.value for p in sure))
        return passed(
            f"{len(sure)} pipelines of {names} start on {events or 'changes'} and build or check",
            *(p.at for p in sure[:8]),
        )
    if working:
        why = working[0].why or f"when {working[0].service.value} starts {working[0].at.path} is set there"
        return unverified(f"{working[0].at.path} builds or checks, and {why}", *(p.at for p in working[:6]))
    if any(p.remote for p in on_change):
        first = next(p for p in on_change if p.remote)
        return unverified(f"what {first.at.path} does comes from {first.remote[0].symbol}, elsewhere", first.at)
    if on_change:
        names = ", ".join(p.name for p in on_change[:4])
        return failed(
            f"{len(on_change)} pipelines start on a change ({names}) and none builds or checks the code",
            *(Problem(f"{p.name} neither builds nor checks the code", p.at) for p in on_change[:10]),
        )
    triggers = ", ".join(dict.fromkeys(t.name for p in pipelines.loaded for t in p.triggers))
    return failed(
        f"{len(pipelines.loaded)} pipelines exist and none starts on a change (they start on {triggers})",
        *(Problem(f"{p.name} does not start on a change", p.at) for p in pipelines.loaded[:10]),
    )


def _works(pipeline: Pipeline) -> bool:
    """Says whether it builds or checks: any command beyond house-keeping, or an action that is known to."""
    for job in pipeline.jobs:
        if job.disabled:
            continue
        for step in job.steps:
            if step.disabled:
                continue
            if any(not is_trivial(command) and command.reached for command in step.commands):
                return True
            if step.script is not None and step.script.language in ("powershell", "python"):
                return True
            if step.uses and _CHECKING_ACTIONS.search(step.uses.lower()):
                return True
        if job.uses and re.search(r"ci|build|test|lint|check", job.uses):
            return True
    return False


def _is_started(facts: Facts, pipeline: Pipeline) -> bool:
    """Services whose triggers are set outside of the pipeline: whether infrastructure code sets one."""
    types = _HOSTED_TRIGGERS.get(pipeline.service)
    if types is None:
        return True
    return bool(facts.terraform.resources(*types) or facts.cloudformation.resources(*types))


_PAID = re.compile(
    r"\b(OPENAI|ANTHROPIC|AZURE_OPENAI|COHERE|MISTRAL|GROQ|GEMINI|GOOGLE_AI|TOGETHER|REPLICATE|HUGGINGFACE|"
    r"PERPLEXITY|"
    r"DEEPSEEK|OPENROUTER|VOYAGE|PINECONE|TWILIO|SENDGRID|STRIPE|ELEVENLABS|XAI)_?(API)?_?(KEY|TOKEN|SECRET|"
    r"SECRET_KEY|"
    r"AUTH_TOKEN|API_TOKEN)\b"
)
_SECRET = re.compile(r"\$\{\{\s*secrets\.|\$\(\w+\)|\$\{?[A-Z_]+\}?")
_INSTALLS = re.compile(
    r"^(npm (ci|install|i)\b|pnpm (i|install)\b|yarn( install)?( -\S+)*\Z|bun (i|install)\b|pip3? install|"
    r"poetry install|"
    r"uv (sync|pip)|pipenv (install|sync)|go (mod download|build|test)|mvnw?\b|gradlew?\b|cargo (build|test|"
    r"clippy|nextest)|"
    r"bundle install|composer install|dotnet (restore|build|test)|pdm (install|sync))"
)
_CACHING_ACTIONS = re.compile(
    r"^(actions/cache|swatinem/rust-cache|gradle/(actions|gradle-build-action)|astral-sh/setup-uv|actions/setup-go|"
    r"moonrepo/setup-toolchain|nixbuild|deterministicsystems/magic-nix-cache|cachix/|mozilla-actions/sccache|"
    r"useblacksmith/|runs-on/cache|ruby/setup-ruby|golangci/|restore_cache|save_cache|cache\Z|hendrikmuhs/ccache)"
)
_CANCELS_ELSEWHERE = frozenset(
    {
        Service.CIRCLECI,
        Service.TRAVIS,
        Service.BITBUCKET,
        Service.DRONE,
        Service.WOODPECKER,
        Service.BUILDKITE,
        Service.CODEBUILD,
        Service.CLOUDBUILD,
        Service.TEKTON,
    }
)


def ephemeral_ci_cost(facts: Facts) -> Outcome:
    """Pipelines of changes cache what they install, cancel superseded runs and call no paid service."""
    loaded = facts.pipelines.loaded
    if not loaded:
        return not_applicable("there is no pipeline")
    busy = [p for p in loaded if p.on_change and not p.only_called and _is_heavy(facts, p)]
    heavy = [p for p in busy if p.starts_on(Event.CHANGE)] or busy
    if not heavy:
        return failed(
            "no pipeline of changes installs, builds or tests, so nothing is saved",
            places=tuple(p.at for p in loaded[:3]),
        )
    paid = list(_paid_calls(heavy))
    uncached = [p for p in heavy if _installs(p) and not _is_cached(p)]
    running = [p for p in heavy if not p.concurrency and not all(j.concurrency for j in p.jobs if not j.disabled)]
    endless = [p for p in running if p.service not in _CANCELS_ELSEWHERE]
    problems = [Problem(f"{text} is handed to a step that runs on changes", at) for text, at in paid]
    problems += [Problem(f"{p.name} installs dependencies without a cache", p.at) for p in uncached]
    problems += [Problem(f"{p.name} does not cancel superseded runs", p.at) for p in endless]
    if problems:
        parts = [
            f"{len(paid)} steps use keys of paid services on changes ({paid[0][0]})" if paid else "",
            f"no cache in {_names(uncached)}" if uncached else "",
            f"superseded runs are not cancelled in {_names(endless)}" if endless else "",
        ]
        terms = (
            "cache",
            "concurrency",
            "cancel-in-progress",
            "interruptible",
            "abortPrevious",
            "API keys of paid services",
        )
        return failed("; ".join(filter(None, parts)), *problems, searched=(Searched(terms, "pipelines", len(loaded)),))
    if running:
        names = ", ".join(dict.fromkeys(p.service.value for p in running))
        reason = (
            f"installs are cached and no paid service is called; cancelling superseded runs is set in {names} itself"
        )
        return unverified(reason, running[0].at)
    return passed(
        f"{_names(heavy)}: installs are cached, superseded runs are cancelled, no key of a paid service is used",
        *(p.at for p in heavy[:8]),
    )


def _names(pipelines: list[Pipeline]) -> str:
    names = [p.name for p in pipelines]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _is_heavy(facts: Facts, pipeline: Pipeline) -> bool:
    """Says whether it installs, builds or tests: what caches and cancelling are for."""
    for run in facts.pipelines.all_runs:
        if run.pipeline is not pipeline or not run.on_change or run.job.disabled:
            continue
        if builds_image(run) or deployment(run):
            return True
        command = run.command
        if command and (
            _INSTALLS.search(_text(run)) or test_runner(command) or linted(command) or type_checked(command)
        ):
            return True
    return False


def _text(run: Run) -> str:
    return " ".join((run.command.program, *run.command.arguments)) if run.command else ""


def _installs(pipeline: Pipeline) -> bool:
    return any(
        _INSTALLS.search(" ".join((command.program, *command.arguments)))
        for job in pipeline.jobs
        if not job.disabled
        for step in job.steps
        for command in step.commands
        if command.at.path == step.at.path or not command.through or not command.through[0].startswith("docker")
    )


def _is_cached(pipeline: Pipeline) -> bool:
    return any(job.caches or any(_caches(step) for step in job.steps) for job in pipeline.jobs)


def _caches(step: Step) -> bool:
    action = step.action.lower()
    if action.startswith("ruby/setup-ruby"):
        return step.input("bundler-cache") == "true"
    if action.startswith(("actions/setup-go", "astral-sh/setup-uv")):
        return step.input("cache", "enable-cache") != "false"
    if _CACHING_ACTIONS.search(action):
        return True
    given = step.input("cache", "cache-from", "enable-cache", "cache-dependency-path", "package-manager-cache")
    return given not in ("", "false")


def _paid_calls(heavy: list[Pipeline]) -> Iterable[tuple[str, Place]]:
    """Keys of paid services that steps of changes get from the service's secrets."""
    for pipeline in heavy:
        for job in pipeline.jobs:
            if job.disabled:
                continue
            for step in job.steps:
                if step.disabled or not (step.script or step.uses):
                    continue
                for name, value in (*step.env, *step.inputs, *job.env, *pipeline.env):
                    if not _SECRET.search(value):
                        continue
                    found = _PAID.search(value) or _PAID.search(name.upper().replace("-", "_"))
                    if found:
                        yield found.group(), step.at
                        break
