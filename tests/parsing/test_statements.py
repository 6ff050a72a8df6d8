"""Funding, interests, data and ethics: found in five places, each of its kind, said once."""

from collections.abc import Callable

import pytest

from litsweep.domain.documents import SectionKind
from litsweep.parsing.jats import parse_document

Jats = Callable[..., bytes]
Part = tuple[str, int, str]


def stated(
    jats: Jats, *, back: str = "", meta: str = "", body: str = "", front: str = ""
) -> list[Part]:
    raw = jats(body=f"<body><p>B.</p>{body}</body>", back=back, meta=meta)
    raw = raw.replace(b"</article-meta>", b"</article-meta>" + front.encode())
    document = parse_document(raw)
    return [
        (section.kind.value, section.depth, document.section_text(section))
        for section in document.sections
        if section.kind is not SectionKind.OTHER
    ]


@pytest.mark.parametrize(
    ("markup", "kind", "text"),
    [
        (
            "<sec><title>Funding</title><p>None.</p></sec>",
            "funding",
            "Funding\nNone.",
        ),
        (
            "<sec sec-type='data-availability'><p>On request.</p></sec>",
            "data_availability",
            "On request.",
        ),
        (
            "<notes notes-type='COI-statement'><p>None.</p></notes>",
            "conflicts",
            "None.",
        ),
        (
            "<notes><title>Ethics approval</title><p>Given.</p></notes>",
            "ethics",
            "Ethics approval\nGiven.",
        ),
        ("<fn-group><fn fn-type='conflict'><p>None.</p></fn></fn-group>", "conflicts", "None."),
        (
            "<fn-group><fn fn-type='financial-disclosure'><label>1</label><p>A grant.</p></fn>"
            "</fn-group>",
            "funding",
            "1 A grant.",
        ),
        (
            "<fn-group><fn><p><bold>Data Availability</bold> Everything is here.</p></fn>"
            "</fn-group>",
            "data_availability",
            "Data Availability Everything is here.",
        ),
        (
            "<fn-group content-type='ethics-information'><fn><p>Approved.</p></fn></fn-group>",
            "ethics",
            "Approved.",
        ),
        (
            "<fn-group><fn fn-type='other'><p>Competing interests: A.B. owns shares.</p></fn>"
            "</fn-group>",
            "conflicts",
            "Competing interests: A.B. owns shares.",
        ),
        (
            "<fn-group><fn><p>The authors declare no conflict of interest.</p></fn></fn-group>",
            "conflicts",
            "The authors declare no conflict of interest.",
        ),
        (
            "<fn-group><fn><p>As Plato said.</p></fn></fn-group>",
            "footnote",
            "As Plato said.",
        ),
        (
            "<fn-group><fn fn-type='con'><p>AB wrote.</p></fn></fn-group>",
            "back_matter",
            "AB wrote.",
        ),
        ("<ack><p>We thank N.</p></ack>", "back_matter", "We thank N."),
        (
            "<ack><p>This work was supported by grant X1.</p></ack>",
            "funding",
            "This work was supported by grant X1.",
        ),
        (
            "<sec><title>Declaração de conflito de interesses</title><p>Nenhum.</p></sec>",
            "conflicts",
            "Declaração de conflito de interesses\nNenhum.",
        ),
    ],
)
def test_the_back_matter(markup: str, kind: str, text: str, jats: Jats) -> None:
    assert stated(jats, back=markup) == [(kind, 0, text)]


@pytest.mark.parametrize(
    ("meta", "kind", "text"),
    [
        (
            "<author-notes><fn fn-type='conflict'><p>None.</p></fn></author-notes>",
            "conflicts",
            "None.",
        ),
        (
            "<author-notes><corresp>a@example.org</corresp><fn fn-type='equal'><p>Both first.</p>"
            "</fn></author-notes>",
            "back_matter",
            "Both first.",
        ),
        (
            "<custom-meta-group><custom-meta><meta-name>Data Availability</meta-name><meta-value>"
            "In the paper.</meta-value></custom-meta><custom-meta><meta-name>crossmark</meta-name>"
            "<meta-value>1</meta-value></custom-meta></custom-meta-group>",
            "data_availability",
            "In the paper.",
        ),
        (
            "<funding-group><funding-statement>No money.</funding-statement></funding-group>",
            "funding",
            "No money.",
        ),
        (
            "<funding-group><award-group><funding-source><institution-wrap><institution>The Fund"
            "</institution><institution-id>http://dx.doi.org/10.13039/1</institution-id>"
            "</institution-wrap></funding-source><award-id>X-100</award-id><award-id>X-101"
            "</award-id></award-group><award-group><funding-source>The Fund</funding-source>"
            "<award-id>X-102</award-id></award-group></funding-group>",
            "funding",
            "The Fund: X-100, X-101, X-102",
        ),
        (
            "<grant-sponsor>The Fund</grant-sponsor><grant-num>77</grant-num>",
            "funding",
            "The Fund: 77",
        ),
    ],
)
def test_the_front_matter(meta: str, kind: str, text: str, jats: Jats) -> None:
    assert stated(jats, meta=meta) == [(kind, 0, text)]


