"""Where workloads get their secrets from: a store, a plain variable, or somewhere that files don't show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gonogo.checks import cloud, foreign
from gonogo.checks.called import calls_of, imports_of
from gonogo.checks.task_containers import task_containers
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Container, Object, Workload, is_unknown
from gonogo.facts.marked import Map
from gonogo.facts.resources import Resource, Unknown, Value, as_tuple
from gonogo.facts.secret_names import secret_name
from gonogo.model.evidence import Place

NEEDS = ("compose", "kubernetes", "terraform", "cloudformation", "code", "secrets")
STORE_LIBRARIES = (
    "hvac",
    "google.cloud.secretmanager",
    "azure.keyvault.secrets",
    "infisical",
    "@aws-sdk/client-secrets-manager",
    "@google-cloud/secret-manager",
    "@azure/keyvault-secrets",
    "node-vault",
    "cloud.google.com/go/secretmanager",
    "github.com/hashicorp/vault/api",
    "github.com/aws/aws-sdk-go-v2/service/secretsmanager",
    "github.com/aws/aws-sdk-go/service/secretsmanager",
    "com.google.cloud.secretmanager",
    "com.azure.security.keyvault.secrets",
    "software.amazon.awssdk.services.secretsmanager",
    "com.amazonaws.services.secretsmanager",
    "org.springframework.vault",
    "aws_secretsmanager_caching",
    "aws_lambda_powertools.utilities.parameters",
)
"""Libraries that fetch secrets from a store."""
_FROM_STORE = re.compile(
    r"\{\{resolve:(?:secretsmanager|ssm-secure)|@Microsoft\.KeyVault|^arn:aws[\w-]*:(?:secretsmanager|ssm)|^/aws/reference"
)
_IN_URL = re.compile(r"://[^\s/:@]*:[^\s/@]+@")
_MADE_FROM_STORE = {
    "ExternalSecret": ("spec", "target", "name"),
    "SealedSecret": ("metadata", "name"),
    "SopsSecret": ("metadata", "name"),
    "VaultStaticSecret": ("spec", "destination", "name"),
    "VaultDynamicSecret": ("spec", "destination", "name"),
    "InfisicalSecret": ("spec", "managedSecretReference", "secretName"),
    "OnePasswordItem": ("metadata", "name"),
    "AzureKeyVaultSecret": ("spec", "output", "secret", "name"),
}
"""Objects that make a Kubernetes Secret out of a store, and where they name it."""


class Origin(StrEnum):
    """What a secret comes from."""

    STORE = "store"
    PLAIN = "plain"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Source:
    """One secret of a workload. ``how`` completes "NAME comes from ..."."""

    name: str
    origin: Origin
    how: str
    at: Place
    code: bool = False
    """Whether only application code shows it."""


def secret_sources(facts: Facts) -> tuple[Source, ...]:
    """The secrets of all workloads that decide, with where they come from."""
    given = [*_compose(facts), *_kubernetes(facts), *_tasks(facts), *_functions(facts), *_databases(facts)]
    given += _released(facts)
    return (*given, *_code(facts, {source.name for source in given}))


def _compose(facts: Facts) -> Iterator[Source]:
    for service in facts.compose.services:
        for variable in service.environment:
            secret = secret_name(variable.name) if variable.value is None else _is_secret(variable.name, variable.value)
            if secret:
                how = "a literal in the compose file" if variable.literal and variable.value else "a plain variable"
                yield Source(variable.name, Origin.PLAIN, how, variable.at)
        for file in service.env_files:
            yield Source(f"{service.name}'s environment", Origin.PLAIN, f"the env file {file.path}", file.at)
        for name in service.spec.get("secrets") or ():
            text = name.text("source") if isinstance(name, Map) else str(name)
            external = _external(facts, text)
            how = "an external secret of the engine" if external else "a file beside the compose file"
            yield Source(text, Origin.STORE if external else Origin.PLAIN, how, service.place("secrets"))


def _external(facts: Facts, name: str) -> bool:
    tops = [project.spec.map("secrets").map(name) for project in facts.compose.deciding]
    return any(top.get("external") for top in tops)


def _is_secret(name: str, value: str) -> bool:
    """Whether a variable of this name and value holds a secret: not an empty one, and no switch."""
    if value.strip().lower() in ("", "true", "false", "yes", "no", "0", "1", "none", "null"):
        return False
    return bool(secret_name(name) or _IN_URL.search(value))


def _kubernetes(facts: Facts) -> Iterator[Source]:
    made = _made(facts)
    plain = {item.name: item for item in facts.kubernetes.of("Secret") if "sops" not in item.body}
    maps = {item.name: item for item in facts.kubernetes.of("ConfigMap")}
    for workload in facts.kubernetes.workloads:
        if _mounts_store(workload):
            yield Source(f"{workload.symbol}'s secrets", Origin.STORE, "a mounted secret store", workload.at)
        for container in workload.containers:
            yield from _container(container, made, plain, maps)


def _container(
    container: Container, made: set[str], plain: dict[str, Object], maps: dict[str, Object]
) -> Iterator[Source]:
    for name, entry in container.variables():
        reference = entry.map("valueFrom").map("secretKeyRef")
        place = entry.place(symbol=f"{container.at.symbol}:{name}")
        if reference:
            yield _from_secret(name, reference.text("name"), place, made, plain)
        elif secret_name(name) and "configMapKeyRef" in entry.map("valueFrom"):
            yield Source(name, Origin.PLAIN, "a ConfigMap", place)
        elif _is_secret(name, value := entry.text("value")) and not is_unknown(value):
            yield Source(name, Origin.PLAIN, "a literal in the manifest", place)
    for group in container.spec.maps("envFrom"):
        if secret := group.map("secretRef").text("name"):
            yield _from_secret(secret, secret, group.place(symbol=container.at.symbol), made, plain)
        named = maps.get(group.map("configMapRef").text("name"))
        for key, value in (named.body.map("data") if named else Map()).items():
            if named and isinstance(value, str) and _is_secret(key, value):
                yield Source(key, Origin.PLAIN, "a ConfigMap", named.body.map("data").place(key, named.symbol))


def _from_secret(name: str, secret: str, at: Place, made: set[str], plain: dict[str, Object]) -> Source:
    if secret in made:
        return Source(name, Origin.STORE, "a Secret that an operator makes from a store", at)
    if item := plain.get(secret):
        values = [v for key in ("data", "stringData") for v in item.body.map(key).values()]
        if any(isinstance(value, str) and value and not is_unknown(value) for value in values):
            return Source(name, Origin.PLAIN, f"literals in the manifest of the Secret {secret}", item.at)
    return Source(name, Origin.UNSEEN, f"the Secret {secret}, which is filled outside of the repository", at)


def _made(facts: Facts) -> set[str]:
    found: set[str] = set()
    for item in facts.kubernetes.of(*_MADE_FROM_STORE):
        target = item.body.find(*_MADE_FROM_STORE[item.kind])
        found.add(target if isinstance(target, str) and target else item.name)
    for item in facts.kubernetes.of("SecretProviderClass"):
        found.update(entry.text("secretName") for entry in item.spec.maps("secretObjects"))
    found.update(item.name for item in facts.kubernetes.of("Secret") if "sops" in item.body)
    return found


def _mounts_store(workload: Workload) -> bool:
    volumes = workload.pod.maps("volumes")
    injected = workload.template.map("annotations").text("vault.hashicorp.com/agent-inject") == "true"
    return injected or any(volume.map("csi").text("driver") == "secrets-store.csi.k8s.io" for volume in volumes)


def _released(facts: Facts) -> Iterator[Source]:
    """Secrets in the values of charts from elsewhere."""
    for name, at in foreign.literal_secrets(facts):
        yield Source(name, Origin.PLAIN, "a literal in the chart's values", at)


def _tasks(facts: Facts) -> Iterator[Source]:
    for container in task_containers(facts):
        for entry in _entries(container.get("secrets", "Secrets")):
            yield Source(_text(entry, "name", "Name"), Origin.STORE, "the container's secrets", container.at)
        for entry in _entries(container.get("environment", "Environment")):
            yield from _plain_value(_text(entry, "name", "Name"), entry.get("value", entry.get("Value")), container.at)


def _entries(value: Value) -> Iterator[Mapping[str, Value]]:
    return (item for item in as_tuple(value) if isinstance(item, Mapping))


def _text(entry: Mapping[str, Value], *names: str) -> str:
    return next((str(entry[name]) for name in names if entry.get(name) is not None), "")


def _plain_value(name: str, value: Value, at: Place) -> Iterator[Source]:
    """A variable of a function or container: the value itself, or the name of a secret in a store."""
    text = value.text if isinstance(value, Unknown) else str(value or "")
    if not _is_secret(name, text):
        return
    if _FROM_STORE.search(text) or "secretsmanager" in text or text.startswith("data.aws_ssm"):
        yield Source(name, Origin.STORE, "a reference to a secret store", at)
    else:
        yield Source(name, Origin.PLAIN, "a plain environment variable", at)


def _functions(facts: Facts) -> Iterator[Source]:
    for resource in cloud.deciding(facts, Kind.FUNCTION, Kind.CONTAINER_SERVICE):
        for block in resource.blocks("environment"):
            variables = block.get("variables", block)
            if isinstance(variables, Mapping):
                for name, value in variables.items():
                    yield from _plain_value(str(name), value, resource.place("environment"))
        settings = resource.get("app_settings")
        for name, value in settings.items() if isinstance(settings, Mapping) else ():
            yield from _plain_value(str(name), value, resource.place("app_settings"))
        for path in (
            "template.containers",
            "template.template.containers",
            "template.spec.containers",
            "template.container",
        ):
            for container in resource.blocks(path):
                for entry in _entries(container.get("env")):
                    name = _text(entry, "name")
                    if entry.get("value_source") or entry.get("value_from") or entry.get("secret_name"):
                        yield Source(name, Origin.STORE, "the platform's secrets", resource.place(path))
                    else:
                        yield from _plain_value(name, entry.get("value"), resource.place(path))


def _databases(facts: Facts) -> Iterator[Source]:
    for resource in cloud.deciding(facts, Kind.DATABASE, Kind.CACHE, Kind.SEARCH):
        yield from _database(resource)


def _database(resource: Resource) -> Iterator[Source]:
    if resource.truth("manage_master_user_password"):
        yield Source(resource.address, Origin.STORE, "a password that the provider keeps in its store", resource.at)
        return
    for key in ("password", "master_password", "administrator_password", "administrator_login_password", "auth_token"):
        value = resource.get(key)
        if value is None or value == "":
            continue
        name, at = f"{resource.address}.{key}", resource.place(key)
        text, refers = (value.text, value.refers) if isinstance(value, Unknown) else (str(value), ())
        if _FROM_STORE.search(text) or any(
            "secretsmanager" in one or "data.aws_ssm" in one or "key_vault" in one for one in refers
        ):
            yield Source(name, Origin.STORE, "a secret store", at)
        elif any(one.startswith("var.") for one in refers) or not refers:
            yield Source(name, Origin.PLAIN, "a plain variable" if refers else "a literal", at)


def _code(facts: Facts, given: set[str]) -> Iterator[Source]:
    by_file = {at.path: at for at in reversed(store_readers(facts))}
    for path, at in sorted(by_file.items()):
        name = f"what {path.rpartition('/')[2]} reads"
        yield Source(name, Origin.STORE, "a client of a secret store", at, code=True)
    seen: set[str] = set()
    loads = imports_of(facts, "dotenv", "environs", "github.com/joho/godotenv", "dotenv-expand", "decouple")
    for read in facts.code.env():
        if read.name in seen or read.name in given or not secret_name(read.name):
            continue
        seen.add(read.name)
        how = "an env file that the code loads" if loads else "a plain environment variable"
        yield Source(read.name, Origin.PLAIN, how, read.at, code=True)


def store_readers(facts: Facts) -> tuple[Place, ...]:
    """Where reached code fetches secrets from a store. Needs: code."""
    libraries = [item.at for item in imports_of(facts, *STORE_LIBRARIES)]
    clients = [c.at for c in facts.code.clients if c.kind == "cloud" and c.service == "secretsmanager"]
    calls = calls_of(facts, "get_secret_value", "getSecretValue", "GetSecretValue", "GetSecretValueCommand")
    decrypting = [
        call.at
        for call in calls_of(facts, "get_parameter", "get_parameters", "GetParameterCommand", "GetParameter")
        if (argument := call.argument("WithDecryption")) and argument.text.lower() == "true"
    ]
    return tuple(dict.fromkeys([*libraries, *clients, *(call.at for call in calls), *decrypting]))
