"""What is stored is what was parsed, however odd; one bad record does not cost the others."""

import random
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select

from db.engine import Database
from db.records import get_record, save_records
from db.tables import (
    record_authors,
    record_failures,
    record_keywords,
    record_mesh_headings,
    record_publication_types,
    record_versions,
)
from litsweep.domain.records import Record
from litsweep.parsing.pubmed import parse_record_set

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
StartRun = Callable[..., int]

ODD: dict[str, str] = {
    "astral": "𝛼 😀 \U0010fffd",
    "no characters, but allowed": "\ufdd0 \ue000 \ufffd",
    "control characters of Latin 1": "a\x80b\x9fc\x7fd",
    "directions and joiners": "\u202ea\u2066b\u200bc\ufeffd\u00ade",
    "tags that nobody sees": "a\U000e0041\U000e007fb",
    "combining": "a" + "\u0300" * 1000,
    "SQL": "Robert'); DROP TABLE records;-- % _ \\ \\0 \\u0000 {} :name ?",
    "JSON": '{"a": [1, "\\ud800"]} \\"',
    "markup": "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;",
    "a spreadsheet's": "=cmd|' /C calc'!A0",
    "scripts": "ﷺ مرحبا שלום 漢字 ქართული",
}
LONG = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=200_000))


def a_record(text: str, pmid: int = 901, doi: str = "10.1000/x", ui: str = "D1") -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="{"MEDLINE"}"><PMID Version="1">{pmid}</PMID>'
        f"<Article><Journal><Title>{text}</Title></Journal><ArticleTitle>{text}</ArticleTitle>"
        f'<Abstract><AbstractText Label="{text.replace(chr(34), "&quot;")}">{text}</AbstractText>'
        f"</Abstract><AuthorList><Author><LastName>{text}</LastName><AffiliationInfo><Affiliation>"
        f"{text}</Affiliation></AffiliationInfo></Author></AuthorList><PublicationTypeList>"
        f'<PublicationType UI="{ui}">{text}</PublicationType></PublicationTypeList></Article>'
        f'<MeshHeadingList><MeshHeading><DescriptorName UI="{ui}">{text}</DescriptorName>'
        f"</MeshHeading></MeshHeadingList><KeywordList><Keyword>{text}</Keyword></KeywordList>"
        f"<CoiStatement>{text}</CoiStatement></MedlineCitation><PubmedData><ArticleIdList>"
        f'<ArticleId IdType="doi">{doi}</ArticleId><ArticleId IdType="pii">{text}</ArticleId>'
        "</ArticleIdList></PubmedData></PubmedArticle>"
    )


def a_set(*records: str) -> bytes:
    return f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>".encode()


def save(database: Database, run_id: int, reply: bytes, requested: tuple[int, ...]) -> None:
    with database.writing() as conn:
        save_records(
            conn, run_id, parse_record_set(reply), requested=requested, now=NOW, tool_version="1"
        )


def is_stored(conn: Connection, record: Record, raw_xml: bytes) -> None:
    stored = get_record(conn, record.pmid)
    assert stored.title == record.title
    assert stored.abstract == record.abstract_text
    assert stored.authors == "; ".join(author.name for author in record.authors)
    assert stored.journal == record.journal.title
    assert stored.doi == record.doi
    assert stored.details["conflict_of_interest"] == record.conflict_of_interest
    said = {name: text for name, text in asdict(record.journal).items() if text is not None}
    assert stored.details["journal"] == said
    assert stored.details["other_ids"] == [list(pair) for pair in record.other_ids]
    assert stored.details["abstract_parts"][0]["label"] == record.abstract[0].label
    raw_of = record_versions.c.record_id == stored.record_id
    assert conn.scalar(select(record_versions.c.raw).where(raw_of)) == raw_xml
    for table, values in (
        (record_authors, record.authors),
        (record_mesh_headings, record.mesh_headings),
        (record_publication_types, record.publication_types),
        (record_keywords, record.keywords),
    ):
        where = table.c.record_id == stored.record_id
        rows = conn.execute(select(table).where(where).order_by(table.c.position)).all()
        assert len(rows) == len(values)
        # A column that the noun has no field for would be an AttributeError.
        names = set(table.c.keys()) - {"record_id", "position"}
        for row, value in zip(rows, values, strict=True):
            assert {name: _plain(getattr(value, name)) for name in names} == {
                name: row._mapping[name] for name in names
            }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [asdict(part) if is_dataclass(part) else part for part in value]  # type: ignore[arg-type]
    return value


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_stored_as_it_was_parsed(
    text: str, database: Database, start_run: StartRun
) -> None:
    reply = a_set(a_record(text))
    (fetched,) = parse_record_set(reply).records
    run_id = start_run(database, (901,))
    save(database, run_id, reply, (901,))
    with database.reading() as conn:
        is_stored(conn, fetched.record, fetched.raw_xml)


