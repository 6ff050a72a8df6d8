"""``review_queue``: what waits for a person's decision on title and abstract."""

from typing import Any

from sqlalchemy import ColumnElement, Label, Select, or_, select

from db.duplicates import KEPT
from db.tables import records, screening_decisions, topic_records, topics
from db.views.expressions import flag, holds, joined, there_is
from db.views.latest import FULL_TEXT_STATES, full_text_state, shown_summary
from db.views.view import column, make_view, same
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


def _is_represented() -> ColumnElement[bool]:
    """Return the condition that a kept record of the same topic stands for this duplicate."""
    kept = (
        select(KEPT.c.record_id)
        .join(_kept_found, _kept_found.c.record_id == KEPT.c.record_id)
        .where(
            KEPT.c.record_id == records.c.duplicate_of_id,
            KEPT.c.publication_status != PublicationStatus.DELETED,
            _kept_found.c.topic_id == topic_records.c.topic_id,
        )
    )
    return there_is(kept, records, topic_records)


def _build(columns: tuple[Label[Any], ...]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(
            topic_records.join(topics, topics.c.topic_id == topic_records.c.topic_id).join(
                records, records.c.record_id == topic_records.c.record_id
            )
        )
        .where(
            ~there_is(_decided(Decision.INCLUDE, Decision.EXCLUDE), topic_records),
            records.c.publication_status != PublicationStatus.DELETED,
            or_(records.c.duplicate_of_id.is_(None), ~_is_represented()),
        )
    )


REVIEW_QUEUE = make_view(
    "review_queue",
    "What waits at title and abstract, one row a topic and record: nobody's include or exclude "
    "stands, PubMed has not deleted it, and no kept record of the topic stands for it.",
    (
        column("topic", topics.c.name, "Name of the topic."),
        same(topic_records.c.topic_id),
        same(topic_records.c.record_id),
        same(records.c.pmid),
        same(records.c.title),
        same(records.c.journal),
        same(records.c.publication_date),
        same(records.c.publication_date_precision),
        same(records.c.publication_status),
        column("has_abstract", holds(records.c.abstract != ""), "Whether there is an abstract."),
        column("summary", shown_summary("text"), "The summary that is shown; or null."),
        column(
            "summary_is_flagged",
            shown_summary("is_flagged"),
            "Whether a check of that summary asks for a person's look; null without one.",
        ),
        column("full_text_state", full_text_state(), FULL_TEXT_STATES),
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
