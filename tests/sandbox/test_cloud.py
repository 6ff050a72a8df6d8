from typing import Any

import httpx
from lxml import etree

from litsweep_app.sandbox import SandboxAddress

S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def _list(address: SandboxAddress, **params: Any) -> etree._Element:
    reply = httpx.get(address.pmc_cloud_url, params={"list-type": 2, **params})
    assert reply.status_code == 200
    return etree.fromstring(reply.content)


def test_versions_are_listed_as_folders(address: SandboxAddress) -> None:
    listed = _list(address, delimiter="/", prefix="PMC9004.")
    prefixes = [found.text for found in listed.iterfind(f"{S3}CommonPrefixes/{S3}Prefix")]
    assert prefixes == ["PMC9004.1/", "PMC9004.2/"]
    assert _list(address, delimiter="/", prefix="PMC9002.").findtext(f"{S3}KeyCount") == "0"


def test_a_listing_goes_on_where_it_was_cut(address: SandboxAddress) -> None:
    whole = [found.text for found in _list(address).iterfind(f"{S3}Contents/{S3}Key")]
    first = _list(address, **{"max-keys": 2})
    token = first.findtext(f"{S3}NextContinuationToken")
    rest = _list(address, **{"continuation-token": token})
    parts = [
        found.text for part in (first, rest) for found in part.iterfind(f"{S3}Contents/{S3}Key")
    ]
    assert parts == whole
    assert len(whole) == 12
    assert (first.findtext(f"{S3}IsTruncated"), rest.findtext(f"{S3}IsTruncated")) == (
        "true",
        "false",
    )


def test_an_article_and_its_metadata(address: SandboxAddress) -> None:
    base = address.pmc_cloud_url
    article = httpx.get(f"{base}PMC9001.1/PMC9001.1.xml")
    assert etree.fromstring(article.content).findtext("body/sec/title") == "Methods"
    metadata = httpx.get(f"{base}metadata/PMC9001.1.json").json()
    assert metadata == httpx.get(f"{base}PMC9001.1/PMC9001.1.json").json()
    assert (metadata["pmcid"], metadata["version"], metadata["pmid"]) == ("PMC9001", 1, 102)
    assert (metadata["license_code"], metadata["is_retracted"]) == ("CC BY", False)
    assert metadata["xml_url"] == "s3://pmc-oa-opendata/PMC9001.1/PMC9001.1.xml"
    assert "Twelve dragons" in httpx.get(f"{base}PMC9001.1/PMC9001.1.txt").text


def test_what_is_closed_or_has_no_body_is_not_in_the_cloud(address: SandboxAddress) -> None:
    for pmcid in ("PMC9002", "PMC9003", "PMC1"):
        reply = httpx.get(f"{address.pmc_cloud_url}{pmcid}.1/{pmcid}.1.xml")
        assert reply.status_code == 404
        assert etree.fromstring(reply.content).findtext("Code") == "NoSuchKey"


def test_europe_pmc_gives_bodies_only(address: SandboxAddress) -> None:
    def status(pmcid: str) -> int:
        return httpx.get(f"{address.europe_pmc_url}{pmcid}/fullTextXML").status_code

    assert [status(f"PMC{number}") for number in (9001, 9002, 9003, 1)] == [200, 200, 404, 404]
