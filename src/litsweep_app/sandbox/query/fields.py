"""The search fields of PubMed and PMC: names, tags, and how each one is matched.

Names, full names and descriptions are those that EInfo gives; tags are those of PubMed's help.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Matching(Enum):
    """How a term is compared with a field."""

    WORDS = "words"
    """Words in a row, anywhere in the field."""
    VALUES = "values"
    """A whole value, such as one heading or one journal."""
    NAMES = "names"
    """A name from its beginning: ``smith j`` finds Smith JA."""
    DATES = "dates"
    """A day, month, year, or a range of them."""
    NUMBERS = "numbers"
    """The record's own number, or a range of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field; ``parts`` names the stored fields it looks into, itself when empty."""

    name: str
    full_name: str
    description: str
    tags: tuple[str, ...]
    matching: Matching = Matching.WORDS
    parts: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The stored fields to look into."""
        return self.parts or (self.name,)


def _field(
    name: str,
    full_name: str,
    tags: str,
    matching: Matching = Matching.WORDS,
    parts: str = "",
    description: str = "",
) -> Field:
    return Field(
        name=name,
        full_name=full_name,
        description=description or full_name,
        tags=tuple(tags.split("|")),
        matching=matching,
        parts=tuple(parts.split()),
    )


_STORED: Final = (
    "TITL ABST OABS MESH MAJR SUBH PTYP LANG AUTH FULL COLN INVR JOUR JFUL AFFL ECNO SUBS VOL ISS "
    "PAGE SI OTRM CNTY GRNT TT AID ISBN PUBN BOOK ED AUID COIS PS"
)
_W, _V, _N, _D = Matching.WORDS, Matching.VALUES, Matching.NAMES, Matching.DATES

PUBMED_FIELDS: Final = (
    _field("ALL", "All Fields", "all", _W, _STORED, "All terms from all searchable fields"),
    _field("UID", "UID", "pmid", Matching.NUMBERS, "", "Unique number assigned to publication"),
    _field("FILT", "Filter", "sb|subset", _V, "", "Limits the records"),
    _field("TITL", "Title", "ti", _W, "", "Words in title of publication"),
    _field(
        "WORD", "Text Word", "tw|text|text words", _W, "TITL ABST OABS MESH SUBH PTYP SUBS OTRM"
    ),
    _field("MESH", "MeSH Terms", "mh", _V, "", "Medical Subject Headings assigned to publication"),
    _field("MAJR", "MeSH Major Topic", "mjr", _V, "", "MeSH terms of major importance"),
    _field("AUTH", "Author", "au", _N, "AUTH FULL COLN", "Author(s) of publication"),
    _field("JOUR", "Journal", "ta|so", _V, "", "Journal abbreviation of publication"),
    _field("AFFL", "Affiliation", "ad", _W, "", "Author's institutional affiliation and address"),
    _field("ECNO", "EC/RN Number", "rn", _V),
    _field("SUBS", "Supplementary Concept", "nm|substance|substance name", _V),
    _field("PDAT", "Date - Publication", "dp|publication date", _D, "", "Date of publication"),
    _field("EDAT", "Date - Entry", "entry date|entrez date|date - entrez", _D),
    _field("VOL", "Volume", "vi", _V),
    _field("PAGE", "Pagination", "pg", _V),
    _field("PTYP", "Publication Type", "pt", _V, "", "Type of publication (e.g., review)"),
    _field("LANG", "Language", "la", _V, "", "Language of publication"),
    _field("ISS", "Issue", "ip", _V),
    _field("SUBH", "MeSH Subheading", "sh|mesh subheadings", _V),
    _field("SI", "Secondary Source ID", "secondary source", _V),
    _field("MHDA", "Date - MeSH", "mesh date", _D),
    _field("TIAB", "Title/Abstract", "title abstract", _W, "TITL ABST OABS OTRM"),
    _field("OTRM", "Other Term", "ot", _W),
    _field("INVR", "Investigator", "ir|investigators", _N),
    _field("COLN", "Author - Corporate", "cn|corporate author", _W),
    _field("CNTY", "Place of Publication", "pl", _W),
    _field("GRNT", "Grants and Funding", "gr|grant number|grants", _V),
    _field("MDAT", "Date - Modification", "lr|modification date", _D),
    _field("CDAT", "Date - Completion", "dcom|completion date", _D),
    _field("FAUT", "Author - First", "1au|first author name|first author", _N),
    _field("FULL", "Author - Full", "fau|full author name", _N),
    _field("TT", "Transliterated Title", "transliterated", _W),
    _field("LAUT", "Author - Last", "lastau|last author name|last author", _N),
    _field("LID", "Location ID", "elocation id", _V, "AID"),
    _field("AID", "Article Identifier", "doi", _V),
    _field("CRDT", "Date - Create", "create date", _D),
    _field("BOOK", "Book", "book accession", _V),
    _field("ED", "Editor", "ed", _N),
    _field("ISBN", "ISBN", "isbn", _V),
    _field("PUBN", "Publisher", "pubn", _W),
    _field("AUID", "Author - Identifier", "author identifier", _V),
    _field("COIS", "Conflict of Interest Statements", "conflict of interest statement", _W),
    _field("PS", "Subject - Personal Name", "personal name as subject", _N),
    _field("JID", "NLM Unique ID", "nlm unique id", _V),
)

PMC_FIELDS: Final = (
    _field("ALL", "All Fields", "all", _W, "TITL ABST BODY AUTH JOUR AID OTRM"),
    _field("UID", "UID", "pmcid", Matching.NUMBERS, "", "Unique number assigned to publication"),
    _field("FILT", "Filter", "sb", _V, "", "Limits the records"),
    _field("TITL", "Title", "ti", _W),
    _field("ABST", "Abstract", "ab", _W),
    _field("BODY", "Body - All Words", "body", _W),
    _field("AUTH", "Author", "au", _N),
    _field("JOUR", "Journal", "ta", _V),
    _field("OTRM", "Keyword", "keywords", _W),
    _field("AID", "DOI", "aid", _V),
    _field("PMID", "PMID", "pmid", _V),
    _field("PDAT", "Publication Date", "dp|pubdate", _D),
    _field("EDAT", "PMC Live Date", "pmcrdat|pmclivedate", _D),
    _field("CRDT", "Date - Create", "create date", _D),
    _field("MDAT", "Date - Modification", "lr|pmclastupdate", _D),
)


def index_tags(fields: Iterable[Field]) -> Mapping[str, Field]:
    """Return every way of writing each field's tag, in lower case."""
    return {
        tag.lower(): field for field in fields for tag in (*field.tags, field.full_name, field.name)
    }


TAGS: Final = {"pubmed": index_tags(PUBMED_FIELDS), "pmc": index_tags(PMC_FIELDS)}


def find_field(db: str, tag: str) -> Field | None:
    """Return the field of a tag as written, such as ``" Title/Abstract "``, or None.

    ``:noexp`` is accepted and changes nothing: the sandbox has no tree of headings to explode.
    """
    words = " ".join(tag.lower().split())
    return TAGS[db].get(words.removesuffix(":noexp").strip())
