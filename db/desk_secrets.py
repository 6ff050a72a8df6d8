"""Secrets that let somebody in: made here, and stored as hashes only.

They are 256 random bits, so that a plain hash is enough: nobody can guess one, and who reads the
database cannot use what is in it. (A password is no such secret: it gets argon2.)
"""

import secrets
from hashlib import sha256


def make_secret(prefix: str = "") -> str:
    """Return a new secret of 256 bits, in letters that an address may hold."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret; anything may be given, as anybody may send anything."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
