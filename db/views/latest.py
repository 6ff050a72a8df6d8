"""What counts of a record now: its shown summary, its report, its analysis, what was sought.

The rules are those of ``db.stored_readings``: of the current document, not failed, not superseded,
the newest. All are correlated to ``records``.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select

from db.tables import (
    analyses,
    readings,
    record_versions,
    records,
    reports,
    retrievals,
    summaries,
)
from db.views.expressions import flag, there_is
from litsweep.domain.generations import ReadingTask

_shown = summaries.alias("shown")

NEVER_SOUGHT: Final = "never_sought"
NOT_RETRIEVED: Final = "not_retrieved"
OBTAINED: Final = "obtained"

FULL_TEXT_STATES: Final = (
    f"Full text: `{NEVER_SOUGHT}`, `{NOT_RETRIEVED}` (sought in vain), or `{OBTAINED}`."
)


def select_abstract_readings(*columns: ColumnElement[Any]) -> Select[Any]:
    """Select from the readings of the record's current abstract, the failed ones too."""
    return (
        select(*columns)
        .select_from(record_versions)
        .join(readings, readings.c.document_id == record_versions.c.document_id)
        .where(
            record_versions.c.record_id == records.c.record_id,
            record_versions.c.version == records.c.version,
            readings.c.task == ReadingTask.SUMMARY,
        )
        .order_by(readings.c.reading_id.desc())
        .limit(1)
        .correlate(records)
    )


def is_valid() -> ColumnElement[bool]:
    """Return the condition on a reading that something came of it and no newer one is shown."""
    return readings.c.failure.is_(None) & readings.c.superseded_by_id.is_(None)


def shown_summary(column: str) -> ScalarSelect[Any]:
    """Return a column of the summary that is shown for the record, or null."""
    return (
        select_abstract_readings(_shown.c[column])
        .join(_shown, _shown.c.reading_id == readings.c.reading_id)
        .where(is_valid(), flag(_shown, "is_shown"))
        .scalar_subquery()
    )


def current_report_id() -> ScalarSelect[int]:
    """Return the number of the record's newest report, or null."""
    return (
        select(func.max(reports.c.report_id))
        .where(reports.c.record_id == records.c.record_id)
        .correlate(records)
        .scalar_subquery()
    )


def analysis_of(document_id: ColumnElement[Any], *correlated: Any) -> ScalarSelect[int]:
    """Return the number of the analysis that is shown for a full text, or null."""
    return (
        select(analyses.c.analysis_id)
        .join(readings, readings.c.reading_id == analyses.c.reading_id)
        .where(readings.c.document_id == document_id, is_valid())
        .order_by(readings.c.reading_id.desc())
        .limit(1)
        .correlate(*correlated)
        .scalar_subquery()
    )


def last_attempt(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Return a column of the last attempt to obtain the record's full text, or null."""
    return (
        select(column)
        .where(retrievals.c.record_id == records.c.record_id)
        .order_by(retrievals.c.attempted_at.desc())
        .limit(1)
        .correlate(records)
        .scalar_subquery()
    )


def full_text_state() -> ColumnElement[str]:
    """Return how far the search for the record's full text has come, as a word."""
    obtained = select(reports.c.report_id).where(reports.c.record_id == records.c.record_id)
    sought = select(retrievals.c.retrieval_id).where(retrievals.c.record_id == records.c.record_id)
    return case(
        (there_is(obtained, records), OBTAINED),
        (there_is(sought, records), NOT_RETRIEVED),
        else_=NEVER_SOUGHT,
    )
