"""One template: its parameters in the audited environment, and its resources in Terraform's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gonogo.facts.marked import Map, Seq, Tagged
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.model.evidence import Place
from gonogo.tools.cloudformation import sam
from gonogo.tools.cloudformation.resolve import Scope, resolve
from gonogo.tools.cloudformation.translate import Defined, snake_lines, snake_values, translate
from gonogo.tools.terraform.environments import canonical, names_environment

MOST_DEPTH = 4
Child = Callable[[str, str], Map | None]
"""Finds the template that a path in another one means: (path of the parent, path as written)."""


@dataclass(frozen=True)
class Setting:
    """How templates are read in this audit."""

    environment: str
    child: Child
    nested: set[str]
    """Paths of templates that a parent deploys; filled on the way."""


def flavour_of(document: Map) -> str:
    """``sam`` where the transform is there, else ``cloudformation``."""
    transforms = document.get("Transform")
    listed = transforms if isinstance(transforms, list) else [transforms]
    return "sam" if any(str(item).startswith("AWS::Serverless") for item in listed) else "cloudformation"


def parameter_values(document: Map, environment: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """Each parameter's value: what is given, else the environment's name, else its default, else unknown."""
    found: dict[str, Value] = {}
    declared = document.map("Parameters")
    for name in declared:
        settings = declared.map(name)
        if name in given:
            found[name] = given[name]
        elif names_environment(name):
            allowed = [str(item) for item in settings.seq("AllowedValues")]
            same = [item for item in allowed if canonical(item) == canonical(environment)]
            found[name] = same[0] if same else _spelled(document, environment)
        elif "Default" in settings and not settings.text("Type").startswith("AWS::SSM::Parameter"):
            default = settings["Default"]
            listed = "List" in settings.text("Type")
            found[name] = tuple(str(default).split(",")) if listed and isinstance(default, str) else default
        else:
            found[name] = Unknown("${" + name + "}")
    return found


def _spelled(document: Map, environment: str) -> str:
    """How conditions and mappings of a template write the environment, else its own name."""
    words = [str(key) for mapping in document.map("Mappings").values() if isinstance(mapping, Map) for key in mapping]
    stack: list[object] = [document.map("Conditions"), document.map("Rules")]
    while stack:
        item = stack.pop()
        if isinstance(item, Tagged):
            stack.append(item.value)
        elif isinstance(item, Map):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str):
            words.append(item)
    same = sorted(word for word in words if canonical(word) == canonical(environment))
    return same[0] if same else environment


def template_resources(
    path: str,
    document: Map,
    setting: Setting,
    given: Mapping[str, Value],
    *,
    flavour: str,
    audited: bool = True,
    prefix: str = "",
    exists: bool | None = True,
    depth: int = 0,
) -> tuple[list[Resource], dict[str, Value]]:
    """The resources of a template, nested stacks included, and the values of its parameters."""
    parameters = parameter_values(document, setting.environment, given)
    declared = document.map("Resources")
    scope = Scope(parameters, document.map("Mappings"), document.map("Conditions"), frozenset(declared), prefix=prefix)
    shared = resolve(document.map("Globals"), scope)
    found: list[Resource] = []
    functions: list[tuple[str, Mapping[str, Value]]] = []
    for name in declared:
        raw = declared[name]
        if not isinstance(raw, Map) or not isinstance(raw.get("Type"), str):
            continue
        alive = _exists(raw, scope, exists)
        properties = resolve(raw.map("Properties"), scope)
        properties = properties if isinstance(properties, Mapping) else {}
        type_ = raw.text("Type")
        properties = sam.with_globals(type_, properties, shared)
        end = max(raw.end_line, declared.line_of(name))
        place = Place(path, declared.line_of(name), end, prefix + name)
        base = _Base(place, prefix + name, name, alive, audited, flavour, path, _lines(raw), _policies(raw))
        if type_ in ("AWS::CloudFormation::Stack", "AWS::Serverless::Application") and depth < MOST_DEPTH:
            found += _nested(path, raw, properties, base, setting, depth)
        if type_.startswith("AWS::Serverless::"):
            if type_.endswith("Function"):
                functions.append((name, properties))
            for made, suffix, values in sam.expand(type_, name, properties):
                found += base.define(made, values, suffix)
        else:
            found += base.define(type_, properties)
    found += _implicit(functions, found, path, document, audited, flavour)
    return found, parameters


def _implicit(
    functions: Iterable[tuple[str, Mapping[str, Value]]],
    found: list[Resource],
    path: str,
    document: Map,
    audited: bool,
    flavour: str,
) -> list[Resource]:
    made: list[Resource] = []
    line = document.map("Resources").line
    for type_, name, values in sam.implicit_apis(iter(functions)):
        place = Place(path, line, line, name)
        made += _Base(place, name, name, True, audited, flavour, path, {}, {}).define(type_, values)
    return made


@dataclass(frozen=True)
class _Base:
    """What the resources made of one logical id share."""

    place: Place
    address: str
    name: str
    exists: bool | None
    audited: bool
    flavour: str
    path: str
    lines: Mapping[str, int]
    policies: Mapping[str, Value]

    def define(self, type_: str, properties: Mapping[str, Value], suffix: str = "") -> list[Resource]:
        attributes = snake_values(properties)
        place = Place(self.place.path, self.place.line, self.place.end_line, self.place.symbol + suffix)
        resource = Resource(
            type=type_,
            name=self.name + suffix,
            address=self.address + suffix,
            attributes={**attributes, **self.policies},
            at=place,
            exists=self.exists,
            audited=self.audited,
            origin=self.flavour,
            root=self.path,
            lines=snake_lines(self.lines),
        )
        return list(translate(Defined(type_, resource, properties)))


def _exists(raw: Map, scope: Scope, exists: bool | None) -> bool | None:
    own = scope.test(raw.text("Condition")) if "Condition" in raw else True
    if exists is False or own is False:
        return False
    return None if exists is None or own is None else True


def _policies(raw: Map) -> dict[str, Value]:
    """``DeletionPolicy`` and ``UpdateReplacePolicy`` beside the properties."""
    names = (("DeletionPolicy", "deletion_policy"), ("UpdateReplacePolicy", "update_replace_policy"))
    return {new: raw.text(old) or Unknown(old) for old, new in names if old in raw}


def _lines(raw: Map) -> dict[str, int]:
    """Lines of all properties by dotted path."""
    lines: dict[str, int] = {}
    properties = raw.get("Properties")
    stack: list[tuple[object, str]] = [(properties, "")]
    for old, new in (("DeletionPolicy", "deletion_policy"), ("UpdateReplacePolicy", "update_replace_policy")):
        if old in raw:
            lines[new] = raw.line_of(old)
    while stack and len(lines) < 3_000:
        value, path = stack.pop()
        if isinstance(value, Map):
            for key, item in value.items():
                lines[path + key] = value.line_of(key)
                stack.append((item, f"{path}{key}."))
        elif isinstance(value, Seq):
            for index, (item, line) in enumerate(value.marked()):
                lines[f"{path}{index}"] = line
                stack.append((item, f"{path}{index}."))
    return lines


def _nested(
    path: str, raw: Map, properties: Mapping[str, Value], base: _Base, setting: Setting, depth: int
) -> list[Resource]:
    """What a nested stack makes, if its template is here."""
    target = properties.get("TemplateURL", properties.get("Location"))
    document = setting.child(path, target) if isinstance(target, str) else None
    if document is None or document.path == path:
        return []
    setting.nested.add(document.path)
    given = properties.get("Parameters")
    found, _ = template_resources(
        document.path,
        document,
        setting,
        given if isinstance(given, Mapping) else {},
        flavour=flavour_of(document),
        audited=base.audited,
        prefix=f"{base.address}.",
        exists=base.exists,
        depth=depth + 1,
    )
    return found
