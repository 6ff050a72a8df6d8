"""Files as people give them: in any order, checked, cut, killed in the middle, mended, again."""

import gzip
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from db import loads
from db.engine import Database
from flows.load import load
from litsweep.domain.loads import LoadFile, LoadStatus
from litsweep.errors import UsageError
from tests.fakes.pubmed_files import write_records
from tests.fakes.update_files import Entry, build_xml, write_update_file
from tests.flows.conftest import Serve
from tests.flows.nights import count, query, stored_pmids, sweep_all

OLD, NEW = date(2026, 1, 1), date(2026, 1, 2)
RIS = "TY  - JOUR\nTI  - {title}\nU1  - {pmid}[pmid]\nER  - \n"


def run_load(*paths: Path | str, topic: str | None = None, again: bool = False) -> list[str]:
    """Load, and return the complaints."""
    state = load([str(path) for path in paths], topic, again, return_state=True)
    return [] if state.is_completed() else str(state.message).splitlines()


def receipts(database: Database) -> list[LoadFile]:
    """The loads, the oldest first."""
    with database.reading() as conn:
        found = loads.list_loads(conn)[::-1]
    assert all(one.adds_up for one in found)
    return found


def titles(database: Database) -> dict[int, str]:
    return {pmid: title for pmid, title in query(database, "SELECT pmid, title FROM records")}


