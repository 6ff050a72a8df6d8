import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from litsweep.errors import UsageError
from litsweep_app.sandbox.library import Library, load_library


def _load(folder: Path, **files: str | bytes) -> Library:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.xml").write_bytes(raw)
    return load_library([folder])


def test_every_kind_of_file_gives_its_records(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    citation = "<MedlineCitation><PMID>7</PMID></MedlineCitation>"
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "no-ending").write_bytes(
        gzip.compress(make_record(6, "x").encode())
    )
    library = _load(
        tmp_path,
        set=f"<PubmedArticleSet>{make_record(1, 'x')}{make_record(2, 'y')}</PubmedArticleSet>",
        single=make_record(3, "z"),
        custom=f'<export n="1"><article>{make_record(4, "z")}</article></export>',
        medline=f"<MedlineCitationSet>{citation}</MedlineCitationSet>",
        book="<BookDocumentSet><BookDocument><PMID>8</PMID></BookDocument></BookDocumentSet>",
    )
    assert sorted(library.records) == [1, 2, 3, 4, 6, 7, 8]
    assert library.records[7].xml == f"<PubmedArticle>{citation}</PubmedArticle>".encode()
    assert library.records[8].xml.startswith(b"<PubmedBookArticle><BookDocument>")
    assert library.skipped == ()


def test_records_keep_their_exact_bytes(tmp_path: Path, make_record: Callable[..., str]) -> None:
    odd = make_record(
        1, "p &lt; 0.05 <!-- <PubmedArticle> -->\n<sup>2</sup>\t<![CDATA[</PubmedArticle>]]>é"
    )
    library = _load(tmp_path, a=f"<PubmedArticleSet>\n  {odd}\n</PubmedArticleSet>")
    assert library.records[1].xml == odd.encode()


def test_a_break_costs_only_the_broken_record(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    whole, cut = make_record(2, "whole"), make_record(3, "cut")[:-30]
    mismatched = make_record(4, "a <b>wrong</i> tag")
    text = (
        f"<PubmedArticleSet>{make_record(1, 'x')}{cut}{whole}{mismatched}{make_record(5, 'y')[:90]}"
    )
    library = _load(tmp_path, a=text)
    assert sorted(library.records) == [1, 2]
    assert any("without its end" in reason for reason in library.skipped)
    assert any("mismatch" in reason for reason in library.skipped)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"version": 2}, {"version": 1}, "first"),
        ({"version": 1}, {"version": 1}, "second"),
        ({"version": 1}, {"version": 2}, "second"),
    ],
)
def test_of_one_pmid_the_highest_version_is_served(
    tmp_path: Path,
    make_record: Callable[..., str],
    first: dict[str, int],
    second: dict[str, int],
    kept: str,
) -> None:
    library = _load(
        tmp_path, a=make_record(1, "first", **first), b=make_record(1, "second", **second)
    )
    assert kept.encode() in library.records[1].xml


