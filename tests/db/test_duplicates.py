from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, select

from db.duplicate_findings import DuplicateFinding, list_duplicates, list_numbers
from db.duplicates import mark_by_person, mark_duplicates, undo_duplicate
from db.engine import Database
from db.readings import list_unread
from db.record_rows import record_row
from db.records import get_record, save_records
from db.reports import list_reports_sought
from db.search import search
from db.search_filters import SearchFilters
from db.tables import duplicate_findings, records, topic_records
from litsweep.domain.documents import DocumentKind
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision, FetchedRecord, PublicationDate, RecordSet
from litsweep.errors import UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
TITLE = "Inhaled budesonide in mild asthma (p < 0.05)"
StartRun = Callable[..., int]
MakeRecord = Callable[..., FetchedRecord]


@pytest.fixture
def make_record(make_record: MakeRecord) -> MakeRecord:
    """Make records of one publication, unless told otherwise."""
    return lambda pmid, **fields: make_record(pmid, **({"doi": "10.1000/fiction.1"} | fields))


def sweep(
    database: Database, start_run: StartRun, *fetched: FetchedRecord, topic: str = "asthma"
) -> None:
    pmids = tuple(sorted(each.record.pmid for each in fetched))
    run_id = start_run(database, pmids, topic=topic)
    record_set = RecordSet(records=fetched, failures=(), deleted_pmids=())
    with database.writing() as conn:
        save_records(conn, run_id, record_set, requested=pmids, now=NOW, tool_version="0.1.0")
        conn.exec_driver_sql(
            "UPDATE search_runs SET status = 'failed', error = 'e', finished_at = started_at"
        )


def add_export(database: Database, fetched: FetchedRecord, name: str, **values: Any) -> int:
    """Store a record as from an export that gives no PMID, and look for its duplicates."""
    name = name.ljust(64, "0")
    row = record_row(fetched, version=1, raw_sha256="0" * 64, now=NOW)
    with database.writing() as conn:
        conn.execute(records.insert().values(row | {"pmid": None, "import_key": name} | values))
        number: int = conn.scalars(
            select(records.c.record_id).where(records.c.import_key == name)
        ).one()
        mark_duplicates(conn, [number], found_by="litsweep 0.1.0", now=NOW)
    return number


def kept(conn: Connection) -> dict[int, int | None]:
    """What every record is a duplicate of."""
    stored = select(records.c.record_id, records.c.duplicate_of_id).order_by(records.c.record_id)
    return {row.record_id: row.duplicate_of_id for row in conn.execute(stored)}


def found(conn: Connection, text: str, topic: str | None = None) -> list[int | None]:
    """PMIDs of the records that a search shows, the newest first."""
    page = search(conn, text, filters=SearchFilters(topic=topic))
    return [hit.record.pmid for hit in page.hits]


def marks(database: Database) -> list[DuplicateFinding]:
    with database.reading() as conn:
        return list_duplicates(conn, include_undone=True)


def test_a_record_with_the_same_doi_and_title_is_marked_with_the_reason(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7))
    sweep(database, start_run, make_record(8, title=TITLE.upper()))
    (found,) = marks(database)
    assert (found.pmid, found.kept_pmid, found.rule, found.score) == (8, 7, "doi", 1.0)
    assert found.reason == "same DOI 10.1000/fiction.1, same title"
    assert (found.found_by, found.found_at, found.undone_at) == ("litsweep 0.1.0", NOW, None)
    with database.reading() as conn:
        assert kept(conn) == {1: None, 2: 1}


def test_two_in_one_batch_are_marked_once(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7), make_record(8), make_record(10))
    assert [(one.pmid, one.kept_pmid) for one in marks(database)] == [(10, 7), (8, 7)]


def test_the_same_reply_again_and_a_new_version_add_no_mark(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7), make_record(8))
    sweep(database, start_run, make_record(7), make_record(8))
    sweep(database, start_run, make_record(8, n_references=4))
    assert len(marks(database)) == 1


def test_what_a_record_speaks_of_is_another_publication(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    # The records of these tests have a comment in PMID 9.
    sweep(database, start_run, make_record(7), make_record(9))
    assert marks(database) == []


def test_articles_that_share_a_doi_and_no_title_are_not_marked(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7), make_record(8, title="Abstracts of the congress"))
    assert marks(database) == []


