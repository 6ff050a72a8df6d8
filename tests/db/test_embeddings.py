"""Vectors belong to texts: made once, loaded as they were, and never those of an older text."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from db import embeddings
from db.duplicates import mark_by_person
from db.engine import Database
from db.records import save_records
from db.tables import document_embeddings, records
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision, FetchedRecord, PublicationDate, RecordSet
from litsweep.errors import UnknownTopic, UsageError
from litsweep.searching.nearest import Vector

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
ENCODER = "example/fakelm@0, weights e"
StartRun = Callable[..., int]
MakeRecord = Callable[..., FetchedRecord]


@pytest.fixture
def make_record(make_record: MakeRecord) -> MakeRecord:
    """Make records with titles of their own, published on the day of the month of their PMID."""

    def make(pmid: int, **fields: object) -> FetchedRecord:
        published = replace(make_record().record.publication_date, sortable=date(2026, 10, pmid))
        return make_record(
            pmid, **({"title": f"Title {pmid}", "publication_date": published} | fields)
        )

    return make


def store(
    database: Database, start_run: StartRun, *fetched: FetchedRecord, topic: str = "asthma"
) -> None:
    pmids = tuple(sorted(each.record.pmid for each in fetched))
    run_id = start_run(database, pmids, topic=topic)
    record_set = RecordSet(records=fetched, failures=(), deleted_pmids=())
    with database.writing() as conn:
        save_records(conn, run_id, record_set, requested=pmids, now=NOW, tool_version="0")
        conn.exec_driver_sql(
            "UPDATE search_runs SET status = 'failed', error = 'x', finished_at = started_at"
        )


def unembedded(database: Database, **options: object) -> list[int]:
    with database.reading() as conn:
        return embeddings.list_unembedded(conn, ENCODER, **options)  # type: ignore[arg-type]


def unit(*values: float) -> Vector:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def save(database: Database, document_ids: Sequence[int], *vectors: Vector) -> int:
    made = dict(zip(document_ids, vectors, strict=True))
    with database.writing() as conn:
        return embeddings.save_vectors(conn, ENCODER, made, now=NOW)


def load(database: Database, n_dimensions: int = 2, **options: object) -> embeddings.Vectors:
    with database.reading() as conn:
        return embeddings.load_vectors(conn, ENCODER, n_dimensions, **options)  # type: ignore[arg-type]


def damage(database: Database, document_id: int, vector: bytes, n_dimensions: int) -> None:
    with database.writing() as conn:
        conn.execute(
            document_embeddings.update()
            .where(document_embeddings.c.document_id == document_id)
            .values(vector=vector, n_dimensions=n_dimensions)
        )


def test_the_newest_come_first_and_what_has_a_vector_is_done(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    undated = PublicationDate(sortable=None, precision=DatePrecision.UNKNOWN, text="")
    store(database, start_run, make_record(2), make_record(5, publication_date=undated))
    store(database, start_run, make_record(9), make_record(7), topic="copd")
    assert unembedded(database) == [4, 3, 1, 2]
    assert unembedded(database, topic="copd", limit=1) == [4]
    assert save(database, [4, 1], unit(1, 0), unit(0, 1)) == 2
    assert unembedded(database) == [3, 2]
    with database.reading() as conn:
        assert embeddings.list_unembedded(conn, "another") == [4, 3, 1, 2]
        assert embeddings.list_missing(conn, ENCODER, [1, 2, 3, 4]) == [2, 3]
        covered = embeddings.Coverage(n_documents=4, n_embedded=2)
        assert embeddings.count_coverage(conn, ENCODER) == covered
        assert not embeddings.is_complete(conn, "example/fakelm@")
        with pytest.raises(UnknownTopic):
            embeddings.list_unembedded(conn, ENCODER, topic="nothing")
    save(database, [2, 3], unit(1, 0), unit(0, 1))
    with database.reading() as conn:
        assert embeddings.is_complete(conn, "example/fakelm@")
        assert not embeddings.is_complete(conn, "example_fakelm@")
        assert not embeddings.is_complete(conn, "%")


def test_a_text_that_changed_needs_a_new_vector(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, make_record(1))
    save(database, [1], unit(1, 0))
    store(database, start_run, make_record(1, n_references=99))
    assert unembedded(database) == []  # only indexed anew
    store(database, start_run, make_record(1, title="Another title"))
    assert unembedded(database) == [2]
    assert len(load(database).record_ids) == 0
    save(database, [2], unit(0, 1))
    assert load(database).matrix.tolist() == [[0, 1]]


def test_duplicates_deleted_and_empty_records_need_none(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, *(make_record(pmid) for pmid in (1, 2, 3)))
    store(database, start_run, make_record(4, title="", abstract=()))
    with database.writing() as conn:
        mark_by_person(conn, 1, 2, by="Ann", reason="one trial", now=NOW)
        conn.execute(
            records.update()
            .where(records.c.record_id == 3)
            .values(publication_status=PublicationStatus.DELETED)
        )
    assert unembedded(database) == [2]
    store(database, start_run, make_record(2, abstract=()))
    # The kept record has no abstract any more: what its duplicate says counts, too.
    assert unembedded(database) == [5, 1]


def test_a_vector_is_stored_once(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, make_record(1), make_record(2))
    assert save(database, [1], unit(1, 0)) == 1
    assert save(database, [1, 2], unit(0, 1), unit(0, 1)) == 1
    assert load(database).matrix.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("wrong", [[2, 0], [0, 0], [float("nan"), 0]], ids=str)
def test_what_is_no_unit_vector_is_not_stored(
    database: Database, start_run: StartRun, make_record: MakeRecord, wrong: list[float]
) -> None:
    store(database, start_run, make_record(1), make_record(2))
    with pytest.raises(UsageError, match="no unit vector"):
        save(database, [1, 2], unit(1, 0), np.array(wrong, dtype=np.float32))
    assert len(load(database).record_ids) == 0


def test_vectors_are_loaded_as_they_were(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, *(make_record(pmid) for pmid in range(1, 8)))
    store(database, start_run, make_record(8), topic="copd")
    chance = np.random.default_rng(1)
    made = [unit(*chance.normal(size=384)) for _ in range(8)]
    save(database, range(1, 9), *made)
    found = load(database, 384)
    assert (str(found.matrix.dtype), found.matrix.shape) == ("float32", (8, 384))
    assert found.damaged == ()
    for number, day, row in zip(found.record_ids, found.days, found.matrix, strict=True):
        assert (row == made[number - 1]).all()
        assert date.fromordinal(day) == date(2026, 10, number)
    assert load(database, 384, topic="copd").record_ids.tolist() == [8]
    store(database, start_run, make_record(9), make_record(10, title="", abstract=()))
    assert load(database, 384).n_missing == 1  # an empty text is missed by nobody
    only = load(database, 384, where=[records.c.record_id > 5])
    assert sorted(only.record_ids.tolist()) == [6, 7, 8]
    assert only.n_missing == 1


def test_a_damaged_vector_costs_only_itself_and_is_made_anew(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, *(make_record(pmid) for pmid in range(1, 6)))
    save(database, range(1, 6), *[unit(1, 0)] * 5)
    damage(database, 1, np.array([np.nan, 0], dtype="<f4").tobytes(), 2)
    damage(database, 2, unit(1, 1, 1).astype("<f4").tobytes(), 3)
    damage(database, 3, np.zeros(2, dtype="<f4").tobytes(), 2)
    damage(database, 4, np.array([1e30, 1e30], dtype="<f4").tobytes(), 2)
    found = load(database)
    assert (found.record_ids.tolist(), found.damaged) == ([5], (1, 2, 3, 4))
    with database.writing() as conn:
        assert embeddings.find_vector(conn, 1, encoder_prefix="example/") is None
        embeddings.remove_vectors(conn, ENCODER, found.damaged)
    assert unembedded(database) == [4, 3, 2, 1]
    assert load(database).damaged == ()


def test_the_newest_vector_of_a_record_by_the_beginning_of_its_encoder(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, make_record(1), make_record(2))
    with database.writing() as conn:
        for step, name in enumerate(("a@1, weights 1", "a@1, weights 2", "a_2, weights 3")):
            later = NOW + timedelta(days=step)
            embeddings.save_vectors(conn, name, {1: unit(step, 1)}, now=later)
    with database.reading() as conn:
        found = embeddings.find_vector(conn, 1, encoder_prefix="a@1, ")
        assert found is not None
        assert (found[0], found[1].tolist()) == ("a@1, weights 2", unit(1, 1).tolist())
        assert embeddings.find_vector(conn, 1, encoder_prefix="a_1") is None
        assert embeddings.find_vector(conn, 2, encoder_prefix="a") is None


def test_no_vectors_are_an_empty_matrix(database: Database) -> None:
    found = load(database, 384)
    assert (found.matrix.shape, found.record_ids.shape, found.damaged) == ((0, 384), (0,), ())


def test_vectors_go_with_their_document(
    database: Database, start_run: StartRun, make_record: MakeRecord
) -> None:
    store(database, start_run, make_record(1))
    save(database, [1], unit(1, 0))
    with database.reading() as conn:
        (row,) = conn.execute(select(document_embeddings)).all()
    assert (row.document_id, row.encoder, row.n_dimensions) == (1, ENCODER, 2)
    assert (bytes(row.vector), row.embedded_at) == (unit(1, 0).tobytes(), NOW)
