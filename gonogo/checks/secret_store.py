"""Secrets come from a store, and what is stored rotates."""

from __future__ import annotations

from gonogo.checks import cloud, foreign
from gonogo.checks.secret_sources import Origin, Source, secret_sources, store_readers
from gonogo.checks.wording import counted, have, listed
from gonogo.facts import Facts
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_STORES = ("aws_secretsmanager_secret", "google_secret_manager_secret", "azurerm_key_vault_secret")
_ROTATIONS = ("aws_secretsmanager_secret_rotation", "aws_secretsmanager_rotation_schedule")
_DATA = (
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_version",
    "aws_ssm_parameter",
    "google_secret_manager_secret_version",
    "azurerm_key_vault_secret",
    "vault_generic_secret",
    "vault_kv_secret_v2",
)


def secrets_manager(facts: Facts) -> Outcome:
    """Every secret that a workload reads comes from a secret store."""
    sources = secret_sources(facts)
    plain = [source for source in sources if source.origin is Origin.PLAIN]
    stored = [source for source in sources if source.origin is Origin.STORE]
    unseen = [source for source in sources if source.origin is Origin.UNSEEN]
    if plain:
        return _not_stored(plain, stored)
    if unseen:
        names = listed(f"{source.name} ({source.how})" for source in unseen)
        return unverified(f"{counted(len(unseen), 'secret')} of workloads: {names}", *(s.at for s in unseen))
    if stored:
        names = listed(f"{source.name} from {source.how}" for source in stored)
        return passed(f"workloads get what is secret from a store: {names}", *(s.at for s in stored))
    if unread := cloud.deciding(facts, *_STORES):
        problems = [Problem(f"{item.address} is stored, and nothing reads it", item.at) for item in unread]
        return failed(f"{listed(i.address for i in unread)}: stored, but no workload fetches it", *problems)
    return not_applicable("no workload or code reads a secret", searched=_searched(facts))


def _not_stored(plain: list[Source], stored: list[Source]) -> Outcome:
    problems = [Problem(f"{source.name} comes from {source.how}", source.at) for source in plain]
    total = len(plain) + len(stored)
    names = listed(f"{source.name} ({source.how})" for source in plain)
    aside = f"; {len(stored)} of {total} come from a store" if stored else "; nothing comes from a secret store"
    return failed(f"{counted(len(plain), 'secret')} of workloads: {names}{aside}", *problems)


def secrets_rotation(facts: Facts) -> Outcome:
    """Each stored secret has a rotation that is defined with it."""
    stored = cloud.deciding(facts, *_STORES)
    secure = [r for r in cloud.deciding(facts, "aws_ssm_parameter") if str(r.get("type")) == "SecureString"]
    managed = [r for r in cloud.deciding(facts) if r.truth("manage_master_user_password")]
    sealed = facts.kubernetes.of("SealedSecret", "SopsSecret")
    dynamic = facts.kubernetes.of("VaultDynamicSecret")
    fixed = [r for r in stored if not _rotates(facts, r)]
    problems = [Problem(f"{r.address} has no rotation", r.at) for r in fixed]
    problems += [Problem(f"{r.address} is a SecureString, which never rotates by itself", r.at) for r in secure]
    problems += [Problem(f"{item.symbol} is sealed in the repository and has no rotation", item.at) for item in sealed]
    if problems:
        total = len(stored) + len(secure) + len(sealed) + len(managed) + len(dynamic)
        names = listed(problem.what.partition(" ")[0] for problem in problems)
        return failed(
            f"{len(problems)} of {counted(total, 'stored secret')} {have(len(problems))} no rotation: {names}",
            *problems,
            searched=(Searched(_ROTATIONS, "infrastructure code", len(stored)),),
        )
    if (vaults := foreign.secret_stores(facts)) and not (dynamic or _rotating_jobs(facts)):
        names = listed(f"{release.name or release.chart} (chart {release.chart})" for release in vaults)
        return failed(
            f"the secret store {names} is deployed, and nothing rotates what it holds",
            *(Problem(f"nothing rotates the secrets of {r.name or r.chart}", r.at) for r in vaults),
            searched=(Searched((*_ROTATIONS, "VaultDynamicSecret", "scheduled rotation"), "deciding files", 0),),
        )
    if elsewhere := _elsewhere(facts):
        return unverified("secrets come from a store that is defined elsewhere: its rotation is not here", *elsewhere)
    if rotating := [*(r.at for r in stored), *(r.at for r in managed), *(item.at for item in dynamic)]:
        return passed(f"{counted(len(rotating), 'stored secret')}, each with a rotation", *rotating)
    return not_applicable("no secret store is defined or read", searched=_searched(facts))


def _rotating_jobs(facts: Facts) -> tuple[Place, ...]:
    """What rotates secrets by itself: CronJobs, pipelines on a schedule, database engines of Vault."""
    jobs = [w.at for w in facts.kubernetes.workloads if w.kind == "CronJob" and "rotat" in w.name.lower()]
    engines = cloud.resources(facts, "vault_database_secret_backend_role", "vault_database_secret_backend_static_role")
    return (*jobs, *(r.at for r in engines))


def _rotates(facts: Facts, secret: Resource) -> bool:
    if secret.get("rotation") or secret.get("rotation_rules"):
        return True
    rotations = cloud.resources(facts, *_ROTATIONS, dormant=True)
    return any(r.root == secret.root and r.refers_to(secret) for r in rotations)


def _elsewhere(facts: Facts) -> tuple[Place, ...]:
    data = [r.at for r in facts.terraform.data(*_DATA) if r.type != "aws_ssm_parameter" or _is_secret_parameter(r)]
    synced = facts.kubernetes.of("ExternalSecret", "ClusterExternalSecret", "SecretProviderClass", "VaultStaticSecret")
    return (*data, *(item.at for item in synced), *store_readers(facts))


def _is_secret_parameter(resource: Resource) -> bool:
    return resource.truth("with_decryption", default=True) is not False and "/aws/service/" not in str(
        resource.get("name")
    )


def _searched(facts: Facts) -> tuple[Searched, ...]:
    terms = ("secret-sounding variables", "secret references", "clients of secret stores")
    return (Searched(terms, "compose, Kubernetes, infrastructure code and application code", len(facts.code.files)),)
