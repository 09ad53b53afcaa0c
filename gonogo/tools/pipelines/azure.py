"""Azure Pipelines: stages, jobs, deployments and steps, with local templates put in where they are used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gonogo.facts.pipelines import Event, Job, Pipeline, Service, Step, Trigger
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.leads import join
from gonogo.tools.pipelines.source import Reader, Where, is_false, load, one_script, pairs, texts
from gonogo.tools.yaml_marks import Map, Seq, as_text

_OPAQUE = re.compile(
    r"\$\((?!pwd\b|date\b|git\b|cat\b|echo\b|find\b|ls\b|basename\b|dirname\b)[A-Za-z_][\w.]*\)|\$\[[^\]]*\]"
)
_PARAMETER = re.compile(r"\$\{\{\s*parameters\.(\w+)\s*\}\}")
_SHELL = Shell(errexit=False, opaque=_OPAQUE)
_DEEPEST = 6
_FILES = (
    "**/azure-pipelines*.yml",
    "**/azure-pipelines*.yaml",
    "**/.azure-pipelines/*.yml",
    "**/.azure/pipelines/*.yml",
    "**/.azuredevops/**/*.yml",
    "**/.azure-devops/*.yml",
    "**/.ado/*.yml",
    "**/.vsts-ci.yml",
)


@dataclass(frozen=True, slots=True)
class _At:
    """Where in the pipeline a part stands: file, symbol, parameters of its template, depth of templates."""

    file: File
    symbol: str
    values: dict[str, str]
    depth: int = 0


def read_azure(reader: Reader) -> list[Pipeline]:
    """The pipelines of one root."""
    found: list[Pipeline] = []
    for file in reader.repository.match(*_FILES):
        pipeline = _pipeline(reader, file) if file.root == reader.root else None
        if pipeline:
            found.append(pipeline)
    return found


def _pipeline(reader: Reader, file: File) -> Pipeline | None:
    loaded = load(reader, file)
    if loaded is None:
        return None
    value, place = loaded.value, Place(file.path, loaded.line, 0, file.name)
    named = file.local in ("azure-pipelines.yml", "azure-pipelines.yaml")
    if loaded.problem:
        return Pipeline(Service.AZURE, file.name, place, problem=loaded.problem, sure=named)
    if not any(key in value for key in ("stages", "jobs", "steps", "extends")) or not (
        named or "trigger" in value or "pr" in value or "schedules" in value or "pool" in value
    ):
        return None  # a template or a variable file, which counts where it is used
    remote = _repositories(value, file)
    at = _At(file, file.name, {})
    body = value
    if isinstance(value.get("extends"), Map):
        body = _template(reader, value.map("extends"), at) or value
    jobs = tuple(_jobs(reader, body, at))
    why = "" if named else "which file Azure DevOps reads is set there"
    return Pipeline(
        Service.AZURE,
        file.name,
        place,
        triggers=tuple(_triggers(value, place)),
        jobs=jobs,
        why=why,
        sure=named,
        problem="" if jobs or remote else "it has no jobs",
        env=pairs(value.get("variables")),
        remote=tuple(remote),
        concurrency=value.map("pr").get("autoCancel") is True or value.map("trigger").get("batch") is True,
    )


def _repositories(value: Map, file: File) -> list[Place]:
    """Repositories that templates come from."""
    items = value.map("resources").seq("repositories").marked()
    return [
        Place(file.path, line, 0, item.text("name") or item.text("repository"))
        for item, line in items
        if isinstance(item, Map)
    ]


def _triggers(value: Map, place: Place) -> list[Trigger]:
    found = []
    trigger, pr = value.get("trigger"), value.get("pr")
    if as_text(trigger) != "none" or "trigger" not in value:
        details = trigger.map("branches") if isinstance(trigger, Map) else Map()
        branches = texts(trigger) if not isinstance(trigger, Map) else texts(details.get("include"))
        found.append(Trigger(Event.PUSH, "trigger", value.place("trigger"), branches))
        if isinstance(trigger, Map) and trigger.get("tags"):
            found.append(Trigger(Event.TAG, "trigger", value.place("trigger")))
    if as_text(pr) != "none":
        found.append(Trigger(Event.CHANGE, "pr", value.place("pr")))
    if value.maps("schedules"):
        found.append(Trigger(Event.SCHEDULE, "schedules", value.place("schedules")))
    return found or [Trigger(Event.MANUAL, "none", place)]


def _items(value: Any) -> Iterator[tuple[Map, int]]:
    """The items of a list, also those below ``${{ if }}`` and ``${{ each }}``."""
    if isinstance(value, Seq):
        for item, line in value.marked():
            if isinstance(item, Map) and len(item) == 1 and next(iter(item)).startswith("${{"):
                yield from _items(next(iter(item.values())))
            elif isinstance(item, Map):
                yield item, line


def _template(reader: Reader, item: Map, at: _At) -> Map | None:
    """A local template; None for one of another repository."""
    name = item.text("template")
    if not name or "@" in name or "$" in name or at.depth > _DEEPEST:
        return None
    base = reader.root if name.startswith("/") else at.file.folder
    file = reader.repository.file(join(base.rstrip("/"), name.lstrip("/")))
    loaded = load(reader, file) if file else None
    return loaded.value if loaded and not loaded.problem else None


def _inside(reader: Reader, item: Map, found: Map, at: _At) -> _At:
    file = reader.repository.by_path.get(found.path, at.file)
    values = {}
    parameters = found.get("parameters")
    if isinstance(parameters, Map):
        values = dict(pairs(parameters))
    elif isinstance(parameters, Seq):
        values = {p.text("name"): p.text("default") for p in parameters if isinstance(p, Map)}
    return _At(file, at.symbol, values | dict(pairs(item.get("parameters"))), at.depth + 1)


def _jobs(reader: Reader, value: Map, at: _At, stage: Map | None = None) -> list[Job]:
    found: list[Job] = []
    for item, _ in _items(value.get("stages")):
        if "template" in item:
            if template := _template(reader, item, at):
                found += _jobs(reader, template, _inside(reader, item, template, at))
            continue
        name = item.text("stage") or "stage"
        found += _jobs(reader, item, replace(at, symbol=f"{at.symbol}:{name}"), item)
    for item, line in _items(value.get("jobs")):
        if "template" in item:
            if template := _template(reader, item, at):
                found += _jobs(reader, template, _inside(reader, item, template, at), stage)
            continue
        found.append(_job(reader, item, line, at, stage))
    if "steps" in value:
        found.append(_job(reader, value, value.line_of("steps"), at, stage))
    return found


def _job(reader: Reader, body: Map, line: int, at: _At, stage: Map | None) -> Job:
    name = body.text("job") or body.text("deployment") or "job"
    place = Place(at.file.path, line, 0, f"{at.symbol}:{name}")
    environment = body.get("environment")
    container = body.get("container")
    conditions = [level.text("condition") for level in (stage, body) if level is not None and level.text("condition")]
    lost = body.get("continueOnError") is True
    steps = _all_steps(reader, body, replace(at, symbol=place.symbol))
    validations = [step.uses_at for step in steps if step.uses.startswith("ManualValidation")]
    return Job(
        name=name,
        at=place,
        steps=tuple(steps),
        needs=texts(body.get("dependsOn")),
        condition=" && ".join(conditions),
        environment=environment.text("name") if isinstance(environment, Map) else as_text(environment),
        can_fail=not lost,
        excuse="continueOnError: true" if lost else "",
        disabled=next((f"condition: {c}" for c in conditions if is_false(c)), ""),
        approval=validations[0] if validations else None,
        matrix=tuple(body.map("strategy").map("matrix")),
        image=container.text("image") if isinstance(container, Map) else as_text(container),
        runner=body.map("pool").text("vmImage") or as_text(body.get("pool")),
        caches=tuple(step.at for step in steps if step.action == "Cache"),
        stage=stage.text("stage") if stage is not None else "",
        env=pairs(body.get("variables")),
    )


def _all_steps(reader: Reader, body: Map, at: _At) -> list[Step]:
    """The steps of a job, or of every phase of a deployment's strategy."""
    found = _steps(reader, body.get("steps"), at)
    for strategy in body.map("strategy").values():
        for phase in strategy.values() if isinstance(strategy, Map) else ():
            inner = [phase, *phase.values()] if isinstance(phase, Map) else []
            for part in inner:
                if isinstance(part, Map) and "steps" in part:
                    found += _steps(reader, part.get("steps"), at)
    return found


