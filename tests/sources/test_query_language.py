from datetime import date

import pytest

from litsweep.domain.strategies import DateField, DateWindow
from litsweep.errors import QueryRefused
from litsweep.sources.query_language import (
    build_term,
    field_name,
    find_uncommon_tags,
    limit_to_pmids,
    names_history_set,
)

OCTOBER = DateWindow(
    date_field=DateField.CRDT, first_day=date(2026, 10, 1), last_day=date(2026, 10, 31)
)


def test_the_window_stands_in_the_term() -> None:
    assert build_term("asthma OR copd[tiab]", OCTOBER) == (
        '(asthma OR copd[tiab]) AND ("2026/10/01"[crdt] : "2026/10/31"[crdt])'
    )


def test_without_a_window_the_query_is_sent_verbatim() -> None:
    assert build_term(" all[sb] ", None) == " all[sb] "


def test_a_range_of_pmids_holds_the_whole_term() -> None:
    assert limit_to_pmids("a OR b", 1, 9) == "(a OR b) AND 1:9[UID]"


@pytest.mark.parametrize(
    "query",
    ["", "  \n", "asthma AND (", "a) OR (b", 'asthma "plugh', "asthma[tiab", "a(b[c)]", "((a)"],
)
def test_a_query_that_could_reach_out_of_its_brackets_is_refused(query: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        build_term(query, OCTOBER)
    assert repr(query) in str(caught.value) or not query.strip()


@pytest.mark.parametrize(
    "query", ['"a (b" AND c', '("x"[ti] OR ("y" NOT z))', "2020:2021[dp]", '"odd ] one"[tiab]']
)
def test_a_balanced_query_is_accepted(query: str) -> None:
    assert query in build_term(query, OCTOBER)


def test_fields_that_are_not_well_known_are_found_as_written() -> None:
    query = (
        'asthma[tiabb] OR copd[tiab] OR "[nofield]"[TI] OR x[MeSH Terms:noexp] OR y[ti:~2] '
        "OR z[Title/Abstract] OR w[ tiabb] OR v[Text  Word] OR 1:9[UID] AND all[sb] AND u[Zed]"
    )
    assert find_uncommon_tags(query) == ("tiabb", "Zed")
    assert field_name(" MeSH  Terms:noexp") == "mesh terms"


def test_history_sets_are_seen_outside_quotation_marks_only() -> None:
    assert names_history_set("#1 AND asthma")
    assert not names_history_set('"item #1" AND asthma')
