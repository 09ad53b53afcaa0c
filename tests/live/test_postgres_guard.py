"""What holds the PostgreSQL source to reading: only the table's texts pass, and the table has nothing but SELECTs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from gonogo.tools.live.postgres import table
from gonogo.tools.live.postgres.guard import GuardedConnection, NotAllowedError
from gonogo.tools.live.postgres.opening import opened
from gonogo.tools.live.postgres.permissions import grants
from tests.live.databases import GOOD, VARIABLE, digest, run
from tests.live.sql_attacks import attacks
from tests.postgres import new_database

CALLED = frozenset(
    "age bool_or cardinality coalesce count current_database current_setting extract inet_client_addr jsonb_agg "
    "jsonb_build_object jsonb_object_agg max min nullif pg_backend_pid pg_has_role pg_is_in_recovery split_part "
    "unnest".split()
)
"""All functions that the table's queries call. None has an effect."""
VIEWS = frozenset(
    "pg_am pg_attribute pg_class pg_constraint pg_database pg_db_role_setting pg_depend pg_extension pg_index "
    "pg_namespace pg_replication_slots pg_roles pg_settings pg_stat_activity pg_stat_all_indexes pg_stat_all_tables "
    "pg_stat_archiver pg_stat_progress_create_index pg_stat_replication pg_stat_ssl".split()
)
_SYNTAX = frozenset("then else in as and or not exists filter from where over by on with select e u".split())


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    url = new_database(postgres)
    run(url, GOOD)
    return url


@pytest.fixture
def connection(database: str) -> Iterator[GuardedConnection]:
    with opened(database, VARIABLE, time.monotonic() + 60) as found:
        yield found


def test_no_attack_reaches_the_server(database: str, connection: GuardedConnection) -> None:
    texts = set(attacks(tuple(query.sql for query in table.load_queries()))) - table.allowed()
    assert len(texts) >= 200
    before = digest(database)
    for text in sorted(texts):
        for ask in (connection.execute, connection.cursor().execute):
            with pytest.raises(NotAllowedError):
                ask(text)
    with psycopg.connect(database, autocommit=True) as other:
        last = other.execute("SELECT query FROM pg_stat_activity WHERE application_name = 'gonogo'").fetchall()
    assert last == [(table.ASK_HELD,)], "the last that the server heard is from before"
    assert digest(database) == before


class Liar(str):
    """A text that says of itself that it is another."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(table.END)


def test_no_other_form_of_a_text_passes(connection: GuardedConnection) -> None:
    good = table.load_queries()[0].sql
    for form in (good.encode(), sql.SQL("SELECT 1"), sql.SQL(good), Liar("DROP TABLE guests"), None, 1):
        with pytest.raises(NotAllowedError):
            connection.execute(form)
    cursor = connection.cursor()
    calls: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (cursor.execute, (good, [])),
        (cursor.execute, (good, {"a": 1})),
        (cursor.executemany, (good, [])),
        (cursor.copy, ("COPY guests TO STDOUT",)),
        (cursor.stream, (good,)),
        (connection.cursor, ("named",)),
        (connection.execute, (good, [1])),
        (connection.transaction, ()),
    )
    for call, arguments in calls:
        with pytest.raises(NotAllowedError):
            call(*arguments)
    with pytest.raises(NotAllowedError):
        connection.cursor(row_factory=psycopg.rows.dict_row)


def plain(text: str) -> str:
    """A query without its literals."""
    return re.sub(r"'[^']*'", "''", text)


@pytest.mark.parametrize("query", table.load_queries(), ids=lambda query: query.kind)
def test_the_table_has_single_selects_of_known_functions_over_catalogues(query: table.Query) -> None:
    text = plain(query.sql)
    assert re.match(r"(SELECT|WITH)\b", text)
    for sign in (";", "--", "/*", "$", "\\", '"', "%"):
        assert sign not in text
    called = {word.lower() for word in re.findall(r"([A-Za-z_][\w.]*)\s*\(", text)}
    own = {name.lower() for name in re.findall(r"(\w+) AS \(", text)}
    assert called - _SYNTAX - own <= CALLED, called - _SYNTAX - own - CALLED
    read = {name.lower() for name in re.findall(r"\b(?:FROM|JOIN)\s+([a-z]\w*)(?![\w(])", text)}
    assert read - own - {"unnest", "replay_lag", "r", "client", "told", "other"} <= VIEWS, read
    forbidden = r"\b(insert|update|delete|merge|into|lock|share|explain|copy|set|call|do|pg_shadow|pg_authid|nextval)\b"
    assert not re.search(forbidden, text, re.IGNORECASE)


def test_the_rows_are_in_order() -> None:
    queries = table.load_queries()
    assert len({query.kind for query in queries}) == len(queries) == len({query.sql for query in queries})
    for query in queries:
        if query.names:
            (named,) = re.findall(r"name IN \(([^)]*)\)", query.sql)
            assert tuple(re.findall(r"'(\w+)'", named)) == query.names == tuple(sorted(query.names))
        if "ORDER BY 1" in query.sql and not query.names:
            assert query.sql.rstrip().endswith(f"LIMIT {table.MOST_ROWS + 1}")


def test_the_functions_are_the_server_s_own_and_without_effects(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as asking:
        text = (
            "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
            " AND proname = ANY(%s) AND provolatile = 'v'"
        )
        volatile = {name for (name,) in asking.execute(text, [sorted(CALLED)]).fetchall()}
    assert volatile <= {"pg_is_in_recovery"}, "it changes when a standby is promoted"


def test_the_grants_name_the_roles_of_the_table() -> None:
    text = grants()
    granted = re.findall(r"^GRANT (\w+) TO gonogo;$", text, re.MULTILINE)
    assert granted == sorted({role for query in table.load_queries() for role in query.roles})
    assert granted == ["pg_read_all_settings", "pg_read_all_stats"]
    assert "PASSWORD '" not in text
