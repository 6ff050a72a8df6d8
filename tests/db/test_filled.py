from sqlalchemy import func, select

from db.engine import Database
from db.tables import findings, reports, screening_decisions, summaries


def test_a_filled_database_has_reports_analyses_and_decisions(filled_database: Database) -> None:
    with filled_database.reading() as conn:
        for table in (reports, findings, screening_decisions, summaries):
            assert conn.scalar(select(func.count()).select_from(table))
