"""What indexers and funders add to a record: headings, keywords, chemicals, grants, links."""

from collections.abc import Iterator

from lxml import etree

from litsweep.domain.identifiers import parse_pmid
from litsweep.domain.records import (
    Chemical,
    Correction,
    DataBankAccession,
    Grant,
    Keyword,
    MeshHeading,
    MeshQualifier,
    PublicationType,
)
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.text import element_text, optional_text


def read_mesh_headings(citation: etree._Element) -> tuple[MeshHeading, ...]:
    """Read ``MeshHeadingList``; a star may stand on a qualifier alone."""
    headings = citation.find("MeshHeadingList")
    return () if headings is None else tuple(_mesh_headings(headings))


def read_keywords(citation: etree._Element) -> tuple[Keyword, ...]:
    """Read every ``KeywordList``, those of authors and those of indexers."""
    return tuple(
        Keyword(
            text=text,
            owner=keywords.get("Owner", "NLM"),
            is_major=keyword.get("MajorTopicYN") == "Y",
        )
        for keywords in citation.iterchildren("KeywordList")
        for keyword in keywords.iterchildren("Keyword")
        if (text := element_text(keyword))
    )


def read_chemicals(citation: etree._Element) -> tuple[Chemical, ...]:
    """Read ``ChemicalList``."""
    return tuple(
        Chemical(
            name=element_text(name),
            ui=name.get("UI"),
            registry_number=optional_text(chemical.find("RegistryNumber")),
        )
        for chemical in citation.iterfind("ChemicalList/Chemical")
        if (name := chemical.find("NameOfSubstance")) is not None
    )


def read_grants(parent: etree._Element) -> tuple[Grant, ...]:
    """Read ``GrantList``; one in twenty lists repeats entries, which are dropped."""
    grants = (
        Grant(
            grant_number=optional_text(grant.find("GrantID")),
            acronym=optional_text(grant.find("Acronym")),
            agency=optional_text(grant.find("Agency")),
            country=optional_text(grant.find("Country")),
        )
        for grant in parent.iterfind("GrantList/Grant")
    )
    return tuple(dict.fromkeys(grants))


def read_data_banks(article: etree._Element) -> tuple[DataBankAccession, ...]:
    """Read ``DataBankList``, one entry an accession number."""
    return tuple(
        DataBankAccession(
            data_bank=element_text(bank.find("DataBankName")), accession=element_text(number)
        )
        for bank in article.iterfind("DataBankList/DataBank")
        for number in bank.iterfind("AccessionNumberList/AccessionNumber")
    )


def read_corrections(citation: etree._Element) -> tuple[Correction, ...]:
    """Read the links to other publications, without ``Cites``: those are references."""
    return tuple(
        Correction(
            ref_type=link.get("RefType", ""),
            ref_source=optional_text(link.find("RefSource")),
            pmid=_pmid_or_none(link.findtext("PMID")),
            note=optional_text(link.find("Note")),
        )
        for link in citation.iterfind("CommentsCorrectionsList/CommentsCorrections")
        if link.get("RefType") != "Cites"
    )


def count_references(citation: etree._Element, data: etree._Element | None) -> int:
    """Count the works cited: ``Reference`` at any depth, else ``Cites`` (records before 2019)."""
    n_references = sum(1 for _ in data.iter("Reference")) if data is not None else 0
    if n_references:
        return n_references
    links = citation.iterfind("CommentsCorrectionsList/CommentsCorrections")
    return sum(1 for link in links if link.get("RefType") == "Cites")


def read_publication_types(elements: Iterator[etree._Element]) -> tuple[PublicationType, ...]:
    """Read ``PublicationType`` elements; records before 2014 give no ``UI``."""
    return tuple(
        PublicationType(name=name, ui=element.get("UI") or None)
        for element in elements
        if (name := element_text(element))
    )


def _mesh_headings(headings: etree._Element) -> Iterator[MeshHeading]:
    for heading in headings.iterchildren("MeshHeading"):
        descriptor = heading.find("DescriptorName")
        if descriptor is not None:
            yield MeshHeading(
                name=element_text(descriptor),
                ui=descriptor.get("UI"),
                is_major=descriptor.get("MajorTopicYN") == "Y",
                qualifiers=tuple(_qualifiers(heading)),
            )


def _qualifiers(heading: etree._Element) -> Iterator[MeshQualifier]:
    for qualifier in heading.iterchildren("QualifierName"):
        yield MeshQualifier(
            name=element_text(qualifier),
            ui=qualifier.get("UI"),
            is_major=qualifier.get("MajorTopicYN") == "Y",
        )


def _pmid_or_none(text: str | None) -> int | None:
    try:
        return parse_pmid(text or "")
    except InvalidIdentifier:
        return None
