"""The edge of the network: encryption on the way in and to data stores, and certificates that renew."""

from __future__ import annotations

import re

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.checks.edge import Entry, entries
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_OFF_TERMS = (
    "rejectUnauthorized", "InsecureSkipVerify", "verify=False", "verify_ssl=False", "ssl=False", "CERT_NONE",
    "_create_unverified_context", "NODE_TLS_REJECT_UNAUTHORIZED", "check_hostname", "disable_warnings", "verify=0",
)  # fmt: skip
_OFF = re.compile(
    r"""rejectUnauthorized['"]?\s*:\s*false|InsecureSkipVerify\s*:\s*true|\bverify(_ssl)?\s*=\s*False\b|\bCERT_NONE\b
    |_create_unverified_context|NODE_TLS_REJECT_UNAUTHORIZED['"]?\]?\s*[=:]\s*['"]?0""",
    re.VERBOSE,
)
_TLS_MODULES = re.compile(
    r"(?:(?:node:)?(?:ssl|tls|https)|crypto/tls|urllib3|requests|httpx|aiohttp|axios|undici|pg|mysql2|ioredis|redis|"
    r"nodemailer|typeorm|sequelize|knex|mongoose)(?![\w-])"
)
_LOCAL_ONLY = re.compile(
    r"development|is_?dev|is_?local|localhost|debug|self.?signed|insecure|\bif\b.*(is False|skip|disable|not \w*verif)",
    re.IGNORECASE,
)
_STORE_TLS = re.compile(
    r"sslmode['\"]?\s*[=:]\s*['\"]?(require|verify)|PGSSLMODE|sslrootcert|ssl_mode|[?&](ssl|tls)=true|rediss://|amqps://"
    r"|mongodb\+srv|use_?ssl['\"]?\s*[:=]|ssl_?ca\b|requireSSL|ssl_context|\bssl['\"]?\s*:\s*(true|\{)|SASL_SSL"
    r"|connect_args.{0,40}ssl|cloud.?sql.?(proxy|connector)",
    re.IGNORECASE,
)


def tls_in_transit(facts: Facts) -> Outcome:
    """TLS on every way in and to data stores, and no client that does not check certificates."""
    ways = entries(facts)
    served = scope.network_services(facts)
    if not ways and not served:
        return not_applicable("nothing is served over a network")
    unchecked = _unchecked(facts)
    encrypted = [way for way in ways if way.tls]
    # A plain proxy is no way in where something that ends TLS is declared in front of it.
    plain = [way for way in ways if way.tls is False and not (way.inner and encrypted)]
    problems = [Problem(f"{way.name} {way.why}", way.at) for way in plain]
    problems += [Problem("certificates are not checked here", place) for place in unchecked]
    problems += _plain_stores(facts)
    searched = Searched(
        ("HTTPS listener", "ingress tls", "proxy with TLS", "certificate"),
        "infrastructure code, manifests, compose files and proxy configuration",
        len(facts.repository.files),
    )
    if not encrypted and not any(way.tls is None for way in ways):
        listeners = [item.at for item in facts.code.listeners] + [*scope.exposed(facts)]
        bare = [place for place in listeners or served[:1] if place not in {problem.place for problem in problems}]
        problems += [Problem("plain HTTP, with nothing in front of it that ends TLS", place) for place in bare[:8]]
    if problems:
        return failed(f"traffic is not encrypted everywhere: {problems[0].what}", *problems, searched=(searched,))
    if not encrypted:
        return unverified("whether the ways in are encrypted is not in the code", *(way.at for way in ways))
    if apart := _beside_platform(facts, encrypted):
        return unverified(f"{encrypted[0].name} {encrypted[0].why}; what else listens may be reached without", *apart)
    if open_stores := _unknown_stores(facts):
        return unverified(
            f"{encrypted[0].name} {encrypted[0].why}; whether data stores are reached over TLS is not in the code",
            *open_stores,
        )
    return passed(
        "; ".join(dict.fromkeys(f"{way.name} {way.why}" for way in encrypted[:4])),
        *(way.at for way in encrypted),
    )


def _beside_platform(facts: Facts, encrypted: list[Entry]) -> list[Place]:
    """What listens elsewhere than beside the hosting platform's file, where only such files show TLS."""
    if any(not way.hosted for way in encrypted):
        return []
    folders = tuple(way.at.path.rpartition("/")[0] for way in encrypted)
    listening = [*(item.at for item in facts.code.listeners), *scope.exposed(facts)]
    return [place for place in listening if not any(place.path.startswith(folder) for folder in folders)]


def _unchecked(facts: Facts) -> list[Place]:
    """Lines of reached code that switch the checking of certificates off, except for development only."""
    repository = facts.repository
    paths = {client.at.path for client in facts.code.clients}
    for file in facts.code.files:
        if file.reached and any(_TLS_MODULES.match(imported.module) for imported in file.imports):
            paths.add(file.path)
    files = [f for path in sorted(paths) if (f := repository.file(path)) is not None]
    found: list[Place] = []
    for hit in repository.search(_OFF_TERMS, files).hits:
        lines = repository.lines(hit.path)
        line = lines[hit.line - 1]
        near = " ".join(lines[max(0, hit.line - 4) : hit.line])
        if _OFF.search(line) and not line.lstrip().startswith(("#", "//", "*")) and not _LOCAL_ONLY.search(near):
            found.append(hit)
    return found


