"""Loads of files: each entry kept once and counted, whatever the order, and resumed exactly."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.engine import Database
from db.loads import close_load, get_load, list_loads, open_load, save_batch
from db.records import get_record, list_versions
from db.results import get_card
from db.search import search
from db.tables import deleted_pmids, record_failures, record_versions, records, topic_records
from db.topics import add_topic
from litsweep.domain.loads import ExportedRecord, FileFormat, LoadFile, LoadStatus
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision, FetchedRecord, PublicationDate, RecordFailure
from litsweep.domain.strategies import SearchRoute
from litsweep.errors import LoadBusy, UnknownTopic, UsageError
from litsweep.parsing.pubmed import parse_record_set
from litsweep.parsing.tagged_text import build_author
from tests.fakes.update_files import Entry, build_xml

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
ME = "here/1/1"
MakeRecord = Callable[..., FetchedRecord]
EXPORTED = ExportedRecord(
    pmid=None,
    title="Grid cells for conceptual spaces?",
    abstract="An abstract.",
    authors=(build_author("Kriegeskorte, Nikolaus"),),
    journal="Neuron",
    volume="92",
    issue="2",
    pages="280-284",
    publication_date=PublicationDate(
        sortable=date(2016, 10, 19), precision=DatePrecision.DAY, text="2016/10/19"
    ),
    doi="10.1016/j.neuron.2016.10.006",
    pmcid=None,
    languages=("eng",),
    publication_types=("Journal Article",),
    keywords=("grid cells",),
    file_format=FileFormat.RIS,
    raw=b"TY  - JOUR\nTI  - Grid cells\nER  -\n",
)


def start(database: Database, sha256: str = "a" * 64, **options: Any) -> LoadFile:
    given: dict[str, Any] = {
        "name": "pubmed26n1335.xml.gz",
        "file_format": FileFormat.PUBMED_XML,
        "file_number": 1335,
        "topic": None,
        "owner": ME,
        "is_owner_alive": lambda owner, since: False,
        "tool_version": "litsweep 0",
        "now": NOW,
    }
    with database.writing() as conn:
        return open_load(conn, sha256=sha256, **(given | options))


def save(database: Database, load: LoadFile, *entries: Any, owner: str = ME) -> LoadFile:
    with database.writing() as conn:
        save_batch(conn, load.load_file_id, entries, owner=owner, now=NOW)
        return get_load(conn, load.load_file_id)


def close(database: Database, load: LoadFile, *deleted: int, error: str | None = None) -> LoadFile:
    with database.writing() as conn:
        return close_load(conn, load.load_file_id, deleted, owner=ME, error=error, now=NOW)


def entry(pmid: int, title: str = "T", version: int = 1, day: int | None = 1) -> FetchedRecord:
    revised_on = date(2026, 1, day) if day else None
    made = Entry(pmid, title=title, version=version, revised_on=revised_on)
    return parse_record_set(build_xml([made])).records[0]


def counts(load: LoadFile) -> tuple[int, int, int, int]:
    assert load.adds_up
    return load.n_new, load.n_changed, load.n_unchanged, load.n_failed


def title_of(database: Database, pmid: int) -> str:
    with database.reading() as conn:
        return get_record(conn, pmid).title


def test_a_load_keeps_its_entries_and_a_receipt_that_adds_up(database: Database) -> None:
    load = start(database)
    failure = RecordFailure(pmid=3, reason="unreadable", raw_xml=b"<PubmedArticle>")
    load = save(database, load, entry(1), entry(2), failure)
    assert (counts(load), load.status) == ((2, 0, 0, 1), LoadStatus.LOADING)
    load = close(database, load, 9)
    assert (load.status, load.n_done, load.n_deleted) == (LoadStatus.COMPLETE, 3, 1)
    with database.reading() as conn:
        assert list_loads(conn) == [load]
        versions = conn.execute(select(record_versions)).all()
        (kept,) = conn.execute(select(record_failures)).all()
    assert {row.load_file_id for row in versions} == {kept.load_file_id} == {load.load_file_id}
    assert (kept.pmid, kept.raw) == (3, b"<PubmedArticle>")


def test_the_last_of_a_pmid_wins_and_every_version_is_kept(database: Database) -> None:
    load = save(database, start(database), entry(1, "A", day=1), entry(1, "B", day=2), entry(2))
    assert counts(load) == (2, 1, 0, 0)
    with database.reading() as conn:
        record = get_record(conn, 1)
        assert (record.title, record.version) == ("B", 2)
        assert len(list_versions(conn, record.record_id)) == 2


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (entry(1, "old", day=1), entry(1, "new", day=2)),
        (entry(1, "old", day=2, version=1), entry(1, "new", day=1, version=2)),
        (entry(1, "old", day=None), entry(1, "new", day=1)),
    ],
)
def test_what_is_older_does_not_replace_what_is_newer(
    database: Database, older: FetchedRecord, newer: FetchedRecord
) -> None:
    load = save(database, start(database), newer, older)
    assert counts(load) == (1, 0, 1, 0)
    assert title_of(database, 1) == "new"
    load = save(database, start(database, "b" * 64), older)
    assert counts(load) == (0, 0, 1, 0)
    assert title_of(database, 1) == "new"


def test_of_the_same_day_the_later_file_counts(database: Database) -> None:
    load = save(database, start(database), entry(1, "first"), entry(1, "second"))
    assert counts(load) == (1, 1, 0, 0)
    assert title_of(database, 1) == "second"


def test_the_same_record_in_other_bytes_is_no_change(database: Database) -> None:
    plain = entry(1)
    indented = parse_record_set(
        build_xml([Entry(1, title="T", revised_on=date(2026, 1, 1))]).replace(
            b"<Article ", b"\n    <Article "
        )
    ).records[0]
    assert plain.raw_xml != indented.raw_xml
    assert counts(save(database, start(database), plain, indented)) == (1, 0, 1, 0)


def test_a_killed_load_goes_on_where_it_was(database: Database) -> None:
    killed = save(database, start(database), entry(1), entry(2))
    resumed = start(database, owner="here/2/2")
    assert (resumed.load_file_id, resumed.n_done) == (killed.load_file_id, 2)
    with pytest.raises(LoadBusy, match="taken over by here/2/2"):
        save(database, killed, entry(3))
    load = save(database, resumed, entry(3), owner="here/2/2")
    assert counts(load) == (3, 0, 0, 0)


def test_a_living_load_is_left_alone(database: Database) -> None:
    start(database)
    with pytest.raises(LoadBusy, match="being loaded already"):
        start(database, is_owner_alive=lambda owner, since: True)


def test_a_failed_load_goes_on_and_a_complete_one_is_not_repeated(database: Database) -> None:
    failed = close(database, save(database, start(database), entry(1)), error="cut")
    assert (failed.status, failed.error) == (LoadStatus.FAILED, "cut")
    again = start(database)
    assert (again.load_file_id, again.status, again.n_done, again.error) == (
        *(failed.load_file_id, LoadStatus.LOADING, 1, None),
    )
    done = close(database, again)
    assert start(database) == done
    anew = start(database, again=True)
    assert (anew.load_file_id != done.load_file_id, anew.n_done) == (True, 0)


def test_the_same_bytes_for_another_topic_are_another_load(database: Database) -> None:
    with database.writing() as conn:
        add_topic(conn, name="asthma", query="asthma", author="A", reason="first", now=NOW)
    plain = close(database, save(database, start(database), entry(1)))
    ours = start(database, topic="asthma")
    assert ours.load_file_id != plain.load_file_id
    ours = save(database, ours, entry(1), EXPORTED)
    assert (counts(ours), ours.topic) == ((1, 0, 1, 0), "asthma")
    with database.reading() as conn:
        found = conn.execute(select(topic_records)).all()
    assert len(found) == 2
    assert {(row.route, row.load_file_id) for row in found} == {
        (SearchRoute.LOADED, ours.load_file_id)
    }
    with pytest.raises(UnknownTopic):
        start(database, topic="nobody's")


def test_deletions_come_last_and_a_later_file_takes_them_back(database: Database) -> None:
    load = close(database, save(database, start(database), entry(1), entry(2)), 1, 1, 99)
    assert load.n_deleted == 2
    with database.reading() as conn:
        assert get_record(conn, 1).publication_status is PublicationStatus.DELETED
        assert get_record(conn, 2).publication_status is PublicationStatus.AS_PUBLISHED
    # An older file does not undo it, a plain export of unknown age neither; a later one does.
    for number, is_deleted in ((1334, True), (None, True), (1336, False)):
        save(database, start(database, str(number).rjust(64, "0"), file_number=number), entry(1))
        with database.reading() as conn:
            deleted = set(conn.scalars(select(deleted_pmids.c.pmid)))
            status = get_record(conn, 1).publication_status
        assert (1 in deleted, status is PublicationStatus.DELETED) == (is_deleted, is_deleted)


def test_a_batch_is_kept_whole_or_not_at_all(database: Database) -> None:
    load = start(database)
    broken = RecordFailure(pmid=1, reason="r", raw_xml=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError), database.writing() as conn:
        save_batch(conn, load.load_file_id, [entry(1), broken], owner=ME, now=NOW)
    with database.reading() as conn:
        assert get_load(conn, load.load_file_id).n_done == 0
        assert not conn.execute(select(records)).all()


def test_an_entry_without_pmid_is_stored_once_and_can_be_found(database: Database) -> None:
    windows = ExportedRecord(
        **{name: getattr(EXPORTED, name) for name in EXPORTED.__dataclass_fields__}
        | {"raw": EXPORTED.raw.replace(b"\n", b"\r\n")}
    )
    load = save(database, start(database), EXPORTED, EXPORTED)
    assert counts(load) == (1, 0, 1, 0)
    assert counts(save(database, start(database, "b" * 64), windows)) == (0, 0, 1, 0)
    with database.reading() as conn:
        (found,) = [hit.record for hit in search(conn, "grid").hits]
        card = get_card(conn, record_id=found.record_id)
        (version,) = conn.execute(select(record_versions)).all()
    assert (found.pmid, card.record.pmid, card.record.title) == (None, None, EXPORTED.title)
    assert (card.record.authors, card.record.journal) == ("Kriegeskorte N", "Neuron")
    assert card.record.details["journal"]["pages"] == "280-284"
    assert (version.raw, version.raw_format) == (EXPORTED.raw, FileFormat.RIS)


def test_pubmeds_record_replaces_an_exported_one_and_never_the_reverse(
    database: Database,
) -> None:
    exported = ExportedRecord(
        **{name: getattr(EXPORTED, name) for name in EXPORTED.__dataclass_fields__} | {"pmid": 1}
    )
    assert counts(save(database, start(database), exported)) == (1, 0, 0, 0)
    assert counts(save(database, start(database, "b" * 64), entry(1, day=None))) == (0, 1, 0, 0)
    assert counts(save(database, start(database, "c" * 64), exported)) == (0, 0, 1, 0)
    with database.reading() as conn:
        record = get_record(conn, 1)
        versions = list_versions(conn, record.record_id)
    assert (record.title, record.version) == ("T", 2)
    assert [one.raw_format for one in versions] == [FileFormat.RIS, FileFormat.PUBMED_XML]


def test_loads_are_listed_newest_first(database: Database) -> None:
    made = [
        start(database, f"{n:064}", now=NOW + timedelta(hours=n)).load_file_id for n in range(3)
    ]
    with database.reading() as conn:
        assert [one.load_file_id for one in list_loads(conn)] == made[::-1]
        assert [one.load_file_id for one in list_loads(conn, limit=1)] == made[-1:]
        with pytest.raises(UsageError, match="no load 99"):
            get_load(conn, 99)
