"""What Alembic runs: the steps, on the connection that it is given, in the caller's transaction."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="gonogo_version")
context.run_migrations()
