"""Encryption at rest: whether each data store that the target defines is encrypted, by its setting or its service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.checks.data_stores import Store, find_stores, opaque_stores
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, truth
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

State = bool | None
"""True encrypted, False not, None unknown."""


@dataclass(frozen=True)
class Judged:
    """A store with what is known of its encryption."""

    name: str
    state: State
    place: Place
    why: str = ""


def encryption_at_rest(facts: Facts) -> Outcome:
    """Every store that is defined: cloud resources by setting or default, containers and files by what holds them."""
    stores = [store for store in find_stores(facts) if not _is_in_memory(store)]
    defined = [s for s in stores if s.defined]
    live = [s for s in defined if s.resource is None or s.resource.exists is not False] or defined
    judged = list({j.place: j for j in (*(_judge(facts, store) for store in live), *_devices(facts))}.values())
    wrong = [j for j in judged if j.state is False]
    if wrong:
        problems = [Problem(f"{j.name} {j.why}", j.place) for j in wrong]
        of = f"{len(wrong)} of {counted(len(judged), 'store')} not encrypted at rest"
        return failed(f"{of}: {listed(p.what for p in problems)}", *problems)
    unknown = [j for j in judged if j.state is None]
    if unknown:
        names = listed(j.name for j in unknown)
        return unverified(f"code does not show whether {names} is encrypted at rest", *(j.place for j in unknown))
    if opaque := opaque_stores(facts):
        return unverified("modules that are not read make data stores", *opaque)
    elsewhere = [store for store in stores if not store.defined]
    if elsewhere and not judged:
        return unverified(f"{elsewhere[0].name} is defined in no file", elsewhere[0].place)
    if not judged:
        searched = Searched(
            ("databases", "tables", "buckets", "volumes", "queues", "SQLite files", "databases in containers"),
            "infrastructure code, manifests, compose files and code",
            len(facts.repository.match("*")),
        )
        return not_applicable("no data store is defined", searched=(searched,))
    return passed(
        f"encrypted at rest, by setting or by the service's default: {listed(j.name for j in judged)}",
        *(j.place for j in judged),
    )


def _judge(facts: Facts, store: Store) -> Judged:
    if store.resource is not None:
        state, path = _resource_state(facts, store.resource)
        why = f"has {path} off" if path in store.resource.lines else f"does not set {path}, whose default is off"
        return Judged(store.name, state, store.resource.place(path), why)
    if store.origin == "compose":
        return Judged(store.name, False, store.place, "keeps its data in a plain container volume")
    if store.origin == "kubernetes":
        return _in_cluster(facts, store)
    return Judged(store.name, _is_cipher(facts), store.place, "is written in plain text")


def _is_in_memory(store: Store) -> bool:
    """A cache in a container without a volume stores nothing."""
    if store.of_record or store.managed:
        return False
    if store.service is not None:
        return not any(mount.kind != "tmpfs" for mount in store.service.mounts)
    if store.release is not None:
        return store.kind == Kind.CACHE
    if store.workload is not None:
        claims = any(v.get("persistentVolumeClaim") for v in store.workload.pod.maps("volumes"))
        return not claims and not store.workload.object.spec.maps("volumeClaimTemplates")
    return False


def _is_cipher(facts: Facts) -> State:
    """SQLite is plain unless SQLCipher or the like is used."""
    modules = ("sqlcipher3", "pysqlcipher3", "better-sqlite3-multiple-ciphers", "@journeyapps/sqlcipher", "sqleet")
    return bool(facts.code.imports(*modules))


def _in_cluster(facts: Facts, store: Store) -> Judged:
    """Claims get volumes of a storage class; one that is defined here says whether it encrypts."""
    classes = facts.kubernetes.of("StorageClass")
    flags = [item.body.map("parameters").text("encrypted") for item in classes]
    if flags and all(flag == "true" for flag in flags):
        return Judged(store.name, True, classes[0].at)
    plain = [item for item, flag in zip(classes, flags, strict=True) if flag == "false"]
    if plain:
        return Judged(store.name, False, plain[0].at, "uses a storage class that does not encrypt")
    if not classes and _by_default(facts) is False:
        why = "gets volumes of a storage class that nothing here encrypts, nor is that the account's default"
        return Judged(store.name, False, store.place, why)
    return Judged(store.name, None, store.place)


def _by_default(facts: Facts) -> State:
    """Whether the account's default encrypts disks; None where no cluster with such disks is defined here."""
    if any(truth(r.get("enabled", True)) for r in cloud.resources(facts, "aws_ebs_encryption_by_default")):
        return True
    return False if cloud.resources(facts, "aws_eks_cluster") else None


