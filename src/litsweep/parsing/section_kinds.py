"""What a section of a report is about, told from its ``sec-type``, its title and its place."""

import re
from typing import Final

from lxml import etree

from litsweep.domain.documents import SectionKind

# The leading words decide: "Results and discussion" is results. English, and the titles that
# Portuguese and Spanish journals use. First match wins.
_LEADING_WORDS: Final = tuple(
    (re.compile(rf"(?:{words})", re.IGNORECASE), kind)
    for words, kind in (
        (
            r"suppl[ée]ment|supporting (?:info|mat|doc)|append|additional file|web ?extra"
            r"|electronic supp|datasets?\b",
            SectionKind.SUPPLEMENT,
        ),
        (
            r"acknowl|agradec|fund|financ|(?:sources? of )?(?:financial )?(?:support|funding)\b"
            r"|grants?\b|conflicts?\b|competing|coi\b|declarations?\b|disclos|disclaim"
            r"|(?:list of )?abbrev|author|contribut|credit\b"
            r"|data[ -](?:and \w+ )?(?:availab|access)|(?:code|software) availab|availability"
            r"|accession|ethic|informed consent"
            r"|consent\b|peer[ -]review|version|pre-?publication|additional[ -]info|footnotes?\b"
            r"|publisher.s note|orcid|provenance",
            SectionKind.BACK_MATTER,
        ),
        (
            r"intro|backgr|objecti|aims?\b|purpose|rationale|hypothes|antecedent",
            SectionKind.INTRODUCTION,
        ),
        (
            r"(?:star)?.?m[ée]tod|(?:star)?.?method|materia|patients?\b|participants?\b|subjects?\b"
            r"|procedur|experimental|(?:study |trial )?(?:design|protocol)s?\b|statistic"
            r"|data (?:collect|analys|process|extract|and )|setting|search strateg|eligib"
            r"|casu?ística",
            SectionKind.METHODS,
        ),
        (r"results?\b|resultad|findings?\b|outcomes?\b", SectionKind.RESULTS),
        (
            r"discus|interpretation|(?:strengths? and )?limitation|implications?\b|comments?\b",
            SectionKind.DISCUSSION,
        ),
        (r"conclu|(?:in )?summary\b|synopsis", SectionKind.CONCLUSION),
    )
)
_NUMBERING: Final = re.compile(r"^(?:[\divxIVX.):]+\s+)?\W*")
# A subsection's title is a poor witness: "Patients" under results are no methods. Inside a
# section of known kind only these say something else.
_OVERRIDING: Final = frozenset({SectionKind.CONCLUSION, SectionKind.SUPPLEMENT})


def section_kind(section: etree._Element, title: str, parent: SectionKind) -> SectionKind:
    """Return the kind of ``section``; ``parent`` is the kind of what it stands in."""
    if parent is SectionKind.ABSTRACT:
        return parent
    typed = _by_words(section.get("sec-type") or section.get("notes-type") or "")
    if typed is not None and (parent is SectionKind.OTHER or typed is not SectionKind.BACK_MATTER):
        return typed
    titled = _by_words(title)
    if titled is None:
        return parent
    is_free = parent in (SectionKind.OTHER, SectionKind.BACK_MATTER)
    return titled if is_free or titled in _OVERRIDING else parent


def _by_words(text: str) -> SectionKind | None:
    words = _NUMBERING.sub("", text, count=1)
    return next((kind for pattern, kind in _LEADING_WORDS if pattern.match(words)), None)
