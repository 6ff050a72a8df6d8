"""BibTeX, through bibtexparser's writer; what LaTeX would misread is escaped by ``latex``.

What is said against a publication is its ``note``, which styles print; decisions and machine text
are in ``annote``, which they do not.
"""

import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Final

from litsweep.domain.records import Author, DatePrecision
from litsweep.exports.entries import ExportEntry
from litsweep.exports.kinds import kind_of, page_range
from litsweep.exports.latex import escape, escape_list, escape_title, verbatim
from litsweep.exports.notes import list_notes
from litsweep.exports.receipts import Receipt

_N_AT_ONCE: Final = 500
# Macros that every BibTeX style defines, so that each writes months its own way.
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)


def write_bibtex(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write the entries as UTF-8, and behind them what the receipt says, as a comment."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Block, Entry, ExplicitComment, Field

    text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
    passing = iter(receipt.counted(entries))
    while batch := list(islice(passing, _N_AT_ONCE)):
        blocks: list[Block] = [
            Entry(kind_of(one).bibtex, one.key, [Field(*each) for each in _fields(one)])
            for one in batch
        ]
        text.write(f"{write_string(Library(blocks), unparse_stack=[])}\n\n")
    said = json.dumps(receipt.as_json(), ensure_ascii=False, indent=2)
    comment = ExplicitComment(f"litsweep {said}")
    text.write(write_string(Library([comment]), unparse_stack=[]))
    text.detach()


def _fields(entry: ExportEntry) -> Iterator[tuple[str, str]]:
    """Yield the fields that have a value, each value enclosed as it is to be written."""
    for name, value in _all_fields(entry):
        if value:
            yield name, f"{{{value}}}"
        if name == "year" and entry.publication_date.precision in _WITH_MONTH:
            yield "month", _month(entry)  # a macro: not enclosed


_WITH_MONTH: Final = frozenset({DatePrecision.DAY, DatePrecision.MONTH})


def _all_fields(entry: ExportEntry) -> Iterator[tuple[str, str | None]]:
    journal, kind = entry.journal, kind_of(entry)
    yield "title", escape_title(entry.title)
    yield "author", " and ".join(name_of(author) for author in entry.authors)
    if journal.title != entry.title:
        yield kind.journal_field, escape(journal.title or "")
    yield "year", str(entry.year or "")
    yield "volume", escape(journal.volume or "")
    yield "number", escape(journal.issue or "")
    yield "pages", _pages(journal.pages)
    yield "publisher", escape(journal.publisher or "")
    yield "address", escape(journal.publisher_place or "")
    yield "issn", ", ".join(map(escape, journal.issns))
    yield "doi", verbatim(entry.doi or "")
    yield "pmid", str(entry.pmid or "")
    yield "pmcid", entry.pmcid
    yield "url", _url(entry)
    yield "language", escape("; ".join(entry.languages))
    yield "keywords", escape_list(entry.keywords)
    yield "abstract", escape(entry.abstract)
    notes = list(list_notes(entry))
    if entry.status_note:
        yield "note", escape(notes.pop(0))
    yield "annote", escape(" / ".join(notes))


def _month(entry: ExportEntry) -> str:
    day = entry.publication_date.sortable
    return "" if day is None else _MONTHS[day.month - 1]


def _pages(pages: str | None) -> str:
    first, last = page_range(pages)
    return f"{escape(first)}--{escape(last)}" if last else escape(first)


def _url(entry: ExportEntry) -> str:
    return f"https://pubmed.ncbi.nlm.nih.gov/{entry.pmid}/" if entry.pmid is not None else ""


def name_of(author: Author) -> str:
    """Return ``Last, Suffix, Fore`` as BibTeX parts names; a group is in braces, in one piece."""
    if author.collective_name or not author.last_name:
        return f"{{{escape(author.collective_name or author.name)}}}"
    parts = [author.last_name, author.suffix, author.fore_name or author.initials]
    return ", ".join(_part(part) for part in parts if part)


def _part(part: str) -> str:
    escaped = escape(part)
    is_one_piece = "," in escaped or f" {escaped.lower()} ".find(" and ") >= 0
    return f"{{{escaped}}}" if is_one_piece else escaped
