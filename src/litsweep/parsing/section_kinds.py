"""What a section of a report is about, told from its ``sec-type``, its title and its place."""

import re
from typing import Final

from lxml import etree

from litsweep.domain.documents import SectionKind

STATEMENTS: Final = frozenset(
    {
        SectionKind.FUNDING,
        SectionKind.CONFLICTS,
        SectionKind.DATA_AVAILABILITY,
        SectionKind.ETHICS,
    }
)
"""What journals ask authors to state, wherever in a report it stands."""

_SHARED: Final = r"(?:data|datasets?|code|software|materials?|resources?|reagents?|models?)"
# Titles and types of statements, from their first letter on. English, and what French,
# Portuguese and Spanish journals use. First match wins.
_STATEMENT_WORDS: Final = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (
            r"(?:(?:sources?|statements?|role|details|information|study|research|project|external"
            r"|author|of|on|and|the|financial)s? ){0,4}(?:fund(?:ing(?! acq)|ers?|s)\b|sponsor)"
            r"|financial[ -](?:disclos|support|assist)|financ(?:ia[mn]|ement)|fuentes? de financ"
            r"|fontes? de financ|(?:sources? of )?support(?:$|[ -]statement|ed[ -]by| and fund)"
            r"|grants?(?:$| (?:info|support|sponsor|number|fund))|apoio\b"
            r"|acknowledge?\w+.{1,30}\b(?:fund|financ|support|grant)",
            SectionKind.FUNDING,
        ),
        (
            r"(?:(?:authors?|potential|possible|statements?|declarations?|disclos\w+|dualit\w+|of"
            r"|on|any|the|no|financial|and|other|regarding|non-?financial)[’'s]*[ -]){0,6}"
            r"(?:conflict(?:ing|s)?(?:$|(?:[ -]of)?[ -]interest)|competing\b|interests?\b)"
            r"|(?:authors?[’'s]* )?disclosures?\b|coi\b|confli(?:t|ct)os? de inter|int[ée]r[êe]ts"
            r"|conflits? d|declara\w+ de (?:confli|inter)",
            SectionKind.CONFLICTS,
        ),
        (
            rf"(?:(?:statements?|declarations?|of|on|the|supporting|research|raw)[ -])*{_SHARED}"
            rf"(?:[ ,&/-]+(?:and|or|{_SHARED}))*[ ,-]+(?:availab|accessib|access\b|sharing|depos)"
            r"|availability\b|access(?:ion)? (?:numbers?|codes?)|(?:major |deposited )?datasets?$"
            r"|deposited data\b|disponibili(?:dad|té) ",
            SectionKind.DATA_AVAILABILITY,
        ),
        (
            r"(?:(?:statements?|declarations?|research|animal|human|study|of|on|the)s?[ -])*"
            r"ethic(?:s|al)?(?:$|[ -:](?:statem|approv|consid|standard|declar|consent|clear|commit"
            r"|complian|oversight|and\b|info|review|permi|disclos|guidelin|aspect))"
            r"|compliance with ethic|(?:institutional|ethical) review\b|irb\b"
            r"|(?:informed |patients? |written )?consents?(?:$| (?:for|to|statem|and)\b)"
            r"|informed consent|(?:statement of )?(?:human|animal) (?:and animal )?(?:subjects?|"
            r"rights?|welfare|care)\b|(?:aprova\w+|aprobaci\w+|consid\w+) [eé]tic|aspectos [eé]tic",
            SectionKind.ETHICS,
        ),
    )
)
# The leading words decide: "Results and discussion" is results. First match wins.
_LEADING_WORDS: Final = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (
            r"suppl[ée]ment|supporting (?:info|mat|doc)|append|ap[êe]ndice|web ?extra"
            r"|additional (?:data )?file|electronic supp|source data\b",
            SectionKind.SUPPLEMENT,
        ),
        (r"(?:foot|end)?notes?$|notas$", SectionKind.FOOTNOTE),
        (
            r"acknowl|ackh|agradec|remerc|declarations?\b|compliance\b|disclaim"
            r"|(?:list of )?abbrev|author|contribu|credit\b|peer[ -]?review|version"
            r"|pre-?publication|additional[ -]info|publisher.s note|orcid|provenance|citation$",
            SectionKind.BACK_MATTER,
        ),
        (
            r"intro(?!ducing)|backgr|objecti|aims?\b|purpose|rationale|hypothes|antecedent",
            SectionKind.INTRODUCTION,
        ),
        (
            r"(?:star)?.?m[ée]tod|(?:star)?.?method|(?:study )?materia|patients?\b|participants?\b"
            r"|subjects?\b|procedur|procedim|experimental|(?:study |trial )?(?:design|protocol)s?\b"
            r"|statistic|data (?:collect|analys|process|extract|and )|setting|search strateg|eligib"
            r"|casu?ística",
            SectionKind.METHODS,
        ),
        (r"results?\b|resultad|findings?\b|outcomes?\b", SectionKind.RESULTS),
        (
            r"discus|interpretation|(?:strengths? and )?limitation|implications?\b|comments?\b",
            SectionKind.DISCUSSION,
        ),
        (
            r"conclu|(?:in )?summary(?:$| and\b)|synopsis|considera\w+ fina"
            r"|(?:final|closing) remark",
            SectionKind.CONCLUSION,
        ),
    )
)
_NUMBERING: Final = re.compile(r"^(?:[\divxIVX.):]+\s+)?\W*")
_LONGEST_TITLE: Final = 200
# A subsection's title is a poor witness: "Patients" under results are no methods. Inside a
# section of known kind only these say something else.
_OVERRIDING: Final = frozenset({SectionKind.CONCLUSION, SectionKind.SUPPLEMENT}) | STATEMENTS
# What studies had as funding or consent is a result of a review, no statement of its authors.
_WITHOUT_STATEMENTS: Final = frozenset({SectionKind.RESULTS, SectionKind.INTRODUCTION})
_FREE: Final = frozenset({SectionKind.OTHER, SectionKind.BACK_MATTER, SectionKind.FOOTNOTE})


