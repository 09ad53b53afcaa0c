"""Long-lived keys: whether pipelines and workloads reach the cloud by roles or by stored access keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gonogo.checks import cloud, scope
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.pipelines import Run
from gonogo.facts.pipelines import Service as CiService
from gonogo.facts.resources import Resource, as_tuple, walk
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_KEY = re.compile(
    r"^(?:\w+_)?(?:AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|ACCESS_KEY|SECRET_KEY)|AZURE_CLIENT_SECRET|ARM_CLIENT_SECRET"
    r"|AZURE_CREDENTIALS|GCP_(?:SA_KEY|CREDENTIALS|SERVICE_ACCOUNT_KEY)|GOOGLE_CREDENTIALS|GCLOUD_SERVICE_KEY"
    r"|GOOGLE_SERVICE_ACCOUNT_KEY|ALICLOUD_SECRET_KEY)$"
)
_KEY_INPUTS = {
    "aws-access-key-id": "a stored AWS access key",
    "aws-secret-access-key": "a stored AWS access key",
    "credentials_json": "a stored Google service account key",
    "service_account_key": "a stored Google service account key",
    "creds": "a stored Azure client secret",
    "client-secret": "a stored Azure client secret",
    "aws_access_key_id": "a stored AWS access key",
    "aws_secret_access_key": "a stored AWS access key",
}
_ROLE_INPUTS = ("role-to-assume", "workload_identity_provider", "client-id", "role", "role-arn", "role_arn")
_KEY_COMMANDS = re.compile(
    r"gcloud auth activate-service-account\b.*--key-file|az login\b.*--service-principal.*(?:-p|--password)\b"
    r"|aws configure set aws_(?:access_key_id|secret_access_key)|docker login -u _json_key"
)
_DUMMY = re.compile(
    r"^(?:|x+|test\w*|dummy\w*|fake\w*|local\w*|minio\w*|admin|example|foo|key|secret|none|changeme|mock\w*|any|dev\w*|.{0,4})$",
    re.IGNORECASE,
)
_EMULATORS = re.compile(r"localstack|dynamodb-local|minio|moto|azurite|elasticmq|fake-gcs|goaws|kinesalite")
_OWN_CLOUD = frozenset({CiService.CODEBUILD, CiService.CLOUDBUILD})


def no_long_lived_keys(facts: Facts) -> Outcome:
    """Stored keys anywhere fail; a role for each pipeline and workload that reaches a cloud passes."""
    accounts = scope.cloud_accounts(facts)
    searched = Searched(
        ("AWS_ACCESS_KEY_ID", "credentials_json", "AZURE_CREDENTIALS", "role-to-assume", "workload_identity_provider"),
        "pipelines, infrastructure code, manifests and compose files",
        len(facts.repository.match("*")),
    )
    problems = [*_in_pipelines(facts), *_in_resources(facts), *_in_workloads(facts)]
    if problems:
        unique = list({(p.what, p.place): p for p in problems}.values())
        return failed(f"long-lived keys are used: {listed(p.what for p in unique)}", *unique)
    if not accounts:
        return not_applicable("no cloud account is used", searched=(searched,))
    reaching = [run for run in facts.pipelines.all_runs if run.executes and run.at in set(accounts)]
    unproven = [run for run in reaching if not _has_role(run)]
    roles = [run.at for run in reaching if _names_role(run)]
    roles += [r.at for r in cloud.resources(facts, Kind.ROLE, Kind.OIDC_PROVIDER) if _is_for_workloads(r)]
    roles += [o.at for o in facts.kubernetes.of("ServiceAccount") if _is_annotated(o.annotations)]
    if unproven:
        jobs = listed(f"{run.job.name} in {run.pipeline.at.path}" for run in unproven)
        return unverified(f"nothing shows how {jobs} gets its credentials", *(run.at for run in unproven[:5]))
    if roles:
        return passed(f"{len(roles)} roles are used, and no stored access key is", *roles)
    return unverified("no file shows how this gets its cloud credentials", accounts[0], searched=(searched,))


def _in_pipelines(facts: Facts) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for run in facts.pipelines.all_runs:
        if not run.executes:
            continue
        for what in _key_uses(run):
            key = (run.pipeline.at.path, what)
            if key not in seen:
                seen.add(key)
                yield Problem(f"{run.pipeline.at.path} uses {what}", run.at)


def _key_uses(run: Run) -> Iterator[str]:
    if run.command is None:
        for name, value in run.step.inputs:
            stored = _KEY_INPUTS.get(name)
            # Temporary keys that a former step got from a role are outputs, not secrets.
            if stored and value and "steps." not in value and "needs." not in value:
                yield stored
    elif _KEY_COMMANDS.search(run.command.text):
        yield "a stored key of a service account"
    for name, value in (*run.step.env, *run.job.env, *run.pipeline.env):
        if _KEY.match(name) and not _DUMMY.match(value) and "steps." not in value and "needs." not in value:
            yield f"a stored key ({name})"


def _in_resources(facts: Facts) -> Iterator[Problem]:
    for key in cloud.deciding(facts, Kind.ACCESS_KEY):
        yield Problem(f"{key.address} makes a long-lived key", key.at)
    for resource in cloud.deciding(facts, Kind.FUNCTION, Kind.TASK_DEFINITION, Kind.CONTAINER_SERVICE):
        for name in _variable_names(resource):
            if _KEY.match(name):
                yield Problem(f"{resource.address} gets {name} in its environment", resource.place("environment"))
                break


def _variable_names(resource: Resource) -> Iterator[str]:
    """Names of environment variables, as keys of a map or as name and value pairs."""
    for block in resource.blocks("environment"):
        variables = block.get("variables")
        yield from (str(name) for name in (variables if isinstance(variables, Mapping) else ()))
    for container in as_tuple(resource.get("container_definitions")):
        for item in walk(container):
            if isinstance(item, Mapping) and ("value" in item or "valueFrom" in item) and "name" in item:
                yield str(item["name"])


def _in_workloads(facts: Facts) -> Iterator[Problem]:
    for project in facts.compose.deciding:
        emulated = any(_EMULATORS.search(service.image) for service in project.services)
        for service in project.started:
            for variable in service.environment:
                value = variable.value or ""
                if _KEY.match(variable.name) and not (emulated or (value and _DUMMY.match(value))):
                    yield Problem(f"service {service.name} gets {variable.name}", variable.at)
                    break
    for workload in facts.kubernetes.workloads:
        for container in workload.containers:
            for name, item in container.variables():
                if _KEY.match(name) and not _EMULATORS.search(container.image):
                    place = Place(item.path, item.line, item.end_line, f"{container.at.symbol}.{name}")
                    yield Problem(f"{container.at.symbol} gets {name}", place)
                    break


def _names_role(run: Run) -> bool:
    return run.command is None and any(run.step.input(name) for name in _ROLE_INPUTS)


def _has_role(run: Run) -> bool:
    """Whether a job shows that it has its credentials from a role: a step that takes one, or a builder in the cloud."""
    if run.pipeline.service in _OWN_CLOUD or _names_role(run):
        return True
    if any(step.input(name) for step in run.job.steps for name in _ROLE_INPUTS if step.uses):
        return True
    return bool(re.search(r"self-hosted|codebuild", run.job.runner))


def _is_for_workloads(resource: Resource) -> bool:
    """A role that a service of the cloud, a cluster's account or a pipeline's token takes."""
    if resource.type in ("aws_iam_group", "google_service_account"):
        return resource.type == "google_service_account"
    return True


def _is_annotated(annotations: Mapping[str, object]) -> bool:
    names = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id")
    return any(name in annotations for name in names)
