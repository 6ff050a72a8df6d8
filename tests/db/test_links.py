from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from db.engine import Database
from db.links import Link, list_links
from db.records import get_record, save_records
from db.tables import record_corrections
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import Correction, FetchedRecord, RecordSet
from tests.db.conftest import NOW

StartRun = Callable[..., int]
MakeRecord = Callable[..., FetchedRecord]
MakeSet = Callable[..., RecordSet]


def correction(ref_type: str, pmid: int | None = None) -> Correction:
    return Correction(ref_type=ref_type, ref_source="J Fict 2026", pmid=pmid, note=None)


def links_of(conn: Connection, pmid: int) -> list[Link]:
    return list_links(conn, get_record(conn, pmid).record_id)


@pytest.fixture
def store(
    database: Database, start_run: StartRun, make_record: MakeRecord, make_set: MakeSet
) -> Callable[..., None]:
    """Store a record with its corrections, by a run of its own."""

    def store(pmid: int, *corrections: Correction, doi: str | None = None) -> None:
        run_id = start_run(database, (pmid,), topic=f"topic {pmid}")
        record = make_record(pmid, title=f"Title {pmid}", corrections=corrections, doi=doi)
        with database.writing() as conn:
            save_records(
                conn, run_id, make_set(record), requested=(pmid,), now=NOW, tool_version="0"
            )

    return store


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_both_sides_see_a_tie_whichever_came_first(
    database: Database, store: Callable[..., None], order: tuple[int, int]
) -> None:
    says = {1: (correction("UpdateOf", 2),), 2: ()}
    for pmid in order:
        store(pmid, *says[pmid])
    with database.reading() as conn:
        (own,), (others,) = links_of(conn, 1), links_of(conn, 2)
    assert (own.ref_type, own.is_own, own.pmid, own.title) == ("UpdateOf", True, 2, "Title 2")
    assert (others.ref_type, others.is_own, others.pmid) == ("UpdateOf", False, 1)
    assert others.title == "Title 1"
    assert others.citation == "J Fict 2026"


def test_what_is_not_stored_is_named_all_the_same(
    database: Database, store: Callable[..., None]
) -> None:
    store(1, correction("CommentIn", 99), correction("ErratumIn"))
    with database.reading() as conn:
        comment, erratum = links_of(conn, 1)
    assert (comment.pmid, comment.is_stored, comment.citation) == (99, False, "J Fict 2026")
    assert (erratum.pmid, erratum.is_stored) == (None, False)


def test_a_tie_by_doi_alone_leads_to_the_stored_record(
    database: Database, store: Callable[..., None]
) -> None:
    store(1, correction("UpdateIn"))
    store(2, doi="10.1/article")
    store(3, correction("CommentOn", 1), doi="10.1/article")
    with database.writing() as conn:
        conn.execute(
            update(record_corrections)
            .where(record_corrections.c.ref_type == "UpdateIn")
            .values(doi="10.1/article")
        )
        found = {(link.ref_type, link.is_own, link.pmid) for link in links_of(conn, 1)}
        assert [link.pmid for link in links_of(conn, 2)] == [1]
    assert found == {("UpdateIn", True, 2), ("UpdateIn", True, 3), ("CommentOn", False, 3)}


def test_a_pmid_decides_where_there_is_one(database: Database, store: Callable[..., None]) -> None:
    store(1, correction("RetractionIn", 2))
    store(2, doi="10.1/notice")
    store(3, doi="10.1/notice")
    with database.writing() as conn:
        conn.execute(update(record_corrections).values(doi="10.1/notice"))
        assert [link.pmid for link in links_of(conn, 1)] == [2]
        assert links_of(conn, 3) == []
        (notice,) = links_of(conn, 2)
    assert notice.publication_status is PublicationStatus.RETRACTED