def test_of_one_version_the_latest_revision_is_served(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    newer = make_record(1, "newer").replace("<Year>2024</Year>", "<Year>2025</Year>")
    library = _load(tmp_path, a=newer, b=make_record(1, "older"))
    assert b"newer" in library.records[1].xml


def test_what_has_no_pmid_is_skipped(tmp_path: Path, make_record: Callable[..., str]) -> None:
    nameless = make_record(1, "x").replace('<PMID Version="1">1</PMID>', "")
    library = _load(tmp_path, a=nameless, b=make_record(0, "x"), c="<other/>")
    assert library.records == {}
    assert [reason.partition(": ")[2] for reason in library.skipped] == [
        "no PMID",
        "no usable PMID",
        "no PubMed record and no JATS article in it",
    ]


def test_deletions_are_reported_and_not_applied(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    deletion = "<DeleteCitation><PMID>1</PMID><PMID>2</PMID></DeleteCitation>"
    library = _load(
        tmp_path, a=f"<PubmedArticleSet>{make_record(1, 'x')}{deletion}</PubmedArticleSet>"
    )
    assert list(library.records) == [1]
    assert library.skipped == ("a.xml: DeleteCitation of 2 PMIDs not applied",)


def test_a_file_with_entities_of_its_own_is_refused(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    doctype = '<!DOCTYPE PubmedArticleSet [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    record = make_record(1, "&e;")
    library = _load(tmp_path, a=f"{doctype}<PubmedArticleSet>{record}</PubmedArticleSet>")
    assert library.records == {}
    assert "entities" in library.skipped[0]


def test_characters_named_by_an_absent_dtd_are_written_out(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    library = _load(
        tmp_path, a=make_record(1, "5&nbsp;&plusmn;&nbsp;1 &amp; x"), b=make_record(2, "&bogus;")
    )
    assert "5\u00a0±\u00a01 &amp; x".encode() in library.records[1].xml
    assert 2 not in library.records


def test_windows_bytes_in_a_utf8_file_are_read_as_such(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    library = _load(tmp_path, a=make_record(1, "naïve").encode("cp1252"))
    assert "naïve".encode() in library.records[1].xml


def test_prefixes_declared_by_the_wrapper_are_kept(
    tmp_path: Path, make_article: Callable[..., str]
) -> None:
    article = make_article(
        '<article-id pub-id-type="pmc">PMC5</article-id>', "", "<body><p>x</p></body>"
    )
    bare = article.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace(
        "<p>x</p>", '<p><x:y/><ext-link xlink:href="a"/></p>'
    )
    library = _load(tmp_path, a=f'<pmc-articleset xmlns:x="urn:x">{bare}</pmc-articleset>')
    served = etree.fromstring(library.reports[5].xml)
    assert served.nsmap["x"] == "urn:x"


def test_articles_are_found_in_sets_and_oai_replies(
    tmp_path: Path, make_article: Callable[..., str]
) -> None:
    one, two, three = (
        make_article(f'<article-id pub-id-type="pmc">{number}</article-id>', "", "")
        for number in ("PMC11", "12", "PMC13.1")
    )
    namespaced = three.replace(
        "<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" '
    )
    oai = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><metadata>{}</metadata></OAI-PMH>'
    library = _load(
        tmp_path,
        set=f"<pmc-articleset>{one}{two}</pmc-articleset>",
        oai=oai.format(namespaced),
        nameless=make_article('<article-id pub-id-type="doi">10.1/x</article-id>', "", ""),
    )
    assert sorted(library.reports) == [11, 12, 13]
    assert library.reports[13].xml == namespaced.encode()
    assert library.skipped == ("nameless.xml: a JATS article without a PMCID",)


@pytest.mark.parametrize(
    ("licence", "code"),
    [
        (
            '<license xlink:href="http://creativecommons.org/licenses/by-nc-nd/4.0/"/>',
            "CC BY-NC-ND",
        ),
        ("<license><license-p>under the CC BY-NC licence</license-p></license>", "CC BY-NC"),
        ("Creative Commons Attribution Non-Commercial Share Alike", "CC BY-NC-SA"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
        ("This is an open-access article.", "NO-CC CODE"),
        ("All rights reserved.", None),
    ],
)
def test_licences_are_read_from_addresses_and_words(
    tmp_path: Path, make_article: Callable[..., str], licence: str, code: str | None
) -> None:
    ids = '<article-id pub-id-type="pmc">1</article-id>'
    library = _load(tmp_path, a=make_article(ids, licence, ""))
    assert library.reports[1].license_code == code


def test_records_and_full_texts_are_linked_from_both_sides(library: Library) -> None:
    assert library.find_pmcids(101) == [9001]  # the record says so
    assert library.find_pmcids(102) == [9001]  # the full text says so
    assert library.find_pmids(9001) == [101, 102]
    assert library.find_pmcids(103) == []


def test_every_record_has_a_creation_date_that_can_be_searched(
    tmp_path: Path, make_record: Callable[..., str], make_history: Callable[..., str]
) -> None:
    next_year = datetime.now(UTC).year + 1
    bare = "<PubmedArticle><MedlineCitation><PMID>{}</PMID>{}</MedlineCitation></PubmedArticle>"
    created = "<DateCreated><Year>1999</Year><Month>Feb</Month><Day>30</Day></DateCreated>"
    completed = "<DateCompleted><Year>2001</Year></DateCompleted>"
    library = _load(
        tmp_path,
        a=make_record(1, "x", data=make_history(1, 5)),
        b=make_record(2, "x", data=make_history(2, 5, status="pubmed")),
        c=make_record(3, "x", data=make_history(3, 99)),
        d=make_record(4, "x", data=make_history(4, 5, year=next_year)),
        e=bare.format(5, created + completed),
        f=bare.format(6, ""),
        g=make_record(7, "x", data=make_history(7, 5, year=17)),
    )
    found = {pmid: record.dates["CRDT"][0].isoformat() for pmid, record in library.records.items()}
    assert found[1] == found[2] == "2025-10-05"
    assert found[3] == found[7] == "2024-03-01"  # DateRevised
    assert found[5] == "2001-01-01"
    assert found[6] == "1900-01-01"
    today = datetime.now(UTC).date()
    assert today - timedelta(days=1) <= library.records[4].dates["CRDT"][0] <= today
    assert all(
        record.dates[name] for record in library.records.values() for name in ("PDAT", "EDAT")
    )


def test_a_publication_date_to_come_is_found_both_ways(
    tmp_path: Path, make_record: Callable[..., str]
) -> None:
    next_year = datetime.now(UTC).year + 1
    early = make_record(1, "x").replace("<Year>2020</Year>", f"<Year>{next_year}</Year>")
    years = {day.year for day in _load(tmp_path, a=early).records[1].dates["PDAT"]}
    assert years == {next_year, datetime.now(UTC).year}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        load_library([tmp_path / "nowhere"])
