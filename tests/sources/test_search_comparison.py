import random
from datetime import UTC, date, datetime, timedelta

import pytest

from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    RunStatus,
    SearchResult,
    SearchRoute,
    SearchRun,
    Slice,
)
from litsweep.sources.search_comparison import compare_with_last

NOW = datetime(2026, 10, 16, 4, 30, tzinfo=UTC)
LAST_DAY = date(2026, 10, 15)


def window(n_days: int, last_day: date = LAST_DAY) -> DateWindow:
    first_day = last_day - timedelta(days=n_days - 1)
    return DateWindow(date_field=DateField.CRDT, first_day=first_day, last_day=last_day)


def translation(query: str, days: DateWindow | None) -> str:
    if days is None:
        return query
    return f"({query}) AND {days.first_day:%Y/%m/%d}:{days.last_day:%Y/%m/%d}[Date - Create]"


def run(
    count: int | None,
    days: DateWindow | None,
    *,
    query: str = '"asthma"[ti]',
    pairs: tuple[tuple[str, str], ...] = (),
) -> SearchRun:
    return SearchRun(
        search_run_id=7,
        topic="asthma",
        strategy_version=1,
        query="asthma",
        route=SearchRoute.CREATED,
        window=days,
        status=RunStatus.COMPLETE,
        query_translation=translation(query, days),
        translations=pairs,
        n_reported=count,
        slices=(),
        n_ids=0,
        n_fetched=0,
        n_known=0,
        n_new=0,
        n_changed=0,
        n_absent=0,
        n_failed=0,
        n_beside=0,
        n_beside_absent=0,
        warnings=(),
        error=None,
        started_at=NOW,
        finished_at=NOW,
    )


def result(
    count: int,
    days: DateWindow | None,
    *,
    query: str = '"asthma"[ti]',
    pairs: tuple[tuple[str, str], ...] = (),
) -> SearchResult:
    return SearchResult(
        n_reported=count,
        slices=(Slice(first_pmid=1, last_pmid=2, count=count),),
        pmids=(),
        query_sent="asthma",
        query_translation=translation(query, days),
        translations=pairs,
        warnings=(),
    )


def counts(
    before: int,
    now: int,
    *,
    n_days: tuple[int, int] = (15, 15),
    route: SearchRoute = SearchRoute.CREATED,
) -> tuple[str, ...]:
    days_before = window(n_days[0], LAST_DAY - timedelta(days=1))
    days_now = window(n_days[1])
    return compare_with_last(result(now, days_now), route, days_now, run(before, days_before))


def test_another_window_alone_is_no_change() -> None:
    assert counts(100, 100) == ()


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (10, 0, "Nothing is found any more: run 7 counted 10"),
        (9, 0, None),  # by chance once in five hundred nights
        (3, 0, None),
        (0, 9, None),
        (0, 10, "The count jumped: 10"),
        (1_000, 790, "The count fell: 790"),
        (1_000, 810, None),  # beyond chance, and less than a fifth
        (20, 12, None),  # two fifths, and well within chance
        (40, 60, None),
        (1_000, 1_490, None),
        (1_000, 1_510, "The count jumped: 1,510"),
        (1_000, 1_000, None),
    ],
)
def test_counts_are_told_when_they_differ_much_and_beyond_chance(
    before: int, now: int, told: str | None
) -> None:
    warnings = counts(before, now)
    assert len(warnings) == (told is not None)
    assert told is None or warnings[0].startswith(told)


def test_windows_of_different_lengths_are_compared_by_the_day() -> None:
    assert counts(300, 150, n_days=(30, 15)) == ()
    assert counts(150, 300, n_days=(15, 30)) == ()
    assert "jumped" in counts(300, 300, n_days=(30, 15))[0]
    assert "fell" in counts(150, 150, n_days=(15, 30))[0]


def test_what_cannot_be_compared_is_not() -> None:
    assert counts(5_000, 10, n_days=(3, 3)) == ()  # a weekend beside three working days
    assert counts(5_000, 10, route=SearchRoute.BACKFILL) == ()
    assert counts(5_000, 10, route=SearchRoute.MODIFIED) == ()  # revisions come in waves
    assert len(counts(5_000, 0, route=SearchRoute.MODIFIED)) == 1
    years_ago = window(300, date(2015, 12, 31))
    assert (
        compare_with_last(
            result(9, window(15)), SearchRoute.CREATED, window(15), run(90_000, years_ago)
        )
        == ()
    )
    never_counted = run(None, window(15))
    assert (
        compare_with_last(result(9, window(15)), SearchRoute.CREATED, window(15), never_counted)
        == ()
    )


def test_searches_without_days_are_compared_as_they_are() -> None:
    def undated(before: int, now: int) -> tuple[str, ...]:
        return compare_with_last(result(now, None), SearchRoute.UNDATED, None, run(before, None))

    assert undated(60_000, 60_900) == ()
    assert "fell: 40,000 (without dates)" in undated(60_000, 40_000)[0]


@pytest.mark.parametrize("rate", [0.2, 1.0, 5.0, 50.0])
def test_steady_topics_do_not_cry_wolf(rate: float) -> None:
    draw = random.Random(f"steady {rate}")
    n_nights = 2_000
    told = 0
    for _ in range(n_nights):
        before, now = (sum(_poisson(draw, rate) for _ in range(15)) for _ in range(2))
        told += len(counts(before, now))
    # Windows of fifteen days that share nothing: nights that do share most of theirs differ less.
    assert told <= n_nights * 4 / 1_000


def _poisson(draw: random.Random, rate: float) -> int:
    n, waited = 0, draw.expovariate(rate)
    while waited < 1:
        n, waited = n + 1, waited + draw.expovariate(rate)
    return n


def test_a_changed_mapping_is_told_word_by_word() -> None:
    old = (("asthma", '"asthma"[MeSH Terms] OR "asthma"[All Fields]'), ("x", "x[All Fields]"))
    new = (("asthma", '"asthma"[MeSH Terms] OR "asthmas"[All Fields]'), ("y", "y[All Fields]"))
    warnings = compare_with_last(
        result(5, None, pairs=new), SearchRoute.UNDATED, None, run(5, None, pairs=old)
    )
    assert warnings == (
        "PubMed understands “asthma” otherwise than in run 7: "
        'left out "asthma"[All Fields]; added "asthmas"[All Fields].',
        "PubMed understands “x” otherwise than in run 7: left out x[All Fields].",
        "PubMed understands “y” otherwise than in run 7: added y[All Fields].",
    )


def test_a_changed_translation_without_mappings_is_told() -> None:
    days = window(15)
    (warning,) = compare_with_last(
        result(5, days, query='"asthma"[tiab]'),
        SearchRoute.CREATED,
        days,
        run(5, window(15, LAST_DAY - timedelta(days=1))),
    )
    assert 'than in run 7: left out "asthma"[ti]; added "asthma"[tiab].' in warning
    (warning,) = compare_with_last(
        result(5, None, query="(a OR b) AND c"),
        SearchRoute.UNDATED,
        None,
        run(5, None, query="a OR (b AND c)"),
    )
    assert "“a OR (b AND c)” became “(a OR b) AND c”" in warning
