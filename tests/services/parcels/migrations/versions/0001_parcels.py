"""Parcels and scans."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "parcels",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("carrier", sa.String(32), nullable=False),
        sa.Column("tracking_number", sa.String(40), nullable=False),
        sa.Column("recipient_email", sa.String(254)),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.UniqueConstraint("client_id", "idempotency_key"),
        sa.UniqueConstraint("carrier", "tracking_number"),
    )
    op.create_index("ix_parcels_created_at", "parcels", ["created_at"])
    op.create_table(
        "scans",
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("parcel_id", sa.Uuid, sa.ForeignKey("parcels.id", ondelete="CASCADE"), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_scans_parcel_id", "scans", ["parcel_id"])
    op.execute("grant select, insert, update, delete on parcels, scans to parcels_app")


def downgrade() -> None:
    op.drop_table("scans")
    op.drop_table("parcels")
