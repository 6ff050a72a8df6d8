"""Reports: their text in reading order, their sections, ids and which article is taken."""

from collections.abc import Callable

import pytest

from litsweep.domain.documents import Document
from litsweep.errors import MalformedReply
from litsweep.parsing.jats import parse_document

Jats = Callable[..., bytes]


def outline(document: Document) -> list[tuple[str, int, str, str]]:
    return [
        (section.kind.value, section.depth, section.title, document.section_text(section))
        for section in document.sections
    ]


def test_front_matter(jats: Jats) -> None:
    document = parse_document(
        jats(
            body="<body><p>Text.</p></body>",
            meta='<article-id pub-id-type="pmid">901</article-id>'
            '<article-id pub-id-type="pmc">55</article-id>'
            '<article-id pub-id-type="doi">10.9999/ABC</article-id>'
            "<title-group><article-title>On <italic>nothing</italic>"
            '<xref ref-type="fn">*</xref></article-title><subtitle>a tale</subtitle>'
            "</title-group>",
        )
    )
    assert (document.pmid, document.pmcid, document.doi) == (901, "PMC55", "10.9999/abc")
    assert document.title == "On nothing: a tale"
    assert (document.language, document.article_type) == ("en", "research-article")
    assert document.text == "On nothing: a tale\nText."


def test_sections_tile_the_text_in_reading_order(jats: Jats) -> None:
    body = (
        "<body><p>Before.</p>"
        '<sec sec-type="materials|methods"><label>1</label><title>What we did</title>'
        "<p>Own.</p><sec><title>Patients</title><p>Ten.</p></sec>"
        "<fig><label>Figure 1</label><caption><title>Curves.</title><p>Up.</p></caption><graphic "
        'xlink:href="x"/></fig><p>Own too.</p></sec>'
        "<sec><title>2. Results and discussion</title><sec><title>Conclusions</title><p>So."
        "</p></sec></sec><sec><p>Untitled.</p></sec></body>"
    )
    meta = (
        "<abstract><p>Short.</p></abstract>"
        "<abstract abstract-type='summary'><title>Digest</title><sec><title>Why</title>"
        "<p>Because.</p></sec></abstract>"
    )
    assert outline(parse_document(jats(body=body, meta=meta))) == [
        ("abstract", 0, "", "Short."),
        ("abstract", 0, "Digest", "Digest"),
        ("abstract", 1, "Why", "Why\nBecause."),
        ("other", 0, "", "Before."),
        ("methods", 0, "1 What we did", "1 What we did\nOwn.\nOwn too."),
        ("figure", 1, "Figure 1 Curves.", "Figure 1 Curves.\nUp."),
        ("methods", 1, "Patients", "Patients\nTen."),
        ("results", 0, "2. Results and discussion", "2. Results and discussion"),
        ("conclusion", 1, "Conclusions", "Conclusions\nSo."),
        ("other", 0, "", "Untitled."),
    ]


def test_a_table_becomes_rows_and_its_notes_follow(jats: Jats) -> None:
    table = (
        "<p>See <table-wrap><label>Table 1</label><caption><p>Ages</p></caption>"
        "<alternatives><graphic/><table><thead><tr><th>Arm</th><th>n</th></tr></thead>"
        "<tbody><tr><td><p>A<sup>a</sup></p><p>only</p></td><td>12</td></tr>"
        "<tr><td/><td>7</td></tr></tbody></table></alternatives>"
        "<table-wrap-foot><fn><p>a, note</p></fn></table-wrap-foot></table-wrap> there.</p>"
    )
    assert outline(parse_document(jats(body=f"<body>{table}</body>"))) == [
        ("other", 0, "", "See there."),
        ("table", 0, "Table 1", "Table 1\nAges\nArm | n\nAa only | 12\n| 7\na, note"),
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "As shown<sup><xref>1</xref>,<xref>2</xref></sup> in [<xref>3</xref>–7].",
            "As shown1,2 in [3–7].",
        ),
        ("p &lt; 0.05,&#160;H<sub>2</sub>O", "p < 0.05, H2O"),
        ("one<break/>two", "one two"),
        (
            "First.<list><list-item><label>1.</label><p>a</p></list-item></list>Last.",
            "First.\n1. a\nLast.",
        ),
        (
            "Let <inline-formula><alternatives><tex-math>$x$</tex-math><mml:math><mml:mi>x"
            "</mml:mi></mml:math></alternatives></inline-formula> be",
            "Let x be",
        ),
        (
            "with <disp-formula><label>(1)</label><tex-math>\\documentclass{minimal}"
            "\\begin{document}$$y=2$$\\end{document}</tex-math></disp-formula> here",
            "with (1) y=2 here",
        ),
        ("A<fn><p>noted</p></fn> fact.", "A fact.\nnoted"),
        ("We quote <disp-quote><p>this</p></disp-quote> well", "We quote\nthis\nwell"),
        ("&alpha; &unheardof; z", "α &unheardof; z"),
        (
            "Terms<def-list><def-head>Meaning</def-head><def-item><term>BP</term><def><p>blood "
            "pressure</p></def></def-item></def-list>",
            "Terms\nMeaning\nBP blood pressure",
        ),
        (
            "So<statement><label>Theorem 1</label><title>Void.</title><p>It is.</p></statement>",
            "So\nTheorem 1 Void.\nIt is.",
        ),
        (
            "As<verse-group><verse-line>Oh <sup>1</sup></verse-line><verse-line>No</verse-line>"
            "</verse-group>",
            "As\nOh 1\nNo",
        ),
        ("Run<preformat>one\n  two</preformat>", "Run\none\ntwo"),
        ("Run<code>a = 1\nb = 2</code>", "Run\na = 1\nb = 2"),
        (
            "List<list><list-item><p>a</p><list><list-item><p>b</p></list-item></list></list-item>"
            "</list>",
            "List\na\nb",
        ),
        (
            "Let <inline-formula><alternatives><inline-graphic/><tex-math>$x$</tex-math>"
            "</alternatives></inline-formula> be",
            "Let x be",
        ),
        (
            "See <inline-supplementary-material>file 1</inline-supplementary-material>,"
            "<supplementary-material xlink:href='s2'>Table S2</supplementary-material>.",
            "See file 1,Table S2.",
        ),
    ],
)
def test_inline_text(markup: str, text: str, jats: Jats) -> None:
    assert parse_document(jats(body=f"<body><p>{markup}</p></body>")).text == text


