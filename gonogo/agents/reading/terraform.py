"""What a Terraform reference comes to, as far as gonogo's own evaluation of the code tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.agents.reading.arguments import BadCallError
from gonogo.agents.reading.evaluation import evaluate_in
from gonogo.agents.reading.reply import Reply, compose
from gonogo.agents.reading.values import Values
from gonogo.facts import Facts
from gonogo.facts.resources import ModuleCall, Resource, Unknown, Value, lookup
from gonogo.facts.terraform import Root, Terraform
from gonogo.model.evidence import Place
from gonogo.tools.redaction import Clean, clean

MOST_LINES = 80
MOST_ALIKE = 10
_STEP = r"""(?:\.(?:[A-Za-z_][\w-]*|\d+)|\[(?:\d+|"[^"\\\[\]{}$%]*")\])"""
_REFERENCE = re.compile(rf"(?:\$\{{\s*)?((?:var|local|module|data|[A-Za-z_][\w-]*){_STEP}+)(?:\s*\}})?", re.ASCII)
_PARTS = re.compile(r'\[\d+\]|\["[^"]*"\]|[^.\[\]]+')
_MISSING = object()
_NOT_SET = "not set in the code; what the provider then does is not known from here"


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference in parts: the module calls it goes through, and what follows. Indexes keep their brackets."""

    text: str
    modules: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def prefix(self) -> str:
        return "".join(f"module.{name}." for name in self.modules)


def resolve_terraform(facts: Facts, reference: str) -> Reply:
    """The value of a variable, local, output or attribute in each root module that has it; unknown is said so."""
    terraform = facts.read.get("terraform")
    if not isinstance(terraform, Terraform):
        raise BadCallError("Terraform was not read for this area: use search and read_file instead.")
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise BadCallError(
            "That is no Terraform reference: give one like aws_db_instance.main.multi_az, var.name or local.name."
        )
    wanted = _parsed(match[1])
    lines = list(_answer(facts, terraform, wanted))[:MOST_LINES]
    if not lines:
        return _unknown(terraform, wanted)
    head = "What the code alone tells, by root module. Unknown means that only the cloud or the operator knows it."
    return compose(
        head, lines, "terraform", lambda shown: "" if shown == len(lines) else "[cut: ask for one attribute]"
    )


def _parsed(text: str) -> _Reference:
    parts = _PARTS.findall(text)
    modules: list[str] = []
    while len(parts) >= 2 and parts[0] == "module":
        keys = [part for part in parts[2:3] if part.startswith("[")]
        modules.append(parts[1] + "".join(keys))
        parts = parts[2 + len(keys) :]
    return _Reference(text, tuple(modules), tuple(parts))


def _answer(facts: Facts, terraform: Terraform, wanted: _Reference) -> Iterator[Clean]:
    if not wanted.parts:
        yield from _module(facts, terraform, wanted)
    elif wanted.parts[0] == "var":
        yield from _variable(facts, terraform, wanted)
    elif found := _resources(terraform, wanted):
        for resource, path in found:
            yield from _resource(facts, resource, path)
    elif wanted.parts[0] == "local" or wanted.modules:
        yield from _evaluated(facts, terraform, wanted)


def _roots(terraform: Terraform) -> list[Root]:
    return sorted(terraform.roots, key=lambda root: (not root.audited, root.path))


def _variable(facts: Facts, terraform: Terraform, wanted: _Reference) -> Iterator[Clean]:
    name, path = wanted.parts[1] if len(wanted.parts) > 1 else "", _path(wanted.parts[2:])
    if wanted.modules:
        for call in _calls(terraform, wanted):
            value = call.get(".".join(filter(None, (name, path))), _MISSING)
            said = "not given by this call; the module's default, if it has one, holds" if value is _MISSING else ""
            yield from _said(facts, call.root, wanted.text, value, call.place(name), said)
        return
    for root in _roots(terraform):
        variable = root.variables.get(name)
        if variable is None:
            continue
        value = lookup(variable.value, path, _MISSING) if path else variable.value
        said = "sensitive, so it is not shown" if variable.sensitive else ""
        if isinstance(value, Unknown) and not variable.has_default and variable.set_at is None:
            said = said or "unknown: it has no default, and no file sets it"
        yield from _said(facts, root.path, wanted.text, value, variable.set_at or variable.at, said)


def _module(facts: Facts, terraform: Terraform, wanted: _Reference) -> Iterator[Clean]:
    for call in _calls(terraform, wanted):
        known = "what it makes is not known" if call.opaque else "what it makes is known"
        yield clean(f"{call.address} calls {call.source} {call.version}".rstrip() + f" ({known}) at {call.at}", "x.tf")
        for name in sorted(call.inputs):
            yield from _said(facts, call.root, f"  {name}", call.inputs[name], call.place(name))


def _calls(terraform: Terraform, wanted: _Reference) -> Iterator[ModuleCall]:
    address = _without_keys(wanted.prefix.rstrip("."))
    return (call for call in terraform.all_modules if _without_keys(call.address) == address)


def _resources(terraform: Terraform, wanted: _Reference) -> list[tuple[Resource, str]]:
    """The resources that are meant, each with the attribute that is asked for."""
    size = 3 if wanted.parts[0] == "data" else 2
    if len(wanted.parts) < size:
        return []
    base, rest = wanted.prefix + ".".join(wanted.parts[:size]), wanted.parts[size:]
    key = rest[0] if rest and rest[0].startswith("[") else ""
    found = [r for r in terraform.all_resources if r.address in (base + key, base)]
    found = found or [r for r in terraform.all_resources if _without_keys(r.address) == _without_keys(base)]
    found.sort(key=lambda resource: (not resource.audited, resource.root, resource.address))
    return [(resource, _path(rest[1:] if key else rest)) for resource in found]


def _resource(facts: Facts, resource: Resource, path: str) -> Iterator[Clean]:
    if path:
        value = resource.get(path, _MISSING)
        said = _NOT_SET if value is _MISSING else ""
        yield from _said(facts, resource.root, f"{resource.address}.{path}", value, resource.place(path), said)
    else:
        yield Clean(f"{resource.address} at {resource.at}")
    if resource.exists is not True:
        when = (
            "it does not exist in the audited environment"
            if resource.exists is False
            else "whether it exists is unknown"
        )
        yield from Values(facts).line(f"  {when}, by", resource.guard or "its count or for_each")
    if not resource.audited:
        yield Clean("  it belongs to another environment than the audited one")
    if not path:
        for name in sorted(resource.attributes):
            yield from _said(facts, resource.root, f"  {name}", resource.attributes[name], resource.place(name))


def _evaluated(facts: Facts, terraform: Terraform, wanted: _Reference) -> Iterator[Clean]:
    for root in _roots(terraform):
        found = evaluate_in(facts, root, wanted.text)
        if found is not None:
            yield from _said(facts, root.path, wanted.text, found.value, found.at)


def _said(facts: Facts, root: str, name: str, value: Value, at: Place, instead: str = "") -> Iterator[Clean]:
    """One line for one value: ``name = value  (root, place)``; ``instead`` stands for a value that is not shown."""
    where = f"  ({at}, root {root or '.'})"
    if instead:
        yield Clean(f"{name}: {instead}{where}")
    else:
        yield from Values(facts).line(f"{name} =", "null" if value is _MISSING else value, where)


def _path(parts: tuple[str, ...]) -> str:
    return ".".join(part.strip('[]"') for part in parts)


def _without_keys(address: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", address)


def _unknown(terraform: Terraform, wanted: _Reference) -> Reply:
    """An error with what resembles the reference."""
    names = {part for part in wanted.parts if len(part) > 2} - {"var", "local", "data", "module"}
    known = [r.address for r in terraform.all_resources] + [m.address for m in terraform.all_modules]
    known += [f"var.{name}" for root in terraform.roots for name in root.variables]
    alike = [address for address in dict.fromkeys(known) if names & set(_PARTS.findall(address))]
    if not alike:
        raise BadCallError("The Terraform that was read defines no such thing: look for its name with search.")
    lines = [Clean(address) for address in alike[:MOST_ALIKE]]
    return compose(
        "The Terraform that was read defines no such thing: use one of these.", lines, "addresses", is_error=True
    )
