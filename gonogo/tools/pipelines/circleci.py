"""CircleCI: .circleci/config.yml; only jobs that a workflow names run, with commands and parameters put in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from gonogo.facts.pipelines import Event, Job, Pipeline, Service, Step, Trigger
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.leads import join
from gonogo.tools.pipelines.source import Reader, Where, load, one_script, pairs, texts
from gonogo.tools.yaml_marks import Map, Seq, as_text

_OPAQUE = re.compile(r"<<\s*[\w.#/^-]+(\s+[\w.-]+)?\s*>>")
_PARAMETER = re.compile(r"<<\s*parameters\.([\w-]+)\s*>>")
_SHELL = Shell(errexit=True, pipefail=True, opaque=_OPAQUE)
_CACHES = ("save_cache", "restore_cache")


def read_circleci(reader: Reader) -> list[Pipeline]:
    """The pipeline of one root."""
    found: list[Pipeline] = []
    for name in (".circleci/config.yml", ".circleci/config.yaml"):
        file = reader.repository.file(reader.root + name)
        pipeline = _pipeline(reader, file) if file else None
        if pipeline:
            found.append(pipeline)
    return found


def _pipeline(reader: Reader, file: File) -> Pipeline | None:
    loaded = load(reader, file)
    if loaded is None:
        return None
    value, place = loaded.value, Place(file.path, loaded.line, 0, "circleci")
    if loaded.problem:
        return Pipeline(Service.CIRCLECI, "config.yml", place, problem=loaded.problem)
    orbs = value.map("orbs")
    remote = [Place(file.path, orbs.line_of(key), 0, as_text(orbs[key])) for key in orbs if as_text(orbs[key])]
    jobs: list[Job] = []
    triggers = [Trigger(Event.PUSH, "push", place)]
    workflows = value.map("workflows")
    for name, workflow in workflows.items():
        if isinstance(workflow, Map):
            if workflow.maps("triggers"):
                triggers.append(Trigger(Event.SCHEDULE, "schedule", workflow.place("triggers")))
            off = f"workflow {name} has when: false" if workflow.get("when") is False else ""
            jobs += _scheduled(reader, value, workflow, name, off)
    if not workflows and isinstance(value.map("jobs").get("build"), Map):
        jobs.append(_job(reader, value, "build", Map(), "build", Place(file.path, value.map("jobs").line_of("build"))))
    if any(Event.TAG in job.events for job in jobs):
        triggers.append(Trigger(Event.TAG, "tag", place))
    problem = "" if jobs or value.get("setup") is True else "no workflow runs a job"
    return Pipeline(
        Service.CIRCLECI, "config.yml", place, tuple(triggers), tuple(jobs), problem=problem, remote=tuple(remote)
    )


def _scheduled(reader: Reader, value: Map, workflow: Map, name: str, off: str) -> list[Job]:
    found = []
    for item, line in workflow.seq("jobs").marked():
        key, options = as_text(item), Map(line, workflow.path)
        if isinstance(item, Map) and item:
            key = next(iter(item))
            options = item.map(key)
        label = options.text("name") or key
        place = Place(workflow.path, line, 0, f"circleci:{name}:{label}")
        if options.text("type") == "approval":
            found.append(Job(label, place, needs=texts(options.get("requires")), manual=True, approval=place))
            continue
        job = _job(reader, value, key, options, label, place)
        found.append(replace(job, disabled=job.disabled or off, stage=name))
    return found


def _job(reader: Reader, value: Map, key: str, options: Map, label: str, place: Place) -> Job:
    body = value.map("jobs").map(key)
    needs = texts(options.get("requires"))
    filters = options.map("filters")
    events = []
    if filters.map("tags").get("only"):
        events.append(Event.TAG)
        if filters.map("branches").get("ignore") in ("/.*/", Seq()):
            pass
        else:
            events.append(Event.PUSH)
    condition = " || ".join(texts(filters.map("branches").get("only")))
    if not body:
        step = Step(key, place, uses=key, inputs=pairs(options))
        return Job(label, place, (step,), needs, condition, events=tuple(events))
    values = _defaults(body) | {name: text for name, text in pairs(options) if text}
    symbol = place.symbol or f"circleci:{label}"
    folder = body.text("working_directory")
    inside = reader.folder if not folder or folder.startswith(("~", "/")) else join(reader.folder, folder)
    where = Where(value.path, symbol, inside, _SHELL)
    steps = _steps(reader, value, body.get("steps"), where, values, 0)
    images = [i.text("image") for i in body.maps("docker")]
    caches = [step.at for step in steps if step.uses in _CACHES or "cache" in step.uses]
    return Job(
        name=label,
        at=value.map("jobs").place(key, symbol),
        steps=tuple(steps),
        needs=needs,
        condition=condition,
        image=images[0] if images else "",
        services=tuple(images[1:]),
        caches=tuple(caches),
        events=tuple(events),
        env=pairs(body.get("environment")),
        matrix=tuple(options.map("matrix").map("parameters")),
    )


def _defaults(body: Map) -> dict[str, str]:
    parameters = body.map("parameters")
    return {name: parameters.map(name).text("default") for name in parameters if "default" in parameters.map(name)}


def _filled(text: str, values: dict[str, str]) -> str:
    return _PARAMETER.sub(lambda match: values.get(match[1], match[0]), text)


def _steps(reader: Reader, value: Map, steps: Any, where: Where, values: dict[str, str], depth: int) -> list[Step]:
    found: list[Step] = []
    for item, line in steps.marked() if isinstance(steps, Seq) else ():
        symbol = f"{where.symbol}:{len(found) + 1}"
        place = Place(where.path, line, 0, symbol)
        if not isinstance(item, Map) or not item:
            found += _named(reader, value, as_text(item), Map(line, where.path), place, where, depth)
            continue
        key = next(iter(item))
        body = item[key]
        if key == "run":
            found += _run(reader, item, body, replace(where, symbol=symbol), values)
        elif key in ("when", "unless") and isinstance(body, Map):
            found += _steps(reader, value, body.get("steps"), where, values, depth + 1)
        else:
            options = body if isinstance(body, Map) else Map(line, where.path)
            found += _named(reader, value, key, options, place, where, depth)
    return found


def _run(reader: Reader, item: Map, body: Any, where: Where, values: dict[str, str]) -> list[Step]:
    if not isinstance(body, Map):
        return one_script(reader, where, (_filled(as_text(body), values), item.line_of("run")))
    folder = _filled(body.text("working_directory"), values)
    inside = "?" if "<<" in folder or folder[:1] in ("~", "/", "$") else join(where.folder, folder or ".")
    shell = body.text("shell")
    mode = _SHELL if not shell else Shell(re.search(r"-\w*e", shell) is not None, "pipefail" in shell, _OPAQUE)
    at = Place(where.path, item.line)
    base = Step(body.text("name"), at, condition=body.text("when"), env=pairs(body.get("environment")))
    script = (_filled(body.text("command"), values), body.line_of("command"))
    return one_script(reader, replace(where, folder=inside, shell=mode), script, base=replace(base, folder=inside))


def _named(reader: Reader, value: Map, name: str, options: Map, place: Place, where: Where, depth: int) -> list[Step]:
    """A built-in step, a command of an orb, or one of the file's own, put in."""
    own = value.map("commands").map(name)
    if own and depth < 6:
        values = _defaults(own) | {key: text for key, text in pairs(options) if text}
        return _steps(reader, value, own.get("steps"), replace(where, symbol=place.symbol), values, depth + 1)
    return [Step(name, place, uses=name, inputs=pairs(options))] if name else []
