"""Reference lists wherever they stand, in each of the forms that JATS has for a citation."""

from collections.abc import Callable

import pytest

from litsweep.domain.documents import Reference
from litsweep.parsing.jats import parse_document

Jats = Callable[..., bytes]
ELEMENT = (
    '<element-citation publication-type="journal"><person-group person-group-type="author">'
    "<name><surname>Doe</surname><given-names>AB</given-names></name><name><surname>Roe</surname>"
    "<given-names>C</given-names><suffix>Jr</suffix></name><etal/></person-group>"
    "<article-title>On <italic>nothing</italic></article-title><source>J Empt</source>"
    "<year>2019a</year><volume>3</volume><issue>4</issue><fpage>12</fpage><lpage>19</lpage>"
    '<pub-id pub-id-type="doi">10.9999/ABC</pub-id><pub-id pub-id-type="pmid">901</pub-id>'
    '<pub-id pub-id-type="pmcid">PMC55</pub-id></element-citation>'
)
MIXED = (
    '<mixed-citation publication-type="book"><string-name><surname>Doe</surname>, '
    "<given-names>A.</given-names></string-name> (<year>2001</year>). <source>A book</source>."
    "<publisher-name>House</publisher-name>.</mixed-citation>"
)


def references(jats: Jats, *entries: str, around: str = "{}") -> tuple[Reference, ...]:
    back = around.format(f"<ref-list><title>References</title>{''.join(entries)}</ref-list>")
    return parse_document(jats(body="<body><p>x</p></body>", back=back)).references


def test_an_element_citation_is_one_readable_line(jats: Jats) -> None:
    assert references(jats, f"<ref id='r1'><label>1.</label>{ELEMENT}</ref>") == (
        Reference(
            text="Doe AB, Roe C Jr, et al. On nothing. J Empt. 2019a;3(4):12-19. "
            "doi:10.9999/ABC pmid:901 pmcid:PMC55",
            label="1.",
            pmid=901,
            pmcid="PMC55",
            doi="10.9999/abc",
            year="2019a",
            publication_type="journal",
        ),
    )


@pytest.mark.parametrize(
    ("citation", "text"),
    [
        (MIXED, "Doe, A. (2001). A book. House."),
        (
            "<mixed-citation><name><surname>Doe</surname><given-names>A</given-names></name> "
            "<name><surname>Roe</surname><given-names>B</given-names></name> (2001) <source>J "
            "Empt</source><volume>9</volume>: <fpage>1</fpage>–<lpage>2</lpage></mixed-citation>",
            "Doe A, Roe B (2001) J Empt 9: 1–2",
        ),
        (
            "<mixed-citation>Doe A. A title. J Empt. <pub-id pub-id-type='pmid'>7</pub-id>"
            "<pub-id pub-id-type='coi'>1:CAS:528:X</pub-id></mixed-citation>",
            "Doe A. A title. J Empt. pmid:7",
        ),
        (
            "<mixed-citation>Doe A. [PubMed: <pub-id pub-id-type='pmid'>7</pub-id>]"
            "</mixed-citation>",
            "Doe A. [PubMed: 7]",
        ),
        (
            "<citation citation-type='other'>Doe, <italic>in press</italic>.</citation>",
            "Doe, in press.",
        ),
        (
            "<nlm-citation citation-type='journal'><person-group><collab>The Group</collab>"
            "</person-group><source>J Empt</source><year>2000</year><volume>1</volume>"
            "<comment>in Dutch</comment></nlm-citation>",
            "The Group. J Empt. 2000;1. in Dutch",
        ),
        (
            f"<citation-alternatives>{ELEMENT}<mixed-citation>Doe AB. Printed.</mixed-citation>"
            "</citation-alternatives>",
            "Doe AB. Printed.",
        ),
        ("<note><p>Not a work.</p></note>", "Not a work."),
    ],
)
def test_the_text_of_each_form(citation: str, text: str, jats: Jats) -> None:
    (reference,) = references(jats, f"<ref>{citation}</ref>")
    assert reference.text == text