def test_the_record_with_a_pmid_is_kept_though_the_export_came_first(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    first = add_export(database, make_record(1), "a")
    second = add_export(database, make_record(1), "b")
    with database.reading() as conn:
        assert kept(conn) == {first: None, second: first}
    sweep(database, start_run, make_record(7))
    with database.reading() as conn:
        pubmed = get_record(conn, 7).record_id
        assert kept(conn) == {first: pubmed, second: pubmed, pubmed: None}
    # What was said at first stays written, and what is listed is what is kept now.
    assert {(one.record_id, one.kept_pmid) for one in marks(database)} == {(first, 7), (second, 7)}


def test_an_export_without_identifiers_is_known_by_title_author_and_year(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7))
    export = add_export(database, make_record(1), "a", doi=None, authors="Oestergaard, Aase")
    (found,) = marks(database)
    assert (found.record_id, found.rule) == (export, "title")
    assert found.reason == "same title, same first author, same volume and first page"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"authors": "Osler W"}, "another first author"),
        ({"publication_date": date(2021, 1, 1)}, "another year"),
        ({"doi": "10.1000/other"}, "another DOI"),
        ({"details": {"journal": {"volume": "2", "pages": "1-2"}}}, "another volume"),
        ({"title": f"Erratum: {TITLE}", "title_key": "erratuminhaledbu"}, "its erratum"),
    ],
)
def test_an_export_that_differs_in_more_than_spelling_is_not_marked(
    database: Database,
    start_run: StartRun,
    make_record: MakeRecord,
    values: dict[str, Any],
    why: str,
) -> None:
    sweep(database, start_run, make_record(7))
    add_export(database, make_record(1), "a", **({"doi": None} | values))
    assert marks(database) == [], why


def test_an_export_alike_to_two_pubmed_records_is_marked_as_neither(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7, doi="10.1/a"), make_record(8, doi="10.1/b"))
    add_export(database, make_record(1), "a", doi=None)
    assert marks(database) == []


def test_what_a_person_takes_apart_stays_apart(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7), make_record(8))
    with database.writing() as conn:
        undo_duplicate(conn, 2, by="Ann", reason="a reprint with new data", now=LATER)
        assert kept(conn) == {1: None, 2: None}
        mark_duplicates(conn, [1, 2], found_by="litsweep", now=LATER)
        assert kept(conn) == {1: None, 2: None}
    (found,) = marks(database)
    assert (found.undone_by, found.undone_reason) == ("Ann", "a reprint with new data")
    assert (found.undone_at, found.kept_pmid) == (LATER, 7)
    # Nor are they joined through a third record that is alike to both.
    sweep(database, start_run, make_record(10))
    with database.reading() as conn:
        assert kept(conn) == {1: None, 2: None, 3: 1}


def test_a_mark_taken_back_leaves_the_others_of_the_chain(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    titles = ("First of three titles on asthma", "Second of three, on wheeze", "Third, on cough")
    fetched = [make_record(7 + n, doi=None, title=title) for n, title in enumerate(titles)]
    sweep(database, start_run, *fetched)
    with database.writing() as conn:
        mark_by_person(conn, 3, 2, by="Ann", reason="the same trial report", now=NOW)
        assert kept(conn) == {1: None, 2: None, 3: 2}
        mark_by_person(conn, 2, 1, by="Ann", reason="translated", now=NOW)
        assert kept(conn) == {1: None, 2: 1, 3: 1}
        with pytest.raises(UsageError, match="take that back first"):
            mark_by_person(conn, 1, 3, by="Ann", reason="r", now=NOW)
        undo_duplicate(conn, 2, by="Ben", reason="no", now=LATER)
        assert kept(conn) == {1: None, 2: None, 3: 2}


def test_a_person_may_mark_otherwise_than_the_machine(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    other = make_record(6, doi=None, title="Quite another title about something else")
    sweep(database, start_run, other, make_record(7), make_record(8))
    with database.writing() as conn:
        assert kept(conn) == {1: None, 2: None, 3: 2}
        mark_by_person(conn, 3, 1, by="Ann", reason="wrong DOI", now=LATER)
        assert kept(conn) == {1: None, 2: None, 3: 1}
    now, before = marks(database)
    assert (now.rule, now.score, now.found_by, now.reason) == ("person", None, "Ann", "wrong DOI")
    assert (before.rule, before.undone_by) == ("doi", "Ann")


def test_marks_need_a_name_a_reason_and_two_records(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7))
    with database.writing() as conn:
        with pytest.raises(UsageError, match="no duplicate of itself"):
            mark_by_person(conn, 1, 1, by="Ann", reason="r", now=NOW)
        with pytest.raises(UsageError, match="Give a name and a reason"):
            undo_duplicate(conn, 1, by=" ", reason="r", now=NOW)
        with pytest.raises(UsageError, match="not marked as a duplicate"):
            undo_duplicate(conn, 1, by="Ann", reason="r", now=NOW)
        assert list_numbers(conn) == [1]


def test_nothing_is_kept_in_place_of_what_pubmed_has_deleted(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7))
    with database.writing() as conn:
        conn.execute(records.update().values(publication_status=PublicationStatus.DELETED))
    sweep(database, start_run, make_record(8))
    assert marks(database) == []


