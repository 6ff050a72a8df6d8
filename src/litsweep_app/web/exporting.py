"""Any view as a file, in every format of ``litsweep.exports``, sent while it is written.

A person's file holds what they may see: decisions of blinded people as their pages show them.
Formulas, licences and machine text are the formats' business, as on the command line.
"""

import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import islice
from typing import IO, Final, cast

from starlette.responses import Response

from db.engine import Connection
from db.export_entries import load_entries
from db.writing import BATCH_SIZE, batches
from litsweep.domain.documents import DocumentKind
from litsweep.domain.reviewers import Role
from litsweep.errors import UsageError
from litsweep.exports.csv_tables import BOM
from litsweep.exports.entries import ExportEntry
from litsweep.exports.receipts import ExportAbout, Receipt
from litsweep.telling.notices import NLM_NOTICE
from litsweep_app.web.answers import MOST_CHOSEN
from litsweep_app.web.export_choices import Wanted, read_export
from litsweep_app.web.growing_file import GrowingFile
from litsweep_app.web.machine_text import list_withheld
from litsweep_app.web.page import Page
from litsweep_app.web.sending import send_file
from litsweep_app.web.visit import Visit


def export(visit: Visit) -> Response:
    """Send the file; what is wrong with the question is a page, and so is an empty answer."""
    wanted = read_export(visit.query, visit.database, visit.me)
    return send_file(
        visit,
        lambda file, stream: _write(visit, wanted, file, stream),
        name=wanted.name_file(visit.now),
        media_type=wanted.media_type,
        is_seekable=not wanted.file_format.is_text and not wanted.wants_about,
    )


def _write(visit: Visit, wanted: Wanted, file: GrowingFile, stream: IO[bytes]) -> None:
    with visit.database.reading() as conn:
        chosen = wanted.choose(conn)
        if not chosen.record_ids:
            raise UsageError("No stored record is so: there is nothing to write into a file.")
        if len(chosen.record_ids) >= MOST_CHOSEN:
            raise UsageError(
                f"A file from here has fewer than {MOST_CHOSEN:,} records: narrow the list, or "
                "use `litsweep export`."
            )
        n_unjudged = _count_unjudged(conn, visit, chosen.record_ids)
        receipt = Receipt(_describe(visit, wanted, chosen.n_left_out, n_unjudged))
        entries: Iterable[ExportEntry] = load_entries(
            conn, chosen.record_ids, topic=wanted.topic, viewer=visit.me.name
        )
        entries = _leave_out_unjudged(conn, visit, entries)
        if not wanted.with_abstracts:
            entries = (entry.without_abstract() for entry in entries)
        entries = file.while_wanted(entries)
        if wanted.wants_about:
            return _write_about(wanted, entries, stream, receipt)
        stream.write(BOM if wanted.with_bom else b"")
        wanted.file_format.write(entries, stream, receipt)


def _write_about(
    wanted: Wanted, entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt
) -> None:
    """Write what the file would say of itself, counted by writing it to nowhere."""
    if wanted.file_format.is_text:
        wanted.file_format.write(entries, cast("IO[bytes]", _Nowhere()), receipt)
    else:
        with tempfile.TemporaryFile() as nowhere:
            wanted.file_format.write(entries, nowhere, receipt)
    text = json.dumps(receipt.as_json(), ensure_ascii=False, indent=2)
    stream.write(f"{text}\n".encode())


class _Nowhere(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        return len(data)


def _leave_out_unjudged(
    conn: Connection, visit: Visit, entries: Iterable[ExportEntry]
) -> Iterator[ExportEntry]:
    """Yield the entries without the machine texts that wait for the person's own decision."""
    pending = iter(entries)
    while some := list(islice(pending, BATCH_SIZE)):
        numbers = [entry.record_id for entry in some]
        of_full_text = _list_unjudged(conn, visit, numbers)
        of_abstract = list_withheld(conn, visit.me, numbers, DocumentKind.ABSTRACT)
        for entry in some:
            is_open = entry.record_id not in of_full_text
            yield (
                entry
                if is_open
                else entry.without_machine_text(and_summary=entry.record_id in of_abstract)
            )


def _count_unjudged(conn: Connection, visit: Visit, record_ids: Sequence[int]) -> int:
    return sum(len(_list_unjudged(conn, visit, some)) for some in batches(record_ids))


def _list_unjudged(conn: Connection, visit: Visit, record_ids: Iterable[int]) -> set[int]:
    return list_withheld(conn, visit.me, record_ids, DocumentKind.FULL_TEXT)


def _describe(visit: Visit, wanted: Wanted, n_left_out: int, n_unjudged: int) -> ExportAbout:
    left_out = {
        "machine_text": f"left out of {n_unjudged} records that you are to decide about first"
    }
    return ExportAbout(
        tool_version=version("litsweep"),
        exported_at=visit.now,
        file_format=wanted.file_format.title,
        topic=wanted.topic,
        filters={
            **wanted.filters,
            "exported_by": visit.me.name,
            **(left_out if n_unjudged else {}),
        },
        stage=wanted.stage,
        with_abstracts=wanted.with_abstracts,
        with_findings=wanted.file_format.holds_findings,
        n_left_out=n_left_out,
        notices=(NLM_NOTICE,),
    )


PAGES: Final[Sequence[Page]] = (
    Page(path="/export", name="export", handler=export, role=Role.READER),
)
