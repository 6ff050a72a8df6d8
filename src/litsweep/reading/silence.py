"""Is a report silent on a data item, or did we fail to see it? Cochrane keeps the two apart.

Silence is claimed only where it can be known: of a research report that was read whole, has the
sections in which it would speak, and carries none of the item's wording anywhere.
"""

from typing import Final

from litsweep.domain.documents import Document, SectionKind
from litsweep.domain.readings import Finding, FindingState
from litsweep.reading.data_item import DataItem
from litsweep.reading.quoting import speaks_of
from litsweep.reading.sectioned import SectionedSentences
from litsweep.routing import is_english

_RESEARCH: Final = frozenset(
    {
        "research-article",
        "brief-report",
        "rapid-communication",
        "clinical-trial",
        "systematic-review",
        "case-report",
    }
)
"""JATS's ``article-type`` of reports of research."""
_ALWAYS_WORDED: Final = frozenset(
    {
        "n_randomised",
        "primary_outcome",
        "effect_estimates",
        "harms",
        "funding",
        "conflicts_of_interest",
        "registration",
        "data_availability",
    }
)
"""The items that cannot well be reported without the wording of the table. Of an objective, which
every report has, or of limitations, which need no such word, a missing wording proves nothing."""
_BODY: Final = (SectionKind.METHODS, SectionKind.RESULTS)
_END_MATTER: Final = frozenset(
    {
        SectionKind.BACK_MATTER,
        SectionKind.FUNDING,
        SectionKind.CONFLICTS,
        SectionKind.DATA_AVAILABILITY,
        SectionKind.ETHICS,
        SectionKind.FOOTNOTE,
    }
)


def is_research(document: Document) -> bool:
    """Tell whether the document is a report of research with methods and results, in English.

    The items' wording is English: of another language nothing can be said.
    """
    has_body = all(any(document.sections_of(kind)) for kind in _BODY)
    return document.article_type in _RESEARCH and has_body and is_english(document)


def build_absence(
    item: DataItem, document: Document, text: SectionedSentences, *, is_read_whole: bool
) -> Finding:
    """Return the finding of an item for which no passage was found."""
    is_silent = (
        is_read_whole
        and item.name in _ALWAYS_WORDED
        and is_research(document)
        and _has_home(item, document)
        and not any(
            speaks_of(item, sentence.text, section)
            for sentence, section in zip(text.sentences, text.sections, strict=True)
        )
    )
    state = FindingState.NOT_REPORTED if is_silent else FindingState.NOT_FOUND
    return Finding(data_item=item.name, state=state, quote=None, source=None, support=0.0)


def _has_home(item: DataItem, document: Document) -> bool:
    """Tell whether a section is there in which the item would stand; an abstract is not enough."""
    homes = (item.kinds | item.own_kinds) - {SectionKind.ABSTRACT}
    if homes & _END_MATTER:
        homes |= _END_MATTER
    return any(document.sections_of(*homes))
