"""Decisions made elsewhere come in with their author; the receipt adds up; nothing is dropped."""

import csv
import hashlib
import io
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.decision_imports import import_decisions, list_decision_imports
from db.decisions import list_decisions, list_names
from db.duplicates import mark_by_person
from db.engine import Database
from db.imported_decisions import ImportSource
from db.records import get_record
from db.tables import records, screening_decisions, topic_records
from litsweep.domain.decision_files import DecisionImport
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.records import DatePrecision, FetchedRecord
from litsweep.errors import UsageError
from litsweep.matching.titles import title_key
from litsweep.parsing.decision_files import parse_decision_file
from tests.fakes.screened_topic import LATER, NOW, TITLES, TOPIC, decide, fill_topic

IMPORTED = LATER + timedelta(days=1)


@pytest.fixture
def screened(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    return fill_topic(database, start_run, make_record)


def take(
    database: Database,
    text: str | bytes,
    *,
    by: str | None = "Ada",
    now: datetime = IMPORTED,
    topic: str = TOPIC,
) -> DecisionImport:
    data = text if isinstance(text, bytes) else text.encode()
    source = ImportSource(
        name="file.csv",
        sha256=hashlib.sha256(data).hexdigest(),
        stage=Stage.TITLE_ABSTRACT,
        by=by,
        imported_by="Op",
    )
    with database.writing() as conn:
        receipt = import_decisions(
            conn, topic, parse_decision_file(data), source, tool_version="litsweep 0", now=now
        )
        decided = screening_decisions.c
        n_rows = conn.scalar(
            select(func.count()).where(decided.decision_import_id == receipt.decision_import_id)
        )
    assert receipt.n_added == n_rows
    assert receipt.n_entries == (
        receipt.n_added + receipt.n_unchanged + receipt.n_undecided + len(receipt.unmatched)
    )
    return receipt


def counts(receipt: DecisionImport) -> tuple[int, int, int, int]:
    return (receipt.n_added, receipt.n_unchanged, receipt.n_undecided, len(receipt.unmatched))


def standing(database: Database) -> list[tuple[int | None, str, str]]:
    with database.reading() as conn:
        found = list_decisions(conn, topic=TOPIC)
        names = list_names(conn, [one.record_id for one in found])
    return sorted((names[one.record_id] or 0, one.reviewer, one.decision.value) for one in found)


def table(*rows: Sequence[Any], header: str = "pmid,decision,reviewer,decided_at") -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows([header.split(","), *rows])
    return lines.getvalue()


RAYYAN = f"""\
key,title,year,notes,doi,pubmed_id,pmc_id
rayyan-1,"{TITLES[0]}",2026,"RAYYAN-INCLUSION: {{""Ada""=>""Included"", ""Ben""=>""Excluded""}} \
| RAYYAN-EXCLUSION-REASONS: wrong population | RAYYAN-LABELS: a,b",,,
rayyan-2,x,2026,"RAYYAN-INCLUSION: {{""Ada""=>""Maybe""}}",10.1000/FICTION.2,,
rayyan-3,{TITLES[2]},2026,"RAYYAN-INCLUSION: {{""Ada""=>""Excluded""}}",,3,
rayyan-4,{TITLES[3]},2026,,,4,
rayyan-5,Unheard of: the title of a record that is not here,2026,"RAYYAN-INCLUSION: \
{{""Ada""=>""Included"", ""Ben""=>""Included""}}",,,
rayyan-6,{TITLES[5]},2026,"RAYYAN-INCLUSION: {{""Ada""=>""Perhaps""}}",,6,
"""


def test_everybodys_decisions_come_in_and_the_receipt_adds_up(screened: Database) -> None:
    receipt = take(screened, RAYYAN, by=None)
    assert (receipt.tool, counts(receipt), receipt.n_entries) == ("rayyan", (4, 0, 1, 3), 8)
    assert standing(screened) == [
        (1, "Ada", "include"),
        (1, "Ben", "exclude"),
        (2, "Ada", "unsure"),
        (3, "Ada", "exclude"),
    ]
    told = {(one.entry, one.reviewer): one.reason for one in receipt.unmatched}
    assert set(told) == {("row 6", "Ada"), ("row 6", "Ben"), ("row 7", None)}
    assert "No record of the topic has this title of 2026." in told["row 6", "Ada"]
    with screened.reading() as conn:
        (ben,) = list_decisions(conn, reviewer="Ben")
        assert list_decision_imports(conn, topic=TOPIC) == [receipt]
    assert (ben.exclusion_reason, ben.labels) == ("wrong population", ("a", "b"))
    assert (ben.origin, ben.decided_at) == (DecisionOrigin.IMPORTED, IMPORTED)
    assert ben.decision_import_id == receipt.decision_import_id
    assert ben.has_seen_machine_text is None


def test_the_same_file_again_adds_nothing(screened: Database) -> None:
    take(screened, RAYYAN)
    before = standing(screened)
    again = take(screened, RAYYAN, now=IMPORTED + timedelta(days=9))
    assert (counts(again), standing(screened)) == ((0, 4, 1, 3), before)


def test_the_same_file_again_does_not_bring_back_what_was_changed_since(
    screened: Database,
) -> None:
    take(screened, RAYYAN)
    since = IMPORTED + timedelta(hours=1)
    with screened.writing() as conn:
        decide(conn, 1, Decision.UNSURE, "Ada", decided_at=since)
        decide(conn, 3, Decision.WITHDRAWN, "Ada", decided_at=since)
    before = standing(screened)
    again = take(screened, RAYYAN, now=IMPORTED + timedelta(days=9))
    assert (counts(again), standing(screened)) == ((0, 4, 1, 3), before)


def test_a_record_that_came_later_is_found_by_the_same_file(
    screened: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    file = table((7, "include", "Ada", ""))
    assert counts(take(screened, file)) == (0, 0, 0, 1)
    fill_topic(screened, start_run, make_record, pmids=(7,))
    assert counts(take(screened, file, now=IMPORTED + timedelta(days=1))) == (1, 0, 0, 0)


def test_a_person_is_needed_where_the_file_names_none(screened: Database) -> None:
    file = table((1, "include", "Cy", ""), (2, "exclude", "", ""))
    with pytest.raises(UsageError, match=r"does not say who decided \(row 3\).*--by NAME"):
        take(screened, file, by=None)
    with screened.reading() as conn:
        assert list_decision_imports(conn) == []
    take(screened, file, by="Ada")
    # What the file says goes before what the importer says.
    assert standing(screened) == [(1, "Cy", "include"), (2, "Ada", "exclude")]


def test_a_later_decision_is_not_replaced_by_an_older_file(screened: Database) -> None:
    with screened.writing() as conn:
        for pmid in (1, 2, 3, 4):
            decide(conn, pmid, Decision.EXCLUDE, "Ada", decided_at=LATER)
    receipt = take(
        screened,
        table(
            (1, "include", "Ada", LATER - timedelta(hours=1)),
            (2, "include", "Ada", LATER + timedelta(hours=1)),
            (3, "include", "Ada", ""),
            (4, "exclude", "Ada", ""),
            (4, "include", "Ben", ""),
        ),
    )
    assert counts(receipt) == (2, 1, 0, 2)
    assert [one.entry for one in receipt.unmatched] == ["row 2", "row 4"]
    assert "which is later than 2026-11-23 03:30 in the file" in receipt.unmatched[0].reason
    assert "the file says include, and not when" in receipt.unmatched[1].reason
    assert standing(screened) == [
        (1, "Ada", "exclude"),
        (2, "Ada", "include"),
        (3, "Ada", "exclude"),
        (4, "Ada", "exclude"),
        (4, "Ben", "include"),
    ]


def test_a_newer_export_replaces_an_older_one(screened: Database) -> None:
    old, new = table((1, "include", "Ada", "")), table((1, "exclude", "Ada", ""))
    take(screened, old)
    assert counts(take(screened, new, now=IMPORTED + timedelta(days=1))) == (1, 0, 0, 0)
    # The older file is known, and older than what stands.
    assert counts(take(screened, old, now=IMPORTED + timedelta(days=2))) == (0, 1, 0, 0)
    assert standing(screened) == [(1, "Ada", "exclude")]


def test_a_time_to_come_is_not_believed(screened: Database) -> None:
    take(screened, table((1, "include", "Ada", "2999-01-01")))
    with screened.reading() as conn:
        assert list_decisions(conn)[0].decided_at == IMPORTED


def test_a_file_that_contradicts_itself_is_told(screened: Database) -> None:
    receipt = take(
        screened,
        table(
            (1, "include", "Ada", ""),
            (1, "exclude", "Ada", ""),
            (2, "exclude", "Ada", LATER),
            (2, "include", "Ada", NOW),
            (3, "include", "Ada", ""),
            (3, "include", "Ada", ""),
        ),
    )
    assert counts(receipt) == (3, 1, 0, 2)
    assert "contradicts itself (row 2: include, row 3: exclude)" in receipt.unmatched[0].reason
    # What says when it was decided is in the order of its times, whatever the order of rows.
    assert standing(screened) == [(2, "Ada", "exclude"), (3, "Ada", "include")]
    again = take(screened, table((1, "include", "Ada", ""), (1, "include", "Ben", "")))
    assert counts(again) == (2, 0, 0, 0)


def test_a_decision_is_about_the_record_that_its_entry_names(screened: Database) -> None:
    with screened.writing() as conn:
        one, two = (get_record(conn, pmid).record_id for pmid in (1, 2))
        mark_by_person(conn, two, one, by="Op", reason="told twice", now=NOW)
    take(screened, table((2, "include", "Ada", "")))
    assert standing(screened) == [(2, "Ada", "include")]


def test_only_records_of_the_topic_are_found(
    screened: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    fill_topic(screened, start_run, make_record, topic="cough", pmids=(8,))
    receipt = take(screened, table((8, "include", "Ada", "")))
    assert receipt.unmatched[0].reason == "No record of the topic has PMID 8."


def test_asreviews_own_ris_comes_in(
    screened: Database,
    corpus: Path,
) -> None:
    data = (corpus / "export" / "asreview_asreviewdatatools__dataset_1.ris").read_bytes()
    read = parse_decision_file(data)
    add_records(screened, [one.title for one in read.entries])
    receipt = take(screened, data)
    # One title is of three words, and these records have no year.
    assert counts(receipt) == (3, 0, 2, 1)
    assert "says too little" in receipt.unmatched[0].reason
    assert sorted(said for *_, said in standing(screened)) == ["exclude", "exclude", "include"]


def test_what_is_exported_for_asreview_comes_back_the_same(
    screened: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    said = {1: Decision.INCLUDE, 2: Decision.EXCLUDE, 4: Decision.EXCLUDE, 6: Decision.INCLUDE}
    with screened.writing() as conn:
        for pmid, decision in said.items():
            decide(conn, pmid, decision)
        rows = []
        for pmid in range(1, 7):
            record = get_record(conn, pmid)
            labels = [
                {Decision.INCLUDE: "1", Decision.EXCLUDE: "0"}[one.decision]
                for one in list_decisions(conn, record_id=record.record_id)
            ]
            # The columns that ASReview reads, and identifiers that it hands through.
            rows.append((record.title, record.abstract, record.doi, pmid, *(labels or [""])))
    file = table(*rows, header="title,abstract,doi,pmid,included")
    fill_topic(screened, start_run, make_record, topic="elsewhere")
    receipt = take(screened, file, topic="elsewhere")
    assert counts(receipt) == (4, 0, 2, 0)
    with screened.reading() as conn:
        found = list_decisions(conn, topic="elsewhere")
        names = list_names(conn, [one.record_id for one in found])
    assert {names[one.record_id]: one.decision for one in found} == said


def add_records(database: Database, titles: Sequence[str]) -> None:
    """Store records of these titles for the topic, with nothing else that could name them."""
    with database.writing() as conn:
        like = conn.execute(select(records).limit(1)).mappings().one()
        found = conn.execute(select(topic_records).limit(1)).mappings().one()
        rows = [
            dict(like)
            | {
                "record_id": 1000 + place,
                "pmid": None,
                "doi": None,
                "import_key": f"{place:064x}",
                "title": title,
                "title_key": title_key(title),
                "publication_date": None,
                "publication_date_precision": DatePrecision.UNKNOWN,
            }
            for place, title in enumerate(titles)
        ]
        conn.execute(records.insert(), rows)
        conn.execute(
            topic_records.insert(),
            [dict(found) | {"record_id": row["record_id"]} for row in rows],
        )


def test_a_real_review_comes_in_by_its_titles_within_seconds(
    screened: Database, corpus: Path
) -> None:
    data = (corpus.parent / "labelled" / "wilson.csv").read_bytes()
    read = parse_decision_file(data)
    titles = list(dict.fromkeys(one.title for one in read.entries))
    add_records(screened, titles)
    began = time.process_time()
    receipt = take(screened, data)
    assert time.process_time() - began < 30
    assert receipt.n_entries == len(read.entries)
    assert receipt.n_added > 0.9 * len(read.entries)
    for one in receipt.unmatched:
        assert (
            "says too little" in one.reason
            or "in doubt" in one.reason
            or "contradicts" in one.reason
        )
    assert counts(take(screened, data))[0] == 0
