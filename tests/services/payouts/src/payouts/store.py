"""Payouts in PostgreSQL."""

import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Engine, Float, String, create_engine, func, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from payouts.settings import settings


class Base(DeclarativeBase):
    pass


class Payout(Base):
    __tablename__ = "payouts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    tenant_id: Mapped[str] = mapped_column(String(40), index=True)
    holder: Mapped[str] = mapped_column(String(140))
    iban: Mapped[str] = mapped_column(String(34))
    amount: Mapped[float] = mapped_column(Float)
    fee: Mapped[float] = mapped_column(Float)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(16), default="queued")
    bank_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


@lru_cache(maxsize=1)
def engine() -> Engine:
    return create_engine(
        settings().database_url.get_secret_value(),
        pool_size=10,
        max_overflow=5,
        pool_timeout=3,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "options": "-c statement_timeout=5000"},
    )


def is_active_tenant(tenant_id: str) -> bool:
    with engine().connect() as connection:
        found = connection.execute(text("select active from tenants where id = :id"), {"id": tenant_id})
        return bool(found.scalar_one_or_none())


def add(fields: dict[str, Any]) -> Payout:
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        payout = Payout(**fields, fee=fields["amount"] * 0.0125)
        session.add(payout)
        return payout


def find(payout_id: uuid.UUID) -> Payout | None:
    with Session(engine(), expire_on_commit=False) as session:
        return session.get(Payout, payout_id)


def mark(payout_id: uuid.UUID, status: str, bank_id: str | None = None) -> None:
    with Session(engine()) as session, session.begin():
        payout = session.execute(select(Payout).where(Payout.id == payout_id).with_for_update()).scalar_one()
        payout.status = status
        payout.bank_id = bank_id or payout.bank_id


def statement(tenant_id: str, month: str) -> list[dict[str, Any]]:
    """The lines of a tenant's monthly statement."""
    query = text(
        "select id, reference, amount, fee, currency, status, created_at from payouts"
        " where tenant_id = :tenant and to_char(created_at, 'YYYY-MM') = :month order by created_at"
    )
    with engine().connect() as connection:
        return [dict(row) for row in connection.execute(query, {"tenant": tenant_id, "month": month}).mappings()]


def purge() -> int:
    """The retention of docs/privacy.md: settled payouts are archived, and deleted 180 days after."""
    with engine().begin() as connection:
        return connection.execute(
            text("delete from payouts where status = 'archived' and created_at < now() - interval '180 days'")
        ).rowcount
