import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from lxml import etree

Ask = Callable[..., httpx.Response]
Read = Callable[..., Any]


def test_esearch_in_xml(read: Read) -> None:
    found = read("esearch", db="pubmed", term="asthma[ti]", retmax=2)
    assert (found["Count"], found["RetMax"], found["IdList"]) == ("3", "2", ["105", "102"])
    assert found["QueryTranslation"] == '"asthma"[Title]'


def test_esearch_in_json(ask: Ask) -> None:
    result = ask("esearch", db="pubmed", term="asthma[ti]", retmode="json", retstart=1).json()
    assert result["esearchresult"] == {
        "count": "3",
        "retmax": "2",
        "retstart": "1",
        "idlist": ["102", "101"],
        "translationset": [],
        "querytranslation": '"asthma"[Title]',
    }


def test_esearch_counts_only(ask: Ask, read: Read) -> None:
    assert read("esearch", term="asthma", rettype="count") == {"Count": "3"}
    reply = ask("esearch", term="asthma", rettype="count", retmode="json").json()
    assert reply["esearchresult"] == {"count": "3"}


def test_esearch_reports_what_it_dropped(ask: Ask, read: Read) -> None:
    found = read("esearch", term='asthma[ti] OR xyzzy[ti] OR unicorns[tiabb] OR "a plugh"[ti]')
    assert found["ErrorList"]["PhraseNotFound"] == ["xyzzy[ti]"]
    assert found["ErrorList"]["FieldNotFound"] == ["tiabb"]
    assert found["WarningList"]["QuotedPhraseNotFound"] == ['"a plugh"[ti]']
    result = ask("esearch", term="xyzzy[ti]", retmode="json").json()["esearchresult"]
    assert result["count"] == "0"
    assert result["errorlist"]["phrasesnotfound"] == ["xyzzy[ti]"]
    assert result["warninglist"]["outputmessages"] == ["No items found."]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"term": ""}, "Empty term and query_key - nothing todo"),
        ({}, "Empty term and query_key - nothing todo"),
        ({"term": "(("}, "Search Backend failed"),
        ({"term": "x", "db": "nothing"}, "Invalid db name specified: nothing"),
        ({"query_key": "3", "WebEnv": "MCID_0"}, "Unable to obtain query #3"),
        ({"term": "x", "mindate": "May", "maxdate": "June"}, "Search Backend failed"),
    ],
)
def test_esearch_errors_come_inside_a_good_reply(
    ask: Ask, params: dict[str, str], message: str
) -> None:
    reply = ask("esearch", **params)
    assert reply.status_code == 200
    assert message in (etree.fromstring(reply.content).findtext("ERROR") or "")
    as_json = json.loads(ask("esearch", retmode="json", **params).text, strict=False)
    assert message in as_json["esearchresult"]["ERROR"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"datetype": "crdt", "mindate": "2025/10/02", "maxdate": "2025/10/31"}, ["103", "102"]),
        ({"datetype": "crdt", "mindate": "2025/10", "maxdate": "2025"}, ["103", "102", "101"]),
        (
            {"datetype": "mdat", "mindate": "2024", "maxdate": "2024/03/01"},
            ["104", "103", "102", "101"],
        ),
        ({"mindate": "2019", "maxdate": "2019"}, ["105"]),
        ({"datetype": "edat", "reldate": "1"}, []),
    ],
)
def test_esearch_limits_dates(read: Read, params: dict[str, str], expected: list[str]) -> None:
    assert read("esearch", term="all[sb]", **params)["IdList"] == expected


def test_esearch_says_the_dates_it_searched(read: Read) -> None:
    found = read(
        "esearch", term="a[ti] OR asthma[ti]", datetype="crdt", mindate="2025", maxdate="2025"
    )
    assert found["QueryTranslation"] == (
        '("a"[Title] OR "asthma"[Title]) AND 2025/01/01:2025/12/31[Date - Create]'
    )


