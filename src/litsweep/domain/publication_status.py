"""What became of a publication after it appeared: retracted, corrected, and the like.

The rules that turn a record's links, types and title into a status. Which records speak of
which, and what is stored, is not known here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PublicationStatus(StrEnum):
    """The gravest thing that is said of a publication, from harmless to grave."""

    AS_PUBLISHED = "as_published"
    """Nothing is said against it."""
    CORRECTED = "corrected"
    """An erratum was published."""
    REPUBLISHED = "republished"
    """It was corrected and published again."""
    OF_CONCERN = "of_concern"
    """The journal has expressed concern."""
    PARTLY_RETRACTED = "partly_retracted"
    """Parts of it were retracted."""
    RETRACTED = "retracted"
    """It was retracted, whether or not it was then published again."""
    WITHDRAWN = "withdrawn"
    """It was withdrawn, such as an outdated Cochrane review."""
    DELETED = "deleted"
    """PubMed has deleted the record."""

    @property
    def gravity(self) -> int:
        """The place in the order from harmless (0) to grave."""
        return list(PublicationStatus).index(self)


ALARMING: Final = frozenset(
    {
        PublicationStatus.OF_CONCERN,
        PublicationStatus.PARTLY_RETRACTED,
        PublicationStatus.RETRACTED,
        PublicationStatus.WITHDRAWN,
        PublicationStatus.DELETED,
    }
)
"""What a person who has used a record must be told of."""

_RETRACTED_PUBLICATION: Final = "D016441"
# Named "Retraction of Publication", then "Retraction Notice": one identifier (ncbi.md 3).
_RETRACTION_NOTICE: Final = "D016440"

# CommentsCorrections/@RefType of DTD pubmed_250101, and of older ones for partial retractions:
# what the publication says of itself, and what a notice says of the publication it points at.
_SAID_OF_ITSELF: Final = {
    "ErratumIn": PublicationStatus.CORRECTED,
    "CorrectedandRepublishedIn": PublicationStatus.REPUBLISHED,
    "ExpressionOfConcernIn": PublicationStatus.OF_CONCERN,
    "PartialRetractionIn": PublicationStatus.PARTLY_RETRACTED,
    "RetractionIn": PublicationStatus.RETRACTED,
    "RetractedandRepublishedIn": PublicationStatus.RETRACTED,
}
_SAID_OF_ANOTHER: Final = {
    "ErratumFor": PublicationStatus.CORRECTED,
    "CorrectedandRepublishedFrom": PublicationStatus.REPUBLISHED,
    "ExpressionOfConcernFor": PublicationStatus.OF_CONCERN,
    "PartialRetractionOf": PublicationStatus.PARTLY_RETRACTED,
    "RetractionOf": PublicationStatus.RETRACTED,
    "RetractedandRepublishedFrom": PublicationStatus.RETRACTED,
}
_TITLE: Final = re.compile(r"\W*(WITHDRAWN|RETRACTED)(?: ARTICLE)?\s*[:.\]]")
_OF_TITLE: Final = {
    "WITHDRAWN": PublicationStatus.WITHDRAWN,
    "RETRACTED": PublicationStatus.RETRACTED,
}

REF_TYPES_OF_NOTICES: Final = frozenset(_SAID_OF_ANOTHER)
"""Links by which a record says something against the publication that it points at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLink:
    """A link that bears on a publication: its own, or a notice's that points at it.

    ``pmid`` is the other side's where it is known; ``citation`` is its source in words.
    """

    ref_type: str
    is_own: bool
    pmid: int | None
    citation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The status, and the sentences that say why, the gravest first."""

    status: PublicationStatus
    reasons: tuple[str, ...]


def assess(
    title: str,
    publication_type_uis: Sequence[str | None],
    links: Sequence[StatusLink],
    deletion: str | None = None,
) -> Assessment:
    """Weigh all that is said of a publication.

    ``publication_type_uis`` are matched by identifier, since NLM renames types. ``links`` are
    from either side: which of them PubMed shows first is a matter of days. ``deletion`` is who
    says that PubMed has deleted the record.
    """
    said = [*_by_types(publication_type_uis), *_by_links(links)]
    said += _by_title(title, publication_type_uis)
    if deletion is not None:
        said.append((PublicationStatus.DELETED, deletion))
    said.sort(key=lambda one: -one[0].gravity)
    status = said[0][0] if said else PublicationStatus.AS_PUBLISHED
    return Assessment(status=status, reasons=tuple(dict.fromkeys(reason for _, reason in said)))


def _by_types(uis: Sequence[str | None]) -> Iterator[tuple[PublicationStatus, str]]:
    if _RETRACTED_PUBLICATION in uis:
        yield PublicationStatus.RETRACTED, "PubMed lists it as a retracted publication."


def _by_links(links: Sequence[StatusLink]) -> Iterator[tuple[PublicationStatus, str]]:
    for link in links:
        kinds = _SAID_OF_ITSELF if link.is_own else _SAID_OF_ANOTHER
        if link.ref_type in kinds:
            yield kinds[link.ref_type], _sentence(link)


def _sentence(link: StatusLink) -> str:
    where = link.citation or "no source given"
    if link.pmid is not None:
        where = f"PMID {link.pmid}, {where}" if link.citation else f"PMID {link.pmid}"
    speaker = "It says" if link.is_own else "A notice says"
    return f"{speaker} {link.ref_type}: {where.rstrip('. ')}."


def _by_title(title: str, uis: Sequence[str | None]) -> Iterator[tuple[PublicationStatus, str]]:
    # Notices repeat the title of what they retract, so that theirs says nothing of themselves.
    match = _TITLE.match(title)
    if match and _RETRACTION_NOTICE not in uis:
        yield _OF_TITLE[match[1]], f"Its title begins with {match[1]}."
