"""The night makes vectors of what it found, and does not fail where it cannot."""

import logging
from pathlib import Path

import pytest

from db.engine import Database
from flows import read_documents as flow
from flows.nightly import nightly
from flows.read_documents import read_documents
from litsweep.models import choosing
from litsweep.models.loading import Availability
from tasks import embed
from tests.fakes.encoder import BrokenEncoder, HashingEncoder
from tests.fakes.pubmed_files import write_readable_record
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, count


@pytest.fixture
def night(tmp_path: Path, database: Database, serve: Serve, recorded: str) -> None:
    """A night without an encoder, after which two records are stored."""
    flow._warn_once.cache_clear()
    folder = tmp_path / "ncbi"
    write_readable_record(folder, 11, pmcid="PMC9011")
    write_readable_record(folder, 12)
    with serve(folder), pytest.MonkeyPatch.context() as without:
        without.setenv("LITSWEEP_EMBEDDING_MODEL", "none")
        assert nightly(since=SINCE, return_state=True).is_completed()
    assert count(database, "document_embeddings") == 0


def have(monkeypatch: pytest.MonkeyPatch, encoder: HashingEncoder) -> None:
    found = Availability(is_available=True, reason="")
    monkeypatch.setattr(choosing, "get_spec", lambda *_: encoder.spec)
    monkeypatch.setattr(choosing, "is_available", lambda *_: found)
    monkeypatch.setattr(embed, "load_encoder", lambda *_: encoder)


@pytest.mark.usefixtures("night")
def test_what_is_read_can_be_compared(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = HashingEncoder()
    have(monkeypatch, encoder)
    assert read_documents(topic="everything", return_state=True).is_completed()
    assert count(database, "document_embeddings") == 2
    assert read_documents(return_state=True).is_completed()
    assert [len(texts) for texts in encoder.calls] == [2]


@pytest.mark.usefixtures("night")
@pytest.mark.parametrize("trouble", ["absent", "broken"])
def test_without_an_encoder_the_night_is_complete_and_says_so_once(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: str,
) -> None:
    have(monkeypatch, BrokenEncoder())
    monkeypatch.setattr(embed, "_BATCH", 2)
    if trouble == "absent":
        found = Availability(is_available=False, reason="No torch.")
        monkeypatch.setattr(choosing, "is_available", lambda *_: found)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert read_documents(return_state=True).is_completed()
    told = [line for line in caplog.messages if line.startswith("Records are not compared")]
    assert len(told) == 1
    assert ("No torch." if trouble == "absent" else "fails on every text") in told[0]
    assert count(database, "document_embeddings") == 0