def test_one_date_alone_is_ignored_and_said_so(read: Read) -> None:
    found = read("esearch", term="all[sb]", mindate="2025")
    assert found["Count"] == "5"
    assert "mindate and maxdate" in found["WarningList"]["OutputMessage"][0]


@pytest.mark.parametrize(
    ("sort", "first"), [("pub_date", "104"), ("relevance", "105"), ("Author", "101")]
)
def test_esearch_sorts(read: Read, sort: str, first: str) -> None:
    assert read("esearch", term="all[sb]", sort=sort)["IdList"][0] == first


def test_esearch_of_full_texts(read: Read) -> None:
    assert read("esearch", db="pmc", term="open access[filter]")["IdList"] == ["9004", "9001"]
    assert read("esearch", db="pmc", term="twelve dragons[body]")["Count"] == "3"


def test_history_of_searches_and_posts(ask: Ask, read: Read) -> None:
    found = read("esearch", term="asthma", usehistory="y", retmax=0)
    place = {"WebEnv": found["WebEnv"]}
    assert found["QueryKey"] == "1"
    posted = read("epost", method="POST", db="pubmed", id="101,103", **place)
    assert (posted["QueryKey"], posted["WebEnv"]) == ("2", found["WebEnv"])
    assert read("esearch", term="#1 AND #2", **place)["IdList"] == ["101"]
    assert read("esearch", term="dragons", query_key="1", **place)["IdList"] == ["105", "101"]
    page = ask("efetch", db="pubmed", query_key="1", retstart=1, retmax=1, **place)
    assert _pmids(page) == ["102"]
    beyond = ask("efetch", db="pubmed", query_key="1", retstart=3, **place)
    assert beyond.status_code == 400
    assert "OUT OF RANGE. Parameter retstart=3 + 1 is greater" in beyond.text
    lost = ask("efetch", db="pubmed", query_key="9", **place)
    assert (lost.status_code, "Unable to obtain query #9" in lost.text) == (400, True)


