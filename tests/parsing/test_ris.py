"""RIS as real tools write it, each oddity with the entry that showed it."""

import io
from datetime import date
from pathlib import Path

import pytest

from litsweep.domain.loads import ExportedRecord, FileFormat
from litsweep.domain.records import RecordFailure
from litsweep.parsing.file_formats import detect_format
from litsweep.parsing.ris import iter_ris

ENTRY = """\
TY  - JOUR
TI  - Grid cells for conceptual spaces?
AU  - Kriegeskorte, Nikolaus
AU  - Storrs, Katherine R.
AB  - First line
      and second, T2 - weighted.
T2  - Neuron
VL  - 92
IS  - 2
SP  - 280
EP  - 284
PY  - 2016
DA  - 2016/10/19/
DO  - https://doi.org/10.1016/J.NEURON.2016.10.006
LA  - eng
KW  - grid cells
spaces
N1  - a note
ER  -
"""


def read(text: str | bytes) -> list[ExportedRecord | RecordFailure]:
    return list(iter_ris(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def read_one(lines: str) -> ExportedRecord:
    (found,) = read(f"TY  - JOUR\n{lines}\nER  - \n")
    assert isinstance(found, ExportedRecord), found
    return found


def test_an_entry_is_read_whole() -> None:
    (entry,) = read(ENTRY)
    assert isinstance(entry, ExportedRecord)
    assert (entry.pmid, entry.title) == (None, "Grid cells for conceptual spaces?")
    assert [one.name for one in entry.authors] == ["Kriegeskorte N", "Storrs KR"]
    assert entry.abstract == "First line and second, T2 - weighted."
    assert (entry.journal, entry.volume, entry.issue, entry.pages) == (
        *("Neuron", "92", "2", "280-284"),
    )
    assert entry.publication_date.sortable == date(2016, 10, 19)
    assert entry.publication_date.text == "2016/10/19"
    assert (entry.doi, entry.languages) == ("10.1016/j.neuron.2016.10.006", ("eng",))
    assert entry.keywords == ("grid cells", "spaces")
    assert entry.publication_types == ("Journal Article",)
    assert (entry.file_format, entry.raw) == (FileFormat.RIS, ENTRY.encode())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_any_encoding_and_any_line_end_say_the_same(end: str, encoding: str) -> None:
    raw = (ENTRY.replace("Storrs", "Størrs") * 2).replace("\n", end).encode(encoding)
    assert detect_format(raw) is FileFormat.RIS
    found = read(raw)
    assert len(found) == 2
    for one in found:
        assert isinstance(one, ExportedRecord)
        assert [author.name for author in one.authors] == ["Kriegeskorte N", "Størrs KR"]
        assert one.abstract == "First line and second, T2 - weighted."


@pytest.mark.parametrize(
    ("lines", "pmid"),
    [
        ("U1  - 26957754[pmid]", 26957754),  # PubMed's own export by way of EndNote
        ("PMID - 33355555", 33355555),  # PsycINFO
        ("AN  - 26957754\nDB  - PubMed", 26957754),
        ("AN  - 26957754\nDP  - NLM", 26957754),  # EndNote
        ("AN  - 1234567891\nDB  - ProQuest", None),  # somebody else's number
        ("C2  - 39549413\nDB  - Scopus", 39549413),
        ("C2  - 39549413", None),
        ("N1  - PMID: 25979631", 25979631),  # Zotero
        ("N1  - Comment on PMID: 25979631", None),
        ("L2  - http://www.ncbi.nlm.nih.gov/pubmed/25979631", 25979631),  # Zotero
        ("UR  - https://pubmed.ncbi.nlm.nih.gov/26957754/", 26957754),
        ("UR  - https://pubmed.ncbi.nlm.nih.gov/1\nUR  - https://pubmed.ncbi.nlm.nih.gov/2", None),
        ("UR  - https://example.org/pubmed/26957754", None),
    ],
)
def test_a_pmid_is_believed_where_it_is_marked_as_one(lines: str, pmid: int | None) -> None:
    assert read_one(f"TI  - A title\n{lines}").pmid == pmid


@pytest.mark.parametrize(
    ("lines", "day", "text"),
    [
        ("PY  - 1948/07//", date(1948, 7, 1), "1948/07"),
        ("Y1  - 2014//", date(2014, 1, 1), "2014"),
        ("PY  - 2005\nDA  - 2005/07/15", date(2005, 7, 15), "2005/07/15"),
        ("PY  - 2013\nDA  - AUG", date(2013, 8, 1), "2013 AUG"),  # Web of Science
        ("PY  - 2013\nDA  - Feb 28", date(2013, 2, 28), "2013 Feb 28"),
        ("PY  - 2020\nY1  - 4-8 Aug. 2020", date(2020, 8, 4), "4-8 Aug. 2020"),  # IEEE
        ("PY  - 2020\nDA  - 2021/01/05", date(2020, 1, 1), "2020"),
        ("PY  - in press", None, "in press"),
        ("Y2  - 2019/03/28", None, ""),  # when it was looked at
    ],
)
def test_the_most_precise_date_of_the_year_counts(lines: str, day: date | None, text: str) -> None:
    found = read_one(f"TI  - A title\n{lines}").publication_date
    assert (found.sortable, found.text) == (day, text)


def test_tags_with_one_blank_or_a_tab_are_tags_outside_of_prose() -> None:
    entry = read_one("T1  - A title\nAU\t- Pritchard, C. C.\nKW - one\ntwo\nDO  - 10.1/none")
    assert [one.name for one in entry.authors] == ["Pritchard CC"]
    assert entry.keywords == ("one", "two")
    assert entry.doi is None


def test_headers_between_entries_are_no_entries() -> None:
    found = read(f"Provider: P\nContent: text/plain\n1.\n{ENTRY}\n\nRecord #2 of 2\n2.\n{ENTRY}\n")
    assert len(found) == 2
    assert all(isinstance(one, ExportedRecord) for one in found)


def test_an_entry_whose_end_is_missing_ends_where_the_next_begins() -> None:
    first, second = read(ENTRY.replace("ER  -\n", "") + ENTRY)
    assert isinstance(first, ExportedRecord)
    assert isinstance(second, ExportedRecord)
    assert first.title == second.title


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ENTRY.replace("ER  -\n", ""), "the file seems to be cut"),
        (ENTRY.replace("TY  - JOUR\n", ""), "does not begin with “TY  - ”"),
        ("TY  - JOUR\nN2  - An abstract alone\nER  -\n", "neither a title nor a PMID nor a DOI"),
    ],
)
def test_a_broken_entry_is_kept_and_takes_no_other_with_it(text: str, reason: str) -> None:
    found = read(f"{ENTRY}{text}")
    assert len(found) == 2
    assert isinstance(found[0], ExportedRecord)
    assert isinstance(found[1], RecordFailure)
    assert reason in found[1].reason
    assert found[1].raw_xml == text.encode()