def _plain_stores(facts: Facts) -> list[Problem]:
    """Managed stores that are told not to encrypt connections, or do not by default."""
    problems = []
    for cache in resources(facts, "aws_elasticache_replication_group", "aws_elasticache_cluster"):
        if cache.truth("transit_encryption_enabled") is False and "memcached" not in str(cache.get("engine", "")):
            place = cache.place("transit_encryption_enabled")
            problems.append(Problem(f"{cache.address} does not encrypt connections", place))
    for domain in resources(facts, "aws_opensearch_domain", "aws_elasticsearch_domain"):
        if domain.truth("domain_endpoint_options.enforce_https", domain.type == "aws_opensearch_domain") is False:
            problems.append(Problem(f"{domain.address} does not enforce HTTPS", domain.at))
    for cluster in resources(facts, "aws_msk_cluster"):
        if "PLAINTEXT" in str(cluster.get("encryption_info.encryption_in_transit.client_broker", "")):
            problems.append(Problem(f"{cluster.address} accepts plain connections", cluster.at))
    for redis in resources(facts, "azurerm_redis_cache"):
        if redis.truth("non_ssl_port_enabled") or redis.truth("enable_non_ssl_port"):
            problems.append(Problem(f"{redis.address} opens its port without TLS", redis.at))
    return problems


_STORE_IMAGE = re.compile(r"(^|/)(postgres|postgis|pgvector|mysql|mariadb|mongo|redis|valkey|rabbitmq)\b")


def _unknown_stores(facts: Facts) -> list[Place]:
    """Databases whose connections nothing in the code or infrastructure encrypts."""
    if _names_store_tls(facts):
        return []
    managed = [r.at for r in resources(facts, Kind.DATABASE) if not _forces_tls(facts, r)]
    clients = [
        c.at for c in facts.code.clients if c.kind in ("database", "cache", "queue") and not _embedded(c.library)
    ]
    images = [s.at for s in scope.compose_services(facts) if _STORE_IMAGE.search(s.image)]
    images += [c.at for w in facts.kubernetes.workloads for c in w.mains if _STORE_IMAGE.search(c.image)]
    return managed or ([] if resources(facts, Kind.DATABASE) else [*clients[:4], *images[:4]])


def _embedded(library: str) -> bool:
    return bool(
        re.search(r"sqlite|duckdb|leveldb|lowdb|nedb|boto3|aws-sdk|dynamo|@google-cloud|firebase|supabase", library)
    )


def _forces_tls(facts: Facts, database: Resource) -> bool:
    """Whether the store refuses plain connections: by its parameters, or by its documented default."""
    engine = str(database.get("engine", ""))
    version = database.get("engine_version")
    if database.type.startswith(
        ("azurerm_", "aws_docdb", "aws_neptune", "mongodbatlas", "aws_redshiftserverless", "aws_dsql")
    ):
        return True
    if database.type.startswith(("google_spanner", "google_bigtable", "google_firestore", "google_bigquery")):
        return True
    if "postgres" in engine and not isinstance(version, Unknown) and _major(str(version or "")) >= 15:
        return True
    groups = resources(facts, "aws_db_parameter_group", "aws_rds_cluster_parameter_group")
    names = ("rds.force_ssl", "require_secure_transport")
    forced = [
        g
        for g in groups
        for p in g.blocks("parameter")
        if p.get("name") in names and str(p.get("value")) in ("1", "ON")
    ]
    return any(database.refers_to(group) for group in forced)


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def _names_store_tls(facts: Facts) -> bool:
    """Whether the configuration of connections asks for TLS anywhere in code, settings, manifests or templates."""
    repository = facts.repository
    files = [f for c in facts.code.clients if c.kind in ("database", "cache") and (f := repository.file(c.at.path))]
    files += repository.match(
        "application*.yml", "application*.properties", "*settings*.py", "*database*", "schema.prisma"
    )
    files += [f for project in facts.compose.deciding for path in project.files if (f := repository.file(path))]
    files += repository.match("*.tf")
    return bool(repository.grep(_STORE_TLS, dict.fromkeys(files)))


def certificate_expiry(facts: Facts) -> Outcome:
    """Every certificate of the edge renews by itself."""
    encrypted = [way for way in entries(facts) if way.tls]
    if not encrypted:
        unknown = [way for way in entries(facts) if way.tls is None]
        if unknown:
            return unverified(
                f"{unknown[0].name} {unknown[0].why}; its certificate is not in the code", *(w.at for w in unknown)
            )
        return not_applicable("nothing is served over TLS")
    kept = [way for way in encrypted if not way.renews]
    if kept:
        said = ", ".join(way.name for way in kept[:3])
        return unverified(
            f"the certificate of {said} is made elsewhere; its dates show at the endpoint", *(w.at for w in kept)
        )
    return passed(
        f"certificates renew by themselves: {', '.join(way.name for way in encrypted[:4])}",
        *(way.at for way in encrypted),
    )
