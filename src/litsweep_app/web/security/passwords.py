"""Passwords: what may be one, and their hashes by argon2id.

The parameters are the second recommendation of RFC 9106, section 4 (64 MiB, three passes, four
lanes), the default of argon2-cffi; they are above the least of OWASP's Password Storage Cheat
Sheet (19 MiB, two passes). A hash of other parameters is made anew when its person signs in.
"""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from starlette.exceptions import HTTPException

from litsweep.errors import UsageError

SHORTEST: Final = 12
_MOST_BYTES: Final = 1_024
_FEWEST_DIFFERENT: Final = 5
_FEWEST_OWN: Final = 5  # beside the person's name and the program's
# Guessed first, of those long enough. NIST SP 800-63B 3.1.1.2 asks for a comparison with such.
_GUESSED: Final = frozenset(
    {
        *("123456789012", "1234567890123", "qwertyuiop12", "qwertyuiop[]", "qwerty123456"),
        *("1q2w3e4r5t6y", "1qaz2wsx3edc", "password1234", "password12345", "passwordpassword"),
        *("password123456", "letmeinletmein", "iloveyou1234", "administrator"),
        *("correcthorsebatterystaple", "changemechangeme"),
    }
)
# Each hash takes 64 MiB and a core: more at once, and signing in would stop everything else.
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 8

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_working: Final = threading.BoundedSemaphore(_AT_ONCE)
_queued: Final = threading.BoundedSemaphore(_AT_ONCE + _MOST_WAITING)


def check_password(password: str, *, name: str) -> None:
    """Refuse what should not be a password; there are no rules of composition.

    Raises:
        UsageError: it is too short or long, or among what is guessed first.
    """
    text = _normalise(password)
    if len(text) < SHORTEST:
        raise UsageError(f"A password has at least {SHORTEST} characters; a sentence is good.")
    if len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        raise UsageError(f"A password has at most {_MOST_BYTES:,} bytes.")
    folded = text.casefold().replace(" ", "")
    plain = name.casefold().replace(" ", "")
    own = folded.replace(plain, "").replace("litsweep", "")
    is_known = folded in _GUESSED or len(own) < _FEWEST_OWN
    if is_known or len(set(folded)) < _FEWEST_DIFFERENT:
        raise UsageError("This password is among the first to be guessed: choose another.")


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its salt and parameters; takes 0.1 s.

    Raises:
        HTTPException: 503 too many are signing in at once.
    """
    with _turn():
        return _HASHER.hash(_as_bytes(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one of a hash; None, nobody's, takes as long and is not.

    Raises:
        HTTPException: 503 too many are signing in at once.
    """
    with _turn():
        try:
            _HASHER.verify(password_hash or _nobodys(), _as_bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")


@contextmanager
def _turn() -> Iterator[None]:
    if not _queued.acquire(blocking=False):
        raise HTTPException(
            503,
            "Too many people are signing in just now: try again in a minute.",
            headers={"Retry-After": "60"},
        )
    try:
        with _working:
            yield
    finally:
        _queued.release()


def _as_bytes(password: str) -> bytes:
    data = _normalise(password).encode("utf-8", "surrogatepass")
    # One that is longer cannot be anybody's, and is no reason to hash a book.
    return data if len(data) <= _MOST_BYTES else data[: _MOST_BYTES + 1]


def _normalise(password: str) -> str:
    """Return one form for what is typed as ``é`` or as ``e`` and an accent, or in wide letters.

    NIST SP 800-63B 3.1.1.2 asks for NFKC or NFKD: keyboards and phones differ in it, people
    cannot see it.
    """
    return unicodedata.normalize("NFKC", password)