def test_real_exports_lose_no_entry(corpus: Path) -> None:
    paths = sorted((corpus / "export").glob("*.ris"))
    assert len(paths) > 30
    for path in paths:
        raw = path.read_bytes()
        n_starts = sum(
            line.startswith(b"TY  -") for line in raw.removeprefix(b"\xef\xbb\xbf").splitlines()
        )
        if "wos.ris" in path.name and not n_starts:
            assert detect_format(raw) is None  # Web of Science's own format
            continue
        assert detect_format(raw) is FileFormat.RIS, path.name
        found = read(raw)
        assert len(found) == n_starts, path.name
        unread = [one for one in found if isinstance(one, RecordFailure)]
        # Made to test the tags of notes: most of these have no title.
        if not path.name.startswith(
            ("asreview_asreview__baseline", "mrtango_rispy__example_multil")
        ):
            assert not unread, path.name


def test_a_real_export_is_read_right(corpus: Path) -> None:
    path = corpus / "export" / "jabref_jabref__RisImporterTestDOI.ris"
    (entry,) = read(path.read_bytes())
    assert isinstance(entry, ExportedRecord)
    assert (entry.pmid, entry.pmcid, entry.doi) == (26957754, "PMC4756000", "10.1589/jpts.28.186")
    assert (entry.volume, entry.issue, entry.pages) == ("28", "1", "186-189")
    assert entry.authors[0].name == "Jung SI"
