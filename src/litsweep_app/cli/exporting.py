"""``litsweep export``: records and what was decided about them as a file for other tools."""

import codecs
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Annotated, Final, cast

import typer

from db.engine import open_database
from db.export_choice import ScreeningFilter, choose_records
from db.export_entries import N_AT_ONCE, load_entries
from litsweep.domain.decisions import Stage
from litsweep.domain.publication_status import ALARMING
from litsweep.errors import UsageError
from litsweep.exports.csv_tables import BOM
from litsweep.exports.entries import ExportEntry
from litsweep.exports.formats import FORMATS, ExportFormat, choose_format
from litsweep.exports.receipts import ExportAbout, Receipt
from litsweep.settings import load_settings
from litsweep.telling.notices import NLM_NOTICE
from litsweep_app.cli.console import Exit, out, progress_bars, say
from litsweep_app.cli.whole_files import appearing_whole, refuse_existing

_STANDARD_OUTPUT: Final = "-"
_FORMAT_HELP: Final = f"One of {', '.join(FORMATS)}; else what the file's name ends with."


def export(
    file: Annotated[str, typer.Argument(help="The file to write; - is standard output.")],
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    file_format: Annotated[str | None, typer.Option("--format", help=_FORMAT_HELP)] = None,
    decision: Annotated[
        ScreeningFilter | None, typer.Option(help="Only what was decided so (needs the topic).")
    ] = None,
    stage: Annotated[
        Stage, typer.Option(help="The stage whose decisions are meant.")
    ] = Stage.TITLE_ABSTRACT,
    no_abstracts: Annotated[
        bool, typer.Option("--no-abstracts", help="Leave out abstracts and sentences of them.")
    ] = False,
    with_duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Export records marked as duplicates too.")
    ] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin a CSV so that Excel sees that it is UTF-8.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file.")] = False,
) -> None:
    """Write records, with decisions and machine texts, as a file that other tools read."""
    wanted = choose_format(file, file_format)
    _refuse(file, wanted, bom=bom, replace=replace)
    filters = {"decision": decision, "stage": stage} if decision else {"stage": stage}
    with open_database(load_settings().database_url).reading() as conn:
        chosen = choose_records(
            conn,
            topic=topic,
            decision=decision,
            stage=stage,
            with_duplicates=with_duplicates,
        )
        if not chosen.record_ids:
            say("No stored record is so: nothing was written.")
            raise typer.Exit(Exit.INCOMPLETE)
        receipt = _begin_receipt(wanted, topic, filters, stage, not no_abstracts, chosen.n_left_out)
        entries = load_entries(conn, chosen.record_ids, topic=topic)
        if no_abstracts:
            entries = (entry.without_abstract() for entry in entries)
        with progress_bars() as advance, _opened(file, replace) as stream:
            stream.write(BOM if bom else b"")
            wanted.write(_told(entries, len(chosen.record_ids), advance), stream, receipt)
    about = _write_about(file, wanted, receipt)
    say(_sum_up(file, wanted, receipt, about))


def _refuse(file: str, wanted: ExportFormat, *, bom: bool, replace: bool) -> None:
    if bom and wanted.name != "csv":
        raise UsageError(f"--bom is for CSV; {wanted.title} has no use for it.")
    if file == _STANDARD_OUTPUT:
        if not wanted.is_text:
            raise UsageError(f"{wanted.title} is no text: name a file instead of -.")
    elif not replace:
        refuse_existing(Path(file))
        refuse_existing(_about_path(file))


def _about_path(file: str) -> Path:
    return Path(f"{file}.about.json")


def _begin_receipt(
    wanted: ExportFormat,
    topic: str | None,
    filters: Mapping[str, str],
    stage: Stage,
    with_abstracts: bool,
    n_left_out: int,
) -> Receipt:
    about = ExportAbout(
        tool_version=version("litsweep"),
        exported_at=datetime.now(UTC),
        file_format=wanted.title,
        topic=topic,
        filters={name: str(value) for name, value in filters.items()},
        stage=stage,
        with_abstracts=with_abstracts,
        with_findings=wanted.holds_findings,
        n_left_out=n_left_out,
        notices=(NLM_NOTICE,),
    )
    return Receipt(about)


def _told(
    entries: Iterable[ExportEntry], n_total: int, advance: Callable[[str, int, int], None]
) -> Iterator[ExportEntry]:
    """Pass the entries on, and tell of each batch."""
    n_more = 0
    for entry in entries:
        yield entry
        n_more += 1
        if n_more == N_AT_ONCE:
            advance("Records", n_more, n_total)
            n_more = 0
    if n_more:
        advance("Records", n_more, n_total)


@contextmanager
def _opened(file: str, replace: bool) -> Iterator[IO[bytes]]:
    if file == _STANDARD_OUTPUT:
        yield cast("IO[bytes]", _StandardOutput())
        return
    with appearing_whole(Path(file), replace=replace) as stream:
        yield stream


class _StandardOutput(io.RawIOBase):
    """Standard output as a stream of bytes, wherever it leads."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Write UTF-8."""
        out.file.write(self._decoder.decode(bytes(data)))
        return len(data)


def _write_about(file: str, wanted: ExportFormat, receipt: Receipt) -> Path | None:
    """Write what the export says of itself beside it, where the format has no room for it."""
    if wanted.holds_receipt or file == _STANDARD_OUTPUT:
        return None
    text = json.dumps(receipt.as_json(), ensure_ascii=False, indent=2)
    with appearing_whole(_about_path(file), replace=True) as stream:
        stream.write(f"{text}\n".encode())
    return _about_path(file)


def _sum_up(file: str, wanted: ExportFormat, receipt: Receipt, about: Path | None) -> str:
    where = "standard output" if file == _STANDARD_OUTPUT else file
    parts = [f"{_count(receipt.n_records, 'record')} to {where} ({wanted.title})"]
    if receipt.about.n_left_out:
        parts.append(f"{_count(receipt.about.n_left_out, 'duplicate')} left out (--duplicates)")
    n_alarming = sum(receipt.statuses[status] for status in ALARMING)
    if n_alarming:
        parts.append(f"{n_alarming} retracted or the like, and marked")
    if receipt.n_reports_withheld:
        parts.append(f"quotes of {_count(receipt.n_reports_withheld, 'report')} withheld (licence)")
    if receipt.n_cut:
        parts.append(f"{_count(receipt.n_cut, 'cell')} too long and cut, with a mark")
    if not receipt.about.with_abstracts:
        parts.append("without abstracts")
    if about is not None:
        parts.append(f"what it is: {about}")
    return f"{'; '.join(parts)}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
