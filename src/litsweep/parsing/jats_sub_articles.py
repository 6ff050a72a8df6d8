"""What is printed with a report and is none of it: replies, reviews, translations, and the
abstract in other languages. Each as one text; their own references are left out.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from litsweep.domain.documents import SectionKind, SubArticle
from litsweep.parsing.jats_passages import Passage, read_section
from litsweep.parsing.jats_text import assemble, find_meta, read_passages
from litsweep.parsing.text import element_text

_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_SUB_ARTICLES: Final = ("sub-article", "response")
TRANSLATED_ABSTRACT: Final = "trans-abstract"
"""The type of an abstract in another language than the report's."""


def read_sub_articles(article: etree._Element) -> tuple[SubArticle, ...]:
    """Return the abstracts in other languages, then the sub-articles, nested ones behind theirs.

    Those without any text are left out.
    """
    found = (*_abstracts(article), *_parts(article))
    return tuple(one for one in found if one.text)


def read_title(meta: etree._Element, *, prefix: str = "") -> str:
    """Return the title without the marks of its footnotes, and the subtitle behind a colon.

    ``meta`` holds a ``title-group``, or with ``prefix`` ``trans-`` is a group of that name.
    """
    group = meta if prefix else meta.find("title-group")
    if group is None:
        return ""
    title = group.find("trans-title" if prefix else "article-title")
    if title is not None:
        etree.strip_elements(title, "fn", "xref", with_tail=False)
    parts = (element_text(part) for part in (title, group.find(f"{prefix}subtitle")))
    return ": ".join(part for part in parts if part)


def _parts(article: etree._Element) -> Iterator[SubArticle]:
    for part in article:
        if part.tag in _SUB_ARTICLES:
            yield _build(part)
            yield from _abstracts(part)
            yield from _parts(part)


def _build(part: etree._Element) -> SubArticle:
    title = read_title(find_meta(part))
    own_type = part.get("article-type") or part.get("response-type")
    return SubArticle(
        article_type=own_type or ("response" if part.tag == "response" else None),
        title=title,
        text=assemble(read_passages(part, title))[0],
        language=part.get(_LANGUAGE) or None,
    )


def _abstracts(article: etree._Element) -> Iterator[SubArticle]:
    meta = find_meta(article)
    abstracts = meta.findall("trans-abstract")
    titles = _translated_titles(meta) if abstracts else {}
    for abstract in abstracts:
        language = abstract.get(_LANGUAGE) or None
        title = titles.get(language or "", "")
        passages = list(read_section(abstract, SectionKind.ABSTRACT, 0))
        if title and passages:
            passages.insert(0, Passage(kind=SectionKind.TITLE, title="", depth=0, lines=(title,)))
        yield SubArticle(
            article_type=TRANSLATED_ABSTRACT,
            title=title,
            text=assemble(passages)[0],
            language=language,
        )


def _translated_titles(meta: etree._Element) -> dict[str, str]:
    """Return the translated titles by language."""
    return {
        language: read_title(group, prefix="trans-")
        for group in meta.iterfind("title-group/trans-title-group")
        if (language := group.get(_LANGUAGE))
    }
