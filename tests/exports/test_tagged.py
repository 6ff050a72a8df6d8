"""RIS and NBIB: read again by rispy and Bio.Medline, and by litsweep's own parsers."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import rispy
from Bio import Medline
from hypothesis import given, settings
from hypothesis import strategies as st

from litsweep.domain.loads import ExportedRecord
from litsweep.domain.records import DatePrecision, PublicationDate
from litsweep.exports.entries import ExportEntry
from litsweep.parsing.nbib import iter_nbib
from litsweep.parsing.ris import iter_ris
from litsweep.parsing.text import collapse
from tests.fakes.export_entries import ENTRY, PLAIN, make_author, write

TEXT = st.text(max_size=300)


def read_own(name: str, *entries: ExportEntry) -> list[ExportedRecord]:
    read: Any = {"ris": iter_ris, "nbib": iter_nbib}[name]
    found = list(read(io.BytesIO(write(name, *entries))))
    assert all(isinstance(one, ExportedRecord) for one in found), found
    return found


@pytest.mark.parametrize("name", ["ris", "nbib"])
def test_our_own_parser_reads_the_same(name: str) -> None:
    entry, plain = read_own(name, ENTRY, PLAIN)
    assert (entry.pmid, entry.pmcid, entry.doi) == (ENTRY.pmid, ENTRY.pmcid, ENTRY.doi)
    assert entry.title == ENTRY.title
    assert entry.abstract == ENTRY.abstract.replace("\n", " ")
    assert [one.name for one in entry.authors] == [one.name for one in ENTRY.authors]
    assert entry.publication_date.sortable == date(2026, 10, 1)
    assert entry.publication_date.precision is DatePrecision.DAY
    assert entry.keywords == ENTRY.keywords
    assert (entry.journal, entry.volume, entry.issue) == ("Make-Believe Trials", "7", "3")
    assert "; ".join(entry.languages) == "eng; fre"
    assert "; ".join(entry.publication_types) == "; ".join(ENTRY.publication_types)
    assert (plain.pmid, plain.title, plain.authors) == (None, "Plain", ())


def test_rispy_reads_the_same() -> None:
    entry, _ = rispy.loads(write("ris", ENTRY, PLAIN).decode())
    assert entry["type_of_reference"] == "JOUR"
    assert entry["title"] == ENTRY.title
    assert entry["authors"] == [
        *("Østergård, Åse Marie, Jr", "van der Berg, J. A.", "The Salt and Pepper Group"),
    ]
    assert (entry["year"], entry["date"]) == ("2026", "2026/10/01/")
    assert (entry["start_page"], entry["end_page"]) == ("233", "241")
    assert entry["accession_number"] == "99000001"
    assert entry["short_title"].startswith("[RETRACTED] ")
    assert entry["notes"][0].startswith("Publication status: RETRACTED. PubMed lists it")
    decisions = [note for note in entry["notes"] if note.startswith("Decision")]
    assert len(decisions) == 2
    assert "exclude (wrong population), by Ben Invented" in decisions[1]
    assert any("machine-generated, unverified" in note for note in entry["notes"])


def test_medline_reads_the_same() -> None:
    text = io.StringIO(write("nbib", ENTRY, PLAIN).decode())
    entry, plain = Medline.parse(text)  # type: ignore[no-untyped-call]
    assert (entry["PMID"], entry["PMC"], entry["TI"]) == ("99000001", "PMC99900001", ENTRY.title)
    assert entry["FAU"] == ["Østergård, Åse Marie, Jr", "van der Berg, JA"]
    assert entry["AU"] == ["Østergård ÅM", "van der Berg JA"]
    assert entry["CN"] == ["The Salt and Pepper Group"]
    assert entry["MH"] == ["Delirium/*drug therapy"]
    assert entry["GN"][0].startswith("Publication status: RETRACTED.")
    assert "PMID" not in plain


def test_nbib_lines_are_folded_at_80_columns() -> None:
    entry = replace(PLAIN, abstract="word " * 200 + "x" * 200 + " end", title="a " * 60)
    lines = write("nbib", entry).decode().splitlines()
    long = [line for line in lines if len(line) > 80]
    assert long == [f"      {'x' * 200}"]
    (read,) = read_own("nbib", entry)
    assert (read.abstract, read.title) == (collapse(entry.abstract), collapse(entry.title))


@pytest.mark.parametrize(
    ("precision", "day", "text", "ris", "nbib"),
    [
        (DatePrecision.DAY, date(2024, 3, 5), "2024 Mar 05", "2024/03/05/", "2024 Mar 5"),
        (DatePrecision.MONTH, date(2024, 3, 1), "2024-03", "2024/03//", "2024 Mar"),
        (DatePrecision.SEASON, date(2000, 4, 1), "2000 Spring", "2000///Spring", "2000 Spring"),
        (DatePrecision.SEASON, date(2000, 1, 1), "2000 Jan-Feb", "2000///Jan-Feb", "2000 Jan-Feb"),
        (DatePrecision.YEAR, date(2000, 1, 1), "2000", "2000///", "2000"),
    ],
    ids=["day", "month", "season", "span", "year"],
)
def test_a_date_keeps_its_precision(
    precision: DatePrecision, day: date, text: str, ris: str, nbib: str
) -> None:
    published = PublicationDate(sortable=day, precision=precision, text=text)
    entry = replace(PLAIN, publication_date=published)
    assert f"DA  - {ris}\n" in write("ris", entry).decode()
    assert f"DP  - {nbib}\n" in write("nbib", entry).decode()
    for name in ("ris", "nbib"):
        (read,) = read_own(name, entry)
        assert (read.publication_date.sortable, read.publication_date.precision) == (day, precision)


def test_a_group_with_commas_stays_one_name() -> None:
    entry = replace(PLAIN, authors=(make_author(collective_name="Hearts, Lungs and Others"),))
    (read,) = read_own("ris", entry)
    assert [one.name for one in read.authors] == ["Hearts Lungs and Others"]


@settings(max_examples=60, deadline=None)
@given(title=TEXT, abstract=TEXT, keyword=TEXT)
def test_any_text_comes_back_in_one_line(title: str, abstract: str, keyword: str) -> None:
    entry = replace(PLAIN, title=f"T {title}", abstract=abstract, keywords=(keyword,), pmid=5)
    for name in ("ris", "nbib"):
        own, follower = read_own(name, entry, ENTRY)
        assert own.title == _expected(f"T {title}")
        assert own.abstract == _expected(abstract)
        assert "".join(own.keywords) == _expected(keyword)
        assert follower.title == ENTRY.title
    first, _ = rispy.loads(write("ris", entry, ENTRY).decode())
    assert collapse(first["title"]) == _expected(f"T {title}")


def _expected(text: str) -> str:
    """Return what is left of a text: one line, U+FFFD for what no file holds, NFC."""
    from litsweep.exports.texts import one_line

    return collapse(one_line(text))
