"""RIS, as reference managers exchange it, through rispy's writer.

Every value stands in one line: a line end within one breaks it for most readers. Languages and
publication types are one value each, since rispy, and with it ASReview, keeps the first line of
a tag that is repeated; authors, keywords, notes and addresses have a line each.
"""

import io
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from litsweep.domain.records import Author, DatePrecision
from litsweep.exports.entries import ExportEntry
from litsweep.exports.kinds import kind_of, page_range
from litsweep.exports.notes import list_notes
from litsweep.exports.receipts import Receipt
from litsweep.exports.texts import one_line

_BLANK: Final = "\n"


def write_ris(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write the entries as UTF-8; RIS has no room for what the receipt says."""
    from rispy.writer import RisWriter

    class _Writer(RisWriter):  # type: ignore[misc]
        # Readers other than rispy take the number that it puts before each entry for text.
        def set_header(self, count: int) -> str:
            return ""

    writer = _Writer()
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
    for entry in receipt.counted(entries):
        writer.format_lines(text, [dict(_fields(entry))])
        text.write(_BLANK)
    text.detach()


def _fields(entry: ExportEntry) -> Iterator[tuple[str, Any]]:
    """Yield what the entry has, under rispy's names for the tags, in the order of the file."""
    yield "type_of_reference", kind_of(entry).ris
    for name, value in _all_fields(entry):
        if isinstance(value, list):
            lines = [line for one in value if (line := one_line(one))]
            if lines:
                yield name, lines
        elif value and (line := one_line(str(value))):
            yield name, line


def _all_fields(entry: ExportEntry) -> Iterator[tuple[str, Any]]:
    journal = entry.journal
    first_page, last_page = page_range(journal.pages)
    yield "title", entry.title
    if entry.is_alarming:
        yield "short_title", f"[{entry.status_mark}] {entry.title}"
    yield "authors", [name_of(author) for author in entry.authors]
    yield "secondary_title", journal.title
    yield "alternate_title3", journal.title
    yield "alternate_title2", journal.abbreviation
    yield "volume", journal.volume
    yield "number", journal.issue
    yield "start_page", first_page
    yield "end_page", last_page
    yield "publisher", journal.publisher
    yield "place_published", journal.publisher_place
    yield "issn", "; ".join(journal.issns)
    yield "year", entry.year
    yield "date", _date(entry)
    yield "abstract", entry.abstract
    yield "doi", entry.doi
    if entry.pmid is not None:
        yield "accession_number", entry.pmid
        yield "name_of_database", "PubMed"
    yield "custom2", entry.pmcid
    yield "urls", _urls(entry)
    yield "language", "; ".join(entry.languages)
    yield "type_of_work", "; ".join(entry.publication_types)
    yield "keywords", list(entry.keywords)
    yield "notes", list(list_notes(entry))


def name_of(author: Author) -> str:
    """Return ``Last, Fore, Suffix``, as RIS has names; a group's name without its commas.

    RIS cannot tell a group from a person: what stands before a comma is a family name.
    """
    if author.collective_name or not author.last_name:
        return (author.collective_name or author.name).replace(",", "")
    # Initials run together are one given name to a reader: "JA" has the initial J.
    fore_name = author.fore_name or " ".join(f"{letter}." for letter in author.initials or "")
    parts = [author.last_name, fore_name]
    if author.suffix:
        parts.append(author.suffix)
    return ", ".join(part for part in parts if part)


def _date(entry: ExportEntry) -> str:
    """Return ``2026/10/01/``, with as many parts as the record states; a season is the fourth."""
    published = entry.publication_date
    day = published.sortable
    if day is None:
        return f"///{published.text}" if published.text else ""
    if published.precision is DatePrecision.DAY:
        return f"{day:%Y/%m/%d}/"
    if published.precision is DatePrecision.MONTH:
        return f"{day:%Y/%m}//"
    if published.precision is DatePrecision.SEASON:
        season = published.text.replace(str(day.year), "", 1).replace("/", "-").strip()
        return f"{day:%Y}///{season}"
    return f"{day:%Y}///"


def _urls(entry: ExportEntry) -> list[str]:
    # No link made of a DOI: it may hold a semicolon, at which readers cut.
    urls = [f"https://pubmed.ncbi.nlm.nih.gov/{entry.pmid}/"] if entry.pmid is not None else []
    if entry.pmcid:
        urls.append(f"https://pmc.ncbi.nlm.nih.gov/articles/{entry.pmcid}/")
    return urls
