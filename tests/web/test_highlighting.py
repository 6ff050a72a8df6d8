"""Words of a topic and of MeSH in a text, and the text in runs and pieces."""

import pytest

from litsweep.domain.documents import Span
from litsweep_app.web.highlighting import (
    anchor,
    cut_runs,
    find_terms,
    list_mesh_terms,
    read_terms,
)

TEXT = "Hip fractures in randomised elders: post-operative delirium, IL-6 and lung neoplasms."


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        pytest.param("delirium", ("delirium",), id="a-word"),
        pytest.param(
            '"hip fracture*"[tiab] AND randomi*[ti]',
            ("hip fracture*", "randomi*"),
            id="phrases-and-tags",
        ),
        pytest.param(
            "hip fracture[tiab] OR elderly people",
            *[("hip fracture", "elderly", "people")],
            id="a-row-before-a-tag-is-a-phrase",
        ),
        pytest.param(
            '"Hip Fractures"[MeSH Terms] AND 2020:2026[dp] AND english[la] AND pain[tiab:~2]',
            ("pain",),
            id="other-fields-are-left-out",
        ),
        pytest.param(
            "delirium NOT (rats OR mice[tiab]) AND fever NOT child*[tiab]",
            ("delirium", "fever"),
            id="what-is-excluded-is-left-out",
        ),
        pytest.param("all[sb]", (), id="a-filter"),
        pytest.param("((", (), id="nothing-but-signs"),
    ],
)
def test_terms_of_a_query(query: str, terms: tuple[str, ...]) -> None:
    assert read_terms(query) == terms


def test_terms_are_found_with_their_endings_and_spellings() -> None:
    found = find_terms(TEXT, ("hip fracture*", "randomized", "IL6", "absent", "*", "a*b"))
    assert [TEXT[one.start : one.end] for one in found] == ["Hip fractures", "randomised", "IL-6"]
    assert find_terms(TEXT, ()) == ()


def test_a_heading_with_a_comma_is_turned_round() -> None:
    found = find_terms(TEXT, list_mesh_terms(["Neoplasms, Lung"]))
    assert [TEXT[one.start : one.end] for one in found] == ["lung neoplasms"]


def test_marks_over_one_another_are_cut_and_the_text_stays_whole() -> None:
    runs = cut_runs(
        TEXT,
        Span(0, len(TEXT)),
        terms=[Span(0, 13)],
        mesh=[Span(4, 16)],
        sources=[(0, Span(0, 34)), (1, Span(20, 60))],
    )
    pieces = [piece for run in runs for piece in run.pieces]
    assert "".join(piece.text for piece in pieces) == TEXT
    marks = [(piece.is_term, piece.is_mesh) for piece in pieces][:3]
    assert marks == [(True, False), (True, True), (False, True)]
    assert [run.sources for run in runs] == [(0,), (0, 1), (1,), ()]


def test_each_source_is_arrived_at_once() -> None:
    one = cut_runs(TEXT, Span(0, 30), sources=[(3, Span(10, 50))])
    other = cut_runs(TEXT, Span(31, 60), sources=[(3, Span(10, 50))])
    anchored = [run.first_of for runs in anchor([one, other]) for run in runs]
    assert anchored == [(), (3,), (), ()]
