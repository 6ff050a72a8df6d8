from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.duplicates import read_export_pairs, read_keys
from benchmarks.made_duplicates import OTHER, make
from litsweep.matching.duplicates import MatchKey, Rule, find_duplicates
from litsweep.matching.places import Place
from litsweep.matching.titles import title_key

ARTICLE = MatchKey(
    record_id=1,
    pmid=11,
    doi="10.1000/a",
    pmcid="PMC1",
    title="Inhaled budesonide in children with mild asthma: a randomised trial.",
    first_author="Osler W",
    year=2020,
    place=Place(journals=("The Journal of Fiction",), volume="7", pages="12-19"),
    publication_type_uis=frozenset({"D016428"}),
)
EXPORT = replace(
    ARTICLE,
    record_id=2,
    pmid=None,
    doi=None,
    pmcid=None,
    publication_type_uis=frozenset(),
)
IN_PRESS = Place(journals=("J Fict",))


def rules(one: MatchKey, other: MatchKey) -> list[Rule]:
    """The rules of the pair, which must not depend on the order."""
    found = [pair.rule for pair in find_duplicates(one, [other])]
    assert found == [pair.rule for pair in find_duplicates(other, [one])]
    return found


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"doi": "10.1000/a"}, Rule.DOI),
        ({"pmcid": "PMC1"}, Rule.PMCID),
        ({}, Rule.TITLE),
        (
            {"doi": "10.1000/a", "title": "Inhaled budesonide in children with mild asthma"},
            Rule.DOI,
        ),
        ({"doi": "10.1000/a", "year": 2015, "first_author": None}, Rule.DOI),
        ({"title": ARTICLE.title.upper(), "first_author": "Osler, William"}, Rule.TITLE),
        ({"year": 2021}, Rule.TITLE),
        ({"place": IN_PRESS}, Rule.TITLE),
        ({"place": Place()}, Rule.TITLE),
        ({"first_author": None}, Rule.TITLE),
    ],
)
def test_one_publication(changes: dict[str, Any], rule: Rule) -> None:
    assert rules(ARTICLE, replace(EXPORT, **changes)) == [rule]


@pytest.mark.parametrize(
    "changes",
    [
        {"doi": "10.1000/b"},
        {"pmcid": "PMC2"},
        {"doi": "10.1000/a", "title": "Salbutamol in adults: results of a survey in Bergen"},
        {"doi": "10.1000/a", "title": f"Erratum: {ARTICLE.title}"},
        {"title": f"Reply: {ARTICLE.title}"},
        {"title": f"Author's reply: {ARTICLE.title}", "doi": "10.1000/a"},
        {"title": f"Expression of concern: {ARTICLE.title}"},
        {"first_author": "Cushing H"},
        {"year": 2022},
        {"year": 2021, "place": IN_PRESS},
        {"place": Place(journals=("Annals of the Congress",))},
        {"place": Place(journals=("J Fict",), volume="7", pages="S3")},
        {"place": IN_PRESS, "first_author": None},
        {"place": IN_PRESS, "title": "Inhaled budesonide in children with mild asthma"},
        {"linked_pmids": frozenset({11})},
        {"title": ""},
    ],
)
def test_two_publications(changes: dict[str, Any]) -> None:
    assert rules(ARTICLE, replace(EXPORT, **changes)) == []


def test_the_reason_can_be_read() -> None:
    (pair,) = find_duplicates(EXPORT, [ARTICLE])
    assert (pair.record_id, pair.other_id, pair.score) == (2, 1, 1.0)
    assert pair.reason == "same title, same first author, same volume and first page"


def test_versions_of_a_cochrane_review_are_told_apart() -> None:
    place = Place(journals=("Cochrane Database Syst Rev",), pages="CD002020")
    old = replace(ARTICLE, place=place, doi="10.1002/14651858.cd002020")
    new = replace(old, record_id=3, pmid=12, pmcid=None, year=2021)
    assert rules(old, new) == []
    assert rules(old, replace(new, doi="10.1002/14651858.cd002020.pub2")) == []
    assert rules(new, replace(EXPORT, place=place)) == []


