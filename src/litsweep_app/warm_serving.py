"""Runs a warm worker until the process is told to end."""

import asyncio
import os
from typing import Final

from prefect.settings import PREFECT_WORKER_QUERY_SECONDS, temporary_settings
from prefect.utilities.processutils import setup_signal_handlers_worker

from litsweep_app.cli.console import say
from litsweep_app.warm_worker import TYPE, WarmWorker

# A person waits for the reading. A question costs the server 10 ms.
_POLL_SECONDS: Final = 1.0


def serve(*, pool: str, limit: int, name: str | None) -> None:
    """Run what is asked of ``pool``, at most ``limit`` at a time; return when told to end.

    Raises:
        SystemExit: the GPU is lost.
    """
    with temporary_settings({PREFECT_WORKER_QUERY_SECONDS: _POLL_SECONDS}):
        asyncio.run(_serve(pool, limit, name))


async def _serve(pool: str, limit: int, name: str | None) -> None:
    # The first SIGTERM or Ctrl-C ends it in order, the second one kills it, as Prefect's workers.
    setup_signal_handlers_worker(os.getpid(), f"the {TYPE} worker", say)
    worker = WarmWorker(work_pool_name=pool, limit=limit, name=name)
    try:
        await worker.start(printer=say)
    except asyncio.CancelledError:
        say(f"The worker {worker.name!r} has stopped.")
