"""What a card shows of a record's readings: each sentence and each data item with its number.

The readings themselves are ``db.stored_readings``'; here they get the numbers by which people
judge them. Reading only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Integer, bindparam, select

from db.current_documents import find_current_documents
from db.stored_readings import StoredReading, find_latest, load_reading
from db.tables import analyses, findings, readings, records, summaries
from litsweep.domain.documents import Document, DocumentKind, Span
from litsweep.domain.readings import Check, Finding, Summary, Verdict
from litsweep.errors import UnknownRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSentence:
    """A sentence of a summary; ``position`` is its place, 0 the first.

    ``source`` is the span of its source sentence in the text that was read, None where none is
    near; ``flags`` are the objections of checks to this sentence, in words.
    """

    position: int
    text: str
    source: Span | None
    support: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSummary:
    """A summary with its number; ``flags`` are the objections to the whole of it, in words.

    ``is_shown`` tells the one of its reading that is shown; the others are withheld.
    """

    summary_id: int
    is_shown: bool
    sentences: tuple[CardSentence, ...]
    flags: tuple[str, ...]
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFinding:
    """A data item with its number; ``flags`` are the objections of checks to it, in words."""

    finding_id: int
    flags: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReading:
    """The reading to show of one kind of document, with the numbers of its parts.

    The text that was read, the route, the analysis and the failure are in ``stored``;
    ``stale_since`` is when the record got another text than the one that was read, or None.
    """

    stored: StoredReading
    stale_since: datetime | None
    summaries: tuple[CardSummary, ...]
    findings: tuple[CardFinding, ...]

    @property
    def reading_id(self) -> int:
        """The number of the reading."""
        return self.stored.reading_id

    @property
    def shown_summary(self) -> CardSummary | None:
        """The summary to show, or None."""
        return next((one for one in self.summaries if one.is_shown), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTexts:
    """The current texts of a record, and the reading to show of each.

    ``documents`` are the current ones, whether read or not; a reading may be of an older one
    (``CardReading.stored.is_current``). ``record_version`` is the record's current version.
    """

    record_id: int
    record_version: int
    documents: dict[DocumentKind, tuple[int, Document]]
    readings: dict[DocumentKind, CardReading]

    @property
    def abstract(self) -> Document | None:
        """The current title and abstract, or None."""
        found = self.documents.get(DocumentKind.ABSTRACT)
        return None if found is None else found[1]

    @property
    def full_text(self) -> Document | None:
        """The current full text, or None."""
        found = self.documents.get(DocumentKind.FULL_TEXT)
        return None if found is None else found[1]


def load_card_texts(
    conn: Connection, record_id: int, *, kinds: Sequence[DocumentKind] = tuple(DocumentKind)
) -> CardTexts:
    """Return the texts of a record with what was read of them, of the ``kinds`` asked for.

    Raises:
        UnknownRecord: no record has this number.
    """
    version = conn.scalar(_VERSION, {"number": record_id})
    if version is None:
        raise UnknownRecord(f"There is no record r{record_id}.")
    current = find_current_documents(conn, record_id, kinds=kinds)
    latest = ((kind, find_latest(conn, record_id, kind)) for kind in kinds)
    return CardTexts(
        record_id=record_id,
        record_version=version,
        documents={kind: (one.document_id, one.document) for kind, one in current.items()},
        readings={
            kind: load_card_reading(conn, reading_id)
            for kind, reading_id in latest
            if reading_id is not None
        },
    )


def load_card_reading(conn: Connection, reading_id: int) -> CardReading:
    """Return one reading, shown or not, with the numbers of its parts."""
    stored = load_reading(conn, reading_id)
    of_reading = {"number": reading_id}
    stale_since = conn.scalar(_STALE_SINCE, of_reading)
    numbered = conn.execute(_SUMMARIES, of_reading).all()
    finding_ids = conn.scalars(_FINDINGS, of_reading).all()
    analysis = stored.reading.analysis
    return CardReading(
        stored=stored,
        stale_since=stale_since,
        summaries=tuple(
            _build_summary(row, summary)
            for row, summary in zip(numbered, stored.reading.summaries, strict=True)
        ),
        findings=tuple(
            CardFinding(finding_id=number, flags=_flags(one.checks), finding=one)
            for number, one in zip(finding_ids, analysis.findings if analysis else (), strict=True)
        ),
    )


def _build_summary(row: Any, summary: Summary) -> CardSummary:
    return CardSummary(
        summary_id=row.summary_id,
        is_shown=row.is_shown,
        sentences=tuple(
            CardSentence(
                position=position,
                text=sentence.text,
                source=sentence.source,
                support=sentence.support,
                flags=_flags(one for one in summary.checks if one.sentence_position == position),
            )
            for position, sentence in enumerate(summary.sentences)
        ),
        flags=_flags(one for one in summary.checks if one.sentence_position is None),
        summary=summary,
    )


def _flags(tests: Iterable[Check]) -> tuple[str, ...]:
    return tuple(one.detail for one in tests if one.verdict is Verdict.FLAG)


_NUMBER: Final = bindparam("number", type_=Integer)
_VERSION: Final = select(records.c.version).where(records.c.record_id == _NUMBER)
_STALE_SINCE: Final = select(readings.c.stale_since).where(readings.c.reading_id == _NUMBER)
_SUMMARIES: Final = (
    select(summaries.c.summary_id, summaries.c.is_shown)
    .where(summaries.c.reading_id == _NUMBER)
    .order_by(summaries.c.position)
)
_FINDINGS: Final = (
    select(findings.c.finding_id)
    .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
    .where(analyses.c.reading_id == _NUMBER)
    .order_by(findings.c.position)
)
