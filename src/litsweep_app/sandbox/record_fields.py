"""The searchable texts of a PubMed record, by stored field; which field holds what."""

from collections.abc import Mapping, Sequence
from typing import Final

from lxml import etree

from litsweep_app.sandbox.markup import plain_text
from litsweep_app.sandbox.query.vocabulary import BROADER_TYPES, LANGUAGES
from litsweep_app.sandbox.records import IndexedRecord, find_article_ids, find_citation

# Paths from MedlineCitation or BookDocument.
_PATHS: Final = {
    "TITL": ("Article/ArticleTitle", "ArticleTitle", "Book/BookTitle", "Book/CollectionTitle"),
    "ABST": ("Article/Abstract/AbstractText", "Abstract/AbstractText"),
    "OABS": ("OtherAbstract/AbstractText",),
    "SUBH": ("MeshHeadingList/MeshHeading/QualifierName",),
    "JFUL": ("Article/Journal/Title",),
    "AFFL": (
        "Article/AuthorList/Author/AffiliationInfo/Affiliation",
        "Article/AuthorList/Author/Affiliation",
        "Article/Affiliation",
        "AuthorList/Author/AffiliationInfo/Affiliation",
        "InvestigatorList/Investigator/AffiliationInfo/Affiliation",
    ),
    "ECNO": ("ChemicalList/Chemical/RegistryNumber",),
    "SUBS": ("ChemicalList/Chemical/NameOfSubstance", "SupplMeshList/SupplMeshName"),
    "VOL": ("Article/Journal/JournalIssue/Volume",),
    "ISS": ("Article/Journal/JournalIssue/Issue",),
    "PAGE": ("Article/Pagination/MedlinePgn", "Article/Pagination/StartPage"),
    "OTRM": ("KeywordList/Keyword",),
    "CNTY": ("MedlineJournalInfo/Country", "Book/Publisher/PublisherLocation"),
    "GRNT": ("Article/GrantList/Grant/GrantID", "Article/GrantList/Grant/Agency"),
    "TT": ("Article/VernacularTitle", "VernacularTitle"),
    "ISBN": ("Book/Isbn",),
    "PUBN": ("Book/Publisher/PublisherName",),
    "COIS": ("CoiStatement",),
    "COLN": (
        "Article/AuthorList/Author/CollectiveName",
        "AuthorList/Author/CollectiveName",
        "Book/AuthorList/Author/CollectiveName",
    ),
    "AUID": ("Article/AuthorList/Author/Identifier", "AuthorList/Author/Identifier"),
    "JID": ("MedlineJournalInfo/NlmUniqueID",),
}
_AUTHOR_PATHS: Final = ("Article/AuthorList/Author", "AuthorList/Author", "Book/AuthorList/Author")
_STATUS_FILTERS: Final = {
    "MEDLINE": "medline",
    "OLDMEDLINE": "oldmedline",
    "PubMed-not-MEDLINE": "pubmednotmedline",
    "Publisher": "publisher",
    "In-Process": "inprocess",
    "In-Data-Review": "in data review",
}


def read_record_fields(record: IndexedRecord, pmcids: Sequence[int]) -> Mapping[str, Sequence[str]]:
    """Return the record's texts; every field is a list of separate values."""
    tree = record.tree
    citation = find_citation(tree)
    if citation is None:
        return {}
    fields = {name: _texts(citation, *paths) for name, paths in _PATHS.items()}
    fields |= _read_people(citation)
    fields |= _read_headings(citation)
    fields["PTYP"] = _read_types(citation)
    fields["LANG"] = _read_languages(citation)
    fields["JOUR"] = _read_journal(citation)
    fields["SI"] = _read_accessions(citation)
    ids = find_article_ids(tree)
    fields["AID"] = [
        *(value for kind, value in ids if kind != "pubmed"),
        *_texts(citation, "Article/ELocationID"),
    ]
    fields["BOOK"] = [value for kind, value in ids if kind == "bookaccession"]
    fields["FILT"] = _read_filters(citation, pmcids)
    return fields


def _texts(citation: etree._Element, *paths: str) -> list[str]:
    return [plain_text(element) for path in paths for element in citation.iterfind(path)]


