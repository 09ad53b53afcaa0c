"""The target's cloud resources, whichever tool defines them. What checks of cloud infrastructure start from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts import Facts
from gonogo.facts.kinds import PROVIDERS
from gonogo.facts.pipelines import Command
from gonogo.facts.resources import ModuleCall, Resource
from gonogo.model.evidence import Place


def resources(facts: Facts, *wanted: str, dormant: bool = False) -> tuple[Resource, ...]:
    """Resources of the audited environment of these kinds or types, from Terraform and CloudFormation alike.

    Needs: terraform, cloudformation. ``dormant=True`` adds those whose count or condition is off (opt-in parts).
    """
    return (
        *facts.terraform.resources(*wanted, dormant=dormant),
        *facts.cloudformation.resources(*wanted, dormant=dormant),
    )


def deciding(facts: Facts, *wanted: str) -> tuple[Resource, ...]:
    """The resources that decide: what the default deployment makes, or, where that has none, the opt-in ones."""
    return resources(facts, *wanted) or resources(facts, *wanted, dormant=True)


def opaque_modules(facts: Facts) -> tuple[ModuleCall, ...]:
    """Calls of modules of which nothing is known: what they make may be anything. Needs: terraform."""
    return tuple(module for module in facts.terraform.modules() if module.opaque)


def unseen(facts: Facts) -> tuple[Place, ...]:
    """Where cloud resources are made that can't be read: opaque modules, Bicep, ARM and Pulumi. Needs: terraform."""
    files = facts.repository.match("*.bicep", "azuredeploy*.json", "Pulumi.yaml", "Pulumi.yml")
    return (*(module.at for module in opaque_modules(facts)), *(Place(file.path) for file in files))


def opaque_places(facts: Facts, words: str) -> tuple[Place, ...]:
    """Those whose source or name has one of these words (``eks|rds``): nothing may be absent for their sake."""
    wanted = re.compile(rf"(?:^|[^a-z])(?:{words})(?:$|[^a-z])", re.IGNORECASE)
    return tuple(m.at for m in opaque_modules(facts) if wanted.search(m.source) or wanted.search(m.name))


def related(facts: Facts, resource: Resource, *types: str) -> tuple[Resource, ...]:
    """Resources of these types that name this one (a bucket's public access block, a queue's policy)."""
    return tuple(
        other for other in resources(facts, *types) if other.root == resource.root and other.refers_to(resource)
    )


_ACTIONS = (
    *("aws-actions", "google-github-actions", "azure/login", "azure/webapps-deploy", "azure/k8s-set-context"),
    *("azure/aks-set-context", "azure/container-apps-deploy-action", "azure/functions-action", "azure/docker-login"),
    *("digitalocean/action-doctl", "aws-cli/setup", "gcp-cli/setup", "circleci/aws-cli", "circleci/gcp-cli"),
    *("AzureCLI", "AzureWebApp", "AzureRmWebAppDeployment", "AWSShellScript", "einaregilsson/beanstalk-deploy"),
)
_PROGRAMS = frozenset(("aws", "gcloud", "az", "sam", "cdk", "eksctl", "doctl", "gsutil", "bq", "copilot", "eb"))
_DEPLOYERS = frozenset(("terraform", "tofu", "terragrunt", "pulumi", "serverless", "sls", "cdktf"))
_OTHER_CLOUDS = re.compile(r"^(?:gcloud|gsutil|bq|az|doctl)\b|google|azure|@azure|digitalocean", re.IGNORECASE)
_LOCAL = re.compile(r"localstack|localhost|127\.0\.0\.1|minio|moto")
_PLATFORMS = (
    *("fly.toml", "render.yaml", "render.yml", "railway.json", "railway.toml", "vercel.json", "netlify.toml"),
    *("heroku.yml", "wrangler.toml", "wrangler.json", "wrangler.jsonc", "*.nomad", "*.nomad.hcl"),
    *("apprunner.yaml", "koyeb.yaml", "Dockerrun.aws.json"),
)
_MANIFESTS = {
    "app.yaml": re.compile(r"^(runtime|env):", re.MULTILINE),
    "app.yml": re.compile(r"^(runtime|env):", re.MULTILINE),
    "manifest.yml": re.compile(r"^applications:", re.MULTILINE),
    "site.yml": re.compile(r"^\s*-?\s*(hosts|import_playbook):", re.MULTILINE),
    "playbook.yml": re.compile(r"^\s*-?\s*hosts:", re.MULTILINE),
    "playbook.yaml": re.compile(r"^\s*-?\s*hosts:", re.MULTILINE),
    "deploy.yml": re.compile(r"^(servers|service):", re.MULTILINE),
}
"""Names that others use too, and what must stand in them."""


