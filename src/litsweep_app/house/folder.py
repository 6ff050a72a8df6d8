"""The folder of a house: private, locked by the one house that stands in it, with its password."""

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from litsweep.errors import OrchestrationError, UsageError
from litsweep_app.house.options import LOOPBACK, HouseOptions
from litsweep_app.house.tethered import END_S, FLOW_RUNS_S
from litsweep_app.server_template import copy_template

_USER: Final = "litsweep"
_LAST_HOUSE_S: Final = FLOW_RUNS_S + 3 * END_S
_POLL_S: Final = 0.2


def prepare_folder(options: HouseOptions) -> None:
    """Make the folders, readable by their owner alone.

    Raises:
        UsageError: they cannot be made or written.
    """
    try:
        for folder in (
            options.folder,
            options.server_home,
            options.worker_home,
            options.log_folder,
        ):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        options.folder.chmod(0o700)
    except OSError as error:
        raise UsageError(
            f"The folder {options.folder} cannot be used ({error.strerror}): choose another "
            "--folder."
        ) from error


def prepare_server_database(options: HouseOptions) -> None:
    """Start a new house from the kept template, where Prefect's database is one of its files."""
    if options.prefect_database_url is None and not options.server_database.exists():
        copy_template(options.server_database)
        if options.server_database.exists():
            options.server_database.chmod(0o600)


def read_or_make_auth(options: HouseOptions) -> str | None:
    """Return ``USER:PASSWORD`` of the server, made at the first time; None without ``--auth``."""
    if not options.has_auth:
        return None
    path = options.password_file
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(handle, f"{_USER}:{secrets.token_urlsafe(24)}\n".encode())
            os.close(handle)
        path.chmod(0o600)
        auth = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The password in {path} cannot be read or made ({error}).") from error
    user, _, password = auth.partition(":")
    if not user or not password:
        raise UsageError(f"{path} should hold USER:PASSWORD. Delete it, and a new one is made.")
    return auth


@contextmanager
def locked(options: HouseOptions, announce: Callable[[str], None]) -> Iterator[int]:
    """Hold the folder while the block lasts; yields the lock, which each process must inherit.

    A lock is the system's, and goes with the last process that holds it: a house that was killed
    leaves none behind once its processes have ended.

    Raises:
        UsageError: a house stands in the folder.
        OrchestrationError: the processes of one that was killed do not end.
    """
    handle = os.open(options.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, options, announce)
        _write(handle, {"pid": os.getpid(), "server": options.server_url})
        yield handle
    finally:
        os.close(handle)


def _take(handle: int, options: HouseOptions, announce: Callable[[str], None]) -> None:
    deadline = time.monotonic() + _LAST_HOUSE_S
    is_announced = False
    while not _try(handle):
        holder = _read(options.lock_file)
        if _lives(holder.get("pid")):
            raise UsageError(
                f"A house stands in {options.folder} already: process {holder['pid']}, "
                f"{holder.get('server')}. Stop it (kill {holder['pid']}), or choose another "
                "--folder."
            )
        if time.monotonic() > deadline:
            raise OrchestrationError(
                f"Processes of a house that was killed still use {options.folder}. End them: "
                f"fuser {options.lock_file} names them."
            )
        if not is_announced:
            announce("The last house in this folder was killed; waiting for its processes to end …")
            is_announced = True
        time.sleep(_POLL_S)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(handle: int, content: dict[str, object]) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(content).encode(), 0)


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _lives(pid: object) -> bool:
    if not isinstance(pid, int):
        return True  # it has the lock, and has not written yet
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_free_ports(options: HouseOptions) -> None:
    """Look whether the house can listen where it is told to.

    Raises:
        UsageError: a port is taken, or the address is none of this machine's.
    """
    _require_free(options.host, options.port, "--port")
    _require_free(LOOPBACK, options.health_port, "--health-port")
    if options.has_desk:
        _require_free(LOOPBACK, options.desk_port, "--desk-port")


def _require_free(host: str, port: int, option: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise UsageError(
            f"Port {port} of {host} cannot be used ({error.strerror}): another program may listen "
            f"there. Choose another one with {option}."
        ) from error
