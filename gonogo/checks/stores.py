"""What the target keeps: data stores of record, and data of persons in them. ``scope`` hands these questions on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import cloud
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.repository import File, Role
from gonogo.model.evidence import Place

_STORE_IMAGES = re.compile(
    r"(^|/)(postgres\w*|postgis|pgvector|timescaledb[\w-]*|mysql[\w-]*|mariadb[\w-]*|mongo\w*|percona[\w-]*"
    r"|cassandra|scylla|cockroach\w*|clickhouse[\w-]*"
    r"|neo4j|couchdb|couchbase|influxdb\w*|mssql[\w-]*|azure-sql-edge|qdrant|weaviate|milvus|chroma\w*|minio|rqlite"
    r"|surrealdb|dgraph|arangodb|questdb|oracle[\w-]*"
    r"|elasticsearch|opensearch|meilisearch|typesense|rethinkdb|firebird|db2)$",
    re.IGNORECASE,
)
_OPERATED = (
    "Cluster",
    "Postgresql",
    "PostgresCluster",
    "PerconaServerMongoDB",
    "MongoDBCommunity",
    "InnoDBCluster",
    "MariaDB",
)
_OPERATED_GROUPS = (
    "postgresql.cnpg.io",
    "acid.zalan.do",
    "postgres-operator.crunchydata.com",
    "psmdb.percona.com",
    "mongodbcommunity.mongodb.com",
    "mysql.oracle.com",
    "k8s.mariadb.com",
)
_PASSING = re.compile(
    r"log|artifact|tf-?state|terraform|asset|static|website|\bweb\b|cdn|tmp|temp|deploy|\bcode\b|lambda|trail|build"
    r"|pipeline|backup|config|athena|cache|inventory",
    re.IGNORECASE,
)
_LOCKS = re.compile(r"lock|tf-?state|terraform|session|cache|idempoten|rate", re.IGNORECASE)
_CODE = (
    "*.py",
    "*.ts",
    "*.tsx",
    "*.js",
    "*.mjs",
    "*.go",
    "*.java",
    "*.kt",
    "*.rb",
    "*.php",
    "*.cs",
    "*.rs",
    "*.scala",
    "*.ex",
    "*.sql",
    "*.prisma",
    "*.graphql",
    "*.gql",
    "*.proto",
)
_NAMES = (
    r"e_?mail(_?address)?|phone(_?number)?|mobile(_?number)?|first_?name|last_?name|full_?name|given_?name"
    r"|family_?name|surname|date_?of_?birth"
    r"|birth_?(date|day)|dob|ssn|social_?security(_?number)?|passport(_?number)?|national_?id|home_?address"
    r"|postal_?address|street_?address|shipping_?address"
    r"|billing_?address|ip_?address"
)
_FIELD = re.compile(
    rf"^\s*(?:"
    rf"(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|protected|readonly|final|required|optional|val|var|let|static"
    rf"|internal|string|repeated)\s+)*"
    rf"(?:(?:String|string|str|EmailStr|citext|Text|Email)\??\s+)?(?:{_NAMES})\s*(?:\??\s*[:;]|\s*=\s*(?:models\."
    rf"|db\.|Column|mapped_column|Field|sa\.|fields?\.|serializers\.|\d))"
    rf"|[`\"\[]?(?:{_NAMES})[`\"\]]?\s+(?:varchar|n?varchar2?|text|citext|char|string|character|email|date|String\b)"
    rf"|(?:{_NAMES})\s+\*?(?:string|sql\.NullString|time\.Time)\b"
    rf"|t\.(?:string|text|citext|column|date)\s*\(?\s*[:\"'](?:{_NAMES})\b"
    rf"|\$table->\w+\(['\"](?:{_NAMES})['\"]"
    rf"|(?:private|protected|public)\s+[\w<>?]+\s+(?:{_NAMES})\s*[;={{]"
    rf"|public\s+string\??\s+(?:{_NAMES})\s*\{{"
    rf")",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"AbstractUser\b|AbstractBaseUser|SQLAlchemyBaseUserTable|devise\s+:|IdentityUser\b|\b(pii|gdpr"
    r"|personal[_ ]data|personally identifiable)\b",
    re.IGNORECASE,
)
_STORED = re.compile(
    r"(^|/|_|\.)(models?|entit(y|ies)|schemas?|migrations?|domain|db|database|tables?|repositor(y|ies)|dao|prisma"
    r"|alembic)(/|_|\.|$)|\.(sql|prisma)$|Entity\.|Model\.",
    re.IGNORECASE,
)
_STORED_TEXT = re.compile(
    r"@Entity|@Table|@Document|declarative_base|DeclarativeBase|db\.Model|models\.Model|SQLModel|mongoose|gorm"
    r"|sequelize|typeorm|ActiveRecord|create table|createTable"
    r"|mapped_column|beanie|pymongo|Column\(|DbContext|@DynamoDb|dynamodb|drizzle|knex|insert into",
    re.IGNORECASE,
)
_HINTS = (
    "mail",
    "Mail",
    "phone",
    "Phone",
    "irst_name",
    "irstName",
    "ast_name",
    "astName",
    "irth",
    "ssn",
    "assport",
    "pii",
    "PII",
    "gdpr",
    "GDPR",
    "ersonal",
    "AbstractUser",
    "IdentityUser",
    "MAIL",
    "urname",
    "ddress",
)
_LARGEST = 400_000


def record_stores(facts: Facts) -> tuple[Place, ...]:
    """Stores whose loss users would notice. Needs: terraform, cloudformation, kubernetes, compose, code."""
    return tuple(dict.fromkeys((*_cloud(facts), *_containers(facts), *_clients(facts))))


def _cloud(facts: Facts) -> Iterator[Place]:
    for store in cloud.deciding(facts, Kind.DATABASE, Kind.TABLE, Kind.FILE_SYSTEM, Kind.SEARCH, Kind.BUCKET):
        name = f"{store.name} {store.get('bucket', '')} {store.get('name', '')}"
        if store.kind is Kind.BUCKET and _PASSING.search(name):
            continue
        if store.kind is Kind.TABLE and _LOCKS.search(name):
            continue
        yield store.at


def _containers(facts: Facts) -> Iterator[Place]:
    for service in facts.compose.services:
        if service.image and _STORE_IMAGES.search(service.image.partition("@")[0].rpartition(":")[0] or service.image):
            yield service.at
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            if _STORE_IMAGES.search(container.reference.name):
                yield container.at
    for item in facts.kubernetes.of(*_OPERATED):
        if item.group in _OPERATED_GROUPS:
            yield item.at


def _clients(facts: Facts) -> Iterator[Place]:
    """Clients of databases in code that runs: the store may be defined elsewhere."""
    for client in facts.code.clients:
        file = facts.code.file(client.at.path)
        if file is not None and not file.reached:
            continue
        if client.kind == "database" or (
            client.kind == "cloud" and client.service in ("dynamodb", "docdb", "firestore")
        ):
            yield client.at
    for item in facts.code.imports(
        "jakarta.persistence", "javax.persistence", "org.springframework.data", reached=False
    ):
        yield item.at


def personal_fields(facts: Facts, *, stored: bool) -> tuple[Place, ...]:
    """Fields of persons (e-mail, names, phone, birth) in models, tables and schemas; user pools; code on PII.

    ``stored`` limits it to what is kept. Needs: terraform, cloudformation.
    """
    pools = [
        r.at
        for f in (facts.terraform, facts.cloudformation)
        for r in f.resources(Kind.IDENTITY_POOL)
        if r.type == "aws_cognito_user_pool"
    ]
    found = list(dict.fromkeys(pools))
    for file in facts.repository.match(*_CODE):
        if file.role is not Role.PRODUCT or file.size > _LARGEST:
            continue
        text = facts.repository.text(file)
        if any(hint in text for hint in _HINTS):
            found += _fields(facts, file, text, stored)
        if len(found) >= 20:
            break
    return tuple(found)


def _fields(facts: Facts, file: File, text: str, stored: bool) -> list[Place]:
    kept = bool(_STORED.search(file.local) or _STORED_TEXT.search(text))
    if stored and not kept:
        return []
    found = []
    for number, line in enumerate(facts.repository.lines(file), 1):
        if (
            len(line) < 400
            and (_FIELD.match(line) or _PERSON.search(line))
            and not line.lstrip().startswith(("#", "//", "*", "--"))
        ):
            found.append(Place(file.path, number, number, line.strip()[:60]))
            if len(found) >= 3:
                break
    return found