def test_two_pubmed_records_need_more_than_a_title() -> None:
    other = replace(ARTICLE, record_id=3, pmid=12, doi=None, pmcid=None)
    assert rules(ARTICLE, other) == [Rule.TITLE]
    assert rules(ARTICLE, replace(other, place=IN_PRESS)) == []
    elsewhere = Place(journals=("Annals",), volume="7", pages="12")
    assert rules(ARTICLE, replace(other, place=elsewhere)) == []


def test_a_preprint_is_not_its_article_whatever_they_share() -> None:
    preprint = replace(
        ARTICLE, record_id=3, pmid=12, publication_type_uis=frozenset({"D000076942"})
    )
    assert rules(ARTICLE, preprint) == []


def test_a_comment_is_known_by_its_type_where_the_title_does_not_tell() -> None:
    comment = replace(ARTICLE, record_id=3, pmid=12, publication_type_uis=frozenset({"D016420"}))
    assert rules(ARTICLE, comment) == []
    # An export gives no types: then the page must agree.
    assert rules(replace(comment, doi=None), replace(EXPORT, place=IN_PRESS)) == []


@pytest.mark.parametrize("title", ["Reply", "Editorial.", "Asthma"])
def test_short_titles_need_everything_else(title: str) -> None:
    article, export = replace(ARTICLE, title=title), replace(EXPORT, title=title)
    assert rules(article, export) == [Rule.TITLE]
    assert rules(article, replace(export, first_author=None)) == []
    assert rules(article, replace(export, place=IN_PRESS)) == []
    same_page = replace(article, record_id=3, pmid=12, doi=None, pmcid=None)
    assert rules(article, same_page) == []


def test_a_translated_title_is_compared_in_its_own_language() -> None:
    article = replace(ARTICLE, vernacular_title="Budésonide inhalé chez l'enfant asthmatique léger")
    export = replace(EXPORT, title="Budesonide inhale chez l'enfant asthmatique leger.")
    assert rules(article, export) == [Rule.TITLE]


def test_an_abstract_of_a_supplement_is_not_its_neighbour() -> None:
    one = replace(ARTICLE, title="Effects of caffeine on sleep in rats")
    other = replace(EXPORT, doi=ARTICLE.doi, title="Effects of caffeine on sleep in mice")
    page = Place(journals=("J Fict",), volume="7", pages="S13")
    assert rules(one, replace(other, place=page)) == []


def test_real_records_merge_only_where_pubmed_lists_a_publication_twice(corpus: Path) -> None:
    groups: dict[str, list[MatchKey]] = defaultdict(list)
    for key in {key.record_id: key for key in read_keys(corpus)}.values():
        for name in {key.doi, key.pmcid, title_key(key.title)} - {None}:
            groups[str(name)].append(key)
    merged = {
        (pair.reason.partition(",")[0], min(pair.record_id, pair.other_id))
        for group in groups.values()
        for key in group
        for pair in find_duplicates(key, group)
    }
    assert len(groups) > 3000
    # Of the first, the others' PMIDs were made up by those who published the file.
    assert {reason for reason, _ in merged} == {
        "same DOI 10.1016/j.annemergmed.2020.10.024",
        "same DOI 10.1016/j.gene.2019.100011",
    }


def test_real_records_are_not_taken_for_what_is_made_to_look_like_them(corpus: Path) -> None:
    keys = {key.record_id: key for key in read_keys(corpus) if key.title}
    made = [
        (name, changed, key)
        for key in list(keys.values())[::7]
        for name, changed in make(key, OTHER)
    ]
    wrong = [(name, key.pmid) for name, changed, key in made if find_duplicates(changed, [key])]
    assert len(made) > 2000
    assert len(wrong) <= len(made) / 1000, wrong


def test_entries_of_several_databases_are_found_without_their_doi(corpus: Path) -> None:
    pairs = list(read_export_pairs(corpus))
    found = [bool(find_duplicates(one, [other])) for one, other in pairs]
    # One has "GotzJurgen, MatamalesMiriam, …" for its first author.
    assert (len(found), sum(found)) == (9, 8)
