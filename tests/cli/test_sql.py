"""``litsweep sql``: exact for programs, safe and readable for people, and it shows the way."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from litsweep_app.cli import console, sql_formats
from litsweep_app.cli.visible import visible
from tests.cli.conftest import N_RECORDS, Litsweep

pytestmark = pytest.mark.usefixtures("filled")

HOSTILE = "a\x1b[2J\x1b]0;owned\x07 b\u202ec\u2066d\x9be\rf\u2028g"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal of 80 columns in place of standard output."""
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=80, color_system=None, markup=False)
    monkeypatch.setattr(console, "out", terminal)
    return screen


def quoted(text: str) -> str:
    """Return ``text`` as an expression of SQLite's, character by character."""
    return "char(" + ",".join(str(ord(character)) for character in text) + ")"


def test_times_days_truth_and_json_as_csv(litsweep: Litsweep) -> None:
    done = litsweep(
        "sql",
        "--csv",
        "SELECT started_at, first_day, slices, status = 'x' AS computed FROM search_runs",
    )
    assert list(csv.reader(io.StringIO(done.out))) == [
        ["started_at", "first_day", "slices", "computed"],
        ["2026-11-22T04:30:00.000000+00:00", "1800-01-01", "[[1, 17179869184, 42]]", "0"],
    ]
    assert litsweep("sql", "--csv", "SELECT is_book FROM records LIMIT 1").out == "is_book\nfalse\n"


def test_json_holds_lists_objects_and_truth(litsweep: Litsweep) -> None:
    done = litsweep("sql", "--json", "SELECT slices, finished_at, 9e999 AS x FROM search_runs")
    assert json.loads(done.out, parse_constant=pytest.fail) == [
        {
            "slices": [[1, 2**34, 42]],
            "finished_at": "2026-11-22T04:30:00.000000+00:00",
            "x": "Infinity",
        }
    ]


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789])
def test_numbers_are_never_rounded_for_programs(litsweep: Litsweep, value: float) -> None:
    statement = f"SELECT {value!r} AS x"
    assert float(litsweep("sql", "--csv", statement).out.split()[1]) == value
    assert json.loads(litsweep("sql", "--json", statement).out) == [{"x": value}]


@pytest.mark.parametrize("text", [HOSTILE, "=1+1", "a\rb", 'x,"y"\n', "  ", "-"])
def test_csv_and_json_give_every_text_back(litsweep: Litsweep, text: str) -> None:
    statement = f"SELECT {quoted(text)} AS t, 1 AS n"
    rows = list(csv.reader(io.StringIO(litsweep("sql", "--csv", statement).out, newline="")))
    assert rows == [["t", "n"], [text, "1"]]
    assert json.loads(litsweep("sql", "--json", statement).out) == [{"t": text, "n": 1}]


@pytest.mark.parametrize("options", [(), ("--vertical",)])
def test_a_title_cannot_command_the_terminal(litsweep: Litsweep, options: tuple[str, ...]) -> None:
    shown = litsweep("sql", f"SELECT {quoted(HOSTILE)} AS {'c'}", *options).out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", shown)
    assert r"a\x1b[2J\x1b]0;owned\x07 b\u202ec\u2066d\x9be\rf\u2028g" in shown
    named = litsweep("sql", 'SELECT 1 AS "x\x1b[2J"', *options).out
    assert "\x1b" not in named and r"x\x1b[2J" in named


def test_only_what_commands_is_escaped() -> None:
    kept = (
        "TNF-α ≥ 5 µg, Østergård, 日本, e\u0301, \u0646\u200c\u0645, 95\u00a0%, a\tb\nc 👩\u200d⚕"
    )
    assert visible(kept) == kept
    assert visible("\ufeff\x00\x7f\U000e0041") == r"\ufeff\x00\x7f\U000e0041"


def test_a_wide_row_is_shown_line_by_line(litsweep: Litsweep, screen: io.StringIO) -> None:
    litsweep("sql", "SELECT * FROM records ORDER BY pmid LIMIT 2")
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.strip() for line in lines if line.startswith("row")] == ["row 1", "row 2"]
    assert any(re.match(r"pmid +99000001 *$", line) for line in lines)
    assert any(re.match(r"title  +Lorvaxidine", line) for line in lines)


def test_a_table_that_fits_is_a_table(litsweep: Litsweep, screen: io.StringIO) -> None:
    litsweep("sql", "SELECT pmid, title, journal FROM records ORDER BY pmid LIMIT 2")
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert re.match(r" +pmid +title +journal *$", lines[1])


def test_a_pipe_gets_a_table_whole(litsweep: Litsweep) -> None:
    lines = litsweep("sql", "SELECT * FROM records").out.splitlines()
    assert len([line for line in lines if " 990000" in line]) == N_RECORDS


