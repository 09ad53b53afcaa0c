"""Which environments the target declares, and where. Shared by checks of cost and delivery."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.facts import Facts
from gonogo.facts.pipelines import Job, Pipeline
from gonogo.facts.repository import File
from gonogo.model.evidence import Place

_NAMES = {
    "production": "prod production prd live",
    "staging": "staging stage stg uat preprod nonprod qa acceptance integration",
    "development": "dev develop development sandbox test testing preview review",
}
_CANONICAL = {word: name for name, words in _NAMES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that something declares. ``name`` is production, staging or development."""

    name: str
    by: str
    """``root module``, ``variable file``, ``overlay``, ``chart values``, ``stage``, ``pipeline``, ``namespace``."""
    at: Place


def environment_name(text: str) -> str:
    """The environment that a name or path names; empty for none. Non-production words win: nonprod, pre-prod."""
    words = re.split(r"[^a-z0-9]+", text.lower().replace("pre-prod", "preprod").replace("non-prod", "nonprod"))
    found = {_CANONICAL[word] for word in words if word in _CANONICAL}
    if len(found) > 1:
        found -= {"production"}
    return min(found) if found else ""


def environments(facts: Facts) -> tuple[Environment, ...]:
    """All that declare an environment. Needs: terraform, cloudformation, kubernetes, pipelines."""
    found = [
        Environment(name, "root module", root.at)
        for root in facts.terraform.roots
        if (name := environment_name(root.environment or root.path))
    ]
    found += [
        Environment(name, "variable file", Place(f.path)) for f, name in named_files(facts, ".tfvars", ".tfvars.json")
    ]
    found += [
        Environment(name, "overlay", unit.at)
        for unit in facts.kubernetes.units
        if (name := environment_name(unit.environment))
    ]
    found += [Environment(name, "chart values", Place(file.path)) for file, name in chart_values(facts)]
    found += _namespaces(facts)
    found += list(_stages(facts))
    return (*found, *_deployments(facts))


_DEPLOYERS = (
    "terraform", "tofu", "terragrunt", "pulumi", "cdk", "sam", "serverless", "sls", "aws", "helm", "helmfile",
    "kubectl", "kustomize", "argocd", "gcloud", "az", "flyctl", "fly", "vercel", "cf", "heroku",
    "ansible-playbook", "skaffold",
)  # fmt: skip


def _deployments(facts: Facts) -> Iterator[Environment]:
    """Environments that pipelines deploy to: those that jobs name, else the one that the pipeline's file names."""
    for pipeline in facts.pipelines.loaded:
        named = [(name, job.at) for job in pipeline.jobs for name in _deployed_to(facts, pipeline, job)]
        for name, at in named:
            yield Environment(name, "pipeline", at)
        own = environment_name(pipeline.at.path.rpartition("/")[2])
        commands = [c for job in pipeline.jobs for step in job.steps for c in step.commands]
        if own and not named and any(command.program in _DEPLOYERS for command in commands):
            yield Environment(own, "pipeline", pipeline.at)


def _deployed_to(facts: Facts, pipeline: Pipeline, job: Job) -> list[str]:
    """The environment that a job names; all that its pipeline offers, where an input or a matrix gives it."""
    if "${{" not in job.environment:
        return [name] if (name := environment_name(job.environment)) else []
    listed = [value.rpartition("=")[2] for value in job.matrix]
    for line in facts.repository.lines(pipeline.at.path):
        if found := re.match(r"^\s*-\s*['\"]?([\w-]+)['\"]?\s*$", line):
            listed.append(found[1])
    return sorted({name for value in listed if (name := environment_name(value))})


def chart_values(facts: Facts) -> list[tuple[File, str]]:
    """Values files of charts that are named for an environment."""
    files = named_files(facts, ".yaml", ".yml")
    return [(file, name) for file, name in files if "values" in file.name or file.folder.endswith("/values")]


def named_files(facts: Facts, *endings: str) -> list[tuple[File, str]]:
    """Files that end so and that their name, or else their folder, names for an environment."""
    files = files_ending(facts, *endings)
    found = [(f, environment_name(f.name) or environment_name(f.folder.rpartition("/")[2])) for f in files]
    return [(file, name) for file, name in found if name and file.size < 500_000]


def files_ending(facts: Facts, *endings: str) -> tuple[File, ...]:
    return tuple(file for file in facts.repository.files if file.path.endswith(endings) and file.decides)


def _namespaces(facts: Facts) -> list[Environment]:
    both = (*facts.kubernetes.objects, *facts.kubernetes.others)
    spaces = [item for item in both if item.kind == "Namespace"]
    return [Environment(name, "namespace", item.at) for item in spaces if (name := environment_name(item.name))]


def _stages(facts: Facts) -> Iterator[Environment]:
    """Stages by name: allowed values of an environment variable or parameter, samconfig sections, parameter files."""
    repository = facts.repository
    allowed = re.compile(r"contains\(\s*\[([^\]]*)\]\s*,\s*var\.(?:environment|env|stage)\b", re.IGNORECASE)
    for place in repository.grep(allowed, files_ending(facts, ".tf")):
        listed = allowed.search(repository.lines(place.path)[place.line - 1])
        for word in re.findall(r'"([^"]+)"', listed[1] if listed else ""):
            if name := environment_name(word):
                yield Environment(name, "stage", place)
    flag = re.compile(r"^\s*is_(prod\w*|stag\w*|test|dev\w*|qa|uat)\s*=.*(?:terraform\.workspace|env)", re.IGNORECASE)
    for place in repository.grep(flag, files_ending(facts, ".tf")):
        found = flag.search(repository.lines(place.path)[place.line - 1])
        if found and (name := environment_name(found[1])):
            yield Environment(name, "stage", place)
    for place in repository.grep(r"^\[[\w-]+\.(deploy|global)", files_ending(facts, "samconfig.toml")):
        if name := environment_name(repository.lines(place.path)[place.line - 1].partition(".")[0]):
            yield Environment(name, "stage", place)
    for template in facts.cloudformation.templates:
        yield from _allowed_stages(facts, template.path)
        if name := environment_name(template.path.rpartition("/")[2]):
            yield Environment(name, "stage", template.at)


_STAGE_CONDITION = re.compile(r"\s*\"?Is(?:Not)?([A-Z][a-z]+)\w*\"?\s*:")
_STAGE_PARAMETER = re.compile(r"\s*\"?(?:Environment|Env|EnvironmentName|EnvName|Stage|StageName)\"?\s*:\s*[{]?\s*$")


def _allowed_stages(facts: Facts, path: str) -> Iterator[Environment]:
    """Values that a template allows for a parameter called Environment, Env or Stage."""
    lines = facts.repository.lines(path)
    for index, line in enumerate(lines):
        if (condition := _STAGE_CONDITION.match(line)) and (name := environment_name(condition[1])):
            yield Environment(name, "stage", Place(path, index + 1))
        if not _STAGE_PARAMETER.match(line):
            continue
        block = "\n".join(lines[index + 1 : index + 14])
        if "AllowedValues" in block:
            for word in re.findall(r"[\w-]+", block.partition("AllowedValues")[2][:200]):
                if name := environment_name(word):
                    yield Environment(name, "stage", Place(path, index + 1))
