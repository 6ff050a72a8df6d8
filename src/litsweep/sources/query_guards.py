"""What PubMed would do, or did, to a query without a word: refused where it finds more than is
meant or less, else told.

Pure functions over the query, the fields that eInfo names, and what a search returned. A search
compared with the one before it is in ``litsweep.sources.search_comparison``.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from litsweep.domain.strategies import DateWindow
from litsweep.errors import MalformedReply, QueryRefused
from litsweep.sources.query_language import (
    STOP_WORDS,
    WELL_KNOWN_TAGS,
    field_name,
    find_inner_brackets,
    find_short_stems,
    find_uncommon_tags,
)
from litsweep.sources.search_pages import SearchPage

# Fields in which PubMed can look for words side by side (PubMed help, "Proximity searching").
_NEARNESS: Final = {
    None: "tiab",
    "ti": "ti",
    "title": "ti",
    "tiab": "tiab",
    "title/abstract": "tiab",
    "tw": "tiab",
    "text word": "tiab",
    "all": "tiab",
    "all fields": "tiab",
    "ad": "ad",
    "affiliation": "ad",
}
_QUOTATION: Final = re.compile(r'"(?P<words>[^"]*)"\s*(?:\[(?P<tag>[^\]]*)\])?')
# "Wildcard search for 'a*' used only the first 600 variations. Lengthen the root word …"
_CUT_WILDCARD: Final = re.compile(r"variations|lengthen the root", re.IGNORECASE)


def refuse_unknown_tags(query: str, known: Iterable[str]) -> None:
    """Refuse a query with a search field that PubMed lists nowhere.

    PubMed runs such a query without a warning, over all fields: ``asthma[tiabb] OR copd[tiab]``
    gave 307,318 records in 2026 (ncbi.md 1.2). ``known`` are names and full names of eInfo.

    Raises:
        QueryRefused: there is one; the message offers fields that are spelt like it.
    """
    names = frozenset(known)
    for tag in find_uncommon_tags(query):
        if field_name(tag) not in names:
            raise QueryRefused(
                f"PubMed lists no search field [{tag}], and would search for more than is meant "
                f"without saying so.{suggest_tags(tag, names)} Correct the query."
            )


def suggest_tags(tag: str, known: Iterable[str] = ()) -> str:
    """Return a sentence with the fields that are spelt like ``tag``; empty where none is."""
    near = difflib.get_close_matches(field_name(tag), WELL_KNOWN_TAGS.union(known), n=3, cutoff=0.7)
    return f" Did you mean {' or '.join(f'[{name}]' for name in near)}?" if near else ""


def warn_of_spelling(query: str) -> tuple[str, ...]:
    """Return what PubMed may read otherwise than it is written."""
    brackets = (
        f"PubMed may take the brackets of “{word}” for a search field: put the word in "
        "quotation marks."
        for word in find_inner_brackets(query)
    )
    stems = (
        f"PubMed asks for four characters before an asterisk, and may pass over that of “{stem}”."
        for stem in find_short_stems(query)
    )
    return (*brackets, *stems)


def check_page(page: SearchPage) -> tuple[str, ...]:
    """Return what PubMed says of a query that was searched as it was meant.

    A phrase that was left out is told here too; `pubmed_search.search_as_written` searches again.

    Raises:
        QueryRefused: something else was searched. The message says what, and what to write.
    """
    complaints = tuple(_complaints(page))
    if complaints:
        raise QueryRefused(" ".join(complaints))
    return (
        *(
            f"PubMed has no record with “{phrase}”: it was searched as something that matches "
            "nothing."
            for phrase in page.unknown_phrases
        ),
        *(
            f"PubMed has no record with the phrase “{phrase}”: it matches nothing."
            for phrase in page.unknown_quotations
        ),
        *(f"PubMed passed over the stop word “{word}”." for word in page.ignored_phrases),
        *(f"PubMed remarks: {remark}" for remark in page.remarks),
    )


def require_window(page: SearchPage, window: DateWindow | None) -> None:
    """Refuse a result whose translation lacks the days that it was limited to.

    Where nothing was found nothing was widened, and PubMed may leave the translation out.

    Raises:
        MalformedReply: the window was not applied.
    """
    if window is None or not page.count:
        return
    # How PubMed writes a day in a translation is not documented, and was seen for two of its date
    # fields only: a year that is missing is proof, another way of writing a day is none.
    years = {window.first_day.year, window.last_day.year}
    if not all(re.search(rf"(?<!\d){year}(?!\d)", page.query_translation) for year in years):
        raise MalformedReply(
            f"PubMed did not limit the search to {window}: it searched for "
            f"“{page.query_translation}”. Nothing of this search was used; the next sweep "
            "searches again."
        )


def _complaints(page: SearchPage) -> Iterator[str]:
    if page.unknown_fields:
        fields = ", ".join(page.unknown_fields)
        yield f"It has a search field that PubMed does not know: {fields}. Correct the query."
    for phrase in page.unknown_quotations:
        if _was_split(phrase, page.query_translation):
            yield _explain_split(phrase)
    for phrase in page.ignored_phrases:
        if not STOP_WORDS.issuperset(_words(phrase).split()):
            yield f"PubMed ignores “{phrase}”, which is no stop word. Correct the query."
    for remark in page.remarks:
        if _CUT_WILDCARD.search(remark):
            yield f"PubMed left endings of a word out (“{remark}”): records would be missed."


def _was_split(phrase: str, translation: str) -> bool:
    """Return whether PubMed searched for the words of a phrase that its index does not have.

    It does so by its help ("the quotes are ignored"), but for some fields it keeps the phrase,
    which then matches nothing: the translation tells.
    """
    words = _words(phrase)
    return len(words.split()) > 1 and f'"{words}"' not in translation.lower()


def _words(phrase: str) -> str:
    match = _QUOTATION.search(phrase)
    words = match["words"] if match else phrase.partition("[")[0]
    return " ".join(words.lower().split())


def _explain_split(phrase: str) -> str:
    match = _QUOTATION.search(phrase)
    tag = field_name(match["tag"]) if match and match["tag"] else None
    words = match["words"] if match else phrase
    field = f"[{match['tag']}]" if match and match["tag"] else ""
    ways = [f"{words}{field} without quotation marks, if the words may stand apart"]
    if tag in _NEARNESS:
        ways.insert(0, f'"{words}"[{_NEARNESS[tag]}:~0] for the words side by side')
    return (
        f"PubMed's index lacks the phrase “{phrase}”, and its words were searched for apart, "
        f"which finds more than is meant. Write {', or '.join(ways)}."
    )
