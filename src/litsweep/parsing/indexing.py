"""What indexers and funders add to a record: headings, concepts, keywords, chemicals, grants."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from lxml import etree

from litsweep.domain.records import (
    Chemical,
    DataBankAccession,
    GeneralNote,
    Grant,
    Keyword,
    MeshHeading,
    MeshQualifier,
    PublicationType,
    SupplementaryConcept,
)
from litsweep.parsing.elements import (
    Children,
    child_texts,
    children_of,
    count_if_unknown,
    each_child,
    first_of,
    group_children,
)
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.regular_lists import TEXT, RegularList, build_text
from litsweep.parsing.text import element_text

_new_chemical: Final = quick(Chemical)
_new_keyword: Final = quick(Keyword)
_new_mesh_heading: Final = quick(MeshHeading)
_new_mesh_qualifier: Final = quick(MeshQualifier)
_new_publication_type: Final = quick(PublicationType)
_new_grant: Final = quick(Grant)
_new_data_bank_accession: Final = quick(DataBankAccession)


def read_concepts(citation: Children, unknown: Counter[str]) -> tuple[SupplementaryConcept, ...]:
    """Read ``SupplMeshList``."""
    if "SupplMeshList" not in citation:
        return ()
    return tuple(
        SupplementaryConcept(name=element_text(name), ui=name.get("UI"), kind=name.get("Type"))
        for name in each_child(citation.get("SupplMeshList", ()), "SupplMeshName", unknown)
    )


def read_keywords(parent: Children, unknown: Counter[str]) -> tuple[Keyword, ...]:
    """Read every ``KeywordList``, those of authors and those of indexers."""
    if "KeywordList" not in parent:
        return ()
    return tuple(
        _new_keyword(
            text=text,
            owner=keywords.get("Owner", "NLM"),
            is_major=keyword.get("MajorTopicYN") == "Y",
        )
        for keywords in parent.get("KeywordList", ())
        for keyword in each_child((keywords,), "Keyword", unknown)
        if (text := element_text(keyword))
    )


def read_grants(parent: Children, unknown: Counter[str]) -> tuple[Grant, ...]:
    """Read ``GrantList``; one in twenty lists repeats entries, which are dropped."""
    if "GrantList" not in parent:
        return ()
    found = each_child(parent.get("GrantList", ()), "Grant", unknown)
    texts = (child_texts(grant, unknown) for grant in found)
    grants = (
        _new_grant(
            grant_number=grant.get("GrantID") or None,
            acronym=grant.get("Acronym") or None,
            agency=grant.get("Agency") or None,
            country=grant.get("Country") or None,
        )
        for grant in texts
    )
    return tuple(dict.fromkeys(grants))


def read_data_banks(article: Children, unknown: Counter[str]) -> tuple[DataBankAccession, ...]:
    """Read ``DataBankList``, one entry an accession number."""
    if "DataBankList" not in article:
        return ()
    found = each_child(article.get("DataBankList", ()), "DataBank", unknown)
    banks = (group_children(bank, unknown) for bank in found)
    return tuple(
        _new_data_bank_accession(
            data_bank=element_text(first_of(bank, "DataBankName")), accession=element_text(number)
        )
        for bank in banks
        for number in each_child(bank.get("AccessionNumberList", ()), "AccessionNumber", unknown)
    )


def read_general_notes(citation: Children) -> tuple[GeneralNote, ...]:
    """Read every ``GeneralNote``; NLM is the DTD's default owner."""
    return tuple(
        GeneralNote(owner=note.get("Owner", "NLM"), text=text)
        for note in citation.get("GeneralNote", ())
        if (text := element_text(note))
    )


def read_source_ids(citation: Children) -> tuple[tuple[str, str], ...]:
    """Read every ``OtherID``: what another organisation calls the record."""
    return tuple(
        (other.get("Source", ""), text)
        for other in citation.get("OtherID", ())
        if (text := element_text(other))
    )


def read_publication_types(elements: Iterable[etree._Element]) -> tuple[PublicationType, ...]:
    """Read ``PublicationType`` elements; records before 2014 give no ``UI``."""
    types = (_build_type(element.get("UI"), element_text(element)) for element in elements)
    return tuple(kind for kind in types if kind)


def _read_types(
    lists: Iterable[etree._Element], unknown: Counter[str]
) -> tuple[PublicationType, ...]:
    return read_publication_types(each_child(lists, "PublicationType", unknown))


@lru_cache(maxsize=1024)
def _build_type(ui: str | None, name: str) -> PublicationType | None:
    """Build a publication type from the groups of ``PUBLICATION_TYPES``."""
    return _new_publication_type(name=name, ui=ui or None) if name else None


