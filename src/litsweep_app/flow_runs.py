"""Runs the flows in this process, with progress bars, recorded on a Prefect server."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

from prefect.client.schemas.objects import State
from prefect.logging.configuration import setup_logging
from prefect.logging.handlers import PrefectConsoleHandler

from flows.nightly import nightly
from flows.read_documents import read_documents
from litsweep.errors import LitsweepError
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
    return _run(lambda: nightly(topics, since, until, read, return_state=True))


def run_reading(topic: str | None, *, retrieve: bool) -> str | None:
    """Read what is unread; return what went wrong in words, or None.

    Raises:
        OrchestrationError: there is no Prefect server to record on.
        LitsweepError: nothing could be read at all.
    """
    return _run(lambda: read_documents(topic, retrieve, return_state=True))


def _run(flow: Callable[[], State[Any]]) -> str | None:
    with recording_server(say):
        _speak_for_ourselves()
        with progress_bars() as listener, progress.listening(listener):
            state = flow()
    return None if state.is_completed() else _problem(state)


def _problem(state: State[Any]) -> str:
    # A raised error comes back as the state's data; a flow that returned a failed state has
    # only its message.
    error = state.result(raise_on_failure=False)
    if isinstance(error, LitsweepError):
        return str(error)
    return state.message or f"The run ended as {state.name}."


def _speak_for_ourselves() -> None:
    # Prefect prints a traceback for each failed run. The server keeps it; the person gets our
    # sentence. (Its console handlers are removed, since the level set in one is reset by Prefect.)
    setup_logging()
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            if isinstance(handler, PrefectConsoleHandler):
                logger.removeHandler(handler)
