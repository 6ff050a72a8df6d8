"""The text of an abstract and where its parts stand."""

from collections.abc import Callable

from litsweep.domain.documents import DocumentKind, SectionKind
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.pubmed import parse_record_set


def test_sections_tile_title_and_abstract(
    article: Callable[..., str], record_set: Callable[..., bytes]
) -> None:
    inside = (
        "<ArticleTitle>A title.</ArticleTitle><Abstract>"
        '<AbstractText Label="AIM">To see.</AbstractText><AbstractText>More.</AbstractText>'
        "</Abstract><Language>eng</Language>"
    )
    (fetched,) = parse_record_set(record_set(article(901, inside))).records
    document = build_document(fetched.record)
    assert document.kind is DocumentKind.ABSTRACT
    assert document.text == f"A title.\n{fetched.record.abstract_text}"
    assert [(s.kind, s.title, document.section_text(s)) for s in document.sections] == [
        (SectionKind.TITLE, "", "A title."),
        (SectionKind.ABSTRACT, "AIM", "AIM: To see."),
        (SectionKind.ABSTRACT, "", "More."),
    ]
    assert (document.has_body, document.language, document.pmid) == (True, "eng", 901)


def test_a_record_without_abstract_has_no_body(
    article: Callable[..., str], record_set: Callable[..., bytes]
) -> None:
    title = "<ArticleTitle>Only a title</ArticleTitle>"
    (fetched,) = parse_record_set(record_set(article(901, title))).records
    document = build_document(fetched.record)
    assert (document.text, document.has_body) == ("Only a title", False)


def test_a_record_without_anything_gives_an_empty_document(
    article: Callable[..., str], record_set: Callable[..., bytes]
) -> None:
    (fetched,) = parse_record_set(record_set(article(901))).records
    document = build_document(fetched.record)
    assert (document.text, document.sections, document.has_body) == ("", (), False)


def test_a_publication_type_that_is_no_research_is_told(
    article: Callable[..., str], record_set: Callable[..., bytes]
) -> None:
    for ui, expected in (("D016440", "retraction"), ("D016421", "editorial"), ("D016420", None)):
        types = (
            '<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType>'
            f'<PublicationType UI="{ui}">Whatever it is called</PublicationType>'
            "</PublicationTypeList>"
        )
        (fetched,) = parse_record_set(record_set(article(901, types))).records
        assert build_document(fetched.record).article_type == expected
