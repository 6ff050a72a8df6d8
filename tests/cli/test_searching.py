"""``litsweep search`` takes what a shell leaves of a search, and says how much there is."""

import json
from collections.abc import Callable

import pytest
from rich.console import Console

from litsweep_app.cli import searching
from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("filled")


@pytest.fixture
def found(litsweep: Litsweep) -> Callable[..., list[int]]:
    """PMIDs that a search prints as JSON."""

    def run(*arguments: str) -> list[int]:
        done = litsweep("search", *arguments, "--json", "--limit", "100")
        assert done.code == 0, done.said
        return [one["pmid"] for one in json.loads(done.out)]

    return run


def test_words_and_phrases(litsweep: Litsweep, found: Callable[..., list[int]]) -> None:
    assert 99000001 in found("lorvaxidine", "delirium")
    phrase = found("hip fracture")
    assert phrase
    assert set(phrase) <= set(found("fracture", "hip"))
    assert found("fracture hip") == []
    assert found('"hip fracture" OR delirium') == found("delirium", "OR", "hip fracture")
    assert found("ti:hip fracture") == found('ti:"hip fracture"')
    assert set(found("ti:hip fracture")) <= set(phrase)


def test_what_begins_with_a_minus_is_left_out(found: Callable[..., list[int]]) -> None:
    delirium, hip = set(found("delirium")), set(found("delirium", "hip"))
    assert set(found("delirium", "-hip")) == delirium - hip
    assert set(found("delirium", "-hip fracture")) == delirium - set(
        found("delirium", "hip fracture")
    )


def test_filters_and_orders(found: Callable[..., list[int]]) -> None:
    everything = found("the", "--duplicates")
    assert set(found("the", "--duplicates", "--topic", "everything")) == set(everything)
    since = found("the", "--duplicates", "--since", "2026-01-01")
    until = found("the", "--duplicates", "--until", "2025-12-31")
    assert 0 < len(since) < len(everything)
    assert set(since) | set(until) == set(everything)
    assert len(found("the", "--status", "retracted", "--status", "corrected")) > 0
    assert set(found("the", "--type", "randomized controlled trial")) < set(everything)
    assert found("the", "--decision", "include") == []
    assert set(found("the", "--decision", "undecided", "--duplicates")) == set(everything)
    assert set(found("the", "--flagged")) < set(everything)
    assert set(found("delirium", "--by", "relevance")) == set(found("delirium"))


def test_what_there_is_is_said(litsweep: Litsweep) -> None:
    cut = litsweep("search", "the", "--limit", "2", "--duplicates")
    assert "The newest 2 of 40 records (--limit shows more)." in cut.err
    best = litsweep("search", "the", "--limit", "2", "--by", "relevance")
    assert "The best 2 of " in best.err
    assert "1 record." in litsweep("search", "delirium", "-hip").err
    nothing = litsweep("search", "zyzzyva")
    assert (nothing.code, nothing.out) == (0, "")
    assert "No stored record answers this search. Try fewer words" in nothing.err
    narrowed = litsweep("search", "zyzzyva", "--status", "retracted")
    assert "Try it without the filters." in narrowed.err


def test_hits_are_bold_on_a_terminal_and_plain_in_a_pipe(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = litsweep("search", "delirium", "-hip").out
    assert "\x1b" not in piped
    assert "Delirium was seen in 14 patients" in piped
    terminal = Console(force_terminal=True, color_system="standard", width=100, highlight=False)
    monkeypatch.setattr(searching, "out", terminal)
    assert "\x1b[1mDelirium\x1b[0m was seen in" in litsweep("search", "delirium", "-hip").out


def test_json_has_places_and_no_markup(litsweep: Litsweep) -> None:
    (one,) = json.loads(litsweep("search", "delirium", "-hip", "--json").out)
    (hit,) = one["fragment"]["hits"]
    assert one["fragment"]["text"][hit["start"] : hit["end"]] == "Delirium"
    assert one["title_hits"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((" ",), "no word"),
        (("-rats",), "only says what to leave out"),
        (("wom*n",), "instead of wom*n"),
        (("x", "--topic", "nix"), "no topic 'nix'"),
        (("x", "--limit", "0"), "equal to 1"),
        (("x", "--topc", "everything"), "no option --topc"),
        (("x", "--since", "May"), "not a day"),
        (("x", "--status", "sad"), "'sad'"),
    ],
)
def test_wrong_searches_are_told(litsweep: Litsweep, arguments: tuple[str, ...], told: str) -> None:
    done = litsweep("search", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