def test_long_text_is_stored_whole(database: Database, start_run: StartRun) -> None:
    reply = a_set(a_record(" ".join([LONG] * 8)))
    (fetched,) = parse_record_set(reply).records
    run_id = start_run(database, (901,))
    save(database, run_id, reply, (901,))
    with database.reading() as conn:
        is_stored(conn, fetched.record, fetched.raw_xml)


@pytest.fixture(params=["a long DOI", "a long UI", "a large version"])
def too_much(request: pytest.FixtureRequest) -> str:
    """A record with one value that PostgreSQL cannot hold where it belongs."""
    doi = f"10.1000/{LONG}" if request.param == "a long DOI" else "10.1000/x"
    version = "9" * 12 if request.param == "a large version" else "1"
    record = a_record("t", 901, doi, LONG if request.param == "a long UI" else "D1")
    return record.replace('Version="1"', f'Version="{version}"')


def test_values_that_no_index_holds_cost_no_record(
    too_much: str, database: Database, start_run: StartRun
) -> None:
    reply = a_set(a_record("a", 900), too_much, a_record("b", 902))
    run_id = start_run(database, (900, 901, 902))
    save(database, run_id, reply, (900, 901, 902))
    with database.reading() as conn:
        assert [get_record(conn, pmid).title for pmid in (900, 901, 902)] == ["a", "t", "b"]


def test_the_largest_pmid_is_stored(database: Database, start_run: StartRun) -> None:
    run_id = start_run(database, (9_999_999_999,))
    save(database, run_id, a_set(a_record("t", 9_999_999_999)), (9_999_999_999,))
    with database.reading() as conn:
        assert get_record(conn, 9_999_999_999).title == "t"


@pytest.mark.parametrize(
    "content", [b"a\x00b", b"a\xffb", b"a\xed\xa0\x80b", b"a&#xD800;b", b"a&#0;b", b"a & b"]
)
def test_what_cannot_be_read_is_stored_byte_for_byte_beside_the_others(
    content: bytes, database: Database, start_run: StartRun
) -> None:
    broken = a_record("CONTENT", 901).encode().replace(b"CONTENT", content)
    reply = a_set(a_record("a", 900), "BROKEN", a_record("b", 902)).replace(b"BROKEN", broken)
    run_id = start_run(database, (900, 901, 902))
    save(database, run_id, reply, (900, 901, 902))
    with database.reading() as conn:
        assert [get_record(conn, pmid).title for pmid in (900, 902)] == ["a", "b"]
        (failure,) = conn.execute(select(record_failures))
    assert (failure.pmid, failure.raw) == (901, broken)


def test_thirty_thousand_authors_are_stored_in_their_order(
    sqlite_database: Database, start_run: StartRun
) -> None:
    names = "".join(f"<Author><LastName>N{i}</LastName></Author>" for i in range(30_000))
    record = a_record("t").replace("<AuthorList>", f"<AuthorList>{names}")
    run_id = start_run(sqlite_database, (901,))
    save(sqlite_database, run_id, a_set(record), (901,))
    with sqlite_database.reading() as conn:
        rows = conn.execute(select(record_authors.c.name).order_by(record_authors.c.position))
        assert [row.name for row in rows] == [*(f"N{i}" for i in range(30_000)), "t"]