def test_boxes_and_supplements_are_sections_and_floats_are_included(jats: Jats) -> None:
    body = (
        "<body><sec><title>Results</title><p>R.</p><boxed-text><caption><title>Box</title>"
        "</caption><p>Boxed.</p></boxed-text><supplementary-material><label>S1</label><caption>"
        "<p>Data.</p></caption></supplementary-material></sec></body>"
    )
    outside = "<floats-group><fig><label>Fig 9</label></fig></floats-group>"
    sub = "<sub-article><body><p>Reviewer</p></body></sub-article>"
    assert outline(parse_document(jats(body=body, outside=outside + sub))) == [
        ("results", 0, "Results", "Results\nR."),
        ("supplement", 1, "S1", "S1\nData."),
        ("results", 1, "Box", "Box\nBoxed."),
        ("figure", 0, "Fig 9", "Fig 9"),
    ]


def test_back_matter_without_references(jats: Jats) -> None:
    back = (
        "<ack><p>Thanks.</p></ack><fn-group><title>Interests</title><fn fn-type='conflict'>"
        "<p>None.</p></fn></fn-group><notes notes-type='data-availability'><p>Online.</p></notes>"
        "<ref-list><ref><mixed-citation>Cited</mixed-citation></ref></ref-list>"
        "<app-group><app><title>More</title><p>Extra.</p></app></app-group><p>Loose.</p>"
    )
    meta = (
        "<author-notes><corresp>a@example.org</corresp><fn fn-type='corresp'><p>b@example.org</p>"
        "</fn><fn fn-type='con'><p>AB wrote.</p></fn><fn><p>Thanks.</p></fn></author-notes>"
        "<funding-group><funding-statement>No money.</funding-statement></funding-group>"
    )
    document = parse_document(jats(body="<body><p>B.</p></body>", back=back, meta=meta))
    assert outline(document)[1:] == [
        ("back_matter", 0, "", "Thanks."),
        ("conflicts", 0, "Interests", "Interests\nNone."),
        ("data_availability", 0, "", "Online."),
        ("supplement", 1, "More", "More\nExtra."),
        ("back_matter", 0, "", "Loose."),
        ("funding", 0, "", "No money."),
        ("back_matter", 0, "", "AB wrote."),
    ]


@pytest.mark.parametrize("body", ["", "<body/>", "<body><p> </p></body>"])
def test_no_body_is_no_full_text(body: str, jats: Jats) -> None:
    assert not parse_document(jats(body=body)).has_body


def test_the_asked_article_of_a_set_is_taken() -> None:
    one = (
        "<article><front><article-meta><article-id pub-id-type='{}'>{}</article-id>"
        "</article-meta></front><body><p>{}</p></body></article>"
    )
    articles = one.format("pmc", "1", "one") + one.format("pmcid", "PMC2", "two")
    reply = f"<pmc-articleset>{articles}</pmc-articleset>".encode()
    assert parse_document(reply, pmcid="PMC2").text == "two"
    assert parse_document(reply, pmcid="1").pmcid == "PMC1"
    assert parse_document(reply).text == "one"
    with pytest.raises(MalformedReply, match="PMC3"):
        parse_document(reply, pmcid="PMC3")


def test_an_article_without_pmcid_is_taken_for_the_asked_one(jats: Jats) -> None:
    assert parse_document(jats(body="<body><p>x</p></body>"), pmcid="PMC3").pmcid == "PMC3"


def test_namespaces_and_oai_wrappers_are_understood() -> None:
    reply = (
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>'
        b'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/"><front><article-meta>'
        b"<title-group><article-title>T</article-title></title-group></article-meta></front>"
        b"<body><sec><title>Methods</title><p>M.</p></sec></body></article>"
        b"</metadata></record></GetRecord></OAI-PMH>"
    )
    assert parse_document(reply).text == "T\nMethods\nM."


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"<pmc-articleset><error id='9'>The following PMCID is not available: 9</error>"
        b"</pmc-articleset>",
        b"<pmc-articleset><Reply Id='9' error='none'/></pmc-articleset>",
        b"<article><front><a></b></front></article>",
        b"<html><body>No</body></html>",
        b'<!DOCTYPE article [<!ENTITY x "y">]><article/>',
        b"<article><body>" + b"<p>" * 1500 + b"</p>" * 1500 + b"</body></article>",
    ],
)
def test_what_is_no_report_is_refused(reply: bytes) -> None:
    with pytest.raises(MalformedReply):
        parse_document(reply)
