"""What is alike in meaning: the nearest first, without what is no other record."""

from collections.abc import Callable

import numpy as np
import pytest

from db.duplicates import mark_by_person
from db.embeddings import save_vectors
from db.engine import Database
from db.similar import Comparison, list_in_order, list_similar, rank_by_meaning
from db.tables import records
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import FetchedRecord
from litsweep.errors import UnknownTopic
from litsweep.searching.nearest import Vector
from tests.db.test_embeddings import ENCODER, NOW, damage, make_record, save, store, unit

__all__ = ["make_record"]

ANGLES = (0, 10, 20, 30, 90, 120)


@pytest.fixture
def compared(
    database: Database, start_run: Callable[..., int], make_record: Callable[..., FetchedRecord]
) -> Database:
    """Six records of two topics, whose vectors point at `ANGLES`; number n was published on n."""
    store(database, start_run, *(make_record(pmid) for pmid in (1, 2, 3)))
    store(database, start_run, *(make_record(pmid) for pmid in (4, 5, 6)), topic="copd")
    save(database, range(1, 7), *(at(angle) for angle in ANGLES))
    return database


def at(degrees: float) -> Vector:
    return unit(np.cos(np.radians(degrees)), np.sin(np.radians(degrees)))


def like(database: Database, record_id: int, **options: object) -> Comparison:
    with database.reading() as conn:
        vector = at(ANGLES[record_id - 1])
        return list_similar(conn, record_id, vector, ENCODER, **options)  # type: ignore[arg-type]


def numbers(found: Comparison) -> list[int]:
    return [one.record_id for one in found.found]


def test_the_nearest_come_first(compared: Database) -> None:
    found = like(compared, 2)
    assert (found.n_compared, found.n_missing, found.damaged) == (5, 0, ())
    assert numbers(found)[2:] == [4, 5, 6]
    assert found.found[2].nearness == pytest.approx(np.cos(np.radians(20)), abs=1e-6)
    assert numbers(like(compared, 2, limit=1)) == [3]
    assert numbers(like(compared, 2, topic="copd")) == [4, 5, 6]
    with compared.reading() as conn:
        near = rank_by_meaning(conn, at(100), ENCODER, limit=2)
        assert numbers(near) == [5, 6]
        with pytest.raises(UnknownTopic):
            rank_by_meaning(conn, at(100), ENCODER, topic="nothing")
        assert rank_by_meaning(conn, at(100), "another") == Comparison(
            found=(), n_compared=0, n_missing=6, damaged=()
        )


def test_of_equally_near_ones_the_later_published_comes_first(compared: Database) -> None:
    # 1 and 3 are 10 degrees to either side of 2.
    assert numbers(like(compared, 2))[:2] == [3, 1]
    with compared.writing() as conn:
        conn.execute(
            records.update()
            .where(records.c.record_id == 3)
            .values(publication_date=None, publication_date_precision="unknown")
        )
    assert numbers(like(compared, 2))[:2] == [1, 3]


def test_neither_itself_nor_its_duplicates_nor_deleted_ones(compared: Database) -> None:
    with compared.writing() as conn:
        mark_by_person(conn, 1, 2, by="Ann", reason="one trial", now=NOW)
        mark_by_person(conn, 5, 4, by="Ann", reason="one trial", now=NOW)
        conn.execute(
            records.update()
            .where(records.c.record_id == 6)
            .values(publication_status=PublicationStatus.DELETED)
        )
    assert numbers(like(compared, 2)) == [3, 4]
    assert numbers(like(compared, 1)) == [3, 4]  # asked for by the duplicate
    assert numbers(like(compared, 5)) == [3, 2]


def test_a_duplicate_stands_for_a_kept_record_of_another_topic(compared: Database) -> None:
    with compared.writing() as conn:
        mark_by_person(conn, 5, 1, by="Ann", reason="one trial", now=NOW)
    assert numbers(like(compared, 4, topic="copd")) == [5, 6]


def test_damaged_vectors_are_told(compared: Database) -> None:
    damage(compared, 4, bytes(8), 2)
    found = like(compared, 2)
    assert (numbers(found), found.damaged) == ([3, 1, 5, 6], (4,))


def test_vectors_of_other_encoders_are_not_compared(compared: Database) -> None:
    with compared.writing() as conn:
        save_vectors(conn, "another", {1: unit(1, 0, 0)}, now=NOW)
        found = rank_by_meaning(conn, unit(1, 0, 0), "another")
    assert numbers(found) == [1]


def test_lines_come_in_the_order_asked_for(compared: Database) -> None:
    with compared.reading() as conn:
        assert [one.title for one in list_in_order(conn, [4, 99, 1])] == ["Title 4", "Title 1"]
