"""PubMed's query language, as far as it must be understood before a query is sent.

Builds the term of a search from a query, a window and a range of PMIDs, and finds what PubMed
would change without a word: unbalanced brackets and search fields that do not exist.
"""

import re
from typing import Final

from litsweep.domain.strategies import DateWindow
from litsweep.errors import QueryRefused

_QUOTED: Final = re.compile(r'"[^"]*"')
_TAG: Final = re.compile(r"\[([^\[\]]*)\]")
_PARTNERS: Final = {")": "(", "]": "["}
# No record has two PMIDs, and the expression is valid anywhere in a term.
_NOTHING: Final = "(1[uid] AND 2[uid])"
_HISTORY_SET: Final = re.compile(r"#\d+")
# benzo[a]pyrene: what goes on behind the bracket in small letters is one word.
_INNER_BRACKETS: Final = re.compile(r"[^\s()\[\]]+\[[^\[\]]*\](?=[a-z0-9-])[^\s()\[\]]+")
_SHORT_STEM: Final = re.compile(r"(?<![\w*-])\w{1,3}\*")

# PubMed's help ("Search field tags") and the names that einfo gave in November 2025. einfo
# is asked only about a tag that is not among these, since it does not know the short forms.
WELL_KNOWN_TAGS: Final = frozenset(
    name.strip()
    for name in """
    1au, 1au, ad, aid, all, au, auid, book, cn, cois, crdt, dcom, doi, dp, ed, edat, eid, epdt, fau,
    filter, fir, gr, ip, ir, is, isbn, issn, jid, jour, journal, la, lang, language, lastau, lid,
    lr, majr, mdat, mesh, mh, mhda, nm, oid, ot, own, pa, pdat, pg, pl, pmcid, pmid, ppdt, ps, pt,
    ptyp, pubn, rn, sb, sh, si, subset, ta, ti, tiab, tt, tw, uid, vi, volume, word,
    affiliation, all fields, article identifier, author, author - corporate,
    author - first, author - full, author - identifier, author - last, author identifier,
    comment corrections, completion date, conflict of interest statement,
    conflict of interest statements, corporate author, create date, date - completion,
    date - create, date - entrez, date - entry, date - mesh, date - modification,
    date - publication, ec/rn number, editor, electronic publication date, entrez date, entry date,
    first author, first author name, full author name, full investigator name, grant number,
    grants and funding, investigator, investigator - full, issue, last author, last author name,
    location id, mesh date, mesh major topic, mesh subheading, mesh subheadings, mesh terms,
    modification date, nlm unique id, other term, owner, pagination, personal name as subject,
    pharmacological action, place of publication, print publication date, publication date,
    publication type, publisher, publisher id, secondary source id, subheading,
    supplementary concept, text word, text words, title, title/abstract, transliterated title
    """.replace("\n", " ").split(",")
)

# PubMed's help, "Stopwords".
_STOP_WORDS: Final = """
a about again all almost also although always among an and another any are as at be because
been before being between both but by can could did do does done due during each either enough
especially etc for found from further had has have having here how however i if in into is it
its itself just kg km made mainly make may mg might ml mm most mostly must nearly neither no
nor not obtained of often on or our overall perhaps pmid quite rather really regarding seem
seen several should show showed shown shows significantly since so some such than that the
their theirs them then there therefore these they this those through thus to upon use used
using various very was we were what when which while with within without would
"""

STOP_WORDS: Final = frozenset(_STOP_WORDS.split())


def build_term(query: str, window: DateWindow | None) -> str:
    """Return the term to search: the query as it is, or limited to the window's days.

    The window stands in the term and not in the ``datetype`` parameter, because NCBI's list of
    that parameter's values lacks ``crdt`` (ncbi.md 1.7); and so the term alone says what was
    searched.

    Raises:
        QueryRefused: the query is empty, or its brackets or quotation marks are unbalanced. NCBI
            would run the latter after a repair of its own, and such a query could reach out of
            the brackets that limit it to the window.
    """
    if not query.strip():
        raise QueryRefused("The query is empty: give the topic a query, such as 'asthma[tiab]'.")
    _refuse_unbalanced(query)
    if window is None:
        return query
    first, last = (f"{day:%Y/%m/%d}" for day in (window.first_day, window.last_day))
    tag = window.date_field.value
    return f'({query}) AND ("{first}"[{tag}] : "{last}"[{tag}])'


