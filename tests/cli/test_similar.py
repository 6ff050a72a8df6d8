"""Records that are alike are listed with their nearness, and what was not compared is said."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from db.engine import open_database
from db.search_filters import SearchFilters
from litsweep.errors import ModelError, ModelNotAvailable
from litsweep.models import choosing
from litsweep.models.loading import Availability
from litsweep.settings import load_settings
from litsweep_app import meaning
from tasks import embed
from tests.cli.conftest import N_RECORDS, Litsweep
from tests.fakes.encoder import BrokenEncoder, HashingEncoder

PMID = "99000001"


@pytest.fixture(autouse=True)
def _own_database(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the database by its whole path: a process keeps open what it has worked on."""
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", f"sqlite:///{filled / 'litsweep.db'}")


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashingEncoder:
    """Have a fake be the encoder of this machine."""
    made = HashingEncoder()
    found = Availability(is_available=True, reason="")
    monkeypatch.setattr(choosing, "get_spec", lambda *_: made.spec)
    monkeypatch.setattr(choosing, "is_available", lambda *_: found)
    for module in (embed, meaning):
        monkeypatch.setattr(module, "load_encoder", lambda *_: made)
    return made


def take_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no encoder on this machine any more."""
    found = Availability(is_available=False, reason="Install it with pip.")
    monkeypatch.setattr(choosing, "is_available", lambda *_: found)
    for module in (embed, meaning):
        monkeypatch.setattr(module, "load_encoder", lambda *_: pytest.fail("loaded"))


@pytest.mark.usefixtures("encoder")
def test_vectors_are_made_and_records_compared(litsweep: Litsweep) -> None:
    none = litsweep("similar", PMID)
    assert (none.code, none.out) == (1, "")
    assert f"None of {N_RECORDS - 1} records has a vector yet: `litsweep embed`" in none.err
    some = litsweep("embed", "--topic", "everything", "--limit", "40")
    assert (some.code, "40 vectors made by example/fakelm@" in some.err) == (0, True)
    assert f"40 of {N_RECORDS} records can be compared." in some.err
    assert f"2 of {N_RECORDS - 1} records have no vector yet" in litsweep("similar", PMID).err
    assert "2 vectors made" in litsweep("embed").err
    done = litsweep("similar", PMID, "--limit", "3", "--topic", "everything")
    assert done.err.startswith(f"Like PMID {PMID}: Lorvaxidine for the prevention of delirium")
    as_json = json.loads(litsweep("similar", PMID, "--limit", "3", "--json").out)
    nearness = [one["nearness"] for one in as_json]
    assert len(nearness) == 3
    assert 1 > nearness[0] >= nearness[1] >= nearness[2] > 0
    assert PMID not in {str(one["pmid"]) for one in as_json}
    assert done.out.startswith(f"{nearness[0]:.2f}  {as_json[0]['pmid']}  ")


def test_without_the_encoder_stored_vectors_are_still_compared(
    litsweep: Litsweep, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    litsweep("embed")
    before = litsweep("similar", PMID)
    take_away(monkeypatch)
    assert litsweep("similar", PMID) == before
    assert before.out
    done = litsweep("embed")
    assert (done.code, "fakelm is not here: Install it with pip." in done.err) == (1, True)


def test_an_encoder_that_fails_is_told(
    litsweep: Litsweep, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Narrow(HashingEncoder):
        def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if any("LORVA-HIP" in text for text in texts):
                raise ModelError("The text is too wide.")
            return super().encode(texts)

    monkeypatch.setattr(embed, "load_encoder", lambda *_: Narrow())
    done = litsweep("embed")
    assert (done.code, "texts could not be encoded; the next run tries" in done.err) == (1, True)
    assert ": The text is too wide." in done.err
    monkeypatch.setattr(embed, "load_encoder", lambda *_: BrokenEncoder())
    done = litsweep("embed")
    assert (done.code, done.err) == (1, "The device is out of memory.\n")


def test_a_damaged_vector_is_told_and_made_anew(
    litsweep: Litsweep, encoder: HashingEncoder, filled: Path
) -> None:
    litsweep("embed")
    database = open_database(f"sqlite:///{filled / 'litsweep.db'}")
    with database.writing() as conn:
        conn.exec_driver_sql(
            "UPDATE document_embeddings SET vector = zeroblob(1024) WHERE document_id > 40"
        )
    database.close()
    assert "2 stored vectors are damaged and were left out" in litsweep("similar", PMID).err
    assert "2 vectors made" in litsweep("embed").err
    assert "damaged" not in litsweep("similar", PMID).err


def test_what_cannot_be_compared_is_said(
    litsweep: Litsweep, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert litsweep("similar", "7").code == 2
    assert litsweep("similar", "r1", "--topic", "nothing").code == 2
    assert "is not a PMID" in litsweep("similar", "rx").err
    monkeypatch.setenv("LITSWEEP_EMBEDDING_MODEL", "none")
    done = litsweep("similar", PMID)
    assert (done.code, 'With "auto" they are' in done.err) == (1, True)


@pytest.mark.usefixtures("encoder")
def test_a_text_is_searched_by_meaning_and_by_both(litsweep: Litsweep) -> None:
    litsweep("embed")
    settings = load_settings()
    database = open_database(settings.database_url)
    text = "delirium"
    by_meaning = meaning.search_by_meaning(
        settings, database, text, filters=SearchFilters(), limit=5
    )
    by_both = meaning.search_by_both(
        settings, database, text, filters=SearchFilters(topic="everything"), limit=5
    )
    database.close()
    assert (len(by_meaning.record_ids), len(by_both.record_ids)) == (5, 5)
    assert list(by_meaning.nearness) == list(by_meaning.record_ids)
    assert (by_meaning.notes, by_both.notes) == ((), ())


def test_by_both_falls_back_on_words_with_a_note(
    litsweep: Litsweep, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    database = open_database(settings.database_url)
    unembedded = meaning.search_by_both(
        settings, database, "delirium", filters=SearchFilters(), limit=5
    )
    assert len(unembedded.record_ids) == 5
    assert unembedded.notes[0].startswith(f"By words alone. None of {N_RECORDS} records has a")
    take_away(monkeypatch)
    absent = meaning.search_by_both(
        settings, database, "delirium", filters=SearchFilters(), limit=5
    )
    assert absent.record_ids == unembedded.record_ids
    assert absent.notes == ("By words alone. fakelm is not here: Install it with pip.",)
    with pytest.raises(ModelNotAvailable):
        meaning.search_by_meaning(settings, database, "delirium", filters=SearchFilters(), limit=5)
    database.close()


@pytest.mark.usefixtures("encoder")
def test_a_search_may_be_ordered_by_meaning_and_by_both(litsweep: Litsweep) -> None:
    litsweep("embed")
    filters = ("--topic", "everything", "--since", "2026-11-01", "--limit", "5", "--json")
    by_meaning = json.loads(litsweep("search", "delirium", "--by", "meaning", *filters).out)
    assert len(by_meaning) == 5
    none = litsweep("search", "delirium", "--by", "meaning", "--until", "1900-01-01", "--json")
    assert (none.code, none.out) == (0, "[]\n")
    by_both = litsweep("search", "delirium -mice", "--by", "both")
    assert (by_both.code, "delirium" in by_both.out) == (0, True)


def test_duplicates_are_not_compared_by_meaning(litsweep: Litsweep) -> None:
    refused = litsweep("search", "delirium", "--by", "both", "--duplicates")
    assert refused.code == 2
    assert "leave --duplicates out" in refused.err


def test_without_vectors_both_is_by_words_and_meaning_is_refused(litsweep: Litsweep) -> None:
    by_both = litsweep("search", "delirium", "--by", "both")
    assert (by_both.code, "By words alone." in by_both.err, bool(by_both.out)) == (0, True, True)
    by_meaning = litsweep("search", "delirium", "--by", "meaning")
    assert (by_meaning.code, by_meaning.out) == (1, "")
