"""Deletion protection: whether each data store of record survives a mistaken delete."""

from __future__ import annotations

from gonogo.checks import cloud
from gonogo.checks.backups import versioned
from gonogo.checks.data_stores import Store, opaque_stores, stores_of_record
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.marked import Map
from gonogo.facts.resources import Resource, Unknown
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

State = bool | None
_FLAGS: dict[str, tuple[str, bool]] = {
    "aws_db_instance": ("deletion_protection", False),
    "aws_rds_cluster": ("deletion_protection", False),
    "aws_docdb_cluster": ("deletion_protection", False),
    "aws_neptune_cluster": ("deletion_protection", False),
    "aws_dynamodb_table": ("deletion_protection_enabled", False),
    "aws_dsql_cluster": ("deletion_protection_enabled", False),
    "google_sql_database_instance": ("deletion_protection", True),
    "google_bigtable_instance": ("deletion_protection", True),
    "google_alloydb_cluster": ("deletion_protection", True),
    "mongodbatlas_cluster": ("termination_protection_enabled", False),
    "mongodbatlas_advanced_cluster": ("termination_protection_enabled", False),
}
"""Flags by type, with the provider's default."""


def deletion_protection(facts: Facts) -> Outcome:
    """Deletion protection, prevent_destroy, a kept resource, or versions for every store of record."""
    stores = stores_of_record(facts)
    searched = Searched(
        ("deletion_protection", "prevent_destroy", "DeletionPolicy: Retain", "versioning", "management locks"),
        "infrastructure code, manifests and compose files",
        len(facts.repository.match("*")),
    )
    if not stores:
        if opaque := opaque_stores(facts):
            return unverified("modules that are not read make data stores", *opaque)
        return not_applicable("no data store of record is defined or used", searched=(searched,))
    judged = [(store, _judge(facts, store)) for store in stores]
    bare = [store for store, state in judged if state is False]
    if bare:
        problems = {(str(s), s.place): Problem(f"{s} can be deleted by mistake{_only(s)}", s.place) for s in bare}
        of = f"{len(problems)} of {counted(len({s.place for s in stores}), 'data store')}"
        names = listed(str(store) for store in bare)
        return failed(f"{of} of record not protected from deletion: {names}", *problems.values(), searched=(searched,))
    unknown = [store for store, state in judged if state is None]
    if unknown:
        names = listed(str(store) for store in unknown)
        return unverified(f"code does not show whether {names} is protected from deletion", *(s.place for s in unknown))
    if opaque := opaque_stores(facts):
        return unverified("modules that are not read make data stores", *opaque)
    return passed(f"protected from deletion: {listed(str(s) for s in stores)}", *(_place(s) for s in stores))


def _only(store: Store) -> str:
    """What a store has that is not enough."""
    resource = store.resource
    if resource is None:
        return ""
    final = resource.truth("skip_final_snapshot", default=True) is False
    if final or str(resource.get("deletion_policy", "")).lower() == "snapshot":
        return ": it only leaves a final snapshot"
    return ""


def _place(store: Store) -> Place:
    if store.resource is None:
        return store.place
    flag = _FLAGS.get(store.resource.type, ("lifecycle", False))[0]
    return store.resource.place(flag if flag in store.resource.lines else "lifecycle")


def _judge(facts: Facts, store: Store) -> State:
    if store.resource is not None:
        return _resource(facts, store.resource)
    if store.origin == "elsewhere":
        return None
    if store.service is not None:
        return _external_volume(facts, store)
    if store.workload is not None or store.custom is not None:
        return _in_cluster(facts, store)
    return False


def _resource(facts: Facts, resource: Resource) -> State:
    if resource.truth("lifecycle.prevent_destroy") is True:
        return True
    policy = resource.get("deletion_policy", "")
    if not isinstance(policy, Unknown) and str(policy).lower() in ("retain", "retainexceptoncreate", "prevent"):
        return True
    if any(lock.refers_to(resource) for lock in cloud.resources(facts, "azurerm_management_lock")):
        return True
    states: list[State] = []
    if resource.type in _FLAGS:
        name, default = _FLAGS[resource.type]
        states.append(resource.truth(name, default=default))
    if resource.type == "google_sql_database_instance":
        states.append(resource.truth("settings.deletion_protection_enabled"))
    if resource.type == "google_firestore_database":
        states.append(resource.get("delete_protection_state") == "DELETE_PROTECTION_ENABLED")
    if resource.kind is Kind.BUCKET:
        states.append(_versions(facts, resource))
    if resource.type == "google_bigquery_dataset":
        states.append(resource.truth("delete_contents_on_destroy") is False)
    if isinstance(policy, Unknown):
        states.append(None)
    if True in states:
        return True
    return None if None in states else False


def _versions(facts: Facts, bucket: Resource) -> State:
    if bucket.type == "azurerm_storage_account":
        kept = bucket.get("blob_properties.delete_retention_policy") is not None
        return kept or bucket.truth("blob_properties.versioning_enabled")
    if bucket.truth("object_lock_enabled") is True:
        return True
    if bucket.type == "aws_s3_bucket":
        return versioned(facts, bucket)[0]
    return bucket.truth("versioning.enabled")


def _external_volume(facts: Facts, store: Store) -> State:
    """``docker compose down -v`` spares external volumes, and nothing else."""
    service = store.service
    if service is None:
        return False
    project = next((p for p in facts.compose.projects if service in p.services), None)
    volumes = project.spec.map("volumes") if project is not None else Map()
    named = [volumes.map(mount.source) for mount in service.mounts if mount.kind == "volume" and mount.source]
    return bool(named) and all(volume.get("external") for volume in named)


def _in_cluster(facts: Facts, store: Store) -> State:
    """Claims of a StatefulSet outlive it by default; others fall with what made them, unless they are kept."""
    if store.custom is not None:
        return None
    workload = store.workload
    if workload is None:
        return False
    if workload.kind == "StatefulSet" and workload.object.spec.maps("volumeClaimTemplates"):
        policy = workload.object.spec.map("persistentVolumeClaimRetentionPolicy")
        return policy.text("whenDeleted") in ("", "Retain")
    claims = {v.map("persistentVolumeClaim").text("claimName") for v in workload.pod.maps("volumes")} - {""}
    objects = [o for o in facts.kubernetes.of("PersistentVolumeClaim") if o.name in claims]
    if not claims:
        return False
    if objects and all(o.annotations.get("helm.sh/resource-policy") == "keep" for o in objects):
        return True
    classes = facts.kubernetes.of("StorageClass")
    volumes = facts.kubernetes.of("PersistentVolume")
    kept = [c for c in classes if c.body.text("reclaimPolicy") == "Retain"]
    kept += [v for v in volumes if v.spec.text("persistentVolumeReclaimPolicy") == "Retain"]
    return bool(kept)