def limit_to_pmids(term: str, first: int, last: int) -> str:
    """Return ``term`` limited to PMIDs from ``first`` to ``last``, both included."""
    return f"({term}) AND {first}:{last}[UID]"


def match_nothing_for(term: str, phrase: str) -> str:
    """Return ``term`` with every ``phrase``, tag included, replaced by what matches no record.

    Raises:
        QueryRefused: the phrase does not stand in the term.
    """
    # PubMed names the phrase as it was written, but may add the field that it chose itself.
    for written in (phrase, phrase.partition("[")[0].strip()):
        narrowed = _replace_phrase(term, written)
        if narrowed != term:
            return narrowed
    raise QueryRefused(
        f"PubMed leaves out “{phrase}”, which would search for more than is meant. Correct the "
        "query."
    )


def _replace_phrase(term: str, phrase: str) -> str:
    pattern = rf"(?<![\w*-]){re.escape(phrase)}(?![\w*-])"
    if phrase.startswith('"'):
        return re.sub(pattern, _NOTHING, term, flags=re.IGNORECASE)
    # Words of a quoted phrase are not the phrase that is looked for: pass over them.
    return re.sub(
        rf"{_QUOTED.pattern}|{pattern}",
        lambda found: found[0] if found[0].startswith('"') else _NOTHING,
        term,
        flags=re.IGNORECASE,
    )


def names_history_set(query: str) -> bool:
    """Return whether the query refers to an earlier search of the same session (``#1``)."""
    return _HISTORY_SET.search(_without_quoted(query)) is not None


def find_uncommon_tags(query: str) -> tuple[str, ...]:
    """Return the search fields in the query that are not `WELL_KNOWN_TAGS`, as written."""
    searched = _INNER_BRACKETS.sub("", _without_quoted(query))
    tags = (tag.strip() for tag in _TAG.findall(searched))
    return tuple(dict.fromkeys(tag for tag in tags if field_name(tag) not in WELL_KNOWN_TAGS))


def find_inner_brackets(query: str) -> tuple[str, ...]:
    """Return words with brackets inside, as names of chemicals have them: ``benzo[a]pyrene``."""
    return tuple(dict.fromkeys(_INNER_BRACKETS.findall(_without_quoted(query))))


def find_short_stems(query: str) -> tuple[str, ...]:
    """Return words that are cut by an asterisk after fewer than four characters."""
    return tuple(dict.fromkeys(_SHORT_STEM.findall(_without_quoted(query))))


def field_name(tag: str) -> str:
    """Return the field of a tag without its modifier: ``mh`` of ``MH:noexp``."""
    return " ".join(tag.split(":")[0].lower().split())


def _without_quoted(query: str) -> str:
    return _QUOTED.sub('""', query)


def _refuse_unbalanced(query: str) -> None:
    if query.count('"') % 2:
        raise QueryRefused(
            f"The query {query!r} has a quotation mark without its partner. Correct it."
        )
    open_brackets: list[str] = []
    for character in _without_quoted(query):
        if character in _PARTNERS.values():
            open_brackets.append(character)
        elif character in _PARTNERS and open_brackets[-1:] != [_PARTNERS[character]]:
            raise QueryRefused(f"The query {query!r} has a {character!r} too many. Correct it.")
        elif character in _PARTNERS:
            open_brackets.pop()
    if open_brackets:
        raise QueryRefused(
            f"The query {query!r} has a {open_brackets[-1]!r} that is not closed. Correct it."
        )
