"""Kinds of sections from types, titles and places."""

import pytest
from lxml import etree

from litsweep.domain.documents import SectionKind
from litsweep.parsing.section_kinds import section_kind


@pytest.mark.parametrize(
    ("section_type", "title", "kind"),
    [
        ("intro", "", "introduction"),
        ("materials|methods", "", "methods"),
        ("materials | methods", "", "methods"),
        ("results|discussion", "", "results"),
        ("discussion | conclusions", "", "discussion"),
        ("COI-statement", "", "conflicts"),
        ("supplementary-material", "", "supplement"),
        ("data-availability", "", "data_availability"),
        ("", "2.1. Materials and methods", "methods"),
        ("", "IV. RESULTS", "results"),
        ("", "Introdução", "introduction"),
        ("", "STAR★Methods", "methods"),
        ("", "Authors’ contributions", "back_matter"),
        ("", "Concluding remarks", "conclusion"),
        ("", "Supporting information", "supplement"),
        ("", "Power to the people", "other"),
        ("taxon-treatment", "Genus Nonesuch", "other"),
        ("additional-information", "Funding", "funding"),
        ("", "Acknowledgments and funding", "funding"),
        ("", "Financial disclosure", "funding"),
        ("", "Role of the funding source", "funding"),
        ("", "Sources of support", "funding"),
        ("", "Support vector machines", "other"),
        ("", "Declaration of competing interest", "conflicts"),
        ("", "Authors’ disclosures of potential conflicts of interest", "conflicts"),
        ("", "Conflict in the region", "other"),
        ("", "Data, materials, and software availability", "data_availability"),
        ("", "Availability of data and materials", "data_availability"),
        ("", "Data sharing statement", "data_availability"),
        ("", "Data collection", "methods"),
        ("", "Institutional Review Board Statement", "ethics"),
        ("", "Ethics approval and consent to participate", "ethics"),
        ("", "Informed Consent Statement", "ethics"),
        ("", "Endnotes", "footnote"),
        ("", "Considerações finais", "conclusion"),
    ],
)
def test_top_sections(section_type: str, title: str, kind: str) -> None:
    section = etree.Element("sec", {"sec-type": section_type} if section_type else {})
    assert section_kind(section, title, SectionKind.OTHER) == SectionKind(kind)


@pytest.mark.parametrize(
    ("title", "parent", "kind"),
    [
        ("Patients", "results", "results"),
        ("Ethics statement", "methods", "ethics"),
        ("Ethics statement", "abstract", "abstract"),
        ("Funding of the trials", "results", "results"),
        ("Funding", "ethics", "funding"),
        ("Conflict of interest", "footnote", "conflicts"),
        ("Conclusions", "discussion", "conclusion"),
        ("Methods", "abstract", "abstract"),
        ("Anything", "methods", "methods"),
        ("Materials and methods", "back_matter", "methods"),
    ],
)
def test_subsections_follow_their_section(title: str, parent: str, kind: str) -> None:
    assert section_kind(etree.Element("sec"), title, SectionKind(parent)) == SectionKind(kind)
