"""Artifacts of a run: pages, tables and progress on the Prefect server.

An artifact never fails a run: what cannot be sent becomes a warning. What stands in them is
built in ``flows.pages``.
"""

import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

_log: Final = logging.getLogger(__name__)

_SECONDS_BETWEEN: Final = 5.0
_MOST_RETRIES: Final = 1  # two seconds
_PLAIN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG: Final = 60


def key_of(prefix: str, name: str | None) -> str:
    """Return the key of a topic's artifacts, the same every night: ``topic-asthma``.

    Keys hold small letters, digits and dashes. A name with anything else in it gets a hash, so
    that no two topics share a key.
    """
    if name is None:
        return prefix
    if _PLAIN.fullmatch(name) and len(name) <= _LONGEST_SLUG:
        return f"{prefix}-{name}"
    slug = _OTHER.sub("-", name.lower())[:_LONGEST_SLUG].strip("-")
    hashed = hashlib.sha256(name.encode()).hexdigest()[:8]
    return "-".join(part for part in (prefix, slug, hashed) if part)


def publish_page(key: str, markdown: str, description: str) -> None:
    """Send a page in Markdown."""
    _publish("markdown", key, markdown, description)


def publish_table(key: str, rows: Sequence[Mapping[str, Any]], description: str) -> None:
    """Send a table, whose columns are the keys of its rows."""
    # As Prefect's own helper does: the UI reads the rows from a text.
    _publish("table", key, json.dumps(list(rows), ensure_ascii=False), description)


@contextmanager
def forgiving(what: str) -> Iterator[None]:
    """Make a warning of whatever keeps ``what`` from being shown; a server is not waited for long.

    The work goes on while the server is away, and must not stand still for its picture: Prefect's
    client would ask again for as long as it asks for the end of a run, many minutes.
    """
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: _MOST_RETRIES}):
            yield
    except Exception as error:  # noqa: BLE001 - the run's work is done, and worth more than its picture
        _log.warning("%s is not shown: %s: %s", what, type(error).__name__, error)


def _publish(kind: str, key: str, data: Any, description: str) -> None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    with forgiving(f"The artifact {key}"):
        get_client(sync_client=True).create_artifact(
            ArtifactCreate(
                key=key,
                type=kind,
                data=data,
                description=description,
                flow_run_id=context.flow_run.id,
            )
        )


class ProgressArtifact:
    """A listener that shows how far a run is: one artifact, made and moved every few seconds.

    A run that is over before that has none. It may be told from several threads.
    """

    def __init__(self, flow_run_id: UUID, *, seconds_between: float = _SECONDS_BETWEEN) -> None:
        self._flow_run_id = flow_run_id
        self._pause = seconds_between
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}
        self._artifact_id: UUID | None = None
        self._next = time.monotonic() + seconds_between
        self._is_lost = False

    def __call__(self, counted: str, n_more: int, n_total: int) -> None:
        """Take what is being counted, how many more are done, and how many there are in all."""
        with self._lock:
            done, total = self._counts.get(counted, (0, 0))
            if done >= total:  # each topic counts anew, behind what goes on
                self._counts.pop(counted, None)
                done = 0
            self._counts[counted] = min(done + n_more, n_total), n_total
            is_due = time.monotonic() >= self._next and not self._is_lost
            if is_due:
                self._next = time.monotonic() + self._pause
        if is_due:
            self._send(*self._describe())

    def finish(self) -> None:
        """Say that the run is over, where its progress was shown."""
        if self._artifact_id is not None and not self._is_lost:
            self._send(100.0, "The run is over.")

    def _send(self, percent: float, words: str) -> None:
        self._is_lost = True  # until it has been sent: an outage is not waited for twice
        with forgiving("The progress"):
            client = get_client(sync_client=True)
            if self._artifact_id is None:
                made = client.create_artifact(
                    ArtifactCreate(
                        type="progress",
                        data=percent,
                        description=words,
                        flow_run_id=self._flow_run_id,
                    )
                )
                self._artifact_id = made.id
            else:
                client.update_artifact(
                    self._artifact_id, ArtifactUpdate(data=percent, description=words)
                )
            self._is_lost = False

    def _describe(self) -> tuple[float, str]:
        """Return the per cent of what was begun first and goes on, and all that goes on."""
        with self._lock:
            counts = dict(self._counts)
        going_on = {name: one for name, one in counts.items() if one[0] < one[1]} or counts
        done, total = next(iter(going_on.values()))
        words = "; ".join(f"{name}: {n} of {of}" for name, (n, of) in going_on.items())
        return round(100 * done / max(total, 1), 1), words
