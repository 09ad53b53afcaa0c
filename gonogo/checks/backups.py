"""Backups: whether each data store of record is backed up by something that runs by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gonogo.checks import cloud
from gonogo.checks.data_stores import Store, opaque_stores, stores_of_record
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.pipelines import Event
from gonogo.facts.resources import Resource, Unknown, truth
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

State = bool | None
_DUMP = re.compile(
    r"\bpg_dump(?:all)?\b|\bpg_basebackup\b|\bpgbackrest\b|\bwal-g\b|\bbarman\b|\bmysqldump\b|\bmariadb-dump\b"
    r"|\bxtrabackup\b|\bmariabackup\b|\bmongodump\b|\bclickhouse-backup\b|\bsqlite3\b.*\.backup|\bVACUUM INTO\b"
    r"|\blitestream\b|\brestic\b.*backup|\bborg(?:matic)?\b|\brclone (?:sync|copy)\b|\bvelero\b.*backup"
    r"|\bcreate-db(?:-cluster)?-snapshot\b|\bcockroach\b.*BACKUP|\bmc mirror\b|\bgcloud sql (?:backups|export)\b",
    re.IGNORECASE,
)
_BACKUP_IMAGES = re.compile(
    r"postgres-backup|pg-?backup|db-?backup|mysql-?backup|mongo-?backup|docker-volume-backup|mysql-cron-backup|databack"
    r"|autopostgresqlbackup|litestream|pgbackrest|wal-g|restic|borgmatic|duplicati|kopia|backup-s3|s3-backup|backrest",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"(?:^|/)[\w.-]*(?:backup|dump)[\w.-]*\.(?:sh|py|js|ts|rb|ps1)$", re.IGNORECASE)
_SCHEDULED_KINDS = ("ScheduledBackup", "Schedule", "VolumeSnapshotSchedule", "BackupConfiguration", "SnapshotPolicy")


def backups(facts: Facts) -> Outcome:
    """Retention, point-in-time recovery, versioning, a backup plan, or a scheduled dump for every store of record."""
    stores = stores_of_record(facts)
    searched = Searched(
        ("backup retention", "point-in-time recovery", "versioning", "backup plans", "scheduled dumps"),
        "infrastructure code, manifests, compose files, pipelines and scripts",
        len(facts.repository.match("*")),
    )
    if not stores:
        if opaque := opaque_stores(facts):
            return unverified("modules that are not read make data stores", *opaque)
        return not_applicable("no data store of record is defined or used", searched=(searched,))
    jobs = tuple(scheduled_dumps(facts))
    judged = [(store, *_judge(facts, store, jobs)) for store in stores]
    without = [(store, path) for store, state, path in judged if state is False]
    if without:
        scripts = [f for f in facts.repository.match("*.sh", "*.py", "*.js", "*.ts") if _SCRIPT.search(f.local)]
        more = f"; {scripts[0].path} is a backup script that nothing schedules" if scripts and not jobs else ""
        problems = [Problem(f"{store} has no automatic backup", _place(store, path)) for store, path in without]
        unique = list({(p.what, p.place): p for p in problems}.values())
        names = listed(str(store) for store, _ in without)
        of = f"{len(unique)} of {counted(len({s.place for s in stores}), 'data store')}"
        return failed(f"{of} of record without an automatic backup: {names}{more}", *unique, searched=(searched,))
    unknown = [store for store, state, _ in judged if state is None]
    if unknown:
        what = listed(str(store) for store in unknown)
        return unverified(f"code does not show whether {what} is backed up", *(s.place for s in unknown))
    if opaque := opaque_stores(facts):
        return unverified("modules that are not read make data stores", *opaque)
    places = [_place(store, path) for store, _, path in judged]
    return passed(f"backed up automatically: {listed(str(s) for s in stores)}", *places, *(j for j in jobs))


def _place(store: Store, path: str) -> Place:
    return store.resource.place(path) if store.resource is not None else store.place


def _judge(facts: Facts, store: Store, jobs: tuple[Place, ...]) -> tuple[State, str]:
    if store.resource is not None:
        state, path = _RULES.get(store.resource.type, _unlisted)(facts, store.resource)
        if state is not True and _planned(facts, store.resource):
            return True, path
        return state, path
    if store.origin == "elsewhere":
        return None, ""
    if store.custom is not None and _has_backup_section(store):
        return True, ""
    return bool(jobs), ""


def _has_backup_section(store: Store) -> bool:
    spec = store.custom.spec if store.custom is not None else None
    return spec is not None and bool(spec.get("backup") or spec.get("backups"))


def scheduled_dumps(facts: Facts) -> Iterator[Place]:
    """What runs a backup by itself: CronJobs, operators' schedules, sidecars, pipelines on a schedule, crontabs."""
    for workload in facts.kubernetes.workloads:
        for container in workload.containers:
            text = f"{container.spec.get('command', '')} {container.spec.get('args', '')}"
            named = _BACKUP_IMAGES.search(container.image) or _DUMP.search(text)
            if named and (workload.kind == "CronJob" or "litestream" in container.image or workload.long_running):
                yield container.at
            elif workload.kind == "CronJob" and re.search(r"backup|dump", workload.name, re.IGNORECASE):
                yield workload.at
    yield from (o.at for o in facts.kubernetes.of(*_SCHEDULED_KINDS) if _is_backup_object(o.group))
    for service in facts.compose.services:
        command = f"{service.spec.get('command', '')} {service.spec.get('entrypoint', '')}"
        if _BACKUP_IMAGES.search(service.image) or _DUMP.search(command):
            yield service.at
    for run in facts.pipelines.all_runs:
        if run.executes and run.pipeline.starts_on(Event.SCHEDULE) and _DUMP.search(run.text):
            yield run.at
    crontabs = facts.repository.match("crontab*", "*.cron", "**/cron.d/*", "**/crontabs/*")
    yield from facts.repository.grep(r"^[^#]*(?:backup|pg_dump|mysqldump|mongodump)", crontabs)
    for file in facts.repository.match("litestream.yml", "litestream.yaml"):
        callers = facts.repository.match("Dockerfile*", "*.sh", "*.y*ml", "*.toml")
        runs = facts.repository.search(["litestream"], callers)
        if any(hit.path != file.path for hit in runs.hits):
            yield Place(file.path, 1, 1, file.name)


