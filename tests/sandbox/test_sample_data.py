"""The packaged sample data: valid, invented throughout, consistent, and as varied as promised."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

import pytest
from Bio import Entrez
from lxml import etree

SAMPLE = Path(str(files("litsweep_app.sandbox") / "sample"))
DTDS = Path(Entrez.__file__).parent / "DTDs"
PUBMED_FILES = sorted((SAMPLE / "pubmed").glob("*.xml"))
REPORT_FILES = sorted((SAMPLE / "pmc").glob("*.xml"))

PMIDS = range(99000001, 99000043)
CITED_PMIDS = range(99000101, 99000200)
FRONT_MATTER_ONLY = "PMC99900009"
WITHOUT_REPORT = {"PMC99900010", "PMC99900011"}

DOCTYPE = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)
DOI = re.compile(r"10\.5555/\S+")


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())


def _select(element: etree._Element, xpath: str) -> list[etree._Element]:
    found = element.xpath(xpath)
    assert isinstance(found, list)
    return [item for item in found if isinstance(item, etree._Element)]


def _values(element: etree._Element, xpath: str) -> list[str]:
    """What an XPath finds that ends in an attribute or in ``text()``."""
    found = element.xpath(xpath)
    assert isinstance(found, list)
    return [str(item) for item in found]


@cache
def _parse(path: Path) -> etree._ElementTree:
    return etree.parse(str(path))


@cache
def _records() -> dict[int, etree._Element]:
    """Every record by PMID; a book chapter is a record too."""
    articles = chain.from_iterable(_parse(path).getroot() for path in PUBMED_FILES)
    pairs = [
        (int(article[0].findtext("PMID") or 0), article)
        for article in articles
        if isinstance(article.tag, str)
    ]
    assert len(pairs) == len(dict(pairs)), "a PMID occurs twice"
    return dict(pairs)


@cache
def _reports() -> dict[str, etree._Element]:
    return {path.stem: _parse(path).getroot() for path in REPORT_FILES}


def _own_id(record: etree._Element, kind: str) -> str | None:
    """The record's own identifier, never one of a work that it cites."""
    return record.findtext(f"./*/ArticleIdList/ArticleId[@IdType='{kind}']")


def _with_path(xpath: str) -> set[int]:
    return {pmid for pmid, record in _records().items() if _select(record, xpath)}


def _day(record: etree._Element, status: str) -> date:
    (found,) = record.iterfind(f".//PubMedPubDate[@PubStatus='{status}']")
    return date(*(int(found.findtext(part) or 0) for part in ("Year", "Month", "Day")))


def _title_and_abstract(record: etree._Element) -> str:
    names = ("ArticleTitle", "AbstractText", "Keyword", "VernacularTitle")
    return "\n".join(_text(found) for name in names for found in record.iter(name)).lower()


def _about(*phrases: str) -> set[int]:
    """The records whose title, abstract or keywords hold one of the phrases."""
    texts = {pmid: _title_and_abstract(record) for pmid, record in _records().items()}
    return {pmid for pmid, text in texts.items() if any(phrase in text for phrase in phrases)}


def _main_topic() -> set[int]:
    return _about("lorvaxidine") | (_about("delirium") & _about("hip fracture"))


def _pmids_of_links(ref_type: str) -> dict[int, set[int]]:
    links: dict[int, set[int]] = {}
    for pmid, record in _records().items():
        for link in record.iterfind(f".//CommentsCorrections[@RefType='{ref_type}']/PMID"):
            links.setdefault(pmid, set()).add(int(link.text or 0))
    return links


# --- form ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PUBMED_FILES, ids=lambda path: path.stem)
def test_sample_pubmed_file_is_valid(path: Path) -> None:
    dtd = etree.DTD(str(DTDS / "pubmed_250101.dtd"))
    assert dtd.validate(_parse(path)), dtd.error_log
    assert DOCTYPE in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", REPORT_FILES, ids=lambda path: path.stem)
def test_sample_report_is_valid_jats(path: Path) -> None:
    dtd = etree.DTD(str(DTDS / "JATS-archivearticle1-3-mathml3.dtd"))
    assert dtd.validate(_parse(path)), dtd.error_log


@pytest.mark.parametrize("path", PUBMED_FILES + REPORT_FILES, ids=lambda path: path.stem)
def test_sample_file_says_that_it_is_invented_and_free(path: Path) -> None:
    comment = _parse(path).getroot().getprevious()
    assert comment is not None
    assert isinstance(comment, etree._Comment)
    assert "Nothing in this file is real" in str(comment.text)
    assert "CC0 1.0" in str(comment.text)


