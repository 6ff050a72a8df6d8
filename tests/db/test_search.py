"""A search gives the same answers on both databases, in the order and the pages asked for."""

import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from db import search as searching
from db.engine import Database, open_database
from db.record_rows import child_rows, record_row
from db.records import save_records
from db.runs import close_run
from db.search import Order, count, rank, search
from db.search_filters import UNDECIDED, SearchFilters
from db.search_index import index_records
from db.search_syntax import to_fts5, to_tsquery
from db.tables import record_keywords, record_mesh_headings, records
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import (
    AbstractPart,
    DatePrecision,
    FetchedRecord,
    PublicationDate,
    RecordSet,
)
from litsweep.errors import MalformedReply, UnknownTopic, UsageError
from litsweep.parsing.pubmed import parse_record_set
from litsweep.searching.highlights import find_hits
from litsweep.searching.query import Field
from litsweep.searching.typed import read_query
from tests.db.conftest import NOW, fresh_database
from tests.fakes.filled_database import fill_whole

MakeRecord = Callable[..., FetchedRecord]
StartRun = Callable[..., int]

TYPED = (
    "delirium",
    "hip fracture",
    '"hip fracture"',
    "non-small cell",
    "COVID-19",
    "CD4+",
    "Crohn's",
    "TNF-α",
    "TNF-alpha OR interleukin-6",
    "anti-PD-1",
    "patients -rats",
    "cancer NOT (mice OR rat OR murine)",
    "ti:cancer",
    "ab:cancer -ti:cancer",
    "mesh:humans mesh:female",
    'mesh:"middle aged"',
    "kw:(cancer OR tumour)",
    "tumor",
    "tumour",
    "randomi*",
    "randomised controlled",
    '"randomized controlled trial*"',
    "haemoglobin OR anemia",
    "(cancer OR tumor) (survival | mortality) -children",
    "analyses",
    "p < 0.05",
    '"95% CI"',
    "IL-6[tiab]",
    '"heart failure"[mesh]',
    "β",
    "naïve",
    "the",
    "stud* AND cohort",
    "zyzzyva",
)


def find(database: Database, text: str, *, limit: int = 20, **filters: Any) -> list[int | None]:
    """PMIDs of what is found, the newest first."""
    with database.reading() as conn:
        page = search(conn, text, filters=SearchFilters(**filters), limit=limit)
    return [hit.record.pmid for hit in page.hits]


def dated(day: date | None) -> PublicationDate:
    precision = DatePrecision.DAY if day else DatePrecision.UNKNOWN
    return PublicationDate(sortable=day, precision=precision, text="x")


@pytest.fixture
def sweep(
    database: Database, start_run: StartRun, make_set: Callable[..., RecordSet]
) -> Callable[..., None]:
    """Store records as found in one complete run."""

    def run(*fetched: FetchedRecord, topic: str = "asthma") -> None:
        pmids = tuple(one.record.pmid for one in fetched)
        run_id = start_run(database, pmids, topic=topic)
        with database.writing() as conn:
            save_records(
                conn, run_id, make_set(*fetched), requested=pmids, now=NOW, tool_version="0"
            )
            close_run(conn, run_id, now=NOW)

    return run


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, server_url: str, template: str
) -> Any:
    """The sample records in both databases, to be asked the same."""
    yield from _pair(tmp_path_factory, migrated_file, server_url, template, fill_whole)


@pytest.fixture(scope="module")
def real_pair(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,
    server_url: str,
    template: str,
    corpus: Path,
) -> Any:
    """The corpus' records in both databases, to be asked the same."""
    fetched = _load_corpus(corpus)

    def fill(database: Database) -> None:
        with database.writing() as conn:
            _store(conn, fetched)

    yield from _pair(tmp_path_factory, migrated_file, server_url, template, fill)


@pytest.fixture(params=["sqlite", "postgresql"])
def each(request: pytest.FixtureRequest, pair: tuple[Database, Database]) -> Database:
    """Either database with the sample records, which no test changes."""
    return pair[request.param == "postgresql"]


