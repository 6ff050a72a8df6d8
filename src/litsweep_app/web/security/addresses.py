"""By which names the desk may be asked for, and which origins are its own.

A page elsewhere can point a name of its own at this machine, or make a browser send a form here;
it cannot choose what Host, Origin and Sec-Fetch-Site say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from litsweep.settings import Settings

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Addresses:
    """The desk's own names; ``public`` is scheme, host and port of the setting desk_url."""

    hosts: frozenset[str]
    public: tuple[str, str, int] | None

    def is_known(self, host: str) -> bool:
        """Tell whether a Host header names the desk; the port is not looked at."""
        parts = _split(f"//{host}")
        return parts is not None and parts[1] in self.hosts

    def is_https(self, scheme: str, host: str) -> bool:
        """Tell whether the person's browser speaks https, to the desk or to a proxy before it."""
        if scheme == "https":
            return True
        return self.public is not None and self.public == _split(f"https://{host}")

    def is_own(self, origin: str, *, scheme: str, host: str) -> bool:
        """Tell whether an Origin header is the desk's, asked for by this scheme and host."""
        found = _split(origin)
        if found is None or not found[0]:
            return False
        return found == self.public or found == _split(f"{scheme}://{host}")

    def is_sent_from_here(self, headers: Mapping[str, str], *, scheme: str) -> bool:
        """Tell whether a request that changes something comes from a page of the desk.

        A program sends neither header; it has to know the token of the forms, or one of its own.
        """
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return False
        origin = headers.get("origin")
        return origin is None or self.is_own(origin, scheme=scheme, host=headers.get("host", ""))


def find_addresses(settings: Settings) -> Addresses:
    """Return the names that the settings give the desk, loopback's among them."""
    public = _split(settings.desk_url) if settings.desk_url else None
    given = (name.strip().casefold() for name in settings.desk_allowed_hosts.split(","))
    hosts = {name.strip("[]") for name in given if name} | LOOPBACK
    return Addresses(frozenset(hosts | {public[1]} if public else hosts), public)


def _split(address: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address; None where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port if port is not None else _PORTS.get(parts.scheme, 0)
