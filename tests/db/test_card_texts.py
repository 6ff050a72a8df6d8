"""What a card shows of readings: numbers, sources, flags; and of records beside them."""

import pytest
from sqlalchemy import select

from db import tables
from db.card_facts import list_titles, load_card_facts
from db.card_texts import load_card_texts
from db.engine import Database
from litsweep.domain.documents import DocumentKind
from litsweep.domain.readings import FindingState
from litsweep.errors import UnknownRecord
from tests.fakes.filled_database import TOPIC, fill_whole


def test_a_card_has_each_sentence_and_data_item_with_its_number(database: Database) -> None:
    fill_whole(database)
    with database.reading() as conn:
        generated = conn.execute(
            select(tables.summaries.c.summary_id, tables.documents.c.record_id)
            .join(tables.readings, tables.readings.c.reading_id == tables.summaries.c.reading_id)
            .join(tables.documents, tables.documents.c.document_id == tables.readings.c.document_id)
            .where(tables.summaries.c.method == "generated")
        ).one()
        texts = load_card_texts(conn, generated.record_id)
        (summary,) = texts.readings[DocumentKind.ABSTRACT].summaries
        assert (summary.summary_id, summary.is_shown) == (generated.summary_id, False)
        assert summary.flags == ("12 is not in the abstract",)
        assert [(one.position, one.text) for one in summary.sentences] == [
            (0, "It helped 12 people.")
        ]
        record_id = conn.scalar(select(tables.reports.c.record_id).limit(1))
        assert record_id is not None
        texts = load_card_texts(conn, record_id)
        read = texts.readings[DocumentKind.FULL_TEXT]
        assert texts.full_text is not None
        for one in read.findings:
            stored = conn.execute(
                select(tables.findings).where(tables.findings.c.finding_id == one.finding_id)
            ).one()
            assert stored.data_item == one.finding.data_item
            if one.finding.state is FindingState.FOUND and one.finding.source is not None:
                span = one.finding.source
                assert texts.full_text.text[span.start : span.end] == one.finding.quote
        of_abstract = load_card_texts(conn, record_id, kinds=(DocumentKind.ABSTRACT,))
        assert set(of_abstract.readings) == {DocumentKind.ABSTRACT}
        assert of_abstract.full_text is None


def test_a_card_says_where_a_record_comes_from(database: Database) -> None:
    fill_whole(database)
    with database.reading() as conn:
        facts = load_card_facts(conn, 5)
        assert [(one.topic, one.file_name) for one in facts.found_for] == [(TOPIC, None)]
        assert facts.found_for[0].search_run_id is not None
        assert len(facts.versions) == 1
        assert list_titles(conn, [5, 99_999]) == {5: facts.record.title}
        with pytest.raises(UnknownRecord):
            load_card_facts(conn, 99_999)
        with pytest.raises(UnknownRecord):
            load_card_texts(conn, 99_999)
