"""Runs as the owner of the schema (PARCELS_DATABASE_USER=parcels_owner), one migration at a time."""

from alembic import context
from sqlalchemy import text

from parcels.store import Base, engine

with engine().connect() as connection:
    connection.execute(text("set lock_timeout = '5s'; set statement_timeout = '10min'"))
    connection.execute(text("select pg_advisory_lock(724)"))
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
