import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from db.engine import Database
from db.hits import list_hits
from db.records import (
    BatchCounts,
    get_record,
    in_topic,
    list_versions,
    save_records,
)
from db.runs import close_run, get_run
from db.tables import (
    documents,
    metadata,
    record_authors,
    record_corrections,
    record_failures,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
    record_versions,
    records,
    sections,
)
from litsweep.domain.records import DatePrecision, FetchedRecord, RecordFailure, RecordSet
from litsweep.domain.strategies import HitState, RunStatus
from litsweep.errors import SweepBusy, UnknownRecord, UnknownTopic
from litsweep.parsing.pubmed import parse_record_set

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
StartRun = Callable[..., int]
MakeRecord = Callable[..., FetchedRecord]
MakeSet = Callable[..., RecordSet]


def list_record_ids(conn: Connection, *, topic: str | None = None) -> list[int]:
    found = select(records.c.record_id).where(in_topic(conn, topic))
    return list(conn.scalars(found.order_by(records.c.record_id)))


def save(
    database: Database,
    run_id: int,
    record_set: RecordSet,
    requested: tuple[int, ...],
    now: datetime = NOW,
) -> BatchCounts:
    with database.writing() as conn:
        return save_records(
            conn, run_id, record_set, requested=requested, now=now, tool_version="0.1.0"
        )


