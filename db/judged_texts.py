"""What a judgement is about: one sentence or one data item, with its source, for one page.

Judging itself is ``db.judgements``'s.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.card_texts import CardFinding, CardReading, CardSentence, CardSummary, load_card_reading
from db.judgements import list_finding_judgements, list_sentence_judgements
from db.records import StoredRecord, get_record
from db.tables import analyses, documents, findings, readings, summaries
from litsweep.domain.generations import Generation
from litsweep.domain.judgements import FindingJudgement, SentenceJudgement
from litsweep.errors import UnknownRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSentence:
    """A sentence of a summary, the record and the reading that it is of, and what people say."""

    record: StoredRecord
    reading: CardReading
    summary: CardSummary
    sentence: CardSentence
    judgements: tuple[SentenceJudgement, ...]

    @property
    def generation(self) -> Generation | None:
        """The model call that wrote it; None for a quoted one."""
        return self.summary.summary.generation


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFinding:
    """A data item, the record and the reading that it is of, and what people say."""

    record: StoredRecord
    reading: CardReading
    finding: CardFinding
    judgements: tuple[FindingJudgement, ...]

    @property
    def generation(self) -> Generation | None:
        """The model call that wrote its value, or None."""
        return self.finding.finding.generation


def get_judged_sentence(conn: Connection, summary_id: int, position: int) -> JudgedSentence:
    """Return the sentence at a place of a summary.

    Raises:
        UnknownRecord: there is none.
    """
    reading_id = conn.scalar(
        select(summaries.c.reading_id).where(summaries.c.summary_id == summary_id)
    )
    reading = None if reading_id is None else load_card_reading(conn, reading_id)
    found = [
        (summary, sentence)
        for summary in (reading.summaries if reading else ())
        for sentence in summary.sentences
        if (summary.summary_id, sentence.position) == (summary_id, position)
    ]
    if reading is None or not found:
        raise UnknownRecord(f"There is no sentence {position + 1} in a summary {summary_id}.")
    return JudgedSentence(
        record=_get_record(conn, reading),
        reading=reading,
        summary=found[0][0],
        sentence=found[0][1],
        judgements=tuple(
            one
            for one in list_sentence_judgements(conn, [summary_id])
            if one.position == position
        ),
    )


def get_judged_finding(conn: Connection, finding_id: int) -> JudgedFinding:
    """Return the data item with this number.

    Raises:
        UnknownRecord: there is none.
    """
    reading_id = conn.scalar(
        select(analyses.c.reading_id)
        .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
        .where(findings.c.finding_id == finding_id)
    )
    if reading_id is None:
        raise UnknownRecord(f"There is no data item {finding_id}.")
    reading = load_card_reading(conn, reading_id)
    return JudgedFinding(
        record=_get_record(conn, reading),
        reading=reading,
        finding=next(one for one in reading.findings if one.finding_id == finding_id),
        judgements=tuple(list_finding_judgements(conn, [finding_id])),
    )


def _get_record(conn: Connection, reading: CardReading) -> StoredRecord:
    record_id = conn.scalar(
        select(documents.c.record_id)
        .join(readings, readings.c.document_id == documents.c.document_id)
        .where(readings.c.reading_id == reading.reading_id)
    )
    return get_record(conn, record_id=record_id)
