"""A results database with all that a review holds: the sample records, read and decided upon.

`fill` stores the sample records as the topic ``everything`` and reads their abstracts without a
model; `fill_whole` adds the sample's full texts with their analyses, a summary by a model, and
decisions of two people.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from db import documents, readings, records, reports, runs, tables, topics
from db.engine import Database
from db.screened import mark_screened
from db.windows import DueSearch
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.documents import DocumentKind, FetchedReport, FullTextSource, Licence, Span
from litsweep.domain.generations import Generation, ReadingTask, SamplingParams, StopReason
from litsweep.domain.readings import (
    Check,
    Reading,
    Summary,
    SummaryMethod,
    SupportedSentence,
    Verdict,
)
from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    SearchResult,
    SearchRoute,
    Slice,
)
from litsweep.parsing.jats import parse_document
from litsweep.parsing.pubmed import parse_record_set
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.summarize import summarize_abstracts
from litsweep_app import sandbox
from tests.fakes.engine import options_for

NOW: Final = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
TOPIC: Final = "everything"
REVIEWERS: Final = ("Ada Fiction", "Ben Invented")

_GENERATION: Final = Generation(
    task=ReadingTask.SUMMARY,
    model_id="microsoft/biogpt",
    model_revision="eb0d815",
    weights_sha256="0" * 64,
    engine="transformers 5.0, cpu, float32",
    is_demonstration=False,
    prompt_name="summary",
    prompt_version=1,
    prompt_sha256="1" * 64,
    sampling=SamplingParams(max_new_tokens=64, do_sample=False, seed=3),
    source=Span(0, 10),
    input_sha256="2" * 64,
    output_text="It helped 12 people.",
    n_input_tokens=100,
    n_output_tokens=5,
    stop_reason=StopReason.END_OF_TEXT,
    duration_s=0.125,
)


def fill(database: Database) -> None:
    """Store the 42 sample records in one complete run, and read their abstracts."""
    files = sorted((sandbox.sample_data() / "pubmed").glob("*.xml"))
    sets = [parse_record_set(path.read_bytes()) for path in files]
    pmids = tuple(sorted(one.record.pmid for found in sets for one in found.records))
    with database.writing() as conn:
        run_id = open_run_of(conn, pmids)
        for one in sets:
            wanted = [fetched.record.pmid for fetched in one.records]
            records.save_records(
                conn, run_id, one, requested=wanted, now=NOW, tool_version="litsweep 0"
            )
        runs.close_run(conn, run_id, now=NOW)
        unread = readings.list_unread(conn, topic=None, kind=DocumentKind.ABSTRACT)
        loaded = documents.load_documents(conn, unread)
        done = summarize_abstracts(
            [text for _, text in loaded], engine=None, encoder=None, options=options_for(None)
        )
        _save(conn, [number for number, _ in loaded], done, fingerprint="lexical")


def fill_whole(database: Database) -> None:
    """Fill it, and add full texts, analyses, a generated summary and decisions.

    Of the first four records by PMID both reviewers include the first; they disagree on the
    second; the third is excluded with a reason; on the fourth Ada is unsure. Ada included the
    third before she excluded it.
    """
    fill(database)
    with database.writing() as conn:
        _add_reports(conn)
        _add_generated(conn)
        _decide(conn)


def open_run_of(conn: Connection, pmids: tuple[int, ...], *, topic: str = TOPIC) -> int:
    """Open the run that found these records, under a new topic."""
    window = DateWindow(date_field=DateField.CRDT, first_day=date(1800, 1, 1), last_day=NOW.date())
    added = topics.add_topic(conn, name=topic, query="all[sb]", author="A", reason="all", now=NOW)
    run_id = runs.open_run(
        conn,
        added.strategy,
        DueSearch(route=SearchRoute.CREATED, window=window),
        owner="here/1/1",
        is_owner_alive=lambda owner, since: False,
        tool_version="litsweep 0",
        flow_run_id=None,
        now=NOW,
    )
    found = SearchResult(
        n_reported=len(pmids),
        slices=(Slice(first_pmid=1, last_pmid=2**34, count=len(pmids)),),
        pmids=pmids,
        query_sent="all[sb]",
        query_translation="all[Filter]",
        translations=(),
        warnings=(),
    )
    runs.save_search(conn, run_id, found)
    return run_id


def _save(
    conn: Connection, document_ids: Sequence[int], done: Sequence[Reading], *, fingerprint: str
) -> None:
    for document_id, reading in zip(document_ids, done, strict=True):
        readings.save_reading(
            conn,
            document_id,
            reading,
            fingerprint=fingerprint,
            flow_run_id=None,
            tool_version="litsweep 0",
            now=NOW,
        )


def _add_reports(conn: Connection) -> None:
    for path in sorted((sandbox.sample_data() / "pmc").glob("*.xml")):
        record_id = conn.scalar(
            select(tables.records.c.record_id).where(tables.records.c.pmcid == path.stem)
        )
        document = parse_document(path.read_bytes(), pmcid=path.stem)
        if record_id is None or not document.has_body:
            continue
        fetched = FetchedReport(
            pmcid=path.stem,
            version=1,
            source=FullTextSource.PMC_CLOUD,
            url=f"https://example.org/{path.stem}.xml",
            raw_xml=path.read_bytes(),
            licence=Licence(code=document.licence.code, url=None, text=None),
            retrieved_at=NOW,
        )
        reports.save_report(conn, record_id, fetched, document, NOW)
    unread = readings.list_unread(conn, topic=None, kind=DocumentKind.FULL_TEXT)
    loaded = documents.load_documents(conn, unread)
    done = analyze_reports(
        [text for _, text in loaded], engine=None, encoder=None, options=options_for(None)
    )
    _save(conn, [number for number, _ in loaded], done, fingerprint="lexical")


def _add_generated(conn: Connection) -> None:
    """Read the abstract of the first record once more, with a model whose number is invented."""
    document_id = conn.scalars(select(tables.readings.c.document_id).order_by("reading_id")).first()
    assert document_id is not None
    document = documents.load_documents(conn, [document_id])[0][1]
    reading = summarize_abstracts([document], engine=None, encoder=None, options=options_for(None))[
        0
    ]
    written = Summary(
        method=SummaryMethod.GENERATED,
        sentences=(
            SupportedSentence(text="It helped 12 people.", source=Span(0, 10), support=0.5),
        ),
        checks=(Check(name="numbers", verdict=Verdict.FLAG, detail="12 is not in the abstract"),),
        generation=_GENERATION,
    )
    reading = replace(reading, summaries=(*reading.summaries, written))
    _save(conn, [document_id], [reading], fingerprint="biogpt")


def _decide(conn: Connection) -> None:
    numbers = conn.scalars(
        select(tables.records.c.record_id).order_by(tables.records.c.pmid).limit(4)
    ).all()
    ada, ben = REVIEWERS
    include, exclude = Decision.INCLUDE, Decision.EXCLUDE
    for step, (place, reviewer, decision, reason) in enumerate(
        (
            (0, ada, include, None),
            (0, ben, include, None),
            (1, ada, include, None),
            (1, ben, exclude, "wrong population"),
            (2, ada, include, None),
            (2, ada, exclude, "no control group"),
            (3, ada, Decision.UNSURE, None),
        )
    ):
        _add_decision(conn, numbers[place], reviewer, decision, reason, step)


def _add_decision(
    conn: Connection,
    record_id: int,
    reviewer: str,
    decision: Decision,
    reason: str | None,
    step: int,
) -> None:
    decisions: Any = tables.screening_decisions
    topic_id = conn.scalar(select(tables.topics.c.topic_id)) or 0
    same = (decisions.c.record_id == record_id) & (decisions.c.reviewer == reviewer)
    before = conn.scalar(
        select(decisions.c.screening_decision_id).where(same, decisions.c.is_standing)
    )
    conn.execute(decisions.update().where(same).values(is_standing=False))
    conn.execute(
        decisions.insert().values(
            topic_id=topic_id,
            record_id=record_id,
            stage=Stage.TITLE_ABSTRACT,
            decision=decision,
            exclusion_reason=reason,
            labels=[],
            reviewer=reviewer,
            decided_at=NOW + timedelta(minutes=step),
            origin=DecisionOrigin.COMMAND_LINE,
            has_seen_machine_text=False,
            supersedes_id=before,
            is_standing=True,
            tool_version="litsweep 0",
        )
    )
    mark_screened(conn, topic_id, [record_id])
