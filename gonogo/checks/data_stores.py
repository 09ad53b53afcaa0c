"""Where a target keeps data: managed stores, containers that are databases, SQLite files, databases defined elsewhere.

What backups, deletion protection, encryption and restore are asked of. Needs: terraform, cloudformation, compose,
kubernetes, code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.checks import cloud, foreign
from gonogo.checks.cloud import opaque_modules
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.images import parse_image
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Object, Workload
from gonogo.facts.releases import Release
from gonogo.facts.resources import Resource, lookup
from gonogo.model.evidence import Place

MANAGED = (
    *(Kind.DATABASE, Kind.TABLE, Kind.BUCKET, Kind.FILE_SYSTEM, Kind.VOLUME, Kind.CACHE, Kind.SEARCH, Kind.STREAM),
    *(Kind.QUEUE, Kind.TOPIC),
)
"""Kinds of cloud resources that hold data."""
OF_RECORD = frozenset({Kind.DATABASE, Kind.TABLE, Kind.BUCKET, Kind.FILE_SYSTEM, Kind.VOLUME})
"""Kinds whose loss users notice, unless the name says that it is derived."""

_ENGINES = {
    "PostgreSQL": r"postgres\w*|postgresql\w*|pgvector|timescaledb[\w-]*|postgis|spilo[\w-]*|supabase-postgres",
    "MySQL": r"mysql|mysql-server|mariadb|percona[\w-]*",
    "MongoDB": r"mongo|mongodb[\w-]*|ferretdb",
    "SQL Server": r"mssql[\w-]*|azure-sql-edge",
    "Cassandra": r"cassandra|scylla",
    "CockroachDB": r"cockroach",
    "ClickHouse": r"clickhouse[\w-]*",
    "Elasticsearch": r"elasticsearch|opensearch",
    "Neo4j": r"neo4j|memgraph|dgraph|arangodb",
    "InfluxDB": r"influxdb",
    "CouchDB": r"couchdb|couchbase|rethinkdb",
    "vector database": r"qdrant|weaviate|milvus|chroma|chromadb",
    "MinIO": r"minio|seaweedfs|garage",
    "DynamoDB": r"dynamodb-local",
    "SurrealDB": r"surrealdb",
    "etcd": r"etcd",
    "search index": r"meilisearch|typesense|solr",
}
_CACHES = re.compile(r"(?:^|/)(?:redis[\w-]*|valkey|keydb|dragonfly|memcached)$")
_ENGINE_OF = tuple((engine, re.compile(rf"(?:^|/)(?:{pattern})$")) for engine, pattern in _ENGINES.items())
_DERIVED_ENGINES = frozenset({"Elasticsearch", "search index", "etcd"})
_DATA_PATHS = re.compile(
    r"^/(?:var/lib/(?:postgresql|mysql|mongodb|cassandra|clickhouse|neo4j)|data/db|bitnami/(?:postgresql|mysql|mariadb|mongodb)"
    r"|var/opt/mssql|cockroach)"
)
_STORE_NAMES = re.compile(
    r"(?:^|[-_.])(?:db|database|postgres|postgresql|mysql|mariadb|mongo|mongodb)\d*$", re.IGNORECASE
)
_DERIVED_NAMES = re.compile(
    r"(?:^|[-_./ ])(?:access-?logs?|logs?|logging|cloudtrail|trail|audit-?logs?|flow-?logs?|artifacts?|pipeline"
    r"|codepipeline|codebuild|builds?|deploy(?:ment)?s?|lambda-?(?:code|src|source|packages?)|source-?code"
    r"|tf-?state|tfstate|terraform-?state|state-?lock(?:s|ing)?|locks?|website|web-?site|static|frontend|front-end"
    r"|web-?app|webapp|assets?|cdn|spa|site|cache|caching|sessions?|temp|tmp|scratch|athena\w*|spill|backups?|releases?|source|replica"
    r"|query-?results?|inventory|replication-?logs|connections?|idempotency|rate-?limit\w*|tokens?|otp|nonces?"
    r"|locking|lock-?table|redirects?|maintenance|dist|packages?|layers?)(?:$|[-_./ ])",
    re.IGNORECASE,
)
_STORE_MODULES = re.compile(
    r"(?:^|[/_.-])(?:rds|aurora|postgres\w*|mysql|sql(?:-?db)?|s3(?:[_-]\w+)?|bucket|dynamodb|mongo\w*|cosmos\w*"
    r"|database|db|documentdb|efs|storage)(?:$|[/_.?-])",
    re.IGNORECASE,
)
_OPERATORS = {
    "postgresql.cnpg.io": "PostgreSQL",
    "acid.zalan.do": "PostgreSQL",
    "postgres-operator.crunchydata.com": "PostgreSQL",
    "mysql.oracle.com": "MySQL",
    "psmdb.percona.com": "MongoDB",
    "mongodbcommunity.mongodb.com": "MongoDB",
    "k8ssandra.io": "Cassandra",
    "pxc.percona.com": "MySQL",
}
_OPERATOR_KINDS = frozenset(
    {"Cluster", "postgresql", "PostgresCluster", "InnoDBCluster", "PerconaServerMongoDB", "MongoDBCommunity"}
    | {"K8ssandraCluster", "PerconaXtraDBCluster"}
)
_CLOUD_DATABASES = frozenset({"dynamodb", "docdb", "firestore", "cosmos", "spanner", "bigtable"})
_CLOUD_CLIENTS = re.compile(r"firestore|\.datastore|bigtable|spanner|cosmos|dynamodb", re.IGNORECASE)
_MEMORY = re.compile(r":memory:|mode=memory|^[\"']{2}$")


@dataclass(frozen=True)
class Store:
    """Something that keeps data."""

    name: str
    kind: str
    """``PostgreSQL``, ``bucket``, ``table``, ``SQLite file`` ..."""
    place: Place
    origin: str
    """``cloud``, ``compose``, ``kubernetes``, ``code`` (a file), ``elsewhere`` (a client of a database that no file
    defines)."""
    of_record: bool
    managed: bool = False
    """Whether a cloud provider runs it."""
    resource: Resource | None = None
    service: Service | None = None
    workload: Workload | None = None
    custom: Object | None = None
    """The custom resource of an operator."""
    release: Release | None = None
    """The chart from elsewhere that makes it."""

    @property
    def defined(self) -> bool:
        """Whether the target itself defines it."""
        return self.origin != "elsewhere"

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})" if self.kind.lower() not in self.name.lower() else self.name


def find_stores(facts: Facts) -> tuple[Store, ...]:
    """All data stores. What containers keep is left out where a database is managed in a cloud: there it is for
    development; a database that no file defines counts where there is no other."""
    managed = tuple(_managed(facts))
    own: list[Store] = [*_composed(facts), *_in_cluster(facts)]
    if any(store.of_record and store.kind in (Kind.DATABASE, Kind.TABLE) for store in managed if _is_on(store)):
        own = [store for store in own if not store.of_record and store.origin != "compose"]
    found = (*managed, *own, *_released(facts))
    if any(s.of_record and s.kind not in (Kind.BUCKET, Kind.VOLUME, Kind.FILE_SYSTEM) for s in found):
        return found
    return (*found, *_embedded(facts), *_elsewhere(facts))


def stores_of_record(facts: Facts) -> tuple[Store, ...]:
    """The stores whose loss users would notice. Opt-in ones decide only where there is no other."""
    stores = tuple(store for store in find_stores(facts) if store.of_record)
    return tuple(store for store in stores if _is_on(store)) or stores


def defined_stores(facts: Facts) -> tuple[Store, ...]:
    """All stores that the target defines, of record or not; opt-in ones only where there is no other."""
    stores = tuple(store for store in find_stores(facts) if store.defined)
    return tuple(store for store in stores if _is_on(store)) or stores


def opaque_stores(facts: Facts) -> tuple[Place, ...]:
    """Calls of unknown modules whose names say that they make a data store. Needs: terraform."""
    return tuple(module.at for module in opaque_modules(facts) if _STORE_MODULES.search(module.source))


def engine_of(image: str) -> str:
    """The database that an image is, by name; empty for none."""
    name = parse_image(image).name
    return next((engine for engine, pattern in _ENGINE_OF if pattern.search(name)), "")


def _is_on(store: Store) -> bool:
    return store.resource is None or store.resource.exists is not False


def _managed(facts: Facts) -> Iterator[Store]:
    several = sum(t.audited and t.flavour in _TEMPLATES for t in facts.cloudformation.templates) > 1
    for resource in cloud.resources(facts, *MANAGED, dormant=True):
        if resource.type in _PARTS:
            continue
        record = resource.kind in OF_RECORD and not is_derived(resource) and not _expires(facts, resource)
        # A logical id is a name in its own template only.
        name = (
            f"{resource.address} of {resource.root}" if several and resource.origin in _TEMPLATES else resource.address
        )
        yield Store(name, resource.kind, resource.at, "cloud", record, managed=True, resource=resource)


_TEMPLATES = frozenset({"cloudformation", "sam", "serverless"})
_SHORT_DAYS = 31


def _expires(facts: Facts, resource: Resource) -> bool:
    """Whether all objects of a bucket go after a month or less: it passes data on."""
    if resource.kind is not Kind.BUCKET:
        return False
    rules = [*resource.blocks("lifecycle_rule")]
    for other in cloud.related(facts, resource, "aws_s3_bucket_lifecycle_configuration"):
        rules += other.blocks("rule")
    for rule in rules:
        scoped = lookup(rule, "prefix") or lookup(rule, "filter.prefix") or lookup(rule, "filter.tag")
        days = lookup(rule, "expiration.days", lookup(rule, "expiration_in_days", lookup(rule, "expiration")))
        if not scoped and isinstance(days, int | float) and 0 < days <= _SHORT_DAYS:
            return True
    return False


_PARTS = frozenset(
    {"aws_rds_cluster_instance", "aws_docdb_cluster_instance", "aws_rds_global_cluster", "azurerm_storage_container"}
    | {"azurerm_mssql_server", "azurerm_sql_server", "aws_cloudwatch_event_bus", "azurerm_storage_queue"}
    | {"google_bigtable_table", "google_bigquery_table", "azurerm_storage_share", "azurerm_storage_table"}
    | {"google_pubsub_subscription", "google_cloud_tasks_queue", "azurerm_eventhub"}
)
"""Parts of a store that is another resource, and what holds no data itself."""


def is_derived(resource: Resource) -> bool:
    """Says whether a store's name, or a table's expiry, says that users would not miss what is in it."""
    names = [resource.name, *(str(resource.get(key, "")) for key in ("bucket", "name", "table_name", "identifier"))]
    tail = resource.base.split(".")
    names += [part for part in tail if part not in ("module", "this", "default", "main", resource.type)]
    return any(_DERIVED_NAMES.search(_words(name)) for name in names if name)


def _words(name: str) -> str:
    """CamelCase as dashed words, so that ``AccessLogsBucket`` reads as a name does elsewhere."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", re.sub(r"\$\{[^}]*\}", "", name))


