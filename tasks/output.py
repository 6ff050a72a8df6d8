"""What a flow run prints may go nowhere: its worker, which reads it, may have been killed.

A process worker reads the output of its flow runs through pipes. Without it, the next line that
Prefect logs to the console would end the run (rich answers a broken pipe with SystemExit), which
else goes on and completes: its state and logs reach the server without the worker.
"""

import logging
import sys
from typing import IO, Final, cast

from prefect import runtime
from prefect.logging.handlers import PrefectConsoleHandler

_STREAMS: Final = ("stdout", "stderr")


class LastingStream:
    """A text stream that drops what nobody reads any more; else it is the one it wraps."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, if there is a reader."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            return len(text)

    def flush(self) -> None:
        """Flush, if there is a reader."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            return


def outlive_the_worker() -> None:
    """Let this process go on without a reader of its output, if it was started for a flow run."""
    if runtime.flow_run.id is None:
        return
    for name in _STREAMS:
        setattr(sys, name, _lasting(getattr(sys, name)))
    # Prefect set up its logging before it loaded the flow, with the streams as they were.
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler, PrefectConsoleHandler):
                handler.console.file = _lasting(handler.console.file)


def _lasting(stream: IO[str]) -> IO[str]:
    return cast(IO[str], stream if isinstance(stream, LastingStream) else LastingStream(stream))
