"""Sends a file while it is written, under a name that is harmless everywhere."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import IO, Final

from starlette.responses import Response, StreamingResponse

from litsweep_app.web.growing_file import GrowingFile
from litsweep_app.web.visit import Visit

_PATIENCE_S: Final = 5.0
"""A file that is whole by then is sent with its size; another one as it grows."""
_LONGEST_NAME: Final = 60


def send_file(
    visit: Visit,
    write: Callable[[GrowingFile, IO[bytes]], None],
    *,
    name: str,
    media_type: str,
    is_seekable: bool,
) -> Response:
    """Send what ``write`` writes; what fails before anything is sent is a page.

    Raises:
        LitsweepError: the writing failed, or too many files are being written.
    """
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    if visit.request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    growing = GrowingFile(write, is_seekable=is_seekable)
    size = growing.wait(_PATIENCE_S)
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingResponse(growing.iter_pieces(), headers=headers, media_type=media_type)


def name_file(called: str, suffix: str, now: datetime) -> str:
    """Return a name of letters, digits, hyphens and dots, with the day."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", called)[:_LONGEST_NAME].strip("-").lower()
    return f"litsweep-{plain or 'records'}-{now:%Y-%m-%d}{suffix}"
