"""Which folders are root modules, which environment each is for, and which tfvars files belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import join, normpath

from gonogo.facts.repository import File, Repository
from gonogo.facts.resources import Unknown, Value
from gonogo.facts.terraform import Backend, Variable
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.tools.terraform.environments import canonical, environment_of, names_environment, spelling
from gonogo.tools.terraform.evaluate import Scope, evaluate
from gonogo.tools.terraform.expand import Folder, attributes_of, local_path
from gonogo.tools.terraform.parse import Block, parse_file

_AUTOMATIC = ("terraform.tfvars", "terraform.tfvars.json")
_MODULE_FOLDERS = frozenset({"modules", "module", "_modules", "tf-modules", "terraform-modules"})


def module_targets(folders: Mapping[str, Folder]) -> set[str]:
    """Folders that module calls of other folders refer to."""
    found: set[str] = set()
    for folder in folders.values():
        for call in folder.of("module"):
            source = evaluate(call.expression("source"), Scope(folder="", root=""))
            path = local_path(folder.path, source, folders) if isinstance(source, str) else None
            if path is not None:
                found.add(path)
    return found


def broken_calls(folders: Mapping[str, Folder], repository: Repository) -> Iterator[Wrong]:
    """Calls of local modules whose folder is not in the target."""
    for folder in folders.values():
        for call in folder.of("module"):
            source = evaluate(call.expression("source"), Scope(folder="", root=""))
            if not isinstance(source, str) or not source.startswith(("./", "../")):
                continue
            path = normpath(join(folder.path, source.replace("//", "/")))
            if path in (".", "..") or path.startswith("../") or repository.exists(path):
                continue
            if path not in repository.text(".gitmodules"):
                what = f"module {call.name} is taken from {source}, and {path} does not exist"
                yield Wrong(what, call.place(f"module.{call.name}.source"), missing=True)


def find_roots(folders: Mapping[str, Folder], called: set[str], units: set[str]) -> list[str]:
    """Folders that are root modules of their own."""
    candidates = [
        path
        for path, folder in folders.items()
        if path not in called and path not in units and any(folder.of("resource", "module", "data", "terraform"))
    ]
    makes = [path for path in candidates if any(folders[path].of("resource", "module", "data"))]
    return [path for path in makes if not _is_library(path, folders[path])]


def _is_library(path: str, folder: Folder) -> bool:
    """A folder below ``modules/`` that configures neither state nor a provider is there to be called."""
    if not _MODULE_FOLDERS.intersection(path.split("/")):
        return False
    return not is_configured(folder)


def is_configured(folder: Folder) -> bool:
    """Says whether a folder configures state or a provider, as only a root module does."""
    state = any(True for block in folder.of("terraform") for _ in block.of("backend", "cloud"))
    return state or any(folder.of("provider"))


def backend_of(folder: Folder, repository: Repository) -> Backend | None:
    """The backend of a root module, with what a backend configuration file beside it adds."""
    scope = Scope(folder=folder.path or ".", root=folder.path or ".")
    for settings in folder.of("terraform"):
        for block in settings.of("backend", "cloud"):
            values = attributes_of(block, scope)
            kind = block.name or "cloud"
            if kind not in ("cloud", "remote", "local"):
                values = _partial(folder.path, repository) | values
            return Backend(kind, values, block.place(f"{kind} backend"))
    return None


def _partial(folder: str, repository: Repository) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for file in repository.match("*.tfbackend", "*backend*.hcl", "*backend*.conf", "*backend*.tfvars"):
        if file.folder == folder or file.folder.startswith(f"{folder}/" if folder else ""):
            block, _ = parse_file(repository, file)
            found |= {n: evaluate(a.expression, Scope(folder="", root="")) for n, a in block.attributes.items()}
    return found


def choose_tfvars(
    root: str, environment: str, declared: set[str], files: Iterable[tuple[File, Block]], others: Iterable[str]
) -> list[tuple[File, Block]]:
    """The tfvars files whose values a root gets, weakest first: those Terraform loads itself, then those whose name
    says the environment and that set its variables."""
    automatic, named = [], []
    nested = [other for other in others if other != root and other.startswith(f"{root}/" if root else "")]
    for file, block in files:
        local = file.folder == root
        if local and (file.name in _AUTOMATIC or ".auto.tfvars" in file.name):
            automatic.append((file, block))
            continue
        below = file.folder == root or file.folder.startswith(f"{root}/" if root else "")
        if below and any(file.folder == other or file.folder.startswith(other + "/") for other in nested):
            continue
        names = set(block.attributes)
        fits = bool(names) and len(names & declared) * 2 >= len(names)
        # A name outside of the root says which environment it is for only by its own last parts.
        tail = file.path.removeprefix(f"{root}/" if root and below else "")
        tail = tail if below else "/".join(file.path.split("/")[-2:])
        if fits and environment_of(tail, environment) == canonical(environment):
            named.append((file, block))
    automatic.sort(key=lambda pair: (".auto." in pair[0].name, pair[0].path))
    named.sort(key=lambda pair: (pair[0].folder == root or pair[0].folder.startswith(root + "/"), pair[0].path))
    return automatic + named


def root_variables(
    folder: Folder,
    tfvars: list[tuple[File, Block]],
    inputs: Mapping[str, Value],
    environment: str,
    texts: Iterable[str],
) -> dict[str, Variable]:
    """The variables of a root with their values; one that names the environment gets the audited one as default."""
    scope = Scope(folder=folder.path or ".", root=folder.path or ".")
    given: dict[str, tuple[Value, Block]] = {}
    for _, block in tfvars:
        for name, attribute in block.attributes.items():
            given[name] = (evaluate(attribute.expression, scope), block)
    spelled = ""
    found: dict[str, Variable] = {}
    for block in folder.of("variable"):
        name, has_default = block.name, "default" in block.attributes
        value: Value = Unknown(f"var.{name}", (f"var.{name}",))
        set_at = None
        if has_default:
            value = evaluate(block.expression("default"), scope)
        if names_environment(name) and isinstance(value, str | Unknown):
            spelled = spelled or spelling(environment, texts)
            value = spelled
        if name in inputs:
            value = inputs[name]
        if name in given:
            value, source = given[name]
            attribute = source.attributes[name]
            set_at = Block("", (), source.path, attribute.line, attribute.line).place(f"var.{name}")
        sensitive = evaluate(block.expression("sensitive"), scope) is True
        found[name] = Variable(name, value, has_default, sensitive, block.place(f"var.{name}"), set_at)
    return found


def read_tfvars(repository: Repository, unread: list[Unread]) -> list[tuple[File, Block]]:
    """All tfvars files, parsed."""
    found = []
    for file in repository.match("*.tfvars", "*.tfvars.json"):
        block, problem = parse_file(repository, file)
        if problem:
            unread.append(problem)
        found.append((file, block))
    return found
