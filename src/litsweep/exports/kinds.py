"""What kind of publication an entry is, in the words of RIS, BibTeX and CSL."""

from dataclasses import dataclass
from typing import Final

from litsweep.exports.entries import ExportEntry


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind in three vocabularies; ``journal_field`` is BibTeX's for what it appeared in."""

    ris: str
    bibtex: str
    csl: str
    journal_field: str


_ARTICLE: Final = Kind("JOUR", "article", "article-journal", "journal")
_CHAPTER: Final = Kind("CHAP", "incollection", "chapter", "booktitle")
_BOOK: Final = Kind("BOOK", "book", "book", "series")
_PAPER: Final = Kind("CPAPER", "inproceedings", "paper-conference", "booktitle")
_THESIS: Final = Kind("THES", "phdthesis", "thesis", "series")
_REPORT: Final = Kind("RPRT", "techreport", "report", "series")
_DATA: Final = Kind("DATA", "misc", "dataset", "howpublished")
_OTHER: Final = Kind("GEN", "misc", "document", "howpublished")

# Words of publication types, folded; RIS's codes, which loaded entries may carry, among them.
_KINDS: Final = {
    **dict.fromkeys(("book chapter", "chap", "ech"), _CHAPTER),
    **dict.fromkeys(("book", "whole", "ebook", "edbook"), _BOOK),
    **dict.fromkeys(("conference proceedings", "conference paper", "conf", "cpaper"), _PAPER),
    **dict.fromkeys(("thesis", "academic dissertation", "thes"), _THESIS),
    **dict.fromkeys(("report", "technical report", "rprt", "govdoc"), _REPORT),
    **dict.fromkeys(("dataset", "data"), _DATA),
    **dict.fromkeys(("gen", "elec", "unpb", "news", "mgzn", "blog", "comp", "pat"), _OTHER),
}


def kind_of(entry: ExportEntry) -> Kind:
    """Return what the entry is; an article of a journal where its types do not say otherwise."""
    # PubMed lists a book's chapters; the record's title is the chapter's where they differ.
    if entry.is_book:
        return _BOOK if entry.journal.title in (None, entry.title) else _CHAPTER
    named = (_KINDS.get(one.casefold()) for one in entry.publication_types)
    return next((kind for kind in named if kind), _ARTICLE)


def page_range(pages: str | None) -> tuple[str, str]:
    """Return first and last page, the last one whole: ``123-30`` is 123 and 130.

    What is no such range is the first page, as printed.
    """
    first, hyphen, last = (pages or "").partition("-")
    if not (hyphen and first.isdigit() and last.isdigit()):
        return pages or "", ""
    if len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    return (first, last) if int(first) <= int(last) else (pages or "", "")
