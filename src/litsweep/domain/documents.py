"""A text to be read, with offsets: an abstract, or a report's full text.

Offsets are half-open ``[start, end)`` in Unicode code points of ``Document.text``, so
that ``document.text[span.start:span.end]`` is the quotation.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from litsweep.domain.licence_codes import is_open, strictness
from litsweep.errors import UsageError

# "© 2021 The Authors" says who holds the rights, and nothing of what is allowed.
_COPYRIGHT_LINE: Final = re.compile(r"\W*(?:©|\(c\)|copyright\b)", re.IGNORECASE)
_RESERVED: Final = re.compile(r"rights reserved|permission|no part of", re.IGNORECASE)


class DocumentKind(StrEnum):
    """What a document holds."""

    ABSTRACT = "abstract"
    """Title and abstract of a record."""
    FULL_TEXT = "full_text"
    """The body of a report."""


class SectionKind(StrEnum):
    """What a section is about; JATS ``sec-type`` and titles are mapped to these."""

    TITLE = "title"
    """The title of the record or report."""
    ABSTRACT = "abstract"
    """The abstract or one of its parts."""
    INTRODUCTION = "introduction"
    """Introduction, background, objectives."""
    METHODS = "methods"
    """Methods, materials, participants."""
    RESULTS = "results"
    """Results, findings."""
    DISCUSSION = "discussion"
    """Discussion, interpretation."""
    CONCLUSION = "conclusion"
    """Conclusions."""
    TABLE = "table"
    """A table: caption and rows."""
    FIGURE = "figure"
    """A figure's caption."""
    SUPPLEMENT = "supplement"
    """Supplementary material."""
    FUNDING = "funding"
    """Who paid: funding statements, grants, financial disclosure."""
    CONFLICTS = "conflicts"
    """Competing interests."""
    DATA_AVAILABILITY = "data_availability"
    """Where data and code are to be had."""
    ETHICS = "ethics"
    """Approval and consent."""
    FOOTNOTE = "footnote"
    """Notes to the text that are none of the above."""
    BACK_MATTER = "back_matter"
    """Acknowledgements, contributions, abbreviations and other back matter."""
    OTHER = "other"
    """Anything else, or a section whose kind cannot be told."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of code points in a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse a range that ends before it starts."""
        if not 0 <= self.start <= self.end:
            raise UsageError(f"[{self.start}, {self.end}) is not a range of a text.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document; ``depth`` is 0 for a top section, 1 for one inside it, …

    Spans of sibling sections do not overlap; a section's own paragraphs come before
    those of its subsections, and the span covers only its own paragraphs.
    """

    kind: SectionKind
    title: str
    depth: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence and where it stands in ``Document.text``."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The terms of a report: ``code`` such as ``CC BY`` where known, address, and wording."""

    code: str | None
    url: str | None
    text: str | None

    @property
    def may_export(self) -> bool:
        """Whether the text may leave the house in an export: only where the licence is known.

        True for Creative Commons licences and the public domain; what is unknown, or all
        rights reserved, stays in.
        """
        return is_open(self.code)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is said of what is allowed: no terms, or a bare line of copyright."""
        if self.code is not None or self.url is not None:
            return False
        text = self.text or ""
        return not text or (
            _COPYRIGHT_LINE.match(text) is not None and _RESERVED.search(text) is None
        )


def stricter_licence(one: Licence, other: Licence) -> Licence:
    """Return the licence that holds where two places state one for the same report.

    A place that says nothing does not count (see `Licence.is_silent`). Where both say the same,
    address and wording are taken from whichever has them; where they disagree, the one that
    allows less holds: terms that nobody knows, then non-commercial, no derivatives, share alike,
    attribution, public domain. The order of the two makes no difference to the code.
    """
    if one.is_silent:
        return one if other.is_silent and other.text is None else other
    if other.is_silent:
        return one
    if one.code == other.code:
        return Licence(code=one.code, url=one.url or other.url, text=one.text or other.text)
    return max(one, other, key=lambda licence: (strictness(licence.code), licence.code or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An entry of a report's reference list: its text, and what identifies the cited work.

    ``label`` is the number or name printed before it; ``publication_type`` is JATS's
    (``journal``, ``book``, ``data``, …); ``year`` is as printed ("2019a").
    """

    text: str
    label: str = ""
    pmid: int | None = None
    pmcid: str | None = None
    doi: str | None = None
    year: str | None = None
    publication_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubArticle:
    """A text printed with a report that is not part of it: a reply, a review, a translation.

    ``article_type`` is JATS's (``reply``, ``reviewer-report``, ``translation``, …) or None.
    """

    article_type: str | None
    title: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text with its sections; where it came from is the caller's to keep.

    ``language`` is ISO 639-1 or 639-2 as the source gives it, or None. ``article_type`` is
    JATS's (``research-article``, …) or None. ``has_body`` is False for a report of which
    only front matter was given: that is not a full text (ncbi.md 4.1).
    """

    kind: DocumentKind
    title: str
    text: str
    sections: tuple[Section, ...]
    language: str | None
    article_type: str | None
    pmid: int | None
    pmcid: str | None
    doi: str | None
    licence: Licence
    has_body: bool
    references: tuple[Reference, ...] = ()
    sub_articles: tuple[SubArticle, ...] = ()

    @property
    def text_sha256(self) -> str:
        """Hash of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def section_text(self, section: Section) -> str:
        """Return the text that ``section`` covers."""
        return self.text[section.span.start : section.span.end]

    def sections_of(self, *kinds: SectionKind) -> Iterator[Section]:
        """Iterate over the sections of the given kinds, in the order of the text."""
        return (section for section in self.sections if section.kind in kinds)


class FullTextSource(StrEnum):
    """Where a full text may be had, in the order in which they are asked."""

    PMC_CLOUD = "pmc_cloud"
    """PMC Cloud Service: objects of the bucket ``pmc-oa-opendata``."""
    EUROPE_PMC = "europe_pmc"
    """Europe PMC's ``fullTextXML``."""
    EFETCH = "efetch"
    """E-utilities EFetch with ``db=pmc``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedReport:
    """The bytes of a full text as obtained, and the licence the source states beside it."""

    pmcid: str
    version: int | None
    source: FullTextSource
    url: str
    raw_xml: bytes
    licence: Licence
    retrieved_at: datetime

    @property
    def raw_sha256(self) -> str:
        """Hash of the bytes as fetched, in hexadecimal."""
        return hashlib.sha256(self.raw_xml).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRetrieved:
    """A full text that was sought and not obtained (PRISMA: "reports not retrieved").

    ``is_final`` tells a refusal (not open access, no body) from a failure worth another try.
    """

    pmcid: str
    reason: str
    is_final: bool
    attempted_at: datetime
