import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import etree

from litsweep_app import sandbox

RECORDS = ("MedlineCitation", "BookDocument")


@pytest.fixture(scope="module")
def served(corpus: Path) -> Iterator[sandbox.SandboxAddress]:
    folders = [corpus / "pubmed", corpus / "pmc"]
    with sandbox.running(folders, enforce_rate_limit=False) as address:
        yield address


def _pmids_of_files(folder: Path) -> set[int]:
    """Read the PMIDs by another way than the sandbox does: a forgiving parser, whole files."""
    found = set()
    for path in folder.iterdir():
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        content = content.removeprefix(b"\xef\xbb\xbf")
        parser = etree.XMLParser(recover=True, resolve_entities=False, huge_tree=True)
        root = etree.fromstring(content, parser) if content.lstrip().startswith(b"<") else None
        for record in root.iter(*RECORDS) if root is not None else ():
            text = (record.findtext("PMID") or "").strip()
            if text.isdecimal() and int(text):
                found.add(int(text))
    return found


def test_every_record_of_the_real_files_is_found_and_served(
    corpus: Path, served: sandbox.SandboxAddress
) -> None:
    expected = _pmids_of_files(corpus / "pubmed")
    assert served.n_records == len(expected)
    with httpx.Client(base_url=served.eutils_url, timeout=60) as client:
        window = {"datetype": "crdt", "mindate": "1800/01/01", "maxdate": "3000"}
        params = {"term": "all[sb]", "retmode": "json", "retmax": "9999", **window}
        ids = client.get("esearch.fcgi", params=params).json()["esearchresult"]["idlist"]
        assert {int(uid) for uid in ids} == expected
        fetched: set[int] = set()
        for start in range(0, len(ids), 200):
            data = {"id": ",".join(ids[start : start + 200]), "retmode": "xml"}
            root = etree.fromstring(client.post("efetch.fcgi", data=data).content, None)
            fetched |= {int(record.findtext("PMID", "0")) for record in root.iter(*RECORDS)}
    assert fetched == expected


def test_every_full_text_is_served_and_every_other_file_has_a_reason(
    corpus: Path, served: sandbox.SandboxAddress
) -> None:
    n_nameless = sum("without a PMCID" in reason for reason in served.skipped)
    assert served.n_reports + n_nameless >= 130
    with httpx.Client(timeout=60) as client:
        params = {"db": "pmc", "term": "all[sb]", "retmode": "json", "retmax": "500"}
        found = client.get(f"{served.eutils_url}esearch.fcgi", params=params).json()
        ids = found["esearchresult"]["idlist"]
        data = {"db": "pmc", "id": ",".join(ids)}
        content = client.post(f"{served.eutils_url}efetch.fcgi", data=data).content
        parser = etree.XMLParser(resolve_entities=False, huge_tree=True)
        assert len(etree.fromstring(content, parser).findall("article")) == served.n_reports
        listing = client.get(served.pmc_cloud_url, params={"prefix": "metadata/"}).text
        assert listing.count("<Key>") >= 50


def test_a_real_reply_is_served_byte_for_byte(corpus: Path, served: sandbox.SandboxAddress) -> None:
    file = (corpus / "pubmed" / "metapub_metapub__39769357.xml").read_bytes()
    start, end = file.index(b"<PubmedArticle>"), file.index(b"</PubmedArticle>")
    url = f"{served.eutils_url}efetch.fcgi?db=pubmed&id=39769357&retmode=xml"
    assert file[start:end] in httpx.get(url).content
