import re
from collections.abc import Callable

import httpx
import pytest

from litsweep_app.sandbox import FaultKind, Library, SandboxAddress

FETCHED = (99000001, 99000002, 99000003, 99000016)
SEARCH = {"db": "pubmed", "term": "all[sb]", "retmax": "9999"}
Misbehave = Callable[..., None]


def _fetch(http: httpx.Client) -> list[int]:
    form = {"db": "pubmed", "id": ",".join(map(str, FETCHED))}
    reply = http.post("efetch.fcgi", data=form)
    assert reply.status_code == 200
    found = re.findall(
        rb"<(?:MedlineCitation|BookDocument)[^>]*>\s*<PMID[^>]*>(\d+)", reply.content
    )
    return [int(pmid) for pmid in found]


def _search(http: httpx.Client, retmode: str = "xml") -> tuple[int, list[int]]:
    reply = http.post("esearch.fcgi", data={**SEARCH, "retmode": retmode})
    if retmode == "json":
        result = reply.json()["esearchresult"]
        return int(result["count"]), [int(uid) for uid in result["idlist"]]
    count = re.findall(r"<Count>(\d+)</Count>", reply.text)
    return int(count[0]), [int(uid) for uid in re.findall(r"<Id>(\d+)</Id>", reply.text)]


def test_records_are_dropped_doubled_and_added(
    ncbi: SandboxAddress, http: httpx.Client, misbehave: Misbehave
) -> None:
    misbehave(FaultKind.DROP_RECORDS, pmids=(99000002, 99000016))
    assert _fetch(http) == [99000001, 99000003]
    misbehave(FaultKind.DUPLICATE_RECORDS, pmids=(99000002,))
    assert _fetch(http) == [*FETCHED, 99000002]
    misbehave(FaultKind.EXTRA_RECORDS, pmids=(99000009,))
    assert _fetch(http) == [*FETCHED, 99000009]
    logged = [entry.uids for entry in ncbi.requests.entries()]
    assert logged == [(99000001, 99000003), (*FETCHED, 99000002), (*FETCHED, 99000009)]


def test_a_seed_draws_which_records(http: httpx.Client, misbehave: Misbehave) -> None:
    left = []
    for seed in (1, 1, 2, 3, 4):
        misbehave(FaultKind.DROP_RECORDS, n=2, seed=seed)
        left.append(tuple(_fetch(http)))
    assert left[0] == left[1]
    assert {len(pmids) for pmids in left} == {2}
    assert len(set(left)) > 1


@pytest.mark.parametrize("retmode", ["xml", "json"])
def test_counts_and_lists_of_a_search_disagree(
    http: httpx.Client, misbehave: Misbehave, sample: Library, retmode: str
) -> None:
    n = len(sample.records)
    misbehave(FaultKind.WRONG_COUNT, n=-3)
    count, uids = _search(http, retmode)
    assert (count, set(uids)) == (n - 3, set(sample.records))
    misbehave(FaultKind.SHORT_LIST, n=2)
    count, uids = _search(http, retmode)
    assert (count, len(set(uids)), len(uids)) == (n, n - 2, n - 2)
    misbehave(FaultKind.LONG_LIST, n=2)
    count, uids = _search(http, retmode)
    assert (count, len(set(uids)), len(uids)) == (n, n + 2, n + 2)
    misbehave(FaultKind.DUPLICATE_IDS, n=2)
    count, uids = _search(http, retmode)
    assert (count, len(set(uids)), len(uids)) == (n, n - 2, n)


def test_a_list_gets_ids_that_do_not_match(http: httpx.Client, misbehave: Misbehave) -> None:
    misbehave(FaultKind.LONG_LIST, n=1)
    reply = http.post("esearch.fcgi", data={**SEARCH, "term": "99000001:99000002[UID]"})
    others = set(map(int, re.findall(r"<Id>(\d+)</Id>", reply.text))) - {99000001, 99000002}
    assert len(others) == 1


def test_a_lost_history_stays_lost(http: httpx.Client, misbehave: Misbehave) -> None:
    found = http.post("esearch.fcgi", data={**SEARCH, "usehistory": "y", "retmode": "json"}).json()[
        "esearchresult"
    ]
    place = {"db": "pubmed", "WebEnv": found["webenv"], "query_key": found["querykey"]}
    assert http.post("efetch.fcgi", data=place).status_code == 200
    misbehave(FaultKind.FORGET_HISTORY, calls=1)
    for _ in range(2):
        lost = http.post("efetch.fcgi", data=place)
        assert (lost.status_code, "Unable to obtain query #1" in lost.text) == (400, True)
