import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from litsweep.errors import UsageError
from litsweep_app import sandbox
from litsweep_app.sandbox.calendar import Calendar

Make = Callable[..., str]
RETRACTED = (
    "</Article><CommentsCorrectionsList><CommentsCorrections RefType='RetractionIn'>"
    "<RefSource>Nowhere</RefSource><PMID>9</PMID></CommentsCorrections>"
    "</CommentsCorrectionsList><Article>"
)


@pytest.fixture
def folder(tmp_path: Path, make_record: Make, make_history: Make, make_article: Make) -> Path:
    """Days 1, 2, 3 and 5: a new version, a retraction, a deletion, a late arrival."""

    def write(day: str, *records: str) -> None:
        (tmp_path / day).mkdir(exist_ok=True)
        text = f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
        (tmp_path / day / "update.xml").write_text(text, encoding="utf-8")

    def record(pmid: int, title: str, *, day: int = 1, **more: str | int) -> str:
        return make_record(pmid, title, data=make_history(pmid, day), **more)

    write("baseline", record(1, "first"), record(2, "second", version=2), record(3, "third"))
    write("day-01", record(4, "fourth"))
    write("day-2", record(1, "first, mended"), record(2, "second, older version", version=1))
    deletion = "<DeleteCitation><PMID Version='1'>3</PMID><PMID>77</PMID></DeleteCitation>"
    write("day-3", deletion, record(4, "fourth", extra=RETRACTED))
    write("day-05", record(5, "late"), record(3, "third, again"))
    ids = '<article-id pub-id-type="pmcid">PMC9001</article-id>'
    (tmp_path / "day-3" / "text.nxml").write_text(make_article(ids, "CC BY", "<body>x</body>"))
    return tmp_path


def test_a_day_has_what_came_until_then(folder: Path) -> None:
    calendar = Calendar([folder])
    served = {day: sorted(calendar.library(day).records) for day in range(7)}
    assert served == {
        0: [1, 2, 3],
        1: [1, 2, 3, 4],
        2: [1, 2, 3, 4],
        3: [1, 2, 4],
        4: [1, 2, 4],
        5: [1, 2, 3, 4, 5],
        6: [1, 2, 3, 4, 5],
    }
    assert b"first, mended" in calendar.library(2).records[1].xml
    assert b"mended" not in calendar.library(1).records[1].xml
    assert b"older version" in calendar.library(2).records[2].xml  # the later file counts
    assert b"RetractionIn" in calendar.library(3).records[4].xml
    assert b"again" in calendar.library(5).records[3].xml
    assert [sorted(calendar.library(day).reports) for day in (2, 3)] == [[], [9001]]
    assert all(calendar.library(day).skipped == () for day in range(7))


def test_days_may_be_asked_for_in_any_order_and_are_read_once(folder: Path) -> None:
    calendar = Calendar([folder])
    last = calendar.library(9)
    first = calendar.library(1)
    assert (sorted(first.records), sorted(last.records)) == ([1, 2, 3, 4], [1, 2, 3, 4, 5])
    assert calendar.library(5) is last
    assert Calendar([folder]).library(9).records.keys() == last.records.keys()


def _search(client: httpx.Client, term: str) -> list[str]:
    reply = client.get("esearch.fcgi", params={"db": "pubmed", "term": term})
    return sorted(re.findall(r"<Id>(\d+)</Id>", reply.text))


def test_a_running_sandbox_goes_on_to_the_next_day(folder: Path) -> None:
    created = "2025/10/01[crdt]"
    with (
        sandbox.running([folder], day=1, enforce_rate_limit=False) as address,
        httpx.Client(base_url=address.eutils_url) as client,
    ):
        assert (address.day, address.n_records) == (1, 4)
        assert _search(client, created) == ["1", "2", "3", "4"]
        address.advance()
        assert "mended" in client.get("efetch.fcgi", params={"id": "1"}).text
        address.advance()
        assert (address.day, address.n_records, address.n_reports) == (3, 3, 1)
        assert "<PMID" not in client.get("efetch.fcgi", params={"id": "3"}).text
        cloud = f"{address.pmc_cloud_url}PMC9001.1/PMC9001.1.xml"
        assert client.get(cloud).status_code == 200
        address.set_day(5)
        assert _search(client, created) == ["1", "2", "3", "4", "5"]  # created long before
        address.set_day(1)
        assert client.get(cloud).status_code == 404
        assert address.requests.count() == 6


def test_a_calendar_is_shared_by_sandboxes_on_different_days(folder: Path) -> None:
    calendar = Calendar([folder])
    with (
        sandbox.running(calendar, day=1) as one,
        sandbox.running(calendar, day=5) as other,
    ):
        assert (one.n_records, other.n_records) == (4, 5)


def test_without_a_calendar_the_day_is_none_and_all_days_are_alike(data_dir: Path) -> None:
    with sandbox.running([data_dir]) as address:
        address.advance()
        assert (address.day, address.n_records) == (None, 5)


def test_folders_without_days_are_refused(data_dir: Path) -> None:
    with pytest.raises(UsageError, match="day-1"), sandbox.running([data_dir], day=1):
        pass


def test_a_single_file_may_be_the_base(folder: Path) -> None:
    base = folder / "baseline" / "update.xml"
    days = folder / "elsewhere"
    days.mkdir()
    (folder / "day-01").rename(days / "day-01")
    calendar = Calendar([base, days])
    assert [sorted(calendar.library(day).records) for day in (0, 1)] == [[1, 2, 3], [1, 2, 3, 4]]
