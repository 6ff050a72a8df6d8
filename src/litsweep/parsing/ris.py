"""RIS, as reference managers and databases exchange it, to exported records.

The format has no binding standard: what a tag means was read from real exports of EndNote,
Zotero, Scopus, Web of Science, Embase, ProQuest, JSTOR, IEEE and others. Entries are cut
here, so that the bytes of each are kept and a broken one takes no other with it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Final

from litsweep.domain.identifiers import find_doi, parse_pmcid
from litsweep.domain.loads import ExportedRecord, FileFormat
from litsweep.domain.records import DatePrecision, PublicationDate, RecordFailure
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.dates import UNDATED, parse_publication_date
from litsweep.parsing.tagged_text import (
    build_author,
    build_failure,
    clean,
    iter_lines,
    refuse_size,
    split_lines,
    to_bytes,
)

_Fields = Mapping[str, Sequence[str]]

_START: Final = re.compile(r"\s*TY  ?-")
_END: Final = re.compile(r"\s*ER  ?-\s*$")
_TAG: Final = re.compile(r"\s*([A-Z][A-Z0-9])(?:  |\t)-(?:\s+(.*)|\s*)$")
# With one blank it may as well be prose: "T2 - weighted images".
_LOOSE_TAG: Final = re.compile(r"\s*([A-Z][A-Z0-9]) -(?:\s+(.*)|)$")
_LONG_TAG: Final = re.compile(r"\s*(PMID|PMCID|DOI) {0,2}-(?:\s+(.*)|)$")
_PROSE: Final = frozenset({"AB", "N1", "N2", "TI", "T1", "T2", "T3", "BT", "CT", "ST"})
# Each line of these is a value of its own, with or without the tag.
_LISTS: Final = frozenset({"AU", "A1", "KW", "UR", "L1", "L2", "L3", "L4", "LK"})
_MARKED_PMID: Final = re.compile(r"([1-9]\d{0,9})\s*\[pmid\]", re.IGNORECASE)
_NOTED_PMID: Final = re.compile(r"PMID:?\s*([1-9]\d{0,9})\b", re.IGNORECASE)
_LINKED_PMID: Final = re.compile(
    r"(?:\bncbi\.nlm\.nih\.gov/(?:m/)?pubmed|\bpubmed\.ncbi\.nlm\.nih\.gov|\bpubmed\.gov)"
    r"/([1-9]\d{0,9})(?!\d)"
)
_NUMBER: Final = re.compile(r"[1-9]\d{0,9}")
_PMCID: Final = re.compile(r"(PMC\d+)(?:\s*\[pmcid\])?", re.IGNORECASE)
_YEAR: Final = re.compile(r"\d{4}")
_TYPES: Final = {
    "JOUR": "Journal Article",
    "EJOUR": "Journal Article",
    "BOOK": "Book",
    "CHAP": "Book Chapter",
    "CONF": "Conference Proceedings",
    "CPAPER": "Conference Paper",
    "THES": "Thesis",
    "RPRT": "Report",
}
_PRECISIONS: Final = (
    DatePrecision.UNKNOWN,
    DatePrecision.YEAR,
    DatePrecision.SEASON,
    DatePrecision.MONTH,
    DatePrecision.DAY,
)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The bytes of an entry, and what is wrong with its ends, if anything."""

    raw: bytes
    fault: str | None = None


def iter_ris(stream: IO[bytes]) -> Iterator[ExportedRecord | RecordFailure]:
    """Iterate over the entries of a stream of any length, in its order and constant memory.

    Text between entries is left out unless it has tags: then it is an entry without its
    beginning, and a failure. So is what has no end when the file ends.

    Raises:
        MalformedReply: something in it is far too long to be an entry.
    """
    for cut in _cut(stream):
        yield build_failure(None, cut.fault, cut.raw) if cut.fault else _read(cut.raw)


def read_notes(raw: bytes) -> tuple[str, ...]:
    """Return the notes (N1) of an entry, given as the bytes of its record."""
    return tuple(_read_fields(split_lines(raw)).get("N1", ()))


def find_linked_pmids(text: str) -> set[str]:
    """Return the PMIDs that addresses of PubMed in ``text`` lead to."""
    return {match[1] for match in _LINKED_PMID.finditer(text)}


def _cut(stream: IO[bytes]) -> Iterator[_Cut]:
    entry: list[str] = []
    is_open = False
    n_characters = 0
    for line in iter_lines(stream):
        starts = _START.match(line) is not None
        if starts:
            yield from _close(entry, is_open)
            entry, n_characters = [], 0
        is_open = is_open or starts
        entry.append(line)
        n_characters += len(line)
        refuse_size(n_characters)
        if is_open and _END.match(line):
            yield _Cut(to_bytes(entry))
            entry, is_open, n_characters = [], False, 0
    if is_open:
        yield _Cut(to_bytes(entry), "it is not ended by “ER  - ”; the file seems to be cut.")
    else:
        yield from _close(entry, is_open)


def _close(lines: list[str], is_open: bool) -> Iterator[_Cut]:
    if is_open:  # the next one begins: only its own end is missing
        yield _Cut(to_bytes(lines))
    elif any(_TAG.match(line) for line in lines):
        yield _Cut(to_bytes(lines), "it does not begin with “TY  - ”.")