def _is_backup_object(group: str) -> bool:
    return any(part in group for part in ("velero", "cnpg", "percona", "stash", "k8up", "backup", "kubestash"))


def _planned(facts: Facts, resource: Resource) -> bool:
    """Whether a backup plan selects the resource: by name, or by tags and wildcards."""
    for selection in cloud.resources(facts, "aws_backup_selection"):
        listed_arns = [str(item) for item in selection.get("resources", ()) or ()]
        if resource.base in selection.references() or "*" in listed_arns:
            return True
        nested = [str(item) for item in selection.get("backup_selection.resources", ()) or ()]
        service = f":{_SERVICE.get(resource.kind, '?')}:"
        if any(item == "*" or (service in item and item.endswith("*")) for item in (*nested, *listed_arns)):
            return True
        if _tags_match(selection, resource):
            return True
    policies = cloud.resources(facts, "aws_dlm_lifecycle_policy")
    return bool(policies) and resource.kind is Kind.VOLUME


_SERVICE = {Kind.TABLE: "dynamodb", Kind.DATABASE: "rds", Kind.BUCKET: "s3", Kind.FILE_SYSTEM: "elasticfilesystem"}


def _tags_match(selection: Resource, resource: Resource) -> bool:
    tags = resource.get("tags", {})
    for block in (*selection.blocks("selection_tag"), *selection.blocks("backup_selection.list_of_tags")):
        key = str(block.get("key", block.get("condition_key", "")))
        value = str(block.get("value", block.get("condition_value", "")))
        if hasattr(tags, "get") and str(tags.get(key)) == value:
            return True
    return False


Rule = Callable[[Facts, Resource], tuple[State, str]]


def _unlisted(facts: Facts, resource: Resource) -> tuple[State, str]:
    return None, ""


def _always(facts: Facts, resource: Resource) -> tuple[State, str]:
    """Services that back up by themselves, and cannot be told not to."""
    return True, ""


def _days(path: str, default: int) -> Rule:
    def judge(facts: Facts, resource: Resource) -> tuple[State, str]:
        value = resource.get(path, default)
        if isinstance(value, Unknown):
            return None, path
        try:
            return float(value) > 0, path
        except (TypeError, ValueError):
            return None, path

    return judge


