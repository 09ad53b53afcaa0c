"""Facts of pipelines: what a CI service loads and runs on a change, a release or a deployment, and what can fail there.

A pipeline has jobs, a job has steps, a step runs commands. Commands are followed: ``make test``, ``npm run lint``,
``./scripts/x.sh``, ``tox``, ``docker compose exec api bash x.sh``, composite actions, reusable workflows and templates
are read where they lie in the repository: :meth:`Pipelines.runs` is the flat list of all that pipelines execute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place


class Service(StrEnum):
    """Who reads the configuration."""

    GITHUB = "GitHub Actions"
    GITLAB = "GitLab CI"
    JENKINS = "Jenkins"
    CIRCLECI = "CircleCI"
    AZURE = "Azure Pipelines"
    BITBUCKET = "Bitbucket Pipelines"
    TRAVIS = "Travis CI"
    DRONE = "Drone"
    WOODPECKER = "Woodpecker"
    BUILDKITE = "Buildkite"
    CODEBUILD = "AWS CodeBuild"
    CLOUDBUILD = "Cloud Build"
    TEKTON = "Tekton"


class Event(StrEnum):
    """What starts a pipeline."""

    CHANGE = "change"
    """A pull or merge request."""
    PUSH = "push"
    """A push to branches."""
    TAG = "tag"
    """A tag or a published release."""
    SCHEDULE = "schedule"
    MANUAL = "manual"
    CALL = "call"
    """Another pipeline: reusable workflows, workflow_run, triggers."""
    OTHER = "other"
    """Issues, comments, labels and so on."""
    UNKNOWN = "unknown"
    """The service's own settings decide, which no file shows."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event that starts a pipeline. ``name`` is the service's word: ``pull_request_target``."""

    event: Event
    name: str
    at: Place
    branches: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command of a script, unquoted; expansions stay as written (``$TAG``)."""

    words: tuple[str, ...]
    at: Place
    folder: str = ""
    """The folder that it runs in, relative to the target; empty for the root, ``?`` where nothing shows it."""
    can_fail: bool = True
    """Whether its failure fails the step (``|| true``, pipes without pipefail, ``if cmd``, ``set +e`` lose it)."""
    excuse: str = ""
    """Why its failure is lost, or why it is never reached: ``|| true follows it``."""
    through: tuple[str, ...] = ()
    """The commands that it was followed from, outermost first: ``("make test",)``."""
    env: tuple[tuple[str, str], ...] = ()
    """Assignments in front of it."""
    reached: bool = True
    """False where an earlier command of its script always stops it."""
    missing: str = ""
    """The script, target or package script that it names and that is not in the repository."""
    core: tuple[str, ...] = ()
    """``words`` without wrappers: ``uv run python -m pytest -q`` is ``pytest -q``; ``npx eslint .`` is ``eslint .``."""

    @property
    def program(self) -> str:
        """The name of what really runs, without a folder: ``pytest``, ``terraform``, ``docker``."""
        return self.core[0].rpartition("/")[2] if self.core else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows the program."""
        return self.core[1:]

    @property
    def subcommands(self) -> tuple[str, ...]:
        """The arguments that are not options: ``docker buildx build .`` has ``buildx``, ``build``, ``.``."""
        return tuple(word for word in self.core[1:] if not word.startswith("-"))

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def has(self, *options: str) -> bool:
        """Says whether one of these options is given, alone or with ``=value``."""
        return any(word == option or word.startswith(option + "=") for word in self.words for option in options)

    def option(self, *options: str) -> str:
        """The value of the first of these options; empty where it is not given."""
        for index, word in enumerate(self.words):
            for name in options:
                if word.startswith(name + "="):
                    return word[len(name) + 1 :]
                if word == name and index + 1 < len(self.words):
                    return self.words[index + 1]
        return ""


@dataclass(frozen=True, slots=True)
class Script:
    """Text that a step hands to an interpreter. ``line`` is the line of its first line in the file."""

    text: str
    line: int
    language: str = "shell"
    """``shell``, ``powershell``, ``python``, ``javascript`` (github-script)."""


@dataclass(frozen=True)
class Step:
    """One step: a script, or a ready-made action, task, orb command or plugin."""

    name: str
    at: Place
    uses: str = ""
    """``actions/checkout@v4``; the orb command, task, plugin, hook or builder image of other services."""
    inputs: tuple[tuple[str, str], ...] = ()
    script: Script | None = None
    commands: tuple[Command, ...] = ()
    """What it runs, followed into scripts and targets."""
    folder: str = ""
    condition: str = ""
    can_fail: bool = True
    excuse: str = ""
    """Why its failure is lost: ``continue-on-error: true``."""
    disabled: str = ""
    """Why it never runs: ``if: false``."""
    env: tuple[tuple[str, str], ...] = ()
    through: str = ""
    """The local action or template that it comes from."""
    id: str = ""
    uses_at: Place | None = None

    def input(self, *names: str) -> str:
        """The first of these inputs that is given; empty where none is."""
        return next((value for name in names for key, value in self.inputs if key == name), "")

    @property
    def action(self) -> str:
        """``uses`` without its version: ``actions/checkout``."""
        return self.uses.partition("@")[0]

    @property
    def version(self) -> str:
        return self.uses.partition("@")[2]


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the job's token may do. ``everything`` is ``read-all`` or ``write-all``, else ``scopes`` list it."""

    scopes: tuple[tuple[str, str], ...] = ()
    everything: str = ""
    at: Place | None = None

    def writes(self) -> tuple[str, ...]:
        """The scopes that it may write, ``all`` for every one."""
        if self.everything == "write-all":
            return ("all",)
        return tuple(scope for scope, access in self.scopes if access == "write")


