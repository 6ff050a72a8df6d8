import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from lxml import etree

from litsweep.domain.strategies import DateField, DateWindow
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep_app import sandbox

N_RECORDS = 60_000
SIZES = (9_998, 9_999, 10_000, 10_001, N_RECORDS)
RECORD = "<PubmedArticle><MedlineCitation><PMID>{}</PMID></MedlineCitation></PubmedArticle>\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.SandboxAddress]:
    folder = tmp_path_factory.mktemp("many")
    records = "".join(RECORD.format(pmid) for pmid in range(1, N_RECORDS + 1))
    (folder / "many.xml").write_text(f"<PubmedArticleSet>{records}</PubmedArticleSet>")
    with sandbox.running([folder], enforce_rate_limit=False, compresses=False) as running:
        yield running


@pytest.fixture(scope="module")
def many(address: sandbox.SandboxAddress) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address.eutils_url, timeout=30) as client:
        yield client


def _search(client: httpx.Client, **params: Any) -> dict[str, Any]:
    reply = client.get(
        "esearch.fcgi", params={"db": "pubmed", "term": "all[sb]", "retmode": "json", **params}
    )
    assert reply.status_code == 200
    result: dict[str, Any] = reply.json()["esearchresult"]
    return result


@pytest.mark.parametrize(
    ("start", "asked", "n_ids"),
    [(0, 10_000, 9_999), (0, 100_000, 9_999), (9_990, 10, 9), (9_998, 10, 1)],
)
def test_a_page_across_the_cap_is_cut_with_a_warning(
    many: httpx.Client, start: int, asked: int, n_ids: int
) -> None:
    result = _search(many, retstart=start, retmax=asked)
    assert result["count"] == str(N_RECORDS)
    assert (len(result["idlist"]), result["retmax"]) == (n_ids, str(n_ids))
    assert result["warninglist"]["outputmessages"] == [
        f"Restrictions achieved. start and count adjusted to {start}, {n_ids}"
    ]


@pytest.mark.parametrize("n", SIZES)
def test_a_page_of_any_size_is_clamped_at_the_cap_alone(many: httpx.Client, n: int) -> None:
    for asked in (9_999, 10_000, 100_000):
        result = _search(many, term=f"1:{n}[UID]", retmax=asked)
        n_ids = min(n, 9_999)
        assert (result["count"], len(set(result["idlist"]))) == (str(n), n_ids)
        warnings = result.get("warninglist", {}).get("outputmessages", [])
        adjusted = "Restrictions achieved. start and count adjusted to 0, 9999"
        assert warnings == ([adjusted] if min(n, asked) > 9_999 else [])


@pytest.mark.parametrize("n", SIZES)
def test_the_last_ids_within_the_cap(many: httpx.Client, n: int) -> None:
    n_left = max(0, min(n, 9_999) - 9_990)
    result = _search(many, term=f"1:{n}[UID]", retstart=9_990, retmax=20)
    assert len(result["idlist"]) == n_left
    found = _search(many, term=f"1:{n}[UID]", retmax=0, usehistory="y")
    place = {"db": "pubmed", "WebEnv": found["webenv"], "query_key": found["querykey"]}
    page = many.get("efetch.fcgi", params={**place, "retstart": "9990", "retmax": "20"})
    assert page.content.count(b"<PMID>") == n_left
    beyond = many.get("efetch.fcgi", params={**place, "retstart": "9999", "retmax": "1"})
    assert beyond.status_code == 400


@pytest.mark.parametrize("n", SIZES)
def test_the_client_gets_every_id_of_any_size(address: sandbox.SandboxAddress, n: int) -> None:
    with _client(address) as client:
        result = client.search(f"1:{n}[UID]", None)
    assert result.n_reported == n
    assert result.pmids == tuple(range(1, n + 1))


def test_the_client_gets_a_single_day_over_the_cap(address: sandbox.SandboxAddress) -> None:
    # Records without dates count as created on one day of 1900.
    day = date(1900, 1, 1)
    window = DateWindow(date_field=DateField.CRDT, first_day=day, last_day=day)
    with _client(address) as client:
        result = client.search("all[sb]", window)
    assert result.pmids == tuple(range(1, N_RECORDS + 1))


def _client(address: sandbox.SandboxAddress) -> EutilsClient:
    settings = Settings(eutils_url=address.eutils_url, requests_per_second=100)
    return EutilsClient(settings)


def test_a_full_page_below_the_cap_has_no_warning(many: httpx.Client) -> None:
    result = _search(many, retmax=9_999)
    assert len(set(result["idlist"])) == 9_999
    assert "warninglist" not in result


def test_a_small_set_is_never_cut(many: httpx.Client) -> None:
    result = _search(many, term="1:9999[UID]", retmax=100_000)
    assert len(result["idlist"]) == 9_999
    assert "warninglist" not in result


def test_starting_beyond_the_cap_is_an_error_in_invalid_json(many: httpx.Client) -> None:
    params = {"db": "pubmed", "term": "all[sb]", "retstart": "9999", "retmax": "1"}
    reply = many.get("esearch.fcgi", params={**params, "retmode": "json"})
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    message = json.loads(reply.text, strict=False)["esearchresult"]["ERROR"]
    assert message.startswith(
        "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998."
    )
    as_xml = etree.fromstring(many.get("esearch.fcgi", params=params).content)
    assert as_xml.findtext("ERROR") == message


def test_history_does_not_lift_the_cap(many: httpx.Client) -> None:
    found = _search(many, usehistory="y", retmax=0)
    assert found["idlist"] == []
    place = {"db": "pubmed", "WebEnv": found["webenv"], "query_key": found["querykey"]}
    page = many.get("efetch.fcgi", params={**place, "retstart": "9500", "retmax": "500"})
    assert page.status_code == 200
    assert page.content.count(b"<PMID>") == 499
    for tool in ("efetch.fcgi", "esummary.fcgi"):
        beyond = many.get(tool, params={**place, "retstart": "9999", "retmax": "1"})
        assert beyond.status_code == 400
        assert "Search backend cannot retrieve history data. Reason: Exception:" in beyond.text


def test_cutting_by_number_reaches_every_record(many: httpx.Client) -> None:
    parts = [f"{first}:{first + 8_999}" for first in range(1, N_RECORDS, 9_000)]
    found = [
        uid
        for part in parts
        for uid in _search(many, term=f"( all[sb]) AND {part} [UID]", retmax=9_999)["idlist"]
    ]
    assert len(set(found)) == len(found) == N_RECORDS
