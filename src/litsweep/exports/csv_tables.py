"""CSV after RFC 4180, safe to open in a spreadsheet; and the CSV that ASReview LAB reads.

A cell that a spreadsheet would take for a formula gets an apostrophe before it, which says
"text" there: one whose first visible character is ``=``, ``+``, ``-`` or ``@`` (OWASP, CSV
injection), unless all of it is a number: ``-0.5`` is no formula, and stays one that can be
summed.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Final

from litsweep.domain.decisions import Decision, Stage
from litsweep.exports.columns import LISTING_COLUMNS, RECORD_COLUMNS, Cell
from litsweep.exports.entries import ExportEntry
from litsweep.exports.receipts import Receipt
from litsweep.exports.texts import one_line, writable

BOM: Final = "\ufeff".encode()
"""Before a CSV, it tells Excel that the file is UTF-8."""

# What a spreadsheet passes over before the sign: white space, and characters of no width.
_FORMULA: Final = re.compile(
    r"[\s\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd\x00-\x1f]*[=+\-@＝＋－＠]"
    r"|[\t\r\n]"
)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_LABELS: Final = {Decision.INCLUDE: 1, Decision.EXCLUDE: 0}
_ASREVIEW_COLUMNS: Final = (
    *("title", "abstract", "authors", "keywords", "year", "doi", "url", "included"),
    *("pmid", "journal", "publication_status", "record_id"),
)


def write_csv(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write one row a record as UTF-8; CSV has no room for what the receipt says."""
    columns = (*RECORD_COLUMNS, *LISTING_COLUMNS)
    rows = ([column.read(entry) for column in columns] for entry in receipt.counted(entries))
    write_rows([column.name for column in columns], rows, stream)


def write_asreview(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write the columns that ASReview LAB reads, ``included`` from the decisions.

    These are those of the stage that the receipt names: ``included`` is 1 or 0 where all
    agree, and empty otherwise: then ASReview asks. ASReview shows title and abstract only, so
    that what is said against a publication stands before the abstract. There is no column
    ``notes``: ASReview refuses one that is no list.
    """
    stage = receipt.about.stage
    rows = (_asreview_row(entry, stage) for entry in receipt.counted(entries))
    write_rows(_ASREVIEW_COLUMNS, rows, stream)


def safe_cell(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula."""
    text = writable(text)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def write_rows(names: Sequence[str], rows: Iterable[Sequence[Cell]], stream: IO[bytes]) -> None:
    """Write rows under their headings as UTF-8."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(text)  # its dialect is RFC 4180's: CRLF, quotes doubled
    writer.writerow(names)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    text.detach()


def _cell(value: Cell) -> str | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _asreview_row(entry: ExportEntry, stage: Stage) -> list[Cell]:
    decision = entry.agreed_decision(stage)
    warning = f"[{entry.status_note}]" if entry.is_alarming else ""
    return [
        one_line(entry.title),
        f"{warning} {one_line(entry.abstract)}".strip(),
        "; ".join(author.name for author in entry.authors),
        "; ".join(entry.keywords),
        entry.year,
        entry.doi,
        f"https://pubmed.ncbi.nlm.nih.gov/{entry.pmid}/" if entry.pmid is not None else None,
        None if decision is None else _LABELS.get(decision),
        entry.pmid,
        entry.journal.title,
        entry.publication_status.value,
        entry.record_id,
    ]
