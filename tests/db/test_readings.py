from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from db.documents import load_documents, load_references, load_sub_articles
from db.engine import Database
from db.readings import list_unread, save_reading
from db.records import get_record, save_records
from db.reports import exportable, save_report
from db.results import RecordCard, count_topic, get_card
from db.runs import close_run
from db.stored_readings import load_reading
from db.tables import checks, generations, metadata, readings, reports, summaries
from litsweep.domain.documents import (
    Document,
    DocumentKind,
    FetchedReport,
    FullTextSource,
    Licence,
    Reference,
    SectionKind,
    Span,
    SubArticle,
)
from litsweep.domain.generations import Generation, ReadingTask, SamplingParams, StopReason
from litsweep.domain.readings import (
    Analysis,
    Check,
    Finding,
    FindingState,
    LeftOut,
    Reading,
    Route,
    Summary,
    SummaryMethod,
    SupportedSentence,
    ValueMethod,
    Verdict,
)
from litsweep.domain.records import FetchedRecord, RecordSet
from litsweep.errors import DatabaseError, UnknownRecord, UnknownTopic

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
Sweep = Callable[..., None]

GENERATION = Generation(
    task=ReadingTask.SUMMARY,
    model_id="microsoft/biogpt",
    model_revision="eb0d815",
    weights_sha256="0" * 64,
    engine="transformers 5.0, cuda:0, bfloat16",
    is_demonstration=True,
    prompt_name="summary",
    prompt_version=1,
    prompt_sha256="1" * 64,
    sampling=SamplingParams(max_new_tokens=64, do_sample=True, temperature=0.7, seed=3),
    source=Span(0, 10),
    input_sha256="2" * 64,
    output_text="Budesonide helps.",
    n_input_tokens=100,
    n_output_tokens=5,
    stop_reason=StopReason.END_OF_TEXT,
    duration_s=0.125,
)
EXTRACTIVE = Summary(
    method=SummaryMethod.EXTRACTIVE,
    sentences=(
        SupportedSentence(text="To test α-agonists.", source=Span(46, 65), support=1.0),
        SupportedSentence(text="Nothing near.", source=None, support=0.0),
    ),
    checks=(),
    ranked_by="lexical",
)
GENERATED = Summary(
    method=SummaryMethod.GENERATED,
    sentences=(SupportedSentence(text="Budesonide helps.", source=Span(0, 10), support=0.5),),
    checks=(
        Check(name="numbers", verdict=Verdict.PASS, detail="no numbers"),
        Check(name="support", verdict=Verdict.FLAG, detail="weak", sentence_position=0),
    ),
    generation=GENERATION,
)


def read(document: Document, **changes: Any) -> Reading:
    route = Route(model_name="biogpt", reason="An abstract of 30 words.", n_tokens=41, n_windows=1)
    return replace(
        Reading(document=document, route=route, summaries=(EXTRACTIVE, GENERATED)), **changes
    )


@pytest.fixture
def sweep(
    database: Database,
    start_run: Callable[..., int],
    make_set: Callable[..., RecordSet],
) -> Sweep:
    """Store records for a topic, in a run of their own."""

    def store(*fetched: FetchedRecord, topic: str = "asthma") -> None:
        pmids = tuple(each.record.pmid for each in fetched)
        run_id = start_run(database, pmids, topic=topic)
        with database.writing() as conn:
            save_records(
                conn, run_id, make_set(*fetched), requested=pmids, now=NOW, tool_version="0"
            )
            close_run(conn, run_id, now=NOW)

    return store


def unread(
    database: Database,
    topic: str | None = "asthma",
    kind: DocumentKind = DocumentKind.ABSTRACT,
    limit: int | None = None,
) -> list[int]:
    with database.reading() as conn:
        return list_unread(conn, topic=topic, kind=kind, limit=limit)


def load(database: Database, document_id: int) -> Document:
    with database.reading() as conn:
        return load_documents(conn, [document_id])[0][1]


