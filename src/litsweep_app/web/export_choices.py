"""What an address of ``/export`` asks for: which records, in which format, under which name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from db.alert_lines import list_alert_records
from db.engine import Connection, Database
from db.export_choice import ChosenRecords
from db.histories import list_decided_records
from db.list_choices import RecordList
from db.record_lists import list_all
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Reviewer
from litsweep.errors import UsageError
from litsweep.exports.formats import FORMATS, ExportFormat
from litsweep_app.web.answers import MOST_CHOSEN, list_answers
from litsweep_app.web.filters import Reader, Typed, read_search
from litsweep_app.web.history import read_history
from litsweep_app.web.list_filters import complete, read_kind, read_list, write_list
from litsweep_app.web.sending import name_file

TYPES: Final = {
    "ris": "application/x-research-info-systems; charset=utf-8",
    "nbib": "application/nbib; charset=utf-8",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "asreview": "text/csv; charset=utf-8; header=present",
}
"""What a file of each format is, for browsers and programs."""


class RecordView(StrEnum):
    """What records are of that are neither a list of a topic nor a search."""

    HISTORY = "history"
    """Those that who asks decided about, at one stage or both, replaced decisions counted too."""
    ALERTS = "alerts"
    """Those that turned out retracted and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An export as it is asked for.

    ``filters`` are what it is narrowed by, in words; ``wants_about`` asks for what the export
    says of itself, in place of the file; ``with_bom`` begins a CSV so that Excel reads it.
    """

    file_format: ExportFormat
    topic: str | None
    stage: Stage
    filters: Mapping[str, str]
    choose: Callable[[Connection], ChosenRecords]
    called: str
    with_abstracts: bool = True
    with_bom: bool = False
    wants_about: bool = False

    @property
    def media_type(self) -> str:
        """What the file is, for a browser."""
        return "application/json" if self.wants_about else TYPES[self.file_format.name]

    def name_file(self, now: datetime) -> str:
        """Return the name of the file, after what it holds."""
        suffix = self.file_format.suffix or f".{self.file_format.name}.csv"
        return name_file(self.called, suffix + (".about.json" if self.wants_about else ""), now)


def read_export(typed: Typed, database: Database, person: Reviewer) -> Wanted:
    """Read which records are asked for and how; ``person`` is who asks.

    With ``list`` it is a list of a topic, with ``view`` a person's history or the alerts, else a
    search; with neither words nor filters, all.

    Raises:
        UsageError: something cannot be read, or there is no such list or format.
    """
    reader = Reader(typed)
    name = reader.text("format")
    if name not in FORMATS:
        raise UsageError(f"format: there is no format {name!r}; there are {', '.join(FORMATS)}.")
    listed = reader.text("list")
    view = reader.word("view", RecordView)
    if reader.problems:
        raise UsageError(f"view: {reader.problems['view']}")
    if view is RecordView.HISTORY:
        wanted = _want_history(reader, FORMATS[name], person)
    elif view is RecordView.ALERTS:
        wanted = _want_alerts(reader, FORMATS[name])
    elif listed:
        wanted = _want_list(typed, reader, FORMATS[name], read_kind(listed), person)
    else:
        wanted = _want_search(typed, FORMATS[name], database, person)
    return replace(
        wanted,
        with_abstracts=reader.text("abstracts") != "no",
        with_bom=reader.text("bom") == "yes" and name == "csv",
        wants_about=reader.text("about") == "yes",
    )


def _want_search(
    typed: Typed, file_format: ExportFormat, database: Database, person: Reviewer
) -> Wanted:
    asked = replace(read_search(typed).require().seen_by(person), after=None)
    words = {
        name: "; ".join(value) if isinstance(value, list) else str(value)
        for name, value in asked.as_query().items()
        if name != "topic"
    }
    return Wanted(
        file_format=file_format,
        topic=asked.filters.topic,
        stage=asked.filters.stage or Stage.TITLE_ABSTRACT,
        filters=words,
        choose=lambda conn: list_answers(database, conn, asked),
        called=f"{asked.filters.topic or ''} {asked.q or 'search'}",
    )


def _want_history(reader: Reader, file_format: ExportFormat, person: Reviewer) -> Wanted:
    topic = reader.text("topic")
    if not topic:
        raise UsageError("topic: a history is one of a topic; name it.")
    asked = read_history(reader, topic, person.name)
    stage = {} if asked.stage is None else {"stage": asked.stage.value}
    return Wanted(
        file_format=file_format,
        topic=topic,
        stage=asked.stage or Stage.TITLE_ABSTRACT,
        filters={"decided by": person.name, **stage},
        choose=lambda conn: _whole(list_decided_records(conn, asked, limit=MOST_CHOSEN)),
        called=f"{topic} history",
    )


def _want_alerts(reader: Reader, file_format: ExportFormat) -> Wanted:
    topic, wants_all = reader.text("topic") or None, reader.text("all") == "yes"

    def choose(conn: Connection) -> ChosenRecords:
        return _whole(
            list_alert_records(conn, topic=topic, include_acknowledged=wants_all, limit=MOST_CHOSEN)
        )

    return Wanted(
        file_format=file_format,
        topic=topic,
        stage=Stage.TITLE_ABSTRACT,
        filters={"alerts": "all" if wants_all else "open"},
        choose=choose,
        called=f"{topic or ''} alerts",
    )


def _whole(record_ids: Sequence[int]) -> ChosenRecords:
    return ChosenRecords(record_ids=record_ids, n_left_out=0)


def _want_list(
    typed: Typed, reader: Reader, file_format: ExportFormat, kind: RecordList, person: Reviewer
) -> Wanted:
    topic = reader.text("topic")
    if not topic:
        raise UsageError("topic: a list is one of a topic; name it.")
    asked = replace(read_list(topic, kind, typed, person), after=None)

    def choose(conn: Connection) -> ChosenRecords:
        return _whole(list_all(conn, complete(conn, asked), limit=MOST_CHOSEN))

    words = {name: str(value) for name, value in write_list(asked).items()}
    return Wanted(
        file_format=file_format,
        topic=topic,
        stage=asked.stage,
        filters={
            "list": kind.value,
            **words,
            "duplicates": "left out where the kept record is of the topic; not counted",
        },
        choose=choose,
        called=f"{topic} {kind}",
    )
