from datetime import date
from typing import Any

import pytest

from litsweep.domain.strategies import DateField, DateWindow
from litsweep.errors import MalformedReply, QueryRefused
from litsweep.sources.query_guards import (
    check_page,
    refuse_unknown_tags,
    require_window,
    suggest_tags,
    warn_of_spelling,
)
from litsweep.sources.search_pages import SearchPage

OCTOBER = DateWindow(
    date_field=DateField.CRDT, first_day=date(2026, 10, 1), last_day=date(2026, 10, 31)
)


def page(translation: str = "t", **said: Any) -> SearchPage:
    return SearchPage(count=3, pmids=(1, 2, 3), query_translation=translation, **said)


def test_a_field_that_pubmed_lists_nowhere_is_refused_with_those_spelt_like_it() -> None:
    # 307,318 records and no warning in 2026 (ncbi.md 1.2).
    with pytest.raises(QueryRefused, match=r"no search field \[tiabb\].*mean \[tiab\]"):
        refuse_unknown_tags("asthma[tiabb] OR copd[tiab]", {"titl"})
    with pytest.raises(QueryRefused, match=r"\[qqqqqq\], and would search for more than is meant"):
        refuse_unknown_tags("asthma[qqqqqq]", {"titl"})
    refuse_unknown_tags("asthma[TITL] OR copd[New Field:noexp]", {"titl", "new field"})


def test_names_that_einfo_gives_are_suggested_as_well() -> None:
    assert suggest_tags("fancy feild", {"fancy field"}) == " Did you mean [fancy field]?"
    assert suggest_tags("qqqqqq") == ""


def test_brackets_inside_a_word_are_no_field() -> None:
    refuse_unknown_tags("benzo[a]pyrene OR dibenz[a,h]anthracene[tiab]", ())
    brackets, stem = warn_of_spelling('benzo[a]pyrene OR "benzo[a]pyrene"[ti] OR ab*[tiab]')
    assert "“benzo[a]pyrene” for a search field" in brackets
    assert "asterisk, and may pass over that of “ab*”" in stem
    assert warn_of_spelling("asthma* AND il-1*[tiab] AND copd[tiab]") == ()


@pytest.mark.parametrize(
    ("phrase", "translation", "way_out"),
    [
        ('"hip plugh"[tiab]', "hip[Title/Abstract] AND plugh[Title/Abstract]", "[tiab:~0]"),
        ('"hip plugh"[Title]', "(hip[Title] AND plugh[Title])", '"hip plugh"[ti:~0]'),
        ('"hip plugh"', '"hip"[MeSH Terms] AND plugh[All Fields]', '"hip plugh"[tiab:~0]'),
        ('"hip plugh"[mh]', '"hip"[MeSH Terms] AND plugh[mh]', "without quotation marks"),
    ],
)
def test_a_phrase_whose_words_were_searched_apart_is_refused(
    phrase: str, translation: str, way_out: str
) -> None:
    with pytest.raises(QueryRefused) as caught:
        check_page(page(translation, unknown_quotations=(phrase,)))
    assert phrase in str(caught.value)
    assert way_out in str(caught.value)


def test_a_phrase_that_is_searched_as_it_is_matches_nothing_and_is_told() -> None:
    # Both as PubMed answered in 2025 and 2026: the translation keeps the phrase, nothing is found.
    kept = page('("Nonexistent Termxyz"[mh])', unknown_quotations=('"Nonexistent Termxyz"[mh]',))
    (warning,) = check_page(kept)
    assert "matches nothing" in warning
    single = page("qzxwvunonsense", unknown_quotations=('"qzxwvunonsense"',))
    assert len(check_page(single)) == 1


def test_all_faults_of_a_query_are_told_at_once() -> None:
    said = page(unknown_fields=("zz",), ignored_phrases=("plugh",), unknown_quotations=('"a b"',))
    with pytest.raises(QueryRefused, match=r"zz.*“\"a b\"”.*“plugh”, which is no stop word"):
        check_page(said)


def test_stop_words_and_remarks_are_told() -> None:
    said = page(ignored_phrases=("of", '"with the"[tiab]'), remarks=("Something.",))
    assert check_page(said) == (
        "PubMed passed over the stop word “of”.",
        'PubMed passed over the stop word “"with the"[tiab]”.',
        "PubMed remarks: Something.",
    )


@pytest.mark.parametrize(
    "remark",
    [
        "Wildcard search for 'a*' used only the first 600 variations. Lengthen the root word to "
        "search for all endings.",
        "Lengthen the root word.",
    ],
)
def test_a_wildcard_that_was_cut_short_is_refused(remark: str) -> None:
    with pytest.raises(QueryRefused, match="records would be missed"):
        check_page(page(remarks=(remark,)))


def test_a_window_must_stand_in_the_translation() -> None:
    require_window(page('"asthma"[ti] AND 2026/10/01:2026/10/31[Date - Create]'), OCTOBER)
    require_window(page("anything"), None)
    nothing = SearchPage(count=0, pmids=(), query_translation="")
    require_window(nothing, OCTOBER)
    # However PubMed writes the days, their years are there.
    require_window(page('"asthma"[ti] AND 2026/10/1 : 2026/10/31[crdt]'), OCTOBER)
    for translation in ("", '"asthma"[ti]', '"asthma 2025"[ti]', '"SARS-CoV-20260"[ti]'):
        with pytest.raises(MalformedReply, match="did not limit the search to crdt 2026-10-01"):
            require_window(page(translation), OCTOBER)