def save(database: Database, document_id: int, reading: Reading, fingerprint: str = "f") -> int:
    with database.writing() as conn:
        return save_reading(
            conn,
            document_id,
            reading,
            fingerprint=fingerprint,
            flow_run_id="flow-1",
            tool_version="0.1.0",
            now=NOW,
        )


def card(database: Database, pmid: int = 1) -> RecordCard:
    with database.reading() as conn:
        return get_card(conn, pmid)


def add_report(database: Database, pmid: int, document: Document, raw: bytes) -> None:
    report = FetchedReport(
        pmcid="PMC1",
        version=None,
        source=FullTextSource.EUROPE_PMC,
        url="https://example.org/",
        raw_xml=raw,
        licence=Licence(code="CC0", url=None, text=None),
        retrieved_at=NOW + timedelta(minutes=len(raw)),
    )
    with database.writing() as conn:
        save_report(conn, get_record(conn, pmid).record_id, report, document, NOW)


FULL_TEXT = Document(
    kind=DocumentKind.FULL_TEXT,
    title="A report",
    text="Nine children took part. They were well.",
    sections=(),
    language=None,
    article_type=None,
    pmid=1,
    pmcid="PMC1",
    doi=None,
    licence=Licence(code=None, url=None, text=None),
    has_body=True,
)
ANALYSIS = Analysis(
    findings=(
        Finding(
            data_item="participants",
            state=FindingState.FOUND,
            quote="Nine children took part.",
            source=Span(0, 24),
            support=0.9,
            section=SectionKind.DATA_AVAILABILITY,
            section_title="Who took part",
            value="9 children",
            value_method=ValueMethod.RULE,
            structured={"n": "9", "interval": {"low": "8", "high": None}},
            generation=replace(GENERATION, task=ReadingTask.ANALYSIS),
            checks=(Check(name="numbers", verdict=Verdict.FLAG, detail="9 is not nine"),),
        ),
        Finding(
            data_item="age",
            state=FindingState.NOT_FOUND,
            quote=None,
            source=None,
            support=0.1,
            generation=replace(GENERATION, task=ReadingTask.ANALYSIS),
        ),
        Finding(
            data_item="funding",
            state=FindingState.NOT_REPORTED,
            quote=None,
            source=None,
            support=0.0,
        ),
    ),
    n_sentences=2,
    n_sentences_read=1,
    ranked_by="minilm",
    n_windows=2,
    left_out=(LeftOut(span=Span(25, 40), reason="more windows than are read"),),
    other_generations=(
        replace(GENERATION, task=ReadingTask.ANALYSIS, output_text="The same once more."),
    ),
)


def test_a_reading_comes_back_as_it_was(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1))
    (document_id,) = unread(database)
    reading = read(load(database, document_id))
    reading_id = save(database, document_id, reading)
    with database.reading() as conn:
        stored = load_reading(conn, reading_id)
        flags = conn.execute(select(summaries.c.is_flagged).order_by("position")).scalars().all()
    assert stored.reading == reading
    assert (stored.reading_id, stored.document_id) == (reading_id, document_id)
    assert (stored.fingerprint, stored.read_at, stored.is_current) == ("f", NOW, True)
    assert flags == [False, True]
    assert unread(database) == []


def test_an_analysis_comes_back_as_it_was_with_one_row_a_model_call(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1, pmcid="PMC1"))
    add_report(database, 1, FULL_TEXT, b"<article/>")
    (document_id,) = unread(database, kind=DocumentKind.FULL_TEXT)
    reading = read(FULL_TEXT, summaries=(), analysis=ANALYSIS)
    reading_id = save(database, document_id, reading)
    with database.reading() as conn:
        assert load_reading(conn, reading_id).reading == reading
        assert conn.scalar(select(func.count()).select_from(generations)) == 2
        assert conn.scalar(select(readings.c.task)) is ReadingTask.ANALYSIS
    assert unread(database, kind=DocumentKind.FULL_TEXT) == []