def _composed(facts: Facts) -> Iterator[Store]:
    for service in facts.compose.services:
        engine = engine_of(service.image) or _engine_by_use(service)
        if engine:
            name = f"{service.name} ({engine})" if engine.lower() not in service.name.lower() else service.name
            record = engine not in _DERIVED_ENGINES
            yield Store(name, engine, service.at, "compose", record, service=service)
        elif _CACHES.search(parse_image(service.image).name):
            yield Store(service.name, Kind.CACHE, service.at, "compose", False, service=service)


def _engine_by_use(service: Service) -> str:
    """A database by where it keeps its data, or by its name, where the image is one's own."""
    if any(_DATA_PATHS.match(mount.target) for mount in service.mounts):
        return "database"
    own = service.build is not None or "/" in service.image
    return "database" if own and _STORE_NAMES.search(service.name) else ""


def _in_cluster(facts: Facts) -> Iterator[Store]:
    seen: set[str] = set()
    for workload in facts.kubernetes.workloads:
        if not workload.long_running:
            continue
        for container in workload.mains:
            engine = engine_of(container.image)
            is_cache = bool(_CACHES.search(parse_image(container.image).name))
            named = not engine and not is_cache and len(workload.mains) == 1 and _STORE_NAMES.search(workload.name)
            if (engine or named) and workload.symbol not in seen:
                seen.add(workload.symbol)
                kind = engine or "database"
                record = kind not in _DERIVED_ENGINES
                yield Store(workload.symbol, kind, workload.at, "kubernetes", record, workload=workload)
            elif is_cache and workload.symbol not in seen:
                seen.add(workload.symbol)
                yield Store(workload.symbol, Kind.CACHE, workload.at, "kubernetes", False, workload=workload)
    for item in facts.kubernetes.objects:
        if item.group in _OPERATORS and item.kind in _OPERATOR_KINDS:
            yield Store(item.symbol, _OPERATORS[item.group], item.at, "kubernetes", True, custom=item)


