"""Replies, reviews, translations: kept beside a report and out of its text."""

from collections.abc import Callable

import pytest

from litsweep.domain.documents import SubArticle
from litsweep.parsing.jats import parse_document

Jats = Callable[..., bytes]


def part(
    body: str = "<p>Words.</p>", title: str = "A reply", kind: str = "reply", inside: str = ""
) -> str:
    return (
        f"<sub-article article-type='{kind}' xml:lang='en'><front-stub><title-group>"
        f"<article-title>{title}<xref>*</xref></article-title></title-group></front-stub>"
        f"<body>{body}</body><back><ack><p>Thanks.</p></ack></back>{inside}</sub-article>"
    )


def test_sub_articles_are_texts_of_their_own(jats: Jats) -> None:
    document = parse_document(jats(body="<body><p>Own.</p></body>", outside=part()))
    assert document.text == "Own."
    assert document.sub_articles == (
        SubArticle(
            article_type="reply",
            title="A reply",
            text="A reply\nWords.\nThanks.",
            language="en",
        ),
    )


def test_one_inside_another_follows_it(jats: Jats) -> None:
    inner = part(title="An answer", kind="response")
    document = parse_document(jats(outside=part(inside=inner)))
    assert [one.title for one in document.sub_articles] == ["A reply", "An answer"]
    assert "An answer" not in document.sub_articles[0].text


def test_a_supplement_with_its_text_in_sub_articles_only(jats: Jats) -> None:
    abstracts = "".join(part(title=f"P{number}", kind="abstract") for number in range(3))
    document = parse_document(jats(outside=abstracts))
    assert not document.has_body
    assert [one.title for one in document.sub_articles] == ["P0", "P1", "P2"]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<response response-type='discussion'><body><p>x</p></body></response>", "discussion"),
        ("<response><body><p>x</p></body></response>", "response"),
        ("<sub-article><body><p>x</p></body></sub-article>", None),
        (
            "<sub-article article-type='letter'><front><article-meta><title-group><article-title>"
            "x</article-title></title-group></article-meta></front></sub-article>",
            "letter",
        ),
    ],
)
def test_types(markup: str, expected: str | None, jats: Jats) -> None:
    (one,) = parse_document(jats(outside=markup)).sub_articles
    assert (one.article_type, one.text, one.language) == (expected, "x", None)


def test_one_without_text_is_left_out(jats: Jats) -> None:
    assert parse_document(jats(outside="<sub-article><body/></sub-article>")).sub_articles == ()


def test_an_abstract_in_another_language_is_kept_apart(jats: Jats) -> None:
    meta = (
        "<title-group><article-title>On sleep</article-title>"
        "<trans-title-group xml:lang='pt'><trans-title>Sobre o sono</trans-title>"
        "</trans-title-group>"
        "<trans-title-group xml:lang='es'><trans-title>Sobre el sueño</trans-title>"
        "</trans-title-group></title-group><abstract><p>English.</p></abstract>"
        "<trans-abstract xml:lang='es'><sec><title>Objetivo</title><p>Dormir.</p></sec>"
        "</trans-abstract><trans-abstract><p>Sem língua.</p></trans-abstract>"
    )
    document = parse_document(jats(meta=meta))
    assert document.text == "On sleep\nEnglish."
    assert document.sub_articles == (
        SubArticle(
            article_type="trans-abstract",
            title="Sobre el sueño",
            text="Sobre el sueño\nObjetivo\nDormir.",
            language="es",
        ),
        SubArticle(article_type="trans-abstract", title="", text="Sem língua.", language=None),
    )


def test_the_abstract_of_a_translation_stands_in_it(jats: Jats) -> None:
    translation = (
        "<sub-article article-type='translation' xml:lang='en'><front-stub><abstract><p>Short.</p>"
        "</abstract></front-stub><body><p>Long.</p></body></sub-article>"
    )
    (one,) = parse_document(jats(outside=translation)).sub_articles
    assert (one.text, one.language) == ("Short.\nLong.", "en")
