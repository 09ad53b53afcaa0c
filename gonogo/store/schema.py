"""The tables as they are now. What a run was made from lies in ``blobs`` and is named by its hash; ``entries`` is the
chain that nothing is taken from; what else there is can be derived from the two."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("target", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", String(40), nullable=False),
    Column("ended", String(40)),
    Column("gonogo", String(40), nullable=False),
    Column("verdict", String(16)),
    Column("why", Text, nullable=False, default=""),
    Column("admission", Text, nullable=False),
    Column("report", String(64)),
    Column("final", String(64)),
    Index("runs_by_time", "created"),
)
blobs = Table(
    "blobs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)
evidence = Table(
    "evidence",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("evidence", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("span", String(16)),
)
calls = Table(
    "calls",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("request", String(64), nullable=False),
    Column("answer", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
)
parts = Table(
    "parts",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("digest", String(64), primary_key=True),
)
spans = Table(
    "spans",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("span", String(16), primary_key=True),
    Column("start", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)
assessments = Table(
    "assessments",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("criterion", String(80), primary_key=True),
    Column("area", String(20), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("strength", String(10)),
    Column("reason", Text, nullable=False),
    Column("lost", Boolean, nullable=False),
    Column("proposed", String(20)),
)
findings = Table(
    "findings",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("finding", String(32), primary_key=True),
    Column("criterion", String(80), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("path", Text),
    Column("line", Integer),
    Column("what", Text, nullable=False),
    Column("span", String(16)),
    Index("findings_by_id", "finding"),
)
gates = Table(
    "gates",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("criterion", String(80), primary_key=True),
    Column("severity", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("effect", String(20), nullable=False),
)
violations = Table(
    "violations",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("guardrail", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("action", String(10), nullable=False),
    Column("place", Text, nullable=False),
    Column("count", Integer, nullable=False),
)
refused = Table(
    "refused",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("count", Integer, nullable=False),
)
decisions = Table(
    "decisions",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("who", Text, nullable=False),
    Column("what", String(10), nullable=False),
    Column("subject", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(40), nullable=False),
    Column("told", Text),
)
entries = Table(
    "entries",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("at", String(40), nullable=False),
    Column("body", Text),
    Column("digest", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
    Column("key_id", String(8), nullable=False),
)
PROJECTIONS = (assessments, findings, gates, violations, refused)
"""What is derived from a run's report, to be asked by SQL."""
