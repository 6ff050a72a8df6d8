"""Real exports of other tools: loaded, exported, and read by a third party, say the same.

What differs is listed here with the reason; anything else that differs is a fault.
"""

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from Bio import Medline

from db.engine import Database, open_database
from db.export_entries import iter_entries
from db.loads import open_load, save_batch
from litsweep.domain.loads import ExportedRecord, FileFormat
from litsweep.exports.bibtex import name_of as bibtex_name
from litsweep.exports.entries import ExportEntry
from litsweep.exports.ris import name_of as ris_name
from litsweep.exports.texts import one_line
from litsweep.parsing.file_formats import HEAD_BYTES, detect_format
from litsweep.parsing.nbib import iter_nbib
from litsweep.parsing.ris import iter_ris
from tests.fakes.export_entries import NOW, write_all

PARSERS: dict[FileFormat, Any] = {FileFormat.RIS: iter_ris, FileFormat.NBIB: iter_nbib}


def parse(data: bytes) -> list[ExportedRecord]:
    file_format = detect_format(data[:HEAD_BYTES])
    if file_format not in PARSERS:
        return []
    found = PARSERS[file_format](io.BytesIO(data))
    return [one for one in found if isinstance(one, ExportedRecord)]


def load(database: Database, files: list[Path]) -> list[ExportEntry]:
    """Store the entries of these files, as ``litsweep load`` does, and return them for export."""
    with database.writing() as conn:
        for path in files:
            entries = parse(path.read_bytes())
            if not entries:
                continue
            begun = open_load(
                conn,
                name=path.name,
                file_format=entries[0].file_format,
                file_number=None,
                sha256=f"{path.name:0>64}"[-64:],
                topic=None,
                owner="here",
                is_owner_alive=lambda owner, since: False,
                tool_version="litsweep 0",
                now=NOW,
            )
            save_batch(conn, begun.load_file_id, entries, owner="here", now=NOW)
    with database.reading() as conn:
        return list(iter_entries(conn, topic=None, with_duplicates=True))


@pytest.fixture(scope="module")
def loaded(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, corpus: Path
) -> list[ExportEntry]:
    """All entries of the real exports, as they are stored and would leave."""
    path = shutil.copy(migrated_file, tmp_path_factory.mktemp("exports") / "litsweep.db")
    database = open_database(f"sqlite:///{path}")
    entries = load(database, _files(corpus))
    database.close()
    assert len(entries) > 250
    return entries


def _files(corpus: Path) -> list[Path]:
    return sorted((corpus / "export").iterdir())


def test_the_database_gives_back_what_was_parsed(loaded: list[ExportEntry], corpus: Path) -> None:
    parsed = {one.import_key: one for path in _files(corpus) for one in parse(path.read_bytes())}
    given = {_facts(one) for one in loaded}
    wanted = {_facts(one) for one in parsed.values()}
    # Entries with the same PMID are one record, of which the first is kept.
    pmids = [one.pmid for one in parsed.values() if one.pmid is not None]
    assert given <= wanted
    assert len(wanted - given) <= len(pmids) - len(set(pmids))


def _facts(one: ExportEntry | ExportedRecord) -> tuple[Any, ...]:
    day = one.publication_date
    names = tuple(author.name for author in one.authors)
    keywords, types = tuple(one.keywords), tuple(one.publication_types)
    return one.pmid, one.doi, one.pmcid, one.title, one.abstract, names, day, keywords, types


def test_our_own_parsers_read_them_again(loaded: list[ExportEntry]) -> None:
    for name, read in (("ris", iter_ris), ("nbib", iter_nbib)):
        again = list(read(io.BytesIO(write_all(name, _titled(loaded)))))
        for entry, back in zip(_titled(loaded), again, strict=True):
            assert isinstance(back, ExportedRecord), (name, entry.key, back)
            assert (back.pmid, back.doi, back.pmcid) == (entry.pmid, entry.doi, entry.pmcid)
            assert back.title == one_line(entry.title)
            assert back.abstract == one_line(entry.abstract)
            assert back.keywords == entry.keywords
            assert _year(back) == entry.year
            assert [_bare(one.name) for one in back.authors] == [
                _bare(one.name) for one in entry.authors
            ], (name, entry.key)


