"""A PostgreSQL: what its catalogues and statistics say, by a closed table of queries in one read-only transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gonogo.model.snapshot import Gap, Record
from gonogo.model.sources import PostgresSource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.postgres.asking import SOURCE, ask_all, gaps_of, records_of
from gonogo.tools.live.postgres.opening import opened
from gonogo.tools.live.shown import Reading, Shown

TOTAL_SECONDS = 60.0
"""How long a database may take for all: what was read by then is kept."""
LAST_SECONDS = 54.0
"""When no other query is begun, so that the last one has its time, too."""


def observe(source: PostgresSource, reading: Reading) -> Shown:
    """All that the table asks for. Raises ToolError where the database can't be opened."""
    address = reading.environment.get(source.dsn_env, "").strip()
    if not address:
        raise ToolError(
            f"PostgreSQL: the variable {source.dsn_env} is not set: set it to postgresql://USER:PASSWORD@HOST/NAME."
        )
    begun = time.monotonic()
    with opened(address, source.dsn_env, begun + TOTAL_SECONDS) as connection:
        answers = ask_all(connection, begun + LAST_SECONDS)
    server = next((row for answer in answers if answer.query.kind == "server" for row in answer.rows), None)
    name, version = (server[0], f"PostgreSQL {server[1]['version']}") if server else ("", "unknown version")
    records = records_of(answers, name)
    shown = Source(kind=SOURCE, name=f"database {name}".strip(), notes=(version,))
    return Shown((shown,), records, (*gaps_of(answers, name), *_unseen_by_standby(records, name)))


def _unseen_by_standby(records: Sequence[Record], scope: str) -> tuple[Gap, ...]:
    """A standby counts no dead rows and knows of no vacuum: its zeros say nothing."""
    if not any(record.kind == "server" and record.data["in_recovery"] for record in records):
        return ()
    why = "a standby keeps no statistics of dead rows and vacuums: give the primary"
    return (Gap(source=SOURCE, scope=scope, kind="table:dead", why=why),)