def _read(raw: bytes) -> ExportedRecord | RecordFailure:
    fields = _read_fields(split_lines(raw))
    pmid, title, doi = _find_pmid(fields), _first(fields, "TI", "T1", "CT", "BT"), _find_doi(fields)
    if not (pmid or title or doi):
        return build_failure(None, "it has neither a title nor a PMID nor a DOI.", raw)
    kinds = [one for one in fields.get("M3", ()) if not _reads_as_doi(one)]
    return ExportedRecord(
        pmid=pmid,
        title=title or "",
        abstract="\n".join(fields.get("AB") or fields.get("N2") or ()),
        authors=tuple(build_author(one) for one in fields.get("AU") or fields.get("A1") or ()),
        journal=_first(fields, "JF", "T2", "JO", "JA", "J2", "BT"),
        volume=_first(fields, "VL", "VO"),
        issue=_first(fields, "IS"),
        pages=_read_pages(fields),
        publication_date=_read_date(fields),
        doi=doi,
        pmcid=_find_pmcid(fields),
        languages=tuple(fields.get("LA", ())),
        publication_types=tuple(kinds or (_TYPES.get(t, t) for t in fields.get("TY", ()))),
        keywords=tuple(fields.get("KW", ())),
        file_format=FileFormat.RIS,
        raw=raw,
    )


def _read_fields(lines: Sequence[str]) -> _Fields:
    """Return the values of each tag, in their order; empty ones are left out."""
    fields: dict[str, list[str]] = defaultdict(list)
    is_loose = any(line.startswith("TY - ") for line in lines)
    tag = ""
    for line in lines:
        match = _TAG.match(line) or _LONG_TAG.match(line)
        if match is None and (is_loose or tag not in _PROSE):
            match = _LOOSE_TAG.match(line)
        if match is not None:
            tag = match[1]
            fields[tag].append(clean(match[2] or ""))
        elif tag in _LISTS:
            fields[tag].append(clean(line))
        elif tag and line.strip():
            fields[tag][-1] = f"{fields[tag][-1]} {clean(line)}".strip()
    return {tag: [one for one in values if one] for tag, values in fields.items() if any(values)}


def _first(fields: _Fields, *tags: str) -> str | None:
    return next((fields[tag][0] for tag in tags if tag in fields), None)


def _find_pmid(fields: _Fields) -> int | None:
    """Return the entry's own PMID where it is marked as such, or linked; None if in doubt."""
    for found in (_marked_pmids(fields), _linked_pmids(fields)):
        if found:
            return int(found.pop()) if len(found) == 1 else None
    return None


def _marked_pmids(fields: _Fields) -> set[str]:
    found = {
        match[1]
        for tag in ("AN", "C2", "ID", "U1", "U2", "U3", "U4", "U5")
        for value in fields.get(tag, ())
        if (match := _MARKED_PMID.fullmatch(value))
    }
    found |= {match[1] for value in fields.get("N1", ()) if (match := _NOTED_PMID.match(value))}
    # EndNote and Ovid put MEDLINE's number into AN, Scopus puts it into C2.
    provider = " ".join((*fields.get("DB", ()), *fields.get("DP", ()))).lower()
    tags = ["PMID", "PM"]
    tags += ["AN"] if re.search(r"\b(?:pubmed|medline|nlm)\b", provider) else []
    tags += ["C2"] if "scopus" in provider else []
    return found | {
        value for tag in tags for value in fields.get(tag, ()) if _NUMBER.fullmatch(value)
    }


def _linked_pmids(fields: _Fields) -> set[str]:
    return {
        pmid
        for tag in ("UR", "LK", "L1", "L2", "L3", "L4")
        for value in fields.get(tag, ())
        for pmid in find_linked_pmids(value)
    }


def _find_doi(fields: _Fields) -> str | None:
    own = (*fields.get("DO", ()), *fields.get("DOI", ()), *fields.get("M3", ()))
    links = (value for value in fields.get("UR", ()) if "doi.org/" in value)
    return next((doi for value in (*own, *links) if (doi := find_doi(value))), None)


def _reads_as_doi(text: str) -> bool:
    return find_doi(text) is not None


def _find_pmcid(fields: _Fields) -> str | None:
    for tag in ("PMCID", "C2", "U1", "U2", "AN"):
        for value in fields.get(tag, ()):
            if match := _PMCID.fullmatch(value):
                try:
                    return parse_pmcid(match[1])
                except InvalidIdentifier:
                    continue
    return None


def _read_pages(fields: _Fields) -> str | None:
    first, last = _first(fields, "SP", "C7"), _first(fields, "EP")  # C7: number of the article
    if not first or not last or first == last or "-" in first:
        return first or last
    return f"{first}-{last}"


def _read_date(fields: _Fields) -> PublicationDate:
    """Return the most precise of the dates that are of the year of publication."""
    given = [value for tag in ("PY", "Y1", "DA") for value in fields.get(tag, ())]
    dates = [_read_one_date(value) for value in given]
    year = next((one.sortable.year for one in dates if one.sortable), None)
    if year is None:
        return replace(UNDATED, text=given[0] if given else "")
    # DA may give day and month alone: "Feb 28", "NOV-DEC".
    dates += [_read_one_date(f"{year} {v}") for v in fields.get("DA", ()) if not _YEAR.search(v)]
    of_year = [one for one in dates if one.sortable and one.sortable.year == year]
    return max(of_year, key=lambda one: _PRECISIONS.index(one.precision))


def _read_one_date(text: str) -> PublicationDate:
    """Read RIS's ``2005/07/15/other``, in which any part may be empty, or words."""
    parts = text.split("/") if _YEAR.match(text) else [text]
    read = parse_publication_date(" ".join(part for part in parts if part))
    return replace(read, text=text.rstrip("/"))