def aws_accounts(facts: Facts) -> tuple[Place, ...]:
    """Those of :func:`accounts` that are AWS accounts, or may be."""
    elsewhere = {p.at for root in facts.terraform.roots for p in root.providers if _cloud_of(p.name) != "AWS"}
    elsewhere |= {r.at for r in resources(facts, dormant=True) if r.provider != "AWS"}
    elsewhere |= {t.at for t in facts.cloudformation.templates if t.flavour in ("bicep", "arm")}
    # What applies a definition reaches the clouds that the definition names.
    runs = facts.pipelines.all_runs
    elsewhere |= {run.at for run in runs if run.command is not None and run.command.program in _DEPLOYERS}
    elsewhere |= {run.at for run in runs if _OTHER_CLOUDS.search(run.text)}
    elsewhere |= {c.at for c in facts.code.clients if _OTHER_CLOUDS.search(c.call.name)}
    return tuple(place for place in accounts(facts) if place not in elsewhere)


def accounts(facts: Facts) -> tuple[Place, ...]:
    """Uses of a cloud account: its resources, pipelines that reach one, code that calls one's services.

    Needs: terraform, cloudformation, pipelines, code.
    """
    return tuple(dict.fromkeys(_accounts(facts)))


def _accounts(facts: Facts) -> Iterator[Place]:
    yield from (resource.at for resource in resources(facts, dormant=True) if resource.provider)
    yield from (p.at for root in facts.terraform.roots for p in root.providers if _cloud_of(p.name))
    yield from (t.at for t in facts.cloudformation.templates if t.flavour not in ("serverless",))
    for run in facts.pipelines.all_runs:
        if not run.executes:
            continue
        if run.command is None:
            if run.step.action.startswith(_ACTIONS):
                yield run.at
        elif reaches_cloud(run.command):
            yield run.at
    for client in facts.code.clients:
        if client.kind == "cloud" and not _is_elsewhere(client.call.arguments):
            yield client.at


def reaches_cloud(command: Command) -> bool:
    """Says whether a command talks to a cloud: not one that only builds or checks, nor one against an emulator."""
    if _LOCAL.search(command.text):
        return False
    first = next(iter(command.subcommands), "")
    if command.program in _PROGRAMS:
        return first not in ("", "build", "validate", "synth", "synthesize", "local", "version", "bicep", "ls", "init")
    return command.program in _DEPLOYERS and first in ("apply", "destroy", "up", "deploy", "import", "refresh")


def _cloud_of(provider: str) -> str:
    """The cloud of a Terraform provider (``google-beta``); empty for one that is none."""
    return PROVIDERS.get(provider.partition("-")[0], "")


def _is_elsewhere(arguments: tuple[object, ...]) -> bool:
    """Says whether a client is made for an endpoint that is not the provider's: S3 of MinIO, a local emulator."""
    return any(_LOCAL.search(getattr(argument, "text", "")) for argument in arguments)


def platform_files(facts: Facts) -> tuple[Place, ...]:
    """Configuration that hosting platforms deploy from (Fly, Render, Vercel, Heroku ...), Ansible and Nomad."""
    found = []
    for file in facts.repository.match(*_PLATFORMS, *_MANIFESTS):
        wanted = _MANIFESTS.get(file.name)
        if wanted is None or wanted.search(facts.repository.text(file)):
            found.append(Place(file.path, 1, 1, file.name))
    return tuple(found)
