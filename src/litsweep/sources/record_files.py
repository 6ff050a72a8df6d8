"""Files of records on this machine: finding them, their order, their checksums, opening them.

What is in them is the business of ``litsweep.parsing``.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from litsweep.errors import FileRefused, UsageError

# ncbi.md 5; until 2017 NLM named them medline17n0812.xml.gz.
_NUMBERED: Final = re.compile(r"(?:pubmed|medline)(\d\d)n(\d{4,5})\.xml(?:\.gz)?")
_MD5_OF_NLM: Final = re.compile(r"MD5\s*\([^)]*\)\s*=\s*([0-9a-f]{32})\s*", re.IGNORECASE)
_MD5_OF_MD5SUM: Final = re.compile(r"\\?([0-9a-f]{32})(?:\s.*)?", re.IGNORECASE | re.DOTALL)
_GZIP: Final = b"\x1f\x8b"
_N_BYTES_READ: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile:
    """A file to be loaded; ``is_named`` is False where it was found in a folder that was named."""

    path: Path
    is_named: bool

    @property
    def year(self) -> int | None:
        """Year of the baseline that a numbered file belongs to: 26 of pubmed26n1335.xml.gz."""
        match = _NUMBERED.fullmatch(self.path.name)
        return int(match[1]) if match else None

    @property
    def number(self) -> int | None:
        """Number of a baseline or update file: 1335 of pubmed26n1335.xml.gz."""
        match = _NUMBERED.fullmatch(self.path.name)
        return int(match[2]) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Hashes of a file's bytes, in hexadecimal."""

    sha256: str
    md5: str


def list_files(given: Sequence[str]) -> list[RecordFile]:
    """Return the files that names, folders and wild cards mean, each once.

    Baseline and update files come first, in the order of their numbers; the others follow as
    they were given, a folder's in the order of their names. Folders are not searched deeper;
    checksum files and hidden ones in them are no records.

    Raises:
        UsageError: there is no such file, or none in the folder.
    """
    found: dict[Path, RecordFile] = {}
    for one in given:
        for file in _expand(one):
            found.setdefault(file.path.resolve(), file)
    return sorted(found.values(), key=_order)


def hash_file(path: Path) -> Digests:
    """Hash the file as it lies there.

    Raises:
        FileRefused: it cannot be read.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while piece := file.read(_N_BYTES_READ):
                sha256.update(piece)
                md5.update(piece)
    except OSError as error:
        raise FileRefused(f"{path} cannot be read ({error.strerror}).") from error
    return Digests(sha256=sha256.hexdigest(), md5=md5.hexdigest())


def find_md5(path: Path) -> str | None:
    """Return what the ``.md5`` file beside ``path`` says, in NLM's form or md5sum's, or None.

    Raises:
        FileRefused: that file says something else.
    """
    beside = path.with_name(f"{path.name}.md5")
    if not beside.is_file():
        return None
    text = beside.read_text("utf-8", "replace").strip()
    match = _MD5_OF_NLM.fullmatch(text) or _MD5_OF_MD5SUM.fullmatch(text)
    if match is None:
        raise FileRefused(
            f"{path.name} was not loaded: {beside.name} beside it holds no MD5 checksum. "
            "Get that file again, or remove it."
        )
    return match[1].lower()


def check_md5(path: Path, digests: Digests) -> None:
    """Hold the file's MD5 against the ``.md5`` file beside it, if there is one.

    Raises:
        FileRefused: they differ, or the checksum is illegible.
    """
    wanted = find_md5(path)
    if wanted not in (None, digests.md5):
        raise FileRefused(
            f"{path.name} was not loaded: its MD5 is {digests.md5}, and {path.name}.md5 says "
            f"{wanted}. Its transfer was cut, or it was published again: get both files again."
        )


def read_head(path: Path, n_bytes: int) -> bytes:
    """Return the first bytes, unpacked; what can be had of them where the file is damaged."""
    head = b""
    with suppress(FileRefused), open_stream(path) as (stream, _):
        while len(head) < n_bytes and (piece := stream.read(n_bytes - len(head))):
            head += piece
    return head


@contextmanager
def open_stream(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    """Open the file, unpacked if it is gzip; also give how many of its own bytes were read.

    Raises:
        FileRefused: it cannot be read, is damaged, or was cut; also while it is being read.
    """
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == _GZIP
            raw.seek(0)
            yield cast("IO[bytes]", _Unpacked(raw)) if is_packed else raw, raw.tell
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileRefused(
            f"{path.name} is cut or damaged ({error}). What came whole of it is stored: get the "
            "file again and load it."
        ) from error
    except OSError as error:
        raise FileRefused(f"{path} cannot be read ({error.strerror or error}).") from error


class _Unpacked:
    """A gzip file that gives all that came whole before it tells that the rest did not."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._gzip = gzip.GzipFile(fileobj=raw)
        self._fault: Exception | None = None

    def read(self, n_bytes: int) -> bytes:
        """Return ``n_bytes``, or what is left; then raise what is wrong, if anything."""
        if self._fault is not None:
            raise self._fault
        pieces: list[bytes] = []
        try:
            while n_bytes > 0 and (piece := self._gzip.read1(n_bytes)):
                pieces.append(piece)
                n_bytes -= len(piece)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._fault = error
            if not pieces:
                raise
        return b"".join(pieces)


def _expand(given: str) -> list[RecordFile]:
    path = Path(given).expanduser()
    if path.is_dir():
        inside = sorted(one for one in path.iterdir() if one.is_file() and _is_candidate(one))
        if not inside:
            raise UsageError(f"There is no file in the folder {given}.")
        return [RecordFile(path=one, is_named=False) for one in inside]
    if path.exists():
        return [RecordFile(path=path, is_named=True)]
    pattern = str(path.relative_to(path.anchor))
    matching = sorted(Path(path.anchor).glob(pattern)) if set(given) & set("*?[") else []
    if not matching:
        raise UsageError(f"There is no file {given}.")
    return [file for one in matching if _is_candidate(one) for file in _expand(str(one))]


def _is_candidate(path: Path) -> bool:
    return path.suffix != ".md5" and not path.name.startswith(".")


def _order(file: RecordFile) -> tuple[int, int, int]:
    # Sorting is stable: files without a number stay as they were given.
    if file.year is None or file.number is None:
        return 1, 0, 0
    return 0, file.year, file.number
