"""The least that a role needs for the PostgreSQL source, as SQL."""

from __future__ import annotations


def grants() -> str:
    """Statements that make a role which can see statistics and settings, and no row of a table."""
    return """\
-- A role for gonogo: it reads catalogues and statistics, and no row of any table.
CREATE ROLE gonogo LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 2;
\\password gonogo
ALTER ROLE gonogo SET default_transaction_read_only = on;
ALTER ROLE gonogo SET statement_timeout = '5s';
GRANT CONNECT ON DATABASE your_database TO gonogo;
-- sees others' connections, replication and archiving
GRANT pg_monitor TO gonogo;
"""