def test_the_newest_come_first_and_words_are_words(
    database: Database, sweep: Callable[..., None], make_record: MakeRecord
) -> None:
    sweep(
        make_record(1, publication_date=dated(date(2020, 1, 1))),
        make_record(2, publication_date=dated(date(2026, 1, 1))),
        make_record(3, publication_date=dated(None)),
        make_record(
            4, publication_date=dated(date(2020, 1, 1)), title="Gout in ZÜRICH", abstract=()
        ),
    )
    assert find(database, "ASTHMA budesonide") == [2, 1, 3]
    assert find(database, "asthma", limit=1) == [2]
    assert find(database, "ti:asthma gout") == []
    assert find(database, '"mild asthma"') == [2, 1, 3]
    assert find(database, '"asthma mild"') == []
    assert find(database, '"mild asthma') == [2, 1, 3]  # a mark that was not closed
    assert find(database, "100 %") == find(database, "safe_ly") == [2, 1, 3]
    assert find(database, "(p < 0.05)") == find(database, "α-agonist") == [2, 1, 3]
    assert find(database, "safeXly") == find(database, "100X") == find(database, "a%b") == []
    assert find(database, "gout") == find(database, "zürich") == find(database, "Zurich") == [4]
    assert find(database, "gout", topic="asthma") == [4]
    assert find(database, "' OR 1=1 --") == []
    assert find(database, "mesh:wheeze") == []
    assert find(database, "kw:wheeze -ti:gout") == [2, 1, 3]


def test_what_cannot_be_searched_is_told(database: Database) -> None:
    with database.reading() as conn:
        with pytest.raises(UnknownTopic):
            search(conn, "gout", filters=SearchFilters(topic="nope"))
        for nothing in ("", "  ", '""', "()", "-", "*"):
            with pytest.raises(UsageError, match="no word"):
                search(conn, nothing)
        with pytest.raises(UsageError, match="leave out"):
            count(conn, "-rats")
        with pytest.raises(UsageError, match="one page"):
            search(conn, "rats", order=Order.RELEVANCE, after=1)


def test_pages_follow_one_another_without_gap_or_repetition(each: Database) -> None:
    with each.reading() as conn:
        whole = search(conn, "the", limit=1000)
        keys = [hit.sort_key for hit in whole.hits]
        assert keys == sorted(keys, reverse=True)
        assert not whole.has_more
        after, seen, n_left_out = None, [], 0
        while True:
            page = search(conn, "the", limit=7, after=after)
            seen += [hit.sort_key for hit in page.hits]
            n_left_out += page.n_left_out
            if not page.has_more:
                break
            after = seen[-1]
        assert (seen, n_left_out) == (keys, whole.n_left_out)
        counted = count(conn, "the")
        assert (counted.n_records, counted.is_exact) == (len(keys) + n_left_out, True)
        few = count(conn, "the", at_most=3)
        assert (few.n_records, few.is_exact) == (3, False)


