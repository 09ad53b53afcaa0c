"""The closed table of what is asked of a database: catalogues and statistics, a SELECT each, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

MONITOR = "membership in pg_monitor"
_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT that gives records of one kind, named by its column ``name``. ``permission`` is what shows all of it."""

    kind: str
    sql: str
    permission: str = ""


QUERIES = (
    Query(
        "server",
        "SELECT current_database() AS name, current_setting('server_version') AS version,"
        " current_setting('server_version_num')::int AS version_number, pg_is_in_recovery() AS is_standby,"
        " coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls,"
        " (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls_version,"
        " inet_server_addr() IS NULL AS is_socket,"
        " coalesce(inet_server_addr() <<= '127.0.0.0/8'::inet OR inet_server_addr() = '::1'::inet, true) AS is_local",
    ),
    Query(
        "setting",
        "SELECT name, setting, unit, source FROM pg_settings WHERE name IN ("
        "'max_connections', 'shared_buffers', 'effective_cache_size', 'work_mem', 'maintenance_work_mem', 'ssl',"
        " 'password_encryption', 'log_min_duration_statement', 'statement_timeout',"
        " 'idle_in_transaction_session_timeout', 'wal_level', 'archive_mode', 'autovacuum', 'synchronous_commit',"
        " 'max_wal_senders', 'log_connections', 'track_io_timing', 'fsync', 'full_page_writes',"
        " 'autovacuum_freeze_max_age')",
    ),
    Query(
        "connections",
        "SELECT 'connections' AS name, (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS most,"
        " count(*) AS used, count(*) FILTER (WHERE state = 'idle in transaction') AS idle_in_transaction"
        " FROM pg_stat_activity WHERE backend_type = 'client backend'",
        MONITOR,
    ),
    Query(
        "role",
        "SELECT rolname AS name, rolsuper AS is_superuser, rolbypassrls AS passes_row_security,"
        " rolcreaterole AS creates_roles, rolcreatedb AS creates_databases, rolreplication AS replicates,"
        " rolcanlogin AS logs_in, rolvaliduntil::text AS valid_until, rolname = current_user AS is_ours"
        " FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'",
    ),
    Query(
        "table",
        "SELECT n.nspname || '.' || c.relname AS name, pg_total_relation_size(c.oid) AS bytes,"
        " s.n_live_tup AS live, s.n_dead_tup AS dead, age(c.relfrozenxid) AS transaction_age,"
        " greatest(s.last_vacuum, s.last_autovacuum)::text AS vacuumed, s.seq_scan AS sequential_scans,"
        " s.idx_scan AS index_scans,"
        " EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p') AS has_primary_key"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid"
        f" WHERE c.relkind IN ('r', 'p') AND {_OURS} ORDER BY 1 LIMIT 5000",
    ),
    Query(
        "foreign_key",
        "SELECT n.nspname || '.' || t.relname || '.' || k.conname AS name,"
        " array_to_string(ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS u(number, place)"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place), ', ') AS columns,"
        " EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL"
        " AND (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] @> k.conkey) AS has_index"
        " FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
        f" WHERE k.contype = 'f' AND k.conparentid = 0 AND {_OURS} ORDER BY 1 LIMIT 5000",
    ),
    Query(
        "index",
        "SELECT n.nspname || '.' || c.relname AS name, t.relname AS of_table, i.indisvalid AS is_valid,"
        " i.indisunique AS is_unique, s.idx_scan AS scans, pg_relation_size(c.oid) AS bytes,"
        " EXISTS (SELECT 1 FROM pg_index o WHERE o.indrelid = i.indrelid AND o.indexrelid < i.indexrelid"
        " AND o.indkey = i.indkey AND o.indclass = i.indclass AND o.indpred IS NULL AND i.indpred IS NULL"
        " AND o.indexprs IS NULL AND i.indexprs IS NULL) AS is_twice"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = c.oid"
        f" WHERE {_OURS} ORDER BY 1 LIMIT 5000",
    ),
    Query(
        "standby",
        "SELECT coalesce(nullif(application_name, ''), 'standby') || ' ' || pid AS name, state, sync_state,"
        " extract(epoch FROM replay_lag)::float AS lag_seconds FROM pg_stat_replication",
        MONITOR,
    ),
    Query(
        "archiver",
        "SELECT 'archiver' AS name, archived_count AS archived, failed_count AS failed,"
        " last_archived_time::text AS last_archived, last_failed_time::text AS last_failed FROM pg_stat_archiver",
    ),
    Query("extension", "SELECT extname AS name, extversion AS version FROM pg_extension"),
)
ALLOWED = frozenset(query.sql for query in QUERIES)
CALLED = frozenset(
    "age array_length array_to_string coalesce count current_database current_setting exists extract greatest"
    " inet_server_addr nullif pg_backend_pid pg_is_in_recovery pg_relation_size pg_total_relation_size unnest".split()
)
"""The functions that these call: none has an effect, or hands out a password."""