def _released(facts: Facts) -> Iterator[Store]:
    """Stores that charts from elsewhere make, once for each name."""
    seen: set[str] = set()
    for release in foreign.releases(facts):
        name = f"{release.name or release.chart} (chart {release.chart})"
        engine = "" if _OPERATOR_CHARTS.search(release.chart) else engine_of(release.chart.removesuffix("-ha"))
        kept = foreign.keeps(release)
        if name in seen or release.chart.startswith("http"):
            continue
        seen.add(name)
        if kept is not None:
            place = release.place(kept.path) if kept.path else release.at
            yield Store(name, kept.kind, place, "kubernetes", kept.of_record, release=release)
        elif engine:
            record = engine not in _DERIVED_ENGINES
            yield Store(name, engine, release.at, "kubernetes", record, release=release)
        elif _CACHES.search(release.chart.removesuffix("-ha").removesuffix("-cluster")):
            yield Store(name, Kind.CACHE, release.at, "kubernetes", False, release=release)


_OPERATOR_CHARTS = re.compile(r"operator|exporter|-ui$|admin|backup|gateway", re.IGNORECASE)
"""Charts that are named after a database and are none."""


def _embedded(facts: Facts) -> Iterator[Store]:
    """SQLite files that reached code opens; a path that nothing gives is taken for a file."""
    seen: set[str] = set()
    for client in facts.code.clients:
        arguments = " ".join(argument.text for argument in client.call.arguments)
        is_sqlite = client.library == "sqlite" or "sqlite:///" in arguments
        if not is_sqlite or _MEMORY.search(arguments) or client.at.path in seen:
            continue
        seen.add(client.at.path)
        yield Store(f"the SQLite file of {client.at.path}", "SQLite file", client.at, "code", True)
    if seen:
        return
    for file in facts.code.files:
        for read in file.env if file.reached else ():
            if (
                isinstance(read.fallback, str)
                and read.fallback.startswith("sqlite")
                and not _MEMORY.search(read.fallback)
            ):
                yield Store(f"the SQLite file of {file.path}", "SQLite file", read.at, "code", True)
                return


def _elsewhere(facts: Facts) -> Iterator[Store]:
    """Databases that reached code has a client of."""
    seen: set[str] = set()
    for client in facts.code.clients:
        arguments = " ".join(argument.text for argument in client.call.arguments)
        named = client.service in _CLOUD_DATABASES or bool(_CLOUD_CLIENTS.search(client.call.name))
        kept = client.kind == "database" or (client.kind == "cloud" and named)
        is_file = client.library == "sqlite" or "sqlite" in arguments
        if kept and not is_file and facts.code.is_reached(client.at.path) and client.library not in seen:
            seen.add(client.library)
            name = f"the database that {client.at.path} connects to by {client.library}"
            yield Store(name, "database", client.at, "elsewhere", True)
