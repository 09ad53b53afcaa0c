"""Terragrunt units: which folder each runs as a root module, with which inputs and state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath

from tree_sitter import Node

from gonogo.facts.repository import File, Repository
from gonogo.facts.resources import Unknown, Value
from gonogo.facts.terraform import Backend
from gonogo.facts.unread import Unread
from gonogo.tools.terraform.environments import canonical, environment_of, names_environment
from gonogo.tools.terraform.evaluate import Scope, evaluate
from gonogo.tools.terraform.expand import attributes_of
from gonogo.tools.terraform.parse import Block, parse_file, parse_text, text_of

_LOCAL_SOURCE = re.compile(r'"([^"\n$]*(?:\$\{[^}]*\}[^"\n$]*)?)"')
_NAMES = ("terragrunt.hcl", "root.hcl", "terragrunt.hcl.json")


@dataclass
class Unit:
    """One terragrunt.hcl that runs a folder of this repository."""

    folder: str
    source: str
    block: Block
    environment: str
    inputs: dict[str, Value] = field(default_factory=dict)
    backend: Backend | None = None
    generated: list[Block] = field(default_factory=list)
    """Blocks that Terragrunt writes beside the module's own: providers, variables."""


def read_units(repository: Repository, environment: str, unread: list[Unread]) -> list[Unit]:
    """All units, sorted by folder."""
    files = {f.path: f for f in repository.match("*.hcl") if not f.name.startswith(".")}
    blocks: dict[str, Block] = {}
    units = []
    for path in sorted(path for path in files if path.rpartition("/")[2] == "terragrunt.hcl"):
        block = _parsed(repository, files, path, blocks, unread)
        if (unit := _unit(repository, files, blocks, block, environment, unread)) is not None:
            units.append(unit)
    return units


def _parsed(
    repository: Repository, files: Mapping[str, File], path: str, blocks: dict[str, Block], unread: list[Unread]
) -> Block:
    if path not in blocks:
        blocks[path], problem = parse_file(repository, files[path])
        if problem:
            unread.append(problem)
    return blocks[path]


def _unit(
    repository: Repository,
    files: Mapping[str, File],
    blocks: dict[str, Block],
    block: Block,
    audited: str,
    unread: list[Unread],
) -> Unit | None:
    folder = block.path.rpartition("/")[0]
    terraform = next(block.of("terraform"), None)
    parents = [_parsed(repository, files, p, blocks, unread) for p in _includes(block, folder, files)]
    chain = [block, *parents]
    here = environment_of(folder, audited) or canonical(audited)
    scope = _scope(repository, files, folder, here, parents)
    for layer in reversed(chain):
        for found in layer.of("locals"):
            scope.locals.update({name: attribute.expression for name, attribute in found.attributes.items()})
    holder = terraform or next((found for parent in parents for found in parent.of("terraform")), None)
    source = _source(holder, scope, folder, repository)
    if source is None:
        return None
    unit = Unit(folder, source, block, environment_of(folder, audited))
    for layer in reversed(chain):
        value = evaluate(layer.expression("inputs"), scope)
        if isinstance(value, Mapping):
            unit.inputs.update(value)
    unit.backend = next((state for layer in chain if (state := _backend(layer, scope)) is not None), None)
    unit.generated = [made for layer in chain for block in layer.of("generate") for made in _generated(block, scope)]
    return unit


def _generated(block: Block, scope: Scope) -> list[Block]:
    contents = evaluate(block.expression("contents"), scope)
    first = block.attributes["contents"].line if "contents" in block.attributes else block.line
    top, _ = parse_text(block.path, str(contents or ""), first)
    return [made for made in top.blocks if made.type in ("provider", "variable")]


def _includes(block: Block, folder: str, files: Mapping[str, File]) -> list[str]:
    found = []
    for include in block.of("include"):
        expression = include.expression("path")
        text = text_of(expression) if isinstance(expression, Node) else ""
        named = re.search(r'find_in_parent_folders\(\s*(?:"([^"]+)")?', text)
        wanted = [named.group(1)] if named and named.group(1) else ["root.hcl", "terragrunt.hcl"]
        parts = folder.split("/") if folder else []
        for depth in range(len(parts) - 1, -1, -1):
            path = next((p for w in wanted if (p := "/".join([*parts[:depth], w])) in files), None)
            if path:
                found.append(path)
                break
    return found


