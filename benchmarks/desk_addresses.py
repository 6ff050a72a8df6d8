"""The addresses of the desk that are timed on a large review, and what each may cost.

Every page, every list in every order, searches on their first page and on one in the middle of
all years, narrowed by what many records pass and by what few or none do, files, the API's lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote, urlencode

from benchmarks.desk_weights import list_paths
from db.list_choices import OF_DECISIONS, RecordList
from db.record_lists import Sort
from db.search_index import first_key

LIMIT_MS: Final = 100.0
_OVERVIEW_MS: Final = 200.0
_TOPIC_MS: Final = 150.0
# Everything of a topic, counted for the first who looks or written into a file.
_WHOLE_MS: Final = float("inf")

# Of 100 records 62, 8 and 20 have the first three; of 1,000 one has the last.
_MOST, _COMMON, _OTHER, _RARE = "patients", "hospital", "effects", "melatonin"
_MIDDLE: Final = first_key(date(2010, 7, 1))


@dataclass(frozen=True, slots=True)
class Measured:
    """An address that is asked, and what it may cost once others were asked before it."""

    path: str
    limit_ms: float = LIMIT_MS


def list_measured(topic: str, deep_id: int) -> list[Measured]:
    """Return what is asked about a topic; ``deep_id`` is a record of it, found long ago."""
    return [
        *_list_pages(topic),
        *_list_lists(topic, deep_id),
        *_list_searches(topic),
        *_list_files(topic),
        *_list_api(topic),
    ]


def _list_pages(topic: str) -> Iterator[Measured]:
    own = _own(topic)
    limits = {"/": _OVERVIEW_MS, own: _TOPIC_MS}
    others = (
        f"{own}/queue/full_text",
        f"/records/2?topic={quote(topic)}",
        "/sentences/2/0",
        "/records/2/readings",
        f"{own}/conflicts/full_text",
        "/error-rates/audit",
        "/keys",
    )
    for path in (*list_paths(topic), *others):
        yield Measured(path, limits.get(path, LIMIT_MS))


def _list_lists(topic: str, deep_id: int) -> Iterator[Measured]:
    for kind in RecordList:
        path = f"{_own(topic)}/lists/{kind}"
        for sort in Sort:
            yield Measured(path if sort is Sort.LAST else f"{path}?sort={sort}")
        if kind in OF_DECISIONS:
            yield Measured(f"{path}?stage=full_text")
        if kind is not RecordList.MINE:
            yield Measured(f"{path}?after={deep_id}")


def _list_searches(topic: str) -> Iterator[Measured]:
    phrase = f'"{_OTHER} {_COMMON}"'
    for words in (_MOST, _COMMON, f"{_COMMON} {_OTHER}", phrase, _RARE, f"{_COMMON[:4]}*"):
        yield _search(q=words)
    yield _search(q=_COMMON, after=_MIDDLE)
    yield _search(q=_RARE, after=_MIDDLE)
    yield _search(q=_COMMON, order="relevance")
    yield _search(q=_RARE, order="relevance")
    for narrowed in _list_narrowings(topic):
        yield _search(**narrowed)
        for words in (_MOST, _COMMON, _RARE):
            yield _search(q=words, **narrowed)
    yield _search(q=_COMMON, topic=topic, decision="include", after=_MIDDLE)
    yield _search(q=_COMMON, topic=topic, decision="include", order="relevance")


def _list_narrowings(topic: str) -> Iterator[dict[str, str]]:
    yield {"topic": topic}
    yield {"topic": "topic 7"}
    yield {"since": "2026-01-01"}
    yield {"until": "1997-01-01", "topic": topic}
    yield {"status": "retracted"}
    yield {"type": "Review"}
    yield {"flagged": "yes"}
    yield {"topic": topic, "decision": "include"}
    yield {"topic": topic, "decision": "exclude"}
    yield {"topic": topic, "decision": "include", "stage": "full_text"}
    yield {"topic": topic, "decision": "undecided"}
    yield {"topic": topic, "decision": "undecided", "flagged": "yes"}
    yield {"topic": topic, "decision": "unsure"}
    yield {"decision": "include"}


def _list_files(topic: str) -> Iterator[Measured]:
    def file(**asked: str) -> Measured:
        return Measured(f"/export?{urlencode({'format': 'csv'} | asked)}", _WHOLE_MS)

    yield file(q=_RARE)
    yield file(q=_COMMON, topic=topic, decision="include")
    yield file(q=_COMMON, topic=topic, status="retracted")
    yield file(list="included", topic=topic)


def _list_api(topic: str) -> Iterator[Measured]:
    own = f"/api/v1{_own(topic)}"
    common = {"q": _COMMON, "topic": topic}
    yield Measured("/api/v1/topics", _OVERVIEW_MS)
    yield Measured(own, _TOPIC_MS)
    for name in ("strategies", "rules", "queue/title_abstract", "queue/full_text", "decisions"):
        yield Measured(f"{own}/{name}")
    for name in ("conflicts/title_abstract", "conflicts/full_text", "agreement/title_abstract"):
        yield Measured(f"{own}/{name}")
    for name in ("progress", "flow"):
        yield Measured(f"{own}/{name}")
    for path in ("/records/1", "/records/1/texts", "/runs", "/runs/1", "/alerts", "/error-rates"):
        yield Measured(f"/api/v1{path}")
    yield Measured(f"/api/v1/search?{urlencode(common)}")
    yield Measured(f"/api/v1/search?{urlencode(common | {'decision': 'include'})}")


def _search(**asked: object) -> Measured:
    return Measured(f"/search?{urlencode(asked)}")


def _own(topic: str) -> str:
    return f"/topics/{quote(topic, safe='')}"
