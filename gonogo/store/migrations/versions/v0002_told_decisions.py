"""Decisions of persons bear more than who, what and why: all that was decided, as JSON."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("told", sa.Text))
