"""What runs show: hostile words stay words, pages stay small, keys do not collide."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from flows.artifacts import ProgressArtifact, key_of
from flows.markdown import MOST_BYTES, code, escape, page, table
from flows.places import Places
from flows.sweep_pages import MOST_ROWS, build_new_rows, build_sweep_page
from litsweep.domain.digests import Digest, NewRecord
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    RunStatus,
    SearchRoute,
    SearchRun,
    Slice,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def build_run(status: RunStatus, n_reported: int = 3) -> SearchRun:
    window = DateWindow(
        date_field=DateField.CRDT, first_day=date(2026, 11, 8), last_day=date(2026, 11, 22)
    )
    return SearchRun(
        search_run_id=7,
        topic="tremor",
        strategy_version=2,
        query="tremor[ti]",
        route=SearchRoute.CREATED,
        window=window,
        status=status,
        query_translation=None,
        translations=(),
        n_reported=n_reported,
        slices=(Slice(first_pmid=1, last_pmid=9, count=n_reported),),
        n_ids=3,
        n_fetched=3,
        n_known=0,
        n_new=3,
        n_changed=0,
        n_absent=0,
        n_failed=0,
        n_beside=0,
        n_beside_absent=0,
        warnings=("one remark",),
        error=None,
        started_at=NOW,
        finished_at=NOW,
    )


def build_digest(n_new: int, status: RunStatus = RunStatus.COMPLETE) -> Digest:
    new = tuple(
        NewRecord(
            topic="tremor",
            record_id=number,
            pmid=1000 + number,
            title=f"<b>Title</b> {number}",
            journal="A | B",
            publication_status=PublicationStatus.RETRACTED,
            route=SearchRoute.CREATED,
            is_late=True,
            lag_days=20,
        )
        for number in range(n_new)
    )
    return Digest(
        runs=(build_run(status),),
        new=new,
        changed=(),
        status_changes=(),
        alerts=(),
        absent=(),
        unreadable=(),
        n_unread=n_new,
        n_stale=0,
    )


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<script>", "&lt;script&gt;"),
        ("a | b", "a \\| b"),
        ("`code`", "\\`code\\`"),
        ("[x](http://evil)", "\\[x\\]\\(http&#58;//evil\\)"),
        ("two\nlines \x1b[31m", "two lines \\[31m"),
        ("www.evil.example", "www&#46;evil.example"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_words_of_others_stay_words(hostile: str, shown: str) -> None:
    assert escape(hostile) == shown


def test_code_cannot_be_ended_from_within() -> None:
    assert code("a ` b") == "``a ` b``"
    assert code("`") == "`` ` ``"


def test_numbers_stand_to_the_right_and_what_is_missing_is_a_dash() -> None:
    assert table(["a", "b"], [["x", 1200], ["y", None]]).splitlines() == [
        "| a | b |",
        "| --- | ---: |",
        "| x | 1,200 |",
        "| y | – |",
    ]


def test_a_page_that_would_be_too_large_is_cut_and_says_so() -> None:
    whole = page(["a" * 60_000, "b" * 60_000])
    assert len(whole.encode()) <= MOST_BYTES
    assert "b" not in whole.replace("be too", "")
    assert whole.endswith("*The page is cut here: it would be too large.*")


def test_the_page_of_a_sweep_leads_to_the_desk_or_names_the_command() -> None:
    with_desk = build_sweep_page("tremor", build_digest(2), Places("http://desk/"))
    assert "(http://desk/records/1)" in with_desk
    assert "(http://desk/topics/tremor)" in with_desk
    assert "**retracted** · late by 20 days" in with_desk
    assert "&lt;b&gt;Title&lt;/b&gt; 1" in with_desk
    without = build_sweep_page("tremor", build_digest(2), Places(None))
    assert "(https://pubmed.ncbi.nlm.nih.gov/1001/)" in without
    assert "`litsweep digest --topic tremor`" in without


def test_the_page_of_a_sweep_says_whether_it_adds_up() -> None:
    complete = build_sweep_page("tremor", build_digest(0), Places(None))
    assert "the search succeeded, and there is nothing new" in complete
    open_page = build_sweep_page("tremor", build_digest(0, RunStatus.INCOMPLETE), Places(None))
    assert "**Not complete.**" in open_page
    assert "**no: incomplete**" in open_page
    assert "The next sweep searches this window again" in open_page


def test_many_new_records_are_listed_in_part() -> None:
    digest = build_digest(5000)
    shown = build_sweep_page("tremor", digest, Places(None))
    assert "… and 4,950 more: `litsweep digest --topic tremor --runs 1`" in shown
    assert len(shown.encode()) < 20_000
    assert len(build_new_rows(digest)) == MOST_ROWS


def test_keys_are_stable_and_do_not_collide() -> None:
    assert key_of("topic", "asthma") == "topic-asthma"
    assert key_of("topic", None) == "topic"
    names = ["Asthma", "asthma ", "äsma", "a_b", "a b", "喘息", "x" * 200]
    keys = [key_of("topic", name) for name in names]
    assert len({*keys, "topic-asthma"}) == len(names) + 1
    assert all(set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for key in keys)
    assert max(map(len, keys)) < 100


def test_progress_says_what_was_begun_first_and_what_goes_on() -> None:
    shown = ProgressArtifact(uuid4(), seconds_between=1e9)
    shown("windows searched", 0, 4)
    shown("records fetched", 0, 100)
    shown("records fetched", 100, 100)
    shown("windows searched", 1, 4)
    shown("records fetched", 20, 50)
    assert shown._describe() == (25.0, "windows searched: 1 of 4; records fetched: 20 of 50")
