"""What a CDK app refers to and can't have: its own stack's exports, and what only retired classes define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gonogo.facts.resources import Resource
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.tools.cloudformation.evaluate import Reader, construct_of
from gonogo.tools.cloudformation.instances import Deployment, Unit
from gonogo.tools.cloudformation.source import Site

_NAMES = ("name", "bucket_name", "table_name", "queue_name", "topic_name", "event_bus_name", "function_name")


@dataclass(frozen=True, slots=True)
class _Mention:
    """A place that exports a value, or imports it, and the stacks that it is a part of."""

    name: str
    stacks: frozenset[Unit]
    at: Place


def broken_imports(deployed: Deployment, sites: Iterable[tuple[Site, Reader]]) -> Iterator[Wrong]:
    """Imports of an export that the same stack, and no other, makes: it would have to be deployed before itself."""
    exported: dict[str, set[Unit]] = {}
    imported: list[_Mention] = []
    for site, reader in sites:
        unit = (reader.program.path, site.owner)
        if construct_of(site.call, reader.program) == ("aws-cdk-lib", "CfnOutput"):
            given = {key: item for key, item, _ in site.call.entries().items}
            name = given.get("exportName", given.get("export_name"))
            if name is not None and isinstance(value := reader.value(name), str):
                exported.setdefault(value, set()).update(_stacks(deployed, unit))
        elif site.call.name.endswith(("Fn.importValue", "Fn.import_value")) and site.call.arguments:
            text = str(reader.value(site.call.arguments[0]))  # That of an unknown value is nobody's name.
            at = Place(reader.program.path, site.call.line, site.call.end_line, f"import:{text}")
            imported.append(_Mention(text, frozenset(_stacks(deployed, unit)), at))
    for mention in imported:
        if mention.stacks and exported.get(mention.name, set()) == set(mention.stacks):
            stack = ", ".join(sorted(name for _, name in mention.stacks))
            yield Wrong(f"{stack} imports {mention.name}, which only it exports itself", mention.at, missing=True)


def retired_references(resources: Iterable[Resource], retired: Iterable[Resource]) -> Iterator[Wrong]:
    """References by name to what no deployed class makes, although a retired one of the target would."""
    live, gone = _by_name(resources), _by_name(retired)
    for resource in resources:
        key = (resource.type, str(resource.get("name")))
        if resource.data and _named(resource, "name") and key in gone and key not in live:
            maker = gone[key].address
            what = f"{resource.address} refers to {key[1]}, which only {maker} makes, and no app instantiates that"
            yield Wrong(what, resource.at, missing=True)


def _by_name(resources: Iterable[Resource]) -> dict[tuple[str, str], Resource]:
    made = [resource for resource in resources if not resource.data]
    return {(r.type, str(r.get(key))): r for r in made for key in _NAMES if _named(r, key)}


def _named(resource: Resource, key: str) -> bool:
    return isinstance(resource.get(key), str)


def _stacks(deployed: Deployment, unit: Unit) -> set[Unit]:
    """The stacks that what stands in a class is a part of."""
    found: set[Unit] = set()
    seen: set[Unit] = set()
    waiting = [unit]
    while waiting:
        path, owner = waiting.pop()
        if (path, owner) in seen:
            continue
        seen.add((path, owner))
        if _is_stack(deployed, (path, owner)):
            found.add((path, owner))
            continue
        for instance in deployed.instances.get((path, owner), ()):
            if instance.site is not None:
                waiting.append((instance.path, instance.site.owner))
    return found


def _is_stack(deployed: Deployment, unit: Unit) -> bool:
    path, owner = unit
    program = deployed.programs[path]
    for text in program.classes.get(owner, ()):
        head, _, rest = text.partition(".")
        meaning = program.imports.get(head, "")
        if meaning and f"{meaning}.{rest}".strip(".").endswith(("aws-cdk-lib.Stack", "aws-cdk-lib.NestedStack")):
            return True
        if any(base != unit and _is_stack(deployed, base) for base in deployed.named(path, text)):
            return True
    return False
