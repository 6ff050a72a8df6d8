"""Who answered: whether the address at the other end of a connection is one of the internet.

A name of PMC that leads to a private address was misdirected (a forged name server, a portal):
what answers there is not PMC. Names are not looked up here, since the second look-up of a name
may give another address than the first: what counts is the connection that the reply came over.
"""

import ipaddress
from typing import Final, Protocol, TypeGuard
from urllib.request import getproxies, proxy_bypass

import httpx

_LOCAL_NAMES: Final = (".localhost",)
# Where a network speaks IPv6 only, the rest of the internet has addresses in here (RFC 6052);
# the last four bytes are the address proper.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class _Stream(Protocol):
    def get_extra_info(self, info: str) -> object: ...


def is_loopback(host: str) -> bool:
    """Whether ``host``, as the settings write it, is this machine."""
    if host == "localhost" or host.endswith(_LOCAL_NAMES):
        return True
    address = _read_address(host)
    return address is not None and address.is_loopback


def is_named_private(host: str) -> bool:
    """Whether the settings themselves name this machine, or a private address by its number."""
    address = _read_address(host)
    return is_loopback(host) or (address is not None and not is_public(address))


def private_peer(response: httpx.Response) -> str | None:
    """Return the address that ``response`` comes from, if it is none of the public internet.

    None as well where no connection is known, which is so for transports that use no network.
    """
    stream = response.extensions.get("network_stream")
    if not _is_stream(stream):
        return None
    peer = stream.get_extra_info("server_addr")
    if not isinstance(peer, tuple) or not peer:
        return None
    address = _read_address(str(peer[0]))
    return str(peer[0]) if address is None or not is_public(address) else None


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one that the internet routes to (IANA's registries)."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in _NAT64:
            address = ipaddress.IPv4Address(address.packed[-4:])
    return address.is_global and not address.is_multicast and not address.is_reserved


def find_proxy(url: str) -> str | None:
    """Return the proxy that the environment names for ``url``, if there is one.

    The variables are those of curl and httpx: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``
    and ``NO_PROXY``.
    """
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    proxies = getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(target.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_stream(stream: object) -> TypeGuard[_Stream]:
    return hasattr(stream, "get_extra_info")


def _read_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        return None