def _steps(reader: Reader, value: Any, at: _At) -> list[Step]:
    found: list[Step] = []
    for item, line in _items(value):
        if "template" in item:
            if template := _template(reader, item, at):
                found += _steps(reader, template.get("steps"), _inside(reader, item, template, at))
            continue
        symbol = f"{at.symbol}:{len(found) + 1}"
        found += _step(reader, item, Place(at.file.path, line, 0, symbol), at)
    return found


def _step(reader: Reader, item: Map, place: Place, at: _At) -> list[Step]:
    condition = item.text("condition")
    lost = item.get("continueOnError") is True
    off = "enabled: false" if item.get("enabled") is False else ""
    base = Step(
        name=item.text("displayName") or item.text("task"),
        at=place,
        uses=item.text("task") or ("checkout" if "checkout" in item else ""),
        inputs=pairs(item.get("inputs")),
        condition=condition,
        can_fail=not lost,
        excuse="continueOnError: true" if lost else "",
        disabled=off or (f"condition: {condition}" if is_false(condition) else ""),
        env=pairs(item.get("env")),
        uses_at=place,
    )
    inputs = item.map("inputs")
    source, key = (inputs, "script") if base.action in ("Bash", "PowerShell", "CmdLine") else (item, "")
    key = key or next((name for name in ("script", "bash", "pwsh", "powershell") if name in item), "")
    if not key or key not in source:
        return [_task_script(reader, base, at)] if base.uses else []
    folder = _filled((item.text("workingDirectory") or inputs.text("workingDirectory")), at.values)
    folder = re.sub(r"^\$\((Build\.SourcesDirectory|System\.DefaultWorkingDirectory)\)/?", "", folder)
    inside = "?" if "$" in folder else join(reader.folder, folder or ".")
    text = _filled(source.text(key), at.values)
    where = Where(place.path, place.symbol, inside, _SHELL)
    found = one_script(reader, where, (text, source.line_of(key)), base=replace(base, uses="", folder=inside))
    return found or [base]


def _task_script(reader: Reader, base: Step, at: _At) -> Step:
    """Tasks that run a script of the repository or a tool's command, as the command that they amount to."""
    words: tuple[str, ...] = ()
    command = base.input("command")
    match base.action:
        case "Bash" | "ShellScript":
            words = ("bash", base.input("filePath", "scriptPath"))
        case "Npm":
            custom = base.input("customCommand")
            words = ("npm", *(custom.split() if custom else (command or "install",)))
        case "DotNetCoreCLI":
            words = ("dotnet", command or "build", base.input("projects"))
        case "Maven":
            words = ("mvn", *base.input("goals").split())
        case "Gradle":
            words = ("./gradlew", *base.input("tasks").split())
        case "Go":
            words = ("go", command, *base.input("arguments").split())
    words = tuple(filter(None, words))
    if len(words) < 2:
        return base
    folder = base.input("workingDir", "workingDirectory")
    inside = "?" if "$" in folder else join(reader.folder, folder or ".")
    return replace(base, commands=reader.follower.argv(words, base.at, inside))


def _filled(text: str, values: dict[str, str]) -> str:
    return _PARAMETER.sub(lambda match: values.get(match[1], match[0]), text) if values else text