def test_sample_texts_stand_on_one_line() -> None:
    trees = [_parse(path) for path in PUBMED_FILES + REPORT_FILES]
    names = ("ArticleTitle", "AbstractText", "Affiliation", "article-title", "p", "td", "kwd")
    texts = [_text(element) for tree in trees for element in tree.iter(*names)]
    assert len(texts) > 500
    assert [t for t in texts if t != t.strip() or "\n" in t or "  " in t] == []


def test_sample_data_is_small() -> None:
    assert sum(path.stat().st_size for path in PUBMED_FILES) < 300_000
    assert sum(path.stat().st_size for path in REPORT_FILES) < 300_000


# --- counts and identifiers ---------------------------------------------------------------


def test_sample_pmids_are_the_42_fictitious_ones() -> None:
    assert sorted(_records()) == list(PMIDS)


def test_sample_mentions_no_pmid_outside_the_fictitious_ranges() -> None:
    known = {*PMIDS, *CITED_PMIDS}
    for record in _records().values():
        found = _select(record, ".//PMID | .//ArticleId[@IdType='pubmed']")
        assert {int(_text(element)) for element in found} <= known
    for report in _reports().values():
        found = _select(
            report, ".//article-id[@pub-id-type='pmid'] | .//pub-id[@pub-id-type='pmid']"
        )
        assert {int(_text(element)) for element in found} <= known


def test_sample_dois_have_the_test_prefix_and_are_unique() -> None:
    own = [_own_id(record, "doi") for record in _records().values()]
    assert len(own) == len(set(own)) == len(PMIDS)
    everything = [
        _text(element)
        for root in (*_records().values(), *_reports().values())
        for element in _select(
            root,
            ".//ArticleId[@IdType='doi'] | .//ELocationID[@EIdType='doi']"
            " | .//article-id[@pub-id-type='doi'] | .//pub-id[@pub-id-type='doi']",
        )
    ]
    assert all(DOI.fullmatch(doi) for doi in everything)
    for path in PUBMED_FILES + REPORT_FILES:
        assert set(re.findall(r"\b10\.\d{4,9}(?=/)", path.read_text(encoding="utf-8"))) == {
            "10.5555"
        }


def test_sample_trial_numbers_are_out_of_range() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PUBMED_FILES + REPORT_FILES)
    trials = set(re.findall(r"NCT\d+", text))
    assert len(trials) >= 5
    assert all(re.fullmatch(r"NCT9999\d{4}", trial) for trial in trials)
    assert set(re.findall(r"\b0000-?0000-?(\d{4})", text)) == {"9990"}


def test_sample_citations_are_not_the_records_own_identifiers() -> None:
    """A parser that takes a cited DOI for the record's own must be caught."""
    cited = _with_path(
        "./PubmedData/ReferenceList/Reference/ArticleIdList/ArticleId[@IdType='doi']"
    )
    assert len(cited) >= 15
    for pmid in cited:
        record = _records()[pmid]
        references = _values(record, ".//ReferenceList//ArticleId[@IdType='doi']/text()")
        assert _own_id(record, "doi") not in references


# --- full texts ---------------------------------------------------------------------------


def test_sample_reports_and_records_name_each_other() -> None:
    by_pmcid = {_own_id(r, "pmc"): pmid for pmid, r in _records().items() if _own_id(r, "pmc")}
    assert set(by_pmcid) == set(_reports()) | WITHOUT_REPORT
    for pmcid, report in _reports().items():
        ids = {i.get("pub-id-type"): i.text for i in report.iterfind(".//article-meta/article-id")}
        record = _records()[by_pmcid[pmcid]]
        assert ids["pmcid"] == pmcid
        assert ids["pmid"] == str(by_pmcid[pmcid])
        assert ids["doi"] == _own_id(record, "doi")
        title = record.find(".//ArticleTitle")
        report_title = report.find(".//article-meta/title-group/article-title")
        assert title is not None
        assert report_title is not None
        assert _text(title).rstrip(".") == _text(report_title)


def test_sample_has_eight_full_texts_and_one_front_matter() -> None:
    with_body = {pmcid for pmcid, report in _reports().items() if report.find("body") is not None}
    assert len(with_body) == 8
    assert set(_reports()) - with_body == {FRONT_MATTER_ONLY}
    source = (SAMPLE / "pmc" / f"{FRONT_MATTER_ONLY}.xml").read_text(encoding="utf-8")
    assert (
        "<!--The publisher of this article does not allow downloading of the full text in XML "
        "form.-->" in source
    )


