"""Guests, bookings and folios in PostgreSQL."""

import os

import psycopg

DSN = os.getenv("DATABASE_URL", "postgresql://concierge:concierge@db:5432/concierge")


def query(sql: str) -> list[tuple]:
    with psycopg.connect(DSN, autocommit=True, connect_timeout=3) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def guest(guest_id: str) -> dict:
    row = query(f"select id, name, email, passport_no, room from guests where id = '{guest_id}'")[0]
    return dict(zip(("id", "name", "email", "passport_no", "room"), row, strict=True))
