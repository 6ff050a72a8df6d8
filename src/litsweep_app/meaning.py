"""Records found by their meaning: like another record, or near to what a person asks for.

Vectors are compared in ``db.similar``. Here the encoder is chosen, and loaded only where a text
must be encoded: records that have their vectors are compared on machines without torch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from db import embeddings
from db.current_documents import find_current_documents
from db.engine import Database
from db.search import rank
from db.search_filters import SearchFilters
from db.similar import Comparison, list_similar, list_wanted, rank_by_meaning
from litsweep.domain.documents import DocumentKind
from litsweep.domain.generations import SentenceEncoder
from litsweep.errors import ModelError, ModelNotAvailable, UsageError
from litsweep.models.choosing import choose_encoder, name_encoder
from litsweep.models.loading import load_encoder
from litsweep.searching.fusion import fuse_rankings
from litsweep.searching.meaning import (
    describe_encoder,
    embed_documents,
    embed_question,
    encoder_prefix,
)
from litsweep.searching.nearest import Vector
from litsweep.settings import Settings

# What stands this far down in one ranking is not brought up by standing high in the other:
# 1/(60 + 200) + 1/61 is less than the 1/(60 + 20) + 1/(60 + 20) of a record that is 20th in both.
_FUSED_DEPTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The numbers of records, best first; ``notes`` are sentences on what was not compared.

    ``nearness`` are the cosines of those that were compared by their meaning.
    """

    record_ids: tuple[int, ...]
    nearness: Mapping[int, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find_similar(
    settings: Settings, database: Database, record_id: int, *, topic: str | None, limit: int
) -> Ranking:
    """Return the records most like one, by the meaning of title and abstract.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: the settings say that meaning is not compared, or the record has no text.
        ModelNotAvailable: there is no vector of the record, or of any other, and none can be
            made here.
    """
    name, vector = _get_vector(settings, database, record_id)
    with database.reading() as conn:
        found = list_similar(conn, record_id, vector, name, topic=topic, limit=limit)
    return _rank(found)


def search_by_meaning(
    settings: Settings, database: Database, text: str, *, filters: SearchFilters, limit: int
) -> Ranking:
    """Return the records whose title and abstract are nearest in meaning to ``text``.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: there is no word in ``text``.
        ModelNotAvailable: no encoder can be used here, or there are no vectors yet.
    """
    encoder = _load(settings)
    name, vector = describe_encoder(encoder), embed_question(text, encoder)
    with database.reading() as conn:
        wanted = list_wanted(conn, filters)
        found = rank_by_meaning(conn, vector, name, topic=filters.topic, where=wanted, limit=limit)
    return _rank(found)


def search_by_both(
    settings: Settings, database: Database, text: str, *, filters: SearchFilters, limit: int
) -> Ranking:
    """Return the records that their words and their meaning together rank highest.

    Where meaning cannot be compared the words alone decide, and a note says why.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: there is no word in ``text``.
    """
    depth = max(limit, _FUSED_DEPTH)
    with database.reading() as conn:
        words = rank(conn, text, filters=filters, limit=depth)
    try:
        meant = search_by_meaning(settings, database, text, filters=filters, limit=depth)
    except ModelError as error:
        return Ranking(record_ids=tuple(words[:limit]), notes=(f"By words alone. {error}",))
    fused = fuse_rankings([words, meant.record_ids])
    return Ranking(record_ids=tuple(fused[:limit]), nearness=meant.nearness, notes=meant.notes)


def _get_vector(settings: Settings, database: Database, record_id: int) -> tuple[str, Vector]:
    """Return the record's stored vector, or make it now; and the name of its encoder."""
    spec = name_encoder(settings)
    if spec is None:
        raise ModelNotAvailable(_SWITCHED_OFF)
    with database.reading() as conn:
        stored = embeddings.find_vector(conn, record_id, encoder_prefix=encoder_prefix(spec))
        current = find_current_documents(conn, record_id).get(DocumentKind.ABSTRACT)
    if stored is not None:
        return stored
    if current is None or not current.document.text.strip():
        raise UsageError("This record has neither title nor abstract: there is no meaning in it.")
    encoder = _load(settings)
    return describe_encoder(encoder), embed_documents([current.document], encoder)[0]


def _load(settings: Settings) -> SentenceEncoder:
    choice = choose_encoder(settings)
    if choice.model is None:
        raise ModelNotAvailable(
            _SWITCHED_OFF if settings.embedding_model == "none" else choice.reason
        )
    return load_encoder(choice.model, settings)


_SWITCHED_OFF: Final = (
    'The setting embedding_model says none: records are not compared by their meaning. With "auto" '
    "they are, where minilm is installed."
)


def _rank(found: Comparison) -> Ranking:
    if found.n_missing and not found.n_compared:
        raise ModelNotAvailable(
            f"None of {found.n_missing} records has a vector yet: `litsweep embed` makes them, and "
            "so does the next night where the encoder is installed."
        )
    return Ranking(
        record_ids=tuple(one.record_id for one in found.found),
        nearness={one.record_id: one.nearness for one in found.found},
        notes=tuple(_list_gaps(found)),
    )


def _list_gaps(found: Comparison) -> Iterator[str]:
    if found.damaged:
        yield (
            f"{len(found.damaged)} stored vectors are damaged and were left out; "
            "`litsweep embed` makes them anew."
        )
    if found.n_missing:
        yield (
            f"{found.n_missing} of {found.n_missing + found.n_compared} records have no vector yet "
            "and were not compared: `litsweep embed` makes them."
        )
