"""Lists read without a tree say what the tree says, and leave to it what they do not know."""

import re
from collections.abc import Callable

import pytest
from lxml import etree

from litsweep.domain.records import FetchedRecord
from litsweep.parsing import record_sets
from litsweep.parsing.people import AUTHORS
from litsweep.parsing.pubmed import parse_record_set
from litsweep.parsing.regular_lists import build_text, cut_lists
from litsweep.parsing.text import element_text
from litsweep.parsing.xml import build_parser

Article = Callable[..., str]
RecordSetBuilder = Callable[..., bytes]

AUTHOR = '<Author ValidYN="Y"><LastName>Nemo</LastName><Initials>A</Initials></Author>'
LISTS = {
    "names": "<AuthorList>\n <Author>\n <LastName> O&apos;Nemo &#x2013; x </LastName>"
    "<ForeName>Jos\u0065\u0301</ForeName> <Suffix>Jr</Suffix></Author></AuthorList>",
    "superseded": f'<AuthorList>{AUTHOR}<Author ValidYN="N"><LastName>X</LastName></Author>'
    "<Author><LastName> </LastName></Author><Author/></AuthorList>",
    "people": f'<AuthorList CompleteYN="N">{AUTHOR}<Author ValidYN="Y" EqualContrib="Y">'
    "<CollectiveName>The &amp; Group</CollectiveName>"
    '<Identifier Source="ORCID">0000000218250097</Identifier>'
    "<AffiliationInfo><Affiliation>Here</Affiliation></AffiliationInfo>"
    "<AffiliationInfo><Affiliation/></AffiliationInfo>"
    "<AffiliationInfo><Affiliation>There\u00a0too</Affiliation></AffiliationInfo></Author>"
    "</AuthorList>",
    "markup": f"<AuthorList>{AUTHOR}<Author><CollectiveName>The <i>X</i></CollectiveName></Author>"
    f"{AUTHOR}</AuthorList>",
    "types": '<PublicationTypeList><PublicationType UI="">Review</PublicationType>'
    '<PublicationType>Letter</PublicationType><PublicationType UI="D1"/>'
    "</PublicationTypeList>",
    "two": f"<AuthorList>{AUTHOR}</AuthorList><AuthorList>{AUTHOR}</AuthorList>",
    "empty": f"<AuthorList/><AuthorList>{AUTHOR}</AuthorList>",
}
CITATION_LISTS = {
    "headings": '<MeshHeadingList><MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">A &amp; B'
    '</DescriptorName><QualifierName UI="Q1" MajorTopicYN="Y">q</QualifierName></MeshHeading>'
    '<MeshHeading><DescriptorName MajorTopicYN="Y" UI="D2">C</DescriptorName></MeshHeading>'
    "<MeshHeading><QualifierName>alone</QualifierName></MeshHeading></MeshHeadingList>",
    "chemicals": "<ChemicalList><Chemical><RegistryNumber>0</RegistryNumber>"
    '<NameOfSubstance UI="C1">x</NameOfSubstance></Chemical>'
    "<Chemical><NameOfSubstance>y</NameOfSubstance></Chemical></ChemicalList>",
    "links": '<CommentsCorrectionsList><CommentsCorrections RefType="Cites">'
    '<RefSource>S</RefSource><PMID Version="1">7</PMID></CommentsCorrections>'
    '<CommentsCorrections RefType="ErratumIn"><RefSource>A &lt; B</RefSource>'
    "<PMID>none</PMID><Note>n</Note></CommentsCorrections>"
    '<CommentsCorrections RefType="UpdateIn"><Note>n</Note></CommentsCorrections>'
    "</CommentsCorrectionsList>",
}


@pytest.fixture
def read_both_ways(
    record_set: RecordSetBuilder, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], tuple[FetchedRecord, FetchedRecord]]:
    def read(article: str) -> tuple[FetchedRecord, FetchedRecord]:
        (regular,) = parse_record_set(record_set(article)).records
        with monkeypatch.context() as patch:
            patch.setattr(record_sets, "_REGULAR", ())
            (by_tree,) = parse_record_set(record_set(article)).records
        return regular, by_tree

    return read


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_the_article(
    name: str,
    article: Article,
    read_both_ways: Callable[[str], tuple[FetchedRecord, FetchedRecord]],
) -> None:
    regular, by_tree = read_both_ways(article(901, LISTS[name]))
    assert regular == by_tree
    assert by_tree.record.authors or by_tree.record.publication_types


@pytest.mark.parametrize("name", CITATION_LISTS)
def test_lists_of_the_citation(
    name: str,
    article: Article,
    read_both_ways: Callable[[str], tuple[FetchedRecord, FetchedRecord]],
) -> None:
    regular, by_tree = read_both_ways(article(901, citation=CITATION_LISTS[name]))
    assert regular == by_tree
    record = by_tree.record
    assert record.mesh_headings or record.chemicals or (record.corrections and record.references)


def test_a_list_out_of_place_is_not_the_record_s(
    article: Article, read_both_ways: Callable[[str], tuple[FetchedRecord, FetchedRecord]]
) -> None:
    stray = f"<NewThing><AuthorList>{AUTHOR}</AuthorList></NewThing>"
    regular, by_tree = read_both_ways(article(901, stray))
    assert regular == by_tree
    assert regular.record.authors == ()
    assert regular.unknown_elements == (("Article/NewThing", 1),)


@pytest.mark.parametrize(
    "content",
    [
        "<Author><LastName>]]></LastName></Author>",
        "<Author><LastName>&#1;</LastName></Author>",
        "<Author><LastName>&#x110000;</LastName></Author>",
        "<Author><LastName>\x01</LastName></Author>",
        "<Author><LastName>\ufffe</LastName></Author>",
        "<Author><LastName>&nbsp</LastName></Author>",
        "<Author><LastName>a</ForeName></Author>",
        '<Author ValidYN="Y" ValidYN="Y"><LastName>a</LastName></Author>',
        "<Author><LastName>a</LastName></Author></AuthorList><AuthorList>&",
        "& <Author><LastName>a</LastName></Author>",
        "<!-- <Author><LastName>a</LastName></Author>",
    ],
)
def test_what_is_not_well_formed_is_no_record(
    content: str, article: Article, record_set: RecordSetBuilder
) -> None:
    broken = article(901, f"<AuthorList>{content}</AuthorList>")
    result = parse_record_set(record_set(broken, article(902)))
    assert [failure.pmid for failure in result.failures] == [901]
    assert [fetched.record.pmid for fetched in result.records] == [902]


@pytest.mark.parametrize(
    "markup",
    [
        "",
        " a ",
        "a\r\n\tb",
        "&lt;i&gt; &amp;amp; &quot;&apos;",
        "&#x3b1;&#946; e&#x301;",
        "a&#xa0;b",
    ],
)
def test_text_is_what_an_element_has(markup: str) -> None:
    assert build_text(markup) == element_text(etree.fromstring(f"<T>{markup}</T>"))


def test_what_is_cut_leaves_its_place() -> None:
    raw = f"<PubmedArticle><AuthorList CompleteYN='N'>\n{AUTHOR}\n</AuthorList></PubmedArticle>"
    rest, lists = cut_lists(raw.encode(), (AUTHORS,), build_parser())
    assert re.fullmatch(
        rb"<PubmedArticle><AuthorList CompleteYN='N'><cut-[0-9a-f]+/></AuthorList></PubmedArticle>",
        rest,
    )
    assert [author.name for author in lists["AuthorList"]] == ["Nemo A"]