def test_sample_full_texts_have_the_parts_of_a_report() -> None:
    for report in _reports().values():
        body = report.find("body")
        if body is None:
            continue
        assert 900 <= len(_text(body).split()) <= 1800
        headings = " ".join(_text(t).lower() for t in body.iterfind("./sec/title"))
        assert re.search(r"introduction|background", headings)
        assert re.search(r"methods|case presentation", headings)
        assert "discussion" in headings
        assert "conclusion" in headings
        assert any("limitation" in _text(t).lower() for t in body.iterfind(".//sec/sec/title"))
        for name in ("table-wrap", "fig"):
            assert next(report.iter(name), None) is not None, name
        back = report.find("back")
        assert back is not None
        assert {"ack", "ref-list"} <= {child.tag for child in back}
        assert "availab" in _text(back).lower() or "sharing" in _text(back).lower()
        whole = _text(report).lower()
        assert "fund" in whole
        assert re.search(r"competing interest|conflicts? of interest|disclosures", whole)


def test_sample_reports_cite_and_point_only_to_what_they_have() -> None:
    for report in _reports().values():
        ids = set(_values(report, ".//@id"))
        assert set(_values(report, ".//xref/@rid")) <= ids


def test_sample_licences_vary() -> None:
    texts = [_text(found) for report in _reports().values() for found in report.iter("license-p")]
    licences = Counter(
        "CC0" if "CC0" in t else "CC BY-NC" if "NonCommercial" in t else "CC BY" for t in texts
    )
    assert licences == {"CC BY": 5, "CC BY-NC": 3, "CC0": 1}


def test_sample_numbers_of_an_abstract_stand_in_the_body() -> None:
    """The same study must not say two things: every percentage and ratio is in the body."""
    number = re.compile(r"(?<![\d.,])\d[\d,]*\.?\d*(?=%| of \d)|(?<=ratio )\d\.\d+")
    n_checked = 0
    for report in _reports().values():
        body, abstract = report.find("body"), report.find(".//abstract")
        if body is None:
            continue
        assert abstract is not None
        numbers = set(number.findall(_text(abstract)))
        n_checked += len(numbers)
        text = _text(report).replace(_text(abstract), "")
        assert {n for n in numbers if n not in text} == set()
    assert n_checked > 40


def test_sample_abstracts_agree_between_pubmed_and_pmc() -> None:
    """Report abstracts are shortened; their numbers must be those of the PubMed record."""
    number = re.compile(r"\d[\d,]*(?:\.\d+)?")
    for report in _reports().values():
        pmid = int(report.findtext(".//article-id[@pub-id-type='pmid']") or 0)
        abstract = report.find(".//abstract")
        assert abstract is not None
        paragraphs = " ".join(_text(p) for p in abstract.iter("p"))
        known = set(number.findall(_title_and_abstract(_records()[pmid])))
        assert set(number.findall(paragraphs)) <= known, pmid


# --- the demo's topic ---------------------------------------------------------------------


def test_sample_main_topic_has_24_records_and_6_full_texts() -> None:
    found = _main_topic()
    assert found == set(range(99000001, 99000025))
    reports = [_own_id(_records()[pmid], "pmc") for pmid in found]
    bodies = [_reports()[r].find("body") for r in reports if r and r in _reports()]
    assert sum(body is not None for body in bodies) == 6


def test_sample_other_topics_have_9_records_each() -> None:
    assert _about("quenoprazine", "marrowby fever") == set(range(99000025, 99000034))
    assert _about("tellavue", "heart failure") == set(range(99000034, 99000043))


def test_sample_creation_dates_suit_nightly_windows() -> None:
    created = [_day(record, "entrez") for record in _records().values()]
    recent = [day for day in created if date(2026, 10, 26) <= day <= date(2026, 11, 20)]
    assert len(recent) == 36
    assert len(set(recent)) >= 15, "most nights should bring something"
    assert min(created) == date(2025, 1, 9)
    assert max(created) == date(2026, 11, 20)


def test_sample_has_late_additions() -> None:
    late = {p for p, r in _records().items() if _day(r, "entrez") != _day(r, "pubmed")}
    assert late == {99000023, 99000040}
    assert all((_day(_records()[p], "pubmed")).year < 2022 for p in late)