@pytest.mark.usefixtures("recorded")
def test_update_files_are_loaded_in_the_order_of_their_numbers(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "updates"
    later = write_update_file(folder, 1336, [Entry(1, "B", revised_on=NEW)], deleted=[2])
    write_update_file(folder, 1335, [Entry(1, "A", revised_on=OLD), Entry(2), Entry(3)])
    (folder / "README.txt").write_text("Not records.")
    assert run_load(later, folder, topic="everything") == []
    first, second = receipts(database)
    assert (first.file_number, first.n_new, first.n_deleted) == (1335, 3, 0)
    assert (second.file_number, second.n_changed, second.n_deleted) == (1336, 1, 1)
    assert titles(database) == {1: "B", 2: "Lorvexine for tremor", 3: "Lorvexine for tremor"}
    states = query(database, "SELECT pmid, publication_status FROM records ORDER BY pmid")
    assert states == [(1, "as_published"), (2, "deleted"), (3, "as_published")]
    assert count(database, "topic_records") == 3

    # The same again, and the other way round, changes nothing.
    assert run_load(folder, topic="everything") == []
    assert len(receipts(database)) == 2
    assert run_load(later, topic="everything", again=True) == []
    assert receipts(database)[2].n_unchanged == 1
    assert count(database, "record_versions") == 4


@pytest.mark.usefixtures("recorded")
def test_a_file_that_does_not_match_its_checksum_is_refused_and_the_others_go_on(
    database: Database, tmp_path: Path
) -> None:
    bad = write_update_file(tmp_path, 1335, [Entry(1)])
    good = write_update_file(tmp_path, 1336, [Entry(2)])
    plain = write_update_file(tmp_path, 1337, [Entry(3)], with_md5=False)
    bad.write_bytes(gzip.compress(build_xml([Entry(4)])))
    (complaint,) = run_load(bad, good, plain)
    assert "pubmed26n1335.xml.gz was not loaded: its MD5 is" in complaint
    assert "get both files again" in complaint
    assert stored_pmids(database) == [2, 3]
    assert [one.file_number for one in receipts(database)] == [1336, 1337]


@pytest.mark.usefixtures("recorded")
def test_a_cut_file_gives_what_came_whole_and_goes_on_when_it_is_mended(
    database: Database, tmp_path: Path
) -> None:
    whole = build_xml([Entry(pmid) for pmid in range(1, 1201)], deleted=[5])
    cut_xml, cut_gzip = tmp_path / "cut.xml", tmp_path / "cut.xml.gz"
    cut_xml.write_bytes(whole[: len(whole) // 2])
    random = [Entry(pmid, title=os.urandom(50).hex()) for pmid in range(5001, 5101)]
    cut_gzip.write_bytes(gzip.compress(build_xml(random))[:-3000])
    first, second = run_load(cut_xml, cut_gzip)
    assert first.startswith("cut.xml: ")
    assert "cut.xml.gz is cut or damaged" in second
    assert "What came whole of it is stored" in first
    failed, cut = receipts(database)
    assert 10 < cut.n_done < 100
    assert (failed.status, failed.error) == (LoadStatus.FAILED, first)
    assert 500 < failed.n_done < 601
    gzip_pmids = list(range(5001, 5001 + cut.n_done))
    assert stored_pmids(database) == [*range(1, failed.n_done + 1), *gzip_pmids]

    # The same bytes again end the same; the whole file is another one.
    run_load(cut_xml)
    assert receipts(database)[0].n_done == failed.n_done
    cut_xml.write_bytes(whole)
    assert run_load(cut_xml) == []
    mended = receipts(database)[-1]
    assert (mended.status, mended.n_done, mended.n_deleted) == (LoadStatus.COMPLETE, 1200, 1)
    assert stored_pmids(database) == [*range(1, 1201), *gzip_pmids]
    assert count(database, "record_versions") == 1200 + cut.n_done


def test_a_killed_load_goes_on_exactly_where_it_was(
    database: Database, tmp_path: Path, prefect_url: str
) -> None:
    n_entries = 6000
    path = write_update_file(tmp_path, 1335, map(Entry, range(1, n_entries + 1)), deleted=[7])
    script = "from litsweep_app.cli import main; main()"
    command = [sys.executable, "-c", script, "load", str(path)]
    environment = {**os.environ, "PREFECT_API_URL": prefect_url}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not count(database, "record_versions") and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    (killed,) = receipts(database)
    assert killed.status is LoadStatus.LOADING
    assert 0 < killed.n_done < n_entries
    assert count(database, "record_versions") == killed.n_done

    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (load_file,) = receipts(database)
    assert load_file.load_file_id == killed.load_file_id
    assert (load_file.status, load_file.n_new) == (LoadStatus.COMPLETE, n_entries)
    assert (load_file.n_unchanged, load_file.n_deleted) == (0, 1)
    assert stored_pmids(database) == list(range(1, n_entries + 1))
    assert count(database, "record_versions") == count(database, "documents") == n_entries


@pytest.mark.usefixtures("recorded")
def test_an_export_is_stored_and_the_next_sweep_asks_pubmed_for_it(
    database: Database, tmp_path: Path, serve: Serve
) -> None:
    export = tmp_path / "zotero.txt"  # told by its content
    export.write_text(
        RIS.format(title="Told by an export", pmid=1001) + "TY  - JOUR\nTI  - No PMID\nER  - \n"
    )
    assert run_load(export, topic="everything") == []
    assert run_load(export, topic="everything", again=True) == []
    first, again = receipts(database)
    assert (first.n_new, again.n_new, again.n_unchanged) == (2, 0, 2)

    write_records(tmp_path / "ncbi", [1001, 1002])
    with serve(tmp_path / "ncbi"):
        assert sweep_all().is_completed()
    assert titles(database)[1001] == "Lorvexine for tremor 1001"
    versions = query(
        database,
        "SELECT v.version, v.raw_format FROM record_versions v JOIN records r USING (record_id) "
        "WHERE r.pmid = 1001 ORDER BY 1",
    )
    assert versions == [(1, "ris"), (2, "pubmed_xml")]

    # Now PubMed's own record is stored: an export adds nothing to it.
    export.write_text(RIS.format(title="Told anew", pmid=1001))
    assert run_load(export) == []
    assert titles(database)[1001] == "Lorvexine for tremor 1001"


@pytest.mark.usefixtures("recorded")
def test_what_is_no_file_of_records_is_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Not records.")
    (complaint,) = run_load(tmp_path / "notes.txt")
    assert "neither PubMed XML nor NBIB nor RIS" in complaint
    assert not receipts(database)
    state = load([str(tmp_path / "nothing*.xml")], return_state=True)
    with pytest.raises(UsageError, match="There is no file"):
        state.result()
