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
        ("COI-statement", "", "back_matter"),
        ("supplementary-material", "", "supplement"),
        ("data-availability", "", "back_matter"),
        ("", "2.1. Materials and methods", "methods"),
        ("", "IV. RESULTS", "results"),
        ("", "Introdução", "introduction"),
        ("", "STAR★Methods", "methods"),
        ("", "Authors’ contributions", "back_matter"),
        ("", "Concluding remarks", "conclusion"),
        ("", "Supporting information", "supplement"),
        ("", "Power to the people", "other"),
        ("taxon-treatment", "Genus Nonesuch", "other"),
    ],
)
def test_top_sections(section_type: str, title: str, kind: str) -> None:
    section = etree.Element("sec", {"sec-type": section_type} if section_type else {})
    assert section_kind(section, title, SectionKind.OTHER) == SectionKind(kind)


@pytest.mark.parametrize(
    ("title", "parent", "kind"),
    [
        ("Patients", "results", "results"),
        ("Ethics statement", "methods", "methods"),
        ("Conclusions", "discussion", "conclusion"),
        ("Methods", "abstract", "abstract"),
        ("Anything", "methods", "methods"),
        ("Materials and methods", "back_matter", "methods"),
    ],
)
def test_subsections_follow_their_section(title: str, parent: str, kind: str) -> None:
    assert section_kind(etree.Element("sec"), title, SectionKind(parent)) == SectionKind(kind)