def close(database: Database, run_id: int) -> RunStatus:
    with database.writing() as conn:
        return close_run(conn, run_id, now=NOW).status


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, to see that nothing changed."""
    with database.reading() as conn:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in conn.execute(select(table)))
            for table in metadata.sorted_tables
        }


def test_a_new_record_is_stored_with_all_that_belongs_to_it(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (7,))
    fetched = make_record(7, raw=b"<PubmedArticle>\xc3\xa9</PubmedArticle>")
    counts = save(database, run_id, make_set(fetched), (7,))
    assert counts == BatchCounts(n_new=1, n_changed=0, n_unchanged=0, n_failed=0, missing=())
    with database.reading() as conn:
        record = get_record(conn, 7)
        (version,) = conn.execute(select(record_versions)).all()
        (document,) = conn.execute(select(documents)).all()
        parts = conn.execute(select(sections).order_by(sections.c.position)).all()
        authors = conn.execute(select(record_authors).order_by(record_authors.c.position)).all()
        (mesh,) = conn.execute(select(record_mesh_headings)).all()
        (kind,) = conn.execute(select(record_publication_types)).all()
        (keyword,) = conn.execute(select(record_keywords)).all()
        (correction,) = conn.execute(select(record_corrections)).all()
    assert (record.pmid, record.version, record.title) == (7, 1, fetched.record.title)
    assert record.abstract == "AIMS: To test α-agonists.\nIt was 100 % safe_ly done."
    assert record.authors == "Østergård Å; The Fiction Group"
    assert (record.journal, record.language) == ("The Journal of Fiction", "eng; fre")
    assert record.publication_date == date(2026, 10, 1)
    assert record.publication_date_precision is DatePrecision.MONTH
    assert (record.publication_date_text, record.publication_types) == (
        "2026 Oct",
        "Journal Article",
    )
    assert (record.doi, record.pmcid, record.is_book) == ("10.1000/fiction.7", None, False)
    assert (record.created_on, record.revised_on) == (date(2026, 11, 1), None)
    assert (record.first_seen_at, record.updated_at) == (NOW, NOW)
    assert record.details["journal"]["volume"] == "1"
    assert record.details["other_ids"] == [["pii", "S1"]]
    assert record.details["abstract_parts"][0] == {"label": "AIMS", "nlm_category": "OBJECTIVE"}
    assert version.raw == fetched.raw_xml
    assert version.raw_sha256 == hashlib.sha256(fetched.raw_xml).hexdigest()
    assert (version.search_run_id, version.fetched_at) == (run_id, NOW)
    assert (version.tool_version, version.pmid_version) == ("0.1.0", 1)
    assert (document.document_id, document.kind) == (version.document_id, "abstract")
    assert document.text.startswith(fetched.record.title)
    assert [part.kind for part in parts] == ["title", "abstract", "abstract"]
    first = parts[1]
    assert document.text[first.start_offset : first.end_offset].endswith("To test α-agonists.")
    assert authors[0].orcid == "0000-0002-1825-0097"
    assert authors[0].affiliations == ["Here", "There"]
    assert authors[1].name == authors[1].collective_name == "The Fiction Group"
    assert (mesh.ui, mesh.is_major) == ("D001249", True)
    assert mesh.qualifiers == [{"name": "drug therapy", "ui": "Q000188", "is_major": False}]
    assert (kind.ui, keyword.text) == ("D016428", "wheeze")
    assert (correction.ref_type, correction.pmid) == ("CommentIn", 9)
    assert close(database, run_id) is RunStatus.COMPLETE


def test_the_same_reply_again_changes_nothing(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1, 2, 3))
    reply = make_set(
        make_record(1),
        make_record(2),
        failures=(RecordFailure(pmid=3, reason="no title", raw_xml=b"<x/>"),),
    )
    first = save(database, run_id, reply, (1, 2, 3))
    before = contents(database)
    assert save(database, run_id, reply, (1, 2, 3), NOW + timedelta(hours=1)) == first
    assert contents(database) == before


def test_a_second_sweep_finds_everything_unchanged(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    reply = make_set(make_record(1), make_record(2))
    first = start_run(database, (1, 2))
    save(database, first, reply, (1, 2))
    close(database, first)
    before = contents(database)
    second = start_run(database, (1, 2))
    counts = save(database, second, reply, (1, 2), NOW + timedelta(days=1))
    assert (counts.n_new, counts.n_changed, counts.n_unchanged) == (0, 0, 2)
    assert close(database, second) is RunStatus.COMPLETE
    after = contents(database)
    for table in ("records", "record_versions", "documents", "sections", "record_authors"):
        assert after[table] == before[table]


def test_a_to_b_to_a_gives_three_versions_and_two_texts(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    a = make_record(1, title="Title A")
    b = make_record(1, title="Title B", keywords=(), authors=a.record.authors[:1])
    for day, fetched in enumerate((a, a, b, b, a)):
        run_id = start_run(database, (1,))
        save(database, run_id, make_set(fetched), (1,), NOW + timedelta(days=day))
        close(database, run_id)
    with database.reading() as conn:
        record = get_record(conn, 1)
        versions = list_versions(conn, record.record_id)
        texts = conn.execute(
            select(record_versions.c.version, record_versions.c.document_id).order_by(
                record_versions.c.version
            )
        ).all()
        n_authors = len(conn.execute(select(record_authors)).all())
        n_keywords = len(conn.execute(select(record_keywords)).all())
    assert [version.version for version in versions] == [1, 2, 3]
    assert [version.raw_sha256 for version in versions] == [
        a.raw_sha256,
        b.raw_sha256,
        a.raw_sha256,
    ]
    assert [version.search_run_id for version in versions] == [1, 3, 5]
    assert texts[0].document_id == texts[2].document_id != texts[1].document_id
    assert (record.version, record.title) == (3, "Title A")
    assert (record.first_seen_at, record.updated_at) == (NOW, NOW + timedelta(days=4))
    assert (n_authors, n_keywords) == (2, 1)


def test_a_record_that_was_only_indexed_anew_keeps_its_text(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1,))
    save(database, run_id, make_set(make_record(1)), (1,))
    close(database, run_id)
    run_id = start_run(database, (1,))
    indexed = make_record(1, mesh_headings=(), citation_status="MEDLINE", pmcid="PMC7")
    counts = save(database, run_id, make_set(indexed), (1,))
    assert counts.n_changed == 1
    with database.reading() as conn:
        assert get_record(conn, 1).pmcid == "PMC7"
        assert len(conn.execute(select(documents)).all()) == 1
        assert len(conn.execute(select(record_versions)).all()) == 2


def test_the_highest_version_in_a_reply_counts(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1,))
    newer, older = (make_record(1, pmid_version=n, title=f"Version {n}") for n in (2, 1))
    counts = save(database, run_id, make_set(newer, older), (1,))
    assert (counts.n_new, counts.missing) == (1, ())
    with database.reading() as conn:
        assert get_record(conn, 1).title == "Version 2"
        assert len(conn.execute(select(record_versions)).all()) == 1


def test_what_was_not_delivered_is_missing_and_stays_pending(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1, 2, 3))
    counts = save(database, run_id, make_set(make_record(2)), (1, 2, 3))
    assert counts.missing == (1, 3)
    with database.reading() as conn:
        assert list_hits(conn, run_id, HitState.PENDING) == [1, 3]
    assert close(database, run_id) is RunStatus.INCOMPLETE


def test_what_was_not_asked_for_is_left_out_with_a_warning(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1,))
    reply = make_set(make_record(1), make_record(5), make_record(4))
    for _ in range(2):
        save(database, run_id, reply, (1,))
    with database.reading() as conn:
        assert get_run(conn, run_id).warnings == (
            "Phrase not found: astma.",
            "PubMed delivered records that were not asked for; left out: 4, 5.",
        )
        assert len(list_record_ids(conn)) == 1


def test_a_record_that_cannot_be_read_is_kept_and_the_run_is_incomplete(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1, 2))
    failure = RecordFailure(pmid=2, reason="its year is no number", raw_xml=b"<broken\x00/>")
    counts = save(database, run_id, make_set(make_record(1), failures=(failure,)), (1, 2))
    assert (counts.n_new, counts.n_failed, counts.missing) == (1, 1, ())
    with database.reading() as conn:
        (row,) = conn.execute(select(record_failures)).all()
        assert list_hits(conn, run_id, HitState.FAILED) == [2]
    assert (row.pmid, row.reason, row.raw) == (2, failure.reason, failure.raw_xml)
    assert close(database, run_id) is RunStatus.INCOMPLETE


def test_a_later_sweep_can_read_what_failed_before(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (2,))
    failure = RecordFailure(pmid=2, reason="broken", raw_xml=b"<broken/>")
    save(database, run_id, make_set(failures=(failure,)), (2,))
    counts = save(database, run_id, make_set(make_record(2)), (2,))
    assert (counts.n_new, counts.n_failed) == (1, 0)
    assert close(database, run_id) is RunStatus.COMPLETE


def test_a_failure_without_pmid_belongs_to_the_only_one_that_it_can(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1, 2, 3))
    nameless = RecordFailure(pmid=None, reason="no PMID", raw_xml=b"<nameless/>")
    counts = save(database, run_id, make_set(make_record(1), failures=(nameless,)), (1, 2, 3))
    assert (counts.n_failed, counts.missing) == (0, (2, 3))
    counts = save(database, run_id, make_set(failures=(nameless,)), (3,))
    assert (counts.n_failed, counts.missing) == (1, ())
    with database.reading() as conn:
        assert list_hits(conn, run_id, HitState.FAILED) == [3]
        assert len(conn.execute(select(record_failures)).all()) == 1


def test_a_readable_and_an_unreadable_version_make_the_run_incomplete(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1,))
    failure = RecordFailure(pmid=1, reason="broken", raw_xml=b"<broken/>")
    counts = save(database, run_id, make_set(make_record(1), failures=(failure,)), (1,))
    assert (counts.n_failed, counts.missing) == (1, ())
    assert close(database, run_id) is RunStatus.INCOMPLETE
    with database.reading() as conn:
        assert get_record(conn, 1).version == 1


def test_a_closed_run_takes_no_more_records(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    run_id = start_run(database, (1,))
    close(database, run_id)
    with pytest.raises(SweepBusy):
        save(database, run_id, make_set(make_record(1)), (1,))
    with database.reading() as conn, pytest.raises(UnknownRecord, match="PMID 1"):
        get_record(conn, 1)


def test_a_record_belongs_to_every_topic_that_found_it(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    asthma = start_run(database, (1, 2))
    save(database, asthma, make_set(make_record(1), make_record(2)), (1, 2))
    copd = start_run(database, (2, 3), topic="copd")
    counts = save(database, copd, make_set(make_record(2), make_record(3)), (2, 3))
    assert (counts.n_new, counts.n_unchanged) == (1, 1)
    with database.reading() as conn:
        ids = {pmid: get_record(conn, pmid).record_id for pmid in (1, 2, 3)}
        assert list_record_ids(conn, topic="asthma") == sorted([ids[1], ids[2]])
        assert list_record_ids(conn, topic="copd") == sorted([ids[2], ids[3]])
        assert list_record_ids(conn) == sorted(ids.values())
        with pytest.raises(UnknownTopic):
            list_record_ids(conn, topic="gout")


def test_more_records_than_one_statement_holds(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> None:
    pmids = tuple(range(1, 1203))
    run_id = start_run(database, pmids)
    counts = save(database, run_id, make_set(*map(make_record, pmids)), pmids)
    assert (counts.n_new, counts.missing) == (1202, ())
    with database.reading() as conn:
        assert len(list_record_ids(conn)) == 1202
        assert len(conn.execute(select(records.c.pmid)).all()) == 1202


def test_real_records_go_in_and_come_again_unchanged(
    database: Database, start_run: StartRun, corpus: Path
) -> None:
    path = corpus / "pubmed" / "tipplerow_pubmed__pubmed_sample.xml"
    reply = parse_record_set(path.read_bytes())
    pmids = tuple(sorted({fetched.record.pmid for fetched in reply.records}))
    run_id = start_run(database, pmids)
    counts = save(database, run_id, reply, pmids)
    assert (counts.n_new, counts.n_failed, counts.missing) == (len(pmids), 0, ())
    close(database, run_id)
    again = start_run(database, pmids)
    assert save(database, again, reply, pmids).n_unchanged == len(pmids)
