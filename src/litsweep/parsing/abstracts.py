"""Abstracts: read their parts from PubMed XML, and build from a record the text to be read."""

from collections.abc import Iterator

from lxml import etree

from litsweep.domain.documents import Document, DocumentKind, Licence, Section, SectionKind, Span
from litsweep.domain.records import AbstractPart, OtherAbstract, Record
from litsweep.parsing.text import collapse, element_text, optional_text


def read_abstract(abstract: etree._Element | None) -> tuple[AbstractPart, ...]:
    """Read the parts of ``Abstract``; NLM's filler label ``UNLABELLED`` is no label."""
    return () if abstract is None else tuple(_parts(abstract))


def read_copyright(abstract: etree._Element | None) -> str | None:
    """Read ``CopyrightInformation``."""
    return None if abstract is None else optional_text(abstract.find("CopyrightInformation"))


def read_other_abstracts(citation: etree._Element) -> tuple[OtherAbstract, ...]:
    """Read every ``OtherAbstract``; English is the DTD's default language."""
    return tuple(
        OtherAbstract(
            kind=element.get("Type", "Publisher"),
            language=element.get("Language", "eng"),
            text=text,
        )
        for element in citation.iterchildren("OtherAbstract")
        if (text := "\n".join(_line(part) for part in _parts(element)))
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
        article_type=None,
        pmid=record.pmid,
        pmcid=record.pmcid,
        doi=record.doi,
        licence=Licence(code=None, url=None, text=record.copyright_information),
        has_body=bool(record.abstract),
    )


def _parts(abstract: etree._Element) -> Iterator[AbstractPart]:
    for element in abstract.iterchildren("AbstractText"):
        label = collapse(element.get("Label", ""))
        text = element_text(element)
        if text or label:
            yield AbstractPart(
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
