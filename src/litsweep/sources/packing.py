"""Unpacking replies that come compressed, a piece at a time.

httpx unpacks each chunk whole, by which 64 KiB from the network become 64 MiB, and without end
where a reply is packed twice. How much is too much is for the caller to say.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

_PIECE_BYTES: Final = 1024 * 1024
_GZIP: Final = 31  # zlib's name for gzip's header and checksum around the data


def unpack(encoding: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what ``chunks`` hold, at most 1 MiB a time; ``encoding`` is ``Content-Encoding``.

    Raises:
        zlib.error: packed as was not asked for, broken, cut, or with something behind its end.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from chunks
        case "gzip" | "x-gzip":
            yield from _unpack_gzip(chunks)
        case other:
            raise zlib.error(f"it is packed as {other[:40]!r}, which was not asked for")


def _unpack_gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack one member; empty where there are no chunks."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    is_begun = False
    for chunk in chunks:
        left, piece = chunk, b""
        while left or len(piece) == _PIECE_BYTES:
            if unpacker.eof:
                raise zlib.error("something follows the end of the packed data")
            is_begun = True
            piece = unpacker.decompress(left, _PIECE_BYTES)
            left = unpacker.unconsumed_tail or unpacker.unused_data
            yield piece
    if is_begun and not unpacker.eof:
        raise zlib.error("the packed data are cut")
