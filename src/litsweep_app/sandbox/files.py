"""Find the files of the data folders and read them as UTF-8 XML, judging by content alone.

What cannot be used comes back as `Skipped` with a reason for people; nothing here raises for
the sake of one bad file.
"""

import codecs
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from litsweep.errors import UsageError

_GZIP_MAGIC: Final = b"\x1f\x8b"
_SLICE: Final = 65_536
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_NBIB: Final = re.compile(rb"\s*PMID- ?\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file as UTF-8; ``note`` says what had to be done to read it, if anything."""

    name: str
    content: bytes
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that gives nothing, and why."""

    name: str
    reason: str


def find_files(data_dirs: Sequence[Path]) -> list[tuple[str, Path]]:
    """List every file below the folders, sorted, with the name it goes by in messages.

    Raises:
        UsageError: a folder does not exist.
    """
    found = []
    for data_dir in data_dirs:
        if data_dir.is_file():
            found.append((data_dir.name, data_dir))
            continue
        if not data_dir.is_dir():
            raise UsageError(f"There is no folder {data_dir} to serve. Correct --data.")
        paths = sorted(path for path in data_dir.rglob("*") if path.is_file())
        found.extend((str(path.relative_to(data_dir)), path) for path in paths)
    return found


def read_sources(data_dirs: Sequence[Path]) -> Iterator[Source | Skipped]:
    """Read the files one after the other, so that only one is in memory at a time."""
    for name, path in find_files(data_dirs):
        try:
            content = path.read_bytes()
        except OSError as error:
            yield Skipped(name=name, reason=f"cannot be read ({error.strerror})")
            continue
        yield read_source(name, content)


def read_source(name: str, content: bytes) -> Source | Skipped:
    """Unpack, recode to UTF-8 and judge one file's content."""
    note = None
    if content.startswith(_GZIP_MAGIC):
        content, is_whole = _unpack(content)
        note = None if is_whole else "the gzip data is broken; read up to the break"
    if not content or content.isspace():
        return Skipped(name=name, reason=note or "empty")
    recoded = _recode(content)
    if recoded is None:
        return Skipped(name=name, reason="declares an encoding that is not known")
    reason = _why_not(recoded)
    if reason:
        return Skipped(name=name, reason=reason)
    return Source(name=name, content=recoded, note=note)


def _unpack(packed: bytes) -> tuple[bytes, bool]:
    """Return what can be unpacked, and whether that is all of it."""
    unpacked = io.BytesIO()  # its value is handed out without a second copy in memory
    while packed.startswith(_GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=31)  # 31: a gzip member, header and all
        try:
            # In slices, so that what stands before a damaged block is not lost with it.
            for start in range(0, len(packed), _SLICE):
                unpacked.write(unpacker.decompress(packed[start : start + _SLICE]))
                if unpacker.eof:
                    break
        except zlib.error:
            return unpacked.getvalue(), False
        if not unpacker.eof:
            return unpacked.getvalue(), False
        packed = unpacker.unused_data + packed[start + _SLICE :]
    return unpacked.getvalue(), True


def _recode(content: bytes) -> bytes | None:
    """Return the content as UTF-8; bytes that claim to be UTF-8 are left as they are."""
    if content.startswith(codecs.BOM_UTF8):
        return content.removeprefix(codecs.BOM_UTF8)
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    declared = _DECLARED.match(content[:1024].lstrip())
    encoding = marked or (declared[1].decode() if declared else "utf-8")
    # A declaration that can be read byte by byte is not in UTF-16, whatever it says of itself.
    if marked is None and encoding.lower().startswith(("utf-16", "utf-32", "ucs")):
        encoding = "utf-8"
    try:
        if codecs.lookup(encoding).name in {"utf-8", "ascii"}:
            return content
        return content.decode(encoding, errors="replace").encode()
    except (LookupError, UnicodeError):
        return None


def _why_not(content: bytes) -> str | None:
    start = content[:4096].lstrip()
    if _NBIB.match(start):
        return "MEDLINE/NBIB text: only XML can be served"
    if not start.startswith(b"<"):
        return "not XML"
    if re.match(rb"(?:<!DOCTYPE\s+html|<html[\s>])", start, re.IGNORECASE):
        return "an HTML page"
    return None


def declares_entities(prolog: bytes) -> bool:
    """Tell whether the file defines entities of its own, which are never expanded here."""
    return b"<!ENTITY" in _COMMENT.sub(b"", prolog)
