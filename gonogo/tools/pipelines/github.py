"""GitHub Actions: workflows at the root, with local actions and reusable workflows put in where they are used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from gonogo.facts.pipelines import (
    Event,
    Job,
    Permissions,
    Pipeline,
    Service,
    Step,
    Trigger,
)
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.github_steps import continues, defaults, filled, local_path, read_steps
from gonogo.tools.pipelines.source import Reader, is_false, load, pairs, texts
from gonogo.tools.yaml_marks import Map, Seq, as_text

_EVENTS = {
    "pull_request": Event.CHANGE,
    "pull_request_target": Event.CHANGE,
    "merge_group": Event.CHANGE,
    "push": Event.PUSH,
    "release": Event.TAG,
    "schedule": Event.SCHEDULE,
    "workflow_dispatch": Event.MANUAL,
    "repository_dispatch": Event.MANUAL,
    "workflow_call": Event.CALL,
    "workflow_run": Event.CALL,
}
_DEEPEST = 4


def read_github(reader: Reader) -> list[Pipeline]:
    """The workflows of one root, and those that lie where GitHub does not look."""
    found = []
    for file in reader.repository.match(
        "**/.github/workflows/**/*.yml", "**/.github/workflows/**/*.yaml", deciding=False
    ):
        if file.root != reader.root:
            continue
        at_root = re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", file.local) is not None
        if not at_root and not file.decides:
            continue
        pipeline = _workflow(reader, file)
        if pipeline and not at_root:
            why = "GitHub reads workflows only from .github/workflows at the root of a repository"
            pipeline = replace(pipeline, loaded=False, why=why)
        if pipeline:
            found.append(pipeline)
    return found


def _workflow(reader: Reader, file: File) -> Pipeline | None:
    loaded = load(reader, file)
    if loaded is None:
        return None
    value, name = loaded.value, file.name
    place = Place(file.path, loaded.line, 0, name)
    if loaded.problem:
        return Pipeline(Service.GITHUB, name, place, problem=loaded.problem)
    jobs = value.map("jobs")
    triggers = tuple(_triggers(value, file))
    problem = "" if jobs and triggers else "it has no jobs" if triggers else "it has no trigger (on:)"
    return Pipeline(
        Service.GITHUB,
        name,
        Place(file.path, value.line_of("name" if "name" in value else "on"), 0, name),
        triggers=triggers,
        jobs=_skip_dependants(tuple(_jobs(reader, value, file, {}, 0, name))),
        problem=problem,
        permissions=_permissions(value),
        concurrency=_cancels(value),
        env=pairs(value.get("env")),
    )


def _triggers(value: Map, file: File) -> list[Trigger]:
    on = value.get("on")
    line = value.line_of("on")
    if isinstance(on, str | Seq):
        return [_trigger(name, Map(line, file.path), Place(file.path, line)) for name in texts(on)]
    found: list[Trigger] = []
    if isinstance(on, Map):
        for name in on:
            details = on[name] if isinstance(on[name], Map) else Map(on.line_of(name), file.path)
            place = Place(file.path, on.line_of(name))
            found.append(_trigger(name, details, place))
            if name == "push" and "tags" in details and ("branches" in details or "branches-ignore" in details):
                found.append(Trigger(Event.TAG, "push", place, texts(details.get("tags"))))
    return found


def _trigger(name: str, details: Map, place: Place) -> Trigger:
    event = _EVENTS.get(name, Event.OTHER)
    if name == "push" and "tags" in details and "branches" not in details and "branches-ignore" not in details:
        event = Event.TAG
    branches = texts(details.get("branches" if name != "workflow_run" else "workflows"))
    return Trigger(event, name, place, branches, texts(details.get("paths")), texts(details.get("types")))


def _permissions(value: Map) -> Permissions | None:
    if "permissions" not in value:
        return None
    found = value["permissions"]
    place = value.place("permissions")
    if isinstance(found, Map):
        return Permissions(pairs(found), "", place)
    return Permissions((), as_text(found), place)


def _cancels(value: Map) -> bool:
    """Newer runs cancel older ones where cancel-in-progress is on, or is an expression."""
    text = value.map("concurrency").text("cancel-in-progress")
    return bool(text) and not is_false(text)


def _jobs(reader: Reader, value: Map, file: File, inputs: dict[str, str], depth: int, symbol: str) -> list[Job]:
    found: list[Job] = []
    jobs = value.map("jobs")
    for key, body in jobs.items():
        if not isinstance(body, Map):
            continue
        job = _job(reader, value, body, key, Place(file.path, jobs.line_of(key), 0, f"{symbol}:{key}"), inputs, file)
        target = local_path(job.uses)
        if target is None:
            found.append(job)
            continue
        called = reader.repository.file(reader.root + target)
        inner = load(reader, called) if called and depth < _DEEPEST else None
        if called is None or inner is None:
            excuse = f"{target} is not in the repository"
            found.append(replace(job, disabled=job.disabled or excuse))
            continue
        given = defaults(inner.value) | dict(pairs(body.get("with")))
        for each in _jobs(reader, inner.value, called, given, depth + 1, called.name):
            found.append(_called(each, job, body))
    return found


def _called(each: Job, caller: Job, body: Map) -> Job:
    """A job of a reusable workflow as it runs for its caller."""
    return replace(
        each,
        name=f"{caller.name}/{each.name}",
        needs=(*caller.needs, *(f"{caller.name}/{need}" for need in each.needs)),
        condition=" && ".join(filter(None, (caller.condition, each.condition))),
        can_fail=each.can_fail and caller.can_fail,
        excuse=caller.excuse or each.excuse,
        disabled=caller.disabled or each.disabled,
        permissions=each.permissions or _permissions(body),
        matrix=(*caller.matrix, *each.matrix),
    )


def _job(reader: Reader, workflow: Map, body: Map, key: str, place: Place, inputs: dict[str, str], file: File) -> Job:
    condition = body.text("if")
    environment = body.get("environment")
    container = body.get("container")
    image = container.text("image") if isinstance(container, Map) else as_text(container)
    lost = continues(body)
    runner = " ".join(texts(body.get("runs-on"))) or as_text(body.get("runs-on"))
    job = Job(
        name=key,
        at=place,
        needs=texts(body.get("needs")),
        condition=condition,
        environment=filled(environment.text("name") if isinstance(environment, Map) else as_text(environment), inputs),
        permissions=_permissions(body),
        can_fail=not lost,
        excuse="the job has continue-on-error" if lost else "",
        disabled=f"if: {condition}" if condition and is_false(condition) else "",
        matrix=tuple(body.map("strategy").map("matrix")),
        image=image,
        services=tuple(service.text("image") for service in body.map("services").values() if isinstance(service, Map)),
        runner=runner,
        uses=body.text("uses"),
        concurrency=_cancels(body),
        env=pairs(body.get("env")),
    )
    shell = _shell_of(body, workflow, runner)
    folder = _folder_of(body, workflow)
    steps: list[Step] = []
    for index, (item, line) in enumerate(body.seq("steps").marked(), 1):
        if isinstance(item, Map):
            at = Place(file.path, line, max(item.end_line, line), f"{place.symbol}:{index}")
            steps += read_steps(reader, item, at, folder, shell, inputs, 0)
    steps = _checked_out(list(map(_settled(steps), steps)))
    return replace(job, steps=_after_failure(tuple(steps), runner, image))


def _shell_of(body: Map, workflow: Map, runner: str) -> str:
    for level in (body, workflow):
        if text := level.map("defaults").map("run").text("shell"):
            return text
    return "pwsh" if runner.lower().startswith("windows") else ""


def _folder_of(body: Map, workflow: Map) -> str:
    for level in (body, workflow):
        if text := level.map("defaults").map("run").text("working-directory"):
            return text
    return ""


def _settled(steps: list[Step]) -> Callable[[Step], Step]:
    """A step with continue-on-error fails the job after all where a later one exits on its outcome."""
    exits = " ".join(
        step.condition for step in steps if step.script and re.search(r"\bexit [1-9]|setFailed", step.script.text)
    )

    def settle(step: Step) -> Step:
        judged = step.id and re.search(rf"steps\.{re.escape(step.id)}\.outcome", exits)
        return replace(step, can_fail=True, excuse="") if judged and not step.can_fail else step

    return settle


def _checked_out(steps: list[Step]) -> list[Step]:
    """Folders as they lie in the repository where a job checks it out elsewhere; what is fetched is not missing."""
    checkouts = [step for step in steps if step.action == "actions/checkout"]
    own = next((s.input("path").strip("./") for s in checkouts if s.input("path") and not s.input("repository")), "")
    fetched = own or any(
        step.action == "actions/download-artifact"
        or (step.action == "actions/checkout" and (step.input("repository") or step.input("submodules")))
        or (step.script is not None and re.search(r"git clone|gh (repo clone|release download)", step.script.text))
        for step in steps
    )
    if not fetched:
        return steps

    def moved(folder: str) -> str:
        inside = own and (folder == own or folder.startswith(own + "/"))
        return folder[len(own) :].lstrip("/") if inside else folder

    return [
        replace(
            step,
            folder=moved(step.folder),
            commands=tuple(replace(c, folder=moved(c.folder), missing="") for c in step.commands),
        )
        for step in steps
    ]


def _after_failure(steps: tuple[Step, ...], runner: str, image: str) -> tuple[Step, ...]:
    """What stands behind a step that always fails does not run: setup-node asks pnpm for its cache folder, and runners
    of GitHub have no pnpm until a step installs it."""
    hosted = re.match(r"(ubuntu|windows|macos)-", runner) is not None and not image
    installed, broken = False, ""
    found: list[Step] = []
    for step in steps:
        if not broken and step.can_fail and not step.condition and not step.disabled:
            absent = next((c.missing for c in step.commands if c.missing and c.can_fail and c.reached), "")
            if absent:
                found.append(step)
                broken = f"the step at line {step.at.line} always fails: {absent}"
                continue
        always = re.search(r"always\(\)|failure\(\)|cancelled\(\)", step.condition)
        found.append(replace(step, disabled=step.disabled or broken) if broken and not always else step)
        text = step.script.text if step.script else ""
        if step.action.startswith("pnpm/action-setup") or re.search(r"corepack enable|install\b.*\bpnpm", text):
            installed = True
        if re.search(r"mise|asdf|devbox|nix|volta|proto", step.uses) or step.uses.startswith("./"):
            installed = True
        asks = step.action == "actions/setup-node" and step.input("cache") == "pnpm" and not step.condition
        if hosted and asks and not installed and not broken and step.can_fail:
            broken = f"the step at line {step.at.line} always fails: cache: pnpm needs pnpm, which comes later or never"
    return tuple(found)


def _skip_dependants(jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """A job that needs one that is switched off is skipped as well."""
    off = {job.name: job.disabled for job in jobs if job.disabled}
    for _ in range(len(jobs)):
        more = {
            job.name: f"it needs {need}, which never runs"
            for job in jobs
            for need in job.needs
            if need in off and job.name not in off and not re.search(r"always\(\)|cancelled\(\)", job.condition)
        }
        if not more:
            break
        off |= more
    return tuple(replace(job, disabled=off.get(job.name, "")) for job in jobs)