@pytest.mark.parametrize("name", ["ris", "nbib"])
def test_another_database_that_loads_them_has_the_same(
    loaded: list[ExportEntry], sqlite_database: Database, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"ours.{name}"
    path.write_bytes(write_all(name, loaded))
    again = load(sqlite_database, [path])
    assert {_kept(one) for one in again} == {_kept(one) for one in _titled(loaded)}


def _kept(one: ExportEntry) -> tuple[Any, ...]:
    names = tuple(_bare(author.name) for author in one.authors)
    texts = (one_line(one.title), one_line(one.abstract))
    return one.pmid, one.doi, one.pmcid, texts, names, one.year, one.keywords


def test_rispy_reads_them(loaded: list[ExportEntry]) -> None:
    for entry, back in _pairs(loaded, rispy.loads(write_all("ris", loaded).decode())):
        assert back.get("title", "") == one_line(entry.title)
        assert back.get("year") == (str(entry.year) if entry.year else None)
        assert back.get("doi") == entry.doi
        assert back.get("accession_number") == (str(entry.pmid) if entry.pmid else None)
        assert back.get("authors", []) == [ris_name(one) for one in entry.authors]


def test_medline_reads_them(loaded: list[ExportEntry]) -> None:
    text = write_all("nbib", loaded).decode()
    read = list(Medline.parse(io.StringIO(text)))  # type: ignore[no-untyped-call]
    for entry, back in _pairs(loaded, read):
        assert back.get("TI", "") == one_line(entry.title)
        assert back.get("AB", "") == one_line(entry.abstract)
        assert back.get("PMID") == (str(entry.pmid) if entry.pmid else None)
        assert back.get("LID") == (f"{entry.doi} [doi]" if entry.doi else None)
        if entry.year:
            assert back["DP"].split()[0] == str(entry.year)
        assert len(back.get("FAU", [])) + len(back.get("CN", [])) == len(entry.authors)


def test_json_reads_them(loaded: list[ExportEntry]) -> None:
    for entry, back in _pairs(loaded, json.loads(write_all("csl", loaded))):
        assert back.get("title", "") == one_line(entry.title)
        assert back.get("DOI") == entry.doi
        assert back.get("PMID") == (str(entry.pmid) if entry.pmid else None)
        parts = back.get("issued", {}).get("date-parts", [[None]])
        assert parts[0][0] == entry.year
        families = [one.get("family") or one["literal"] for one in back.get("author", [])]
        assert families == [one_line(one.last_name or one.name) for one in entry.authors]


def test_bibtexparser_reads_them(loaded: list[ExportEntry]) -> None:
    plain = parse_string(write_all("bibtex", loaded).decode())
    assert plain.failed_blocks == []
    decoded = parse_string(
        write_all("bibtex", loaded).decode(), append_middleware=[LatexDecodingMiddleware()]
    )
    differing = []
    for entry, raw, back in zip(loaded, plain.entries, decoded.entries, strict=True):
        read = {field.key: field.value for field in back.fields}
        assert back.key == entry.key
        assert (read.get("year"), read.get("doi")) == (
            *(str(entry.year) if entry.year else None, entry.doi),
        )
        assert read.get("pmid") == (str(entry.pmid) if entry.pmid else None)
        names = " and ".join(bibtex_name(one) for one in entry.authors)
        if entry.authors:
            assert raw.fields_dict["author"].value == names
        if read.get("title", "") != one_line(entry.title):
            differing.append((one_line(entry.title), read.get("title")))
    # pylatexenc writes ' as ’ and makes one character of a letter and its accent.
    assert [pair for pair in differing if _letters(pair[0]) != _letters(pair[1])] == []


DIFFERENT = {
    "RisImporterTest5a.ris": {"number": "JabRef takes M1 for it, here a copyright"},
    "RisImporterTest6.ris": {"number": "JabRef takes M1 for it, here a PMCID"},
    "RisImporterTest8_date.ris": {"journal": "JabRef takes the abbreviation (JO)"},
    "NbibImporterTest.nbib": {"author": "JabRef puts groups into a field of its own"},
}
"""What we say otherwise than JabRef, and why."""


@pytest.mark.parametrize(
    "name",
    [
        *("RisImporterTest4b.ris", "RisImporterTest5a.ris", "RisImporterTest6.ris"),
        *("RisImporterTest8_date.ris", "RisImporterTest9.ris", "NbibImporterTest.nbib"),
    ],
)
def test_our_bibtex_says_what_jabref_makes_of_the_same_file(
    sqlite_database: Database, corpus: Path, name: str
) -> None:
    path = corpus / "export" / f"jabref_jabref__{name}"
    (ours,) = _read_bibtex(write_all("bibtex", load(sqlite_database, [path])).decode())
    (theirs,) = _read_bibtex(path.with_suffix(".bib").read_text("utf-8"))
    shared = {"title", "year", "volume", "number", "pages", "journal", "doi", "keywords"}
    differing = {
        field
        for field in shared & set(theirs)
        if _letters(ours.get(field)) != _letters(theirs[field])
    }
    if _surnames(ours.get("author", "")) != _surnames(theirs.get("author", "")):
        differing.add("author")
    assert differing == set(DIFFERENT.get(name, {}))


def _read_bibtex(text: str) -> Iterator[dict[str, str]]:
    # JabRef's expected entries have no key, which bibtexparser refuses.
    text = re.sub(r"(@\w+\{) *,", r"\1key,", text)
    library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert library.failed_blocks == []
    for one in library.entries:
        yield {field.key.lower(): str(field.value) for field in one.fields}


def _surnames(names: str) -> list[str]:
    return [_letters(name.partition(",")[0]) for name in names.split(" and ")]


def _letters(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", text or "").casefold()


def _titled(entries: list[ExportEntry]) -> list[ExportEntry]:
    return [one for one in entries if one.title or one.pmid or one.doi]


def _pairs(entries: list[ExportEntry], read: list[Any]) -> Iterator[tuple[ExportEntry, Any]]:
    return zip(entries, read, strict=True)


def _year(record: ExportedRecord) -> int | None:
    day = record.publication_date.sortable
    return day.year if day else None


def _bare(name: str) -> str:
    return name.replace(",", "")