@dataclass(frozen=True)
class Job:
    """One job. ``name`` is its key in the file."""

    name: str
    at: Place
    steps: tuple[Step, ...] = ()
    needs: tuple[str, ...] = ()
    condition: str = ""
    environment: str = ""
    """The deployment environment that it names, which the service can guard with approvals."""
    permissions: Permissions | None = None
    """Its own; None where the pipeline's or the service's default holds."""
    can_fail: bool = True
    excuse: str = ""
    disabled: str = ""
    manual: bool = False
    """A person starts it: ``when: manual``, ``input``, ``type: approval``."""
    approval: Place | None = None
    """Where a person must approve before it goes on."""
    matrix: tuple[str, ...] = ()
    image: str = ""
    services: tuple[str, ...] = ()
    runner: str = ""
    uses: str = ""
    """A reusable workflow that it calls and that is not in the repository."""
    caches: tuple[Place, ...] = ()
    concurrency: bool = False
    """Whether newer runs cancel it."""
    events: tuple[Event, ...] = ()
    """The events that it is limited to, where its rules say so."""
    env: tuple[tuple[str, str], ...] = ()
    stage: str = ""


@dataclass(frozen=True)
class Pipeline:
    """One pipeline: a workflow file, or all that a service reads from one entry file."""

    service: Service
    name: str
    at: Place
    triggers: tuple[Trigger, ...] = ()
    jobs: tuple[Job, ...] = ()
    loaded: bool = True
    """Whether the service reads it where it lies."""
    why: str = ""
    """Why not, or what its being loaded depends on."""
    sure: bool = True
    """False where settings outside of the repository decide whether it is read (a Jenkinsfile in a folder)."""
    permissions: Permissions | None = None
    concurrency: bool = False
    """Whether newer runs cancel older ones."""
    env: tuple[tuple[str, str], ...] = ()
    remote: tuple[Place, ...] = ()
    """Includes, templates, orbs and libraries that lie elsewhere; symbol is their name."""
    problem: str = ""
    """Why the service would refuse the file: it does not parse, or has no jobs."""

    def starts_on(self, *events: Event) -> bool:
        """Says whether one of these events starts it."""
        return any(trigger.event in events for trigger in self.triggers)

    @cached_property
    def only_called(self) -> bool:
        """Whether it runs only where another pipeline calls it; there its jobs are among the caller's."""
        return bool(self.triggers) and all(trigger.name == "workflow_call" for trigger in self.triggers)

    @property
    def on_change(self) -> bool:
        """Whether it starts on pull requests or pushes of branches, or may (Jenkins, where its job decides)."""
        return self.starts_on(Event.CHANGE, Event.PUSH, Event.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Run:
    """Something that a pipeline executes: a command, or a step that uses something ready-made (``command`` is None)."""

    pipeline: Pipeline
    job: Job
    step: Step
    command: Command | None = None

    @property
    def at(self) -> Place:
        return self.command.at if self.command else self.step.at

    @property
    def origin(self) -> Place:
        """Where the pipeline's own file runs it, though what is run may stand in a script that it calls."""
        followed = self.command is not None and self.command.through
        return self.step.at if followed else self.at

    @property
    def text(self) -> str:
        return self.command.text if self.command else self.step.uses

    @property
    def folder(self) -> str:
        return self.command.folder if self.command else self.step.folder

    @property
    def on_change(self) -> bool:
        """Whether it is part of what starts on a pull request or a push of a branch."""
        events = self.job.events
        return self.pipeline.on_change and (not events or Event.CHANGE in events or Event.PUSH in events)

    @property
    def excuse(self) -> str:
        """Why its failure fails nothing; empty where it does fail the pipeline."""
        if self.pipeline.problem or not self.pipeline.loaded:
            return self.pipeline.problem or self.pipeline.why
        own = self.command.excuse if self.command and not (self.command.can_fail and self.command.reached) else ""
        own = self.absent or own
        return self.job.disabled or self.step.disabled or self.job.excuse or self.step.excuse or own

    @property
    def absent(self) -> str:
        """What it needs and the repository does not have, so that it always fails."""
        if self.command is not None:
            return self.command.missing
        return next((c.missing for c in self.step.commands if c.missing), "") if self.step.uses else ""

    @property
    def executes(self) -> bool:
        """Whether it is ever executed, and what it names is there."""
        reached = (self.command is None or self.command.reached) and not self.absent
        live = self.pipeline.loaded and not self.pipeline.problem and not self.pipeline.only_called
        return live and reached and not self.job.disabled and not self.step.disabled

    @property
    def can_fail(self) -> bool:
        """Whether it is executed and its failure fails the pipeline."""
        lost = self.command is not None and not self.command.can_fail
        return self.executes and self.job.can_fail and self.step.can_fail and not lost


@dataclass(frozen=True, slots=True)
class Hook:
    """A pre-commit hook. ``repo`` is where it comes from, ``local`` for one of the repository."""

    id: str
    repo: str
    rev: str
    at: Place
    entry: str = ""
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Updater:
    """One Dependabot entry, or a Renovate configuration (``ecosystem`` is ``all``)."""

    tool: str
    ecosystem: str
    folders: tuple[str, ...]
    at: Place
    loaded: bool = True
    why: str = ""
    """Why it does nothing, where it does not."""


@dataclass(frozen=True)
class Pipelines:
    """All pipelines of a target, pre-commit hooks and dependency updaters."""

    pipelines: tuple[Pipeline, ...] = ()
    hooks: tuple[Hook, ...] = ()
    updaters: tuple[Updater, ...] = ()
    stray: tuple[Place, ...] = ()
    """Files that look like pipelines where no service reads them; symbol says why."""
    unread: tuple[Unread, ...] = ()

    @cached_property
    def loaded(self) -> tuple[Pipeline, ...]:
        """The pipelines that their service reads and accepts."""
        return tuple(p for p in self.pipelines if p.loaded and not p.problem)

    @cached_property
    def all_runs(self) -> tuple[Run, ...]:
        """Everything in a pipeline, also what never runs; see :attr:`Run.executes` and :attr:`Run.can_fail`."""
        return tuple(_runs(self.pipelines))

    def runs(self, *programs: str, on_change: bool = False, can_fail: bool = False) -> tuple[Run, ...]:
        """What pipelines execute; of these programs if any are given. Limits: pipelines that start on a change, and
        what can fail them."""
        return tuple(
            run
            for run in self.all_runs
            if run.executes
            and (not programs or (run.command is not None and run.command.program in programs))
            and (run.on_change or not on_change)
            and (run.can_fail or not can_fail)
        )

    def uses(self, *actions: str) -> tuple[Run, ...]:
        """Steps that execute and use one of these, whatever the version: ``github/codeql-action`` matches its parts."""
        names = tuple(action.lower() for action in actions)
        return tuple(
            run for run in self.all_runs if run.command is None and run.executes and _is_one(run.step.action, names)
        )


def _is_one(action: str, names: tuple[str, ...]) -> bool:
    lower = action.lower()
    return any(lower == name or lower.startswith(name + "/") for name in names)


def _runs(pipelines: tuple[Pipeline, ...]) -> Iterator[Run]:
    for pipeline in pipelines:
        for job in pipeline.jobs:
            for step in job.steps:
                if step.uses:
                    yield Run(pipeline, job, step)
                for command in step.commands:
                    yield Run(pipeline, job, step, command)
