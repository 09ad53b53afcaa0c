"""The first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "assessments",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("criterion", sa.String(80), primary_key=True),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("strength", sa.String(10)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("lost", sa.Boolean, nullable=False),
        sa.Column("proposed", sa.String(20)),
    )
    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "calls",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("answer", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(8), nullable=False),
    )
    op.create_table(
        "evidence",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("evidence", sa.String(32), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("span", sa.String(16)),
    )
    op.create_table(
        "findings",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("finding", sa.String(32), primary_key=True),
        sa.Column("criterion", sa.String(80), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("line", sa.Integer),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("span", sa.String(16)),
    )
    op.create_index("findings_by_id", "findings", ["finding"])
    op.create_table(
        "gates",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("criterion", sa.String(80), primary_key=True),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("effect", sa.String(20), nullable=False),
    )
    op.create_table(
        "refused",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "parts",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
    )
    op.create_table(
        "runs",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", sa.String(40), nullable=False),
        sa.Column("ended", sa.String(40)),
        sa.Column("gonogo", sa.String(40), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("admission", sa.Text, nullable=False),
        sa.Column("report", sa.String(64)),
        sa.Column("final", sa.String(64)),
    )
    op.create_index("runs_by_time", "runs", ["created"])
    op.create_table(
        "spans",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("span", sa.String(16), primary_key=True),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "violations",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("guardrail", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
