"""Runs, their evidence and their history, in SQLite or PostgreSQL. The only folder that imports SQLAlchemy."""
