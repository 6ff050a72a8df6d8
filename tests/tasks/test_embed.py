"""Vectors are made once, in batches that stay, whoever else is at work and whatever breaks."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from db import embeddings
from db.engine import Database, open_database
from db.records import save_records
from db.tables import document_embeddings
from litsweep.domain.generations import SentenceEncoder
from litsweep.domain.models import ModelChoice, ModelSpec
from litsweep.domain.records import FetchedRecord, RecordSet
from litsweep.errors import ModelError, ModelNotAvailable, UnknownModel
from litsweep.models.loading import Availability
from litsweep.searching.meaning import describe_encoder
from tasks import embed, progress
from tests.db.conftest import NOW, make_record, make_set, start_run
from tests.fakes.encoder import BrokenEncoder, HashingEncoder

__all__ = ["make_record", "make_set", "start_run"]

N_RECORDS = 10


@pytest.fixture
def database(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start_run: Callable[..., int],
    make_set: Callable[..., RecordSet],
    make_record: Callable[..., FetchedRecord],
) -> Iterator[Database]:
    """Ten abstracts without vectors; the settings name the database."""
    url = f"sqlite:///{tmp_path / 'results.db'}"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    opened = open_database(url, create=True)
    pmids = tuple(range(1, N_RECORDS + 1))
    run_id = start_run(opened, pmids)
    found = make_set(*(make_record(pmid, title=f"Title {pmid}") for pmid in pmids))
    with opened.writing() as conn:
        save_records(conn, run_id, found, requested=pmids, now=NOW, tool_version="0")
    yield opened
    opened.close()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[SentenceEncoder], SentenceEncoder]:
    """Have an encoder be the one of this machine; vectors are made in batches of four."""
    monkeypatch.setattr(embed, "_BATCH", 4)

    def using(encoder: SentenceEncoder) -> SentenceEncoder:
        chosen = ModelChoice(model=encoder.spec, reason="")
        monkeypatch.setattr(embed, "choose_encoder", lambda _: chosen)
        monkeypatch.setattr(embed, "name_encoder", lambda _: encoder.spec)
        monkeypatch.setattr(embed, "load_encoder", lambda *_: encoder)
        return encoder

    return using


Use = Callable[[SentenceEncoder], SentenceEncoder]


def embedded(database: Database) -> list[int]:
    with database.reading() as conn:
        order = document_embeddings.c.document_id
        return list(conn.scalars(select(order).order_by(order)))


def test_each_abstract_gets_its_vector_once(database: Database, use: Use) -> None:
    encoder = HashingEncoder()
    use(encoder)
    assert embed.is_needed(None)
    told: list[tuple[str, int, int]] = []
    with progress.listening(lambda *step: told.append(step)):
        done = embed.embed_abstracts.fn()
    assert done == embed.Embedded(encoder=describe_encoder(encoder), n_made=10, failures=())
    assert [n_more for _, n_more, n_total in told if n_total == N_RECORDS] == [0, 4, 4, 2]
    assert [len(texts) for texts in encoder.calls] == [4, 4, 2]
    # The newest first, each with its title and its abstract.
    assert encoder.calls[0][0].startswith("Title 10\nAIMS: To test α-agonists.")
    assert not embed.is_needed(None)
    assert embed.embed_abstracts.fn().n_made == 0
    assert len(encoder.calls) == 3


def test_no_more_than_asked_for(database: Database, use: Use) -> None:
    use(HashingEncoder())
    assert embed.embed_abstracts.fn("asthma", 3).n_made == 3
    assert embedded(database) == [8, 9, 10]


def test_what_was_made_before_an_interruption_stays(database: Database, use: Use) -> None:
    class Interrupted(HashingEncoder):
        def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if len(self.calls) == 1:
                raise KeyboardInterrupt
            return super().encode(texts)

    use(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        embed.embed_abstracts.fn()
    assert embedded(database) == [7, 8, 9, 10]
    encoder = HashingEncoder()
    use(encoder)
    assert embed.embed_abstracts.fn().n_made == 6
    assert sum(map(len, encoder.calls)) == 6


def test_a_worker_leaves_to_another_what_that_one_has_made(database: Database, use: Use) -> None:
    class Beside(HashingEncoder):
        """While it encodes its first batch, another worker makes that and the next one."""

        def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if not self.calls:
                own = [float(place == 0) for place in range(256)]
                made = dict.fromkeys(range(3, 11), np.array(own, dtype=np.float32))
                with database.writing() as conn:
                    embeddings.save_vectors(conn, describe_encoder(self), made, now=NOW)
            return super().encode(texts)

    encoder = Beside()
    use(encoder)
    assert embed.embed_abstracts.fn().n_made == 2
    assert sorted(map(len, encoder.calls)) == [2, 4]
    assert embedded(database) == list(range(1, 11))


def test_a_text_that_breaks_the_encoder_costs_only_itself(database: Database, use: Use) -> None:
    class Picky(HashingEncoder):
        def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if any(text.startswith(("Title 9\n", "Title 1\n")) for text in texts):
                raise ModelError("The device is out of memory.")
            return super().encode(texts)

    use(Picky())
    done = embed.embed_abstracts.fn()
    assert (done.n_made, done.failures) == (
        8,
        (
            "document 9: The device is out of memory.",
            "document 1: The device is out of memory.",
        ),
    )
    assert embedded(database) == [2, 3, 4, 5, 6, 7, 8, 10]


def test_an_encoder_that_fails_on_every_text_ends_it(database: Database, use: Use) -> None:
    use(BrokenEncoder())
    with pytest.raises(ModelError, match=r"fails on every text: document 10: The device"):
        embed.embed_abstracts.fn()
    assert embedded(database) == []


def test_damaged_vectors_are_mended_only_when_asked_for(database: Database, use: Use) -> None:
    use(HashingEncoder())
    embed.embed_abstracts.fn()
    with database.writing() as conn:
        conn.exec_driver_sql(
            "UPDATE document_embeddings SET vector = zeroblob(1024) WHERE document_id = 4"
        )
    assert embed.embed_abstracts.fn().n_made == 0
    assert embed.embed_abstracts.fn(mend=True).n_made == 1
    with database.reading() as conn:
        name = describe_encoder(HashingEncoder())
        assert embeddings.load_vectors(conn, name, 256).damaged == ()


def test_settings_and_machine_decide(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_available(spec: ModelSpec, settings: object) -> Availability:
        return Availability(is_available=False, reason="No torch.")

    monkeypatch.setattr("litsweep.models.choosing.is_available", is_available)
    with pytest.raises(ModelNotAvailable, match=r"minilm is not here: No torch\."):
        embed.is_needed(None)
    with pytest.raises(ModelNotAvailable, match=r"minilm is not here: No torch\."):
        embed.embed_abstracts.fn()
    monkeypatch.setenv("LITSWEEP_EMBEDDING_MODEL", "none")
    assert not embed.is_needed(None)
    with pytest.raises(ModelNotAvailable, match="embedding_model says none"):
        embed.embed_abstracts.fn()
    monkeypatch.setenv("LITSWEEP_EMBEDDING_MODEL", "biogpt")
    with pytest.raises(UnknownModel, match="no sentence encoder"):
        embed.is_needed(None)
