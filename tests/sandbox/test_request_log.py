import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from litsweep.errors import UsageError
from litsweep_app import sandbox
from litsweep_app.sandbox import Endpoint, Fault, FaultKind, FaultSchedule, SandboxAddress

SECRETS = {"api_key": "a-secret", "email": "me@example.org", "API_KEY": "a-secret"}


@pytest.fixture
def client(address: SandboxAddress) -> Iterator[httpx.Client]:
    address.requests.clear()
    with httpx.Client(base_url=address.eutils_url) as client:
        yield client
    address.set_faults(None)


def test_what_was_asked_and_what_was_answered(
    address: SandboxAddress, client: httpx.Client
) -> None:
    client.post("esearch.fcgi", data={"term": "asthma", "retmax": "1", **SECRETS})
    client.post("efetch.fcgi", data={"id": "105,999,101"})
    client.get("efetch.fcgi", params={"db": "pmc", "id": "9001,77"})
    client.get("elink.fcgi", params={"dbfrom": "pubmed", "id": ["101", "102"]})
    client.get(f"{address.europe_pmc_url}PMC1/fullTextXML")
    search, fetch, reports, link, europe = address.requests.entries()
    assert [one.number for one in address.requests.entries()] == [1, 2, 3, 4, 5]
    assert (search.endpoint, search.term) == (Endpoint.ESEARCH, "asthma")
    assert (search.count, search.uids, search.call) == (3, (105,), 1)
    assert (fetch.ids, fetch.uids, fetch.count) == (("105", "999", "101"), (105, 101), None)
    assert (reports.endpoint, reports.uids) == (Endpoint.EFETCH_PMC, (9001,))
    assert link.ids == ("101", "102")
    assert (europe.endpoint, europe.status, europe.is_whole) == (Endpoint.EUROPE_PMC, 404, True)
    assert not any(one.fault for one in address.requests.entries())
    assert "secret" not in repr(address.requests.entries())
    assert "example.org" not in repr(address.requests.entries())


def test_faults_are_named_and_calls_counted_by_endpoint(
    address: SandboxAddress, client: httpx.Client
) -> None:
    fault = Fault(endpoint=Endpoint.EFETCH, kind=FaultKind.HTTP_503, calls=2)
    address.set_faults(FaultSchedule(faults=(fault,)))
    for tool in ("efetch", "esearch", "efetch", "efetch"):
        client.post(f"{tool}.fcgi", data={"id": "101", "term": "all[sb]"})
    entries = address.requests.entries()
    assert [one.call for one in entries] == [1, 1, 2, 3]
    assert [one.fault for one in entries] == [None, None, FaultKind.HTTP_503, None]
    assert [one.status for one in entries] == [200, 200, 503, 200]
    assert [one.uids for one in entries if one.endpoint is Endpoint.EFETCH] == [(101,), (), (101,)]


def test_refused_requests_are_no_calls(data_dir: Path) -> None:
    with (
        sandbox.running([data_dir]) as address,
        httpx.Client(base_url=address.eutils_url) as client,
    ):
        for _ in range(6):
            client.get("einfo.fcgi")
        entries = address.requests.entries()
    refused = [one.call for one in entries if one.status == 429]
    answered = [one.call for one in entries if one.status == 200]
    assert refused
    assert set(refused) == {0}
    assert answered == list(range(1, len(answered) + 1))


def test_threads_never_share_a_call(address: SandboxAddress, client: httpx.Client) -> None:
    address.set_faults(FaultSchedule.seeded(5, rate=0.5, kinds={FaultKind.HTTP_503}))

    def ask() -> None:
        for _ in range(20):
            client.get("einfo.fcgi")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = address.requests.entries()
    assert sorted(one.call for one in entries) == list(range(1, 81))
    schedule = FaultSchedule.seeded(5, rate=0.5, kinds={FaultKind.HTTP_503})
    assert all((one.fault is None) == (schedule.find(one.endpoint, one.call) is None)
               for one in entries)  # fmt: skip


def test_the_log_is_written_as_lines_of_json(data_dir: Path, tmp_path: Path) -> None:
    log = tmp_path / "asked.jsonl"
    faults = FaultSchedule(faults=(Fault(kind=FaultKind.RESET, calls=2),))
    with (
        sandbox.running([data_dir], log=log, faults=faults) as address,
        httpx.Client(base_url=address.eutils_url) as client,
    ):
        client.post("efetch.fcgi", data={"id": "101,é", **SECRETS})
        with pytest.raises(httpx.TransportError):
            client.post("efetch.fcgi", data={"id": "102", **SECRETS})
    text = log.read_text(encoding="utf-8")
    assert "secret" not in text
    first, second = map(json.loads, text.splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "number": 1,
        "method": "POST",
        "path": "/entrez/eutils/efetch.fcgi",
        "endpoint": "efetch",
        "call": 1,
        "params": {"id": "101,é"},
        "status": 200,
        "fault": None,
        "uids": [101],
        "count": None,
        "is_whole": True,
    }
    assert (second["fault"], second["is_whole"]) == ("reset", False)


def test_a_log_that_cannot_be_written_is_named(data_dir: Path, tmp_path: Path) -> None:
    log = tmp_path / "no" / "such"
    with pytest.raises(UsageError, match="such"), sandbox.running([data_dir], log=log):
        pass
