"""Something to read and somewhere to call: what a safe reader leaves alone."""

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

SECRET: Final = "the canary's song"


class Traps:
    """A file, a pipe and a port on this machine; a context manager.

    Reading the file shows its text. Opening the pipe hangs, since nothing is at its other
    end, so that a reader cannot even open it unseen. ``callers`` counts connections.
    """

    def __init__(self, folder: Path) -> None:
        self.callers = 0
        self._file = folder / "canary.txt"
        self._file.write_text(SECRET)
        self._pipe = folder / "pipe.dtd"
        os.mkfifo(self._pipe)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Wakes the listening thread, which closing alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._listener.close()

    @property
    def addresses(self) -> dict[str, str]:
        """How a document may name them, by kind."""
        return {
            "file": self._file.as_uri(),
            "path": str(self._file),
            "pipe": str(self._pipe),
            "http": f"http://127.0.0.1:{self._listener.getsockname()[1]}/evil.dtd",
        }

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.callers += 1
            connection.close()
