"""The least privileges for the PostgreSQL source, printed from the table that the guard enforces."""

from __future__ import annotations

from gonogo.tools.live.postgres.table import LIMITS, load_queries

ROLE = "gonogo"
_MILLISECONDS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def grants() -> str:
    """SQL that makes a role which can exactly run the table's queries. An administrator runs it in the database."""
    roles = sorted({role for query in load_queries() for role in query.roles})
    lines = [
        f"-- Give it a password (psql: \\password {ROLE}), or let it in by a certificate or the cloud's own login.",
        f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 2;",
        f"ALTER ROLE {ROLE} SET default_transaction_read_only = on;",
        *(f"ALTER ROLE {ROLE} SET {name} = '{LIMITS[name]}ms';" for name in _MILLISECONDS),
        "DO $$ BEGIN",
        f"    EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO {ROLE}', pg_catalog.current_database());",
        "END $$;",
        f"-- {' and '.join(roles)} are parts of pg_monitor. They show no table's rows.",
        *(f"GRANT {role} TO {ROLE};" for role in roles),
    ]
    return "\n".join(lines) + "\n"
