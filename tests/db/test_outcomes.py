"""What came of a topic is counted once, by the newest reading of what is current."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db import documents, outcomes, readings, reports
from db.engine import Database
from db.records import get_record, save_records
from litsweep.domain.documents import Document, DocumentKind, NotRetrieved, Span
from litsweep.domain.generations import Generation, ReadingTask, SamplingParams, StopReason
from litsweep.domain.readings import (
    Check,
    Reading,
    Route,
    Summary,
    SummaryMethod,
    SupportedSentence,
    Verdict,
)
from litsweep.errors import UnknownTopic

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def pmids(
    database: Database,
    make_record: Callable[..., object],
    make_set: Callable[..., object],
    start_run: Callable[..., int],
) -> tuple[int, ...]:
    """Two stored records; the first states a PMCID."""
    run_id = start_run(database, (1, 2))
    found = make_set(make_record(1, pmcid="PMC7"), make_record(2, title="Another"))
    with database.writing() as conn:
        save_records(conn, run_id, found, requested=(1, 2), now=NOW, tool_version="0")  # type: ignore[arg-type]
    return 1, 2


def test_nothing_was_read_yet(database: Database, pmids: tuple[int, ...]) -> None:
    with database.reading() as conn:
        outcome = outcomes.find_outcome(conn, "asthma")
    assert outcome == outcomes.TopicOutcome(
        not_retrieved=(),
        n_extracted=0,
        n_generated=0,
        n_generated_flagged=0,
        flags=(),
        n_found=0,
        n_not_found=0,
        n_worded=0,
        n_worded_flagged=0,
    )


def test_the_newest_reading_counts_and_its_flags(
    database: Database, pmids: tuple[int, ...]
) -> None:
    with database.writing() as conn:
        unread = readings.list_unread(conn, topic=None, kind=DocumentKind.ABSTRACT)
        for document_id, document in documents.load_documents(conn, unread):
            for fingerprint, flags in (("older", ("length",)), ("newer", ("numbers", "support"))):
                _save(conn, document_id, _read(document, flags), fingerprint)
    with database.reading() as conn:
        for topic in ("asthma", None):
            outcome = outcomes.find_outcome(conn, topic)
            assert (outcome.n_extracted, outcome.n_generated) == (2, 2)
            assert outcome.n_generated_flagged == 2
            assert outcome.flags == (("numbers", 2), ("support", 2))
        with pytest.raises(UnknownTopic):
            outcomes.find_outcome(conn, "nix")


def test_only_the_last_reason_counts(database: Database, pmids: tuple[int, ...]) -> None:
    with database.writing() as conn:
        record_id = get_record(conn, 1).record_id
        for minute, reason in enumerate(("time-out", "not open access")):
            refusal = NotRetrieved(
                pmcid="PMC7",
                reason=reason,
                is_final=False,
                attempted_at=NOW.replace(minute=minute),
            )
            reports.save_not_retrieved(conn, record_id, refusal)
    with database.reading() as conn:
        outcome = outcomes.find_outcome(conn, "asthma")
    assert outcome.not_retrieved == (("PMC7", "not open access"),)


def _save(conn: object, document_id: int, reading: Reading, fingerprint: str) -> None:
    readings.save_reading(
        conn,  # type: ignore[arg-type]
        document_id,
        reading,
        fingerprint=fingerprint,
        flow_run_id=None,
        tool_version="0",
        now=NOW,
    )


def _read(document: Document, flags: tuple[str, ...]) -> Reading:
    sentence = SupportedSentence(text="It works.", source=None, support=0.5)
    extract = Summary(
        method=SummaryMethod.EXTRACTIVE, sentences=(sentence,), checks=(), ranked_by="lexical"
    )
    checks = tuple(Check(name=name, verdict=Verdict.FLAG, detail="!") for name in flags)
    written = replace(
        extract,
        method=SummaryMethod.GENERATED,
        ranked_by=None,
        checks=(*checks, Check(name="empty", verdict=Verdict.PASS, detail="")),
        generation=_GENERATION,
    )
    return Reading(
        document=document,
        route=Route(model_name="m", reason="r"),
        summaries=(extract, written),
    )


_GENERATION = Generation(
    task=ReadingTask.SUMMARY,
    model_id="m",
    model_revision="1",
    weights_sha256="0" * 64,
    engine="",
    is_demonstration=True,
    prompt_name="p",
    prompt_version=1,
    prompt_sha256="0" * 64,
    sampling=SamplingParams(max_new_tokens=8),
    source=Span(0, 1),
    input_sha256="0" * 64,
    output_text="It works.",
    n_input_tokens=1,
    n_output_tokens=1,
    stop_reason=StopReason.END_OF_TEXT,
    duration_s=0.1,
)
