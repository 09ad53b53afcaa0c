"""CDK programs: which constructs they instantiate, with what can be told of their properties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gonogo.facts.cloudformation import Template
from gonogo.facts.repository import Repository
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.tools.cloudformation.applications import app_entries
from gonogo.tools.cloudformation.broken import broken_imports, retired_references
from gonogo.tools.cloudformation.constructs import cfn_type, construct_resources, library_name
from gonogo.tools.cloudformation.evaluate import Known, Reader, construct_of, pascal_keys, snake_keys
from gonogo.tools.cloudformation.expressions import Literal
from gonogo.tools.cloudformation.instances import Deployment, Unit, deployment
from gonogo.tools.cloudformation.methods import with_methods
from gonogo.tools.cloudformation.names import pascal, snake
from gonogo.tools.cloudformation.source import Program, Site, parse_program
from gonogo.tools.cloudformation.translate import Defined, snake_values, translate

_MENTION = re.compile(r"aws-cdk-lib|@aws-cdk/|aws_cdk")
_MADE = re.compile(r"(?:new\s+|[^\w.])([A-Z]\w*)\s*\(")
_SOURCES = (".ts", ".mts", ".js", ".mjs", ".py")


@dataclass(frozen=True)
class CdkSources:
    """What CDK programs define: what their apps make, and apart from it what none does."""

    templates: tuple[Template, ...] = ()
    resources: tuple[Resource, ...] = ()
    retired: tuple[Resource, ...] = ()
    wrong: tuple[Wrong, ...] = ()


def read_cdk(repository: Repository, environment: str, unread: list[Unread]) -> CdkSources:
    """All constructs that the apps instantiate, where there is a CDK app."""
    if not repository.match("cdk.json", deciding=False):
        return CdkSources()
    programs: dict[str, Program] = {}
    for file in repository.match("*.ts", "*.mts", "*.js", "*.mjs", "*.py"):
        if file.name.endswith(".d.ts") or not _MENTION.search(repository.text(file)):
            continue
        if (program := _parsed(repository, file.path, unread)) is not None:
            programs[file.path] = program
    deployed = _deployed(repository, programs, unread)
    known = _known(deployed, environment)
    sites = list(_sites(deployed, known, live=True))
    made = [resource for site, reader in sites for resource in _made(site, reader)]
    retired = [r for site, reader in _sites(deployed, known, live=False) for r in _made(site, reader)]
    return CdkSources(
        templates=tuple(
            Template(path, "cdk", Place(path, 1, 1, path.rpartition("/")[2]))
            for path, program in programs.items()
            if any(deployed.is_live(path, s) and construct_of(s.call, program) for s in program.sites)
        ),
        resources=tuple(with_methods(made, sites, _properties)),
        retired=tuple(retired),
        wrong=(*broken_imports(deployed, sites), *retired_references(made, retired)),
    )


def _parsed(repository: Repository, path: str, unread: list[Unread]) -> Program | None:
    try:
        return parse_program(path, repository.text(path))
    except RecursionError:
        unread.append(Unread(path, "its expressions are nested too deep"))
        return None


def _deployed(repository: Repository, programs: dict[str, Program], unread: list[Unread]) -> Deployment:
    """What the apps make; what anything makes, where no app can be found or followed."""

    def load(path: str) -> Program | None:
        file = repository.file(path)
        if file is None or not file.decides or not path.endswith(_SOURCES):
            return None
        return _parsed(repository, path, unread)

    entries = app_entries(repository, programs)
    for path in entries:
        if path not in programs and (program := load(path)) is not None:
            programs[path] = program
    followed = deployment(programs, [(path, "") for path in entries], load)
    if any(
        construct_of(s.call, p) for path, p in followed.programs.items() for s in p.sites if _counts(followed, path, s)
    ):
        return followed
    named = {name for path in programs for name in _MADE.findall(repository.text(path))}
    start: list[Unit] = [(path, "") for path in programs]
    start += [(path, name) for path, p in programs.items() for name in p.classes if name in named]
    return deployment(programs, start, load)


def _counts(found: Deployment, path: str, site: Site) -> bool:
    """Whether a live site makes something: an app or an import by itself is no deployment."""
    made = construct_of(site.call, found.programs[path])
    return found.is_live(path, site) and made is not None and made[0] != "aws-cdk-lib"


def _known(deployed: Deployment, environment: str) -> Known:
    variables: dict[tuple[str, str, str], str] = {}
    objects: dict[tuple[str, str, str], tuple[Unit, ...]] = {}
    for path, program in deployed.programs.items():
        for site in program.sites:
            if not site.target:
                continue
            key = (path, site.owner, site.target)
            if construct_of(site.call, program):
                variables.setdefault(key, _address(program, site))
            elif own := deployed.named(path, site.call.name):
                objects.setdefault(key, tuple(own))
    return Known(deployed, environment, variables, objects)


def _sites(deployed: Deployment, known: Known, *, live: bool) -> Iterator[tuple[Site, Reader]]:
    for path, program in deployed.programs.items():
        for site in program.sites:
            if deployed.is_live(path, site) is live:
                yield site, Reader(known, program, site.scope)


def _address(program: Program, site: Site) -> str:
    literal = next(
        (a.value for a in site.call.arguments[:2] if isinstance(a, Literal) and isinstance(a.value, str)), ""
    )
    name = literal or site.target or f"{site.call.method}{site.call.line}"
    return f"{site.owner}/{name}" if site.owner else str(name)


def _made(site: Site, reader: Reader) -> Iterator[Resource]:
    found = construct_of(site.call, reader.program)
    if found is None:
        yield from _imported(site, reader)
        return
    module, name = found
    entries = site.call.entries()
    base = _base(site, reader)
    address = base.address
    if type_ := cfn_type(module, name):
        values = {pascal(key): reader.value(value) for key, value, _ in entries.items}
        properties = {key: pascal_keys(value) for key, value in values.items() if value is not None}
        yield from translate(Defined(type_, replace(base, type=type_, attributes=snake_values(properties)), properties))
        return
    for kind, suffix, attributes in construct_resources(module, name, _properties(site, reader)) or ():
        own = Unknown(address, (address,))
        whole = address + (f"/{suffix}" if suffix else "")
        yield replace(
            base,
            type=kind,
            name=base.name + suffix,
            address=whole,
            attributes={key: own if value is Ellipsis else value for key, value in attributes.items()},
            at=replace(base.at, symbol=whole),
        )


def _base(site: Site, reader: Reader) -> Resource:
    address = _address(reader.program, site)
    return Resource(
        type="",
        name=address.rpartition("/")[2],
        address=address,
        attributes={},
        at=Place(reader.program.path, site.call.line, site.call.end_line, address),
        exists=reader.stands(),
        origin="cdk",
        root=reader.program.path,
        lines={snake(key): line for key, _, line in site.call.entries().items},
    )


_IMPORT = re.compile(r"^from_?[A-Z_a-z]+$")


def _imported(site: Site, reader: Reader) -> Iterator[Resource]:
    """``Bucket.fromBucketName(...)``: a reference to what is made elsewhere, as a data source is in Terraform."""
    on, _, method = site.call.name.rpartition(".")
    head, _, rest = on.partition(".")
    meaning = reader.program.imports.get(head)
    if meaning is None or not _IMPORT.match(method):
        return
    module, name = library_name(f"{meaning}.{rest}" if rest else meaning)
    shapes = construct_resources(module, name, {}) if name[:1].isupper() else None
    if shapes:
        given = [reader.value(argument) for argument in site.call.arguments[2:3]]
        named = {"name": given[0]} if given and isinstance(given[0], str) else {}
        yield replace(_base(site, reader), type=shapes[0][0], attributes=named, data=True)


def _properties(site: Site, reader: Reader) -> dict[str, Value]:
    """What a construct is given. What is undefined is not given."""
    found: dict[str, Value] = {}
    for key, item, _ in site.call.entries().items:
        value = reader.value(item)
        keep = key in ("environment", "conditions", "inlinePolicies", "inline_policies")
        if value is not None:
            found["..." if key == "..." else snake(key)] = value if keep else snake_keys(value)
    return found
