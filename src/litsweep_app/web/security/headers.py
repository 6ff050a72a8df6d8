"""The headers of every answer: what a browser may do with it, and who may keep it."""

from collections.abc import Iterable, Iterator
from typing import Final

# 'self' alone, without 'unsafe-…' and hashes: what a title smuggles past the escaping is inert.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# same-origin, since with no-referrer Chromium sends `Origin: null` with a form of our own.
_ALWAYS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
)
_DEFAULTS: Final = ((b"cache-control", b"no-store"),)
_HTTPS: Final = (b"strict-transport-security", b"max-age=31536000")

Header = tuple[bytes, bytes]


def with_safety(headers: Iterable[Header], *, is_https: bool) -> list[Header]:
    """Return an answer's headers with ours: these cannot be replaced, but how long to keep it."""
    given = list(headers)
    ours = dict(_ALWAYS)
    kept = [(name, value) for name, value in given if name.lower() not in ours]
    return [*kept, *_missing(given), *_ALWAYS, *([_HTTPS] if is_https else [])]


def _missing(given: list[Header]) -> Iterator[Header]:
    names = {name.lower() for name, _ in given}
    return (header for header in _DEFAULTS if header[0] not in names)
