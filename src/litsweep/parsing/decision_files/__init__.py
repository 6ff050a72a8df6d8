"""Files of decisions that were made with other tools: ASReview, Rayyan, or any table.

The forms were read from the tools' own writers (ASReview 0.16 to 2, ``asreview/data/ris.py``
and ``export_dataset``) and from programs that read Rayyan's exports. What an entry's record
is, and who a nameless decision is by, is not known here.
"""

from typing import Final

from litsweep.domain.decision_files import DecisionFile
from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files.encodings import decode
from litsweep.parsing.decision_files.ris_entries import is_ris, read_ris
from litsweep.parsing.decision_files.tables import read_table

MAX_BYTES: Final = 256 << 20
"""The largest file that is read; 100,000 abstracts have some 200 MB."""

# ZIP, which XLSX is too; the former Excel; gzip; PDF; SQLite, which an .asreview holds.
_OTHERS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"SQLite format 3")


def parse_decision_file(data: bytes, *, every: Decision | None = None) -> DecisionFile:
    """Read a file of decisions; what it is, is told by its content.

    ``every`` is what was decided of all entries of a file that does not say it, such as a
    tool's list of what was included.

    Raises:
        FileRefused: it is too large, or neither a table nor RIS, or holds no decisions.
    """
    if len(data) > MAX_BYTES:
        raise FileRefused(
            f"The file has {len(data) >> 20} MiB; at most {MAX_BYTES >> 20} are read. Cut it."
        )
    if data.startswith(_OTHERS):
        raise FileRefused(
            "This is an archive or a workbook, not text: unpack it, or save it as CSV. Rayyan's "
            "archive holds articles.csv; of ASReview take the exported CSV or RIS."
        )
    text, remarks = decode(data)
    if not text.strip():
        raise FileRefused("The file is empty.")
    if is_ris(text):
        return read_ris(data, remarks, every)
    return read_table(text, remarks, every)
