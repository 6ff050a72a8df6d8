"""``review_queue``: what waits for a person's decision on title and abstract."""

from typing import Any

from sqlalchemy import ColumnElement, Label, Select, not_, select

from db.duplicates import KEPT
from db.tables import records, screening_decisions, topic_records, topics
from db.views.expressions import flag, holds, joined, there_is
from db.views.latest import FULL_TEXT_STATES, full_text_state, shown_summary
from db.views.view import ViewColumn, column, make_view, same
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus

_kept_found = topic_records.alias("kept_found")


def _decided(*decisions: Decision) -> Select[Any]:
    """Select the standing decisions of the stage about the topic's record."""
    return (
        select(screening_decisions.c.reviewer)
        .where(
            screening_decisions.c.topic_id == topic_records.c.topic_id,
            screening_decisions.c.record_id == topic_records.c.record_id,
            screening_decisions.c.stage == Stage.TITLE_ABSTRACT,
            flag(screening_decisions, "is_standing"),
            screening_decisions.c.decision.in_(decisions),
        )
        .correlate(topic_records)
    )


def _of_record(name: str, value: ColumnElement[Any] | None = None) -> ViewColumn:
    """Return a column of the record, or a value of it: looked up only for the rows that are shown.

    A join would have PostgreSQL read every record of the topic, abstracts included, for one page.
    """
    source = records.c[name] if value is None else value
    found = select(source).select_from(records).where(_is_it).correlate(topic_records)
    comment = _COMMENTS.get(name) or str(records.c[name].comment)
    return column(name, found.scalar_subquery(), comment)


def _deleted() -> Select[Any]:
    return select(records.c.record_id).where(
        _is_it, records.c.publication_status == PublicationStatus.DELETED
    )


def _represented() -> Select[Any]:
    """Select the record where it is a duplicate that a kept record of the same topic stands for."""
    return (
        select(records.c.record_id)
        .join(KEPT, KEPT.c.record_id == records.c.duplicate_of_id)
        .join(_kept_found, _kept_found.c.record_id == KEPT.c.record_id)
        .where(
            _is_it,
            KEPT.c.publication_status != PublicationStatus.DELETED,
            _kept_found.c.topic_id == topic_records.c.topic_id,
        )
    )


def _build(columns: tuple[Label[Any], ...]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(topic_records.join(topics, topics.c.topic_id == topic_records.c.topic_id))
        .where(
            not_(flag(topic_records, "is_screened")),
            ~there_is(_deleted(), topic_records),
            ~there_is(_represented(), topic_records),
        )
    )


_is_it = records.c.record_id == topic_records.c.record_id
_COMMENTS = {
    "has_abstract": "Whether there is an abstract.",
    "summary": "The summary that is shown: machine text; or null.",
    "summary_is_flagged": "Whether a check of that summary asks for a person's look; or null.",
    "full_text_state": FULL_TEXT_STATES,
}

REVIEW_QUEUE = make_view(
    "review_queue",
    "What waits at title and abstract, one row a topic and record: fewer people include or "
    "exclude it than the topic's rules ask for, PubMed has not deleted it, and no kept record of "
    "the topic stands for it.",
    (
        column("topic", topics.c.name, "Name of the topic."),
        same(topic_records.c.topic_id),
        same(topic_records.c.record_id),
        _of_record("pmid"),
        _of_record("title"),
        _of_record("journal"),
        _of_record("publication_date"),
        _of_record("publication_date_precision"),
        _of_record("publication_status"),
        _of_record("has_abstract", holds(records.c.abstract != "")),
        _of_record("summary", shown_summary("text")),
        _of_record("summary_is_flagged", shown_summary("is_flagged")),
        _of_record("full_text_state", full_text_state()),
        same(topic_records.c.found_at),
        same(topic_records.c.is_late),
        column(
            "unsure",
            joined(_decided(Decision.UNSURE).order_by(screening_decisions.c.reviewer), ", "),
            "Who was unsure, by name; null: nobody.",
        ),
    ),
    _build,
)
"""One row a topic and record that waits at title and abstract."""
