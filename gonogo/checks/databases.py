"""Databases: how schemas change, how they are tuned, and how many connections are opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.checks.cloud import deciding
from gonogo.facts import Facts
from gonogo.facts.code import Client
from gonogo.facts.kinds import Kind
from gonogo.facts.repository import File
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Place, Searched

_SCHEMA_TERMS = ("CREATE TABLE",)
_MODELS = (
    "sqlalchemy.orm.declarative_base",
    "sqlalchemy.ext.declarative.declarative_base",
    "sqlalchemy.orm.DeclarativeBase",
    "sqlmodel.SQLModel",
    "django.db.models.Model",
    "peewee.Model",
    "tortoise.models.Model",
    "gorm.io/gorm.Model",
)


@dataclass(frozen=True)
class Migrations:
    """A tool's versioned changes. ``back`` is a file that undoes one; None where nothing does."""

    tool: str
    files: tuple[Place, ...]
    back: Place | None


def database_migrations(facts: Facts) -> Outcome:
    """Versioned migrations that can be undone, for each relational schema of ours."""
    found = _migrations(facts)
    schema = _schema(facts)
    if not found:
        if not schema:
            return not_applicable(
                "no relational schema: no table definition, model or migration was found",
                searched=(
                    Searched(
                        ("CREATE TABLE", "ORM models", "migration folders"), "code and SQL", len(facts.code.files)
                    ),
                ),
            )
        searched = Searched(
            ("alembic", "flyway", "liquibase", "migrations", "prisma/migrations", "knex", "goose", "atlas"),
            "the tree",
            len(facts.repository.files),
        )
        what = f"the schema is made at {schema[0]} without versioned migrations"
        return failed(what, Problem("a schema without versioned migrations", schema[0]), searched=(searched,))
    forward = [migrations for migrations in found if migrations.back is None]
    if forward:
        problems = [Problem(f"{m.tool} migrations cannot be undone: none has a way back", m.files[-1]) for m in forward]
        return failed(
            f"schema changes are versioned by {', '.join(m.tool for m in found)}, but cannot be undone", *problems
        )
    places = [place for m in found for place in (*m.files[-2:], *((m.back,) if m.back else ()))]
    return passed(
        "schema changes are versioned and can be undone: "
        + ", ".join(f"{len(m.files)} migrations of {m.tool}" for m in found),
        *places,
        strength=Strength.WIRED,
    )


def _schema(facts: Facts) -> list[Place]:
    places = [
        definition.at
        for file in facts.code.files
        if file.reached
        for definition in file.definitions
        if definition.kind == "class"
        and (
            (
                any(
                    base in _MODELS or base.endswith((".Base", "db.Model", "SQLModel", "models.Model"))
                    for base in definition.bases
                )
                and (definition.bases[0] != "models.Model" or file.imports_of("django"))
            )
            or any(d.raw.rpartition(".")[2] in ("Entity", "Table") for d in definition.decorators)
        )
    ]
    places = [place for place in places if place.line] + [
        Place(file.path) for file in facts.repository.match("schema.prisma", "**/prisma/*.prisma")
    ]
    code = [
        facts.repository.by_path[f.path] for f in facts.code.files if f.reached and f.path not in facts.code.browser
    ]
    sql = facts.repository.match("*.sql")
    created = facts.repository.grep(re.compile(r"\bCREATE TABLE\b", re.I), [*code, *sql], most=5)
    calls = facts.code.calls(
        "*.pgTable",
        "drizzle-orm/pg-core.pgTable",
        "drizzle-orm/*Table",
        "*.AutoMigrate",
        "*.sequelize.define",
        "*.create_all",
    )
    return [*created, *(call.at for call in calls), *places]


def _migrations(facts: Facts) -> list[Migrations]:
    found = [_alembic(facts), _django(facts), _pairs(facts), _script_files(facts), _forward(facts)]
    return [migrations for migrations in found if migrations is not None]


def _placed(files: list[File] | tuple[File, ...]) -> tuple[Place, ...]:
    return tuple(Place(file.path) for file in files)


def _mostly(undone: Sequence[object], files: Sequence[object]) -> bool:
    """Whether most changes can be undone: one way back among forty is none."""
    return bool(undone) and len(undone) * 2 >= len(files)


def _alembic(facts: Facts) -> Migrations | None:
    files = [f for f in facts.repository.match("**/versions/*.py") if "down_revision" in facts.repository.text(f)]
    if not files:
        return None
    found: list[Place] = []
    for file in files:
        text = facts.repository.text(file)
        body = re.search(r"def downgrade\(.*?\).*?:\n(.*)", text, re.S)
        if body and re.search(r"op\.|execute|bind", body[1]):
            line = text.count("\n", 0, body.start()) + 1
            found.append(Place(file.path, line, 0, "downgrade"))
    back = found[0] if _mostly(found, files) else None
    return Migrations("Alembic", _placed(files), back)


def _django(facts: Facts) -> Migrations | None:
    files = [
        f
        for f in facts.repository.match("**/migrations/[0-9][0-9][0-9][0-9]_*.py")
        if "migrations.Migration" in facts.repository.text(f)
    ]
    return Migrations("Django", _placed(files), Place(files[0].path)) if files else None


