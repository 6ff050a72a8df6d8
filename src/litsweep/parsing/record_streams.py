"""Stand-in: PubMed XML from a stream, record by record.

To be replaced by ``litsweep.parsing.pubmed.iter_record_set`` and
``litsweep.domain.records.Deletion``, which have the same shape.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from litsweep.domain.records import FetchedRecord, RecordFailure
from litsweep.parsing.pubmed import parse_record_set

_START: Final = re.compile(rb"<Pubmed(?:Book)?Article[\s>]")
_END: Final = re.compile(rb"</Pubmed(?:Book)?Article>")
_N_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion notice."""

    pmid: int


def iter_record_set(stream: IO[bytes]) -> Iterator[FetchedRecord | RecordFailure | Deletion]:
    """Yield the records and failures of a stream, then its deletions.

    Raises:
        MalformedReply: the stream was cut, or is no set of records.
    """
    frame, text = b"", b""
    while piece := stream.read(_N_BYTES):
        text += piece
        while (start := _START.search(text)) and (end := _END.search(text, start.end())):
            frame += text[: start.start()]
            found = parse_record_set(
                b"<PubmedArticleSet>" + text[start.start() : end.end()] + b"</PubmedArticleSet>"
            )
            yield from found.records
            yield from found.failures
            text = text[end.end() :]
    for pmid in parse_record_set(frame + text).deleted_pmids:
        yield Deletion(pmid=pmid)