# --- variety ------------------------------------------------------------------------------


def test_sample_kinds_of_abstract() -> None:
    none = {p for p, r in _records().items() if r.find(".//Abstract") is None}
    structured = _with_path(".//Article/Abstract/AbstractText[@Label and @NlmCategory]")
    assert len(none) >= 5
    assert len(structured) >= 15
    assert len(set(_records()) - none - structured) >= 8
    labels = {label for r in _records().values() for label in _values(r, ".//AbstractText/@Label")}
    assert {"FINDINGS", "Objective", "INTERPRETATION", "DATA SOURCES"} <= labels
    lengths = [
        len(" ".join(_text(part) for part in abstract.iterfind("AbstractText")).split())
        for record in _records().values()
        for abstract in record.iterfind(".//Abstract")
    ]
    assert sum(length >= 100 for length in lengths) >= len(lengths) - 1  # a notice is short
    assert max(lengths) <= 300


def test_sample_corrections_name_each_other() -> None:
    for one_way, back in (
        ("RetractionIn", "RetractionOf"),
        ("ErratumIn", "ErratumFor"),
        ("ExpressionOfConcernIn", "ExpressionOfConcernFor"),
        ("UpdateIn", "UpdateOf"),
    ):
        forward, backward = _pmids_of_links(one_way), _pmids_of_links(back)
        assert forward, one_way
        assert {(a, b) for a, bs in forward.items() for b in bs} == {
            (b, a) for a, bs in backward.items() for b in bs
        }


@pytest.mark.parametrize(
    ("ui", "at_least"),
    [
        ("D016441", 1),  # retracted publication
        ("D016440", 1),  # its notice
        ("D016425", 1),  # erratum
        ("D000076942", 1),  # preprint
        ("D016449", 8),  # randomised controlled trial
        ("D000078182", 3),  # systematic review
        ("D017418", 3),  # meta-analysis
        ("D002363", 2),  # case report
        ("D064888", 5),  # observational study
        ("D016422", 1),  # letter
        ("D016421", 1),  # editorial
    ],
)
def test_sample_publication_types(ui: str, at_least: int) -> None:
    assert len(_with_path(f".//PublicationType[@UI='{ui}']")) >= at_least


def test_sample_retraction_types_match_their_links() -> None:
    assert set(_pmids_of_links("RetractionIn")) == _with_path(".//PublicationType[@UI='D016441']")
    assert set(_pmids_of_links("RetractionOf")) == _with_path(".//PublicationType[@UI='D016440']")
    assert set(_pmids_of_links("UpdateIn")) == _with_path(".//PublicationType[@UI='D000076942']")


def test_sample_status_values() -> None:
    status = Counter(
        str(citation.get("Status"))
        for record in _records().values()
        for citation in record.iterfind("MedlineCitation")
    )
    assert set(status) == {"MEDLINE", "Publisher", "In-Process", "PubMed-not-MEDLINE"}
    assert min(status.values()) >= 5


def test_sample_orcids_come_in_four_spellings() -> None:
    orcids = [
        str(found.text)
        for record in _records().values()
        for found in record.iterfind(".//Identifier[@Source='ORCID']")
    ]

    def shapes() -> Iterator[str]:
        for orcid in orcids:
            yield re.sub(r"\d", "9", orcid).replace("X", "9")

    number = "9999-9999-9999-9999"
    assert set(shapes()) == {
        number,
        f"http://orcid.org/{number}",
        f"https://orcid.org/{number}",
        number.replace("-", ""),
    }
    assert any(orcid.endswith("X") for orcid in orcids)


