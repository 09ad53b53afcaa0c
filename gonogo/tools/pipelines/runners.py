"""Services whose steps are containers or phases: Drone, Woodpecker, CodeBuild, Cloud Build, Tekton."""

from __future__ import annotations

import re
from dataclasses import replace

from gonogo.facts.pipelines import Event, Job, Pipeline, Service, Step, Trigger
from gonogo.facts.repository import File
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.leads import join
from gonogo.tools.pipelines.source import Reader, Where, load, one_script, pairs, separate_scripts, texts
from gonogo.tools.yaml_marks import Map, Seq, as_text, load_yaml

_STRICT = Shell(errexit=True)
_LOOSE = Shell(errexit=False)
_EVENTS = {
    "push": Event.PUSH,
    "pull_request": Event.CHANGE,
    "tag": Event.TAG,
    "release": Event.TAG,
    "cron": Event.SCHEDULE,
    "custom": Event.MANUAL,
    "manual": Event.MANUAL,
    "promote": Event.MANUAL,
    "rollback": Event.MANUAL,
}


def read_drone(reader: Reader) -> list[Pipeline]:
    """.drone.yml: one job for each pipeline document."""
    file = reader.repository.file(reader.root + ".drone.yml") or reader.repository.file(reader.root + ".drone.yaml")
    if file is None:
        return []
    place = Place(file.path, 1, 0, file.name)
    loaded = load_yaml(reader.repository.text(file), path=file.path)
    if loaded.fault and loaded.fault.limit:
        reader.unread.append(Unread(file.path, loaded.fault.reason, loaded.fault.line, not loaded.fault.limit))
    if loaded.fault:
        return [Pipeline(Service.DRONE, file.name, place, problem=f"it does not parse ({loaded.fault.reason})")]
    bodies = [
        d.value for d in loaded.documents if isinstance(d.value, Map) and d.value.text("kind") in ("", "pipeline")
    ]
    jobs = [_container_job(reader, body, file, body.text("name") or "default") for body in bodies if body]
    events = {event for body in bodies for event in _when(body.map("trigger"))} or {Event.PUSH, Event.CHANGE}
    triggers = tuple(Trigger(event, event.value, place) for event in sorted(events))
    problem = "" if any(job.steps for job in jobs) else "it has no steps"
    return [Pipeline(Service.DRONE, file.name, place, triggers, tuple(jobs), problem=problem)]


def read_woodpecker(reader: Reader) -> list[Pipeline]:
    """.woodpecker.yml or the files of .woodpecker/."""
    found: list[Pipeline] = []
    for file in reader.repository.match(".woodpecker.y{ml,aml}", ".woodpecker/*.y{ml,aml}"):
        if file.root != reader.root or not file.local.startswith(".woodpecker"):
            continue
        loaded = load(reader, file)
        if loaded is None:
            continue
        place = Place(file.path, loaded.line, 0, file.name)
        value = loaded.value
        job = _container_job(reader, value, file, file.name.partition(".")[0] or "woodpecker")
        events = _when(value.map("when")) or [e for w in value.maps("when") for e in _when(w)] or [Event.PUSH]
        triggers = tuple(Trigger(event, event.value, place) for event in dict.fromkeys(events))
        problem = loaded.problem or ("" if job.steps else "it has no steps")
        found.append(Pipeline(Service.WOODPECKER, file.name, place, triggers, (job,), problem=problem))
    return found


def _when(when: Map) -> list[Event]:
    event = when.get("event")
    names = texts(event.get("include")) if isinstance(event, Map) else texts(event)
    return [_EVENTS[name] for name in names if name in _EVENTS]


def _container_job(reader: Reader, body: Map, file: File, name: str) -> Job:
    key = "steps" if "steps" in body else "pipeline"
    raw = body.get(key)
    items: list[tuple[str, Map, int]] = []
    if isinstance(raw, Map):
        items = [(label, item, raw.line_of(label)) for label, item in raw.items() if isinstance(item, Map)]
    elif isinstance(raw, Seq):
        items = [(item.text("name"), item, line) for item, line in raw.marked() if isinstance(item, Map)]
    place = Place(file.path, body.line, 0, f"{file.name}:{name}")
    steps: list[Step] = []
    for index, (label, item, line) in enumerate(items, 1):
        lost = item.text("failure") == "ignore"
        at = Place(file.path, line, 0, f"{place.symbol}:{index}")
        condition = " ".join(texts(item.map("when").get("event")))
        base = Step(label, at, can_fail=not lost, excuse="failure: ignore" if lost else "", condition=condition)
        where = Where(file.path, at.symbol, reader.folder, _STRICT)
        ran = one_script(reader, where, (item.get("commands"), item.line_of("commands")), base=base)
        steps += ran or [replace(base, uses=item.text("image"), inputs=pairs(item.get("settings")))]
    return Job(name, place, tuple(steps), needs=texts(body.get("depends_on")))


def read_codebuild(reader: Reader) -> list[Pipeline]:
    """buildspec files; which one a project of CodeBuild reads, and when, is set there (buildspec.yml by default)."""
    found: list[Pipeline] = []
    for file in reader.repository.match("buildspec*.yml", "buildspec*.yaml"):
        loaded = load(reader, file) if file.root == reader.root else None
        if loaded is None or (not loaded.problem and "phases" not in loaded.value):
            continue
        place = Place(file.path, loaded.line, 0, file.name)
        default = file.local in ("buildspec.yml", "buildspec.yaml")
        phases = loaded.value.map("phases")
        steps = [step for phase in phases for step in _phase(reader, phases.map(phase), phase, file)]
        job = Job(
            "build",
            place,
            tuple(steps),
            caches=(loaded.value.place("cache"),) if "cache" in loaded.value else (),
            env=pairs(loaded.value.map("env").get("variables")),
        )
        why = "" if default else "which buildspec CodeBuild reads is set there"
        trigger = (Trigger(Event.UNKNOWN, "set in CodeBuild", place),)
        problem = loaded.problem or ("" if steps else "it has no commands")
        found.append(
            Pipeline(Service.CODEBUILD, file.name, place, trigger, (job,), True, why, default, problem=problem)
        )
    return found


