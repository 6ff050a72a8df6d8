"""Lines of tagged text (NBIB, RIS) from a stream, in whatever encoding and with whatever ends.

What a tag means is the business of ``nbib`` and ``ris``.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import IO, Final

from litsweep.domain.records import Author, RecordFailure
from litsweep.errors import MalformedReply
from litsweep.parsing.text import collapse

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
# PostgreSQL has no NUL in text.
_UNSTORABLE: Final = {0: "\ufffd"}
# The longest real entries, with thousands of authors, have some 100 KB.
_MAX_CHARACTERS: Final = 16 << 20


def iter_lines(stream: IO[bytes]) -> Iterator[str]:
    """Iterate over the lines with their ends, which may be LF, CR or both.

    A byte that is no UTF-8 becomes a lone surrogate, so that ``to_bytes`` can give it back.
    UTF-16 is told by its byte order mark, or by its NULs.

    Raises:
        MalformedReply: there is a line of more than 16 million characters.
    """
    buffered = io.BufferedReader(_Raw(stream))
    encoding = guess_encoding(buffered.peek(4))
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    reader = io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="")
    while line := reader.readline(_MAX_CHARACTERS):
        refuse_size(len(line))
        yield line


def guess_encoding(head: bytes) -> str:
    """Tell UTF-16 from everything that has ASCII's letters, which is taken for UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if len(head) >= 2 and head[0] and not head[1]:
        return "utf-16-le"
    if len(head) >= 2 and head[1] and not head[0]:
        return "utf-16-be"
    return "utf-8-sig"


def to_bytes(lines: Sequence[str]) -> bytes:
    """Return the bytes of lines that ``iter_lines`` gave."""
    return "".join(lines).encode("utf-8", "surrogateescape")


def split_lines(raw: bytes) -> list[str]:
    """Return the lines of one entry without their ends: UTF-8, else Windows-1252 or Latin-1."""
    return _LINE_END.split(_decode(raw))


def clean(text: str) -> str:
    """Return ``text`` with single blanks, without what a database cannot hold."""
    return collapse(text.translate(_UNSTORABLE))


def refuse_size(n_characters: int) -> None:
    """Refuse what cannot be an entry, before it fills the memory.

    Raises:
        MalformedReply: there are more than 16 million characters.
    """
    if n_characters >= _MAX_CHARACTERS:
        raise MalformedReply("An entry has more than 16 million characters; no real one has.")


def build_failure(pmid: int | None, reason: str, raw: bytes) -> RecordFailure:
    """Return an entry that could not be read, with its bytes."""
    return RecordFailure(pmid=pmid, reason=f"The entry is unreadable: {reason}", raw_xml=raw)


def build_author(name: str, initials: str | None = None) -> Author:
    """Read a name as exports write it: ``Smith, John A.``, ``Smith, J, Jr``, or as one piece."""
    last_name, *others = [part.strip() for part in name.split(",")]
    fore_name = others[0] if others else ""
    return Author(
        last_name=last_name or fore_name or None,
        fore_name=(fore_name if last_name else "") or None,
        initials=initials or "".join(re.findall(r"\b\w", fore_name)) or None,
        suffix=others[1] if len(others) > 1 and others[1] else None,
        collective_name=None,
        orcid=None,
        affiliations=(),
    )


def build_collective(name: str) -> Author:
    """Return a group as an author."""
    return Author(
        last_name=None,
        fore_name=None,
        initials=None,
        suffix=None,
        collective_name=name,
        orcid=None,
        affiliations=(),
    )


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


class _Raw(io.RawIOBase):
    """A stream for reading that is not closed with the reader on top of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read up to the buffer's length."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
