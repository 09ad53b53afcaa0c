"""A store of any version becomes one of this; what was in it stays."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gonogo.model.report import Report
from gonogo.store.open import NEWEST, Store, open_store
from gonogo.store.runs import find_run, read_report
from gonogo.store.schema import metadata
from gonogo.store.verify import verify
from tests.store.conftest import KEY, Clock
from tests.store.runs import whole_run

FIRST = {
    "runs": "run target state created ended gonogo verdict why admission report final",
    "blobs": "digest size packed",
    "evidence": "run evidence digest span",
    "calls": "run key conversation turn request answer seal",
    "spans": "run span start packed",
    "assessments": "run criterion area severity status strength reason lost proposed",
    "parts": "run digest",
    "findings": "run finding criterion severity path line what span",
    "gates": "run criterion severity status effect",
    "violations": "run number guardrail policy action place count",
    "refused": "run number kind place count",
    "decisions": "run number who what subject evidence reason at",
    "entries": "run number kind at body digest previous hash seal key_id",
}
"""The tables and columns of the first version, which stores of users may have."""


def test_the_steps_lead_to_the_tables_of_this_version(store: Store) -> None:
    config = Config()
    config.set_main_option("script_location", "gonogo.store:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "gonogo_version"})
        assert compare_metadata(context, metadata) == []


def test_a_store_of_the_first_version_is_read(store: Store, url: str, shop_report: Report) -> None:
    """Its tables by their names of then, filled by this version's code as far as they were the same."""
    run = "a" * 32
    whole_run(store, run, shop_report)
    with store.reading() as connection:
        for table, columns in FIRST.items():
            connection.execute(text(f"SELECT {', '.join(columns.split())} FROM {table}"))
    store.close()
    again = open_store(url, key=KEY, clock=Clock())
    assert find_run(again, run).state == "finished"
    assert read_report(again, run) == shop_report
    assert not verify(again)
    again.close()


def test_an_interrupted_first_opening_leaves_nothing_half_made(url: str) -> None:
    store = open_store(url, key=KEY, clock=Clock())
    with store.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
        connection.execute(text("DELETE FROM gonogo_version"))
    store.close()
    again = open_store(url, key=KEY, clock=Clock())
    assert not verify(again)
    again.close()
