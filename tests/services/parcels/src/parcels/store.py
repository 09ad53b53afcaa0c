"""Parcels and their scans in PostgreSQL. Every question names the client, so that none sees another's parcels."""

import uuid
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import boto3
import sqlalchemy as sa
from botocore.config import Config
from sqlalchemy import DateTime, Engine, ForeignKey, String, UniqueConstraint, create_engine, event, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from parcels.settings import settings
from parcels.telemetry import POOL_IN_USE


class Base(DeclarativeBase):
    pass


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (
        UniqueConstraint("client_id", "idempotency_key"),
        UniqueConstraint("carrier", "tracking_number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    client_id: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    carrier: Mapped[str] = mapped_column(String(32))
    tracking_number: Mapped[str] = mapped_column(String(40))
    recipient_email: Mapped[str | None] = mapped_column(String(254))
    status: Mapped[str] = mapped_column(String(24), default="registered")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))


class Scan(Base):
    __tablename__ = "scans"

    message_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    parcel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("parcels.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(24))
    scanned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@lru_cache(maxsize=1)
def engine() -> Engine:
    """5 + 5 connections a pod: 8 API and 6 worker pods at most hold 140 of the 400 that the instance allows."""
    s = settings()
    tls = {"sslmode": "verify-full", "sslrootcert": s.database_ca} if s.database_iam else {}
    made = create_engine(
        f"postgresql+psycopg://{s.database_user}@{s.database_host}:{s.database_port}/{s.database_name}",
        pool_size=5,
        max_overflow=5,
        pool_timeout=2,
        pool_pre_ping=True,
        pool_recycle=600,
        connect_args={"connect_timeout": 3, "options": "-c statement_timeout=2000 -c lock_timeout=1000", **tls},
    )
    if s.database_iam:
        rds = boto3.client("rds", region_name=s.aws_region, config=Config(connect_timeout=2, read_timeout=3))

        @event.listens_for(made, "do_connect")
        def with_token(_d: Any, _r: Any, _a: Any, parameters: dict[str, Any]) -> None:
            # Valid for 15 minutes, and made on this machine: no call, and nothing to rotate.
            parameters["password"] = rds.generate_db_auth_token(s.database_host, s.database_port, s.database_user)

    event.listen(made, "checkout", lambda *_: POOL_IN_USE.inc())
    event.listen(made, "checkin", lambda *_: POOL_IN_USE.dec())
    return made


def is_up() -> bool:
    with engine().connect() as connection:
        return bool(connection.execute(text("select 1")).scalar_one())


def register(client_id: str, key: str, fields: dict[str, Any]) -> tuple[Parcel, bool]:
    """The parcel of this key, and whether it is new. A second request with the key finds the first one's row."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        added = session.execute(
            insert(Parcel)
            .values(id=uuid.uuid4(), client_id=client_id, idempotency_key=key, status="registered", **fields)
            .on_conflict_do_nothing(index_elements=["client_id", "idempotency_key"])
            .returning(Parcel.id)
        ).scalar_one_or_none()
        found = select(Parcel).where(Parcel.client_id == client_id, Parcel.idempotency_key == key)
        return session.execute(found).scalar_one(), added is not None


def find(client_id: str, parcel_id: uuid.UUID) -> tuple[Parcel, list[Scan]] | None:
    with Session(engine(), expire_on_commit=False) as session:
        parcel = session.execute(
            select(Parcel).where(Parcel.id == parcel_id, Parcel.client_id == client_id)
        ).scalar_one_or_none()
        if parcel is None:
            return None
        scans = select(Scan).where(Scan.parcel_id == parcel_id).order_by(Scan.scanned_at.desc()).limit(100)
        return parcel, list(session.execute(scans).scalars())


def record_scan(message_id: str, carrier: str, tracking_number: str, status: str, scanned_at: datetime) -> str:
    """``stored``, ``duplicate`` or ``unknown``: the queue delivers at least once, and the message id is the key."""
    with Session(engine()) as session, session.begin():
        parcel = session.execute(
            select(Parcel).where(Parcel.carrier == carrier, Parcel.tracking_number == tracking_number).with_for_update()
        ).scalar_one_or_none()
        if parcel is None:
            return "unknown"  # Carriers report all their parcels; most were never registered by a shop.
        added = session.execute(
            insert(Scan)
            .values(message_id=message_id, parcel_id=parcel.id, status=status, scanned_at=scanned_at)
            .on_conflict_do_nothing(index_elements=["message_id"])
            .returning(Scan.message_id)
        ).scalar_one_or_none()
        if added is None:
            return "duplicate"
        newest = select(Scan.scanned_at).where(Scan.parcel_id == parcel.id).order_by(Scan.scanned_at.desc()).limit(1)
        if session.execute(newest).scalar_one() <= scanned_at:
            parcel.status = status
        return "stored"


def forget(now: datetime | None = None) -> tuple[int, int]:
    """The retention of docs/privacy.md: addresses go after 90 days, parcels with their scans after 400."""
    now = now or datetime.now(UTC)
    with engine().begin() as connection:
        connection.execute(text("set local statement_timeout = '10min'"))
        blanked = connection.execute(
            sa.update(Parcel)
            .where(Parcel.created_at < now - timedelta(days=90), Parcel.recipient_email.is_not(None))
            .values(recipient_email=None)
        ).rowcount
        deleted = connection.execute(
            text("delete from parcels where created_at < :limit"), {"limit": now - timedelta(days=400)}
        ).rowcount
    return blanked, deleted
