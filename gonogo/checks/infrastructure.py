"""Infrastructure as code: whether the environment is defined, and whether its state is remote and locked."""

from __future__ import annotations

import re

from gonogo.checks import scope
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.repository import Role
from gonogo.facts.resources import truth
from gonogo.facts.terraform import Backend, Root
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_LOCKING = frozenset({"gcs", "azurerm", "remote", "cloud", "consul", "pg", "kubernetes", "cos", "oci"})
"""Backends that lock by themselves."""
_STATE = re.compile(r"tf-?_?state|terraform[-_]?state|\bstate\b|backend|bootstrap", re.IGNORECASE)
_BOOTSTRAP = re.compile(
    r"(?:^|[/_-])(?:bootstrap|tf-?state|remote-?state|terraform-?state|state-?backend)", re.IGNORECASE
)
_NAMES = (
    "*.tf, *.tofu, CloudFormation, CDK, serverless.yml, Pulumi.yaml, Bicep, manifests, charts, kustomizations, compose "
    "files, platform configuration"
)


def infrastructure_as_code(facts: Facts) -> Outcome:
    """Some definition of the environment, whatever the tool."""
    found = scope.infrastructure_code(facts)
    if found:
        return passed(f"the environment is defined as code: {listed(_named(place) for place in found)}", *found)
    searched = Searched((_NAMES,), "deciding files", len(facts.repository.match("*")))
    only = [file.path for file in facts.repository.match("Dockerfile*", "*.Dockerfile")]
    more = f"; there is only {listed(only)}" if only else ""
    elsewhere = [f for f in facts.repository.match("*.tf", deciding=False) if f.role is not Role.PRODUCT]
    if elsewhere:
        more += f"; what there is stands in {elsewhere[0].role} files ({elsewhere[0].path})"
    return failed(f"no file defines the environment that this runs in{more}", searched=(searched,))


def _named(place: Place) -> str:
    return place.path


def state_locking(facts: Facts) -> Outcome:
    """For each root module a remote backend with locking in effect."""
    roots = [root for root in facts.terraform.roots if root.audited]
    pulumi = [t for t in facts.cloudformation.templates if t.flavour == "pulumi"]
    if not roots and not pulumi:
        modules = facts.terraform.module_folders
        where = f"; {len(modules)} folders are modules only" if modules else ""
        searched = Searched(("*.tf", "*.tofu", "terragrunt.hcl", "Pulumi.yaml"), "deciding files", 0)
        return not_applicable(f"no Terraform, OpenTofu or Pulumi is used{where}", searched=(searched,))
    wanted = [root for root in roots if not _makes_state(root, facts, roots)]
    problems = [problem for root in wanted if (problem := _problem(root, facts)) is not None]
    problems += [p for t in pulumi if (p := _pulumi_problem(facts, t.path)) is not None]
    if problems:
        of = f"{len(problems)} of {len(wanted) + len(pulumi)} root modules: " if len(wanted) > 1 else ""
        return failed(f"{of}{listed(problem.what for problem in problems)}", *problems)
    open_ones = [root for root in wanted if root.backend and _is_partial(root.backend) and not _configured(facts)]
    if open_ones:
        places = [root.backend.at for root in open_ones if root.backend]
        return unverified("the s3 backend is configured when it is initialized; no file says whether it locks", *places)
    places = [root.backend.at for root in wanted if root.backend] + [t.at for t in pulumi]
    return passed(f"state is remote and locked in {len(places)} root module{'s' * (len(places) > 1)}", *places)


def _problem(root: Root, facts: Facts) -> Problem | None:
    where = root.path or "the root module"
    backend = root.backend
    if backend is None:
        lines = [c for c in facts.terraform.commented if c.what.startswith("backend") and c.at.path in root.files]
        if lines:
            return Problem(f"the backend of {where} is commented out, so state is local", lines[0].at)
        return Problem(f"{where} configures no backend, so state is local", root.at)
    if backend.type == "local":
        return Problem(f"{where} keeps its state in a local file", backend.at)
    if backend.type in _LOCKING:
        return None
    if backend.type == "s3":
        return _s3_problem(backend, where, facts)
    if backend.type == "http" and backend.attributes.get("lock_address"):
        return None
    return Problem(f"{where}: the {backend.type} backend has no locking configured", backend.at)


def _s3_problem(backend: Backend, where: str, facts: Facts) -> Problem | None:
    if backend.attributes.get("dynamodb_table") or truth(backend.attributes.get("use_lockfile", False)) is not False:
        return None
    if _is_partial(backend) and (backend.attributes or _configures_backends(facts)):
        return None
    if _is_partial(backend):
        what = "names no bucket and no lock, and no file, script or pipeline gives them to terraform init"
        return Problem(f"{where}: the s3 backend is empty: it {what}", backend.at)
    if _configured(facts, "dynamodb_table", "use_lockfile"):
        return None
    return Problem(f"{where}: the s3 backend has neither use_lockfile nor dynamodb_table, so nothing locks", backend.at)


def _is_partial(backend: Backend) -> bool:
    """A backend block that leaves the bucket to ``-backend-config``: what else comes with it is not seen."""
    named = backend.attributes.get("bucket") is not None
    locked = backend.attributes.get("dynamodb_table") or backend.attributes.get("use_lockfile")
    return backend.type == "s3" and not named and not locked


def _configured(facts: Facts, *options: str) -> bool:
    """Whether a pipeline or script gives locking options on the command line."""
    wanted = options or ("dynamodb_table", "use_lockfile")
    files = facts.repository.match("*.yml", "*.yaml", "*.sh", "Makefile", "Jenkinsfile*", "*.mk", "justfile")
    texts = (facts.repository.text(file) for file in files)
    return any("backend-config" in text and any(option in text for option in wanted) for text in texts)


def _configures_backends(facts: Facts) -> bool:
    """Whether anything in the target hands a backend's settings to ``terraform init``, or a person is told to."""
    files = facts.repository.match("*.yml", "*.yaml", "*.sh", "Makefile", "Jenkinsfile*", "*.mk", "justfile", "*.md")
    return any("backend-config" in facts.repository.text(file) for file in files)


def _makes_state(root: Root, facts: Facts, roots: list[Root]) -> bool:
    """The root that makes the bucket for the others' state cannot keep its own there when it starts."""
    if len(roots) < 2 or root.backend is not None:
        return False
    if any(other.backend is not None for other in roots) and _BOOTSTRAP.search(root.path):
        return True
    made = [r for r in facts.terraform.resources() if r.root == root.path]
    stores = [r for r in made if r.kind in (Kind.BUCKET, Kind.TABLE)]
    few = all(r.kind in (Kind.BUCKET, Kind.TABLE, Kind.ENCRYPTION_KEY, Kind.OTHER, Kind.POLICY) for r in made)
    named = _STATE.search(root.path) or any(_STATE.search(f"{r.name} {r.get('bucket', '')}") for r in stores)
    return bool(stores and few and named)


def _pulumi_problem(facts: Facts, path: str) -> Problem | None:
    """Pulumi's own service, and its bucket backends, lock by themselves; a local folder is not remote."""
    files = [file for file in facts.repository.match("Pulumi.y*ml") if file.path == path]
    for place in facts.repository.grep(r"url:\s*file://", files):
        return Problem("Pulumi keeps its state in a local folder", place)
    return None
