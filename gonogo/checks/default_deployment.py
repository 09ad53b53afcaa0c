"""What the documented default deployment deploys: it decides; opt-in parts are listed and never carry a pass.

The README's own commands come first (followed through make targets and scripts), then what pipelines deploy. A compose
file that its README or its name calls local yields to a cluster or a cloud that something deploys. A check that is
asked of the default deployment gets facts without the other parts; where it finds nothing there that its criterion
could apply to, everything decides. Needs: :data:`NEEDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gonogo.checks.derived import derived
from gonogo.checks.shipped_code import NEEDS as CODE
from gonogo.checks.shipped_code import started_code
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.compose import Project
from gonogo.facts.documents import DeployStep
from gonogo.facts.kubernetes import Kubernetes
from gonogo.facts.terraform import Terraform
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.evidence import Place

NEEDS = ("compose", "kubernetes", "terraform", "cloudformation", "documents", "pipelines")
ASKED = frozenset(
    """alert-rules saturation-alerts alert-routing dashboards centralized-logging metrics-exposed scrape-targets-up
    backups encryption-at-rest restart-policy redundancy autoscaling liveness-readiness-probes
    resource-limits rate-limiting tls-in-transit network-exposure secrets-manager""".split()
)
"""The criteria whose checks look at deployed things: they are asked of the default deployment. Protection from deletion
is not among them: a volume of compose has no such switch, so the databases that have one decide, opt-in or not."""

COMPOSE, PLATFORM = "compose", "platform"
_KINDS = {"compose": COMPOSE, "stack": COMPOSE} | dict.fromkeys(
    "kubectl kustomize helm helmfile skaffold terraform tofu cdk sam serverless sls pulumi".split(), PLATFORM
)
_DEPLOYS = re.compile(
    r"^(?:kubectl (?:.* )?apply|helm (?:.* )?(?:upgrade|install)|helmfile (?:.* )?(?:apply|sync)|cdk (?:.* )?deploy"
    r"|(?:terraform|tofu) (?:.* )?apply|sam (?:.* )?deploy|(?:serverless|sls) (?:.* )?deploy|pulumi (?:.* )?up)\b"
)
_REHEARSAL = re.compile(r"dry-run|localstack|minikube|\bkind\b|\bk3d\b|-plan\b")
_LOCAL = re.compile(r"\blocal(?:ly)?\b|\bdev(?:elopment)?\b|\bdemo\b|\btests?\b|\bevaluat", re.IGNORECASE)
_WORST = (Status.FAIL, Status.UNVERIFIED)


@dataclass(frozen=True)
class Deployment:
    """What is deployed by default, and what is not. ``facts`` have only the former."""

    facts: Facts
    name: str
    at: Place
    opt_in: tuple[str, ...]


def asked_of_default(check: Callable[[Facts], Outcome]) -> Callable[[Facts], Outcome]:
    """The check, asked of the default deployment first: the other parts may make its answer worse, never better."""

    def ask(facts: Facts) -> Outcome:
        outcome = check(facts)
        default = default_deployment(facts)
        if default is None or outcome.status is Status.FAIL:
            return outcome
        own = check(default.facts)
        if own.status is Status.NOT_APPLICABLE or (own.status is not Status.FAIL and outcome.status in _WORST):
            return outcome
        others = listed(default.opt_in, 4)
        reason = f"{own.reason} (in the default deployment, {default.name}; opt-in: {others})"
        return replace(own, reason=reason, places=(*own.places, default.at) if own.places else own.places)

    return ask


def default_deployment(facts: Facts) -> Deployment | None:
    """The default deployment; None where nothing says which part of what is defined it is, or it is all."""
    found = _default(facts)
    if found is None:
        return None
    name, at, opt_in, read = found
    own = replace(facts, read={**facts.read, **read})
    if all(tool in facts.read for tool in CODE):
        own = replace(own, read={**own.read, "code": started_code(own)})
    return Deployment(own, name, at, opt_in)


@derived(*NEEDS)
def _default(facts: Facts) -> tuple[str, Place, tuple[str, ...], dict[str, object]] | None:
    steps = [step for step in facts.documents.deployment if not step.optional and step.tool in _KINDS]
    kinds = {_KINDS[step.tool] for step in steps}
    deployed = next(_deployed(facts), None)
    if kinds == {COMPOSE}:
        return _by_compose(facts, [step for step in steps if step.files], deployed)
    if kinds == {PLATFORM}:
        return _by_platform(facts, f"{steps[0].command.text[:60]} of {steps[0].at.path}", steps[0].at)
    if not kinds and deployed is not None:
        return _by_platform(facts, f"what {deployed.path} deploys", deployed)
    return None


def _deployed(facts: Facts) -> Iterator[Place]:
    """Where a pipeline deploys to a cluster or a cloud."""
    for run in facts.pipelines.all_runs:
        if run.command is not None and run.executes and not run.command.missing:
            text = " ".join(run.command.core)
            if _DEPLOYS.search(text) and not _REHEARSAL.search(text):
                yield run.origin


def _by_compose(
    facts: Facts, steps: list[DeployStep], deployed: Place | None
) -> tuple[str, Place, tuple[str, ...], dict[str, object]] | None:
    """The compose projects that the README starts; None where it starts them for development only."""
    named = [frozenset(step.files) for step in steps]
    chosen = [project for project in facts.compose.projects if frozenset(project.files) in named]
    if not chosen or (deployed is not None and all(_is_local(facts, step) for step in steps)):
        return None
    others = [project for project in facts.compose.deciding if project not in chosen]
    left_out = tuple(dict.fromkeys(project.files[-1] for project in others)) + _platform_parts(facts)
    if not left_out and all(project.default for project in chosen):
        return None
    name = " and ".join(dict.fromkeys(project.files[0] for project in chosen))
    projects = tuple(_with(project, project in chosen) for project in facts.compose.projects)
    read: dict[str, object] = {"compose": replace(facts.compose, projects=projects), **_no_platform(facts)}
    return f"{name} by {steps[0].at}", steps[0].at, left_out or ("nothing else",), read


def _by_platform(facts: Facts, name: str, at: Place) -> tuple[str, Place, tuple[str, ...], dict[str, object]] | None:
    """The cluster or the cloud, without compose; None where neither is defined in files."""
    if not _platform_parts(facts) or not facts.compose.deciding:
        return None
    projects = tuple(_with(project, False) for project in facts.compose.projects)
    left_out = tuple(dict.fromkeys(project.files[-1] for project in facts.compose.deciding))
    return name, at, left_out, {"compose": replace(facts.compose, projects=projects)}


def _with(project: Project, default: bool) -> Project:
    return replace(project, default=default, why="" if default else project.why or "it is opted into")


def _is_local(facts: Facts, step: DeployStep) -> bool:
    """Whether the README calls a step one for development: under its heading, or in the line before it."""
    document = facts.documents.find(step.at.path)
    for block in document.blocks if document else ():
        if step.command in block.commands:
            lines = facts.repository.lines(block.at.path)[max(0, block.at.line - 4) : block.at.line]
            return bool(_LOCAL.search(" ".join([*block.section[1:], *lines])))
    return False


def _platform_parts(facts: Facts) -> tuple[str, ...]:
    """Manifests, charts, root modules and templates, by their paths."""
    units = {item.unit for item in facts.kubernetes.objects}
    roots = {resource.root for resource in facts.terraform.all_resources}
    paths = [unit.path for unit in facts.kubernetes.units if unit.default and unit.path in units]
    paths += [root.path or "the root module" for root in facts.terraform.roots if root.audited and root.path in roots]
    paths += [template.path for template in facts.cloudformation.templates if template.audited]
    return tuple(dict.fromkeys("manifests of the root" if path == "." else path for path in paths))


def _no_platform(facts: Facts) -> dict[str, object]:
    """Facts of an empty cluster and cloud."""
    return {"kubernetes": Kubernetes(), "terraform": Terraform(), "cloudformation": CloudFormation()}