@pytest.mark.parametrize(("is_flagged", "shown"), [(True, [True, False]), (False, [False, True])])
def test_one_summary_is_marked_as_the_one_to_show(
    database: Database,
    sweep: Sweep,
    make_record: Callable[..., FetchedRecord],
    is_flagged: bool,
    shown: list[bool],
) -> None:
    sweep(make_record(1))
    (document_id,) = unread(database)
    written = GENERATED if is_flagged else replace(GENERATED, checks=())
    reading = read(load(database, document_id), summaries=(EXTRACTIVE, written))
    save(database, document_id, reading)
    with database.reading() as conn:
        assert conn.scalars(select(summaries.c.is_shown).order_by("position")).all() == shown


def test_references_and_sub_articles_are_kept_with_the_document_and_loaded_apart(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    cited = (
        Reference(text="Doe J. 2019.", label="1", pmid=7, doi="10.1000/x", year="2019a"),
        Reference(text="A book.", pmcid="PMC7", publication_type="book"),
    )
    reply = SubArticle(article_type="reply", title="Re", text="Not so.", language="en")
    document = replace(FULL_TEXT, references=cited, sub_articles=(reply,))
    sweep(make_record(1, pmcid="PMC1"))
    add_report(database, 1, document, b"<article/>")
    (document_id,) = unread(database, kind=DocumentKind.FULL_TEXT)
    with database.reading() as conn:
        assert load_references(conn, document_id) == cited
        assert load_sub_articles(conn, document_id) == (reply,)
    assert load(database, document_id) == FULL_TEXT


@pytest.mark.parametrize(
    ("own", "may_export"), [(None, True), ("CC BY", True), ("TDM", False), ("CC BY-NC", True)]
)
def test_a_report_may_be_exported_where_both_licences_permit_it(
    database: Database,
    sweep: Sweep,
    make_record: Callable[..., FetchedRecord],
    own: str | None,
    may_export: bool,
) -> None:
    sweep(make_record(1, pmcid="PMC1"))
    licence = Licence(code=own, url=None, text=None)
    add_report(database, 1, replace(FULL_TEXT, licence=licence), b"<article/>")  # the source: CC0
    with database.reading() as conn:
        found = conn.scalars(select(reports.c.report_id).where(exportable())).all()
    assert bool(found) is may_export
    retrieval = card(database).retrieval
    assert retrieval is not None
    assert retrieval.may_export is may_export


def test_the_same_reading_again_adds_nothing_and_another_stands_beside_it(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1))
    (document_id,) = unread(database)
    reading = read(load(database, document_id))
    first = save(database, document_id, reading)
    assert save(database, document_id, reading) == first
    second = save(database, document_id, reading, fingerprint="newer model")
    assert second != first
    with database.reading() as conn:
        for table, n_rows in ((readings, 2), (summaries, 4), (generations, 2), (checks, 4)):
            assert conn.scalar(select(func.count()).select_from(table)) == n_rows
    assert [stored.reading_id for stored in card(database).readings] == [second]


def test_a_failed_reading_is_kept_and_tried_again(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1))
    (document_id,) = unread(database)
    failed = read(load(database, document_id), summaries=(), failure="out of memory \x00\ud800")
    numbers = [save(database, document_id, failed) for _ in range(2)]
    assert len(set(numbers)) == 2
    assert unread(database) == [document_id]
    (stored,) = card(database).readings
    assert stored.reading.failure == "out of memory \ufffd\ufffd"
    good = save(database, document_id, replace(failed, failure=None))
    assert good not in numbers
    assert unread(database) == []
    assert [stored.reading_id for stored in card(database).readings] == [good]


def test_only_the_current_text_is_unread_and_an_older_reading_is_marked_so(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1, title="A"))
    (first,) = unread(database)
    save(database, first, read(load(database, first)))
    sweep(make_record(1, title="A", mesh_headings=()))  # indexed anew, reads the same
    assert unread(database) == []
    sweep(make_record(1, title="B"))
    (second,) = unread(database)
    assert second != first
    (stored,) = card(database).readings
    assert (stored.document_id, stored.is_current) == (first, False)
    save(database, second, read(load(database, second)))
    (stored,) = card(database).readings
    assert (stored.document_id, stored.is_current) == (second, True)
    sweep(make_record(1, title="A"))  # back to the first text, which was read
    assert unread(database) == []


