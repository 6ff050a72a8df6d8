"""``litsweep export``: whole files, nothing overwritten, nothing left out without a word."""

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from db.duplicates import mark_by_person
from db.engine import open_database
from litsweep.errors import UsageError
from litsweep.parsing.ris import iter_ris
from litsweep_app.cli.whole_files import appearing_whole
from tests.cli.conftest import NOW, Litsweep
from tests.fakes.filled_database import fill_whole


@pytest.fixture(scope="module")
def whole_file(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Path:
    """A database with all that a review holds, to copy."""
    path = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("whole") / "litsweep.db"))
    database = open_database(f"sqlite:///{path}")
    fill_whole(database)
    with database.writing() as conn:
        mark_by_person(conn, 5, 4, by="Ada", reason="the same", now=NOW)
    database.close()
    return path


@pytest.fixture
def folder(tmp_path: Path, whole_file: Path) -> Path:
    """The working folder with that database."""
    shutil.copy(whole_file, tmp_path / "litsweep.db")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["r.ris", "r.nbib", "r.bib", "r.json", "r.csv", "r.xlsx"], ids=lambda name: name[2:]
)
def test_the_format_follows_from_the_name(folder: Path, litsweep: Litsweep, name: str) -> None:
    done = litsweep("export", name)
    assert done.code == 0, done.err
    assert done.out == ""
    assert f"41 records to {name}" in done.err
    assert "1 duplicate left out (--duplicates)" in done.err
    assert "2 retracted or the like, and marked" in done.err
    assert (folder / name).stat().st_size > 10_000
    assert not list(folder.glob(".*.part"))


def test_what_has_no_room_for_it_gets_a_receipt_beside_it(folder: Path, litsweep: Litsweep) -> None:
    assert litsweep("export", "r.ris", "--decision", "include", "--topic", "everything").code == 0
    about = json.loads((folder / "r.ris.about.json").read_text("utf-8"))
    assert about["tool"].startswith("litsweep ")
    assert (about["topic"], about["n_records"]) == ("everything", 1)
    assert about["filters"] == {"decision": "include", "stage": "title_abstract"}
    assert any("National Library of Medicine" in remark for remark in about["remarks"])
    assert litsweep("export", "r.xlsx").code == 0
    assert not (folder / "r.xlsx.about.json").exists()
    assert "about" in zipfile.ZipFile(folder / "r.xlsx").read("xl/workbook.xml").decode()


def test_nothing_is_overwritten_unless_asked(folder: Path, litsweep: Litsweep) -> None:
    (folder / "r.bib").write_text("mine", "utf-8")
    refused = litsweep("export", "r.bib")
    assert refused.code == 2
    assert "r.bib exists already: name another file, or add --replace." in refused.err
    assert (folder / "r.bib").read_text("utf-8") == "mine"
    assert litsweep("export", "r.bib", "--replace").code == 0
    assert (folder / "r.bib").read_text("utf-8").startswith("@article{pmid")


def test_standard_output_is_the_file(folder: Path, litsweep: Litsweep) -> None:
    done = litsweep("export", "-", "--format", "csv", "--no-abstracts", "--duplicates")
    assert done.code == 0
    rows = list(csv.DictReader(io.StringIO(done.out, newline="")))
    assert len(rows) == 42
    assert {row["abstract"] for row in rows} == {row["summary"] for row in rows} == {""}
    assert "42 records to standard output (CSV)" in done.err
    assert "without abstracts" in done.err
    assert not list(folder.glob("*.about.json"))
    refused = litsweep("export", "-", "--format", "xlsx")
    assert (refused.code, refused.out) == (2, "")


def test_withheld_quotes_are_told(folder: Path, litsweep: Litsweep) -> None:
    database = open_database(f"sqlite:///{folder / 'litsweep.db'}")
    with database.writing() as conn:
        conn.exec_driver_sql("UPDATE reports SET may_export = 0 WHERE report_id <= 2")
    database.close()
    done = litsweep("export", "r.xlsx")
    assert "quotes of 2 reports withheld (licence)" in done.err
    # RIS holds no findings, so that nothing of them is withheld.
    assert "withheld" not in litsweep("export", "r.ris").err


def test_asreview_gets_labels(folder: Path, litsweep: Litsweep) -> None:
    done = litsweep("export", "r.csv", "--format", "asreview", "--topic", "everything")
    assert done.code == 0
    rows = list(csv.DictReader((folder / "r.csv").open(encoding="utf-8", newline="")))
    assert sorted(row["included"] for row in rows)[-2:] == ["0", "1"]


def test_a_csv_for_excel_begins_with_a_mark(folder: Path, litsweep: Litsweep) -> None:
    assert litsweep("export", "r.csv", "--bom").code == 0
    assert (folder / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfrecord_id,")
    assert litsweep("export", "r.ris", "--bom").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["r.txt"], "no format can be told"),
        (["r.ris", "--format", "endnote"], "There is no format 'endnote'"),
        (["r.ris", "--topic", "nonsense"], "nonsense"),
        (["nowhere/r.ris"], "nowhere/r.ris cannot be written"),
    ],
    ids=["suffix", "format", "topic", "folder"],
)
def test_wrong_use_is_told_and_writes_nothing(
    folder: Path, litsweep: Litsweep, arguments: list[str], said: str
) -> None:
    done = litsweep("export", *arguments)
    assert done.code == 2
    assert said in done.err
    assert not list(folder.glob("r.*"))


def test_an_empty_selection_writes_nothing(folder: Path, litsweep: Litsweep) -> None:
    done = litsweep("export", "r.ris", "--stage", "full_text", "--decision", "include")
    assert done.code == 1
    assert "nothing was written" in done.err
    assert not list(folder.glob("r.*"))


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "r.ris"
    target.write_text("old", "utf-8")
    with pytest.raises(ZeroDivisionError), appearing_whole(target, replace=True) as stream:
        stream.write(b"half")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["r.ris"]
    assert target.read_text("utf-8") == "old"


def test_a_file_that_came_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "r.ris"
    with (
        pytest.raises(UsageError, match="exists already"),
        appearing_whole(target, replace=False) as stream,
    ):
        stream.write(b"new")
        target.write_text("theirs", "utf-8")
    assert target.read_text("utf-8") == "theirs"


def test_what_was_exported_can_be_read_back(folder: Path, litsweep: Litsweep) -> None:
    assert litsweep("export", "r.ris").code == 0
    with (folder / "r.ris").open("rb") as stream:
        assert len({getattr(one, "title", None) for one in iter_ris(stream)}) == 41
