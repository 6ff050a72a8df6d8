"""Results as pandas DataFrames: ``from litsweep import frames``. The queries are ``db.frames``'."""

from db.frames import decisions, findings, records, summaries

__all__ = ["decisions", "findings", "records", "summaries"]