def test_relevance_weighs_the_title_most_and_is_given_up_for_many_answers(
    database: Database,
    sweep: Callable[..., None],
    make_record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = dated(date(2026, 1, 1))
    body = (AbstractPart(label=None, nlm_category=None, text="Some words and gout, twice: gout."),)
    other = (AbstractPart(label=None, nlm_category=None, text="Some words and more of them too."),)
    sweep(
        make_record(
            1, title="Gout treated", abstract=other, publication_date=dated(date(2000, 1, 1))
        ),
        make_record(2, title="Feet examined", abstract=body, publication_date=day),
        make_record(3, title="Feet examined anew", abstract=body, publication_date=day),
        make_record(4, title="Hands", abstract=other, publication_date=day),
    )
    with database.reading() as conn:
        best = search(conn, "gout", order=Order.RELEVANCE)
        assert best.hits[0].record.pmid == 1
        assert (best.order, best.order_reason) == (Order.RELEVANCE, None)
        assert len(rank(conn, "gout")) == 3
        assert rank(conn, "gout", limit=1) == [best.hits[0].record.record_id]
        monkeypatch.setattr(searching, "MOST_RANKED", 2)
        newest = search(conn, "gout", order=Order.RELEVANCE)
        assert [hit.record.pmid for hit in newest.hits] == [3, 2, 1]
        assert newest.order is Order.NEWEST
        assert "More than 2 records answer" in str(newest.order_reason)


def test_relevance_leaves_duplicates_out_wherever_they_stand(
    database: Database, sweep: Callable[..., None], make_record: MakeRecord
) -> None:
    titles = [
        f"Gout in the feet of person {name} of a village" for name in "abcdefghijklmnopqrstuvw"
    ]
    sweep(*(make_record(n, title=title) for n, title in enumerate(titles, 1)))
    with database.writing() as conn:
        conn.execute(records.update().where(records.c.record_id > 2).values(duplicate_of_id=1))
    with database.reading() as conn:
        for order in Order:
            page = search(conn, "gout", order=order, limit=2)
            assert {hit.record.record_id for hit in page.hits} == {1, 2}
            assert page.n_left_out == len(titles) - 2
            assert not page.has_more
        assert set(rank(conn, "gout", limit=5)) == {1, 2}
        everything = SearchFilters(with_duplicates=True)
        assert len(rank(conn, "gout", filters=everything)) == len(titles)


def test_filters_narrow_to_what_plain_sql_finds(each: Database) -> None:
    def found(**filters: Any) -> set[int]:
        with each.reading() as conn:
            page = search(
                conn,
                "the OR a OR of",
                filters=SearchFilters(with_duplicates=True, **filters),
                limit=99,
            )
        return {hit.record.record_id for hit in page.hits}

    with each.reading() as conn:
        stored = {row.record_id: row for row in conn.execute(select(records))}
    everything = found()
    assert len(everything) > 30
    day = date(2026, 1, 1)
    assert found(since=day) == {n for n in everything if _is_day(stored[n], lambda d: d >= day)}
    assert found(until=day) == {n for n in everything if _is_day(stored[n], lambda d: d <= day)}
    assert found(since=day, until=day) <= found(since=day)
    retracted = (PublicationStatus.RETRACTED, PublicationStatus.CORRECTED)
    assert found(statuses=retracted) == {
        n for n in everything if stored[n].publication_status in retracted
    }
    assert found(publication_types=("randomized controlled TRIAL",)) == {
        n
        for n in everything
        if "Randomized Controlled Trial" in stored[n].publication_types.split("; ")
    }
    assert found(topic="everything") == everything
    by_pmid = [n for _, n in sorted((row.pmid, n) for n, row in stored.items())][:4]
    first, second, third, fourth = by_pmid
    assert found(decision=Decision.INCLUDE) == {first, second} & everything
    assert found(decision=Decision.EXCLUDE) == {second, third} & everything
    assert found(decision=Decision.UNSURE, stage=Stage.TITLE_ABSTRACT) == {fourth} & everything
    assert found(decision=Decision.INCLUDE, stage=Stage.FULL_TEXT) == set()
    assert found(decision=UNDECIDED, topic="everything") == everything - set(by_pmid)
    flagged, others = found(is_flagged=True), found(is_flagged=False)
    assert flagged
    assert (flagged | others, flagged & others) == (everything, set())


def test_an_answer_shows_where_the_search_met_it(each: Database) -> None:
    with each.reading() as conn:
        hits = search(conn, 'delirium "hip fracture" ab:patients', limit=5).hits
    assert hits
    for hit in hits:
        title, fragment = hit.record.title, hit.fragment
        marked = {title[span.start : span.end].lower() for span in hit.title_hits}
        assert marked <= {"delirium", "hip fracture"}
        shown = {fragment.text[span.start : span.end].lower() for span in fragment.hits}
        assert shown
        assert shown <= {"delirium", "hip fracture", "hip fractures", "patients", "patient"}


def answers(conn: Connection, text: str) -> frozenset[int]:
    """PMIDs of all that a search finds, duplicates too."""
    filters = SearchFilters(with_duplicates=True)
    hits = search(conn, text, filters=filters, limit=5000).hits
    return frozenset(hit.record.pmid or 0 for hit in hits)


def test_both_databases_give_the_same_answers(pair: tuple[Database, Database]) -> None:
    _assert_alike(pair, min_found=12)


def test_both_databases_give_the_same_answers_on_real_records(
    real_pair: tuple[Database, Database],
) -> None:
    _assert_alike(real_pair, min_found=28)


_SOME = ("delirium", "[ti]", "the", "random*", "tumour", "\x00", "’", "cells")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    *"\"()|*-:[]'\\ ",
                    "ti:",
                    "mesh:",
                    "OR",
                    "NOT",
                    "AND",
                    " ",
                    "hip",
                    "fracture",
                    "α",
                    *_SOME,
                ]
            ),
            max_size=25,
        ).map("".join),
    )
)
@example("(" * 9 + "a")
@example(" OR ".join(["(a (b OR (c d) -e))"] * 60))
@example("a -(b OR (c -(d OR (e -(f OR (g -(h OR (tumour -(i OR j)))))))))")
@example("(a|(b c|(d e|(f g|(h i|(j k|(tumour edema -(oedema tumor))))))))")
def test_whatever_is_typed_is_answered_alike_or_refused_in_words(
    pair: tuple[Database, Database], text: str
) -> None:
    outcomes: list[frozenset[int] | str] = []
    for database in pair:
        with database.reading() as conn:
            try:
                outcomes.append(answers(conn, text))
            except UsageError as error:
                assert str(error).endswith((".", "*", "]"))
                outcomes.append(str(error))
    assert outcomes[0] == outcomes[1], text


