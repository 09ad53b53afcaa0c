"""GitLab CI: .gitlab-ci.yml with local includes, extends, defaults, !reference and child pipelines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from gonogo.facts.pipelines import Event, Job, Pipeline, Service, Step, Trigger
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.source import Reader, Where, load, lose, one_script, pairs, texts
from gonogo.tools.yaml_marks import Map, Seq, Tagged, as_text

_RESERVED = frozenset(
    {"stages", "variables", "workflow", "include", "default", "image", "services", "cache", "before_script",
     "after_script", "spec", "types"}
)  # fmt: skip
_DEFAULTS = ("image", "services", "cache", "before_script", "after_script", "interruptible")
_SHELL = Shell(errexit=True, pipefail=True)
_DEEPEST = 8


def read_gitlab(reader: Reader) -> list[Pipeline]:
    """The pipeline of one root, and files of its name where GitLab does not look."""
    found: list[Pipeline] = []
    for file in reader.repository.match(".gitlab-ci.yml"):
        if file.root != reader.root:
            continue
        pipeline = _pipeline(reader, file)
        if pipeline and file.local != ".gitlab-ci.yml":
            why = "GitLab reads .gitlab-ci.yml at the root of a repository"
            pipeline = replace(pipeline, loaded=False, why=why)
        if pipeline:
            found.append(pipeline)
    return found


def _pipeline(reader: Reader, file: File) -> Pipeline | None:
    loaded = load(reader, file)
    if loaded is None:
        return None
    place = Place(file.path, loaded.line, 0, file.name)
    if loaded.problem:
        return Pipeline(Service.GITLAB, file.name, place, problem=loaded.problem)
    remote: list[Place] = []
    value = _included(reader, loaded.value, remote, 0)
    jobs = tuple(_jobs(reader, value, remote, 0))
    triggers = [Trigger(Event.PUSH, "push", place)]
    rules = str(value.get("workflow", "")) + " ".join(job.condition for job in jobs)
    if re.search(r"merge_request", rules):
        triggers.append(Trigger(Event.CHANGE, "merge_request_event", place))
    if any(Event.TAG in job.events for job in jobs):
        triggers.append(Trigger(Event.TAG, "tag", place))
    return Pipeline(
        Service.GITLAB,
        file.name,
        place,
        triggers=tuple(triggers),
        jobs=jobs,
        problem="" if jobs or remote else "it has no jobs",
        concurrency=any(job.concurrency for job in jobs),
        env=pairs(value.get("variables")),
        remote=tuple(remote),
    )


def _included(reader: Reader, value: Map, remote: list[Place], depth: int) -> Map:
    """The configuration with local includes merged below it; what lies elsewhere goes to ``remote``."""
    merged = Map(value.line, value.path)
    include = value.get("include")
    items = list(include.marked()) if isinstance(include, Seq) else [(include, value.line_of("include"))]
    for item, line in items:
        local = as_text(item) if not isinstance(item, Map) else item.text("local")
        if local and not local.startswith("http"):
            for file in _files(reader, local):
                loaded = load(reader, file) if depth < _DEEPEST else None
                if loaded:
                    _merge(merged, _included(reader, loaded.value, remote, depth + 1))
        elif item is not None:
            names = [as_text(item)] if not isinstance(item, Map) else _remote_names(item)
            remote += [Place(value.path, line, 0, name) for name in names]
    _merge(merged, value)
    return merged


def _remote_names(item: Map) -> list[str]:
    files = texts(item.get("file"))
    kinds = ("template", "component", "remote", "project")
    base = next((item.text(kind) for kind in kinds if item.text(kind)), "")
    return [f"{base}:{file}" for file in files] or [base]


def _files(reader: Reader, local: str) -> list[File]:
    pattern = local.lstrip("/")
    if "*" in pattern:
        files = reader.repository.match("/" + pattern, deciding=False)
        return [file for file in files if file.root == reader.root]
    found = reader.repository.file(reader.root + pattern)
    return [found] if found else []


def _merge(into: Map, other: Map) -> None:
    """GitLab's deep merge: mappings are merged, all else is replaced."""
    for key, value in other.items():
        known = into.get(key)
        if isinstance(known, Map) and isinstance(value, Map):
            copy = Map(value.line, value.path)
            _merge(copy, known)
            _merge(copy, value)
            copy.end_line = value.end_line
            value = copy
        into[key] = value
        into.lines[key] = other.line_of(key)
        into.paths = (into.paths or {}) | {key: other.place(key).path}


