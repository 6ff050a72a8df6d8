"""What is stored can be looked at, in words, as CSV and as JSON, and cannot be changed so."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import N_RECORDS, Litsweep

pytestmark = pytest.mark.usefixtures("filled")


def test_receipts_in_words_and_json(litsweep: Litsweep) -> None:
    in_words = litsweep("runs").out
    assert f"PubMed counted {N_RECORDS} = {N_RECORDS} ids" in in_words
    (receipt,) = json.loads(litsweep("runs", "--json").out)
    assert receipt == receipt | {
        "topic": "everything",
        "strategy_version": 1,
        "query": "all[sb]",
        "query_translation": "all[Filter]",
        "date_field": "crdt",
        "window": {"since": "1800-01-01", "until": "2026-11-22"},
        "count": N_RECORDS,
        "ids_returned": N_RECORDS,
        "fetched": N_RECORDS,
        "new": N_RECORDS,
        "changed": 0,
        "absent": 0,
        "failed": 0,
        "started_at": "2026-11-22T04:30:00+00:00",
        "finished_at": "2026-11-22T04:30:00+00:00",
        "status": "complete",
    }


def test_receipts_of_an_unknown_topic(litsweep: Litsweep) -> None:
    done = litsweep("runs", "--topic", "everythin")
    assert (done.code, "Did you mean 'everything'?" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "1"), "no record with the PMID 1"),
        (("show", "PMC1"), "is not a PMID"),
    ],
)
def test_wrong_lookups_are_told(litsweep: Litsweep, arguments: tuple[str, ...], told: str) -> None:
    done = litsweep(*arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_a_card_shows_machine_text_beside_its_source(litsweep: Litsweep) -> None:
    card = litsweep("show", "99000001").out
    assert "https://pubmed.ncbi.nlm.nih.gov/99000001/" in card
    assert "Extractive summary: sentences of the source" in card
    assert "Full text: not sought" in card
    stored = json.loads(litsweep("show", "99000001", "--json").out)
    assert stored["record"]["pmid"] == 99000001
    assert stored["topics"] == ["everything"]


def test_sql_as_csv_is_exact(litsweep: Litsweep) -> None:
    counted = litsweep("sql", "--csv", "SELECT count(DISTINCT pmid) FROM records")
    assert counted.out == f"count(DISTINCT pmid)\n{N_RECORDS}\n"
    awkward = "SELECT NULL AS a, 1 AS b, 'x,\"y\"' AS c, x'00ff' AS d, '' AS e UNION ALL"
    done = litsweep("sql", "--csv", f"{awkward} SELECT 2, NULL, 'α\nβ', NULL, 1.5")
    rows = list(csv.reader(io.StringIO(done.out)))
    assert rows[0] == ["a", "b", "c", "d", "e"]
    assert sorted(rows[1:]) == [["", "1", 'x,"y"', "0x00ff", ""], ["2", "", "α\nβ", "", "1.5"]]
    assert litsweep("sql", "--csv", "SELECT pmid FROM records WHERE 0").out == "pmid\n"


def test_sql_as_json_keeps_null_and_integers(litsweep: Litsweep) -> None:
    done = litsweep("sql", "--json", "SELECT 1 AS a, NULL AS b UNION ALL SELECT NULL, 'x'")
    rows = json.loads(done.out, parse_constant=pytest.fail)
    assert sorted(rows, key=str) == [{"a": 1, "b": None}, {"a": None, "b": "x"}]


def test_sql_for_people_is_a_table_and_whole_in_a_pipe(litsweep: Litsweep) -> None:
    done = litsweep("sql", "SELECT title FROM records WHERE pmid = 99000001")
    assert "prevention of delirium after hip fracture surgery in older adults" in done.out


def test_more_rows_than_asked_for_are_marked(litsweep: Litsweep) -> None:
    cut = litsweep("sql", "--csv", "--limit", "3", "SELECT pmid FROM records ORDER BY pmid")
    assert cut.out.splitlines() == ["pmid", "99000001", "99000002", "99000003"]
    assert "Cut after 3 rows" in cut.err
    whole = litsweep("sql", "--csv", "--limit", str(N_RECORDS), "SELECT pmid FROM records")
    assert (len(whole.out.splitlines()), whole.err) == (N_RECORDS + 1, "")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM records",
        "DROP TABLE records",
        "UPDATE records SET title = ''",
        "INSERT INTO topics (name) VALUES ('x')",
        "PRAGMA journal_mode = DELETE",
        "ATTACH 'other.db' AS other",
        "SELECT 1; DELETE FROM records",
        "WITH gone AS (SELECT 1) DELETE FROM records",
        "VACUUM INTO 'copy.db'",
    ],
)
def test_sql_refuses_whatever_writes(litsweep: Litsweep, filled: Path, statement: str) -> None:
    before = (filled / "litsweep.db").read_bytes()
    done = litsweep("sql", statement)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Only one query that reads")
    assert (filled / "litsweep.db").read_bytes() == before
    assert not {"other.db", "copy.db"} & {path.name for path in filled.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("selec",), "syntax error"),
        (("SELECT a b c FROM topics",), "syntax error"),
        (("SELECT nix FROM topics",), "no such column: nix"),
        (("  ",), "no statement"),
        (("SELECT 1", "--csv", "--json"), "Choose one"),
        (("SELECT 1 AS a, 2 AS a", "--json"), "AS"),
    ],
)
def test_wrong_sql_is_told(litsweep: Litsweep, arguments: tuple[str, ...], told: str) -> None:
    done = litsweep("sql", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_endless_sql_is_stopped(litsweep: Litsweep) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    done = litsweep("sql", "--timeout", "0.2", endless)
    assert (done.code, "was stopped" in done.err) == (2, True)


def test_a_database_is_checked_and_upgraded(litsweep: Litsweep) -> None:
    assert (litsweep("db", "check").code, litsweep("db", "upgrade").code) == (0, 0)
    assert "already" in litsweep("db", "upgrade").err
