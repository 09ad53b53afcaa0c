"""Which environments the target declares, and what differs between them. Shared by checks of cost and delivery."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Object, workload_of
from gonogo.facts.pipelines import Job, Pipeline
from gonogo.facts.repository import File
from gonogo.facts.resources import Resource, Unknown
from gonogo.model.evidence import Place

_NAMES = {
    "production": "prod production prd live",
    "staging": "staging stage stg uat preprod nonprod qa acceptance integration",
    "development": "dev develop development sandbox test testing preview review",
}
_CANONICAL = {word: name for name, words in _NAMES.items() for word in words.split()}
_SIZES = re.compile(
    r"instance_?(type|class|size|count)|node_?(type|count|size)|machine|vm_size|cpu|memory|replica|capacity|desired|"
    r"(min|max)_?(size|replica|count|instance|capacity)|worker|resources of|bounds of|sku|tier|\bsize|_size\b",
    re.IGNORECASE,
)
_COSTS = re.compile(
    rf"{_SIZES.pattern}|count|class|type|nodes?\b|_az\b|nat_|storage|throughput|spot|scal|concurren|shard|iops|units?\b|"
    r"multi|flow_log|performance_insights|retention|quota",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"""(?:(?:var|local)\.(?:\w+\.)?(?:environment|env|stage|env_name|deploy_env|tier)\b|terraform\.workspace)["')\]]*\s*
    (?:==|!=)|\[\s*(?:(?:var|local)\.(?:environment|env|stage|env_name)|terraform\.workspace)\s*\]
    |lookup\([^)]*(?:var|local)\.(?:environment|env|stage)|\b(?:var|local)\.is_(?:prod\w*|dev\w*)\s*\?""",
    re.IGNORECASE | re.VERBOSE,
)
_TEMPLATE_CONDITION = re.compile(
    r"\bIf\b[^\n]{1,60}?(?:prod|dev|stag)|FindInMap\b[^\n]{1,80}?(?:env|stage)|\$\{self:custom\.\w+\.\$\{",
    re.IGNORECASE,
)
_COSTLY = (
    Kind.DATABASE, Kind.CACHE, Kind.SEARCH, Kind.STREAM, Kind.CONTAINER_SERVICE, Kind.CLUSTER, Kind.NODE_GROUP,
    Kind.CDN, Kind.INSTANCE, Kind.INSTANCE_GROUP, Kind.LOAD_BALANCER, Kind.NAT, Kind.NETWORK_ENDPOINT, Kind.WAF,
    Kind.FILE_SYSTEM,
)  # fmt: skip
_ASSIGNED = re.compile(r"^\s*\"?([\w.-]+)\"?\s*[:=]")


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that something declares. ``name`` is production, staging or development."""

    name: str
    by: str
    """``root module``, ``variable file``, ``overlay``, ``chart values``, ``stage``, ``pipeline``, ``namespace``."""
    at: Place


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that differs between environments. ``what`` begins with the setting's name."""

    what: str
    at: Place

    @property
    def costs(self) -> bool:
        """Whether it changes what the environment costs."""
        return bool(_COSTS.search(self.what))

    @property
    def sizes(self) -> bool:
        """Whether it sizes what runs."""
        return bool(_SIZES.search(self.what))


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
        Environment(name, "variable file", Place(f.path)) for f, name in _named_files(facts, ".tfvars", ".tfvars.json")
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
    files = _named_files(facts, ".yaml", ".yml")
    return [(file, name) for file, name in files if "values" in file.name or file.folder.endswith("/values")]


def _named_files(facts: Facts, *endings: str) -> list[tuple[File, str]]:
    """Files that end so and that their name, or else their folder, names for an environment."""
    found = [
        (f, environment_name(f.name) or environment_name(f.folder.rpartition("/")[2])) for f in _ending(facts, *endings)
    ]
    return [(file, name) for file, name in found if name and file.size < 500_000]


def _ending(facts: Facts, *endings: str) -> tuple[File, ...]:
    return tuple(file for file in facts.repository.files if file.path.endswith(endings) and file.decides)


def _namespaces(facts: Facts) -> list[Environment]:
    both = (*facts.kubernetes.objects, *facts.kubernetes.others)
    spaces = [item for item in both if item.kind == "Namespace"]
    return [Environment(name, "namespace", item.at) for item in spaces if (name := environment_name(item.name))]


def _stages(facts: Facts) -> Iterator[Environment]:
    """Stages by name: allowed values of an environment variable or parameter, samconfig sections, parameter files."""
    repository = facts.repository
    allowed = re.compile(r"contains\(\s*\[([^\]]*)\]\s*,\s*var\.(?:environment|env|stage)\b", re.IGNORECASE)
    for place in repository.grep(allowed, _ending(facts, ".tf")):
        listed = allowed.search(repository.lines(place.path)[place.line - 1])
        for word in re.findall(r'"([^"]+)"', listed[1] if listed else ""):
            if name := environment_name(word):
                yield Environment(name, "stage", place)
    flag = re.compile(r"^\s*is_(prod\w*|stag\w*|test|dev\w*|qa|uat)\s*=.*(?:terraform\.workspace|env)", re.IGNORECASE)
    for place in repository.grep(flag, _ending(facts, ".tf")):
        found = flag.search(repository.lines(place.path)[place.line - 1])
        if found and (name := environment_name(found[1])):
            yield Environment(name, "stage", place)
    for place in repository.grep(r"^\[[\w-]+\.(deploy|global)", _ending(facts, "samconfig.toml")):
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


def differences(facts: Facts) -> tuple[Difference, ...]:
    """Settings that differ by environment. Needs: terraform, cloudformation, kubernetes, pipelines."""
    return (
        *_conditions(facts),
        *_between_roots(facts),
        *_between_files(facts, ".tfvars", ".tfvars.json"),
        *_between_values(facts),
        *_between_units(facts),
        *_quotas(facts),
    )


def _conditions(facts: Facts) -> Iterator[Difference]:
    """Values that a condition on the environment chooses, in root modules and templates."""
    repository = facts.repository
    costly: dict[str, list[Resource]] = {}
    for resource in facts.terraform.all_resources:
        if resource.kind in _COSTLY and not resource.data:
            costly.setdefault(resource.at.path, []).append(resource)
    templates = [f for t in facts.cloudformation.templates if (f := repository.file(t.path)) is not None]
    found = [*_occurrences(facts, _CONDITION, _ending(facts, ".tf"))]
    found += _occurrences(facts, _TEMPLATE_CONDITION, templates)
    for place, line in found:
        if line.lstrip().startswith(("#", "//")):
            continue
        assigned = _ASSIGNED.match(line)
        name = assigned[1] if assigned else ""
        if name in ("condition", "name", "bucket", "key", "Name", "description", "error_message"):
            continue
        if name not in ("count", "for_each") or costly_at(costly.get(place.path, []), place.line):
            yield Difference(name or "a value", place)


def costly_at(found: list[Resource], line: int) -> bool:
    """Says whether a line lies in one of these resources."""
    return any(resource.at.line <= line <= resource.at.end_line for resource in found)


def _occurrences(facts: Facts, pattern: re.Pattern[str], files: Iterable[File]) -> Iterator[tuple[Place, str]]:
    """Lines on which the pattern matches, searched in whole texts: most files have none."""
    for file in files:
        text = facts.repository.text(file)
        last = 0
        for match in pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            if number != last:
                start = text.rfind("\n", 0, match.start()) + 1
                end = text.find("\n", match.start())
                yield Place(file.path, number), text[start : end if end >= 0 else len(text)]
                last = number


def _between_roots(facts: Facts) -> Iterator[Difference]:
    """Attributes of one resource in the roots of different environments."""
    named = {root.path: environment_name(root.environment or root.path) for root in facts.terraform.roots}
    groups: dict[str, dict[str, Resource]] = {}
    for resource in facts.terraform.all_resources:
        if not resource.data and named.get(resource.root):
            groups.setdefault(resource.address, {}).setdefault(named[resource.root], resource)
    for address, by_name in groups.items():
        for one, other in combinations(by_name.values(), 2):
            for key, value in one.attributes.items():
                against = other.attributes.get(key)
                if _COSTS.search(key) and _differs(value, against):
                    yield Difference(f"{key} of {address}", one.place(key))


def _differs(one: object, other: object) -> bool:
    plain = (str, int, float, bool)
    return isinstance(one, plain) and isinstance(other, plain) and not isinstance(one, Unknown) and one != other


def _between_files(facts: Facts, *endings: str) -> Iterator[Difference]:
    """Keys whose value differs between variable files of different environments in one folder tree."""
    seen: dict[str, dict[str, tuple[str, Place]]] = {}
    for file, name in _named_files(facts, *endings):
        for number, line in enumerate(facts.repository.lines(file), 1):
            if (found := _ASSIGNED.match(line)) and not line.lstrip().startswith(("#", "//")):
                value = line[found.end() :].strip().rstrip(",")
                seen.setdefault(found[1], {}).setdefault(name, (value, Place(file.path, number)))
    for key, by_name in seen.items():
        if len({value for value, _ in by_name.values()}) > 1 and len(by_name) > 1:
            place = next(iter(by_name.values()))[1]
            yield Difference(key, place)


def _between_values(facts: Facts) -> Iterator[Difference]:
    """Replicas and resources that values files of different environments set."""
    keys = re.compile(
        r"^\s*(replicas?|replicaCount|minReplicas|maxReplicas|cpu|memory|resources|storage\w*|size)\s*:\s*(.*)$"
    )
    seen: dict[str, dict[str, tuple[list[str], Place]]] = {}
    for file, name in chart_values(facts):
        for number, line in enumerate(facts.repository.lines(file), 1):
            if found := keys.match(line):
                values, _ = seen.setdefault(found[1], {}).setdefault(name, ([], Place(file.path, number)))
                values.append(found[2].strip())
    for key, by_name in seen.items():
        if len(by_name) > 1 and len({tuple(values) for values, _ in by_name.values()}) > 1:
            yield Difference(key, next(iter(by_name.values()))[1])


def _between_units(facts: Facts) -> Iterator[Difference]:
    """Replicas and resources of a workload in overlays of different environments."""
    named = {unit.path: environment_name(unit.environment) for unit in facts.kubernetes.units}
    groups: dict[str, dict[str, Object]] = {}
    for item in (*facts.kubernetes.objects, *facts.kubernetes.others):
        if named.get(item.unit):
            groups.setdefault(f"{item.kind}/{item.name}", {}).setdefault(named[item.unit], item)
    for by_name in groups.values():
        for one, other in combinations(by_name.values(), 2):
            if difference := _workload_difference(one, other):
                yield Difference(difference, one.at)


def _workload_difference(one: Object, other: Object) -> str:
    if one.kind in ("HorizontalPodAutoscaler", "ScaledObject", "ResourceQuota"):
        return f"the bounds of {one.symbol}" if one.spec != other.spec else ""
    first, second = workload_of(one), workload_of(other)
    if first is None or second is None:
        return ""
    if first.replicas != second.replicas:
        return f"replicas of {one.symbol}"
    for container, twin in zip(first.containers, second.containers, strict=False):
        if container.spec.map("resources") != twin.spec.map("resources"):
            return f"resources of {container.at.symbol}"
    return ""


def _quotas(facts: Facts) -> Iterator[Difference]:
    """Quotas of namespaces that are not production."""
    for item in (*facts.kubernetes.objects, *facts.kubernetes.others):
        space = environment_name(item.namespace or item.name)
        if item.kind == "ResourceQuota" and space and space != "production":
            yield Difference(f"the quota of {item.namespace or item.name}", item.at)