def section_kind(section: etree._Element, title: str, parent: SectionKind) -> SectionKind:
    """Return the kind of ``section``; ``parent`` is the kind of what it stands in."""
    if parent is SectionKind.ABSTRACT:
        return parent
    typed = kind_of_type(section.get("sec-type") or section.get("notes-type") or "")
    if typed is not None and (parent is SectionKind.OTHER or typed is not SectionKind.BACK_MATTER):
        # "additional-information" says less than the title "Funding" does.
        told = statement_kind(title) if typed is SectionKind.BACK_MATTER else None
        return told or typed
    titled = kind_of_words(title)
    if titled is None or (titled in STATEMENTS and parent in _WITHOUT_STATEMENTS):
        return parent
    return titled if parent in _FREE | STATEMENTS or titled in _OVERRIDING else parent


def kind_of_type(section_type: str) -> SectionKind | None:
    """Return the kind that a ``sec-type`` or ``notes-type`` names, or None where it names none.

    JATS leaves the values to publishers: some join words by hyphens, some write their titles.
    """
    return kind_of_words(section_type.replace("-", " ")) or kind_of_words(section_type)


def kind_of_words(text: str) -> SectionKind | None:
    """Return the kind that a title names; None where it names none."""
    return _first_match(text, (*_STATEMENT_WORDS, *_LEADING_WORDS))


def statement_kind(text: str) -> SectionKind | None:
    """Return the kind of statement (see `STATEMENTS`) that a title or type names, or None."""
    return _first_match(text, _STATEMENT_WORDS)


def _first_match(
    text: str, patterns: tuple[tuple[re.Pattern[str], SectionKind], ...]
) -> SectionKind | None:
    words = _NUMBERING.sub("", text[:_LONGEST_TITLE], count=1).rstrip(" .:")
    return next((kind for pattern, kind in patterns if pattern.match(words)), None)
