"""CSL-JSON, as citation processors read it (csl-data.json of Citation Style Language 1.0.2).

The file is a list of items and nothing else. Decisions and machine text are in ``custom``, which
the schema leaves to whoever writes; what is said against a publication is in ``note``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import IO, Any, Final

from litsweep.domain.records import Author, DatePrecision, PublicationDate
from litsweep.exports.entries import ExportEntry
from litsweep.exports.kinds import kind_of, page_range
from litsweep.exports.receipts import Receipt
from litsweep.exports.texts import one_line, writable

_SEASONS: Final = {"spring": 1, "summer": 2, "autumn": 3, "fall": 3, "winter": 4}


def write_csl_json(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write a list of items as UTF-8; the schema has no room for what the receipt says."""
    separator = "[\n"
    for entry in receipt.counted(entries):
        item = json.dumps(build_item(entry), ensure_ascii=False, default=_plain)
        stream.write(f"{separator}{item}".encode("utf-8", "replace"))
        separator = ",\n"
    stream.write(b"\n]\n" if separator != "[\n" else b"[]\n")


def build_item(entry: ExportEntry) -> dict[str, Any]:
    """Return the entry as an item, without what it has no value for."""
    return {name: value for name, value in _variables(entry) if value not in (None, "", [], {})}


def _variables(entry: ExportEntry) -> Iterator[tuple[str, Any]]:
    journal = entry.journal
    yield "id", entry.key
    yield "type", kind_of(entry).csl
    yield "title", one_line(entry.title)
    yield "author", [_name(author) for author in entry.authors]
    if journal.title != entry.title:
        yield "container-title", one_line(journal.title or "")
    yield "container-title-short", one_line(journal.abbreviation or "")
    yield "issued", _date(entry.publication_date)
    yield "volume", one_line(journal.volume or "")
    yield "issue", one_line(journal.issue or "")
    yield "page", "-".join(part for part in page_range(journal.pages) if part)
    yield "publisher", one_line(journal.publisher or "")
    yield "publisher-place", one_line(journal.publisher_place or "")
    yield "ISSN", ", ".join(journal.issns)
    yield "DOI", one_line(entry.doi or "")
    yield "PMID", str(entry.pmid or "")
    yield "PMCID", entry.pmcid
    if entry.pmid is not None:
        yield "URL", f"https://pubmed.ncbi.nlm.nih.gov/{entry.pmid}/"
    yield "language", "; ".join(entry.languages)
    yield "genre", "; ".join(entry.publication_types)
    yield "keyword", ", ".join(map(one_line, entry.keywords))
    yield "abstract", writable(entry.abstract)
    yield "note", f"Publication status: {entry.status_note}" if entry.status_note else None
    yield "custom", {"litsweep": _custom(entry)}


def _name(author: Author) -> dict[str, str]:
    if author.collective_name or not author.last_name:
        return {"literal": one_line(author.collective_name or author.name)}
    parts = {
        "family": author.last_name,
        "given": author.fore_name or author.initials,
        "suffix": author.suffix,
    }
    return {part: one_line(text) for part, text in parts.items() if text}


def _date(published: PublicationDate) -> dict[str, Any] | None:
    """Return as many parts of the date as the record states; a date without year as words."""
    day = published.sortable
    if day is None:
        return {"literal": one_line(published.text)} if published.text.strip() else None
    parts = [day.year]
    if published.precision in (DatePrecision.MONTH, DatePrecision.DAY):
        parts.append(day.month)
    if published.precision is DatePrecision.DAY:
        parts.append(day.day)
    date: dict[str, Any] = {"date-parts": [parts]}
    if published.precision is DatePrecision.SEASON:
        words = published.text.casefold()
        named = [number for season, number in _SEASONS.items() if season in words]
        date |= {"season": named[0]} if named else {}
    return date


def _custom(entry: ExportEntry) -> Mapping[str, Any]:
    summary = entry.summary
    return {
        "record_id": entry.record_id,
        "publication_status": entry.publication_status,
        "topics": list(entry.topics),
        "duplicate_of": entry.duplicate_of,
        "mesh": [asdict(heading) for heading in entry.mesh_headings],
        "decisions": [asdict(one) for one in entry.decisions],
        "summary": asdict(summary) | {"description": summary.description} if summary else None,
        "findings": [asdict(one) for one in entry.findings],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