def test_a_duplicate_is_listed_once_and_nothing_is_hidden(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7, pmcid=None), make_record(8, pmcid="PMC8"))
    with database.reading() as conn:
        page = search(conn, "budesonide")
        assert ([hit.record.pmid for hit in page.hits], page.n_left_out) == ([7], 1)
        both = search(conn, "budesonide", filters=SearchFilters(with_duplicates=True))
        assert ([hit.record.pmid for hit in both.hits], both.n_left_out) == ([8, 7], 0)
        assert len(list_unread(conn, topic="asthma", kind=DocumentKind.ABSTRACT)) == 1
        # The kept record has no PMCID, so that the report is sought by the duplicate's.
        assert [one.pmid for one in list_reports_sought(conn, topic=None, now=NOW)] == [8]


def test_a_duplicate_is_shown_where_the_kept_record_would_not_be(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7, abstract=()))
    sweep(database, start_run, make_record(8), topic="wheeze")
    with database.reading() as conn:
        assert kept(conn) == {1: None, 2: 1}
        # PMID 7 is not of this topic, and has no abstract with this word.
        assert found(conn, "mild", topic="wheeze") == [8]
        assert found(conn, "agonists") == [8]
        assert found(conn, "mild") == [7]
        assert len(list_unread(conn, topic="wheeze", kind=DocumentKind.ABSTRACT)) == 1
        assert len(list_unread(conn, topic=None, kind=DocumentKind.ABSTRACT)) == 2
    with database.writing() as conn:
        conn.execute(
            records.update()
            .where(records.c.pmid == 7)
            .values(publication_status=PublicationStatus.DELETED)
        )
    with database.reading() as conn:
        assert found(conn, "mild") == [8, 7]


def test_marks_are_listed_by_topic(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(database, start_run, make_record(7))
    sweep(database, start_run, make_record(8), topic="wheeze")
    with database.reading() as conn:
        assert len(list_duplicates(conn, topic="wheeze")) == 1
        assert list_duplicates(conn, topic="asthma") == []
        assert conn.execute(select(topic_records)).all()


def test_a_date_that_nobody_knows_is_no_year(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    unknown = PublicationDate(sortable=None, precision=DatePrecision.UNKNOWN, text="")
    sweep(database, start_run, make_record(7, publication_date=unknown))
    add_export(database, make_record(1), "a", doi=None)
    assert [one.rule for one in marks(database)] == ["title"]


def test_a_record_has_one_mark_that_stands_at_a_time(
    sqlite_database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    sweep(sqlite_database, start_run, make_record(7), make_record(8))
    with sqlite_database.reading() as conn:
        row = dict(conn.execute(select(duplicate_findings)).mappings().one())
    del row["duplicate_finding_id"]
    with pytest.raises(Exception, match="UNIQUE"), sqlite_database.writing() as conn:
        conn.execute(duplicate_findings.insert().values(row))


def test_a_crowd_of_namesakes_is_not_compared_each_with_all(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    crowd = [make_record(pmid, title=f"{TITLE} part {pmid}") for pmid in range(1, 400)]
    found = patch("db.duplicate_candidates.find_duplicates", return_value=[])
    with found as compare:
        sweep(database, start_run, *crowd)
    assert max((len(call.args[1]) for call in compare.call_args_list), default=0) <= 50
