"""NBIB (MEDLINE text, as PubMed's "Send to: Citation manager" writes it) to exported records.

Bio.Medline reads the tags (their list: ncbi.md 3, "NBIB/MEDLINE text"); here a stream is cut
into entries, so that the bytes of each are kept and a broken one takes no other with it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from Bio import Medline

from litsweep.domain.identifiers import find_doi, parse_pmcid, parse_pmid
from litsweep.domain.loads import ExportedRecord, FileFormat
from litsweep.domain.records import Author, RecordFailure
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.dates import parse_publication_date
from litsweep.parsing.tagged_text import (
    build_author,
    build_collective,
    build_failure,
    clean,
    iter_lines,
    refuse_size,
    split_lines,
    to_bytes,
)

_TAG: Final = re.compile(r"[A-Z][A-Z0-9]{1,3} {0,2}- ?")
_PMID: Final = re.compile(r"PMID ?- *(.*)")
_DOI: Final = re.compile(r"(\S+)\s*\[doi\]")


def iter_nbib(stream: IO[bytes]) -> Iterator[ExportedRecord | RecordFailure]:
    """Iterate over the entries of a stream of any length, in its order and constant memory.

    Raises:
        MalformedReply: something in it is far too long to be an entry.
    """
    return (_read(raw) for raw in _cut(stream))


def _cut(stream: IO[bytes]) -> Iterator[bytes]:
    """Cut at blank lines, and where a PMID begins an entry without one before it."""
    entry: list[str] = []
    has_pmid = is_after_blank = False
    n_characters = 0
    for line in iter_lines(stream):
        is_pmid = _PMID.match(line) is not None
        begins = (is_after_blank and _TAG.match(line)) or (is_pmid and has_pmid)
        if begins and entry:
            yield to_bytes(entry)
            entry, has_pmid, n_characters = [], False, 0
        is_after_blank = not line.strip()
        if entry or not is_after_blank:
            entry.append(line)
            n_characters += len(line)
            refuse_size(n_characters)
        has_pmid = has_pmid or is_pmid
    if entry:
        yield to_bytes(entry)


def _read(raw: bytes) -> ExportedRecord | RecordFailure:
    lines = [_mend(line) for line in split_lines(raw) if line.strip()]
    pmid = next((match[1] for line in lines if (match := _PMID.match(line))), None)
    try:
        number = parse_pmid(pmid) if pmid is not None else None
    except InvalidIdentifier as error:
        return build_failure(None, str(error), raw)
    try:
        fields = Medline.read(lines)  # type: ignore[no-untyped-call]
    except (KeyError, IndexError, StopIteration):
        return build_failure(number, "it does not begin with a tag such as “PMID- ”.", raw)
    title = _text(fields, "TI") or _text(fields, "BTI")
    doi = _find_doi(fields)
    if not (number or title or doi):
        return build_failure(None, "it has neither a PMID nor a title nor a DOI.", raw)
    return ExportedRecord(
        pmid=number,
        title=title,
        abstract=_text(fields, "AB"),
        authors=tuple(_authors(fields)),
        journal=_text(fields, "JT") or _text(fields, "TA") or _text(fields, "BTI") or None,
        volume=_text(fields, "VI") or None,
        issue=_text(fields, "IP") or None,
        pages=_text(fields, "PG") or None,
        publication_date=parse_publication_date(_text(fields, "DP")),
        doi=doi,
        pmcid=_find_pmcid(fields),
        languages=_texts(fields, "LA"),
        publication_types=_texts(fields, "PT"),
        keywords=_texts(fields, "OT"),
        file_format=FileFormat.NBIB,
        raw=raw,
    )


def _mend(line: str) -> str:
    """Indent a continuation by six blanks, as Bio.Medline wants it; tags stay."""
    if line[0].isspace():
        return f"      {line.strip()}\n"
    # Tags have four places; some tools write "PMID - 1" or "TI - ".
    tag, hyphen, rest = line.partition("-")
    if hyphen and len(tag.rstrip()) <= 4 and _TAG.match(line):
        return f"{tag.rstrip():4}- {rest.strip()}\n"
    return f"{line.rstrip()}\n"


def _texts(fields: Mapping[str, Any], tag: str) -> tuple[str, ...]:
    values = fields.get(tag, ())
    cleaned = (clean(one) for one in ([values] if isinstance(values, str) else values))
    return tuple(one for one in cleaned if one)


def _text(fields: Mapping[str, Any], tag: str) -> str:
    return " ".join(_texts(fields, tag))


def _authors(fields: Mapping[str, Any]) -> Iterator[Author]:
    """Yield the authors, then the groups: Bio.Medline does not tell their common order."""
    full, short = _texts(fields, "FAU"), _texts(fields, "AU")
    if len(full) == len(short):
        for name, citation in zip(full, short, strict=True):
            initials = citation.rpartition(" ")[2]
            yield build_author(name, initials if initials.isupper() and "," in name else None)
    else:
        yield from (build_author(name) for name in full or short)
    yield from (build_collective(name) for name in _texts(fields, "CN"))


def _find_doi(fields: Mapping[str, Any]) -> str | None:
    for text in (*_texts(fields, "AID"), *_texts(fields, "LID")):
        for match in _DOI.finditer(text):
            if doi := find_doi(match[1]):
                return doi
    return None


def _find_pmcid(fields: Mapping[str, Any]) -> str | None:
    try:
        return parse_pmcid(_text(fields, "PMC"))
    except InvalidIdentifier:
        return None
