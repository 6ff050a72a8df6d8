"""NBIB: every entry of a file, its bytes, and what is wrong with those that cannot be read."""

import io
import itertools
from datetime import date
from pathlib import Path

import pytest

from litsweep.domain.loads import ExportedRecord, FileFormat
from litsweep.domain.records import DatePrecision, RecordFailure
from litsweep.errors import MalformedReply
from litsweep.parsing.file_formats import detect_format
from litsweep.parsing.nbib import iter_nbib

ENTRY = """\
PMID- 12230038
OWN - NLM
DP  - 2002 Sep
TI  - The Bio* toolkits--a
      brief overview.
PG  - 296-302
LID - 10.1093/BIB/3.3.296 [doi]
AB  - Bioinformatics research is
      often difficult (p < 0.05).
FAU - Mangalam, Harry
AU  - Mangalam H
FAU - Müller, Åse B
AU  - Müller AB
CN  - The Toolkit Group
LA  - eng
LA  - fre
PT  - Journal Article
TA  - Brief Bioinform
JT  - Briefings in bioinformatics
VI  - 3
IP  - 3
PMC - PMC123
OT  - tools
OT  - software
"""
OTHER = "PMID- 7\nTI  - Another one\n"


def read(text: str | bytes) -> list[ExportedRecord | RecordFailure]:
    return list(iter_nbib(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def read_good(text: str | bytes) -> list[ExportedRecord]:
    found = read(text)
    assert all(isinstance(one, ExportedRecord) for one in found), found
    return [one for one in found if isinstance(one, ExportedRecord)]


def test_an_entry_is_read_whole() -> None:
    (entry,) = read_good(ENTRY)
    assert (entry.pmid, entry.title) == (12230038, "The Bio* toolkits--a brief overview.")
    assert entry.abstract == "Bioinformatics research is often difficult (p < 0.05)."
    assert [one.name for one in entry.authors] == ["Mangalam H", "Müller AB", "The Toolkit Group"]
    assert (entry.authors[1].last_name, entry.authors[1].fore_name) == ("Müller", "Åse B")
    assert entry.authors[2].collective_name == "The Toolkit Group"
    assert (entry.journal, entry.volume, entry.issue, entry.pages) == (
        *("Briefings in bioinformatics", "3", "3", "296-302"),
    )
    assert entry.publication_date.sortable == date(2002, 9, 1)
    assert entry.publication_date.precision is DatePrecision.MONTH
    assert (entry.doi, entry.pmcid) == ("10.1093/bib/3.3.296", "PMC123")
    assert (entry.languages, entry.publication_types) == (("eng", "fre"), ("Journal Article",))
    assert (entry.keywords, entry.file_format) == (("tools", "software"), FileFormat.NBIB)
    assert entry.raw == ENTRY.encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_encoding_and_any_line_end_say_the_same(end: str, encoding: str) -> None:
    text = f"{ENTRY}\n{OTHER}".replace("\n", end)
    first, second = read_good(text.encode(encoding))
    (expected,) = read_good(ENTRY)
    assert detect_format(text.encode(encoding)) is FileFormat.NBIB
    assert (first.title, first.authors, first.abstract) == (
        *(expected.title, expected.authors, expected.abstract),
    )
    assert second.pmid == 7


def test_line_ends_do_not_change_what_an_entry_is_known_by() -> None:
    (unix,), (windows,) = read_good(ENTRY), read_good(ENTRY.replace("\n", "\r\n") + "\r\n")
    assert unix.import_key == windows.import_key
    assert unix.raw_sha256 != windows.raw_sha256


def test_entries_need_no_blank_line_between_them() -> None:
    assert [one.pmid for one in read_good(OTHER + ENTRY + OTHER)] == [7, 12230038, 7]


def test_a_broken_entry_takes_no_other_with_it() -> None:
    text = f"{OTHER}\nPMID- none\nTI  - Broken\n\n      only a continuation\n\n{ENTRY}"
    first, broken, last = read(text)
    assert isinstance(first, ExportedRecord)
    assert isinstance(last, ExportedRecord)
    assert isinstance(broken, RecordFailure)
    assert "'none' is not a PMID" in broken.reason
    assert broken.raw_xml.startswith(b"PMID- none\nTI  - Broken\n")


def test_without_its_pmid_an_entry_does_not_become_part_of_another() -> None:
    first, stray, last = read_good(f"{OTHER}\nOWN - NLM\nTI  - Stray\n\n{ENTRY}")
    assert (first.pmid, stray.pmid, last.pmid) == (7, None, 12230038)
    assert (first.title, stray.title) == ("Another one", "Stray")


def test_an_entry_that_identifies_nothing_is_a_failure() -> None:
    (failure,) = read("OWN - NLM\nDP  - 2002\n")
    assert isinstance(failure, RecordFailure)
    assert "neither a PMID nor a title nor a DOI" in failure.reason


def test_control_characters_can_be_stored() -> None:
    (entry,) = read_good("PMID- 7\nTI  - A\0B\x0bC\n")
    assert entry.title == "A\ufffdB C"


def test_what_is_far_too_long_is_refused_before_it_fills_the_memory() -> None:
    class Endless(io.RawIOBase):
        pieces = itertools.chain([b"PMID- 7\nAB  - "], itertools.repeat(b"x" * 65536))

        def read(self, size: int = -1) -> bytes:
            return next(self.pieces)[:size] if size > 0 else b""

    with pytest.raises(MalformedReply, match="16 million"):
        list(iter_nbib(Endless()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "n_entries"),
    [
        ("pubmed/biopython_biopython__pubmed_result2.txt.nbib", 4),
        ("pubmed/contentmine_norma__pmidsmall.txt.nbib", 13),
        ("pubmed/ijmarshall_robotreviewer__pubmed_test.txt.nbib", 1000),
        ("export/jabref_jabref__NbibImporterTest.nbib", 1),
    ],
)
def test_real_files_are_read_to_the_last_byte(corpus: Path, name: str, n_entries: int) -> None:
    raw = (corpus / name).read_bytes()
    found = read_good(raw)
    assert len(found) == n_entries
    assert all(one.pmid and one.title and one.journal for one in found)
    assert all(one.publication_date.sortable for one in found)
    kept = b"".join(one.raw for one in found)
    assert kept.split() == raw.removeprefix(b"\xef\xbb\xbf").split()