def _pmids(reply: httpx.Response) -> list[str | None]:
    root = etree.fromstring(reply.content)
    return [
        pmid.text
        for path in ("MedlineCitation/PMID", "BookDocument/PMID")
        for pmid in root.iterfind(f"*/{path}")
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_efetch_drops_unknown_ids_without_a_word(ask: Ask, method: str) -> None:
    reply = ask("efetch", method=method, db="pubmed", id="999,104,105,104", retmode="xml")
    assert _pmids(reply) == ["104", "105"]
    none = ask("efetch", method=method, db="pubmed", id="998,999", retmode="xml")
    assert none.status_code == 200
    assert b"<PubmedArticleSet></PubmedArticleSet>" in none.content


def test_efetch_without_a_usable_id(ask: Ask) -> None:
    reply = ask("efetch", db="pubmed", id="x")
    assert reply.status_code == 400
    assert "ID list is empty! Possibly it has no correct IDs." in reply.text


def test_biopython_reads_fetched_records(read: Read) -> None:
    records = read("efetch", db="pubmed", id="102,105", retmode="xml")
    assert [str(one["MedlineCitation"]["PMID"]) for one in records["PubmedArticle"]] == ["102"]
    assert len(records["PubmedBookArticle"]) == 1


def test_efetch_as_text(ask: Ask) -> None:
    assert ask("efetch", id="101,102,999", rettype="uilist", retmode="text").text == "101\n102\n"
    assert ask("efetch", id="101", retmode="json").text == "101\n"  # there is no JSON
    medline = ask("efetch", id="101", rettype="medline", retmode="text").text
    assert "PMID- 101\n" in medline
    assert "AB  - Severe asthma in small dragons, p < 0.05.\n" in medline
    abstract = ask("efetch", id="101", rettype="abstract", retmode="text").text
    assert "Asthma of dragons: a trial" in abstract


def test_efetch_of_full_texts(ask: Ask) -> None:
    reply = ask("efetch", db="pmc", id="PMC9001,9003,77")
    root = etree.fromstring(reply.content)
    assert root.tag == "pmc-articleset"
    assert [child.tag for child in root] == ["article", "article", "error"]
    assert [child.find("body") is None for child in root.iterfind("article")] == [False, True]
    assert root.findtext("error") == "The following PMCID is not available: 77"
    assert root[2].get("id") == "77"


def test_epost_names_what_is_no_id(read: Read, ask: Ask) -> None:
    assert read("epost", db="pubmed", id="101,x")["InvalidIdList"] == ["x"]
    assert "Empty ID list; Nothing to store" in ask("epost", db="pubmed").text
    assert "Some IDs have invalid value and were omitted" in ask("epost", id="x").text


def test_esummary(ask: Ask, read: Read) -> None:
    (summary,) = read("esummary", db="pubmed", id="101")
    assert summary["Title"] == "Asthma of dragons: a trial"
    assert summary["AuthorList"] == ["Smith JA", "Invented Group"]
    assert summary["LangList"] == ["English"]
    version_2 = etree.fromstring(ask("esummary", id="101,999", version="2.0").content)
    texts = [
        one.findtext("Title") or one.findtext("error") for one in version_2.iter("DocumentSummary")
    ]
    assert texts == ["Asthma of dragons: a trial", "cannot get document summary"]
    missing = ask("esummary", id="99999999").text
    assert "<ERROR>UID=99999999: cannot get document summary</ERROR>" in missing
    assert "Empty id list - nothing todo" in ask("esummary").text


def test_esummary_in_json(ask: Ask) -> None:
    result = ask("esummary", id="101,999", retmode="json").json()["result"]
    assert result["uids"] == ["101", "999"]
    assert result["101"]["articleids"][1] == {"idtype": "pmc", "value": "PMC9001"}
    assert result["999"] == {"uid": "999", "error": "cannot get document summary"}
    report = ask("esummary", db="pmc", id="9001", retmode="json").json()["result"]["9001"]
    assert (report["title"], report["articleids"][-1]["value"]) == ("Dragons in full", "PMC9001")
    many = ask("esummary", method="POST", id=",".join(map(str, range(1, 502))), retmode="json")
    assert many.json()["error"].startswith(
        "Too many UIDs in request. Maximum number of UIDs is 500"
    )


def test_elink_gives_a_set_for_each_id(read: Read, ask: Ask) -> None:
    sets = read("elink", dbfrom="pubmed", db="pmc", id=["101", "103"])
    assert [one["IdList"] for one in sets] == [["101"], ["103"]]
    assert sets[0]["LinkSetDb"][0]["Link"] == [{"Id": "9001"}]
    assert sets[0]["LinkSetDb"][0]["LinkName"] == "pubmed_pmc"
    assert sets[1]["LinkSetDb"] == []
    (shared,) = read("elink", dbfrom="pubmed", db="pmc", id="101,103")
    assert shared["IdList"] == ["101", "103"]
    back = ask("elink", dbfrom="pmc", db="pubmed", id="9001", retmode="json").json()
    assert back["linksets"][0]["linksetdbs"][0]["links"] == ["101", "102"]


def test_einfo(read: Read, ask: Ask) -> None:
    assert read("einfo")["DbList"] == ["pubmed", "pmc"]
    (info,) = read("einfo", db="pubmed")["DbInfo"]
    assert info["Count"] == "5"
    assert info["DbBuild"].startswith("Build-")
    assert {"TIAB", "CRDT", "UID"} <= {field["Name"] for field in info["FieldList"]}
    as_json = ask("einfo", db="pmc", retmode="json").json()["einforesult"]["dbinfo"][0]
    assert as_json["count"] == "4"
    assert "Can not retrieve DbInfo for db=fleegle" in ask("einfo", db="fleegle").text
