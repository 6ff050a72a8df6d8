"""One eSearch reply: PubMed's count, identifiers, and what it says of the query.

What that means for the query is judged in ``litsweep.sources.query_guards``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litsweep.domain.identifiers import parse_pmid
from litsweep.errors import InvalidIdentifier, MalformedReply
from litsweep.sources.control_replies import read_control_reply

# Zero hits are no remark, and the clamp to 9,999 is what the slicing is for.
_UNREMARKABLE: Final = ("No items found", "Restrictions achieved")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One eSearch reply: PubMed's count, at most 9,999 identifiers, and what it searched.

    ``unknown_phrases`` were left out, ``unknown_quotations`` are in no phrase index,
    ``ignored_phrases`` were passed over, ``remarks`` are its other messages; all as PubMed writes
    them, which may be with a field of its own.
    """

    count: int
    pmids: tuple[int, ...]
    query_translation: str
    translations: tuple[tuple[str, str], ...] = ()
    unknown_phrases: tuple[str, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    unknown_quotations: tuple[str, ...] = ()
    ignored_phrases: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_search_page(body: bytes) -> SearchPage:
    """Read an eSearch reply in XML.

    Raises:
        MalformedReply: it is none, or its count or identifiers are no numbers.
    """
    reply = read_control_reply(body, "eSearchResult")
    try:
        return SearchPage(
            count=_whole_number(str(reply["Count"])),
            pmids=tuple(parse_pmid(str(pmid)) for pmid in reply.get("IdList", ())),
            query_translation=str(reply.get("QueryTranslation", "")),
            translations=tuple(
                (str(one.get("From", "")), str(one.get("To", "")))
                for one in reply.get("TranslationSet", ())
            ),
            unknown_phrases=_texts(reply, "ErrorList", "PhraseNotFound"),
            unknown_fields=_texts(reply, "ErrorList", "FieldNotFound"),
            unknown_quotations=_texts(reply, "WarningList", "QuotedPhraseNotFound"),
            ignored_phrases=_texts(reply, "WarningList", "PhraseIgnored"),
            remarks=tuple(
                remark
                for remark in _texts(reply, "WarningList", "OutputMessage")
                if not remark.startswith(_UNREMARKABLE)
            ),
        )
    except (KeyError, ValueError, InvalidIdentifier) as error:
        raise MalformedReply("The reply to a search lacks a readable count or list.") from error


def _whole_number(text: str) -> int:
    # int() reads other scripts' digits, signs and underscores, too.
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise ValueError(f"{text[:20]!r} is no count")
    return int(text)


def _texts(reply: Mapping[str, Any], group: str, kind: str) -> tuple[str, ...]:
    return tuple(str(text) for text in reply.get(group, {}).get(kind, ()))
