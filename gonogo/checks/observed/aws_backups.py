"""Whether the data stores of an AWS account are backed up, and protected from a mistaken delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TypeAlias

from gonogo.checks import data_stores
from gonogo.checks.data_stores import Store, is_derived
from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import verb
from gonogo.checks.observed.aws_beside import unread_services
from gonogo.checks.observed.aws_items import AWS, is_elsewhere, is_tooling, only_beside
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import agreed, counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.facts.resources import Resource
from gonogo.model.assessment import Outcome, Problem

KINDS = ("rds.instance", "rds.cluster", "dynamodb.table", "s3.bucket")
OLDEST = timedelta(days=8)
"""How old the last backup of a plan may be: weekly ones, and a day."""
Answer: TypeAlias = "tuple[bool | None, str]"
"""Whether a store has it (None where its record does not say), and the key of its record that tells."""


def backups(facts: Facts) -> Outcome:
    """Each store of record has backups by itself, or a recent one of a backup plan."""
    planned = {
        str(item.get("ResourceArn", default=item.name)): item
        for item in facts.live.of(AWS, "backup.protected_resource")
    }
    recent = {arn for arn, item in planned.items() if _is_recent(item, facts.live.snapshot.taken)}

    def has(item: Seen) -> Answer:
        found, key = _BACKED_UP[item.record.kind](item)
        return (True, key) if found is not True and _arn(item) in recent else (found, key)

    needs = (*KINDS, "dynamodb.table:ContinuousBackups", "s3.bucket:Versioning", "backup.protected_resource", _VOLUME)
    outcome = _each_store(facts, has, "automatic backup", needs)
    bare = [
        Unseen(f"volume {item.name} outlives its instance, no plan has it, and snapshots are not read", item.place)
        for item in facts.live.of(AWS, _VOLUME)
        if _holds_data(item) and not is_elsewhere(facts, item) and not any(a.endswith(f"/{item.name}") for a in recent)
    ]
    return only_beside(left_open(outcome, bare, "backups"), unread_services(facts, _UNREAD))


_VOLUME = "ec2.volume"
_UNREAD = ("elasticfilesystem", "fsx", "redshift", "es", "timestream", "memorydb")
"""Services that keep data and whose backups are not read."""


def _holds_data(volume: Seen) -> bool:
    """Whether a volume in use is meant to stay when its instance goes: roots and scratch space go with it."""
    attached = volume.get("Attachments", default=[])
    return bool(attached) and all(one.get("DeleteOnTermination") is False for one in attached)


def deletion_protection(facts: Facts) -> Outcome:
    """Each store of record refuses to be deleted by mistake, or keeps versions."""
    return _each_store(facts, lambda item: _PROTECTED[item.record.kind](item), "protection", _KEPT)


_KEPT = (*KINDS, "s3.bucket:Versioning")


def _each_store(facts: Facts, has: Callable[[Seen], Answer], what: str, needs: Iterable[str]) -> Outcome:
    stores = stores_of_record(facts)
    problems, unseen = [], []
    for item in stores:
        found, key = has(item)
        if found is False:
            problems.append(Problem(f"{_NAMED[item.record.kind]} {item.name} has no {what}", item.at(key)))
        elif found is None:
            unseen.append(Unseen(f"{_NAMED[item.record.kind]} {item.name}: its {key} was not seen", item.place))
    total = counted(len(stores), "data store")
    outcome = judged(
        facts,
        AWS,
        KINDS,
        problems,
        stores,
        bad=f"{len(problems)} of {total} of record {verb(len(problems), 'have')} no {what}",
        good=f"{len(stores)} of {total} of record {verb(len(stores), 'have')} {what}",
        needs=tuple(needs),
    )
    outcome = left_open(outcome, unseen, f"whether {agreed(len(unseen), 'data store has', 'data stores have')} {what}")
    return only_beside(outcome, [str(store) for store in _others(facts)])


def _others(facts: Facts) -> Iterator[Store]:
    """Stores of the files that the records of these kinds do not show: in containers, of other services or clouds."""
    engines = {str(item.get("Engine")) for item in facts.live.of(AWS, "rds.instance", "rds.cluster")}
    for store in data_stores.stores_of_record(facts):
        if store.resource is not None:
            if store.resource.type not in _TYPES.values():
                yield store
        elif store.origin != "elsewhere" or not any(store.kind.lower()[:8] in engine for engine in engines):
            yield store


def stores_of_record(facts: Facts) -> list[Seen]:
    """The databases, tables and buckets whose loss users would notice, of the audited environment."""
    return [
        item
        for item in facts.live.of(AWS, *KINDS)
        if not is_elsewhere(facts, item)
        and not _is_part(item)
        and not is_derived(Resource(_TYPES[item.record.kind], item.name, item.name, {}, item.place))
        and not _passes_on(item)
        and not is_tooling(item)
    ]


def _is_part(item: Seen) -> bool:
    """A replica, or an instance of a cluster: its cluster or source is the store."""
    if item.record.kind == "rds.cluster":
        return bool(item.get("ReplicationSourceIdentifier"))
    return bool(item.get("DBClusterIdentifier") or item.get("ReadReplicaSourceDBInstanceIdentifier"))


def _passes_on(item: Seen) -> bool:
    """Whether all objects of a bucket go after a month, or all items of a table by their time to live."""
    if item.get("TimeToLive", "TimeToLiveStatus") == "ENABLED":
        return True
    for rule in item.get("Lifecycle", "Rules", default=[]):
        days = (rule.get("Expiration") or {}).get("Days")
        narrow = rule.get("Prefix") or any((rule.get("Filter") or {}).values())
        if rule.get("Status") == "Enabled" and not narrow and isinstance(days, int) and 0 < days <= 31:
            return True
    return False


def _is_recent(item: Seen, taken: str) -> bool:
    last, now = moment(item.get("LastBackupTime")), moment(taken)
    return last is not None and now is not None and now - last <= OLDEST


def _arn(item: Seen) -> str:
    if item.record.kind == "s3.bucket":
        return f"arn:aws:s3:::{item.name}"
    return str(item.get("DBInstanceArn") or item.get("DBClusterArn") or item.get("TableArn"))


def _retention(item: Seen) -> Answer:
    days = item.get("BackupRetentionPeriod")
    return (days > 0 if isinstance(days, int) else None), "BackupRetentionPeriod"


def _point_in_time(item: Seen) -> Answer:
    status = item.get("ContinuousBackups", "PointInTimeRecoveryDescription", "PointInTimeRecoveryStatus")
    if "ContinuousBackups" not in item.data:
        return None, "ContinuousBackups"
    return status == "ENABLED", "ContinuousBackups"


def _versions(item: Seen) -> Answer:
    """``Status`` is absent where versioning was never on."""
    if "Versioning" not in item.data:
        return None, "Versioning"
    return item.get("Versioning", "Status") == "Enabled", "Versioning"


def _flag(key: str) -> Callable[[Seen], Answer]:
    def read(item: Seen) -> Answer:
        return (bool(item.get(key)) if key in item.data else None), key

    return read


def _table_flag(item: Seen) -> Answer:
    """AWS leaves it out of tables that never had it."""
    return bool(item.get("DeletionProtectionEnabled")), "DeletionProtectionEnabled"


_BACKED_UP: dict[str, Callable[[Seen], Answer]] = {
    "rds.instance": _retention,
    "rds.cluster": _retention,
    "dynamodb.table": _point_in_time,
    "s3.bucket": _versions,
}
_PROTECTED: dict[str, Callable[[Seen], Answer]] = {
    "rds.instance": _flag("DeletionProtection"),
    "rds.cluster": _flag("DeletionProtection"),
    "dynamodb.table": _table_flag,
    "s3.bucket": _versions,
}
_NAMED = {
    "rds.instance": "database",
    "rds.cluster": "database cluster",
    "dynamodb.table": "table",
    "s3.bucket": "bucket",
}
_TYPES = {
    "rds.instance": "aws_db_instance",
    "rds.cluster": "aws_rds_cluster",
    "dynamodb.table": "aws_dynamodb_table",
    "s3.bucket": "aws_s3_bucket",
}
