"""What our packages log, sent to the log of the run that people read in the UI.

Prefect sends only what is logged through its own loggers. Its setting for others would have to
be set on every worker; this needs none. What a line says is for those who write it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import FailedRun
from prefect.logging.handlers import APILogHandler

from litsweep.errors import LitsweepError

OURS: Final = ("litsweep", "db", "tasks", "flows")
_PREFECT: Final = ("prefect.flow_runs", "prefect.task_runs")

_NOTHING_SAID: Final = "Finished in state Completed()"
_TOLD_AGAIN: Final = "Engine execution exited with unexpected exception"

# Threads of our own, such as the one that keeps leases, have no run that Prefect knows of.
_last_run: dict[str, str] = {}


@contextmanager
def sending_ours(flow_run_id: str) -> Iterator[None]:
    """Send what our packages log inside the block; lines of threads go to this run."""
    _last_run["id"] = flow_run_id
    _add_handlers()
    try:
        yield
    finally:
        # What is logged after it, in a process that lives on, is no run's.
        if _last_run.get("id") == flow_run_id:
            del _last_run["id"]


def _add_handlers() -> None:
    for name in OURS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, APILogHandler) for handler in logger.handlers):
            handler = APILogHandler()
            handler.addFilter(_name_run)
            logger.addHandler(handler)
        if logger.getEffectiveLevel() > logging.INFO:
            logger.setLevel(logging.INFO)
    for name in _PREFECT:
        logging.getLogger(name).addFilter(_shorten)


def _name_run(record: logging.LogRecord) -> bool:
    shown = _last_run.get("id")
    if shown is None:
        return False
    if FlowRunContext.get() is None and TaskRunContext.get() is None:
        record.flow_run_id = shown
    return True


def _shorten(record: logging.LogRecord) -> bool:
    """Leave out lines that say nothing, and the traceback of an error of ours, whose sentence does.

    Of a run that ended as failed, Prefect's engine tells once more, as of something unexpected.
    """
    message = record.getMessage()
    if record.name == "prefect.task_runs" and message == _NOTHING_SAID:
        return False
    if message.startswith("Finished in state Failed("):
        record.levelno, record.levelname = logging.ERROR, "ERROR"
    error: Any = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if isinstance(error, LitsweepError | FailedRun):
        if message.startswith(_TOLD_AGAIN):
            return False
        record.msg = message.replace(repr(error), str(error))
        record.args = ()
        record.exc_info = None
        record.exc_text = None
    return True