def _pairs(facts: Facts) -> Migrations | None:
    """Files for both ways: ``0001_x.up.sql`` and ``.down.sql``, goose, dbmate, Rails, node-pg-migrate."""
    up = facts.repository.match("*.up.sql")
    if up:
        down = [f for f in facts.repository.match("*.down.sql") if facts.repository.text(f).strip()]
        return Migrations("up and down files", _placed(up), Place(down[0].path) if _mostly(down, up) else None)
    marked = [
        f
        for f in facts.repository.match("**/migrations/**/*.sql", "**/migrate/**/*.sql", "db/**/*.sql")
        if re.search(r"--\s*(\+goose|migrate:)\s*[uU]p", facts.repository.text(f))
    ]
    if marked:
        down = [f for f in marked if re.search(r"--\s*(\+goose\s*Down|migrate:down)", facts.repository.text(f))]
        return Migrations("goose", _placed(marked), Place(down[0].path) if _mostly(down, marked) else None)
    return None


def _script_files(facts: Facts) -> Migrations | None:
    """Knex, Sequelize, TypeORM, Rails: files with ``up`` and ``down``."""
    files = [
        file
        for file in facts.repository.match(
            "**/migrations/**/*.{js,ts,cjs,mjs}", "**/migration/**/*.{js,ts}", "db/migrate/*.rb"
        )
        if re.search(r"\b(up|change)\b", facts.repository.text(file)) and re.search(r"\d{3}", file.name)
    ]
    if not files:
        return None
    back = [f for f in files if re.search(r"\bdown\b\s*[(:=]|def change|async down\(", facts.repository.text(f))]
    return Migrations("migration files", _placed(files), Place(back[0].path) if _mostly(back, files) else None)


def _forward(facts: Facts) -> Migrations | None:
    """Tools whose files only go forward, unless an undo file stands beside: Prisma, Drizzle, Flyway, Liquibase."""
    prisma = facts.repository.match("**/migrations/*/migration.sql")
    if prisma:
        down = facts.repository.match("**/migrations/*/down.sql")
        return Migrations("Prisma", _placed(prisma), Place(down[0].path) if _mostly(down, prisma) else None)
    flyway = [f for f in facts.repository.match("**/V*__*.sql") if re.match(r"V[\d._]+__", f.name)]
    if flyway:
        undo = facts.repository.match("**/U*__*.sql")
        return Migrations("Flyway", _placed(flyway), Place(undo[0].path) if _mostly(undo, flyway) else None)
    changelogs = [
        f
        for f in facts.repository.match("**/*changelog*.{xml,yaml,yml,json,sql}")
        if "changeSet" in facts.repository.text(f)
    ]
    if changelogs:
        undo_files = [f for f in changelogs if re.search(r"rollback|createTable|addColumn", facts.repository.text(f))]
        return Migrations(
            "Liquibase", _placed(changelogs), Place(undo_files[0].path) if _mostly(undo_files, changelogs) else None
        )
    drizzle = [
        f
        for f in facts.repository.match("**/drizzle/**/*.sql", "**/migrations/*.sql", "**/migrations/*/*.sql")
        if re.match(r"\d{3,}", f.name)
    ]
    if drizzle:
        undone = [f for f in drizzle if re.search(r"(?i)--\s*(down|rollback)", facts.repository.text(f))]
        return Migrations(
            "numbered SQL files", _placed(drizzle), Place(undone[0].path) if _mostly(undone, drizzle) else None
        )
    return None


_WAL = re.compile(
    r"journal_mode\s*[=(\s]\s*['\"]?WAL|_journal_mode=WAL|_pragma=journal_mode\(WAL\)|journal=WAL", re.IGNORECASE
)
_BUSY = re.compile(r"busy_timeout|_busy_timeout|_timeout=", re.IGNORECASE)
_BUSY_BY_DEFAULT = {
    "better-sqlite3": "better-sqlite3's default of 5 s",
    "sqlite3.connect": "Python's default of 5 s",
    "aiosqlite.connect": "Python's default of 5 s",
}


_DJANGO = ("django.db",)
_SPRING_DATA = (
    "jakarta.persistence",
    "javax.persistence",
    "org.springframework.data",
    "org.springframework.jdbc",
    "javax.sql",
)


def _spring_data(facts: Facts) -> tuple[Place, ...]:
    """Spring's own clients: made by the framework from its configuration, so nothing in code constructs them."""
    return tuple(item.at for item in facts.code.imports(*_SPRING_DATA))


def databases(facts: Facts) -> tuple[Place, ...]:
    """Databases of ours: defined, deployed or connected to."""
    defined = [r.at for r in deciding(facts, Kind.DATABASE, Kind.TABLE)]
    deployed = [
        s.at
        for s in facts.compose.services
        if re.search(r"postgres|mysql|maria|mongo|pgvector|timescale|cockroach|mssql", s.image)
    ]
    connected = [c.at for c in facts.code.clients if c.kind == "database"]
    sets = [
        w.at
        for w in facts.kubernetes.workloads
        if any(re.search(r"postgres|mysql|maria|mongo", c.image) for c in w.containers)
    ]
    managed = [item.at for item in facts.code.imports(*_DJANGO)]
    return (*connected, *defined, *deployed, *sets, *_spring_data(facts)[:3], *managed[:3])


