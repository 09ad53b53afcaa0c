"""What differs between the environments of the target. Shared by checks of cost and delivery."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from gonogo.checks.declared import chart_values, environment_name, files_ending, named_files
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Object, workload_of
from gonogo.facts.repository import File
from gonogo.facts.resources import Resource, Unknown
from gonogo.model.evidence import Place

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
    found = [*_occurrences(facts, _CONDITION, files_ending(facts, ".tf"))]
    found += _occurrences(facts, _TEMPLATE_CONDITION, templates)
    for place, line in found:
        if line.lstrip().startswith(("#", "//")):
            continue
        assigned = _ASSIGNED.match(line)
        name = assigned[1] if assigned else ""
        if name in ("condition", "name", "bucket", "key", "Name", "description", "error_message"):
            continue
        if name not in ("count", "for_each") or _is_within(costly.get(place.path, []), place.line):
            yield Difference(name or "a value", place)


def _is_within(found: list[Resource], line: int) -> bool:
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
    for file, name in named_files(facts, *endings):
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