def _flag(path: str, default: bool = False) -> Rule:
    def judge(facts: Facts, resource: Resource) -> tuple[State, str]:
        return resource.truth(path, default=default), path

    return judge


def _instance(facts: Facts, resource: Resource) -> tuple[State, str]:
    """A replica is no store of its own; retention 0, the provider's default, means none."""
    if resource.get("replicate_source_db"):
        return True, ""
    return _days("backup_retention_period", 0)(facts, resource)


def versioned(facts: Facts, bucket: Resource) -> tuple[State, str]:
    """Whether a bucket keeps versions: by its own block, or by a resource of its own."""
    own = bucket.get("versioning.enabled")
    if own is not None:
        return truth(own), "versioning"
    for other in cloud.related(facts, bucket, "aws_s3_bucket_versioning"):
        status = other.get("versioning_configuration.status", "")
        return (None if isinstance(status, Unknown) else status == "Enabled"), ""
    return False, ""


def _file_system(facts: Facts, resource: Resource) -> tuple[State, str]:
    for policy in cloud.related(facts, resource, "aws_efs_backup_policy"):
        return str(policy.get("backup_policy.status", "")).upper() == "ENABLED", ""
    return False, ""


def _firestore(facts: Facts, resource: Resource) -> tuple[State, str]:
    recovers = resource.get("point_in_time_recovery_enablement") == "POINT_IN_TIME_RECOVERY_ENABLED"
    return recovers or bool(cloud.resources(facts, "google_firestore_backup_schedule")), ""


def _spanner(facts: Facts, resource: Resource) -> tuple[State, str]:
    return bool(cloud.resources(facts, "google_spanner_backup_schedule")), ""


def _azure_storage(facts: Facts, resource: Resource) -> tuple[State, str]:
    return resource.truth("blob_properties.versioning_enabled"), "blob_properties"


def _volume(facts: Facts, resource: Resource) -> tuple[State, str]:
    return False, ""


def _disk(facts: Facts, resource: Resource) -> tuple[State, str]:
    return bool(cloud.resources(facts, "google_compute_disk_resource_policy_attachment")), ""


def _scaleway(facts: Facts, resource: Resource) -> tuple[State, str]:
    off = resource.truth("disable_backup")
    return None if off is None else not off, "disable_backup"


_RULES: dict[str, Rule] = {
    "aws_db_instance": _instance,
    "aws_rds_cluster": _days("backup_retention_period", 1),
    "aws_docdb_cluster": _days("backup_retention_period", 1),
    "aws_neptune_cluster": _days("backup_retention_period", 1),
    "aws_redshift_cluster": _days("automated_snapshot_retention_period", 1),
    "aws_redshiftserverless_namespace": _always,
    "aws_lightsail_database": _flag("backup_retention_enabled", default=True),
    "aws_dynamodb_table": _flag("point_in_time_recovery.enabled"),
    "aws_keyspaces_table": _flag("point_in_time_recovery.status"),
    "aws_s3_bucket": versioned,
    "aws_efs_file_system": _file_system,
    "aws_ebs_volume": _volume,
    "google_sql_database_instance": _flag("settings.backup_configuration.enabled"),
    "google_alloydb_cluster": _flag("automated_backup_policy.enabled", default=True),
    "google_spanner_instance": _spanner,
    "google_firestore_database": _firestore,
    "google_bigquery_dataset": _always,
    "google_storage_bucket": _flag("versioning.enabled"),
    "google_compute_disk": _disk,
    "azurerm_postgresql_server": _days("backup_retention_days", 7),
    "azurerm_postgresql_flexible_server": _days("backup_retention_days", 7),
    "azurerm_mysql_server": _days("backup_retention_days", 7),
    "azurerm_mysql_flexible_server": _days("backup_retention_days", 7),
    "azurerm_mssql_database": _always,
    "azurerm_sql_database": _always,
    "azurerm_cosmosdb_account": _always,
    "azurerm_storage_account": _azure_storage,
    "digitalocean_database_cluster": _always,
    "digitalocean_spaces_bucket": _flag("versioning.enabled"),
    "mongodbatlas_cluster": _flag("cloud_backup"),
    "mongodbatlas_advanced_cluster": _flag("backup_enabled"),
    "scaleway_rdb_instance": _scaleway,
    "neon_project": _always,
    "planetscale_database": _always,
}
