"""JATS (and NLM 1.0 to 3.0) to documents: a report's title, ids, licence and whole text.

Its references, and what is printed with it, are kept beside the text.
"""

from typing import Final

from lxml import etree

from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.identifiers import find_doi, parse_pmcid, parse_pmid
from litsweep.errors import InvalidIdentifier, MalformedReply
from litsweep.parsing.jats_references import read_references
from litsweep.parsing.jats_sub_articles import read_sub_articles, read_title
from litsweep.parsing.jats_text import assemble, find_meta, read_passages
from litsweep.parsing.licences import read_licence
from litsweep.parsing.text import element_text
from litsweep.parsing.xml import normalize_reply, read_tree

_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def parse_document(xml: bytes, *, pmcid: str | None = None) -> Document:
    """Read a report from an ``article``, a ``pmc-articleset`` or an OAI reply.

    Of several articles the one with ``pmcid`` is taken, without ``pmcid`` the first. The
    document's spans tile its text: every character but line ends is in exactly one section.

    Raises:
        MalformedReply: no XML, cut, unsafe, an error message, no article, or only articles that
            say they are another one than ``pmcid``.
        InvalidIdentifier: ``pmcid`` is none.
    """
    wanted = parse_pmcid(pmcid) if pmcid else None
    article = _choose_article(read_tree(normalize_reply(xml)), wanted)
    _drop_namespaces(article)
    try:
        return _build_document(article, wanted)
    except RecursionError as error:
        raise MalformedReply("The report's elements are nested too deeply to be read.") from error


def _choose_article(root: etree._Element, wanted: str | None) -> etree._Element:
    articles = list(root.iter("{*}article"))
    if not articles:
        for error in root.iter("{*}error", "{*}ERROR"):
            raise MalformedReply(f"An error came instead of a report: {element_text(error)}")
        raise MalformedReply(f"The reply is a <{root.tag}> without a report in it.")
    if wanted is None:
        return articles[0]
    for article in articles:
        if _pmcid(article) == wanted:
            return article
    for article in articles:
        if _pmcid(article) is None:
            return article
    stated = ", ".join(str(_pmcid(article)) for article in articles)
    raise MalformedReply(f"The reply was to be {wanted} and says it is {stated}.")


def _build_document(article: etree._Element, wanted: str | None) -> Document:
    meta = find_meta(article)
    title = read_title(meta)
    text, sections = assemble(read_passages(article, title))
    return Document(
        kind=DocumentKind.FULL_TEXT,
        title=title,
        text=text,
        sections=sections,
        language=article.get(_LANGUAGE) or None,
        article_type=article.get("article-type") or None,
        pmid=_pmid(article),
        pmcid=wanted or _pmcid(article),
        doi=find_doi(_article_id(article, "doi")),
        licence=read_licence(meta),
        has_body=any(element_text(body) for body in article.iterfind("body")),
        references=read_references(article),
        sub_articles=read_sub_articles(article),
    )


def _drop_namespaces(article: etree._Element) -> None:
    """Reduce element names to their local part: JATS comes with and without namespaces."""
    for element in article.iter(etree.Element):
        name = str(element.tag)
        if name.startswith("{"):
            element.tag = name.rpartition("}")[2]


def _article_id(article: etree._Element, *kinds: str) -> str:
    for element in article.iterfind("{*}front/{*}article-meta/{*}article-id"):
        if element.get("pub-id-type") in kinds:
            return element_text(element)
    return ""


def _pmcid(article: etree._Element) -> str | None:
    try:
        return parse_pmcid(_article_id(article, "pmc", "pmcid"))
    except InvalidIdentifier:
        return None


def _pmid(article: etree._Element) -> int | None:
    try:
        return parse_pmid(_article_id(article, "pmid"))
    except InvalidIdentifier:
        return None
