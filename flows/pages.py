"""Shows at the end of a run what it did: gathers it from the database and sends the artifacts.

What stands in them is built by ``flows.sweep_pages`` and ``flows.night_pages``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flows import artifacts
from flows.night_pages import (
    Night,
    Reading,
    build_history_page,
    build_load_page,
    build_night_page,
    build_reading_page,
)
from flows.places import Places
from flows.sweep_pages import MOST_ROWS, build_new_rows, build_sweep_page
from litsweep.domain.documents import DocumentKind
from tasks import read, report


def show_sweep(given: Mapping[str, Any], began_at: datetime) -> None:
    """Show the receipt of a sweep, and what it found."""
    topic = given["topic"]
    digest = report.build_digest(topic, began_at)
    if not digest.runs:
        return  # the state says why nothing was searched
    page = build_sweep_page(topic, digest, _places())
    artifacts.publish_page(artifacts.key_of("topic", topic), page, f"The sweep of {topic}")
    if digest.new:
        shown = f"New records of {topic}: {min(len(digest.new), MOST_ROWS)} of {len(digest.new)}"
        key = artifacts.key_of("new", topic)
        artifacts.publish_table(key, build_new_rows(digest), shown)


def show_night(given: Mapping[str, Any], began_at: datetime) -> None:
    """Show a night, a row a topic."""
    night = Night(
        began_at=began_at,
        topics=tuple(given["topics"] or report.list_topics()),
        runs=tuple(report.list_search_runs(began_at)),
        reading=_gather_reading(None, began_at),
        alerts=tuple(report.list_alerts()),
    )
    artifacts.publish_page("night", build_night_page(night, _places()), "The night, topic by topic")


def show_reading(given: Mapping[str, Any], began_at: datetime) -> None:
    """Show what a run read."""
    topic = given["topic"]
    reading = _gather_reading(topic, began_at)
    key = artifacts.key_of("reading", topic)
    artifacts.publish_page(key, build_reading_page(reading), "What was read, and by which model")


def show_history(given: Mapping[str, Any], began_at: datetime) -> None:
    """Show the windows of a topic's history that a backfill searched."""
    topic = given["topic"]
    found = report.list_search_runs(began_at, topic=topic, is_backfill=True)
    page = build_history_page(topic, found, _places())
    artifacts.publish_page(artifacts.key_of("history", topic), page, f"The history of {topic}")


def show_load(given: Mapping[str, Any], began_at: datetime) -> None:
    """Show the files that were loaded."""
    page = build_load_page(report.list_loads(began_at))
    artifacts.publish_page(artifacts.key_of("load", given["topic"]), page, "The files loaded")


def _gather_reading(topic: str | None, since: datetime) -> Reading:
    return Reading(
        runs=tuple(report.list_reading_runs(since)),
        held_back=tuple(read.list_quarantined(topic, list(DocumentKind))),
    )


def _places() -> Places:
    return Places(report.find_desk())
