"""The token that every form sends back: only a page of the desk can know it.

It follows from the secret of the browser's cookie, so nothing is stored. In each page it looks
different: pages are compressed, and a secret that stood in all of them could be guessed from
their lengths (BREACH, https://breachattack.com).
"""

import hmac
import secrets
from hashlib import sha256
from typing import Final

FIELD: Final = "csrf"
HEADER: Final = "x-csrf-token"
_BYTES: Final = 32


def make_token(secret: str) -> str:
    """Return a token of this cookie's secret, another one at each call."""
    mask = secrets.token_bytes(_BYTES)
    return (mask + _xor(mask, _derive(secret))).hex()


def is_token(token: str, secret: str) -> bool:
    """Tell whether a token was made of this cookie's secret."""
    try:
        given = bytes.fromhex(token)
    except ValueError:
        return False
    if not secret or len(given) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_xor(given[:_BYTES], given[_BYTES:]), _derive(secret))


def _derive(secret: str) -> bytes:
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), b"csrf", sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
