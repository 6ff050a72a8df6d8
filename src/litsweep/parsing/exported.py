"""Build from an exported entry the text to be read, as ``abstracts`` does from PubMed's XML."""

from litsweep.domain.documents import Document, DocumentKind, Licence, Section, SectionKind, Span
from litsweep.domain.loads import ExportedRecord


def build_exported_document(entry: ExportedRecord) -> Document:
    """Build the title, then the abstract, each a section; ``has_body``: there is an abstract."""
    lines = [(SectionKind.TITLE, entry.title), (SectionKind.ABSTRACT, entry.abstract)]
    sections: list[Section] = []
    start = 0
    for kind, text in lines:
        if text:
            span = Span(start, start + len(text))
            sections.append(Section(kind=kind, title="", depth=0, span=span))
            start = span.end + 1
    return Document(
        kind=DocumentKind.ABSTRACT,
        title=entry.title,
        text="\n".join(text for _, text in lines if text),
        sections=tuple(sections),
        language=entry.languages[0] if entry.languages else None,
        article_type=None,
        pmid=entry.pmid,
        pmcid=entry.pmcid,
        doi=entry.doi,
        licence=Licence(code=None, url=None, text=None),
        has_body=bool(entry.abstract),
    )
