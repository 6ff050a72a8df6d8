"""Runs the flows in this process, with progress bars, recorded on a Prefect server."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx
from prefect.client.schemas.objects import State
from prefect.logging.configuration import setup_logging

from flows.backfill import backfill
from flows.load import load
from flows.nightly import nightly
from flows.outcomes import explain
from flows.read_documents import read_documents
from flows.reading_place import ReadingPlace
from litsweep.errors import OrchestrationError
from litsweep_app.cli.console import progress_bars, say
from litsweep_app.prefect_server import recording_server
from tasks import progress


def run_nightly(
    topics: list[str], *, since: date | None, until: date | None, read: bool
) -> str | None:
    """Sweep ``topics``, and read them; return what went wrong in words, or None.

    Raises:
        OrchestrationError: there is no Prefect server to record on.
        LitsweepError: the night could not be run at all.
    """
    reading = ReadingPlace.HERE if read else ReadingPlace.NOWHERE
    return _run(lambda: nightly(topics, since, until, reading, return_state=True))


def run_reading(topic: str | None, *, retrieve: bool) -> str | None:
    """Read what is unread; return what went wrong in words, or None.

    Raises:
        OrchestrationError: there is no Prefect server to record on.
        LitsweepError: nothing could be read at all.
    """
    return _run(lambda: read_documents(topic, retrieve, return_state=True))


def run_load(paths: list[str], *, topic: str | None, again: bool) -> tuple[list[int], str | None]:
    """Load files; return the numbers of the loads, and what went wrong in words, or None.

    Raises:
        OrchestrationError: there is no Prefect server to record on.
        LitsweepError: nothing could be loaded at all.
    """
    state = _run_to_state(lambda: load(paths, topic, again, return_state=True))
    made = state.result(raise_on_failure=False)
    return made if isinstance(made, list) else [], _explain(state)


def run_backfill(
    topic: str, *, since: date, until: date | None, days: int, workers: int
) -> str | None:
    """Search a topic's history; return what went wrong in words, or None.

    Raises:
        OrchestrationError: there is no Prefect server to record on.
        LitsweepError: nothing could be searched at all.
    """
    return _run(lambda: backfill(topic, since, until, days, workers, return_state=True))


def _run(flow: Callable[[], State[Any]]) -> str | None:
    return _explain(_run_to_state(flow))


def _explain(state: State[Any]) -> str | None:
    return None if state.is_completed() else explain(state)


def _run_to_state(flow: Callable[[], State[Any]]) -> State[Any]:
    with _logging_put_back(), recording_server(say) as url:
        _speak_for_ourselves()
        with progress_bars() as listener, progress.listening(listener), _server_needed(url):
            return flow()


@contextmanager
def _server_needed(url: str) -> Iterator[None]:
    # Nothing of our own lets an error of httpx pass: it is Prefect's client that gave up.
    try:
        yield
    except httpx.HTTPError as error:
        raise OrchestrationError(
            f"The Prefect server at {url} stopped answering, and the run ended with it. What was "
            "stored stays (`litsweep runs`); the next sweep goes on from there."
        ) from error


@contextmanager
def _logging_put_back() -> Iterator[None]:
    # Whoever runs a flow in this process afterwards, a test say, is to have its log.
    prefect_logger = logging.getLogger("prefect")
    propagate, handlers = prefect_logger.propagate, list(prefect_logger.handlers)
    try:
        yield
    finally:
        prefect_logger.propagate, prefect_logger.handlers = propagate, handlers
        setup_logging()


def _speak_for_ourselves() -> None:
    # Prefect logs a traceback for each failed run. The server keeps it; the person gets our
    # sentence. Set up again, since the levels in force now are not those of the import.
    setup_logging()
    prefect_logger = logging.getLogger("prefect")
    prefect_logger.propagate = False
    prefect_logger.addHandler(logging.NullHandler())  # without any, Python prints on its own
