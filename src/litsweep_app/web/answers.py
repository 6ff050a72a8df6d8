"""The answers to a search as a page shows them, and the numbers of all of them for a file.

By words, by filters alone, or by meaning. No model is loaded here: meaning is compared by the
vectors that are stored. What is like a record is near to its vector; what is like words is near
to the middle of the vectors of their ten best answers (relevance feedback after Rocchio, 1971).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from db.browsing import browse, list_browsed
from db.embeddings import find_vector
from db.engine import Connection, Database
from db.export_choice import ChosenRecords
from db.kept_vectors import KeptVectors, Likeness
from db.records import get_record
from db.search import (
    FoundRecord,
    Order,
    SearchCount,
    SearchHit,
    rank,
    rank_all,
    search_and_count,
)
from db.search_filters import SearchFilters
from db.similar import list_in_order, list_others, list_wanted
from litsweep.domain.documents import Span
from litsweep.errors import ModelNotAvailable, UsageError
from litsweep.searching.highlights import Fragment, iter_pieces
from litsweep.searching.nearest import Vector
from litsweep_app.web.filters import AskedSearch, By

PAGE: Final = 25
"""Answers on a page."""
MOST_AT_ONCE: Final = 100
"""Answers where there is one page: by relevance, and by meaning."""
MOST_COUNTED: Final = 10_000
MOST_CHOSEN: Final = 1_000_000
"""Records in one file."""

_N_BEST: Final = 10
_KEPT: Final[WeakKeyDictionary[Database, KeptVectors]] = WeakKeyDictionary()

Pieces = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A record; ``title`` and ``fragment`` are in pieces, each with whether the search meets it.

    ``nearness`` is the cosine where meaning was compared.
    """

    record: FoundRecord
    title: Pieces
    fragment: Pieces = ()
    starts_inside: bool = False
    ends_inside: bool = False
    nearness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A page of answers; ``after`` is where the next begins, None at the end.

    ``notes`` are sentences on what was not done as asked. ``n_all`` is None where nothing is
    counted. ``is_cut``: as many records were looked at as a page may, and more may follow.
    """

    answers: tuple[Answer, ...]
    after: int | None = None
    n_all: SearchCount | None = None
    n_left_out: int = 0
    notes: tuple[str, ...] = ()
    is_cut: bool = False


def find_answers(database: Database, asked: AskedSearch) -> Answers:
    """Return a page of what answers.

    Raises:
        UnknownTopic, UnknownRecord: there is no such topic, or record to be like.
        UsageError: something that cannot be searched.
        ModelNotAvailable: meaning is asked for, and there are no vectors.
    """
    with database.reading() as conn:
        if asked.similar is not None:
            return _find_similar(conn, _keep(database), asked, asked.similar)
        if not asked.q:
            return _browse(conn, asked)
        if asked.by is By.MEANING:
            return _find_like_best(conn, _keep(database), asked)
        return _find_by_words(conn, asked)


def list_answers(database: Database, conn: Connection, asked: AskedSearch) -> ChosenRecords:
    """Return the numbers of all records that answer, `MOST_CHOSEN` at most, in their order.

    By meaning these are the `MOST_AT_ONCE` nearest. Duplicates that are left out are counted
    where words are searched.

    Raises:
        UnknownTopic, UnknownRecord, UsageError, ModelNotAvailable: as `find_answers`.
    """
    n_left_out = 0
    found: Sequence[int]
    if asked.similar is not None:
        likeness = _rank_similar(conn, _keep(database), asked, asked.similar)
        found = [one.record_id for one in likeness.found]
    elif not asked.q:
        found = list_browsed(conn, asked.filters, limit=MOST_CHOSEN)
    elif asked.by is By.MEANING:
        likeness = _rank_like_best(conn, _keep(database), asked)
        found = [one.record_id for one in likeness.found]
    else:
        found, n_left_out = rank_all(
            conn, asked.q, filters=asked.filters, limit=MOST_CHOSEN, order=asked.order
        )
    return ChosenRecords(record_ids=found, n_left_out=n_left_out)


def _keep(database: Database) -> KeptVectors:
    return _KEPT.setdefault(database, KeptVectors())


def _find_by_words(conn: Connection, asked: AskedSearch) -> Answers:
    is_one_page = asked.order is Order.RELEVANCE
    page, n_all = search_and_count(
        conn,
        asked.q,
        filters=asked.filters,
        order=asked.order,
        limit=MOST_AT_ONCE if is_one_page else PAGE,
        after=None if is_one_page else asked.after,
        at_most=MOST_COUNTED,
    )
    notes = [page.order_reason] if page.order_reason else []
    if page.has_more and is_one_page and page.order is Order.RELEVANCE:
        notes.append(f"By relevance the best {MOST_AT_ONCE} are shown; a file holds all.")
    return Answers(
        answers=tuple(_from_hit(hit) for hit in page.hits),
        after=page.after,
        n_all=n_all,
        n_left_out=page.n_left_out,
        notes=tuple(notes),
        is_cut=page.is_cut,
    )


def _browse(conn: Connection, asked: AskedSearch) -> Answers:
    page = browse(conn, asked.filters, limit=PAGE, after=asked.after)
    return Answers(
        answers=tuple(_plain(record) for record in page.found),
        after=page.after,
        is_cut=page.is_cut,
        n_all=None,
    )


def _find_similar(
    conn: Connection, kept: KeptVectors, asked: AskedSearch, record_id: int
) -> Answers:
    return _from_likeness(conn, _rank_similar(conn, kept, asked, record_id))


def _rank_similar(
    conn: Connection, kept: KeptVectors, asked: AskedSearch, record_id: int
) -> Likeness:
    get_record(conn, record_id=record_id)
    stored = find_vector(conn, record_id, encoder_prefix="")
    if stored is None:
        raise ModelNotAvailable(
            "This record has no vector yet that its meaning could be compared by: `litsweep embed` "
            "makes it, and so does the next night where the encoder is installed."
        )
    return _rank(conn, kept, stored, asked.filters, [list_others(conn, record_id)])


def _find_like_best(conn: Connection, kept: KeptVectors, asked: AskedSearch) -> Answers:
    found = _from_likeness(conn, _rank_like_best(conn, kept, asked))
    note = (
        f"Nearest in meaning to the {_N_BEST} best answers by words, whatever their own words. "
        "Compared with stored vectors; the desk itself loads no model."
    )
    return replace(found, notes=(note, *found.notes))


def _rank_like_best(conn: Connection, kept: KeptVectors, asked: AskedSearch) -> Likeness:
    best = rank(conn, asked.q, filters=SearchFilters(topic=asked.filters.topic), limit=_N_BEST)
    found = [find_vector(conn, number, encoder_prefix="") for number in best]
    stored = [one for one in found if one is not None]
    if not best:
        raise UsageError("No record has these words, so that there is nothing to compare with.")
    if not stored:
        raise ModelNotAvailable(
            "None of the best answers has a vector yet that its meaning could be compared by: "
            "`litsweep embed` makes them."
        )
    encoder = stored[0][0]
    middle = np.mean([vector for name, vector in stored if name == encoder], axis=0)
    vector = np.asarray(middle / np.linalg.norm(middle), dtype=np.float32)
    return _rank(conn, kept, (encoder, vector), asked.filters, [])


def _rank(
    conn: Connection,
    kept: KeptVectors,
    stored: tuple[str, Vector],
    filters: SearchFilters,
    where: Sequence[Any],
) -> Likeness:
    encoder, vector = stored
    wanted = list_wanted(conn, filters)
    return kept.rank(
        conn,
        vector,
        encoder,
        topic=filters.topic,
        where=[*wanted, *where],
        limit=MOST_AT_ONCE,
    )


def _from_likeness(conn: Connection, likeness: Likeness) -> Answers:
    nearness = {one.record_id: one.nearness for one in likeness.found}
    return Answers(
        answers=tuple(_plain(record, nearness) for record in list_in_order(conn, list(nearness))),
        notes=tuple(_list_gaps(likeness)),
        is_cut=False,
    )


def _list_gaps(likeness: Likeness) -> Iterable[str]:
    if likeness.n_missing:
        yield f"{likeness.n_missing:,} texts have no vector yet and were not compared."
    if likeness.n_damaged:
        yield f"{likeness.n_damaged:,} stored vectors are damaged and were left out."
    if likeness.is_cut:
        yield "The filters leave few: only the 50,000 nearest texts were looked through."


def _plain(record: FoundRecord, nearness: Mapping[int, float] | None = None) -> Answer:
    near = None if nearness is None else nearness.get(record.record_id)
    return Answer(record=record, title=[(record.title, False)], nearness=near)


def _from_hit(hit: SearchHit) -> Answer:
    fragment: Fragment = hit.fragment
    return Answer(
        record=hit.record,
        title=_cut(hit.record.title, hit.title_hits),
        fragment=_cut(fragment.text, fragment.hits) if fragment.hits else (),
        starts_inside=fragment.starts_inside,
        ends_inside=fragment.ends_inside,
    )


def _cut(text: str, hits: Iterable[Span]) -> Pieces:
    return list(iter_pieces(text, hits))
