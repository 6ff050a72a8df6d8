"""The formats of an export: their names, their suffixes, what each has room for, who writes it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Final

from litsweep.errors import UsageError
from litsweep.exports.bibtex import write_bibtex
from litsweep.exports.csl_json import write_csl_json
from litsweep.exports.csv_tables import write_asreview, write_csv
from litsweep.exports.entries import ExportEntry
from litsweep.exports.nbib import write_nbib
from litsweep.exports.parquet import write_parquet
from litsweep.exports.receipts import Receipt
from litsweep.exports.ris import write_ris
from litsweep.exports.xlsx import write_xlsx

Write = Callable[[Iterable[ExportEntry], IO[bytes], Receipt], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """A format. ``suffix`` is None where files of another format have the same.

    ``is_text`` tells that a terminal can show it; ``holds_receipt`` and ``holds_findings`` that
    it has room for what the export says of itself, and for the data items of full texts.
    """

    name: str
    title: str
    suffix: str | None
    write: Write
    is_text: bool = True
    holds_receipt: bool = False
    holds_findings: bool = False


_FORMATS: Final = (
    ExportFormat(name="ris", title="RIS", suffix=".ris", write=write_ris),
    ExportFormat(name="nbib", title="NBIB", suffix=".nbib", write=write_nbib),
    ExportFormat(
        name="bibtex", title="BibTeX", suffix=".bib", write=write_bibtex, holds_receipt=True
    ),
    ExportFormat(
        name="csl", title="CSL-JSON", suffix=".json", write=write_csl_json, holds_findings=True
    ),
    ExportFormat(name="csv", title="CSV", suffix=".csv", write=write_csv, holds_findings=True),
    ExportFormat(
        name="xlsx",
        title="XLSX",
        suffix=".xlsx",
        write=write_xlsx,
        is_text=False,
        holds_receipt=True,
        holds_findings=True,
    ),
    ExportFormat(
        name="parquet",
        title="Parquet",
        suffix=".parquet",
        write=write_parquet,
        is_text=False,
        holds_receipt=True,
        holds_findings=True,
    ),
    ExportFormat(
        name="asreview",
        title="ASReview CSV",
        suffix=None,
        write=write_asreview,
    ),
)

FORMATS: Final = {one.name: one for one in _FORMATS}
"""All formats, by name."""


def choose_format(file_name: str, name: str | None) -> ExportFormat:
    """Return the format called ``name``, or the one that the suffix of the file's name means.

    Raises:
        UsageError: there is no such format, or the suffix means none.
    """
    listed = ", ".join(FORMATS)
    if name is not None:
        if name not in FORMATS:
            raise UsageError(f"There is no format {name!r}; there are {listed}.")
        return FORMATS[name]
    suffix = PurePath(file_name).suffix.lower()
    found = next((one for one in _FORMATS if suffix and one.suffix == suffix), None)
    if found is None:
        raise UsageError(
            f"From the name {file_name} no format can be told: name one with --format ({listed})."
        )
    return found
