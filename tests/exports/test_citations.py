"""BibTeX and CSL-JSON: read again by bibtexparser and json, and held to what the formats allow."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given, settings
from hypothesis import strategies as st

from litsweep.domain.records import DatePrecision, PublicationDate
from litsweep.exports.entries import EntryJournal, ExportEntry
from litsweep.exports.latex import escape
from tests.fakes.export_entries import ENTRY, PLAIN, make_author, write, write_all

# The variables of csl-data.json 1.0.2 that we use; the schema allows no others.
CSL_VARIABLES = {
    *("id", "type", "title", "author", "container-title", "container-title-short", "issued"),
    *("volume", "issue", "page", "publisher", "publisher-place", "ISSN", "DOI", "PMID", "PMCID"),
    *("URL", "language", "genre", "keyword", "abstract", "note", "custom"),
}


def read_bibtex(*entries: ExportEntry) -> list[dict[str, str]]:
    """Return the fields of each entry as a third party reads and decodes them."""
    library = parse_string(
        write("bibtex", *entries).decode(), append_middleware=[LatexDecodingMiddleware()]
    )
    assert library.failed_blocks == []
    return [{field.key: field.value for field in one.fields} for one in library.entries]


def read_csl(*entries: ExportEntry) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(write("csl", *entries))
    return found


def test_bibtexparser_reads_the_same() -> None:
    entry, plain = read_bibtex(ENTRY, PLAIN)
    assert entry["title"] == ENTRY.title
    assert entry["abstract"] == ENTRY.abstract.replace("\n", " ")
    assert entry["author"] == (
        "Østergård, Jr, Åse Marie and van der Berg, JA and The Salt and Pepper Group"
    )
    assert (entry["year"], entry["month"], entry["pages"]) == ("2026", "oct", "233–241")
    assert (entry["doi"], entry["pmid"]) == (ENTRY.doi, "99000001")
    assert entry["note"].startswith("Publication status: RETRACTED.")
    assert "machine-generated, unverified" in entry["annote"]
    assert plain["title"] == "Plain"


def test_a_group_is_one_name_in_braces() -> None:
    written = write("bibtex", ENTRY).decode()
    assert " and {The Salt and Pepper Group}}" in written


def test_a_style_keeps_capitals_but_of_the_first_letter() -> None:
    entry = replace(PLAIN, title="Lorvaxidine in Farland: the mRNA of TNF-α")
    assert r"title = {Lorvaxidine in {Farland:} the {mRNA} of {TNF-α}}" in (
        write("bibtex", entry).decode()
    )


def test_the_receipt_stands_behind_the_entries() -> None:
    library = parse_string(write("bibtex", ENTRY).decode())
    (comment,) = library.comments
    said = json.loads(comment.comment.removeprefix("litsweep "))
    assert (said["n_records"], said["topic"]) == (1, "delirium")


def test_keys_are_unique_whatever_the_number() -> None:
    entries = (replace(PLAIN, record_id=number) for number in range(1, 1203))
    library = parse_string(write_all("bibtex", entries).decode())
    assert len({one.key for one in library.entries}) == len(library.entries) == 1202
    assert library.failed_blocks == []


@pytest.mark.parametrize(
    "text", ["}", "{", "}{", "a } b { c", "{{}", "\\", "\\}", "a\\{b", "100%", "$x$", "#", "~^&_"]
)
def test_nothing_ends_a_field_before_its_end(text: str) -> None:
    entries = read_bibtex(replace(PLAIN, title=text, abstract=text, keywords=(text,)), ENTRY)
    assert [one["pmid"] for one in entries[1:]] == ["99000001"]
    escaped = escape(text)
    # BibTeX counts braces, escaped or not.
    assert escaped.count("{") == escaped.count("}")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_bibtex_holds_any_text(text: str) -> None:
    entry, follower = read_bibtex(replace(PLAIN, title=text, abstract=f"A {text}"), ENTRY)
    assert follower["title"] == ENTRY.title
    # What pylatexenc decodes otherwise than LaTeX prints it is left out of the comparison.
    if not re.search(r"[\\{}^`'\-~?!\"<>\u0300-\u036f]", text) and text.isprintable():
        assert entry["abstract"] == f"A {text}".strip().replace("  ", " ") or "  " in text


def test_csl_json_has_what_its_schema_has() -> None:
    entry, plain = read_csl(ENTRY, PLAIN)
    assert set(entry) <= CSL_VARIABLES
    assert (entry["id"], entry["type"], entry["title"]) == (
        *("pmid99000001", "article-journal", ENTRY.title),
    )
    assert entry["author"] == [
        {"family": "Østergård", "given": "Åse Marie", "suffix": "Jr"},
        {"family": "van der Berg", "given": "JA"},
        {"literal": "The Salt and Pepper Group"},
    ]
    assert entry["issued"] == {"date-parts": [[2026, 10, 1]]}
    assert (entry["page"], entry["volume"], entry["PMID"]) == ("233-241", "7", "99000001")
    assert entry["note"].startswith("Publication status: RETRACTED.")
    custom = entry["custom"]["litsweep"]
    assert [one["decision"] for one in custom["decisions"]] == ["include", "exclude"]
    assert custom["summary"]["description"].startswith("machine-generated, unverified")
    assert set(plain) == {"id", "type", "title", "issued", "custom"}


@pytest.mark.parametrize(
    ("day", "precision", "text", "issued"),
    [
        (date(2024, 3, 1), DatePrecision.MONTH, "2024 Mar", {"date-parts": [[2024, 3]]}),
        (date(2024, 1, 1), DatePrecision.YEAR, "2024", {"date-parts": [[2024]]}),
        (
            date(2024, 4, 1),
            DatePrecision.SEASON,
            "2024 Spring",
            {"date-parts": [[2024]], "season": 1},
        ),
        (date(2024, 1, 1), DatePrecision.SEASON, "2024 Jan-Feb", {"date-parts": [[2024]]}),
        (None, DatePrecision.UNKNOWN, "in press", {"literal": "in press"}),
        (None, DatePrecision.UNKNOWN, "", None),
    ],
    ids=["month", "year", "season", "span", "words", "nothing"],
)
def test_csl_dates_say_no_more_than_the_record(
    day: date | None, precision: DatePrecision, text: str, issued: dict[str, Any] | None
) -> None:
    published = PublicationDate(sortable=day, precision=precision, text=text)
    (item,) = read_csl(replace(PLAIN, publication_date=published))
    assert item.get("issued") == issued


@pytest.mark.parametrize(
    ("fields", "bibtex", "csl"),
    [
        ({}, "article", "article-journal"),
        ({"is_book": True, "journal": EntryJournal(title="A Book")}, "incollection", "chapter"),
        ({"is_book": True, "journal": EntryJournal(title="Plain")}, "book", "book"),
        ({"publication_types": ("Conference Paper",)}, "inproceedings", "paper-conference"),
        ({"publication_types": ("THES",)}, "phdthesis", "thesis"),
        ({"publication_types": ("Review", "Report")}, "techreport", "report"),
    ],
    ids=["article", "chapter", "book", "paper", "thesis", "report"],
)
def test_a_kind_has_its_name_in_each_format(fields: Any, bibtex: str, csl: str) -> None:
    entry = replace(PLAIN, **fields)
    assert write("bibtex", entry).decode().startswith(f"@{bibtex}{{record8,")
    assert read_csl(entry)[0]["type"] == csl


def test_no_entry_is_an_empty_list() -> None:
    assert read_csl() == []


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_csl_json_holds_any_text(text: str) -> None:
    (item,) = read_csl(
        replace(PLAIN, title=f"T {text}", abstract=text, authors=(make_author(text),))
    )
    assert " ".join(item["title"].split()) == item["title"]
