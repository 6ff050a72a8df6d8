"""Vectors that stay in memory: the same answers as by reading all, and what came since."""

from collections.abc import Callable, Sequence

import pytest

from db import embeddings
from db.duplicates import mark_by_person
from db.embeddings import save_vectors
from db.engine import Connection, Database
from db.kept_vectors import KeptVectors, Likeness
from db.similar import list_others
from db.tables import records
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import FetchedRecord
from litsweep.errors import ModelNotAvailable, UsageError
from tests.db.test_embeddings import ENCODER, NOW, damage, make_record, save, store
from tests.db.test_similar import ANGLES, at, compared

__all__ = ["compared", "make_record"]


def rank(database: Database, kept: KeptVectors, degrees: float, **options: object) -> Likeness:
    with database.reading() as conn:
        return kept.rank(conn, at(degrees), ENCODER, **options)  # type: ignore[arg-type]


def numbers(found: Likeness) -> list[int]:
    return [one.record_id for one in found.found]


def test_the_nearest_come_first_of_those_that_may_be_shown(compared: Database) -> None:
    kept = KeptVectors()
    found = rank(compared, kept, 100)
    assert numbers(found) == [5, 6, 4, 3, 2, 1]
    assert (found.n_compared, found.n_missing, found.n_damaged) == (len(ANGLES), 0, 0)
    assert numbers(rank(compared, kept, 100, limit=2)) == [5, 6]
    assert numbers(rank(compared, kept, 100, topic="copd")) == [5, 6, 4]
    with compared.reading() as conn:
        others = list_others(conn, 5)
    assert numbers(rank(compared, kept, 100, where=[others])) == [6, 4, 3, 2, 1]


def test_what_is_hidden_meanwhile_is_left_out_at_once(compared: Database) -> None:
    kept = KeptVectors()
    assert 5 in numbers(rank(compared, kept, 100))
    with compared.writing() as conn:
        mark_by_person(conn, 6, 5, by="Ada", reason="the same", now=NOW)
        gone = records.update().where(records.c.record_id == 4)
        conn.execute(gone.values(publication_status=PublicationStatus.DELETED))
    assert sorted(numbers(rank(compared, kept, 100))) in ([1, 2, 3, 5], [1, 2, 3, 6])


def test_new_vectors_are_seen_and_only_they_are_read(
    compared: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = KeptVectors(look_again_s=0)
    assert len(numbers(rank(compared, kept, 0))) == 6
    store(compared, start_run, make_record(7), topic="copd")
    assert rank(compared, kept, 0).n_missing == 0  # looked at again only where vectors came
    read: list[int] = []
    load = embeddings.load_of

    def note(conn: Connection, encoder: str, ids: Sequence[int], n: int) -> object:
        read.extend(ids)
        return load(conn, encoder, ids, n)

    monkeypatch.setattr(embeddings, "load_of", note)
    save(compared, [7], at(1))
    assert numbers(rank(compared, kept, 0))[:2] == [1, 7]
    assert len(read) == 1


def test_patience_is_kept_between_two_looks(compared: Database) -> None:
    kept = KeptVectors(look_again_s=3600)
    rank(compared, kept, 0)
    with compared.writing() as conn:
        save_vectors(conn, "another", {1: at(0)}, now=NOW)
    assert rank(compared, kept, 0).n_compared == 6


def test_damaged_vectors_are_counted_and_left_out(compared: Database) -> None:
    damage(compared, 2, b"\0" * 4 * len(at(0)), len(at(0)))
    found = rank(compared, KeptVectors(), 0)
    assert found.n_damaged == 1
    assert 2 not in numbers(found)


def test_more_than_memory_may_hold_is_refused(compared: Database) -> None:
    with pytest.raises(UsageError, match="keeps at most 5 in memory"):
        rank(compared, KeptVectors(most_bytes=5 * 4 * len(at(0))), 0)
    with compared.reading() as conn, pytest.raises(ModelNotAvailable, match="litsweep embed"):
        KeptVectors().rank(conn, at(0), "nobody's")
