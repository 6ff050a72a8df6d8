"""NBIB (MEDLINE text), written as PubMed's "Send to: Citation manager" writes it.

Tags have four places, text begins in the seventh column, and lines have at most 80. Folded are
only the tags whose lines readers join again: Bio.Medline takes a folded line of any other for
another value.
"""

import io
from collections.abc import Iterable, Iterator
from typing import IO, Final

from litsweep.domain.records import Author, DatePrecision, MeshHeading
from litsweep.exports.entries import ExportEntry
from litsweep.exports.notes import list_notes
from litsweep.exports.receipts import Receipt
from litsweep.exports.texts import one_line

_WIDTH: Final = 80
_INDENT: Final = " " * 6
_FOLDED: Final = frozenset({"TI", "AB", "JT", "BTI", "MH", "SO"})
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def write_nbib(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write the entries as UTF-8; NBIB has no room for what the receipt says.

    A record without PMID begins with its title.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
    for entry in receipt.counted(entries):
        text.write("".join(_lines(entry)) + "\n")
    text.detach()


def _lines(entry: ExportEntry) -> Iterator[str]:
    for tag, value in _fields(entry):
        line = one_line(value or "")
        if line:
            yield from _fold(tag, line) if tag in _FOLDED else (f"{tag:4}- {line}\n",)


def _fold(tag: str, line: str) -> Iterator[str]:
    """Cut at blanks; a word longer than a line stands alone in one."""
    head = f"{tag:4}- "
    while len(line) > _WIDTH - len(head):
        end = line.rfind(" ", 1, _WIDTH - len(head) + 1)
        if end < 0:
            end = line.find(" ", 1)
        if end < 0:
            break
        yield f"{head}{line[:end]}\n"
        head, line = _INDENT, line[end + 1 :]
    yield f"{head}{line}\n"


def _fields(entry: ExportEntry) -> Iterator[tuple[str, str | None]]:
    yield "PMID", str(entry.pmid) if entry.pmid is not None else None
    yield from _of_journal(entry)
    yield "DP", date_text(entry)
    yield "LID", f"{entry.doi} [doi]" if entry.doi else None
    yield "AB", entry.abstract
    for author in entry.authors:
        yield from _of_author(author)
    yield from (("LA", one) for one in entry.languages)
    yield from (("SI", f"ClinicalTrials.gov/{one}") for one in entry.registry_numbers)
    yield from (("PT", one) for one in entry.publication_types)
    yield from (("MH", _heading(one)) for one in entry.mesh_headings)
    yield from (("OT", one) for one in entry.keywords)
    yield from (("GN", note) for note in list_notes(entry))
    yield "PMC", entry.pmcid
    yield "CRDT", f"{entry.created_on:%Y/%m/%d} 00:00" if entry.created_on else None
    yield "AID", f"{entry.doi} [doi]" if entry.doi else None


def _of_journal(entry: ExportEntry) -> Iterator[tuple[str, str | None]]:
    journal = entry.journal
    # The title first: an entry without PMID is known by it where a file is cut into entries.
    yield "TI", entry.title
    if entry.is_book:
        yield "BTI", journal.title
        yield "PB", journal.publisher
        yield "PL", journal.publisher_place
    else:
        yield "TA", journal.abbreviation
        yield "JT", journal.title
    yield "JID", journal.nlm_unique_id
    yield from (("IS", issn) for issn in journal.issns)
    yield "VI", journal.volume
    yield "IP", journal.issue
    yield "PG", journal.pages


def _of_author(author: Author) -> Iterator[tuple[str, str | None]]:
    if author.collective_name or not author.last_name:
        yield "CN", author.collective_name or author.name
        return
    parts = (author.last_name, author.fore_name or author.initials, author.suffix)
    yield "FAU", ", ".join(part for part in parts if part)
    # Without the suffix: what stands last are the initials, to those who read them.
    yield "AU", " ".join(part for part in (author.last_name, author.initials) if part)
    yield "AUID", f"ORCID: {author.orcid}" if author.orcid else None
    yield from (("AD", one) for one in author.affiliations)


def _heading(heading: MeshHeading) -> str:
    """Return a heading as MEDLINE has it: ``Asthma/*drug therapy``, stars at what is major."""
    qualifiers = (f"/{'*' * one.is_major}{one.name}" for one in heading.qualifiers)
    return f"{'*' * heading.is_major}{heading.name}{''.join(qualifiers)}"


def date_text(entry: ExportEntry) -> str:
    """Return the date as MEDLINE has it: ``2026 Oct 1``, with as many parts as it states."""
    published = entry.publication_date
    day = published.sortable
    if day is None:
        return published.text
    parts = [str(day.year)]
    if published.precision is DatePrecision.SEASON:
        # The year comes first, wherever the source has it: "Spring 2000" is "2000 Spring".
        parts.append(published.text.replace(parts[0], "", 1).strip(" /,"))
    if published.precision in (DatePrecision.MONTH, DatePrecision.DAY):
        parts.append(_MONTHS[day.month - 1])
    if published.precision is DatePrecision.DAY:
        parts.append(str(day.day))
    return " ".join(parts)
