"""``litsweep load``, ``loads``, ``backfill`` and ``show r123`` as a person meets them."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db import loads, topics
from db.engine import open_database
from litsweep.domain.loads import ExportedRecord, FileFormat
from litsweep.parsing.dates import parse_publication_date
from tests.cli.conftest import Litsweep
from tests.fakes.update_files import Entry, write_update_file

RIS = "TY  - JOUR\nTI  - Grid cells for thoughts\nPY  - 2016\nER  - \n"


@pytest.fixture
def recorded_project(
    project: Path, prefect_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    for name, value in prefect_environment.items():
        monkeypatch.setenv(name, value)
    return project


@pytest.fixture
def stored_export(project: Path) -> int:
    """The number of a record that is known from an export only."""
    entry = ExportedRecord(
        pmid=None,
        title="Grid cells for thoughts",
        abstract="An abstract.",
        authors=(),
        journal="Neuron",
        volume=None,
        issue=None,
        pages=None,
        publication_date=parse_publication_date("2016"),
        doi=None,
        pmcid=None,
        languages=(),
        publication_types=(),
        keywords=(),
        file_format=FileFormat.RIS,
        raw=RIS.encode(),
    )
    database = open_database("sqlite:///litsweep.db")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with database.writing() as conn:
        load = loads.open_load(
            conn,
            name="export.ris",
            file_format=FileFormat.RIS,
            file_number=None,
            sha256="a" * 64,
            topic=None,
            owner="here/1/1",
            is_owner_alive=lambda owner, since: False,
            tool_version="litsweep 0",
            now=now,
        )
        loads.save_batch(conn, load.load_file_id, [entry], owner="here/1/1", now=now)
        loads.close_load(conn, load.load_file_id, owner="here/1/1", now=now)
    database.close()
    return 1


def test_files_are_loaded_and_their_receipts_listed(
    recorded_project: Path, litsweep_process: Litsweep, litsweep: Litsweep
) -> None:
    folder = recorded_project / "files"
    write_update_file(folder, 1335, [Entry(1), Entry(2)], with_md5=False)
    write_update_file(folder, 1338, [Entry(3)], deleted=[2])
    (folder / "export.ris").write_text(RIS)
    (folder / "LICENCE").write_text("Free.")
    done = litsweep_process("load", "files", cwd=recorded_project, env=_prefect())
    assert done.code == 0, done.said
    assert "pubmed26n1335.xml.gz has no .md5 file beside it" in done.err
    assert "Warning: pubmed26n1336 to 1337 was never loaded" in done.err
    assert "LICENCE is left out" in done.err
    assert "KiB of pubmed26n1335.xml.gz" in done.err
    assert "2 entries = 2 new + 0 changed + 0 unchanged + 0 unreadable" in done.out
    assert "1 deleted by PubMed" in done.out
    listed = json.loads(litsweep("loads", "--json").out)
    assert [one["name"] for one in listed] == [
        *("export.ris", "pubmed26n1338.xml.gz", "pubmed26n1335.xml.gz"),
    ]
    assert [one["status"] for one in listed] == ["complete"] * 3
    again = litsweep_process("load", "files/*.ris", cwd=recorded_project, env=_prefect())
    assert "loaded already on" in again.out


def _prefect() -> dict[str, str]:
    return {n: v for n, v in os.environ.items() if n.startswith("PREFECT_")}


def test_an_unreadable_entry_ends_with_1(
    recorded_project: Path, litsweep_process: Litsweep
) -> None:
    (recorded_project / "export.ris").write_text(f"{RIS}TY  - JOUR\nTI  - Cut")
    done = litsweep_process("load", "export.ris", cwd=recorded_project, env=_prefect())
    assert done.code == 1
    assert "2 entries = 1 new + 0 changed + 0 unchanged + 1 unreadable" in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("load", "nothing.xml"), "There is no file nothing.xml"),
        (("load", "*.nbib"), "There is no file *.nbib"),
        (("load", "litsweep.toml", "--topic", "nobody's"), "There is no topic"),
        (("backfill", "nobody's", "--since", "2015-01-01"), "There is no topic"),
        (("loads", "--topic", "nobody's"), "There is no topic"),
        (("show", "r77"), "There is no record r77"),
        (("show", "x77"), "is not a PMID"),
    ],
)
def test_wrong_use_is_told_at_once(
    project: Path, litsweep: Litsweep, arguments: tuple[str, ...], told: str
) -> None:
    done = litsweep(*arguments)
    assert done.code in (1, 2)
    assert told in done.err


def test_without_loads_the_way_to_the_first_is_told(project: Path, litsweep: Litsweep) -> None:
    assert "litsweep load FILES" in litsweep("loads").err


def test_a_record_without_pmid_is_found_and_shown_by_its_number(
    stored_export: int, litsweep: Litsweep
) -> None:
    found = litsweep("search", "grid")
    assert found.out.startswith(f"r{stored_export}  2016, Neuron")
    shown = litsweep("show", f"r{stored_export}")
    assert "from an export that gives no PMID" in shown.out
    assert "Grid cells for thoughts" in shown.out
    assert json.loads(litsweep("show", f"r{stored_export}", "--json").out)["record"]["pmid"] is None
    (line,) = json.loads(litsweep("search", "grid", "--json").out)
    assert (line["record_id"], line["pmid"]) == (stored_export, None)


def test_a_history_is_searched_and_its_receipts_shown(
    recorded_project: Path, litsweep_process: Litsweep
) -> None:
    database = open_database("sqlite:///litsweep.db")
    with database.writing() as conn:
        topics.add_topic(conn, name="all", query="all[sb]", author="A", reason="test")
    database.close()
    arguments = ("backfill", "all", "--since", "2000-01-01", "--until", "2001-12-31")
    options = ("--days", "366")
    done = litsweep_process(*arguments, *options, cwd=recorded_project, env=_prefect())
    assert done.code == 0, done.said
    assert "all, backfill crdt 2000-01-01 to 2000-12-31: complete" in done.out
    assert "all, backfill crdt 2001-01-01 to 2001-12-31: complete" in done.out
    assert "Every window is complete." in done.err
    again = litsweep_process(*arguments, *options, cwd=recorded_project, env=_prefect())
    assert (again.code, again.out) == (0, "")