def _read_people(citation: etree._Element) -> Mapping[str, list[str]]:
    authors = [
        person
        for path in _AUTHOR_PATHS
        for person in citation.iterfind(path)
        if person.get("ValidYN") != "N"
    ]
    short = [name for person in authors if (name := short_name(person))]
    return {
        "AUTH": short,
        "FULL": [name for person in authors if (name := _full_name(person))],
        "FAUT": short[:1],
        "LAUT": short[-1:],
        "INVR": [
            short_name(person) for person in citation.iterfind("InvestigatorList/Investigator")
        ],
        "PS": [
            short_name(person)
            for person in citation.iterfind("PersonalNameSubjectList/PersonalNameSubject")
        ],
        "ED": [
            short_name(person)
            for person in citation.iterfind("Book/AuthorList[@Type='editors']/Author")
        ],
    }


def short_name(person: etree._Element) -> str:
    """Return a person as PubMed lists them, ``Smith JA``; empty for a group."""
    parts = (plain_text(person.find(name)) for name in ("LastName", "Initials", "Suffix"))
    return " ".join(part for part in parts if part)


def _full_name(person: etree._Element) -> str:
    given = person.find("ForeName")
    given = person.find("FirstName") if given is None else given
    last = plain_text(person.find("LastName"))
    return f"{last} {plain_text(given)}" if last and given is not None else ""


def _read_headings(citation: etree._Element) -> Mapping[str, list[str]]:
    headings, major = [], []
    for heading in citation.iterfind("MeshHeadingList/MeshHeading"):
        descriptor = heading.find("DescriptorName")
        name = plain_text(descriptor)
        qualifiers = heading.findall("QualifierName")
        pairs = [f"{name}/{plain_text(qualifier)}" for qualifier in qualifiers]
        headings += [name, *pairs]
        elements = [element for element in (descriptor, *qualifiers) if element is not None]
        if any(element.get("MajorTopicYN") == "Y" for element in elements):
            major += [name, *pairs]
    return {"MESH": headings, "MAJR": major}


def _read_types(citation: etree._Element) -> list[str]:
    types = _texts(citation, "Article/PublicationTypeList/PublicationType", "PublicationType")
    broader = [name for kind in types for name in BROADER_TYPES.get(kind.lower(), ())]
    return [*types, *broader]


def _read_languages(citation: etree._Element) -> list[str]:
    codes = _texts(citation, "Article/Language", "Language")
    return [*codes, *(LANGUAGES[code] for code in codes if code in LANGUAGES)]


def _read_journal(citation: etree._Element) -> list[str]:
    titles = _texts(
        citation,
        "MedlineJournalInfo/MedlineTA",
        "Article/Journal/ISOAbbreviation",
        "Article/Journal/Title",
        "Article/Journal/ISSN",
        "MedlineJournalInfo/ISSNLinking",
        "MedlineJournalInfo/NlmUniqueID",
    )
    # "Lancet (London, England)" is asked for as "Lancet".
    return [*titles, *(title.partition(" (")[0] for title in titles)]


def _read_accessions(citation: etree._Element) -> list[str]:
    found = []
    for bank in citation.iterfind("Article/DataBankList/DataBank"):
        name = plain_text(bank.find("DataBankName"))
        numbers = _texts(bank, "AccessionNumberList/AccessionNumber")
        found += [name, *numbers, *(f"{name}/{number}" for number in numbers)]
    return found


def _read_filters(citation: etree._Element, pmcids: Sequence[int]) -> list[str]:
    filters = []
    if pmcids:
        filters += ["pubmed pmc", "pubmed pmc all", "free full text", "ffrft", "full text", "fft"]
        filters += ["loattrfree full text", "loattrfull text"]
    status = _STATUS_FILTERS.get(citation.get("Status", ""))
    if status:
        filters.append(status)
    if citation.find("Article/Abstract") is not None or citation.find("Abstract") is not None:
        filters += ["hasabstract", "fha"]
    # hasretractionin, haserratumfor, hasupdatein, ...
    links = citation.iterfind("CommentsCorrectionsList/CommentsCorrections")
    filters += [f"has{link.get('RefType', '').lower()}" for link in links]
    # A type, a language or a check tag may be asked for as a filter too.
    return [*filters, *_read_types(citation), *_read_languages(citation), *_check_tags(citation)]


def _check_tags(citation: etree._Element) -> list[str]:
    names = _texts(citation, "MeshHeadingList/MeshHeading/DescriptorName")
    return [name for name in names if name in {"Humans", "Animals", "Male", "Female"}]
