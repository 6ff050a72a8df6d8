from collections.abc import Callable

import httpx
import pytest

from litsweep_app.sandbox import Endpoint, FaultKind, SandboxAddress

FORM = {"db": "pubmed", "id": "99000001,99000002"}
PLAIN = {"Accept-Encoding": "identity"}
Misbehave = Callable[..., None]


def _fetch(http: httpx.Client, **headers: str) -> httpx.Response:
    return http.post("efetch.fcgi", data=FORM, headers=headers)


@pytest.mark.parametrize("at", [None, 0, 100, 0.9])
def test_a_connection_is_reset(
    ncbi: SandboxAddress, http: httpx.Client, misbehave: Misbehave, at: float | None
) -> None:
    misbehave(FaultKind.RESET, at=at)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        _fetch(http)
    (entry,) = ncbi.requests.entries()
    assert (entry.fault, entry.is_whole, len(entry.uids)) == (FaultKind.RESET, False, 2)


@pytest.mark.parametrize("in_gzip", [False, True])
def test_an_answer_breaks_off(http: httpx.Client, misbehave: Misbehave, in_gzip: bool) -> None:
    misbehave(FaultKind.TRUNCATE, at=0.5, in_gzip=in_gzip)
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        _fetch(http)


@pytest.mark.parametrize(("at", "n_left"), [(0, 0), (100, 100), (0.25, None), (-1, None)])
def test_a_cut_answer_looks_complete(
    http: httpx.Client, misbehave: Misbehave, at: float, n_left: int | None
) -> None:
    whole = _fetch(http).content
    misbehave(FaultKind.TRUNCATE, at=at, looks_complete=True)
    cut = _fetch(http)
    expected = {0.25: int(len(whole) * 0.25), -1: len(whole) - 1}.get(at, n_left)
    assert (cut.status_code, len(cut.content)) == (200, expected)
    assert whole.startswith(cut.content)


def test_the_packed_bytes_are_cut_for_those_who_accept_them(
    http: httpx.Client, misbehave: Misbehave
) -> None:
    whole = _fetch(http).content
    misbehave(FaultKind.TRUNCATE, at=0.5, looks_complete=True, in_gzip=True)
    packed, plain = _fetch(http), _fetch(http, **PLAIN)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Content-Encoding"] == "identity"
    assert len(packed.content) != len(plain.content) == len(whole) // 2
    assert whole.startswith(packed.content)


def test_a_dripping_answer_is_whole_in_the_end(http: httpx.Client, misbehave: Misbehave) -> None:
    whole = _fetch(http).content
    misbehave(FaultKind.DRIP, seconds=0.1)
    dripped = _fetch(http)
    assert dripped.content == whole
    assert int(dripped.headers["Content-Length"]) == len(whole)


def test_a_drip_ends_with_the_caller(http: httpx.Client, misbehave: Misbehave) -> None:
    misbehave(FaultKind.DRIP, seconds=600, calls=1)
    with pytest.raises(httpx.ReadTimeout):
        http.post("efetch.fcgi", data=FORM, timeout=0.2)
    assert _fetch(http).status_code == 200


def test_other_sources_fail_alike(ncbi: SandboxAddress, misbehave: Misbehave) -> None:
    cloud = f"{ncbi.pmc_cloud_url}PMC99900001.1/PMC99900001.1.xml"
    europe = f"{ncbi.europe_pmc_url}PMC99900001/fullTextXML"
    for endpoint, url in ((Endpoint.PMC_CLOUD, cloud), (Endpoint.EUROPE_PMC, europe)):
        whole = httpx.get(url).content
        misbehave(FaultKind.HTTP_404, endpoint)
        assert httpx.get(url).status_code == 404
        misbehave(FaultKind.HTTP_503, endpoint, retry_after=1)
        assert httpx.get(url).headers["Retry-After"] == "1"
        misbehave(FaultKind.TRUNCATE, endpoint, at=-20, looks_complete=True)
        assert httpx.get(url).content == whole[:-20]
        misbehave(FaultKind.TRUNCATE, endpoint, at=-20)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(url)
    assert {entry.endpoint for entry in ncbi.requests.entries()} == {
        Endpoint.PMC_CLOUD,
        Endpoint.EUROPE_PMC,
    }
