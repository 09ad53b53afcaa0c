"""Evaluates a local or a module's output in a root module, with the values that its variables have there."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts import Facts
from gonogo.facts.repository import Repository
from gonogo.facts.resources import Value
from gonogo.facts.terraform import Root
from gonogo.model.evidence import Place
from gonogo.tools.terraform.environments import spelling
from gonogo.tools.terraform.evaluate import Fuel, evaluate
from gonogo.tools.terraform.expand import Context, Folder, Found, local_path, module_scope
from gonogo.tools.terraform.parse import Block, Literal, parse_file, parse_text, text_of

MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A value, and where it is written."""

    value: Value
    at: Place


def evaluate_in(facts: Facts, root: Root, reference: str) -> Evaluated | None:
    """The value of ``local.x`` or ``module.x.y`` in a root module; None where that root has no such name."""
    repository = facts.repository
    here = root.files[0].rpartition("/")[0] if root.files else root.path
    folders = _folders(repository)
    folder = folders.get(here)
    at = _place(folder, folders, reference) if folder is not None else None
    if folder is None or at is None:
        return None
    values = {name: variable.value for name, variable in root.variables.items()}
    context = Context(root.path, folders, root.audited, repository.text, Fuel(), Found())
    workspace = spelling(root.environment or facts.target.environment, map(repository.text, root.files))
    scope = module_scope(folder, values, context, workspace=workspace)
    block, _ = parse_text("", f"x = {reference}\n")
    expression = block.expression("x")
    return None if expression is None else Evaluated(evaluate(expression, scope), at)


def _folders(repository: Repository) -> dict[str, Folder]:
    folders: dict[str, Folder] = {}
    left = MOST_BYTES
    for file in repository.match("*.tf", "*.tofu", "*.tf.json", "*.tofu.json"):
        left -= file.size
        if left > 0:
            block, _ = parse_file(repository, file)
            folders.setdefault(file.folder, Folder(file.folder)).blocks += block.blocks
    return folders


def _place(folder: Folder, folders: dict[str, Folder], reference: str) -> Place | None:
    """Where the name is written: the local, or the output of the module that is called."""
    kind, name, *rest = reference.replace("[", ".").split(".")
    if kind == "local":
        for block in folder.of("locals"):
            if name in block.attributes:
                line = block.attributes[name].line
                return Place(block.path, line, line)
        return None
    call = next((block for block in folder.of("module") if block.name == name), None)
    if call is None:
        return None
    child = folders.get(local_path(folder.path, _source(call), folders) or "?")
    outputs = [block for block in child.of("output") if block.name in rest] if child else []
    return (outputs[0] if outputs else call).place()


def _source(call: Block) -> str:
    found = call.expression("source")
    if isinstance(found, Literal):
        return str(found.value)
    return "" if found is None else text_of(found).strip().strip('"')