def test_the_newest_report_is_the_one_to_read(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1, pmcid="PMC1"))
    add_report(database, 1, FULL_TEXT, b"<first/>")
    (first,) = unread(database, kind=DocumentKind.FULL_TEXT)
    add_report(database, 1, replace(FULL_TEXT, text="Corrected."), b"<corrected/>")
    (second,) = unread(database, kind=DocumentKind.FULL_TEXT)
    assert first != second
    assert load(database, second).text == "Corrected."


def test_what_is_unread_is_counted_by_topic(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1), make_record(2))
    sweep(make_record(2), make_record(3), topic="copd")
    everything = unread(database, None)
    assert len(everything) == 3
    assert set(unread(database)) | set(unread(database, "copd")) == set(everything)
    assert unread(database, None, limit=2) == everything[:2]
    save(database, everything[0], read(load(database, everything[0])))
    with database.reading() as conn:
        counts = count_topic(conn, "asthma")
        assert count_topic(conn, None).n_records == 3
        with pytest.raises(UnknownTopic):
            count_topic(conn, "gout")
    assert (counts.n_records, counts.n_reports) == (2, 0)
    assert (counts.n_abstracts_read, counts.n_full_texts_read) == (1, 0)


def test_a_card_shows_everything_about_a_record(
    database: Database, sweep: Sweep, make_record: Callable[..., FetchedRecord]
) -> None:
    sweep(make_record(1, pmcid="PMC1"))
    sweep(make_record(1, pmcid="PMC1", keywords=()), topic="copd")
    add_report(database, 1, FULL_TEXT, b"<article/>")
    for kind in DocumentKind:
        (document_id,) = unread(database, kind=kind)
        save(database, document_id, read(load(database, document_id)))
    shown = card(database)
    assert shown.record.pmid == 1
    assert shown.topics == ("asthma", "copd")
    assert [version.version for version in shown.versions] == [1, 2]
    assert shown.retrieval is not None
    assert (shown.retrieval.source, shown.retrieval.licence_code) == (
        FullTextSource.EUROPE_PMC,
        "CC0",
    )
    assert [stored.reading.document.kind for stored in shown.readings] == list(DocumentKind)
    with database.reading() as conn, pytest.raises(UnknownRecord):
        get_card(conn, 2)


@pytest.mark.parametrize(
    "broken",
    [
        {"method": SummaryMethod.GENERATED, "generation": None},
        {"method": SummaryMethod.EXTRACTIVE, "generation": GENERATION},
        {"sentences": (SupportedSentence(text="x", source=None, support=1.5),)},
    ],
)
def test_the_database_refuses_a_summary_that_cannot_be(
    database: Database,
    sweep: Sweep,
    make_record: Callable[..., FetchedRecord],
    broken: dict[str, Any],
) -> None:
    sweep(make_record(1))
    (document_id,) = unread(database)
    summary = replace(EXTRACTIVE, **broken)
    with pytest.raises(DatabaseError, match="refused a statement"):
        save(database, document_id, read(load(database, document_id), summaries=(summary,)))
    with database.reading() as conn:
        assert conn.scalar(select(func.count()).select_from(readings)) == 0


def test_every_time_and_state_column_refuses_what_it_cannot_hold(database: Database) -> None:
    topics = metadata.tables["topics"]
    with pytest.raises(DatabaseError, match="time zone"), database.writing() as conn:
        conn.execute(topics.insert().values(name="x", created_at=NOW.replace(tzinfo=None)))
    with pytest.raises(DatabaseError), database.writing() as conn:
        conn.exec_driver_sql(
            "INSERT INTO search_hits (search_run_id, pmid, state) VALUES (1, 1, 'lost')"
        )
