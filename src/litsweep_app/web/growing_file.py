"""A file that one thread writes as fast as it can, and that is sent while it grows.

The reading of the database does not wait for a slow connection so, and memory does not grow with
the file: what is written lies on the disk, in a file without a name that ends with the process.
What fails while it is written fails the sending too, which is broken off and never ended: half
a file does not look like a whole one.
"""

import errno
import io
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import IO, Final, TypeVar, cast

from starlette.concurrency import run_in_threadpool

from litsweep.errors import DatabaseBusy, StorageFull

MOST_AT_ONCE: Final = 4
"""Files that are written at the same time by one desk."""

_PIECE: Final = 256 * 1024
_LOOK_S: Final = 1.0
_SLOTS: Final = threading.BoundedSemaphore(MOST_AT_ONCE)
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_Item = TypeVar("_Item")


class Abandoned(Exception):
    """Nobody reads the file any more; it ends the thread that writes it and is not seen."""


class GrowingFile:
    """A file that ``write`` writes, given a stream; begun at once, in a thread of its own.

    ``is_seekable`` is for formats that are not written from the beginning to the end: of these
    nothing is sent before they are whole.
    """

    def __init__(
        self, write: Callable[["GrowingFile", IO[bytes]], None], *, is_seekable: bool
    ) -> None:
        """Begin to write.

        Raises:
            DatabaseBusy: as many as may be are being written.
        """
        if not _SLOTS.acquire(blocking=False):
            raise DatabaseBusy(
                f"{MOST_AT_ONCE} files are being written for others already; wait for a moment, "
                "and ask again."
            )
        self._write = write
        self._is_seekable = is_seekable
        self._file = tempfile.TemporaryFile(prefix="litsweep-export-")  # noqa: SIM115
        self._changed = threading.Condition()
        self._n_bytes = 0
        self._error: BaseException | None = None
        self._is_done = False
        self._is_abandoned = False
        threading.Thread(target=self._run, name="export", daemon=True).start()

    def wait(self, seconds: float) -> int | None:
        """Wait until it is whole or that time has passed; return its size, or None.

        Raises:
            LitsweepError: the writing failed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_done, seconds)
            if self._error is not None:
                self._file.close()
                raise self._error
            return self._n_bytes if self._is_done else None

    async def iter_pieces(self) -> AsyncIterator[bytes]:
        """Iterate over what is written, waiting for it; an error of the writing is raised here."""
        place = 0
        try:
            # Each look is short: who has gone away is noticed between two of them.
            while (piece := await run_in_threadpool(self._read, place)) != b"":
                if piece is not None:
                    yield piece
                    place += len(piece)
        finally:
            self._abandon()

    def while_wanted(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """Pass items on as long as somebody reads the file.

        Raises:
            Abandoned: nobody does.
        """
        for item in items:
            if self._is_abandoned:
                raise Abandoned
            yield item

    def _run(self) -> None:
        try:
            if self._is_seekable:
                self._write(self, cast("IO[bytes]", self._file))
                self._file.flush()
            else:
                with io.BufferedWriter(_Written(self), _PIECE) as stream:
                    self._write(self, cast("IO[bytes]", stream))
        except OSError as error:
            self._end(_translate(error))
        except BaseException as error:  # noqa: BLE001 - given to whoever reads
            self._end(error)
        else:
            self._end(None)
        finally:
            _SLOTS.release()

    def _end(self, error: BaseException | None) -> None:
        with self._changed:
            if error is None and self._is_seekable:
                self._n_bytes = os.fstat(self._file.fileno()).st_size
            self._error, self._is_done = error, True
            self._changed.notify_all()
            if self._is_abandoned:
                self._file.close()

    def _append(self, data: bytes) -> None:
        os.pwrite(self._file.fileno(), data, self._n_bytes)
        with self._changed:
            self._n_bytes += len(data)
            self._changed.notify_all()

    def _read(self, place: int) -> bytes | None:
        """Return what follows on ``place``, empty at the end, None where nothing is there yet."""
        with self._changed:
            has_more = self._changed.wait_for(
                lambda: self._is_done or (not self._is_seekable and self._n_bytes > place), _LOOK_S
            )
            if self._error is not None:
                raise self._error
            if not has_more:
                return None
        return os.pread(self._file.fileno(), _PIECE, place)

    def _abandon(self) -> None:
        with self._changed:
            self._is_abandoned = True
            if self._is_done:
                self._file.close()


class _Written(io.RawIOBase):
    """The stream that a text format is written to."""

    def __init__(self, growing: GrowingFile) -> None:
        self._growing = growing

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._growing._append(bytes(data))
        return len(data)


def _translate(error: OSError) -> BaseException:
    if error.errno not in _NO_ROOM:
        return error
    found = StorageFull("There is no room to write the file in; a smaller selection may fit.")
    found.__cause__ = error
    return found
