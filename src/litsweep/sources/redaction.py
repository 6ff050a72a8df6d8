"""Taking secrets out of text before it is logged, stored or raised.

NCBI echoes the API key, or the caller's address, in its own error replies, so it is not
enough to keep them out of what we write ourselves.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "[hidden]"

# {"error":"API rate limit exceeded","api-key":"<address or key>", …}: ncbi.md 1.8.
_ECHOED_FIELD: Final = re.compile(r'(["\']api[-_]key["\']\s*:\s*["\'])[^"\']*')
_PARAMETER: Final = re.compile(r"\b((?:api_key|email)=)[^&\s\"'<>]+", re.IGNORECASE)
# A key of NCBI's has 36 characters; a short word that stands for one in a test may be anywhere.
_SHORTEST_KEY: Final = 16
_IPV4: Final = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_IPV6_LIKE: Final = re.compile(r"(?<![\w:])[0-9a-fA-F]*(?::[0-9a-fA-F]*){2,7}")


class Redactor:
    """Knows this run's secrets and replaces them in what others wrote."""

    def __init__(self, *secrets: str | None, key: str | None = None) -> None:
        secrets = (key, *secrets)
        self._key = key.encode() if key and len(key) >= _SHORTEST_KEY else None
        written = {
            form
            for secret in secrets
            if secret
            for form in (secret, quote(secret, safe=""), quote_plus(secret))
        }
        # The longest first, or a secret inside another would leave the other's rest behind.
        ordered = sorted(written, key=len, reverse=True)
        self._secrets = (
            re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE) if ordered else None
        )

    def __repr__(self) -> str:
        return "Redactor()"

    def redact(self, text: str) -> str:
        """Return ``text`` without API keys, e-mail parameters and network addresses."""
        if self._secrets is not None:
            text = self._secrets.sub(HIDDEN, text)
        text = _ECHOED_FIELD.sub(rf"\g<1>{HIDDEN}", text)
        text = _PARAMETER.sub(rf"\g<1>{HIDDEN}", text)
        return _IPV6_LIKE.sub(_hide_ipv6, _IPV4.sub(HIDDEN, text))

    def redact_bytes(self, body: bytes) -> bytes:
        """Return a reply that will be stored without the API key; the rest to the byte.

        An e-mail stays: it may be that of an author.
        """
        return body.replace(self._key, HIDDEN.encode()) if self._key else body


def _hide_ipv6(match: re.Match[str]) -> str:
    try:
        ipaddress.IPv6Address(match[0])
    except ValueError:
        return match[0]  # a time of day, say
    return HIDDEN
