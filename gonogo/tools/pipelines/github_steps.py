"""Steps of GitHub Actions: scripts, ready-made actions, and local composite actions put in where they are used."""

from __future__ import annotations

import re
from dataclasses import replace
from posixpath import normpath

from gonogo.facts.pipelines import Script, Step
from gonogo.model.evidence import Place
from gonogo.tools.pipelines.absent import absent_folder
from gonogo.tools.pipelines.follow import Shell
from gonogo.tools.pipelines.leads import join
from gonogo.tools.pipelines.source import Reader, is_false, load, pairs, script_line
from gonogo.tools.yaml_marks import Map, as_text

_DEEPEST = 4
_IMAGE_BUILDS = frozenset({"docker/build-push-action", "depot/build-push-action"})


_RUNNING_INPUTS = ("command", "run", "script", "runCmd", "cmd", "arguments-as-command")


_RUNNING_ACTIONS = frozenset(
    {
        "nick-fields/retry",
        "nick-invision/retry",
        "wandalen/wretry.action",
        "devcontainers/ci",
        "cypress-io/github-action",
        "reactivecircus/android-emulator-runner",
        "uraimo/run-on-arch-action",
        "addnab/docker-run-action",
        "coactions/setup-xvfb",
        "gabrielbb/xvfb-action",
        "borales/actions-yarn",
    }
)


_INPUT = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")


def read_steps(
    reader: Reader, item: Map, at: Place, folder: str, shell: str, inputs: dict[str, str], depth: int
) -> list[Step]:
    condition = item.text("if")
    lost = continues(item)
    uses = item.text("uses")
    inside = item.text("working-directory") or folder
    step = Step(
        name=item.text("name") or item.text("id") or uses or item.text("run").strip().partition("\n")[0][:80],
        at=at,
        uses=uses,
        inputs=tuple((name, filled(value, inputs)) for name, value in pairs(item.get("with"))),
        folder=_resolved(reader, filled(inside, inputs)),
        condition=condition,
        can_fail=not lost,
        excuse="continue-on-error: true" if lost else "",
        disabled=f"if: {condition}" if condition and is_false(condition) else "",
        env=pairs(item.get("env")),
        uses_at=item.place("uses", at.symbol) if uses else None,
        id=item.text("id"),
    )
    target = local_path(uses)
    if target is not None:
        return _composite(reader, step, target, depth)
    if item.get("run") is None:
        return [_given(reader, step)]
    return [_ran(reader, step, item, shell, inputs)]


def _given(reader: Reader, step: Step) -> Step:
    """A ready-made step with what it is told to run: a command of its inputs, or the build of a Dockerfile."""
    action = step.action.lower()
    if action in _IMAGE_BUILDS:
        if "{{defaultContext}}" in step.input("context"):
            return step
        named, context = step.input("file"), step.input("context")
        return replace(step, commands=reader.follower.image(named, context, step.at, reader.folder))
    if action == "pre-commit/action":
        text = f"pre-commit run {step.input('extra_args') or '--all-files'}"
        return replace(step, commands=reader.follower.commands(text, step.at, reader.folder, Shell()))
    for name in _RUNNING_INPUTS if action in _RUNNING_ACTIONS else ():
        if text := step.input(name):
            text = f"yarn {text}" if name == "cmd" else text
            folder = step.input("working-directory", "working_directory", "cwd", "dir") or step.folder
            inside = folder if folder == "?" else join(reader.folder, folder or ".")
            mode = Shell(errexit=True)
            return replace(step, commands=reader.follower.commands(text, step.at, inside, mode))
    return step


def filled(text: str, inputs: dict[str, str]) -> str:
    return _INPUT.sub(lambda match: inputs.get(match[1], match[0]), text) if inputs else text


def _resolved(reader: Reader, folder: str) -> str:
    """A working directory as a folder of the target; ``?`` where it is computed."""
    local = re.sub(r"^\$\{\{\s*github\.workspace\s*\}\}/?|^\$GITHUB_WORKSPACE/?", "", folder)
    return "?" if "$" in local else join(reader.folder, local or ".")


def _ran(reader: Reader, step: Step, item: Map, default: str, inputs: dict[str, str]) -> Step:
    text = filled(item.text("run"), inputs)
    line = script_line(reader, step.at.path, item.line_of("run"))
    named = item.text("shell") or default
    kind = named.split()[0] if named else ""
    if kind in ("python", "node", "perl", "ruby"):
        return replace(step, script=Script(text, line, kind))
    mode = Shell(
        errexit=kind in ("", "bash", "sh") and ("{0}" not in named or re.search(r"\s-[a-z]*e", named) is not None),
        pipefail=named == "bash" or "pipefail" in named,
    )
    commands = reader.follower.commands(text, Place(step.at.path, line, 0, step.at.symbol), step.folder, mode)
    if absent := absent_folder(reader.repository, step.folder):
        commands = tuple(replace(command, missing=absent) for command in commands)
    language = "powershell" if kind in ("pwsh", "powershell") else "shell"
    return replace(step, script=Script(text, line, language), commands=commands)


def _composite(reader: Reader, step: Step, target: str, depth: int) -> list[Step]:
    """The steps of a local composite action in place of the step that uses it."""
    files = (reader.repository.file(f"{reader.root}{target}/{name}") for name in ("action.yml", "action.yaml"))
    file = next((f for f in files if f is not None), None)
    if file is None:
        # Where it lies is what a checkout into another folder decides; only a plain path is surely missing.
        return [step]
    loaded = load(reader, file) if depth < _DEEPEST else None
    runs = loaded.value.map("runs") if loaded else Map()
    if loaded is None or runs.text("using") != "composite":
        return [step]
    inputs = defaults(loaded.value) | dict(step.inputs)
    found: list[Step] = []
    for index, (item, line) in enumerate(runs.seq("steps").marked(), 1):
        if isinstance(item, Map):
            at = Place(file.path, line, max(item.end_line, line), f"{target}:{index}")
            for inner in read_steps(reader, item, at, "", "", inputs, depth + 1):
                found.append(_inside(inner, step))
    return found or [step]


def _inside(inner: Step, outer: Step) -> Step:
    return replace(
        inner,
        condition=" && ".join(filter(None, (outer.condition, inner.condition))),
        can_fail=inner.can_fail and outer.can_fail,
        excuse=outer.excuse or inner.excuse,
        disabled=outer.disabled or inner.disabled,
        env=(*outer.env, *inner.env),
        through=outer.uses,
    )


def continues(body: Map) -> bool:
    value = as_text(body.get("continue-on-error"))
    return re.sub(r"[${}\s]", "", value) == "true"


def local_path(uses: str) -> str | None:
    return normpath(uses) if uses.startswith("./") else None


def defaults(value: Map) -> dict[str, str]:
    """Default values of the inputs of a reusable workflow or an action."""
    on = value.map("on").map("workflow_call").map("inputs") or value.map("inputs")
    return {name: on.map(name).text("default") for name in on if on.map(name).text("default")}
