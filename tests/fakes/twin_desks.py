"""Desks that differ in one thing alone: whatever differs in their answers tells of it."""

import re
from typing import Final

from starlette.testclient import TestClient

# What differs between two sessions and two moments: tokens, seals, numbers of sessions, times.
_CHANGING: Final = re.compile(
    rb'name="(?:csrf|seal)" value="[^"]*"|data-(?:csrf|seal)="[^"]*"|/account/sessions/\w+/'
    rb"|(?:20\d\d-\d\d-\d\d[T ])?\d\d:\d\d(?::\d\d)?(?:\.\d+)?"
)
# Nobody can reckon with the length of an answer whose tokens and times have none that is fixed.
_TELLING: Final = ("content-type", "content-disposition", "etag", "last-modified", "location")


def read_constant(client: TestClient, address: str) -> bytes:
    """Return an answer with status, address and telling headers, without what always changes."""
    answer = client.get(address)
    assert answer.status_code < 500, address
    headers = {name: answer.headers[name] for name in _TELLING if name in answer.headers}
    begins = f"{answer.status_code} {answer.url.raw_path!r} {headers}\n"
    return begins.encode() + _CHANGING.sub(b"", answer.content)


def first_difference(*found: bytes) -> str:
    """Return the first lines that differ, for a message."""
    lines = [one.decode(errors="replace").splitlines() for one in found]
    for together in zip(*lines, strict=False):
        if len(set(together)) > 1:
            return " | ".join(one.strip()[:200] for one in together)
    return "one is longer"