def _flag(path: str, default: bool = False) -> Callable[[Facts, Resource], tuple[State, str]]:
    """A store whose flag says it, with the provider's default."""

    def judge(facts: Facts, resource: Resource) -> tuple[State, str]:
        return resource.truth(path, default=default), path

    return judge


def _always(facts: Facts, resource: Resource) -> tuple[State, str]:
    """A store whose service encrypts everything."""
    return True, ""


def _instance(facts: Facts, resource: Resource) -> tuple[State, str]:
    """Replicas, and what comes from a snapshot, have what their source has."""
    if resource.get("replicate_source_db") or resource.get("source_db_instance_identifier"):
        return True, ""
    if resource.get("snapshot_identifier") and resource.get("storage_encrypted") is None:
        return None, "storage_encrypted"
    return resource.truth("storage_encrypted"), "storage_encrypted"


def _cluster(facts: Facts, resource: Resource) -> tuple[State, str]:
    if resource.get("engine_mode") == "serverless" or resource.get("replication_source_identifier"):
        return True, ""
    return _instance(facts, resource)


def _queue(facts: Facts, resource: Resource) -> tuple[State, str]:
    """Queues are encrypted by the service since 2022, unless that is switched off and no key is given."""
    if resource.get("kms_master_key_id"):
        return True, ""
    return resource.truth("sqs_managed_sse_enabled", default=True), "sqs_managed_sse_enabled"


def _stream(facts: Facts, resource: Resource) -> tuple[State, str]:
    path = "stream_encryption" if "stream_encryption" in resource.attributes else "encryption_type"
    value = resource.get(path, "NONE")
    if isinstance(value, Unknown):
        return None, path
    return value != "NONE" and value != "UNENCRYPTED", path


def _volume(facts: Facts, resource: Resource) -> tuple[State, str]:
    """A volume without the flag has the account's default, if that is set here."""
    if any(truth(r.get("enabled", True)) for r in cloud.resources(facts, "aws_ebs_encryption_by_default")):
        return True, ""
    return resource.truth("encrypted"), "encrypted"


def _replication_group(facts: Facts, resource: Resource) -> tuple[State, str]:
    default = resource.get("engine") == "valkey"
    return resource.truth("at_rest_encryption_enabled", default=default), "at_rest_encryption_enabled"


_STATES: dict[str, Callable[[Facts, Resource], tuple[State, str]]] = {
    "aws_db_instance": _instance,
    "aws_rds_cluster": _cluster,
    "aws_docdb_cluster": _flag("storage_encrypted"),
    "aws_neptune_cluster": _flag("storage_encrypted"),
    "aws_redshift_cluster": _flag("encrypted", default=True),
    "aws_ebs_volume": _volume,
    "aws_efs_file_system": _flag("encrypted"),
    "aws_elasticache_replication_group": _replication_group,
    "aws_dax_cluster": _flag("server_side_encryption.enabled"),
    "aws_opensearch_domain": _flag("encrypt_at_rest.enabled"),
    "aws_elasticsearch_domain": _flag("encrypt_at_rest.enabled"),
    "aws_sqs_queue": _queue,
    "aws_kinesis_stream": _stream,
    "digitalocean_volume": _always,
    "azurerm_managed_disk": _always,
}
_UNTOLD = frozenset({"hcloud_volume", "scaleway_rdb_instance", "openstack_blockstorage_volume_v3", "ec_deployment"})
"""Kinds whose encryption no setting shows."""


def _resource_state(facts: Facts, resource: Resource) -> tuple[State, str]:
    """Whether a cloud store is encrypted, and the attribute that says it. Services not listed encrypt by themselves:
    S3, DynamoDB, MemoryDB, MSK, SNS with nothing stored, and everything of Google Cloud and Azure."""
    if resource.type in _UNTOLD:
        return None, ""
    return _STATES.get(resource.type, _always)(facts, resource)


def _devices(facts: Facts) -> Iterator[Judged]:
    """Disks that instances and launch templates define; those that are left out have the image's and account's."""
    by_default = any(truth(r.get("enabled", True)) for r in cloud.resources(facts, "aws_ebs_encryption_by_default"))
    for resource in cloud.resources(facts, "aws_instance", "aws_launch_template", "aws_launch_configuration"):
        for name in ("root_block_device", "ebs_block_device", "block_device_mappings"):
            for index, block in enumerate(resource.blocks(name)):
                inner = block.get("ebs")
                disk = inner[0] if isinstance(inner, tuple) and inner else inner if inner is not None else block
                value = disk.get("encrypted", False) if hasattr(disk, "get") else disk
                state = True if by_default else truth(value)
                place = resource.place(f"{name}.{index}")
                yield Judged(f"{resource.address}'s {name}", state, place, "is not encrypted")
