"""Every ``sec-type`` that occurs in the real reports, and the kind that it is.

Some publishers write their own titles into the attribute: those name no kind, and the title
of the section decides. `None` stands for them.
"""

from pathlib import Path

import pytest
from lxml import etree

from litsweep.domain.documents import SectionKind
from litsweep.parsing.section_kinds import kind_of_type, section_kind

SPELLINGS: dict[SectionKind | None, tuple[str, ...]] = {
    None: (
        "Analysis",
        "Anatomy",
        "Characters",
        "Checklist of Bruchinae from Xinjiang, China",
        "Genus Acanthoscelides Schilsky, 1905",
        "Genus Bruchidius Schilsky, 1905",
        "Genus Bruchus L., 1767",
        "Genus Callosobruchus Pic, 1902",
        "Genus Kytorhinus Fischer von Waldheim, 1809",
        "Genus Megabruchidius Borowiec, 1984",
        "Genus Rhaebus Fischer von Waldheim, 1824",
        "Genus Spermophagus Schoenherr, 1833",
        "Higher-level classification of Spartina",
        "Key to species of Bruchinae in Xinjiang",
        "No evidence of a taxonomically unrecognized bear in the Himalayas",
        "Phenetic analysis",
        "Scanning electron microscopy",
        "Sequence comparisons and BLAST",
        "Spartina in North America",
        "Species monophyly and interspecific phylogenetic relationships",
        "Subtribe Acanthoscelidina Bridwell, 1946",
        "Subtribe Bruchina Latreille, 1802",
        "Subtribe Spermophagina Borowiec, 1987",
        "Taxonomy",
        "Tree and non-tree, character-based approach",
        "Tribe Amblycerini Bridwell, 1932",
        "Tribe Bruchini Latreille, 1802",
        "Tribe Kytorhinini Bridwell, 1932",
        "Tribe Rhaebini Blanchard, 1845",
        "display-objects",
        "taxon-treatment",
        "treatment-Comments",
        "treatment-Common name",
        "treatment-Common names",
        "treatment-Description",
        "treatment-Distribution",
        "treatment-Etymology",
        "treatment-Illustration",
        "treatment-Illustrations",
        "treatment-Key to native and introduced species of Spartina in "
        "British Columbia, Washington and Orego",
        "treatment-Morphology",
        "treatment-Pollen fertility",
        "treatment-REMARKS",
        "treatment-Specimens examined",
    ),
    SectionKind.SUPPLEMENT: (
        "Appendix A",
        "appendix",
        "supplementary-material",
    ),
    SectionKind.CONFLICTS: (
        "COI-statement",
        "conflict",
        "conflict-of-interest",
    ),
    SectionKind.BACK_MATTER: (
        "Citation",
        "additional-information",
        "author-contribution",
        "author-contributions",
        "author-declarations",
        "peer-review",
        "version-changes",
    ),
    SectionKind.DISCUSSION: (
        "Discussion",
        "discussion",
        "discussion | conclusions",
    ),
    SectionKind.INTRODUCTION: (
        "Introduction",
        "intro",
        "introduction",
    ),
    SectionKind.RESULTS: (
        "Results",
        "Results and discussion",
        "results",
        "results | discussion",
        "results|discussion",
    ),
    SectionKind.METHODS: (
        "Study material",
        "materials | methods",
        "materials|methods",
        "methods",
        "subjects",
    ),
    SectionKind.CONCLUSION: (
        "conclusion",
        "conclusions",
    ),
    SectionKind.DATA_AVAILABILITY: (
        "data-availability",
        "datasets",
    ),
    SectionKind.ETHICS: ("ethics-statement",),
    SectionKind.FUNDING: (
        "funding",
        "funding-information",
    ),
}
# Suggested by JATS, or used by publishers that the real reports do not have.
OTHERS: dict[SectionKind | None, tuple[str, ...]] = {
    SectionKind.METHODS: ("materials", "materials-and-methods", "materials and methods", "Methods"),
    SectionKind.INTRODUCTION: ("background", "objectives", "aim"),
    SectionKind.CONCLUSION: ("summary", "concluding-remarks"),
    SectionKind.SUPPLEMENT: ("supporting-information", "Appendix", "additional-file"),
    SectionKind.CONFLICTS: ("competing-interests", "coi", "disclosure", "declaration-of-interest"),
    SectionKind.FUNDING: ("financial-disclosure", "funding-statement", "supported-by"),
    SectionKind.DATA_AVAILABILITY: ("data-access", "availability", "code-availability", "dataset"),
    SectionKind.ETHICS: ("ethics", "ethical-approval", "informed-consent"),
    SectionKind.FOOTNOTE: ("footnotes", "notes"),
    SectionKind.BACK_MATTER: ("acknowledgement", "abbreviations", "author-note"),
    None: ("cases", "nomenclature", "other1"),
}


@pytest.mark.parametrize(
    ("spelling", "kind"),
    [
        (spelling, kind)
        for table in (SPELLINGS, OTHERS)
        for kind, spellings in table.items()
        for spelling in spellings
    ],
)
def test_each_spelling_is_a_kind(spelling: str, kind: SectionKind | None) -> None:
    assert kind_of_type(spelling) is kind
    section = etree.Element("sec", {"sec-type": spelling})
    assert section_kind(section, "", SectionKind.OTHER) is (kind or SectionKind.OTHER)


def test_the_list_is_whole(corpus: Path) -> None:
    listed = {spelling for spellings in SPELLINGS.values() for spelling in spellings}
    found = {
        section.get("sec-type", "")
        for path in (corpus / "pmc").iterdir()
        for section in _read(path).iter("{*}sec")
    }
    assert found - {""} == listed


def _read(path: Path) -> etree._Element:
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False, remove_comments=True)
    return etree.fromstring(path.read_bytes(), parser)