def test_no_rows_are_said(litsweep: Litsweep) -> None:
    done = litsweep("sql", "SELECT pmid FROM records WHERE 0")
    assert (done.code, "pmid" in done.out, done.err) == (0, True, "No rows.\n")


def test_without_a_statement_the_tables_are_listed(litsweep: Litsweep) -> None:
    listed = litsweep("sql")
    assert "Index entries of PubMed" in listed.out
    assert "--describe" in listed.err
    rows = json.loads(litsweep("sql", "--describe", "records", "--json").out)
    assert rows[0] == {
        "column": "record_id",
        "type": "integer",
        "points_at": None,
        "meaning": "Number of the record.",
    }
    wrong = litsweep("sql", "--describe", "recods")
    assert (wrong.code, "records" in wrong.err) == (2, True)


def test_a_statement_from_a_file_and_from_standard_input(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("count.sql").write_text("\ufeffSELECT count(*) AS n\nFROM records", "utf-8")
    assert litsweep("sql", "--csv", "-f", "count.sql").out == f"n\n{N_RECORDS}\n"
    for given in (("-",), ("-f", "-")):
        monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT 5 AS n"))
        assert litsweep("sql", "--csv", *given).out == "n\n5\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-f", "missing.sql"), "missing.sql cannot be read: No such file"),
        (("-f", "litsweep.db"), "not UTF-8"),
        (("SELECT 1", "-f", "x.sql"), "Choose one"),
        (("SELECT 1", "--describe", "records"), "Choose one"),
        (("SELECT 1", "--csv", "--parquet", "x.parquet"), "Choose one"),
        (("SELECT 1", "--csv", "--vertical"), "Choose one"),
        (("SELECT 1 AS a, 2 AS a", "--parquet", "x.parquet"), "AS"),
        (
            ("SELECT 1 AS a", "--parquet", "nowhere/x.parquet"),
            "nowhere/x.parquet cannot be written",
        ),
        (("SELECT 1 AS a", "--parquet", "litsweep.db"), "there already"),
    ],
)
def test_what_cannot_be_done_is_told(
    litsweep: Litsweep, arguments: tuple[str, ...], told: str
) -> None:
    done = litsweep("sql", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_parquet_is_typed_and_whole(litsweep: Litsweep) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    statement = (
        "SELECT pmid, title, publication_date, first_seen_at, is_book, details, duplicate_of_id, "
        "x'00ff' AS b, 1.5 AS x, CASE record_id WHEN 1 THEN 'a' ELSE 1 END AS m "
        "FROM records ORDER BY record_id"
    )
    done = litsweep("sql", statement, "--parquet", "records.parquet")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"{N_RECORDS} rows written to records.parquet.\n"
    table = parquet.read_table("records.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {
        "pmid": "int64",
        "title": "string",
        "publication_date": "date32[day]",
        "first_seen_at": "timestamp[us, tz=UTC]",
        "is_book": "bool",
        "details": "string",
        "duplicate_of_id": "int64",
        "b": "binary",
        "x": "double",
        "m": "string",
    }
    as_json = json.loads(litsweep("sql", "--json", statement).out)
    first = table.to_pylist()[0]
    assert (first["pmid"], first["b"], first["m"]) == (as_json[0]["pmid"], b"\x00\xff", "a")
    assert json.loads(first["details"]) == as_json[0]["details"]
    assert table.column("title").to_pylist() == [row["title"] for row in as_json]
    litsweep("sql", "SELECT pmid FROM records WHERE 0", "--parquet", "records.parquet", "--replace")
    emptied = parquet.read_table("records.parquet")
    assert (emptied.num_rows, str(emptied.schema.field("pmid").type)) == (0, "int64")
    assert not list(Path().glob("*.part"))


def test_parquet_without_pyarrow_names_the_way_out(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_formats, "find_spec", lambda name: None)
    done = litsweep("sql", "SELECT 1 AS a", "--parquet", "x.parquet")
    assert (done.code, "pip install 'litsweep[analysis]'" in done.err) == (2, True)
    assert not Path("x.parquet").exists()


def test_the_user_who_may_only_read_is_taken(
    litsweep: Litsweep, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", "sqlite:///nowhere.db")
    monkeypatch.setenv("LITSWEEP_READER_DATABASE_URL", f"sqlite:///{filled}/litsweep.db")
    assert litsweep("sql", "--csv", "SELECT count(*) AS n FROM records").out == f"n\n{N_RECORDS}\n"


def test_the_command_line_starts_without_pandas_and_pyarrow() -> None:
    probe = (
        "import sys, litsweep_app.cli; heavy = {'pandas', 'pyarrow', 'xlsxwriter'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"imported at start: {done.stderr}"