def test_of_alternatives_identifiers_come_from_any(jats: Jats) -> None:
    both = f"<citation-alternatives><mixed-citation>Doe AB.</mixed-citation>{ELEMENT}"
    (reference,) = references(jats, f"<ref>{both}</citation-alternatives></ref>")
    assert (reference.pmid, reference.publication_type) == (901, "journal")


def test_several_works_of_one_entry_share_its_label(jats: Jats) -> None:
    both = references(jats, f"<ref><label>7</label>{MIXED}{ELEMENT}<note>See both.</note></ref>")
    assert [reference.label for reference in both] == ["7", "7"]
    assert [reference.publication_type for reference in both] == ["book", "journal"]
    assert both[1].text.endswith("pmcid:PMC55 See both.")


@pytest.mark.parametrize(
    ("citation", "doi"),
    [
        (
            "Doe A. doi: <ext-link xlink:href='https://doi.org/10.9999/Ab'>link</ext-link>",
            "10.9999/ab",
        ),
        ("Doe A. https://doi.org/10.9999/ab.", "10.9999/ab"),
        ("Doe A. (doi:10.9999/ab).", "10.9999/ab"),
        ("Doe A. doi:10.9999/s0(01)2. In press", "10.9999/s0(01)2"),
        (
            "Doe A. doi: <ext-link xlink:href='x'>10.9999/ab</ext-link>"
            "<object-id pub-id-type='pmid'>123</object-id>",
            "10.9999/ab",
        ),
        ("Doe A. Phys. Rev. 10.5 (2001)", None),
    ],
)
def test_a_doi_that_is_only_written(citation: str, doi: str | None, jats: Jats) -> None:
    (reference,) = references(jats, f"<ref><mixed-citation>{citation}</mixed-citation></ref>")
    assert reference.doi == doi


@pytest.mark.parametrize("value", ["PMID: 12", "12 ", "PubMed 12"])
def test_a_pmid_with_words_around_it(value: str, jats: Jats) -> None:
    citation = f"<mixed-citation>Doe. <pub-id pub-id-type='pmid'>{value}</pub-id></mixed-citation>"
    assert references(jats, f"<ref>{citation}</ref>")[0].pmid == 12


def test_nonsense_is_no_identifier(jats: Jats) -> None:
    ids = "<pub-id pub-id-type='pmid'>none</pub-id><pub-id pub-id-type='pmcid'>X</pub-id>"
    (reference,) = references(jats, f"<ref><mixed-citation>Doe {ids}</mixed-citation></ref>")
    assert (reference.pmid, reference.pmcid, reference.doi) == (None, None, None)


@pytest.mark.parametrize(
    "around",
    ["<ref-list>{}</ref-list>", "<app-group><app><title>A</title>{}</app></app-group>"],
)
def test_nested_lists_and_those_of_appendices(around: str, jats: Jats) -> None:
    assert len(references(jats, f"<ref>{MIXED}</ref>", around=around)) == 1


def test_a_list_in_the_body_is_of_references_and_not_of_text(jats: Jats) -> None:
    body = f"<body><sec><p>Text.</p><ref-list><ref>{MIXED}</ref></ref-list></sec></body>"
    document = parse_document(jats(body=body))
    assert (document.text, len(document.references)) == ("Text.", 1)


def test_a_work_cited_in_the_text_itself_is_text(jats: Jats) -> None:
    document = parse_document(jats(body=f"<body><p>See {ELEMENT} there.</p></body>"))
    assert document.text.startswith("See Doe AB, Roe C Jr, et al. On nothing. J Empt. 2019a;3(4)")
    assert document.references == ()


def test_the_references_of_a_reply_are_not_the_reports(jats: Jats) -> None:
    reply = f"<sub-article><back><ref-list><ref>{ELEMENT}</ref></ref-list></back></sub-article>"
    assert parse_document(jats(outside=reply)).references == ()
