"""Jenkins: declarative and scripted Jenkinsfiles by structure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gonogo.facts.pipelines import Event, Job, Pipeline, Service, Step, Trigger
from gonogo.facts.repository import File
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.groovy import Call, parse
from gonogo.tools.pipelines.leads import join, words_of
from gonogo.tools.pipelines.source import MOST_BYTES, Reader, Where, one_script

_OPAQUE = re.compile(r"\$\{[^}]*[.(\[][^}]*\}")
_SCRIPTS = frozenset({"sh", "bat", "powershell", "pwsh"})
_NESTING = words_of(
    "stages parallel node timestamps withCredentials withEnv try script matrix ansiColor timeout if else container "
    "podTemplate dir"
)
_SECTIONS = words_of("agent environment options tools parameters triggers properties")
_PLAIN = words_of(
    "sh bat powershell pwsh echo dir script stage steps stages parallel if else for while try catch finally "
    "withCredentials withEnv timeout retry node ws timestamps ansiColor container catchError warnError input when "
    "agent environment options post tools parameters triggers milestone lock checkout deleteDir cleanWs error always "
    "success failure any none matrix axes axis print println def label docker"
)
_ASSIGNED = re.compile(r"(?:^|[{;])\s*(?:def\s+)?(\w+)\s*=\s*['\"]([^'\"$]*)['\"]\s*(?=$|[;}])", re.MULTILINE)
_FILES = ("Jenkinsfile", "Jenkinsfile.*", "Jenkinsfile-*", "*.jenkinsfile", "*.Jenkinsfile")


@dataclass(frozen=True, slots=True)
class _At:
    """What surrounds a step: folder, why failures are lost, conditions."""

    file: File
    symbol: str
    folder: str
    excuse: str = ""
    condition: str = ""
    values: tuple[tuple[str, str], ...] = ()
    """Variables with plain values."""


def read_jenkins(reader: Reader) -> list[Pipeline]:
    """The Jenkinsfiles of one root."""
    found: list[Pipeline] = []
    for file in reader.repository.match(*_FILES):
        pipeline = _pipeline(reader, file) if file.root == reader.root else None
        if pipeline:
            found.append(pipeline)
    return found


def _pipeline(reader: Reader, file: File) -> Pipeline | None:
    if file.binary or file.size > MOST_BYTES:
        reader.unread.append(Unread(file.path, "it is no text, or too big for a Jenkinsfile"))
        return None
    text = reader.repository.text(file)
    calls = parse(text)
    place = Place(file.path, 1, 0, file.name)
    at_root = file.local == "Jenkinsfile"
    why = "" if at_root else f"whether a job of Jenkins reads {file.path} is set in Jenkins"
    remote = tuple(
        Place(file.path, text.count("\n", 0, m.start()) + 1, 0, m[1])
        for m in re.finditer(r"(?:@Library|library)\s*\(?\s*\[?\s*['\"]([^'\"]+)", text)
    )
    top = next((call for call in calls if call.name == "pipeline" and call.has_body), None)
    body = top.body if top else calls
    values = _ASSIGNED.findall(text)
    at = _At(file, file.name, reader.folder, values=tuple(values))
    jobs = tuple(_stages(reader, body, at))
    options = [call for call in body if call.name == "options"] + [c for c in calls if c.name == "properties"]
    described = " ".join(call.text + call.arguments for call in options)
    if top:
        place = replace(place, line=top.line)
    return Pipeline(
        Service.JENKINS,
        file.name,
        place,
        triggers=tuple(_triggers(body, described, place)),
        jobs=jobs,
        why=why,
        sure=at_root,
        problem="" if jobs or remote else "it is empty" if not text.strip() else "it has no stage or step",
        concurrency="abortPrevious: true" in described or "disableConcurrentBuilds" in described,
        remote=remote,
    )


def _triggers(body: list[Call], options: str, place: Place) -> list[Trigger]:
    found = []
    text = " ".join(call.text for call in body if call.name == "triggers") + options
    for pattern, event in ((r"\bcron\b", Event.SCHEDULE), (r"pollSCM|githubPush|gitlab\(|bitbucketPush", Event.PUSH)):
        if match := re.search(pattern, text):
            found.append(Trigger(event, match.group().rstrip("("), place))
    if not any(trigger.event is Event.PUSH for trigger in found):
        found.append(Trigger(Event.UNKNOWN, "set in Jenkins", place))
    return found


def _stages(reader: Reader, calls: list[Call], at: _At) -> list[Job]:
    """A job for each stage that has steps of its own; one for the steps of a scripted file outside of stages."""
    found: list[Job] = []
    loose: list[Call] = []
    for call in calls:
        if call.name == "stage" and call.has_body:
            found += _stage(reader, call, at)
        elif call.name in _NESTING and _has_stage(call):
            inner = replace(at, folder=_entered(call, at)) if call.name == "dir" else at
            found += _stages(reader, call.body, inner)
        elif call.name not in _SECTIONS and call.name != "post":
            loose.append(call)
        elif call.name == "post" and call.has_body:
            steps = _steps(reader, call.body, replace(at, symbol=f"{at.symbol}:post"))
            if steps:
                found.append(Job("post", Place(at.file.path, call.line, 0, f"{at.symbol}:post"), tuple(steps)))
    steps = _steps(reader, loose, at)
    if steps and not (len(steps) == 1 and steps[0].uses and not found):
        found.append(Job("steps", steps[0].at, tuple(steps), approval=_approval(loose, at)))
    return found


def _has_stage(call: Call) -> bool:
    return bool(call.all("stage"))


def _stage(reader: Reader, call: Call, at: _At) -> list[Job]:
    names = call.strings()
    name = names[0][0] if names else "stage"
    when = call.block("when")
    condition = " ".join(when.text.split()) if when else ""
    inner = replace(at, symbol=f"{at.file.name}:{name}", condition=condition)
    disabled = "when: false" if re.search(r"expression\s*\{\s*(return\s+)?false\s*;?\s*\}", condition) else ""
    if _has_stage(call):
        return [replace(job, condition=job.condition or condition, disabled=job.disabled or disabled)
                for job in _stages(reader, [c for c in call.body if c.name != "when"], inner)]  # fmt: skip
    steps = _steps(reader, [c for c in call.body if c.name not in ("when", "agent", "environment", "options")], inner)
    agent = call.block("agent")
    image = re.search(r"image\s+['\"]([^'\"]+)", agent.text) if agent else None
    approval = _approval(call.body, inner)
    return [
        Job(
            name=name,
            at=Place(at.file.path, call.line, 0, inner.symbol),
            steps=tuple(steps),
            condition=condition,
            disabled=disabled,
            manual=approval is not None,
            approval=approval,
            image=image[1] if image else "",
            stage=name,
        )
    ]


def _approval(calls: list[Call], at: _At) -> Place | None:
    for call in calls:
        found = call if call.name == "input" else next(iter(call.all("input")), None)
        if found:
            return Place(at.file.path, found.line, 0, f"{at.symbol}:input")
    return None


def _entered(call: Call, at: _At) -> str:
    """The folder that ``dir`` enters."""
    names = call.strings()
    if not names:
        return "?"
    values = dict(at.values)
    folder = re.sub(r"\$\{?(?:env\.)?(\w+)\}?", lambda m: values.get(m[1], m[0]), names[0][0])
    return "?" if "$" in folder else join(at.folder, folder)


def _steps(reader: Reader, calls: list[Call], at: _At) -> list[Step]:
    found: list[Step] = []
    for index, call in enumerate(calls):
        inner = at
        if call.name in _SCRIPTS:
            found += _script(reader, call, replace(at, symbol=f"{at.symbol}:{len(found) + 1}"))
            continue
        if call.name == "dir":
            inner = replace(at, folder=_entered(call, at))
        elif call.name in ("catchError", "warnError") and not at.excuse:
            if call.name == "warnError" or re.search(r"buildResult:\s*['\"](SUCCESS|UNSTABLE)", call.arguments):
                inner = replace(at, excuse=f"{call.name} keeps the build from failing")
        elif call.name == "try" and not at.excuse:
            caught = next((c for c in calls[index + 1 : index + 2] if c.name == "catch"), None)
            if caught and not re.search(r"\bthrow\b|\berror\b|FAILURE|\bunstable\b", caught.text):
                inner = replace(at, excuse="try and catch keep the build from failing")
        if call.name not in _PLAIN and not call.has_body:
            place = Place(at.file.path, call.line, 0, f"{at.symbol}:{len(found) + 1}")
            uses = f"{call.name}({' '.join(call.arguments.split())[:120]})"
            found.append(Step(call.name, place, uses=uses, can_fail=not at.excuse, excuse=at.excuse))
        if call.body:
            for step in _steps(reader, call.body, inner):
                symbol = f"{at.symbol}:{len(found) + 1}"
                found.append(replace(step, at=replace(step.at, symbol=symbol)))
    return found


def _script(reader: Reader, call: Call, at: _At) -> list[Step]:
    texts = call.strings()
    if not texts:
        return []
    named = re.search(r"script\s*:\s*", call.arguments)
    begin = call.arguments_line + call.arguments.count("\n", 0, named.end()) if named else 0
    text, line, _ = next((found for found in texts if found[1] >= begin and len(found[0]) > 3), texts[0])
    lost = at.excuse
    if re.search(r"returnStatus\s*:\s*true", call.arguments) and not lost:
        lost = "returnStatus keeps it from failing" if not call.before.rstrip().endswith(("=", "(", "return")) else ""
        lost = lost or "returnStatus hands its status to the script"
    mode = Shell(errexit=not text.lstrip().startswith("#!"), opaque=_OPAQUE)
    base = Step("", Place(at.file.path, call.line, 0, at.symbol), condition=at.condition,
                can_fail=not lost, excuse=lost, folder=at.folder)  # fmt: skip
    begin = line + (len(text) - len(text.lstrip("\n")))
    where = Where(at.file.path, at.symbol, at.folder, mode)
    return one_script(reader, where, (text.lstrip("\n"), begin), base=base)