def test_what_is_marked_is_what_was_found(pair: tuple[Database, Database]) -> None:
    for text in ("delirium", '"hip fracture"', "randomi*", "ti:delirium", "non-small", "IL-6"):
        query = read_query(text)
        with pair[0].reading() as conn:
            rows = conn.execute(select(records.c.pmid, records.c.title, records.c.abstract)).all()
            found = answers(conn, text if text.startswith("ti:") else f"tiab:({text})")
        marked = {
            row.pmid
            for row in rows
            if find_hits(query, Field.TITLE, row.title)
            or find_hits(query, Field.ABSTRACT, row.abstract)
        }
        assert marked == found, text


def _assert_alike(pair: tuple[Database, Database], *, min_found: int) -> None:
    n_found = 0
    for text in TYPED:
        sets = []
        for database in pair:
            with database.reading() as conn:
                sets.append(answers(conn, text))
        assert sets[0] == sets[1], (text, to_fts5(read_query(text)), to_tsquery(read_query(text)))
        n_found += bool(sets[0])
    assert n_found >= min_found


def _pair(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,
    server_url: str,
    template: str,
    fill: Callable[[Database], None],
) -> Any:
    path = tmp_path_factory.mktemp("pair") / "litsweep.db"
    shutil.copy(migrated_file, path)
    for server in fresh_database(server_url, template):
        both = (open_database(f"sqlite:///{path}"), open_database(server))
        for database in both:
            fill(database)
        yield both
        for database in both:
            database.close()


def _load_corpus(corpus: Path) -> list[FetchedRecord]:
    found: dict[int, FetchedRecord] = {}
    for path in sorted((corpus / "pubmed").glob("*.xml")):
        try:
            fetched = parse_record_set(path.read_bytes()).records
        except MalformedReply:
            continue
        found |= {one.record.pmid: one for one in fetched}
    return list(found.values())


def _store(conn: Connection, fetched: list[FetchedRecord]) -> None:
    """Store what a search looks at, and no more: versions and readings take their time."""
    rows = [record_row(one, version=1, raw_sha256=one.raw_sha256, now=NOW) for one in fetched]
    conn.execute(records.insert(), rows)
    numbers = {pmid: n for n, pmid in conn.execute(select(records.c.record_id, records.c.pmid))}
    children = defaultdict(list)
    for one in fetched:
        for table, row in child_rows(numbers[one.record.pmid], one.record):
            children[table].append(row)
    for table in (record_mesh_headings, record_keywords):
        conn.execute(table.insert(), children[table])
    index_records(conn, list(numbers.values()))


def _is_day(row: Any, is_wanted: Callable[[date], bool]) -> bool:
    return row.publication_date is not None and is_wanted(row.publication_date)
