"""Abstracts: read their parts from PubMed XML, and build from a record the text to be read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from litsweep.domain.documents import Document, DocumentKind, Licence, Section, SectionKind, Span
from litsweep.domain.records import AbstractPart, OtherAbstract, Record
from litsweep.parsing.elements import Children, each_child, first_of, group_children
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.text import collapse, element_text, optional_text

# NLM's publication types that say a text is no research, as JATS's article types. "Comment" is
# not among them: NLM gives it to studies that answer another one, too.
_ARTICLE_TYPES: Final = {
    "D016440": "retraction",  # Retraction Notice, until 2025 Retraction of Publication
    "D000075742": "expression-of-concern",
    "D016425": "correction",  # Published Erratum
    "D016421": "editorial",
    "D016433": "news",
    "D018431": "news",  # Newspaper Article
}
_new_abstract_part: Final = quick(AbstractPart)


def read_abstract(
    parent: Children, unknown: Counter[str]
) -> tuple[tuple[AbstractPart, ...], str | None]:
    """Read the parts of ``Abstract``, and its ``CopyrightInformation``.

    NLM's filler label ``UNLABELLED`` is no label.
    """
    abstract = group_children(first_of(parent, "Abstract"), unknown)
    copyright_information = optional_text(first_of(abstract, "CopyrightInformation"))
    return tuple(_parts(abstract.get("AbstractText", ()))), copyright_information


def read_other_abstracts(parent: Children, unknown: Counter[str]) -> tuple[OtherAbstract, ...]:
    """Read every ``OtherAbstract``; English is the DTD's default language."""
    return tuple(
        OtherAbstract(
            kind=element.get("Type", "Publisher"),
            language=element.get("Language", "eng"),
            text=text,
        )
        for element in parent.get("OtherAbstract", ())
        if (
            text := "\n".join(
                _line(part) for part in _parts(each_child((element,), "AbstractText", unknown))
            )
        )
    )


def build_document(record: Record) -> Document:
    """Build the text of an abstract: the title, then one line a part, labels as printed.

    The sections tile the text: ``TITLE``, then one ``ABSTRACT`` a part, whose title is its
    label and whose span includes it. ``has_body`` tells whether there is an abstract.
    """
    lines = [(SectionKind.TITLE, "", record.title)] if record.title else []
    for part in record.abstract:
        lines.append((SectionKind.ABSTRACT, part.label or "", _line(part)))
    return Document(
        kind=DocumentKind.ABSTRACT,
        title=record.title,
        text="\n".join(line for _, _, line in lines),
        sections=tuple(_sections(lines)),
        language=record.languages[0] if record.languages else None,
        article_type=_article_type(record),
        pmid=record.pmid,
        pmcid=record.pmcid,
        doi=record.doi,
        licence=Licence(code=None, url=None, text=record.copyright_information),
        has_body=bool(record.abstract),
    )


def _article_type(record: Record) -> str | None:
    found = (_ARTICLE_TYPES.get(kind.ui or "") for kind in record.publication_types)
    return next(filter(None, found), None)


def _parts(elements: Iterable[etree._Element]) -> Iterator[AbstractPart]:
    for element in elements:
        label = collapse(element.get("Label", ""))
        text = element_text(element)
        if text or label:
            yield _new_abstract_part(
                label=label if label and label != "UNLABELLED" else None,
                nlm_category=element.get("NlmCategory") or None,
                text=text,
            )


def _line(part: AbstractPart) -> str:
    """Write a part as ``Record.abstract_text`` does."""
    return f"{part.label}: {part.text}" if part.label else part.text


def _sections(lines: list[tuple[SectionKind, str, str]]) -> Iterator[Section]:
    start = 0
    for kind, title, line in lines:
        span = Span(start, start + len(line))
        yield Section(kind=kind, title=title, depth=0, span=span)
        start = span.end + 1