def test_notes_in_the_front(jats: Jats) -> None:
    front = (
        "<notes><notes notes-type='competing-interest-statement'><title>Competing Interest "
        "Statement</title><p>The authors have declared none.</p></notes></notes>"
    )
    text = "Competing Interest Statement\nThe authors have declared none."
    assert stated(jats, front=front) == [("conflicts", 1, text)]


def test_one_element_with_several_statements_is_several_sections(jats: Jats) -> None:
    back = (
        "<notes><title>Declarations</title><p>As follows.</p><p><bold>Funding</bold></p>"
        "<p>A grant.</p><p>Two grants.</p><p><italic>Competing interests:</italic> None.</p>"
        "<p>Ethics approval. The board agreed.</p></notes>"
    )
    assert stated(jats, back=back) == [
        ("back_matter", 0, "Declarations\nAs follows."),
        ("funding", 1, "Funding\nA grant.\nTwo grants."),
        ("conflicts", 1, "Competing interests: None."),
        ("ethics", 1, "Ethics approval. The board agreed."),
    ]


def test_money_is_found_among_thanks_and_not_said_again(jats: Jats) -> None:
    money = "This work was supported by the Fund of Empty Studies (X-100)."
    back = f"<ack><title>Thanks</title><p>We thank N. {money} We thank all others.</p></ack>"
    meta = f"<funding-group><funding-statement>{money}</funding-statement></funding-group>"
    assert stated(jats, back=back, meta=meta) == [
        ("back_matter", 0, "Thanks\nWe thank N."),
        ("funding", 1, money),
        ("back_matter", 1, "We thank all others."),
    ]


def test_what_stands_under_another_kind_is_stated_under_its_own(jats: Jats) -> None:
    """A reader that looks for funding alone finds it."""
    money = "We are grateful for the generous gift of the Fund of Empty Studies."
    meta = f"<funding-group><funding-statement>{money}</funding-statement></funding-group>"
    assert stated(jats, back=f"<ack><p>{money}</p></ack>", meta=meta) == [
        ("back_matter", 0, money),
        ("funding", 0, money),
    ]


def test_a_group_of_notes_in_a_section(jats: Jats) -> None:
    back = (
        "<sec sec-type='additional-information'><title>Additional information</title>"
        "<fn-group content-type='competing-interest'><title>Competing interests</title>"
        "<fn fn-type='COI-statement'><p>None.</p></fn></fn-group>"
        "<fn-group><title>Author contributions</title><fn fn-type='con'><p>AB wrote.</p></fn>"
        "</fn-group></sec>"
    )
    assert stated(jats, back=back) == [
        ("back_matter", 0, "Additional information"),
        ("conflicts", 1, "Competing interests\nNone."),
        ("back_matter", 1, "Author contributions\nAB wrote."),
    ]


def test_what_is_said_in_two_places_stands_once(jats: Jats) -> None:
    statement = "This work was supported by the Fund of Empty Studies (grants X-100, X-101)."
    back = f"<sec><title>Funding</title><p>{statement} The funder had no role.</p></sec>"
    meta = (
        "<author-notes><fn fn-type='supported-by'><p>Funding: This work was supported by the Fund "
        "of Empty Studies (grants X-100, X-101)</p></fn></author-notes>"
        f"<funding-group><award-group><funding-source>The Fund</funding-source><award-id>X-100"
        f"</award-id></award-group><funding-statement>{statement}</funding-statement>"
        "</funding-group>"
    )
    text = f"Funding\n{statement} The funder had no role."
    assert stated(jats, back=back, meta=meta) == [("funding", 0, text)]


def test_a_statement_of_the_body_is_not_said_again(jats: Jats) -> None:
    sentence = "All data are in the repository of nothing, number 12."
    section = f"<sec><title>Data availability</title><p>{sentence}</p></sec>"
    body = f"<sec><title>Methods</title>{section}</sec>"
    back = section
    assert stated(jats, body=body, back=back) == [
        ("methods", 0, "Methods"),
        ("data_availability", 1, f"Data availability\n{sentence}"),
    ]


def test_short_answers_under_titles_of_their_own_are_kept(jats: Jats) -> None:
    back = (
        "<notes><title>Ethics approval</title><p>Not applicable.</p></notes>"
        "<notes><title>Consent for publication</title><p>Not applicable.</p></notes>"
    )
    assert stated(jats, back=back) == [
        ("ethics", 0, "Ethics approval\nNot applicable."),
        ("ethics", 0, "Consent for publication\nNot applicable."),
    ]


def test_a_statement_about_studies_is_a_result(jats: Jats) -> None:
    body = "<sec><title>Results</title><sec><title>Funding of trials</title><p>x</p></sec></sec>"
    assert [kind for kind, _, _ in stated(jats, body=body)] == ["results", "results"]


def test_footnotes_of_the_text_are_a_section_behind_their_own(jats: Jats) -> None:
    body = (
        "<sec><title>Results</title><p>It fell<fn><label>a</label><p>By half.</p></fn> fast.</p>"
        "<sec><title>Later</title><p>It rose.</p></sec></sec>"
    )
    assert stated(jats, body=body) == [
        ("results", 0, "Results\nIt fell fast."),
        ("footnote", 1, "a By half."),
        ("results", 1, "Later\nIt rose."),
    ]