def _phase(reader: Reader, body: Map, name: str, file: File) -> list[Step]:
    lost = body.text("on-failure") == "CONTINUE"
    base = Step("", Place(file.path, body.line), can_fail=not lost, excuse="on-failure: CONTINUE" if lost else "")
    where = Where(file.path, f"{file.name}:{name}", reader.folder, _LOOSE)
    return separate_scripts(reader, where, body.get("commands"), body.line_of("commands"), base=base)


def read_cloudbuild(reader: Reader) -> list[Pipeline]:
    """cloudbuild files; which one a trigger of Cloud Build reads, and when, is set there."""
    found: list[Pipeline] = []
    for file in reader.repository.match("cloudbuild*.yaml", "cloudbuild*.yml", "cloudbuild*.json"):
        loaded = load(reader, file) if file.root == reader.root else None
        if loaded is None or (not loaded.problem and "steps" not in loaded.value):
            continue
        place = Place(file.path, loaded.line, 0, file.name)
        default = re.fullmatch(r"cloudbuild\.(yaml|yml|json)", file.local) is not None
        steps = [
            _builder(reader, item, Place(file.path, line, 0, f"{file.name}:{index}"))
            for index, (item, line) in enumerate(loaded.value.seq("steps").marked(), 1)
            if isinstance(item, Map)
        ]
        images = texts(loaded.value.get("images"))
        if images:
            at = loaded.value.place("images", f"{file.name}:images")
            steps.append(Step("images", at, uses="cloudbuild/push", inputs=tuple(("image", image) for image in images)))
        why = "" if default else "which file Cloud Build reads is set there"
        trigger = (Trigger(Event.UNKNOWN, "set in Cloud Build", place),)
        job = Job("build", place, tuple(steps))
        found.append(
            Pipeline(Service.CLOUDBUILD, file.name, place, trigger, (job,), True, why, default, problem=loaded.problem)
        )
    return found


def _builder(reader: Reader, item: Map, place: Place) -> Step:
    """A step of Cloud Build: a script, or an image's program with arguments."""
    lost = item.get("allowFailure") is True or bool(item.get("allowExitCodes"))
    folder = item.text("dir")
    # From where a file in a folder is submitted is not in it: the folder itself, or the root.
    unknown = "$" in folder or (not folder and "/" in place.path[len(reader.root) :])
    inside = "?" if unknown else join(reader.folder, folder or ".")
    name = item.text("name")
    base = Step(
        name=item.text("id") or name,
        at=place,
        uses=name,
        folder=inside,
        can_fail=not lost,
        excuse="allowFailure: true" if lost else "",
    )
    if script := item.text("script"):
        where = Where(place.path, place.symbol, inside, _LOOSE)
        found = one_script(reader, where, (script, item.line_of("script")), base=replace(base, uses=""))
        return found[0] if found else base
    arguments = texts(item.get("args"))
    image = re.split(r"[:@]", name.rpartition("/")[2])[0]
    program = item.text("entrypoint") or {"cloud-sdk": "gcloud", "gcloud-slim": "gcloud"}.get(image, image)
    if not arguments or not program:
        return base
    words = arguments if arguments[0] == program else (program, *arguments)
    return replace(base, commands=reader.follower.argv(words, place, inside))


def read_tekton(reader: Reader) -> list[Pipeline]:
    """Runs of .tekton/, which Pipelines as Code starts on the events of their annotations."""
    found: list[Pipeline] = []
    for file in reader.repository.match(".tekton/*.yaml", ".tekton/*.yml"):
        if file.root != reader.root or not file.local.startswith(".tekton/"):
            continue
        for document in load_yaml(reader.repository.text(file), path=file.path).documents:
            value = document.value
            if isinstance(value, Map) and value.text("kind") == "PipelineRun":
                found.append(_tekton(reader, value, file))
    return found


def _tekton(reader: Reader, value: Map, file: File) -> Pipeline:
    annotations = value.map("metadata").map("annotations")
    on = as_text(annotations.get("pipelinesascode.tekton.dev/on-event")) + as_text(
        annotations.get("pipelinesascode.tekton.dev/on-cel-expression")
    )
    place = Place(file.path, value.line, 0, file.name)
    jobs: list[Job] = []
    for task in value.map("spec").map("pipelineSpec").maps("tasks"):
        symbol = f"{file.name}:{task.text('name')}"
        steps: list[Step] = []
        for step in task.map("taskSpec").maps("steps"):
            where = Where(file.path, f"{symbol}:{len(steps) + 1}", reader.folder, _LOOSE)
            lost = step.text("onError") == "continue"
            base = Step(step.text("name"), place, can_fail=not lost, excuse="onError: continue" if lost else "")
            steps += one_script(reader, where, (step.get("script"), step.line_of("script")), base=base)
        reference = task.map("taskRef").text("name")
        steps += [Step(reference, replace(place, line=task.line), uses=reference)] if reference else []
        jobs.append(Job(task.text("name"), Place(file.path, task.line, 0, symbol), tuple(steps)))
    events = [event for word, event in _EVENTS.items() if word in on]
    triggers = tuple(Trigger(event, "on-event", place) for event in events) or (Trigger(Event.UNKNOWN, "", place),)
    return Pipeline(Service.TEKTON, file.name, place, triggers, tuple(jobs))
