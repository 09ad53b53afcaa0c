"""Terraform and OpenTofu: parsed by tree-sitter, evaluated as far as code tells. Never runs terraform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gonogo.facts.repository import File, Repository
from gonogo.facts.resources import ModuleCall, Resource, Value
from gonogo.facts.terraform import Commented, Root, Terraform
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.terraform.environments import canonical, environment_of, spelling
from gonogo.tools.terraform.evaluate import Scope, evaluate
from gonogo.tools.terraform.expand import Folder, expand_root, local_path
from gonogo.tools.terraform.parse import Block, commented_blocks, parse_file
from gonogo.tools.terraform.roots import (
    backend_of,
    broken_calls,
    choose_tfvars,
    find_roots,
    is_configured,
    module_targets,
    read_tfvars,
    root_variables,
)
from gonogo.tools.terraform.terragrunt import Unit, read_units

__all__ = ["read_terraform"]

MOST_ROOTS = 400
MOST_RESOURCES = 20_000


@dataclass
class _Source:
    repository: Repository
    environment: str
    folders: dict[str, Folder]
    tfvars: list[tuple[File, Block]]
    roots: list[Root] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    modules: list[ModuleCall] = field(default_factory=list)

    def read(self, path: str) -> str | None:
        file = self.repository.file(path)
        return self.repository.text(file) if file is not None and file.size < 1_000_000 else None


def read_terraform(repository: Repository, target: Target) -> Terraform:
    """Reads every root module that deciding files define, as it stands in the target's environment."""
    files = repository.match("*.tf", "*.tofu", "*.tf.json", "*.tofu.json")
    hcl = repository.match("terragrunt.hcl")
    if not files and not hcl:
        return Terraform()
    unread: list[Unread] = []
    commented: list[Commented] = []
    folders: dict[str, Folder] = {}
    for file in files:
        block, problem = parse_file(repository, file)
        if problem:
            unread.append(problem)
        folders.setdefault(file.folder, Folder(file.folder)).blocks += block.blocks
        commented += commented_blocks(repository, file)
    source = _Source(repository, target.environment, folders, read_tfvars(repository, unread))
    units = read_units(repository, target.environment, unread)
    called = module_targets(folders)
    run = {unit.source for unit in units}
    paths = find_roots(folders, called, run)
    if units:
        paths = [path for path in paths if is_configured(folders[path])]
    # Roots of another environment decide only where there is nothing else.
    named = {environment_of(path, target.environment) for path in paths} | {unit.environment for unit in units}
    split = bool(named & {"", canonical(target.environment)})
    for path in paths[:MOST_ROOTS]:
        _add_root(source, path, paths, split)
    for unit in units[:MOST_ROOTS]:
        _add_unit(source, unit, split)
    instantiated = {root.path for root in source.roots} | run
    return Terraform(
        roots=tuple(source.roots),
        all_resources=tuple(source.resources[:MOST_RESOURCES]),
        all_modules=tuple(source.modules),
        module_folders=tuple(sorted(path for path in folders if path not in instantiated)),
        commented=tuple(commented),
        wrong=tuple(broken_calls(folders, repository)),
        unread=tuple(sorted({*unread, *_cut(source, len(paths))})),
    )


def _cut(source: _Source, paths: int) -> list[Unread]:
    """What was left out for size, so that nothing passes on a part."""
    if paths <= MOST_ROOTS and len(source.resources) <= MOST_RESOURCES:
        return []
    where = source.roots[-1].at.path if source.roots else "."
    return [Unread(where, f"there are more than {MOST_RESOURCES:,} resources or {MOST_ROOTS} root modules")]


def _add_root(source: _Source, path: str, paths: list[str], split: bool) -> None:
    folder = source.folders[path]
    named = environment_of(path, source.environment)
    audited = not split or named in ("", canonical(source.environment))
    wanted = named or source.environment
    declared = {block.name for block in folder.of("variable")}
    tfvars = choose_tfvars(path, wanted, declared, source.tfvars, paths)
    texts = _texts(source, folder)
    variables = root_variables(folder, tfvars, {}, wanted, texts)
    root = Root(
        path=path,
        at=_place(folder, path),
        environment=named,
        audited=audited,
        backend=backend_of(folder, source.repository),
        variables=variables,
        tfvars=tuple(file.path for file, _ in tfvars),
        required_version=_required_version(folder),
        files=tuple(sorted({block.path for block in folder.blocks})),
    )
    _expand(source, root, folder, spelling(wanted, texts))


def _add_unit(source: _Source, unit: Unit, split: bool) -> None:
    """A Terragrunt unit. Those of other environments are known, but not expanded."""
    audited = not split or unit.environment in ("", canonical(source.environment))
    ran = source.folders.get(unit.source)
    if ran is None:
        return
    folder = Folder(ran.path, [*ran.blocks, *unit.generated])
    texts = _texts(source, folder)
    wanted = unit.environment or source.environment
    known = {name: value for name, value in unit.inputs.items() if value is not None}
    root = Root(
        path=unit.folder,
        at=Place(unit.block.path, 1, 1, f"root {unit.folder}"),
        environment=unit.environment,
        audited=audited,
        backend=unit.backend or backend_of(folder, source.repository),
        variables=root_variables(folder, [], known, wanted, texts),
        required_version=_required_version(folder),
        files=tuple(sorted({block.path for block in folder.blocks})),
        wrapper="terragrunt",
    )
    if not audited:
        source.roots.append(root)
        return
    _expand(source, root, folder, spelling(wanted, texts), extra=known)


def _expand(
    source: _Source, root: Root, folder: Folder, workspace: str, extra: Mapping[str, Value] | None = None
) -> None:
    values = dict(extra or {}) | {name: variable.value for name, variable in root.variables.items()}
    found = expand_root(
        folder,
        source.folders,
        values,
        root=root.path,
        audited=root.audited,
        workspace=workspace,
        read=source.read,
    )
    source.roots.append(replace(root, providers=tuple(found.providers)))
    source.resources += found.resources
    source.modules += found.modules


def _texts(source: _Source, folder: Folder) -> Iterable[str]:
    """The sources of a folder and of what it calls, for how they spell the environment."""
    paths = {block.path for block in folder.blocks}
    for call in folder.of("module"):
        text = evaluate(call.expression("source"), Scope(folder="", root=""))
        path = local_path(folder.path, text, source.folders) if isinstance(text, str) else None
        below = source.folders.get(path) if path is not None else None
        paths |= {block.path for block in below.blocks} if below else set()
    return [source.repository.text(path) for path in sorted(paths)]


def _place(folder: Folder, path: str) -> Place:
    """Where a root begins: its terraform block, else its first block."""
    first = next(folder.of("terraform"), None) or folder.blocks[0]
    return Place(first.path, first.line, first.line, f"root {path or '.'}")


def _required_version(folder: Folder) -> str:
    scope = Scope(folder="", root="")
    for block in folder.of("terraform"):
        if "required_version" in block.attributes:
            return str(evaluate(block.expression("required_version"), scope))
    return ""