def _jobs(reader: Reader, value: Map, remote: list[Place], depth: int) -> list[Job]:
    found: list[Job] = []
    for name, body in value.items():
        if name in _RESERVED or name.startswith(".") or not isinstance(body, Map):
            continue
        full = _extended(value, body, 0)
        place = value.place(name, f"{value.path.rpartition('/')[2]}:{name}")
        place = replace(place, path=body.path or place.path)
        job = _job(reader, value, full, name, place)
        if "trigger" in full and depth < 3:
            found += _children(reader, full, job, remote, depth)
        found.append(job)
    return found


def _extended(value: Map, body: Map, depth: int) -> Map:
    full = Map(body.line, body.path)
    for parent in texts(body.get("extends")):
        base = value.get(parent)
        if isinstance(base, Map) and depth < _DEEPEST:
            _merge(full, _extended(value, base, depth + 1))
    _merge(full, body)
    full.end_line = body.end_line
    return full


def _children(reader: Reader, full: Map, job: Job, remote: list[Place], depth: int) -> list[Job]:
    """Jobs of a child pipeline; its failure counts only with strategy: depend."""
    trigger = full.get("trigger")
    include = trigger.get("include") if isinstance(trigger, Map) else None
    names = [as_text(i) if not isinstance(i, Map) else i.text("local") for i in
             (include if isinstance(include, Seq) else [include])]  # fmt: skip
    found: list[Job] = []
    for name in filter(None, names):
        for file in _files(reader, name):
            loaded = load(reader, file)
            if loaded is None or not isinstance(trigger, Map):
                continue
            waits = trigger.text("strategy") in ("depend", "mirror")
            for each in _jobs(reader, _included(reader, loaded.value, remote, depth + 1), remote, depth + 1):
                alone = "" if waits else "the parent does not wait for its child pipeline"
                excuse = job.excuse or each.excuse or alone
                can_fail = each.can_fail and job.can_fail and waits
                found.append(replace(each, name=f"{job.name}/{each.name}", can_fail=can_fail, excuse=excuse))
    return found


def _job(reader: Reader, value: Map, full: Map, name: str, place: Place) -> Job:
    default = value.map("default")
    for key in _DEFAULTS:
        for level in (default, value):
            if key not in full and key in level:
                full[key] = level[key]
                full.lines[key] = level.line_of(key)
    rules = _rules(value, full.get("rules"))
    when = full.text("when")
    whens = [rule.text("when") for rule in rules]
    manual = when == "manual" or (bool(whens) and all(w in ("manual", "never") for w in whens) and "manual" in whens)
    never = when == "never" or (bool(whens) and all(w == "never" for w in whens))
    lost, excuse = _allowed(full, rules, manual and when == "manual")
    environment = full.get("environment")
    image = full.get("image")
    return Job(
        name=name,
        at=place,
        steps=tuple(_steps(reader, value, full, place)),
        needs=tuple(n.text("job") if isinstance(n, Map) else as_text(n) for n in full.seq("needs")),
        condition=_condition(full, rules),
        environment=environment.text("name") if isinstance(environment, Map) else as_text(environment),
        can_fail=not lost,
        excuse=excuse,
        disabled="when: never" if never else "",
        manual=manual,
        approval=place if manual else None,
        matrix=tuple(key for item in full.map("parallel").maps("matrix") for key in item),
        image=image.text("name") if isinstance(image, Map) else as_text(image),
        services=tuple(s.text("name") if isinstance(s, Map) else as_text(s) for s in full.seq("services")),
        caches=(full.place("cache"),) if full.get("cache") else (),
        concurrency=full.get("interruptible") is True,
        events=_events(full, rules),
        env=pairs(full.get("variables")),
        stage=full.text("stage") or "test",
    )


