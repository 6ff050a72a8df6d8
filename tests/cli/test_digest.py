"""What a night brought is told: digest, alerts, lag, and a retracted record's card."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from db import records, runs, topics
from db.engine import Database, open_database
from db.windows import DueSearch
from litsweep.domain.records import Correction, FetchedRecord, RecordSet
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app import sandbox
from tests.cli.conftest import N_RECORDS, NOW, Litsweep

PMID = 99000001
NEXT_NIGHT = NOW + timedelta(days=1)
NIGHT = DateWindow(date_field=DateField.CRDT, first_day=NOW.date(), last_day=NEXT_NIGHT.date())


def sample_record() -> FetchedRecord:
    for path in sorted((sandbox.sample_data() / "pubmed").glob("*.xml")):
        for fetched in parse_record_set(path.read_bytes()).records:
            if fetched.record.pmid == PMID:
                return fetched
    raise AssertionError("the sample lacks the record")


def retracted() -> FetchedRecord:
    fetched = sample_record()
    notice = Correction(ref_type="RetractionIn", ref_source="J Fict. 2026", pmid=5, note=None)
    record = replace(fetched.record, title="RETRACTED: It was so.", corrections=(notice,))
    return FetchedRecord(record=record, raw_xml=fetched.raw_xml + b"<!-- retracted -->")


def search_again(
    database: Database,
    *came: FetchedRecord,
    absent: tuple[int, ...] = (),
    window: DateWindow | None = NIGHT,
) -> None:
    route = SearchRoute.UNDATED if window is None else SearchRoute.CREATED
    pmids = (*(one.record.pmid for one in came), *absent)
    with database.writing() as conn:
        run_id = runs.open_run(
            conn,
            topics.get_topic(conn, "everything").strategy,
            DueSearch(route=route, window=window),
            owner="here/1/1",
            is_owner_alive=lambda owner, since: False,
            tool_version="litsweep 0",
            flow_run_id=None,
            now=NEXT_NIGHT,
        )
        found = SearchResult(
            n_reported=len(pmids),
            slices=(Slice(first_pmid=1, last_pmid=2**34, count=len(pmids)),),
            pmids=pmids,
            query_sent="all[sb]",
            query_translation="all[Filter]",
            translations=(),
            warnings=("The count fell: 2, and more.",),
        )
        runs.save_search(conn, run_id, found)
        records.save_records(
            conn,
            run_id,
            RecordSet(records=came, failures=(), deleted_pmids=()),
            requested=pmids,
            now=NEXT_NIGHT,
            tool_version="litsweep 0",
        )
        runs.mark_absent(conn, run_id, NEXT_NIGHT)
        runs.close_run(conn, run_id, now=NEXT_NIGHT)


@pytest.fixture
def after_retraction(filled: Path) -> Path:
    database = open_database(f"sqlite:///{filled / 'litsweep.db'}")
    search_again(database, retracted(), absent=(77,))
    database.close()
    return filled


@pytest.mark.usefixtures("project")
def test_before_the_first_run_nothing_is_told_as_news(litsweep: Litsweep) -> None:
    assert "No run: nothing was searched" in litsweep("digest").out
    assert "No open alert" in litsweep("alerts").err
    assert "No record was found yet" in litsweep("lag").err


@pytest.mark.usefixtures("filled")
def test_the_first_night_is_told_with_its_receipt_and_news(litsweep: Litsweep) -> None:
    told = litsweep("digest").out
    assert f"PubMed counted {N_RECORDS} = {N_RECORDS} ids" in told
    assert f"New records: {N_RECORDS}" in told
    assert f"PMID {PMID} https://pubmed.ncbi.nlm.nih.gov/{PMID}/" in told
    assert "Changed records: 0" in told
    assert "National Library of Medicine" in told.splitlines()[-1]


@pytest.mark.usefixtures("filled")
def test_a_night_without_news_says_that_the_search_succeeded(
    litsweep: Litsweep, filled: Path
) -> None:
    database = open_database(f"sqlite:///{filled / 'litsweep.db'}")
    search_again(database)
    database.close()
    told = litsweep("digest").out
    assert "0 new, 0 changed" in told
    assert "nothing new: the search succeeded" in told


@pytest.mark.usefixtures("after_retraction")
def test_a_retraction_is_told_wherever_people_look(litsweep: Litsweep) -> None:
    told = litsweep("digest").out
    assert "! The count fell: 2, and more." in told
    assert "title: " in told
    assert "→ RETRACTED: It was so." in told
    assert "corrected → retracted" in told
    assert "It says RetractionIn: PMID 5, J Fict. 2026." in told
    assert "Not delivered by PubMed, and asked for again: 1" in told
    assert "PMID 77 (everything)" in told
    assert "Open alerts: 1" in told
    card = litsweep("show", str(PMID)).out
    assert "! retracted (noticed 2026-11-23, before: corrected)" in card
    assert "alert 1 is open" in card
    assert "RetractionIn: PMID 5, J Fict. 2026" in card
    assert "version 2, 2026-11-23: title" in card
    alert = litsweep("alerts").out
    assert f"alert 1, 2026-11-23: PMID {PMID} is retracted (it was corrected)" in alert


def test_a_sweep_ends_with_the_open_alerts(
    litsweep_process: Litsweep, after_retraction: Path, prefect_environment: dict[str, str]
) -> None:
    options = ("--topic", "everything", "--since", "2020-01-01", "--until", "2020-01-02")
    done = litsweep_process(
        "sweep", *options, "--no-read", env=prefect_environment, cwd=after_retraction
    )
    assert done.code == 0
    assert "One alert is open" in done.err


@pytest.mark.usefixtures("after_retraction")
def test_a_digest_for_programs(litsweep: Litsweep) -> None:
    told = json.loads(litsweep("digest", "--json").out)
    assert [run["warnings"] for run in told["runs"]] == [["The count fell: 2, and more."]]
    assert [one["pmid"] for one in told["changed"]] == [PMID]
    assert [one["pmid"] for one in told["absent"]] == [77]
    assert told["alerts"][0]["new_status"] == "retracted"
    assert "National Library" in told["notice"]
    both = json.loads(litsweep("digest", "--json", "--since", "2026-11-22").out)
    assert len(both["runs"]) == 2
    assert len(json.loads(litsweep("digest", "--json", "--runs", "1").out)["runs"]) == 1


@pytest.mark.usefixtures("after_retraction")
def test_an_acknowledged_alert_is_no_longer_open(litsweep: Litsweep) -> None:
    assert litsweep("alerts", "acknowledge", "1").code == 2  # who?
    done = litsweep("alerts", "acknowledge", "1", "--by", "Ada", "--note", "left out")
    assert (done.code, "Ada took note" in done.err) == (0, True)
    assert json.loads(litsweep("alerts", "--json").out) == []
    told = litsweep("alerts", "--all").out
    assert "noted by Ada" in told
    assert "left out" in told
    assert "Open alerts" not in litsweep("digest").out
    unknown = litsweep("alerts", "acknowledge", "9", "--by", "Ada")
    assert (unknown.code, "no alert 9" in unknown.err) == (2, True)


@pytest.mark.usefixtures("after_retraction")
def test_the_lag_is_counted_by_route(litsweep: Litsweep, after_retraction: Path) -> None:
    database = open_database(f"sqlite:///{after_retraction / 'litsweep.db'}")
    fetched = sample_record()
    late = replace(fetched.record, pmid=98, created_on=NOW.date() - timedelta(days=10))
    search_again(database, replace(fetched, record=late, raw_xml=b"98"), window=None)
    database.close()
    told = json.loads(litsweep("lag", "--json").out)
    created, undated = told["routes"]
    assert (created["route"], created["found"], created["late"]) == ("created", N_RECORDS, 0)
    assert undated == {
        "route": "undated",
        "found": 1,
        "late": 1,
        "median": 10,
        "90th_percentile": 10,
        "longest": 10,
        "0_days": 0,
        "1_days": 0,
        "2-3_days": 0,
        "4-7_days": 0,
        "8-14_days": 1,
        "15-30_days": 0,
        "over_30_days": 0,
    }
    assert [one["pmid"] for one in told["late"]] == [98]
    table = litsweep("lag", "--list").out
    assert "Late: its day of creation had been searched before" in table
    assert "PMID 98 (everything): created 2026-11-12, found 2026-11-23 by undated" in table


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("command", ["digest", "alerts", "lag"])
def test_an_unknown_topic_is_told(litsweep: Litsweep, command: str) -> None:
    done = litsweep(command, "--topic", "everythin")
    assert (done.code, "Did you mean 'everything'?" in done.err) == (2, True)
