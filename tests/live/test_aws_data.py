"""Data, secrets and versions of an account: each check passes, fails and says what it could not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.checks.observed.aws_data import data_classification, encryption_at_rest, image_scanning, public_storage
from gonogo.checks.observed.aws_runtimes import supported_runtimes
from gonogo.checks.observed.aws_secrets import secrets_manager, secrets_rotation
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Gap, Record
from tests.live.account import ACCOUNT, REGION, aws, function, gap, service, task
from tests.live.observed import facts_of

Check = Callable[[Facts], Outcome]
SECRET = "[looks like a secret]"


def judge(check: Check, *records: Record, gaps: tuple[Gap, ...] = (), files: dict[str, str] | None = None) -> Outcome:
    return check(facts_of(records, gaps, files, given=("aws",)))


def lambda_with(name: str, **variables: str) -> Record:
    return function(name, Environment={"Variables": variables})


def bucket(name: str, **data: Any) -> Record:
    whole = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    found: dict[str, Any] = {"Name": name, "PublicAccessBlock": whole, "PolicyStatus": None}
    return aws("s3.bucket", name, **found | data)


def queue(name: str, **attributes: str) -> Record:
    return aws("sqs.queue", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}", Attributes=attributes)


def database(name: str, **data: Any) -> Record:
    found: dict[str, Any] = {"StorageEncrypted": True, "Engine": "postgres", "EngineVersion": "16.3"}
    return aws("rds.instance", name, **found | data)


def secret(name: str, **data: Any) -> Record:
    return aws("secretsmanager.secret", name, **data)


def repository(name: str, scans: bool | None) -> Record:
    return aws("ecr.repository", name, imageScanningConfiguration={"scanOnPush": scans})


ACCOUNT_BLOCK = {"PublicAccessBlockConfiguration": bucket("b").data["PublicAccessBlock"]}
OPEN = {"PublicAccessBlock": None, "PolicyStatus": {"IsPublic": True}}
NO_ACCOUNT = aws("s3.account_public_access", "account", "global", PublicAccessBlockConfiguration=None)
ROTATES = {"RotationEnabled": True, "RotationRules": {"AutomaticallyAfterDays": 30}}
PLAIN_TASK = task("old", environment=[{"name": "TOKEN", "value": SECRET}])
TAGGED = [{"Key": "DataClassification", "Value": "internal"}]

EVERYBODY = {"Group": "http://acs.amazonaws.com/groups/global/AllUsers", "Permission": "READ"}
OWNERS = {"Group": "http://acs.amazonaws.com/groups/s3/LogDelivery", "Permission": "WRITE"}

GOOD: list[tuple[Check, list[Record]]] = [
    (secrets_manager, [lambda_with("f", TABLE="[value]"), function("g")]),
    (secrets_manager, [service("web"), task("web", environment=[{"name": "TABLE", "value": "[value]"}])]),
    (secrets_rotation, [secret("db", **ROTATES, LastRotatedDate="2026-05-20T00:00:00+00:00")]),
    (secrets_rotation, [secret("rds!db", OwningService="rds")]),
    (secrets_rotation, [secret("kept", **ROTATES), secret("gone", DeletedDate="2026-05-20T00:00:00+00:00")]),
    (secrets_rotation, [secret("kept", **ROTATES), secret("copy", PrimaryRegion="us-east-1")]),
    (
        encryption_at_rest,
        [
            database("db"),
            queue("q", SqsManagedSseEnabled="true"),
            bucket("b"),
            queue("k", KmsMasterKeyId="alias/q", SqsManagedSseEnabled="false"),
        ],
    ),
    (encryption_at_rest, [aws("ec2.volume", "vol-1", Encrypted=True), aws("dynamodb.table", "t")]),
    (
        encryption_at_rest,
        [bucket("b"), aws("elasticache.cluster", "memory", Engine="memcached", AtRestEncryptionEnabled=False)],
    ),
    (
        encryption_at_rest,
        [
            aws("rds.cluster", "c", StorageEncrypted=True),
            database("one", DBClusterIdentifier="c", StorageEncrypted=False),
        ],
    ),
    (public_storage, [bucket("b")]),
    (public_storage, [bucket("b", PublicAccessBlock=None, Acl=[OWNERS]), NO_ACCOUNT]),
    (public_storage, [bucket("b", **OPEN), aws("s3.account_public_access", "account", "global", **ACCOUNT_BLOCK)]),
    (image_scanning, [repository("web", True)]),
    (data_classification, [bucket("b", Tags=TAGGED), database("db", TagList=TAGGED)]),
    (
        data_classification,
        [
            aws("dynamodb.table", "t", TableArn="arn:aws:dynamodb:x:1:table/t"),
            aws(
                "tagging.resource",
                "arn:aws:dynamodb:x:1:table/t",
                ResourceARN="arn:aws:dynamodb:x:1:table/t",
                Tags=TAGGED,
            ),
        ],
    ),
    (
        supported_runtimes,
        [function("f", Runtime="python3.13"), aws("eks.cluster", "c", version="1.34"), database("db")],
    ),
    (
        supported_runtimes,
        [database("db", EngineVersion="12.9", EngineLifecycleSupport="open-source-rds-extended-support")],
    ),
    (supported_runtimes, [aws("eks.cluster", "c", version="1.33", upgradePolicy={"supportType": "EXTENDED"})]),
]


@pytest.mark.parametrize(("check", "records"), GOOD, ids=lambda item: getattr(item, "__name__", ""))
def test_what_is_in_order_passes(check: Check, records: list[Record]) -> None:
    found = judge(check, *records)
    assert found.status is Status.PASS
    assert found.places


BAD: list[tuple[Check, list[Record], str]] = [
    (secrets_manager, [lambda_with("f", API_TOKEN=SECRET, TABLE="[value]")], "function f has API_TOKEN"),
    (secrets_manager, [service("old"), PLAIN_TASK], "task old:1 has TOKEN"),
    (secrets_rotation, [secret("db", RotationEnabled=False)], "secret db has no rotation"),
    (secrets_rotation, [secret("db")], "secret db has no rotation"),
    (
        secrets_rotation,
        [secret("db", **ROTATES, LastRotatedDate="2025-12-01T00:00:00+00:00")],
        "should rotate every 30 days and last did so on 2025-12-01",
    ),
    (encryption_at_rest, [bucket("b"), database("db", StorageEncrypted=False)], "database db is not encrypted"),
    (encryption_at_rest, [aws("rds.cluster", "c", StorageEncrypted=False)], "database cluster c is not encrypted"),
    (encryption_at_rest, [aws("ec2.volume", "vol-1", Encrypted=False)], "volume vol-1 is not encrypted"),
    (encryption_at_rest, [queue("work", SqsManagedSseEnabled="false")], "queue work is not encrypted"),
    (
        encryption_at_rest,
        [aws("elasticache.replication_group", "c", AtRestEncryptionEnabled=False)],
        "cache c is not encrypted",
    ),
    (public_storage, [bucket("b", **OPEN), NO_ACCOUNT, bucket("c")], "bucket b has a policy that is public"),
    (public_storage, [bucket("b", **OPEN)], "bucket b has a policy that is public"),
    (
        public_storage,
        [bucket("b", PublicAccessBlock=None, Acl=[EVERYBODY])],
        "bucket b has an ACL that is public (READ)",
    ),
    (supported_runtimes, [function("f", Runtime="nodejs16.x")], "function f: support of nodejs16.x ended on"),
    (supported_runtimes, [aws("eks.cluster", "c", version="1.29")], "cluster c: support of 1.29 ended on 2026-03-23"),
    (supported_runtimes, [database("db", EngineVersion="10.1")], "database db: support of 10.1 ended"),
    (supported_runtimes, [aws("elasticache.cluster", "r", Engine="redis", EngineVersion="3.2.10")], "cache r"),
]


@pytest.mark.parametrize(("check", "records", "what"), BAD, ids=lambda item: item if isinstance(item, str) else "")
def test_what_is_not_in_order_fails(check: Check, records: list[Record], what: str) -> None:
    found = judge(check, *records)
    assert found.status is Status.FAIL
    assert what in found.reason
    assert found.problems[0].place is not None


def without(record: Record, *keys: str) -> Record:
    return record.model_copy(update={"data": {k: v for k, v in record.data.items() if k not in keys}})


UNSEEN: list[tuple[Check, list[Record], tuple[str, ...]]] = [
    (secrets_manager, [lambda_with("f")], ("lambda.function",)),
    (secrets_manager, [lambda_with("f")], ("ecs.task_definition",)),
    (secrets_manager, [function("f", Environment={"Error": {"ErrorCode": "AccessDenied"}})], ()),
    (secrets_manager, [service("w"), task("w", environmentFiles=[{"value": "arn:aws:s3:::b/e", "type": "s3"}])], ()),
    (secrets_rotation, [secret("db", **ROTATES)], ("secretsmanager.secret",)),
    *((encryption_at_rest, [bucket("b")], (kind,)) for kind in ("ec2.volume", "rds.instance", "sqs.queue:Attributes")),
    (encryption_at_rest, [without(queue("q"), "Attributes")], ()),
    (encryption_at_rest, [without(database("db"), "StorageEncrypted")], ()),
    (public_storage, [bucket("b")], ("s3.bucket",)),
    (public_storage, [bucket("b", PublicAccessBlock=None), NO_ACCOUNT], ()),
    (public_storage, [without(bucket("b"), "PublicAccessBlock"), NO_ACCOUNT], ("s3.bucket:PublicAccessBlock",)),
    (public_storage, [bucket("b", **OPEN)], ("s3.account_public_access",)),
    (
        public_storage,
        [without(bucket("b", PublicAccessBlock={"IgnorePublicAcls": True}), "PolicyStatus"), NO_ACCOUNT],
        ("s3.bucket:PolicyStatus",),
    ),
    (image_scanning, [repository("web", True)], ("ecr.repository",)),
    (data_classification, [bucket("b", Tags=TAGGED)], ("dynamodb.table",)),
    (data_classification, [bucket("b", Tags=TAGGED)], ("tagging.resource",)),
    (supported_runtimes, [function("f", Runtime="python3.13")], ("lambda.function",)),
    (supported_runtimes, [function("f", Runtime="cobol85")], ()),
    (supported_runtimes, [aws("eks.cluster", "c", version="1.33")], ()),
    (supported_runtimes, [database("db", EngineVersion="12.9")], ()),
]


@pytest.mark.parametrize(("check", "records", "gaps"), UNSEEN, ids=lambda item: getattr(item, "__name__", ""))
def test_what_was_not_seen_is_open(check: Check, records: list[Record], gaps: tuple[str, ...]) -> None:
    found = judge(check, *records, gaps=tuple(gap(kind) for kind in gaps))
    assert found.status is Status.UNVERIFIED
    assert not any(value in found.reason for value in (SECRET,))


CHECKS = (secrets_manager, secrets_rotation, encryption_at_rest, public_storage, image_scanning, supported_runtimes)


@pytest.mark.parametrize("check", CHECKS)
def test_an_account_without_any_says_nothing(check: Check) -> None:
    assert judge(check).status is Status.NOT_APPLICABLE


def test_only_task_definitions_that_may_run_count() -> None:
    later = task("old", environment=[])
    later.data.update(revision=2, family="old")
    first = PLAIN_TASK.model_copy(update={"data": {**PLAIN_TASK.data, "revision": 1, "family": "old"}})
    newest = later.model_copy(update={"name": later.name.replace(":1", ":2")})
    assert judge(secrets_manager, first, newest).status is Status.PASS
    assert judge(secrets_manager, first).status is Status.FAIL


def test_repositories_without_scans_and_stores_without_classes_say_nothing() -> None:
    """What scans images and what classifies data may be elsewhere."""
    assert judge(image_scanning, repository("a", True), repository("b", False)).status is Status.NOT_APPLICABLE
    assert judge(data_classification, bucket("a", Tags=TAGGED), bucket("b", Tags=None)).status is Status.NOT_APPLICABLE


def test_stores_that_are_not_read_keep_the_account_from_settling_it() -> None:
    found = judge(
        encryption_at_rest,
        bucket("b"),
        aws("tagging.resource", "arn:aws:redshift:x:1:cluster/c", ResourceARN="arn:aws:redshift:x:1:cluster/c"),
    )
    assert found.status is Status.NOT_APPLICABLE
    assert "resources of redshift" in found.reason
    compose = {
        "compose.yaml": "services:\n  db:\n    image: postgres:16\n    volumes: [data:/var/lib/postgresql/data]\n"
    }
    assert judge(encryption_at_rest, bucket("b"), files=compose).status is Status.NOT_APPLICABLE


def test_reasons_name_five_at_most() -> None:
    found = judge(supported_runtimes, *(function(f"f{number:03}", Runtime="nodejs16.x") for number in range(40)))
    assert found.reason.count("function f") == 5
    assert "and 35 more" in found.reason


@pytest.mark.parametrize("kind", ["eks.cluster", "tagging.resource"])
def test_where_others_may_be_unlisted_nothing_is_settled(kind: str) -> None:
    assert judge(encryption_at_rest, bucket("b"), gaps=(gap(kind),)).status is Status.NOT_APPLICABLE
