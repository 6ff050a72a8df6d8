"""The random audit: chance, not suspicion, chooses which sentence or data item is judged.

Drawn from all that is shown, each with the same chance, but for what an audit drew before;
what somebody judged by their own choice stays in the lot, or the suspicious would be missing
from it. The draw follows from a seed, so that loading a page again draws nothing else.
"""

import random
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, exists, func, select

from db.judgement_rows import stands
from db.tables import (
    analyses,
    documents,
    finding_judgements,
    findings,
    readings,
    sentence_judgements,
    summaries,
    summary_sentences,
    topic_records,
)
from db.topics import get_topic
from litsweep.domain.readings import SummaryMethod, ValueMethod

_AT_ONCE: Final = 500
"""Numbers drawn at once. Of a table with fewer rows all are drawn."""


class Lot(StrEnum):
    """What an audit draws from."""

    SENTENCES = "sentences"
    """The sentences of the summaries that are shown."""
    WRITTEN_SENTENCES = "written_sentences"
    """Of those the ones that a model wrote."""
    FINDINGS = "findings"
    """The data items of the analyses that are shown."""
    WRITTEN_FINDINGS = "written_findings"
    """Of those the ones whose value a model wrote."""

    @property
    def is_of_findings(self) -> bool:
        """Whether it draws data items."""
        return self in (Lot.FINDINGS, Lot.WRITTEN_FINDINGS)


def draw(conn: Connection, lot: Lot, *, topic: str | None, seed: str) -> tuple[int, ...] | None:
    """Return a summary's number and a sentence's place, or a data item's number; None: all done.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = _select(conn, lot, topic)
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    number = findings.c.finding_id if lot.is_of_findings else summaries.c.summary_id
    last = conn.scalar(select(func.max(number))) or 0
    some = chance.sample(range(1, last + 1), min(_AT_ONCE, last))
    found = conn.execute(statement.where(number.in_(some))).all()
    if not found and last > _AT_ONCE:
        # A small lot in a large table: then all of it can be looked at.
        found = conn.execute(statement).all()
    return tuple(chance.choice(sorted(map(tuple, found)))) if found else None


def count_audited(conn: Connection, reviewer: str) -> int:
    """Return how many judgements of what chance drew the person has made, replaced ones too."""
    return sum(
        conn.scalar(
            select(func.count())
            .select_from(table)
            .where(table.c.reviewer == reviewer, table.c.is_audit)
        )
        or 0
        for table in (sentence_judgements, finding_judgements)
    )


def _select(conn: Connection, lot: Lot, topic: str | None) -> Select[Any]:
    if lot.is_of_findings:
        statement = _select_findings()
        if lot is Lot.WRITTEN_FINDINGS:
            statement = statement.where(findings.c.value_method == ValueMethod.MODEL)
    else:
        statement = _select_sentences()
        if lot is Lot.WRITTEN_SENTENCES:
            statement = statement.where(summaries.c.method == SummaryMethod.GENERATED)
    statement = statement.where(
        readings.c.failure.is_(None),
        readings.c.superseded_by_id.is_(None),
        readings.c.stale_since.is_(None),
    )
    if topic is None:
        return statement
    return statement.where(
        exists().where(
            topic_records.c.topic_id == get_topic(conn, topic).topic_id,
            topic_records.c.record_id == documents.c.record_id,
        )
    )


def _select_sentences() -> Select[Any]:
    judged = sentence_judgements.c
    drawn = exists().where(
        judged.summary_id == summary_sentences.c.summary_id,
        judged.position == summary_sentences.c.position,
        stands(sentence_judgements),
        judged.is_audit,
    )
    return (
        select(summary_sentences.c.summary_id, summary_sentences.c.position)
        .join(
            summaries,
            and_(
                summaries.c.summary_id == summary_sentences.c.summary_id, summaries.c.is_shown
            ),
        )
        .join(readings, readings.c.reading_id == summaries.c.reading_id)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .where(~drawn)
    )


def _select_findings() -> Select[Any]:
    judged = finding_judgements.c
    drawn = exists().where(
        judged.finding_id == findings.c.finding_id, stands(finding_judgements), judged.is_audit
    )
    return (
        select(findings.c.finding_id)
        .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
        .join(readings, readings.c.reading_id == analyses.c.reading_id)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .where(~drawn)
    )