def _scope(
    repository: Repository, files: Mapping[str, File], folder: str, environment: str, parents: list[Block]
) -> Scope:
    top = parents[0].path.rpartition("/")[0] if parents else folder
    scope = Scope(folder=folder or ".", root=folder or ".", read=lambda path: _text(repository, path))

    def get_env(name: str, default: Value = None) -> Value:
        if names_environment(name):
            return environment
        return default if default is not None else Unknown(f'get_env("{name}")')

    def find(name: str = "terragrunt.hcl", default: Value = None) -> Value:
        parts = folder.split("/")
        for depth in range(len(parts), -1, -1):
            path = normpath("/".join([*parts[:depth], name]))
            if repository.exists(path) and path != f"{folder}/{name}":
                return path
        return Unknown(f'find_in_parent_folders("{name}")')

    def tfvars(path: str) -> Value:
        for base in (top, folder):
            if (file := repository.file(join(base, path))) is not None:
                block, _ = parse_file(repository, file)
                return {n: evaluate(a.expression, scope) for n, a in block.attributes.items()}
        return Unknown(f'read_tfvars_file("{path}")')

    def config(path: str, *_: Value) -> Value:
        if path not in files:
            return Unknown(f'read_terragrunt_config("{path}")')
        block, _problem = parse_file(repository, files[path])
        inner = Scope(folder=folder or ".", root=folder or ".", functions=functions)
        for found in block.of("locals"):
            inner.locals.update({name: attribute.expression for name, attribute in found.attributes.items()})
        values = {name: evaluate(expression, inner) for name, expression in inner.locals.items()}
        return {"locals": values, "inputs": evaluate(block.expression("inputs"), inner) or {}}

    functions: dict[str, Callable[..., Value]] = {
        "get_env": get_env,
        "find_in_parent_folders": find,
        "read_tfvars_file": tfvars,
        "read_terragrunt_config": config,
        "get_repo_root": lambda: ".",
        "get_path_to_repo_root": lambda: _up(folder),
        "get_terragrunt_dir": lambda: folder,
        "get_original_terragrunt_dir": lambda: folder,
        "get_parent_terragrunt_dir": lambda *_: top or ".",
        "path_relative_to_include": lambda *_: folder.removeprefix(top).lstrip("/"),
        "path_relative_from_include": lambda *_: "/".join(
            [".."] * (folder.removeprefix(top).strip("/").count("/") + 1)
        ),
    }
    scope.functions = functions
    return scope


def _up(folder: str) -> str:
    return "/".join([".."] * (folder.count("/") + 1))


def _text(repository: Repository, path: str) -> str | None:
    file = repository.file(path)
    return repository.text(file) if file is not None else None


def _source(terraform: Block | None, scope: Scope, folder: str, repository: Repository) -> str | None:
    """The folder of this repository that a unit runs; where the source depends on something, the local one of it."""
    expression = terraform.expression("source") if terraform else None
    if expression is None:
        return None
    value = evaluate(expression, scope)
    texts = [value] if isinstance(value, str) else []
    if not texts and isinstance(expression, Node):
        texts = _LOCAL_SOURCE.findall(text_of(expression))
    for text in texts:
        clean = text.partition("?")[0].replace("//", "/")
        for path in (normpath(join(folder, clean)), normpath(clean)):
            if "::" not in clean and path in repository.folders and path not in (folder, "."):
                return path
    return None


def _backend(layer: Block, scope: Scope) -> Backend | None:
    for block in layer.of("remote_state"):
        kind = evaluate(block.expression("backend"), scope)
        values = attributes_of(block, scope).get("config", {})
        return Backend(str(kind), values if isinstance(values, Mapping) else {}, block.place("remote_state"))
    for block in layer.of("generate"):
        contents = evaluate(block.expression("contents"), scope)
        found = re.search(r'backend\s+"(\w+)"', str(contents))
        if found:
            flags = dict(re.findall(r'(\w+)\s*=\s*"?([^"\n]+)"?', str(contents)))
            return Backend(found.group(1), flags, block.place("generate backend"))
    return None
