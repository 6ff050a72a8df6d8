"""Runs a warm worker until the process is told to end."""

import asyncio
import signal
from functools import partial
from typing import Any, Final

from prefect.settings import PREFECT_WORKER_QUERY_SECONDS, temporary_settings

from litsweep_app.cli.console import say
from litsweep_app.warm_worker import WarmWorker

# A person waits for the reading. A question costs the server 10 ms.
_POLL_SECONDS: Final = 1.0
_ORDERS: Final = (signal.SIGINT, signal.SIGTERM)


def serve(*, pool: str, limit: int, name: str | None) -> None:
    """Run what is asked of ``pool``, at most ``limit`` at a time; return when told to end.

    Raises:
        SystemExit: the GPU is lost.
    """
    with temporary_settings({PREFECT_WORKER_QUERY_SECONDS: _POLL_SECONDS}):
        asyncio.run(_serve(WarmWorker(work_pool_name=pool, limit=limit, name=name)))


async def _serve(worker: WarmWorker) -> None:
    loop, work = asyncio.get_running_loop(), asyncio.current_task()
    for order in _ORDERS:
        # Not Prefect's handlers: theirs go by SIGINT, which a job in a shell's background ignores.
        loop.add_signal_handler(order, partial(_end, loop, work))
    try:
        await worker.start(printer=say)
    except asyncio.CancelledError:
        say(f"The worker {worker.name!r} has stopped.")


def _end(loop: asyncio.AbstractEventLoop, work: asyncio.Task[Any] | None) -> None:
    say("Ending after the batch that is under way; another signal ends it at once.")
    for order in _ORDERS:
        loop.remove_signal_handler(order)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # removed, it would be Python's KeyboardInterrupt
    if work is not None:
        work.cancel()
