"""A cited work as one readable line, from any of the elements in which JATS holds citations.

Mixed citations are printed as they stand. In element citations all punctuation is missing: they
are written in the order that MEDLINE uses, and what has no place in it follows. Identifiers are
named (``doi:``, ``pmid:``), since their numbers alone tell nobody anything.
"""

import re
from collections.abc import Iterable
from typing import Final

from lxml import etree

from litsweep.parsing.text import collapse, element_text

CITATIONS: Final = frozenset(
    {"element-citation", "mixed-citation", "citation", "nlm-citation", "citation-alternatives"}
)
"""The elements that hold a cited work, or several forms of one."""

_NAMED_IDS: Final = {"doi": "doi:", "pmid": "pmid:", "pmcid": "pmcid:", "pmc": "pmcid:"}
_NAMES: Final = frozenset(
    {"name", "string-name", "collab", "anonymous", "etal", "name-alternatives"}
)
_GROUPS: Final = frozenset({"person-group", "collab-alternatives"}) | _NAMES
# Numbers that other houses give a work, of use to nobody who reads.
_SILENT_IDS: Final = frozenset({"coi", "bibcode", "amsid", "publisher-id", "art-access-id"})
_INLINE: Final = frozenset(
    {"italic", "bold", "sup", "sub", "sc", "underline", "overline", "monospace", "styled-content"}
    | {"named-content", "xref", "inline-formula", "inline-graphic", "abbrev", "roman", "x"}
)
_NAME_ORDER: Final = ("prefix", "surname", "given-names", "suffix")
_TITLES: Final = ("article-title", "chapter-title", "part-title", "data-title", "trans-title")
_IDS: Final = frozenset({"pub-id", "object-id", "issn", "isbn", "elocation-id"})
_WHERE: Final = frozenset({"year", "volume", "issue", "supplement", "fpage", "lpage", "page-range"})
_ENDS_ALREADY: Final = (".", "?", "!", ",", ";", ":")
_SPACE_BEFORE_MARK: Final = re.compile(r" (?=[.,;:)\]](?:\s|$))|(?<=[(\[]) ")


def choose_citation(citation: etree._Element) -> etree._Element:
    """Return the form to print of a citation that comes in several."""
    if citation.tag != "citation-alternatives":
        return citation
    forms = (citation.find(name) for name in ("mixed-citation", "element-citation", "*"))
    return next((form for form in forms if form is not None), citation)


def build_citation_text(citation: etree._Element) -> str:
    """Return the cited work as one line; label and notes left to others."""
    citation = choose_citation(citation)
    if _is_punctuated(citation):
        return _SPACE_BEFORE_MARK.sub("", collapse(_printed(citation)))
    return _compose(citation)


def _is_punctuated(citation: etree._Element) -> bool:
    """Whether text stands between the parts, as it does in all citations that are printed."""
    between = [citation.text, *(child.tail for child in citation)]
    return len(citation) == 0 or any(text and text.strip() for text in between)


def _printed(element: etree._Element) -> str:
    pieces: list[str] = []
    _print(element, pieces)
    return "".join(pieces)


def _print(element: etree._Element, pieces: list[str]) -> None:
    pieces.append(element.text or "")
    for child in element:
        _print_child(child, pieces)
        pieces.append(child.tail or "")
        pieces.append(_gap(child, child.getnext()))


def _gap(part: etree._Element, following: etree._Element | None) -> str:
    """Return what is missing between two parts that follow each other without a blank."""
    tail = part.tail or ""
    if following is None or {part.tag, following.tag} & _INLINE:
        return ""
    if not tail.strip():
        are_names = part.tag in _NAMES and following.tag in _NAMES
        return ", " if are_names else "" if tail else " "
    return " " if tail in (".", ",", ";") else ""


def _print_child(child: etree._Element, pieces: list[str]) -> None:
    name = child.tag
    if name in ("pub-id", "object-id"):
        pieces.append(_identifier(child))
    elif name in _GROUPS and not _is_punctuated(child):
        pieces.append(_people(child))
    elif isinstance(name, str) and name != "label":
        _print(child, pieces)


def _identifier(element: etree._Element) -> str:
    kind = (element.get("pub-id-type") or "").lower()
    if kind in _SILENT_IDS:
        return ""
    name = _NAMED_IDS.get(kind, "")
    before = _text_before(element).rstrip().lower()
    text = element_text(element)
    is_named = not name or before.endswith((":", "/", name[:-1])) or text.lower().startswith(name)
    return text if is_named else f" {name}{text}"


def _text_before(element: etree._Element) -> str:
    before = element.getprevious()
    parent = element.getparent()
    if before is not None:
        return before.tail or ""
    return (parent.text or "") if parent is not None else ""


def _compose(citation: etree._Element) -> str:
    """Write an element citation: authors, title, source, place, identifiers, the rest."""
    parts = [part for part in citation if isinstance(part.tag, str) and part.tag != "label"]
    people = [part for part in parts if part.tag in _GROUPS]
    titles = [part for name in _TITLES for part in parts if part.tag == name]
    sources = [part for part in parts if part.tag in ("source", "edition", "publisher-name")]
    ids = [part for part in parts if part.tag in _IDS]
    placed = {*people, *titles, *sources, *ids, *(part for part in parts if part.tag in _WHERE)}
    pieces = [
        ", ".join(filter(None, map(_people, people))),
        *map(element_text, titles),
        ", ".join(filter(None, map(element_text, sources))),
        _where(parts),
        *(_printed(part) for part in parts if part not in placed),
        " ".join(_identifier(part).strip() for part in ids),
    ]
    return collapse(_join_sentences(pieces))


def _join_sentences(pieces: Iterable[str]) -> str:
    texts = [text for piece in pieces if (text := piece.strip())]
    ended = [text if text.endswith(_ENDS_ALREADY) else f"{text}." for text in texts[:-1]]
    return " ".join([*ended, *texts[-1:]])


def _people(element: etree._Element) -> str:
    if element.tag not in ("person-group", "collab-alternatives"):
        return _person(element)
    if _is_punctuated(element):
        return collapse(_printed(element))
    return ", ".join(text for child in element if (text := _person(child)))


def _person(element: etree._Element) -> str:
    """Write ``Surname GN``; a name that is printed as it is to be read stays so."""
    if element.tag == "etal":
        return element_text(element) or "et al"
    if element.tag == "name-alternatives" and len(element):
        return _person(element[0])
    if _is_punctuated(element):
        return element_text(element)
    parts = {child.tag: element_text(child) for child in element}
    known = [parts.pop(name, "") for name in _NAME_ORDER]
    return " ".join(filter(None, [*known, *parts.values()]))


def _where(parts: Iterable[etree._Element]) -> str:
    """Write ``2019;3(4):12-19``."""
    by_name: dict[str, str] = {}
    for part in parts:
        if part.tag in _WHERE and (text := element_text(part)):
            by_name.setdefault(str(part.tag), text)
    year, volume = by_name.get("year", ""), by_name.get("volume", "")
    issue = by_name.get("issue") or by_name.get("supplement")
    pages = by_name.get("page-range") or "-".join(
        by_name[name] for name in ("fpage", "lpage") if name in by_name
    )
    volume_and_issue = f"{volume}({issue})" if issue else volume
    place = ":".join(filter(None, (volume_and_issue, pages)))
    return ";".join(filter(None, (year, place)))
