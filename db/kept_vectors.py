"""Vectors of meaning that stay in memory between requests, for a program that serves people.

``db.similar`` reads all vectors for each question, which is right for a command. Here they are
read once; what has come since is read when somebody asks, half a minute after the last look at
the earliest. What may be shown (of which topic, not deleted, no duplicate, the current text)
is asked of the database each time: only the vectors are kept, and a stored vector never changes.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, func, select

from db import embeddings
from db.duplicates import is_shown
from db.membership import is_among
from db.readings import select_current
from db.records import in_topic
from db.similar import Alike
from db.tables import document_embeddings, documents, records
from db.walking import walk
from litsweep.domain.documents import DocumentKind
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import ModelNotAvailable, UsageError
from litsweep.searching.nearest import Matrix, Vector

MOST_BYTES: Final = 512 * 1024**2
"""Memory for the vectors: some 350,000 of 384 dimensions."""

MOST_LOOKED_AT: Final = 50_000
"""Of the nearest texts, how many are looked at for those that the filters leave."""

_LOOK_AGAIN_S: Final = 30.0
_MOST_BLOCKS: Final = 32
_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The records that are nearest, and among how many texts they were looked for.

    ``n_missing`` texts have no vector of this encoder yet, ``n_damaged`` one that is of no use.
    ``is_cut``: the filters left too few among the `MOST_LOOKED_AT` nearest.
    """

    found: tuple[Alike, ...]
    n_compared: int
    n_missing: int
    n_damaged: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Block:
    document_ids: npt.NDArray[np.int64]
    matrix: Matrix


class KeptVectors:
    """The vectors of one encoder of one database; safe to share among threads."""

    def __init__(self, most_bytes: int = MOST_BYTES, look_again_s: float = _LOOK_AGAIN_S) -> None:
        self._most_bytes = most_bytes
        self._look_again_s = look_again_s
        self._lock = threading.Lock()
        self._forget("")

    def rank(
        self,
        conn: Connection,
        vector: Vector,
        encoder: str,
        *,
        topic: str | None = None,
        where: Sequence[ColumnElement[bool]] = (),
        limit: int = 20,
    ) -> Likeness:
        """Return the records whose title and abstract are nearest to ``vector``.

        ``where`` are conditions on ``records``. Of two that are equally near, the text that was
        stored later comes first.

        Raises:
            UnknownTopic: no topic has this name.
            ModelNotAvailable: there are no vectors.
            UsageError: there are more than may be kept.
        """
        with self._lock:
            self._refresh(conn, encoder, len(vector))
            blocks, n_missing, n_damaged = self._blocks, self._n_missing, len(self._damaged)
        document_ids = np.concatenate([block.document_ids for block in blocks])
        cosines = np.concatenate([np.round(block.matrix @ vector, _DECIMALS) for block in blocks])
        order = np.lexsort((-document_ids, -cosines))
        shown: dict[int, int] = {}
        conditions = (
            in_topic(conn, topic),
            is_shown(conn, topic),
            records.c.publication_status != PublicationStatus.DELETED,
            *where,
        )

        def next_piece(after: int | None, size: int) -> Sequence[int]:
            first = 0 if after is None else after + 1
            return range(first, min(first + size, len(order)))

        def choose(places: Sequence[int]) -> set[int]:
            of_document = {int(document_ids[order[place]]): place for place in places}
            found = _list_current(conn, list(of_document), conditions)
            shown.update({of_document[number]: record_id for number, record_id in found})
            return {of_document[number] for number, _ in found}

        walked = walk(next_piece, choose, after=None, limit=limit, most_looked_at=MOST_LOOKED_AT)
        return Likeness(
            found=tuple(
                Alike(record_id=shown[place], nearness=round(float(cosines[order[place]]), 6))
                for place in walked.keys
            ),
            n_compared=len(document_ids),
            n_missing=n_missing,
            n_damaged=n_damaged,
            is_cut=walked.is_cut,
        )

    def _forget(self, encoder: str) -> None:
        self._encoder = encoder
        self._blocks: list[_Block] = []
        self._damaged: set[int] = set()
        self._seen: tuple[int, int | None] | None = None
        self._n_missing = 0
        self._looked_at = float("-inf")

    def _refresh(self, conn: Connection, encoder: str, n_dimensions: int) -> None:
        if encoder != self._encoder:
            self._forget(encoder)
        now = time.monotonic()
        if now - self._looked_at < self._look_again_s:
            return
        seen = _look(conn, encoder)
        if seen != self._seen or self._damaged:
            self._require_room(seen[0], n_dimensions)
            self._load_new(conn, encoder, n_dimensions)
            covered = embeddings.count_coverage(conn, encoder)
            self._n_missing = covered.n_documents - covered.n_embedded
        self._seen, self._looked_at = seen, now

    def _require_room(self, n_vectors: int, n_dimensions: int) -> None:
        most = self._most_bytes // (4 * n_dimensions)
        if n_vectors > most:
            raise UsageError(
                f"There are vectors of {n_vectors:,} texts, and the desk keeps at most {most:,} in "
                "memory. On the command line, `litsweep similar` compares them all."
            )
        if not n_vectors:
            raise ModelNotAvailable(
                "No text has a vector yet that its meaning could be compared by: `litsweep embed` "
                "makes them, and so does the next night where the encoder is installed."
            )

    def _load_new(self, conn: Connection, encoder: str, n_dimensions: int) -> None:
        stored = document_embeddings.c
        numbers = np.array(
            conn.scalars(select(stored.document_id).where(stored.encoder == encoder)).all(),
            dtype=np.int64,
        )
        kept = [block.document_ids for block in self._blocks]
        if kept and not np.isin(np.concatenate(kept), numbers).all():
            self._forget(encoder)
            kept = []
        new = numbers if not kept else numbers[~np.isin(numbers, np.concatenate(kept))]
        loaded = embeddings.load_of(conn, encoder, new.tolist(), n_dimensions)
        self._damaged = set(loaded.damaged)
        self._blocks = [*self._blocks, _Block(loaded.document_ids, loaded.matrix)]
        if len(self._blocks) > _MOST_BLOCKS:
            self._blocks = [
                _Block(
                    np.concatenate([block.document_ids for block in self._blocks]),
                    np.concatenate([block.matrix for block in self._blocks]),
                )
            ]


def _look(conn: Connection, encoder: str) -> tuple[int, int | None]:
    """Return what changes whenever vectors come or go: how many there are, and the last one."""
    stored = document_embeddings.c
    row = conn.execute(
        select(func.count(), func.max(stored.document_id)).where(stored.encoder == encoder)
    ).one()
    return row[0], row[1]


def _list_current(
    conn: Connection, document_ids: Sequence[int], conditions: Sequence[ColumnElement[bool]]
) -> list[tuple[int, int]]:
    """Return number of document and record, of those that are the records' current abstracts."""
    statement: Any = (
        select_current(DocumentKind.ABSTRACT)
        .with_only_columns(documents.c.document_id, records.c.record_id)
        .where(is_among(conn, documents.c.document_id, document_ids), *conditions)
    )
    return [(row[0], row[1]) for row in conn.execute(statement)]
