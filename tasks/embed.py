"""Embedding: have the encoder make vectors of abstracts that have none, and store them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from prefect import task

from db import documents, embeddings
from db.engine import Database
from litsweep.domain.documents import Document
from litsweep.domain.generations import SentenceEncoder
from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelError, ModelNotAvailable
from litsweep.models.choosing import choose_encoder, name_encoder
from litsweep.models.loading import load_encoder
from litsweep.searching.meaning import describe_encoder, embed_documents, encoder_prefix
from litsweep.searching.nearest import Vector
from litsweep.settings import Settings
from tasks import cancelling, progress
from tasks.policies import SIDE_EFFECTS, batched, results
from tasks.retrying import RETRIED

# A batch is what Ctrl-C can cost: with a packaged MiniLM on a CPU, some seconds.
_BATCH: Final = 64
COUNTED: Final = "abstracts compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """How many vectors were made, by what; ``failures`` are why others were not, in words."""

    encoder: str
    n_made: int
    failures: tuple[str, ...]


def is_needed(topic: str | None) -> bool:
    """Tell whether vectors are missing that this machine can make; loads nothing.

    Raises:
        UnknownTopic: no topic has this name.
        UnknownModel, ModelNotAvailable: they are missing, and there is no encoder to make them.
    """
    with results() as (settings, database):
        spec = name_encoder(settings)
        if spec is None:
            return False
        with database.reading() as conn:
            if embeddings.is_complete(conn, encoder_prefix(spec), topic=topic):
                return False
        _choose(settings)
        return True


@task(cache_policy=SIDE_EFFECTS, **RETRIED)
def embed_abstracts(
    topic: str | None = None, limit: int | None = None, mend: bool = False
) -> Embedded:
    """Make the vectors that are missing, those of the newest abstracts first.

    May be stopped at any time, and several may be at work: what is stored stays, and is not
    made again. With ``mend``, stored vectors that are damaged are made again.

    Raises:
        UnknownTopic: no topic has this name.
        UnknownModel, ModelNotAvailable, WeightsRefused: there is no encoder that can be used.
        ModelError: the encoder fails on every text.
    """
    with results() as (settings, database):
        encoder = load_encoder(_choose(settings), settings)
        name = describe_encoder(encoder)
        if mend:
            _remove_damaged(database, encoder, topic)
        with database.reading() as conn:
            missing = embeddings.list_unembedded(conn, name, topic=topic, limit=limit)
        n_made, failures = _embed_all(database, encoder, missing)
        return Embedded(encoder=name, n_made=n_made, failures=tuple(failures))


def _choose(settings: Settings) -> ModelSpec:
    choice = choose_encoder(settings)
    if choice.model is None:
        raise ModelNotAvailable(choice.reason)
    return choice.model


def _remove_damaged(database: Database, encoder: SentenceEncoder, topic: str | None) -> None:
    name, n_dimensions = describe_encoder(encoder), len(encoder.encode(["length"])[0])
    with database.reading() as conn:
        damaged = embeddings.load_vectors(conn, name, n_dimensions, topic=topic).damaged
    if damaged:
        with database.writing() as conn:
            embeddings.remove_vectors(conn, name, damaged)


def _embed_all(
    database: Database, encoder: SentenceEncoder, document_ids: Sequence[int]
) -> tuple[int, list[str]]:
    waiting = batched(document_ids, _BATCH)
    n_made, failures = 0, list[str]()
    if document_ids:
        progress.report(COUNTED, 0, len(document_ids))  # the first batch may take a while
    while waiting and not cancelling.find_stop():
        batch = waiting.pop(0)
        n_new, n_made_twice, failed = _embed_batch(database, encoder, batch)
        n_made, failures = n_made + n_new, failures + failed
        if len(failed) == len(batch) == _BATCH:
            raise ModelError(f"The encoder fails on every text: {failed[0]}")
        if n_made_twice:
            random.shuffle(waiting)  # another worker does the same ones: go on elsewhere
        progress.report(COUNTED, len(batch), len(document_ids))
    return n_made, failures


def _embed_batch(
    database: Database, encoder: SentenceEncoder, document_ids: Sequence[int]
) -> tuple[int, int, list[str]]:
    """Return how many vectors were stored, how many others had made meanwhile, and what failed."""
    name = describe_encoder(encoder)
    with database.reading() as conn:
        missing = embeddings.list_missing(conn, name, document_ids)
        loaded = documents.load_documents(conn, missing)
    vectors, failed = _encode(encoder, loaded)
    with database.writing() as conn:
        n_new = embeddings.save_vectors(conn, name, vectors, now=datetime.now(UTC))
    return n_new, len(vectors) - n_new, failed


def _encode(
    encoder: SentenceEncoder, loaded: Sequence[tuple[int, Document]]
) -> tuple[dict[int, Vector], list[str]]:
    """Return the vectors of documents; where one breaks the batch, it costs only itself."""
    if not loaded:
        return {}, []
    try:
        made = embed_documents([document for _, document in loaded], encoder)
        return {number: vector for (number, _), vector in zip(loaded, made, strict=True)}, []
    except ModelError as error:
        if len(loaded) == 1:
            return {}, [f"document {loaded[0][0]}: {error}"]
    vectors: dict[int, Vector] = {}
    failures: list[str] = []
    for one in loaded:
        vector, failed = _encode(encoder, [one])
        vectors, failures = vectors | vector, failures + failed
    return vectors, failures
