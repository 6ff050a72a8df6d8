import pytest

from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.query.evaluation import Messages, Outcome, UnknownSet, run_query
from litsweep_app.sandbox.query.parsing import QuerySyntaxError

ALL = {101, 102, 103, 104, 105}


def _run(library: Library, query: str, field: str | None = None) -> tuple[Outcome, Messages]:
    sets = {1: [101, 102]}
    return run_query(
        query, db="pubmed", collection=library.pubmed, find_set=sets.get, default_tag=field
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("asthma", {101, 102, 105}),
        ("ASTHMA dragons", {101, 105}),
        ("asthma AND dragons OR griffins", {101, 103, 104, 105}),
        ("asthma OR griffins AND unicorns", {102}),  # left to right, not AND first
        ("asthma OR (griffins AND unicorns)", {101, 102, 105}),
        ("dragons NOT asthma", {104}),
        ("asthma AND NOT dragons", {102}),
        ('"asthma of dragons"', {101}),
        # No such phrase: PubMed ignores the quotation marks.
        ('"dragons of asthma" OR unicorns', {101, 102, 105}),
        ("asthma of dragons[ti]", {101}),
        ("dragons asthma[ti]", {101}),  # no such phrase: both words
        ("asthma[ti]", {101, 102, 105}),
        ("asthma[ Title ]", {101, 102, 105}),
        ("asthma [TIAB]", {101, 102, 105}),
        ("severe[Title/Abstract]", {101}),
        ("drag*", {101, 104, 105}),
        ("asthma of uni*[ti]", {102}),
        ("meniere[ti]", {103}),
        ("smith[au]", {101}),
        ("smith j[au]", {101}),
        ("smith ja[Author]", {101}),
        ('"smith j"[au] OR unicorns', {102}),
        ("smith jo ann[fau]", {101}),
        ("invented group[cn]", {101}),
        ("nowhere[ad]", {101}),
        ("dragon fever[mh]", {104}),
        ("dragon fever/drug therapy[majr]", {104}),
        ("Dragon Fever", {104}),
        ("randomized controlled trial[pt]", {101}),
        ("clinical trial[pt]", {101}),  # exploded
        ("review[pt]", set()),
        ("english[la]", {101}),
        ("journal of invented things[ta]", {101, 102, 103, 104}),
        ('"10.9999/a(1)b"[doi]', {101}),
        ("(10.9999/a(1)b[aid])", {101}),
        ("all[sb]", ALL),
        ("ALL [Filter]", ALL),
        ("all[sb] NOT pubmed books[sb]", ALL - {105}),
        ("medline[sb]", ALL - {105}),
        ("pubmed pmc[sb]", {101, 102}),
        ("hasabstract", {101, 105}),
        ("103[uid]", {103}),
        ("101,103[pmid]", {101, 103}),
        ("103", {103}),
        ("102:104[UID]", {102, 103, 104}),
        ("( all[sb]) AND 1:102 [UID]", {101, 102}),
        ("999[uid]", set()),
        ('"2025/10/01"[crdt] : "2025/10/02"[crdt]', {101, 102}),
        ("2025/10/02:2025/10/31[Date - Create]", {102, 103}),
        ("2025/10[crdt]", {101, 102, 103}),
        ("2030:2031[dp]", set()),
        ("2019[dp]", {105}),
        ("2020:3000[dp]", ALL - {105}),
        ("2024/03/01[lr]", {101, 102, 103, 104}),
        ("#1 AND dragons", {101}),
        ("asthma AND (dragons", {101, 105}),
        ("asthma) AND dragons", {101, 105}),
        ("asthma AND ()", {101, 102, 105}),
        ('asthma AND "of dragons', {101}),
        (" OR ".join(f"{pmid}[uid]" for pmid in range(1, 3000)), ALL),
    ],
)
def test_queries_find_what_pubmed_would(library: Library, query: str, expected: set[int]) -> None:
    outcome, _ = _run(library, query)
    assert (outcome.uids or set()) == expected


@pytest.mark.parametrize(
    ("query", "translation"),
    [
        ("asthma", '"asthma"[All Fields]'),
        ("asthma[tiab]", '"asthma"[Title/Abstract]'),
        ("drag*[ti]", '"drag*"[Title]'),
        ("dragons asthma[ti]", '"dragons"[Title] AND "asthma"[Title]'),
        (
            "dragon fever",
            '"dragon fever"[MeSH Terms] OR ("dragon"[All Fields] AND "fever"[All Fields]) '
            'OR "dragon fever"[All Fields]',
        ),
        (
            "asthma[ti] OR dragons[ti] AND griffins[ti]",
            '("asthma"[Title] OR "dragons"[Title]) AND "griffins"[Title]',
        ),
        ("1:500 [UID]", "1:500[UID]"),
        ("all[sb]", '"all"[Filter]'),
    ],
)
def test_the_translation_says_what_was_searched(
    library: Library, query: str, translation: str
) -> None:
    assert _run(library, query)[0].translation == translation


def test_unknown_phrases_are_dropped_and_listed(library: Library) -> None:
    outcome, messages = _run(library, 'asthma[ti] AND xyzzy[tiab] NOT "plugh frotz"[ti]')
    assert outcome.uids == {101, 102, 105}
    assert outcome.translation == '"asthma"[Title] NOT ("plugh"[Title] AND "frotz"[Title])'
    assert messages.phrases_not_found == ["xyzzy[tiab]"]
    assert messages.quoted_phrases_not_found == ['"plugh frotz"[ti]']


def test_an_unknown_field_is_listed_and_its_term_searched_everywhere(library: Library) -> None:
    outcome, messages = _run(library, "severe[tiabb]")
    assert outcome.uids == {101}
    assert messages.fields_not_found == ["tiabb"]


def test_stopwords_among_words_are_ignored(library: Library) -> None:
    outcome, messages = _run(library, "unicorns of the asthma")
    assert outcome.uids == {102}
    assert messages.phrases_ignored == ["of", "the"]


def test_a_heading_is_translated(library: Library) -> None:
    _, messages = _run(library, "dragon fever[mh]")
    assert messages.translations == [("dragon fever[MeSH Terms]", '"dragon fever"[MeSH Terms]')]


def test_the_field_parameter_tags_what_has_no_tag(library: Library) -> None:
    assert _run(library, "dragons", field="title")[0].uids == {101, 104}


@pytest.mark.parametrize("query", ["((", "()", "AND", "[ti]", '""', "(" * 5000 + "a"])
def test_a_query_without_a_term_is_refused(library: Library, query: str) -> None:
    with pytest.raises(QuerySyntaxError):
        _run(library, query)


def test_an_unknown_set_is_refused(library: Library) -> None:
    with pytest.raises(UnknownSet):
        _run(library, "#2 AND dragons")