def _rules(value: Map, rules: Any) -> list[Map]:
    found: list[Map] = []
    for item in rules if isinstance(rules, Seq) else []:
        if isinstance(item, Map):
            found.append(item)
        elif isinstance(item, Tagged | Seq):
            target = _reference(value, item) if isinstance(item, Tagged) else item
            found += [rule for rule in target if isinstance(rule, Map)] if isinstance(target, Seq) else []
    return found


def _allowed(full: Map, rules: list[Map], manual: bool) -> tuple[bool, str]:
    allow = full.get("allow_failure")
    if allow is True:
        return True, "allow_failure: true"
    if isinstance(allow, Map):
        return False, ""
    live = [rule for rule in rules if rule.text("when") != "never"]
    if live and all(rule.get("allow_failure") is True for rule in live):
        return True, "allow_failure: true in its rules"
    if manual and allow is None and not rules:
        return True, "a manual job may fail unless allow_failure is false"
    return False, ""


def _condition(full: Map, rules: list[Map]) -> str:
    parts = [rule.text("if") for rule in rules if rule.text("if") and rule.text("when") != "never"]
    only = full.get("only")
    names = texts(only.get("refs")) if isinstance(only, Map) else texts(only)
    return " || ".join(parts) or " || ".join(names)


def _events(full: Map, rules: list[Map]) -> tuple[Event, ...]:
    """What a job's rules limit it to; none where nothing limits it."""
    text = _condition(full, rules)
    if not text:
        return ()
    found = []
    if re.search(r"merge_request|CI_MERGE_REQUEST", text):
        found.append(Event.CHANGE)
    if re.search(r"CI_COMMIT_TAG|\btags\b", text):
        found.append(Event.TAG)
    if re.search(r"schedule", text):
        found.append(Event.SCHEDULE)
    if re.search(r"CI_COMMIT_(BRANCH|REF_NAME)|CI_DEFAULT_BRANCH|\b(main|master|branches|develop)\b", text):
        found.append(Event.PUSH)
    return tuple(found)


def _steps(reader: Reader, value: Map, full: Map, place: Place) -> list[Step]:
    script = [(_dereferenced(value, full.get(key), 0), full.line_of(key)) for key in ("before_script", "script")]
    where = Where(full.place("script").path or place.path, f"{place.symbol}:1", reader.folder, _SHELL)
    found = one_script(reader, where, *script)
    after = (_dereferenced(value, full.get("after_script"), 0), full.line_of("after_script"))
    where = replace(where, path=full.place("after_script").path or place.path, symbol=f"{place.symbol}:2")
    found += [lose(step, "GitLab ignores the failure of after_script") for step in one_script(reader, where, after)]
    if not found:
        found.append(Step(place.symbol.rpartition(":")[2], place, uses=full.text("trigger") or "", env=()))
    return found


def _dereferenced(value: Map, item: Any, depth: int) -> Any:
    """A script with ``!reference [job, script]`` put in."""
    if isinstance(item, Tagged) and item.tag == "!reference" and depth < _DEEPEST:
        return _dereferenced(value, _reference(value, item), depth + 1)
    if isinstance(item, Seq):
        copy = Seq(item.line, item.path)
        for each, line in item.marked():
            copy.append(_dereferenced(value, each, depth + 1) if isinstance(each, Tagged | Seq) else each)
            copy.lines.append(line)
        return copy
    return item


def _reference(value: Map, item: Tagged) -> Any:
    found: Any = value
    for key in texts(item.value):
        if isinstance(found, Map) and found is value:
            body = found.get(key)
            found = _extended(value, body, 0) if isinstance(body, Map) else body
        else:
            found = found.get(key) if isinstance(found, Map) else None
    return found