def _read_chemicals(lists: Iterable[etree._Element], unknown: Counter[str]) -> Iterator[Chemical]:
    for chemical in each_child(lists, "Chemical", unknown):
        parts = group_children(chemical, unknown)
        name = first_of(parts, "NameOfSubstance")
        if name is not None:
            number = element_text(first_of(parts, "RegistryNumber"))
            yield _build_chemical(number, name.get("UI"), element_text(name))


def _build_chemical(number: str, ui: str | None, name: str) -> Chemical:
    """Build a chemical from the groups of ``CHEMICALS``."""
    return _new_chemical(name=name, ui=ui, registry_number=number or None)


def _mesh_headings(lists: Iterable[etree._Element], unknown: Counter[str]) -> Iterator[MeshHeading]:
    for heading in each_child(lists, "MeshHeading", unknown):
        descriptor = None
        qualifiers = []
        for part in children_of(heading):
            if part.tag == "QualifierName":
                qualifiers.append(_qualifier(element_text(part), *_attributes(part)))
            elif part.tag == "DescriptorName" and descriptor is None:
                descriptor = part
            else:
                count_if_unknown(part, heading, unknown)
        if descriptor is not None:
            yield _heading(element_text(descriptor), tuple(qualifiers), *_attributes(descriptor))


def _attributes(element: etree._Element) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in element.items()]


def _heading(
    name: str, qualifiers: tuple[MeshQualifier, ...], *items: tuple[str, str]
) -> MeshHeading:
    attributes = dict(items)
    return _new_mesh_heading(
        name=name,
        ui=attributes.get("UI"),
        is_major=attributes.get("MajorTopicYN") == "Y",
        qualifiers=qualifiers,
        kind=attributes.get("Type"),
        is_automatic=attributes.get("AutoHM") == "Y",
    )


# The vocabularies repeat from record to record: one noun serves them all.
@lru_cache(maxsize=1024)
def _qualifier(name: str, *items: tuple[str, str]) -> MeshQualifier:
    attributes = dict(items)
    return _new_mesh_qualifier(
        name=name, ui=attributes.get("UI"), is_major=attributes.get("MajorTopicYN") == "Y"
    )


@lru_cache(maxsize=16384)
def _build_heading(descriptor: str, qualifiers: str) -> MeshHeading:
    """Build a heading from the groups of ``HEADINGS``."""
    ((attributes, name),) = _TERM.findall(descriptor)
    return _heading(
        build_text(name),
        tuple(
            _qualifier(build_text(text), *_ATTRIBUTE.findall(markup))
            for markup, text in _TERM.findall(qualifiers)
        ),
        *_ATTRIBUTE.findall(attributes),
    )


_ATTRIBUTES: Final = (
    r'(?:\ UI="\w++")?+(?:\ MajorTopicYN="[YN]")?+(?:\ AutoHM="Y")?+(?:\ Type="\w++")?+'
)
_ATTRIBUTE: Final = re.compile(r'(\w+)="(\w+)"')
_TERM: Final = re.compile(rf"<\w+([^>]*)>({TEXT})<")
HEADINGS: Final = RegularList(
    name="MeshHeadingList",
    entry=re.compile(
        rf"""<MeshHeading>\s*+
        (<DescriptorName{_ATTRIBUTES}>{TEXT}</DescriptorName>)\s*+
        ((?:<QualifierName{_ATTRIBUTES}>{TEXT}</QualifierName>\s*+)*+)
        </MeshHeading>\s*+""",
        re.VERBOSE,
    ),
    texts=(),
    build=_build_heading,
    read=_mesh_headings,
)
"""The headings of a record."""

CHEMICALS: Final = RegularList(
    name="ChemicalList",
    entry=re.compile(
        rf"""<Chemical>\s*+<RegistryNumber>({TEXT})</RegistryNumber>\s*+
        <NameOfSubstance(?:\ UI="(\w*+)")?+>({TEXT})</NameOfSubstance>\s*+
        </Chemical>\s*+""",
        re.VERBOSE,
    ),
    texts=(1, 3),
    build=_build_chemical,
    read=_read_chemicals,
)
"""The substances that a record is about."""

PUBLICATION_TYPES: Final = RegularList(
    name="PublicationTypeList",
    entry=re.compile(rf'<PublicationType(?: UI="(\w*+)")?+>({TEXT})</PublicationType>\s*+'),
    texts=(2,),
    build=_build_type,
    read=_read_types,
)
"""The publication types of a journal article."""
