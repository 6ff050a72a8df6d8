"""Authors, investigators, collectives and subjects of a PubMed record."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from lxml import etree

from litsweep.domain.records import Author
from litsweep.parsing.elements import children_of, count_if_unknown, each_child
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.regular_lists import TEXT, RegularList, build_text
from litsweep.parsing.text import element_text

_new_author: Final = quick(Author)

_ORCID: Final = re.compile(
    r"(?:.*orcid\.org/)?([0-9]{4})[-–]?([0-9]{4})[-–]?([0-9]{4})[-–]?([0-9]{3}[0-9X])/?",
    re.IGNORECASE,
)
_NAMES: Final = frozenset(
    {"LastName", "ForeName", "FirstName", "Initials", "Suffix", "CollectiveName"}
)
_Ids = list[tuple[str, str]]


def read_people(
    lists: Sequence[etree._Element], kind: str, unknown: Counter[str]
) -> tuple[Author, ...]:
    """Read the people of lists of ``kind`` (``Author``, ``Investigator``, …), in their order.

    Entries with ``ValidYN="N"`` are spellings that NLM has superseded: left out. So are
    entries without any name.
    """
    if not lists:
        return ()
    return tuple(
        person
        for element in each_child(lists, kind, unknown)
        if element.get("ValidYN") != "N" and (person := _read_person(element, unknown))
    )


def find_orcid(text: str) -> str | None:
    """Return ``text`` as ``0000-0002-1825-0097``, or None where it is no ORCID.

    Bare, hyphenless, and ``http`` and ``https`` addresses occur. The last character is a
    check digit (ISO 7064, MOD 11-2); an identifier that fails it belongs to nobody.
    """
    match = _ORCID.fullmatch("".join(text.split()))
    if match is None:
        return None
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    if "0123456789X"[(12 - total % 11) % 11] != digits[15]:
        return None
    return "-".join(match.groups()).upper()


def _read_person(element: etree._Element, unknown: Counter[str]) -> Author | None:
    """Read one entry; ``FirstName`` and a direct ``Affiliation`` are forms before 2015."""
    names: dict[str, str | None] = {}
    own_ids: _Ids = []
    affiliations: list[str] = []
    affiliation_ids: _Ids = []
    for part in children_of(element):
        name = part.tag
        if name in _NAMES:
            names[name] = element_text(part) or None
        elif name == "AffiliationInfo":
            _read_affiliation(part, affiliations, affiliation_ids, unknown)
        elif name == "Identifier":
            own_ids.append(_read_identifier(part))
        elif name == "Affiliation":
            _add_text(part, affiliations)
        else:
            count_if_unknown(part, element, unknown)
    if not any(names[name] for name in names if name != "Suffix"):
        return None
    return _new_author(
        last_name=names.get("LastName"),
        fore_name=names.get("ForeName") or names.get("FirstName"),
        initials=names.get("Initials"),
        suffix=names.get("Suffix"),
        collective_name=names.get("CollectiveName"),
        orcid=_first_orcid(own_ids) if own_ids else None,
        affiliations=tuple(affiliations),
        affiliation_ids=tuple(affiliation_ids),
        is_equal_contributor=element.get("EqualContrib") == "Y",
    )


def _first_orcid(ids: _Ids) -> str | None:
    orcids = (find_orcid(text) for source, text in ids if source.upper() == "ORCID")
    return next((orcid for orcid in orcids if orcid), None)


def _read_affiliation(
    element: etree._Element, affiliations: list[str], ids: _Ids, unknown: Counter[str]
) -> None:
    for part in children_of(element):
        if part.tag == "Affiliation":
            _add_text(part, affiliations)
        elif part.tag == "Identifier":
            ids.append(_read_identifier(part))
        else:
            count_if_unknown(part, element, unknown)


def _read_identifier(element: etree._Element) -> tuple[str, str]:
    return element.get("Source", ""), element_text(element)


def _add_text(element: etree._Element, texts: list[str]) -> None:
    if text := element_text(element):
        texts.append(text)


def _build_author(
    is_valid: str | None,
    is_equal: str | None,
    last_name: str | None,
    fore_name: str | None,
    initials: str | None,
    suffix: str | None,
    collective_name: str | None,
    identifiers: str,
    affiliation: str | None,
    others: str,
) -> Author | None:
    """Build an author from the groups of ``AUTHORS``."""
    if is_valid == "N" or not (last_name or collective_name or fore_name or initials):
        return None
    return _new_author(
        last_name=last_name or None,
        fore_name=fore_name or None,
        initials=initials or None,
        suffix=suffix or None,
        collective_name=collective_name or None,
        orcid=_first_orcid(_ORCIDS.findall(identifiers)) if identifiers else None,
        affiliations=_build_affiliations(affiliation, others) if affiliation else (),
        is_equal_contributor=is_equal == "Y",
    )


def _build_affiliations(first: str, others: str) -> tuple[str, ...]:
    texts = map(build_text, _AFFILIATIONS.findall(others))
    return (first, *(text for text in texts if text)) if others else (first,)


_ORCIDS: Final = re.compile(rf'<Identifier Source="(ORCID)">({TEXT})<')
_AFFILIATIONS: Final = re.compile(rf"<Affiliation>({TEXT})<")
AUTHORS: Final = RegularList(
    name="AuthorList",
    entry=re.compile(
        rf"""<Author(?:\ ValidYN="([YN])")?(?:\ EqualContrib="([YN])")?>\s*+
        (?:<LastName>({TEXT})</LastName>\s*+)?+
        (?:<ForeName>({TEXT})</ForeName>\s*+)?+
        (?:<Initials>({TEXT})</Initials>\s*+)?+
        (?:<Suffix>({TEXT})</Suffix>\s*+)?+
        (?:<CollectiveName>({TEXT})</CollectiveName>\s*+)?+
        ((?:<Identifier\ Source="ORCID">{TEXT}</Identifier>\s*+)*+)
        (?:<AffiliationInfo>\s*+<Affiliation>({TEXT})</Affiliation>\s*+</AffiliationInfo>\s*+)?+
        ((?:<AffiliationInfo>\s*+<Affiliation>{TEXT}</Affiliation>\s*+</AffiliationInfo>\s*+)*+)
        </Author>\s*+""",
        re.VERBOSE,
    ),
    texts=(3, 4, 5, 6, 7, 9),
    build=_build_author,
    read=lambda lists, unknown: read_people(tuple(lists), "Author", unknown),
)
"""The authors of a journal article, most of whom are written alike."""
