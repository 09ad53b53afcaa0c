"""Hosted services with one file at the root: Bitbucket Pipelines, Travis CI, Buildkite."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from gonogo.facts.pipelines import Event, Job, Pipeline, Service, Step, Trigger
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.source import Reader, Where, load, lose, one_script, pairs, separate_scripts, texts
from gonogo.tools.yaml_marks import Map, Seq, as_text, load_yaml

_STRICT = Shell(errexit=True)
_BITBUCKET = {
    "default": Event.PUSH,
    "branches": Event.PUSH,
    "pull-requests": Event.CHANGE,
    "tags": Event.TAG,
    "custom": Event.MANUAL,
}
_TRAVIS_SCRIPTS = {
    "node_js": "npm test",
    "go": "go test -v ./...",
    "rust": "cargo test --verbose",
    "ruby": "rake",
    "php": "phpunit",
}
"""What Travis runs for a language where the file gives no script."""


def read_bitbucket(reader: Reader) -> list[Pipeline]:
    """bitbucket-pipelines.yml."""
    loaded = _root_file(reader, "bitbucket-pipelines.yml")
    if loaded is None:
        return []
    value, file, problem = loaded
    place = Place(file.path, 1, 0, file.name)
    jobs: list[Job] = []
    triggers: list[Trigger] = []
    pipelines = value.map("pipelines")
    for kind, event in _BITBUCKET.items():
        if kind not in pipelines:
            continue
        triggers.append(Trigger(event, kind, pipelines.place(kind)))
        groups = {"": pipelines[kind]} if kind == "default" else dict(pipelines.map(kind))
        for name, items in groups.items():
            label = f"{kind}:{name}" if name else kind
            jobs += [replace(job, events=(event,), stage=label) for job in _bitbucket_jobs(reader, items, file, label)]
    problem = problem or ("" if jobs else "it has no steps")
    return [Pipeline(Service.BITBUCKET, file.name, place, tuple(triggers), tuple(jobs), problem=problem)]


def _bitbucket_jobs(reader: Reader, items: Any, file: File, label: str) -> list[Job]:
    found: list[Job] = []
    for item, line in items.marked() if isinstance(items, Seq) else ():
        if not isinstance(item, Map):
            continue
        if "parallel" in item:
            inner = item["parallel"]
            found += _bitbucket_jobs(reader, inner.get("steps") if isinstance(inner, Map) else inner, file, label)
        elif "stage" in item:
            found += _bitbucket_jobs(reader, item.map("stage").get("steps"), file, label)
        elif "step" in item:
            found.append(_bitbucket_job(reader, item.map("step"), line, file, f"{label}:{len(found) + 1}"))
    return found


def _bitbucket_job(reader: Reader, body: Map, line: int, file: File, label: str) -> Job:
    name = body.text("name") or label
    place = Place(file.path, line, 0, f"{file.name}:{label}:{name}")
    manual = body.text("trigger") == "manual"
    script = body.seq("script")
    where = Where(file.path, place.symbol, reader.folder, _STRICT)
    pipes = [
        Step(item.text("pipe"), Place(file.path, at, 0, place.symbol), item.text("pipe"), pairs(item.get("variables")))
        for item, at in script.marked()
        if isinstance(item, Map) and item.text("pipe")
    ]
    steps = one_script(reader, where, (script, body.line_of("script"))) + pipes
    after = (body.get("after-script"), body.line_of("after-script"))
    steps += [lose(step, "the failure of after-script is ignored") for step in one_script(reader, where, after)]
    image = body.get("image")
    return Job(
        name=name,
        at=place,
        steps=tuple(steps),
        condition=" ".join(texts(body.map("condition").map("changesets").get("includePaths"))),
        environment=body.text("deployment"),
        manual=manual,
        approval=place if manual else None,
        image=image.text("name") if isinstance(image, Map) else as_text(image),
        services=texts(body.get("services")),
        caches=(body.place("caches"),) if "caches" in body else (),
    )


def read_travis(reader: Reader) -> list[Pipeline]:
    """.travis.yml."""
    loaded = _root_file(reader, ".travis.yml")
    if loaded is None:
        return []
    value, file, problem = loaded
    place = Place(file.path, 1, 0, file.name)
    entries = value.map("jobs") or value.map("matrix")
    includes = [item for item, _ in entries.seq("include").marked() if isinstance(item, Map)]
    allowed = [as_text(v) for item in entries.maps("allow_failures") for v in item.values()]
    jobs = [_travis_job(reader, value, item, file, f"{index}", allowed) for index, item in enumerate(includes, 1)]
    if not includes or "script" in value:
        jobs.insert(0, _travis_job(reader, value, value, file, "build", []))
    triggers = (Trigger(Event.PUSH, "push", place), Trigger(Event.CHANGE, "pull_request", place))
    problem = problem or ("" if any(job.steps for job in jobs) else "it has no script")
    return [Pipeline(Service.TRAVIS, file.name, place, triggers, tuple(jobs), problem=problem)]


def _travis_job(reader: Reader, value: Map, item: Map, file: File, label: str, allowed: list[str]) -> Job:
    place = Place(file.path, item.line_of("script"), 0, f"{file.name}:{label}")
    where = Where(file.path, place.symbol, reader.folder, _STRICT)
    steps: list[Step] = []
    for phase in ("before_install", "install", "before_script", "script", "after_success", "after_script", "deploy"):
        source = item if phase in item else value
        if phase == "deploy":
            steps += _travis_deploy(source, file, place)
        elif phase in source:
            found = separate_scripts(reader, where, source[phase], source.line_of(phase))
            steps += [lose(s, f"the failure of {phase} is ignored") for s in found] if "after" in phase else found
    languages = texts(item.get("language") or value.get("language"))
    if "script" not in item and "script" not in value and languages and (text := _TRAVIS_SCRIPTS.get(languages[0])):
        steps += separate_scripts(reader, where, text, value.line_of("language"))
    lost = any(text in allowed for text in (as_text(v) for v in item.values()) if text) if item is not value else False
    return Job(
        name=item.text("name") or item.text("stage") or label,
        at=place,
        steps=tuple(steps),
        can_fail=not lost,
        excuse="it is listed under allow_failures" if lost else "",
        caches=(value.place("cache"),) if "cache" in value else (),
        condition=item.text("if"),
        services=texts(value.get("services")),
        stage=item.text("stage"),
    )


def _travis_deploy(source: Map, file: File, place: Place) -> list[Step]:
    deploy = source.get("deploy")
    items = [deploy] if isinstance(deploy, Map) else list(deploy) if isinstance(deploy, Seq) else []
    at = Place(file.path, source.line_of("deploy"), 0, f"{place.symbol}:deploy")
    return [
        Step("deploy", at, f"deploy/{item.text('provider')}", pairs(item)) for item in items if isinstance(item, Map)
    ]


def read_buildkite(reader: Reader) -> list[Pipeline]:
    """.buildkite/pipeline.yml and its like."""
    found: list[Pipeline] = []
    for file in reader.repository.match(".buildkite/*.yml", ".buildkite/*.yaml"):
        if file.root != reader.root or not file.local.startswith(".buildkite/"):
            continue
        documents = load_yaml(reader.repository.text(file), path=file.path)
        if documents.fault or not documents.documents:
            continue
        value = documents.documents[0].value
        steps = value if isinstance(value, Seq) else value.seq("steps") if isinstance(value, Map) else Seq()
        place = Place(file.path, 1, 0, file.name)
        jobs = _buildkite_jobs(reader, steps, file, 0)
        default = file.local in (".buildkite/pipeline.yml", ".buildkite/pipeline.yaml")
        why = "" if default else "which file Buildkite reads is set there"
        trigger = (Trigger(Event.UNKNOWN, "set in Buildkite", place),)
        if jobs:
            found.append(Pipeline(Service.BUILDKITE, file.name, place, trigger, tuple(jobs), why=why, sure=default))
    return found


def _buildkite_jobs(reader: Reader, steps: Seq, file: File, depth: int) -> list[Job]:
    found: list[Job] = []
    blocked: Place | None = None
    for item, line in steps.marked():
        if not isinstance(item, Map):
            continue
        name = re.sub(r":[\w-]+:\s*", "", item.text("label") or item.text("name") or item.text("key")) or f"step {line}"
        place = Place(file.path, line, 0, f"{file.name}:{name}")
        if "block" in item or "input" in item:
            blocked = place
            continue
        if "group" in item and depth < 4:
            found += _buildkite_jobs(reader, item.seq("steps"), file, depth + 1)
            continue
        key = "commands" if "commands" in item else "command"
        where = Where(file.path, place.symbol, reader.folder, _STRICT)
        ran = one_script(reader, where, (item.get(key), item.line_of(key)))
        plugins = [as_text(p) or next(iter(p), "") for p in item.seq("plugins") if isinstance(p, str | Map)]
        lost = item.get("soft_fail") is True
        found.append(
            Job(
                name=name,
                at=place,
                steps=(*ran, *(Step(plugin, place, uses=plugin.replace("#", "@")) for plugin in plugins)),
                needs=texts(item.get("depends_on")),
                condition=item.text("if") or item.text("branches"),
                can_fail=not lost,
                excuse="soft_fail: true" if lost else "",
                approval=blocked,
                manual=blocked is not None,
            )
        )
    return found


def _root_file(reader: Reader, name: str) -> tuple[Map, File, str] | None:
    file = reader.repository.file(reader.root + name)
    loaded = load(reader, file) if file else None
    return (loaded.value, loaded.file, loaded.problem) if loaded else None
