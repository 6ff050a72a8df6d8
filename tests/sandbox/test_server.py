import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from litsweep.errors import UsageError
from litsweep_app import sandbox
from litsweep_app.sandbox.rate_limit import RateLimit


def test_the_first_page_says_how_to_use_it(address: sandbox.SandboxAddress) -> None:
    text = httpx.get(f"http://127.0.0.1:{address.port}/").text
    assert "PubMed records: 5" in text
    assert f"LITSWEEP_EUTILS_URL={address.eutils_url}" in text


def test_the_address_counts_what_is_served(address: sandbox.SandboxAddress) -> None:
    assert (address.n_records, address.n_reports, address.skipped) == (5, 4, ())


def test_requests_are_noted_without_secrets(address: sandbox.SandboxAddress) -> None:
    address.requests.clear()
    params = {"db": "pubmed", "id": "101", "api_key": "a-secret", "email": "me@example.org"}
    httpx.post(f"{address.eutils_url}efetch.fcgi", data=params)
    httpx.get(f"{address.pmc_cloud_url}PMC1.1/PMC1.1.xml")
    first, second = address.requests.entries()
    assert (first.method, first.path, first.status) == ("POST", "/entrez/eutils/efetch.fcgi", 200)
    assert first.params == {"db": "pubmed", "id": "101"}
    assert second.status == 404
    assert address.requests.count("efetch.fcgi") == 1


def test_replies_are_packed_when_asked_for(address: sandbox.SandboxAddress) -> None:
    url = f"{address.eutils_url}efetch.fcgi?db=pubmed&id=101"
    packed = httpx.get(url, headers={"Accept-Encoding": "gzip"})
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert plain.headers["content-type"] == "text/xml; charset=UTF-8"
    assert "ncbi-phid" in plain.headers
    assert "x-ratelimit-limit" not in plain.headers  # it is not kept here


def test_a_wrong_key_gets_the_real_refusal(address: sandbox.SandboxAddress) -> None:
    reply = httpx.get(f"{address.eutils_url}einfo.fcgi", params={"api_key": "invalid-1"})
    assert reply.status_code == 400
    assert reply.text == (
        '{"error":"API key invalid","api-key":"invalid-1","type":"invalid",\n"status":"unknown"}\n'
    )


def test_a_long_address_is_refused(address: sandbox.SandboxAddress) -> None:
    ids = ",".join(str(pmid) for pmid in range(20_000_000, 20_001_000))
    assert httpx.get(f"{address.eutils_url}efetch.fcgi", params={"id": ids}).status_code == 414
    assert httpx.post(f"{address.eutils_url}efetch.fcgi", data={"id": ids}).status_code == 200


def test_more_than_three_requests_a_second_are_refused(data_dir: Path) -> None:
    with (
        sandbox.running([data_dir]) as address,
        httpx.Client(base_url=address.eutils_url) as client,
    ):
        replies = [client.get("einfo.fcgi") for _ in range(12)]
        keyed = [client.get("einfo.fcgi", params={"api_key": "k"}) for _ in range(3)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused
    assert refused[0].json() == {
        "error": "API rate limit exceeded",
        "api-key": "127.0.0.1",
        "count": "4",
        "limit": "3",
    }
    assert refused[0].headers["retry-after"] == "2"
    assert [reply.status_code for reply in keyed] == [200, 200, 200]
    assert keyed[0].headers["x-ratelimit-limit"] == "10"


def test_the_limit_slides() -> None:
    now = [0.0]
    limit = RateLimit(lambda: now[0])
    passed = []
    for moment in (0.0, 0.1, 0.2, 0.3, 0.95, 0.96, 1.2):
        now[0] = moment
        passed.append(limit.admit("me", 3).is_allowed)
    assert passed == [True, True, True, False, True, False, True]
    assert limit.admit("you", 3).is_allowed


def test_a_taken_port_is_named(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)), sandbox.running([data_dir], port=port):
            pass


def test_it_stops_cleanly_and_gives_the_port_back(data_dir: Path) -> None:
    with sandbox.running([data_dir]) as address:
        assert httpx.get(address.eutils_url + "einfo.fcgi").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(address.eutils_url + "einfo.fcgi")
    with sandbox.running([data_dir], port=address.port) as again:
        assert again.port == address.port


def test_importing_it_brings_no_heavy_packages() -> None:
    code = (
        "import sys, litsweep_app.sandbox;"
        "print(sorted({'torch', 'prefect', 'pandas', 'sqlalchemy', 'Bio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
