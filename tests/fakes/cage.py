"""Runs what may go wrong in a process of its own, under limits, and tells what became of it.

The process imports everything once and forks for every case, so that a case costs only what it
does. Each fork may use a given CPU time and address space; how much memory it really held
is measured, the interpreter and its libraries included. `tests/fakes/readers.py` names what
can be run.

As a script (how `Cage` starts it) it reads requests from its input, one pickle each.
"""

import os
import pickle
import resource
import signal
import struct
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

MOST_CPU_SECONDS: Final = 3
"""Three times what is allowed: other work on the machine makes a second of CPU longer."""
MOST_BYTES: Final = 200 * 1024 * 1024
_ADDRESS_SPACE: Final = 3 * 1024 * 1024 * 1024
_WALL_SECONDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``verdict`` is ``stored``, ``refused``, ``crashed`` or ``hung``.

    ``value`` is what the reader returned, the message of our own error, or what went wrong.
    """

    verdict: str
    value: Any
    cpu_seconds: float = 0.0
    n_bytes: int = 0


class Cage:
    """A process to run readers in; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "input"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=folder,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(timeout=60)
        self._process.stdout.close()  # type: ignore[union-attr]

    def run(
        self, reader: str, data: bytes, *, cpu_seconds: int = MOST_CPU_SECONDS, wall: float = 0
    ) -> Outcome:
        """Run ``reader`` on ``data`` and return what became of it."""
        self._file.write_bytes(data)
        request = (reader, str(self._file), cpu_seconds, wall or _WALL_SECONDS)
        assert self._process.stdin
        assert self._process.stdout
        _write(self._process.stdin, pickle.dumps(request))
        outcome: Outcome = pickle.loads(_read(self._process.stdout))
        return outcome


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(struct.pack(">Q", len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes:
    (length,) = struct.unpack(">Q", stream.read(8))
    return stream.read(length)


def _serve(readers: dict[str, Any]) -> None:
    while header := sys.stdin.buffer.read(8):
        (length,) = struct.unpack(">Q", header)
        name, path, cpu_seconds, wall = pickle.loads(sys.stdin.buffer.read(length))
        # Passed on unread: what the forks hold must not grow with what earlier ones returned.
        _write(sys.stdout.buffer, _in_fork(readers[name], path, cpu_seconds, wall))


def _in_fork(reader: Any, path: str, cpu_seconds: int, wall: float) -> bytes:
    answer_file = f"{path}.answer"
    Path(answer_file).unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        try:
            _limit(cpu_seconds)
            Path(answer_file).write_bytes(pickle.dumps(_run(reader, path)))
        finally:
            os._exit(0)
    status = _wait(pid, wall)
    if status is None:
        return _failed("hung", f"no end after {wall} s")
    if os.WIFSIGNALED(status):
        return _failed("crashed", f"killed by {signal.Signals(os.WTERMSIG(status)).name}")
    if not Path(answer_file).exists():
        return _failed("crashed", "ended without an answer")
    return Path(answer_file).read_bytes()


def _failed(verdict: str, value: str) -> bytes:
    return pickle.dumps(Outcome(verdict=verdict, value=value))


def _limit(cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run(reader: Any, path: str) -> Outcome:
    from litsweep.errors import LitsweepError

    data = Path(path).read_bytes()
    cpu = time.process_time()
    verdict = "stored"
    try:
        value = reader(data)
    except LitsweepError as error:
        verdict, value = "refused", f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001  whatever it is, it is the result
        verdict, value = "crashed", traceback.format_exc()[-2000:]
    return Outcome(
        verdict=verdict,
        value=value,
        cpu_seconds=time.process_time() - cpu,
        n_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _wait(pid: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


if __name__ == "__main__":
    from tests.fakes.cage import _serve as serve  # under the name by which it is unpickled
    from tests.fakes.readers import READERS

    serve(READERS)
