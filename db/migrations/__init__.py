"""Alembic's folder; `db.schema` runs what is in it."""
