"""The children of an element by name, and a count of the elements that nobody here knows.

``_KNOWN`` says what PubMed's elements contain: DTD ``pubmed_250101``, the older forms that
still occur, and, behind each, what is knowingly left to the raw XML. The text of an element
is always read with all that is inside it, so that markup within text needs no entry. What
the elements mean is the business of the modules that read them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lxml import etree

from litsweep.parsing.text import element_text

Children = Mapping[str, Sequence[etree._Element]]
"""Children of one element by name, in their order; missing names have no entry."""

NO_CHILDREN: Final[Children] = {}
"""Those of an element that is not there."""

_NOTHING: Final[frozenset[str]] = frozenset()
_PERSON: Final = frozenset(
    {"LastName", "ForeName", "FirstName", "Initials", "Suffix", "CollectiveName", "Identifier"}
    | {"AffiliationInfo", "Affiliation"}
)
_DATE: Final = frozenset({"Year", "Month", "Day", "Season", "MedlineDate"})
_HISTORY_DATE: Final = frozenset({"Year", "Month", "Day", "Hour", "Minute", "Second"})
_ABSTRACT: Final = frozenset({"AbstractText", "CopyrightInformation"})
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "PubmedArticle": frozenset({"MedlineCitation", "PubmedData"}),
    "PubmedBookArticle": frozenset({"BookDocument", "PubmedBookData"}),
    "MedlineCitation": frozenset(
        {"PMID", "DateCompleted", "DateRevised", "Article", "MedlineJournalInfo", "ChemicalList"}
        | {"SupplMeshList", "CitationSubset", "CommentsCorrectionsList", "GeneSymbolList"}
        | {"MeshHeadingList", "PersonalNameSubjectList", "OtherID", "OtherAbstract"}
        | {"KeywordList", "CoiStatement", "SpaceFlightMission", "InvestigatorList"}
        | {"GeneralNote"}
        # Left to the raw XML: replaced in 2018 by dates of the history; a count before 2010.
        | {"DateCreated", "NumberOfReferences"}
    ),
    "Article": frozenset(
        {"Journal", "ArticleTitle", "Pagination", "ELocationID", "Abstract", "AuthorList"}
        | {"Language", "DataBankList", "GrantList", "PublicationTypeList", "VernacularTitle"}
        | {"ArticleDate"}
        # Left to the raw XML: where records had the first author's affiliation before 2013.
        | {"Affiliation"}
    ),
    "Journal": frozenset({"ISSN", "JournalIssue", "Title", "ISOAbbreviation"}),
    "JournalIssue": frozenset({"Volume", "Issue", "PubDate"}),
    "MedlineJournalInfo": frozenset({"Country", "MedlineTA", "NlmUniqueID", "ISSNLinking"}),
    "Pagination": frozenset({"StartPage", "EndPage", "MedlinePgn"}),
    "Abstract": _ABSTRACT,
    "OtherAbstract": _ABSTRACT,
    "AuthorList": frozenset({"Author"}),
    "Author": _PERSON,
    "InvestigatorList": frozenset({"Investigator"}),
    "Investigator": _PERSON,
    "PersonalNameSubjectList": frozenset({"PersonalNameSubject"}),
    "PersonalNameSubject": _PERSON,
    "AffiliationInfo": frozenset({"Affiliation", "Identifier"}),
    "GrantList": frozenset({"Grant"}),
    "Grant": frozenset({"GrantID", "Acronym", "Agency", "Country"}),
    "DataBankList": frozenset({"DataBank"}),
    "DataBank": frozenset({"DataBankName", "AccessionNumberList"}),
    "AccessionNumberList": frozenset({"AccessionNumber"}),
    "PublicationTypeList": frozenset({"PublicationType"}),
    "ChemicalList": frozenset({"Chemical"}),
    "Chemical": frozenset({"RegistryNumber", "NameOfSubstance"}),
    "SupplMeshList": frozenset({"SupplMeshName"}),
    "CommentsCorrectionsList": frozenset({"CommentsCorrections"}),
    "CommentsCorrections": frozenset({"RefSource", "PMID", "Note"}),
    "GeneSymbolList": frozenset({"GeneSymbol"}),
    "MeshHeadingList": frozenset({"MeshHeading"}),
    "MeshHeading": frozenset({"DescriptorName", "QualifierName"}),
    "KeywordList": frozenset({"Keyword"}),
    "PubDate": _DATE,
    "ArticleDate": _DATE,
    "ContributionDate": _DATE,
    "BeginningDate": _DATE,
    "EndingDate": _DATE,
    "DateCompleted": _DATE,
    "DateRevised": _DATE,
    "PubMedPubDate": _HISTORY_DATE,
    # Left to the raw XML: ObjectList, which repeats the identifiers of grants and keywords.
    "PubmedData": frozenset(
        {"History", "PublicationStatus", "ArticleIdList", "ReferenceList", "ObjectList"}
    ),
    "PubmedBookData": frozenset({"History", "PublicationStatus", "ArticleIdList", "ObjectList"}),
    "History": frozenset({"PubMedPubDate"}),
    "ArticleIdList": frozenset({"ArticleId"}),
    "ReferenceList": frozenset({"Title", "Reference", "ReferenceList"}),
    "Reference": frozenset({"Citation", "ArticleIdList"}),
    "BookDocument": frozenset(
        {"PMID", "ArticleIdList", "Book", "LocationLabel", "ArticleTitle", "VernacularTitle"}
        | {"Pagination", "Language", "AuthorList", "InvestigatorList", "PublicationType"}
        | {"Abstract", "Sections", "KeywordList", "ContributionDate", "DateRevised"}
        | {"GrantList", "ItemList", "ReferenceList"}
    ),
    "Book": frozenset(
        {"Publisher", "BookTitle", "PubDate", "BeginningDate", "EndingDate", "AuthorList"}
        | {"InvestigatorList", "Volume", "VolumeTitle", "Edition", "CollectionTitle", "Isbn"}
        | {"ELocationID", "Medium", "ReportNumber"}
    ),
    "Publisher": frozenset({"PublisherName", "PublisherLocation"}),
    "Sections": frozenset({"Section"}),
    "Section": frozenset({"LocationLabel", "SectionTitle", "Section"}),
    "ItemList": frozenset({"Item"}),
}


def children_of(element: etree._Element) -> list[etree._Element]:
    """Return the children of ``element``, in half the time of iterating over them."""
    return element[:]  # type: ignore[index, return-value]  # lxml's stubs do not know slices


def group_children(element: etree._Element | None, unknown: Counter[str]) -> Children:
    """Return all children of ``element`` by name; none where it is not there."""
    if element is None:
        return NO_CHILDREN
    groups: dict[str, list[etree._Element]] = {}
    for child in children_of(element):
        name = child.tag
        if name in groups:
            groups[name].append(child)
        else:
            groups[name] = [child]
    if not groups.keys() <= _KNOWN.get(element.tag, _NOTHING):
        _count_unknown(element, unknown)
    return groups


def child_texts(element: etree._Element | None, unknown: Counter[str]) -> dict[str, str]:
    """Return the texts of the children of ``element`` by name, of the first of each name."""
    if element is None:
        return {}
    texts = {child.tag: element_text(child) for child in reversed(children_of(element))}
    if not texts.keys() <= _KNOWN.get(element.tag, _NOTHING):
        _count_unknown(element, unknown)
    return texts


def each_child(
    parents: Iterable[etree._Element], name: str, unknown: Counter[str]
) -> Iterator[etree._Element]:
    """Iterate over the children called ``name`` of all ``parents``."""
    for parent in parents:
        for child in children_of(parent):
            if child.tag == name:
                yield child
            else:
                count_if_unknown(child, parent, unknown)


def first_of(children: Children, name: str) -> etree._Element | None:
    """Return the first child called ``name``, if there is one."""
    return children[name][0] if name in children else None


def count_if_unknown(child: etree._Element, parent: etree._Element, unknown: Counter[str]) -> None:
    """Count a child that its reader passed over, unless it is knowingly left to the raw XML."""
    if child.tag not in _KNOWN.get(parent.tag, _NOTHING):
        unknown[f"{parent.tag}/{child.tag}"] += 1


def _count_unknown(parent: etree._Element, unknown: Counter[str]) -> None:
    for child in parent:
        count_if_unknown(child, parent, unknown)
