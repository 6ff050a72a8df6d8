"""Real files, whole: what the sandbox serves of them is what ends up in the database."""

import gzip
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from db.documents import load_documents, load_references, load_sub_articles
from db.engine import Database
from litsweep.domain.strategies import RunStatus
from litsweep.parsing.jats import parse_document
from litsweep.sources import full_text
from litsweep_app.sandbox.library import load_library
from tasks.retrieve import list_reports_sought
from tests.fakes.pubmed_files import write_readable_record
from tests.flows.conftest import Serve
from tests.flows.nights import count, last_run, query, stored_pmids, sweep_all

pytestmark = pytest.mark.usefixtures("recorded")


def _pmids_of_files(folder: Path) -> set[int]:
    """Read the PMIDs by another way than the sandbox and the sweep do."""
    found = set()
    for path in folder.iterdir():
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        parser = etree.XMLParser(recover=True, resolve_entities=False, huge_tree=True)
        is_xml = content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
        root = etree.fromstring(content, parser) if is_xml else None
        for record in root.iter("MedlineCitation", "BookDocument") if root is not None else ():
            pmid = (record.findtext("PMID") or "").strip()
            if pmid.isdecimal() and int(pmid):
                found.add(int(pmid))
    return found


def test_every_real_record_is_stored_once(database: Database, corpus: Path, serve: Serve) -> None:
    expected = sorted(_pmids_of_files(corpus / "pubmed"))
    assert len(expected) > 1000
    with serve(corpus / "pubmed", corpus / "pmc"):
        first_state = sweep_all()
        first = last_run(database)
        hashes = query(database, "SELECT pmid, raw_sha256, version FROM records ORDER BY pmid")
        second_state = sweep_all()
        second = last_run(database)

    assert first_state.is_completed()
    assert first.status is RunStatus.COMPLETE
    assert first.n_reported == first.n_ids == first.n_fetched == first.n_new == len(expected)
    assert (first.n_absent, first.n_failed) == (0, 0)
    assert stored_pmids(database) == expected

    assert second_state.is_completed()
    assert (second.n_fetched, second.n_new, second.n_changed) == (len(expected), 0, 0)
    assert query(database, "SELECT pmid, raw_sha256, version FROM records ORDER BY pmid") == hashes
    assert count(database, "record_versions") == len(expected)
    assert count(database, "record_failures") == 0


def test_every_real_full_text_is_stored_or_refused_with_a_reason(
    database: Database, corpus: Path, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real records and the real full texts are not of the same articles.
    numbers = sorted(load_library([corpus / "pmc"]).reports)
    for pmid, number in enumerate([*numbers, 1], start=1):
        write_readable_record(tmp_path / "ncbi", pmid, pmcid=f"PMC{number}", has_text=False)
    monkeypatch.setattr(full_text, "_REQUESTS_PER_SECOND", 1000.0)
    with serve(tmp_path / "ncbi", corpus / "pmc"):
        assert sweep_all(retrieve_reports=True).is_completed()
        asked_again = list_reports_sought("everything")

    assert asked_again == []
    assert count(database, "retrievals") == len(numbers) + 1
    refused = dict(query(database, "SELECT pmcid, reason FROM retrievals WHERE report_id IS NULL"))
    assert refused["PMC1"].startswith("PMC Cloud: not there; Europe PMC: not open access there")
    assert all(refused.values())
    assert count(database, "reports") == len(numbers) + 1 - len(refused) > len(refused)
    reports = query(database, "SELECT document_id, pmcid, raw_xml FROM reports")
    with database.reading() as conn:
        stored = {
            document_id: replace(
                document,
                references=load_references(conn, document_id),
                sub_articles=load_sub_articles(conn, document_id),
            )
            for document_id, document in load_documents(conn, [one for one, _, _ in reports])
        }
    for document_id, pmcid, raw_xml in reports:
        assert stored[document_id] == parse_document(zlib.decompress(raw_xml), pmcid=pmcid)
        assert stored[document_id].has_body