def database_tuning(facts: Facts) -> Outcome:
    """SQLite in WAL mode with a busy timeout; whether a server's settings fit its load only shows there."""
    places = databases(facts)
    if not places:
        return not_applicable("no database is defined, deployed or connected to")
    embedded = [c for c in facts.code.clients if c.library == "sqlite"]
    others = [c for c in facts.code.clients if c.kind == "database" and c.library != "sqlite"]
    if not embedded or others or deciding(facts, Kind.DATABASE):
        return unverified(
            "whether connection limits, memory and indexes fit the load shows only in the running database", *places[:6]
        )
    files = [facts.repository.by_path[path] for path in sorted({c.at.path for c in embedded})]
    code = [facts.repository.by_path[f.path] for f in facts.code.files if f.reached]
    wal = facts.repository.grep(_WAL, files, most=2) or facts.repository.grep(_WAL, code, most=2)
    busy = facts.repository.grep(_BUSY, files, most=2)
    default = next(
        (text for name, text in _BUSY_BY_DEFAULT.items() if any(c.call.name.startswith(name) for c in embedded)), ""
    )
    if wal and (busy or default):
        return passed(
            f"SQLite runs in WAL mode, with a busy timeout ({'set' if busy else default})",
            *wal,
            *busy,
            strength=Strength.WIRED,
        )
    missing = " and ".join(name for name, there in (("WAL mode", wal), ("busy timeout", busy or default)) if not there)
    return failed(
        f"SQLite is opened without {missing}", *(Problem(f"SQLite without {missing}", client.at) for client in embedded)
    )


_POOLED = {
    "psycopg_pool": "min_size=4",
    "sqlalchemy": "pool_size=5, max_overflow=10",
    "pg": "max=10",
    "postgres.js": "max=10",
    "mysql2": "connectionLimit=10",
    "hikari": "maximumPoolSize=10",
    "prisma": "2 x CPUs + 1",
    "knex": "max=10",
    "sequelize": "max=5",
    "typeorm": "max=10",
    "mongodb": "maxPoolSize=100",
    "pymongo": "maxPoolSize=100",
    "pgx": "4 or CPUs",
    "asyncpg": "max_size=10",
}
_SIZES = (
    "pool_size",
    "max_overflow",
    "max",
    "connectionLimit",
    "maxPoolSize",
    "max_size",
    "maxconn",
    "minPoolSize",
    "connection_limit",
    "poolSize",
    "pool",
)


def connection_pools(facts: Facts) -> Outcome:
    """Pools bounded in code; the sum over replicas meets the server's limit only where both are known."""
    clients = [c for c in facts.code.clients if c.kind == "database" and c.library not in ("sqlite", "elasticsearch")]
    if not clients:
        if django := [item.at for item in facts.code.imports(*_DJANGO)]:
            return unverified(
                "Django keeps a connection for each thread; the database's limit and the replicas show only live",
                *django[:3],
            )
        if spring := _spring_data(facts):
            return unverified(
                "connections are pooled by Hikari's default of 10; the database's limit shows only live",
                *spring[:4],
            )
        embedded = [c.at for c in facts.code.clients if c.library == "sqlite"]
        why = "an embedded SQLite has no server and no pool" if embedded else "no database client was found"
        return not_applicable(why, *embedded[:2])
    single = [c for c in clients if _opens_each_time(facts, c)]
    if single:
        return failed(
            f"{len(single)} of {len(clients)} database clients open a connection for each call, without a pool: "
            + single[0].call.raw,
            *(Problem(f"{c.call.raw} opens a connection each time", c.at) for c in single),
        )
    bounded = [c for c in clients if c.call.argument(*_SIZES)]
    sizes = ", ".join(
        dict.fromkeys(f"{c.library} ({'set' if c in bounded else _POOLED.get(c.library, 'default')})" for c in clients)
    )
    return unverified(
        f"connections are pooled: {sizes}; the database's limit and the number of replicas show only live",
        *(c.at for c in clients),
    )


def _opens_each_time(facts: Facts, client: Client) -> bool:
    """A plain connection that is opened inside a function which is not the application's set-up."""
    name = client.call.name
    plain = re.search(
        r"(psycopg2?|pymysql|MySQLdb|mysql\.connector|asyncpg|aiomysql)\.connect$|Connection\.connect$|pg\.Client$|createConnection$|DriverManager",
        name,
    )
    pooled_elsewhere = re.search(r"(?i)pool", client.call.target + name)
    start_up = re.search(
        r"(?i)init|startup|setup|main|__init__|lifespan|configure|migrat|seed|load", client.call.function
    )
    beside = re.search(r"(^|/)(management|scripts?|bin|tools?|commands?|migrations?)/", client.at.path)
    return bool(plain) and not pooled_elsewhere and bool(client.call.function) and not start_up and not beside
