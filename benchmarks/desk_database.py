"""A made review for the benchmark of the desk: every record waits, and has been read.

Made texts of real words in their real frequencies, cut into sentences; an extractive summary of
three of them beside each, flagged in one record of ten; people with a session and a token each.
"""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import large_database
from benchmarks.large_database import NOW, TOPIC, Vocabulary
from db import search_index, tables
from db.api_tokens import add_token
from db.desk_sessions import start_session
from db.engine import Connection, Database, open_database
from db.reviewers import add_reviewer
from db.screening_protocols import set_protocol
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules

QUERY = "(delirium OR confusion) AND hospital"
N_SENTENCES, N_WORDS = 11, 20
_BATCH = 5_000
_HASH = "0" * 64
_SHOWN = (0, 4, 9)


@dataclass(frozen=True)
class Visitor:
    """A made reviewer: their name, and what lets a browser and a program of theirs in."""

    name: str
    session: str
    token: str


def make(path: Path, n_records: int) -> None:
    """Make the database, unless it is there; of one that was broken off nothing is left."""
    if path.exists():
        return
    half = path.with_suffix(".half.db")
    half.unlink(missing_ok=True)
    database = open_database(f"sqlite:///{half}", create=True)
    words = large_database.load_vocabulary()
    with database.writing() as conn:
        large_database.add_topic(conn)
        conn.execute(text("UPDATE search_strategies SET query = :q"), {"q": QUERY})
        _set_rules(conn)
    for first in range(1, n_records + 1, _BATCH):
        _store(database, words, range(first, min(first + _BATCH, n_records + 1)))
    with database.writing() as conn:
        search_index.install(conn)
    database.close()
    with sqlite3.connect(half) as plain:
        plain.execute("ANALYZE")
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    half.rename(path)


def add_visitors(database: Database, n_people: int) -> list[Visitor]:
    """Make accounts with a session and a token each."""
    now = datetime.now(UTC)
    found = []
    with database.writing() as conn:
        for number in range(n_people):
            person = add_reviewer(
                conn, name=f"Reviewer {number}", role=Role.LEAD, created_by="bench", now=now
            )
            session = start_session(conn, person.reviewer_id, now)
            token = add_token(conn, person.reviewer_id, "bench", expires_at=None, now=now)
            found.append(Visitor(person.name, session, token))
    return found


def _set_rules(conn: Connection) -> None:
    rules = ScreeningRules(
        exclusion_reasons=("wrong population", "wrong design", "no control group"),
        labels=("background", "ask the authors"),
        highlighted_terms=("delirium", "confusion", "hospital"),
    )
    set_protocol(conn, TOPIC, rules, author="Lea Lead", reason="first rules", now=NOW)


def _store(database: Database, words: Vocabulary, numbers: range) -> None:
    chance = random.Random(numbers[0])
    rows: dict[Any, list[dict[str, Any]]] = {}
    for number in numbers:
        for table, row in _iter_rows(words, chance, number):
            rows.setdefault(table, []).append(row)
    with database.writing() as conn:
        for table, batch in rows.items():
            conn.execute(table.insert(), batch)


def _iter_rows(
    words: Vocabulary, chance: random.Random, number: int
) -> Iterator[tuple[Any, dict[str, Any]]]:
    sentences = [_make_sentence(words, chance) for _ in range(N_SENTENCES)]
    title, abstract = _make_sentence(words, chance).rstrip("."), " ".join(sentences)
    yield tables.records, large_database.make_record(chance, number, title, abstract)
    for position, name in enumerate(chance.choices(words.headings, k=large_database.N_HEADINGS)):
        heading = {"record_id": number, "position": position, "name": name, "is_major": False}
        yield tables.record_mesh_headings, heading | {"qualifiers": [], "is_automatic": False}
    found: dict[str, Any] = {"topic_id": 1, "record_id": number, "route": "undated"}
    found |= {"search_run_id": 1, "found_at": NOW - timedelta(minutes=number)}
    yield tables.topic_records, found | {"is_late": False, "is_screened": False}
    yield from _iter_reading_rows(number, title, abstract, sentences)


def _make_sentence(words: Vocabulary, chance: random.Random) -> str:
    chosen = chance.choices(words.words, cum_weights=words.weights, k=N_WORDS)
    return f"{' '.join(chosen).capitalize()}."


def _iter_reading_rows(
    number: int, title: str, abstract: str, sentences: list[str]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    one = {"document_id": number, "kind": "abstract", "record_id": number, "title": title}
    hashes = {"text_sha256": _HASH, "content_sha256": f"{number:064d}"}
    yield tables.documents, one | hashes | {"text": abstract, "has_body": True, "parsed_at": NOW}
    version: dict[str, Any] = {"record_id": number, "version": 1, "pmid_version": 1}
    version |= {"raw": b"<x/>", "raw_format": "pubmed_xml", "raw_sha256": _HASH, "changes": []}
    version |= {"unknown_elements": [], "search_run_id": 1, "fetched_at": NOW}
    yield tables.record_versions, version | {"document_id": number, "tool_version": "t"}
    reading = {"reading_id": number, "document_id": number, "task": "summary", "way": {}}
    reading |= {"fingerprint": "lexical", "read_at": NOW, "tool_version": "t"}
    yield tables.readings, reading
    route = {"reading_id": number, "reason": "No model writes here.", "is_readable": True}
    yield tables.routes, route
    is_flagged = number % 10 == 0
    summary = {"summary_id": number, "reading_id": number, "position": 0, "method": "extractive"}
    summary |= {"text": " ".join(sentences[place] for place in _SHOWN), "is_shown": True}
    yield tables.summaries, summary | {"is_flagged": is_flagged, "ranked_by": "lexical"}
    for position, place in enumerate(_SHOWN):
        start = abstract.index(sentences[place])
        sentence = {"summary_id": number, "position": position, "text": sentences[place]}
        source = {"source_start": start, "source_end": start + len(sentences[place])}
        yield tables.summary_sentences, sentence | source | {"support": 1.0}
    check = {"summary_id": number, "position": 0, "name": "numbers", "sentence_position": 1}
    if is_flagged:
        yield tables.checks, check | {"verdict": "flag", "detail": "12 is not in the abstract"}