@pytest.mark.parametrize(
    ("what", "xpath"),
    [
        ("book chapter", "self::PubmedBookArticle[BookDocument/Book]"),
        ("vernacular title", ".//VernacularTitle[../ArticleTitle[starts-with(., '[')]]"),
        ("German", ".//OtherAbstract[@Language='ger']"),
        ("Spanish", ".//OtherAbstract[@Language='spa']"),
        ("two languages", ".//Article[count(Language) = 2]"),
        ("plain language", ".//OtherAbstract[@Type='plain-language-summary']"),
        ("collective author", ".//CollectiveName[@Investigators]"),
        ("investigators", ".//InvestigatorList/Investigator"),
        ("several investigator lists", ".//MedlineCitation[count(InvestigatorList) > 1]"),
        ("no authors", "self::*[not(.//AuthorList)]"),
        ("incomplete authors", ".//AuthorList[@CompleteYN='N']"),
        ("superseded author", ".//Author[@ValidYN='N']"),
        ("suffix", ".//Author/Suffix"),
        ("identifier of an affiliation", ".//AffiliationInfo/Identifier"),
        ("wrong DOI", ".//ELocationID[@ValidYN='N']"),
        ("italics", ".//AbstractText/i"),
        ("superscript", ".//AbstractText/sup"),
        ("subscript in a title", ".//ArticleTitle/sub[. = '0']"),
        ("markup in a keyword", ".//Keyword/i | .//Keyword/sub"),
        ("formula", ".//AbstractText/*[namespace-uri()='http://www.w3.org/1998/Math/MathML']"),
        ("less-than sign", ".//AbstractText[contains(., '< 0.0')]"),
        ("doubly escaped entity", ".//AbstractText[contains(., '&lt;')]"),
        ("Greek", ".//AbstractText[contains(., 'α')]"),
        ("middle dot", ".//AbstractText[contains(., '0·87')]"),
        ("thin space", ".//AbstractText[contains(., '\u2009<\u2009')]"),
        ("narrow space in numbers", ".//AbstractText[contains(., '13\u202f480')]"),
        ("MedlineDate", ".//PubDate/MedlineDate"),
        ("season", ".//PubDate/Season"),
        ("exact date", ".//PubDate/Day"),
        ("keywords", ".//KeywordList[@Owner='NOTNLM']/Keyword[@MajorTopicYN='Y']"),
        ("MeSH major topic", ".//DescriptorName[@MajorTopicYN='Y']"),
        (
            "MeSH major qualifier",
            ".//MeshHeading[DescriptorName/@MajorTopicYN='N']/QualifierName[@MajorTopicYN='Y']",
        ),
        ("chemical", ".//Chemical[RegistryNumber='0']"),
        ("supplementary concept", ".//SupplMeshName[@Type='Disease']"),
        ("gene symbol", ".//GeneSymbol"),
        ("grant without country", ".//Grant[not(Country)]"),
        ("trial register", ".//DataBank[DataBankName='ClinicalTrials.gov']"),
        ("two data banks", ".//DataBankList[count(DataBank) = 2]"),
        ("conflict of interest", ".//CoiStatement"),
        ("number of references", ".//NumberOfReferences"),
        ("general note", ".//GeneralNote"),
        ("note of a correction", ".//CommentsCorrections/Note"),
        ("short page range", ".//MedlinePgn[. = '398-9']"),
        ("article number only", ".//Article[not(Pagination)]"),
        ("delirium elsewhere", ".//PMID[. = '99000027']/..//AbstractText[contains(., 'Delirium')]"),
    ],
)
def test_sample_variety(what: str, xpath: str) -> None:
    assert _with_path(xpath), f"no record has: {what}"


@pytest.mark.parametrize(
    ("what", "xpath"),
    [
        ("superscript", ".//body//p/sup"),
        ("subscript", ".//body//p/sub"),
        ("italics", ".//body//p/italic"),
        ("Greek", ".//body//p[contains(., 'α')]"),
        ("spanning cells", ".//th[@colspan] | .//th[@rowspan]"),
        ("two notations of a formula", ".//disp-formula/alternatives[tex-math]"),
        ("list", ".//body//list/list-item"),
        ("box", ".//body//boxed-text"),
        ("floats", "./floats-group/table-wrap"),
        ("range of citations", ".//p/text()[. = '–' and preceding-sibling::xref]/.."),
        ("mixed citation", ".//mixed-citation"),
        ("unstructured abstract", ".//article-meta/abstract/p"),
        ("collective author", ".//contrib/collab"),
        ("bare ORCID", ".//contrib-id[starts-with(., '0000-')]"),
        ("sections without a type", ".//body/sec[not(@sec-type)]"),
        ("licence by reference", ".//license/*[local-name()='license_ref']"),
        ("licence only in words", ".//license[not(@*[local-name()='href'])]"),
        ("conflicts in notes", ".//back/notes"),
        ("conflicts in footnotes", ".//back/fn-group/fn"),
        ("data availability in a section", ".//back/sec[@sec-type='data-availability']"),
        ("supplement", ".//supplementary-material"),
        ("case report", "self::article[@article-type='case-report']"),
        ("less-than sign", ".//p[contains(., 'p < 0.05')]"),
    ],
)
def test_sample_report_variety(what: str, xpath: str) -> None:
    assert any(_select(report, xpath) for report in _reports().values()), f"no report has: {what}"
