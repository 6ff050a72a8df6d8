"""What an address of ``/export`` asks for: which records, in which format, under which name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from db.engine import Connection, Database
from db.export_choice import ChosenRecords
from db.list_choices import RecordList
from db.record_lists import find_last_sweep, list_all
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Reviewer
from litsweep.errors import UsageError
from litsweep.exports.formats import FORMATS, ExportFormat
from litsweep_app.web.answers import MOST_CHOSEN, list_answers
from litsweep_app.web.filters import Reader, Typed, read_search
from litsweep_app.web.list_filters import read_kind, read_list, write_list

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
_LONGEST_NAME: Final = 60


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
        """Return a name of letters, digits, hyphens and dots, with the day."""
        suffix = self.file_format.suffix or f".{self.file_format.name}.csv"
        about = ".about.json" if self.wants_about else ""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.called)[:_LONGEST_NAME].strip("-").lower()
        return f"litsweep-{plain or 'records'}-{now:%Y-%m-%d}{suffix}{about}"


def read_export(typed: Typed, database: Database, person: Reviewer) -> Wanted:
    """Read which records are asked for and how; ``person`` is who asks.

    With ``list`` it is a list of a topic, else a search; with neither words nor filters, all.

    Raises:
        UsageError: something cannot be read, or there is no such list or format.
    """
    reader = Reader(typed)
    name = reader.text("format")
    if name not in FORMATS:
        raise UsageError(f"format: there is no format {name!r}; there are {', '.join(FORMATS)}.")
    listed = reader.text("list")
    if listed:
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


def _want_list(
    typed: Typed, reader: Reader, file_format: ExportFormat, kind: RecordList, person: Reviewer
) -> Wanted:
    topic = reader.text("topic")
    if not topic:
        raise UsageError("topic: a list is one of a topic; name it.")
    asked = replace(read_list(topic, kind, typed, person), after=None)

    def choose(conn: Connection) -> ChosenRecords:
        complete = asked
        if kind is RecordList.NEW and asked.since is None:
            complete = replace(asked, since=find_last_sweep(conn, topic))
        return ChosenRecords(record_ids=list_all(conn, complete, limit=MOST_CHOSEN), n_left_out=0)

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
