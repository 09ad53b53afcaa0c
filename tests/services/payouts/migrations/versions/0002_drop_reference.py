"""The reference is the payout's id now: the column goes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("payouts", "reference")


def downgrade() -> None:
    op.add_column("payouts", sa.Column("reference", sa.String(35)))
