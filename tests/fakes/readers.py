"""What `tests/fakes/cage.py` runs: every way by which bytes from outside come in.

Some of them are careless or broken on purpose: they show that the cage notices.
"""

import os
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
from lxml import etree

from litsweep.parsing.abstracts import build_document
from litsweep.parsing.jats import parse_document
from litsweep.parsing.pubmed import parse_record_set
from litsweep.settings import Settings
from litsweep.sources.control_replies import read_control_reply
from litsweep.sources.full_text import has_body
from litsweep.sources.http_source import HttpSource, Request
from litsweep.sources.replies import Endpoint, classify
from litsweep.sources.search_pages import read_search_page
from litsweep.sources.throttle import Throttle


def _records(data: bytes) -> Any:
    result = parse_record_set(data)
    for fetched in result.records:
        build_document(fetched.record)
    return result


def _ask(encoding: str) -> Callable[[bytes], Any]:
    """Ask a server that answers with the input, in pieces as a socket gives them."""
    return lambda data: _ask_with(_Pieces(data), encoding)


def _ask_with(stream: httpx.SyncByteStream, encoding: str) -> Any:
    headers = {"Content-Type": "text/xml", "Content-Encoding": encoding}
    with HttpSource(
        "http://127.0.0.1:9/",
        Settings(retries=1),
        Throttle(1000.0, sleep=lambda _: None),
        transport=httpx.MockTransport(
            lambda _: httpx.Response(200, headers=headers, stream=stream)
        ),
        sleep=lambda _: None,
    ) as source:
        reply = source.ask(Request(endpoint=Endpoint.EFETCH, path="x", form={"db": "pubmed"}))
        return reply.action, len(reply.body)


def _ask_endless(data: bytes) -> Any:
    """Ask a server that repeats the input for ever."""
    return _ask_with(_Endless(data), "")


class _Endless(httpx.SyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Any:
        while True:
            yield self._data


class _Pieces(httpx.SyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Any:
        for start in range(0, len(self._data), 65_536):
            yield self._data[start : start + 65_536]


def _careless(data: bytes) -> Any:
    """Read XML as no one should: everything is loaded, expanded, and fetched."""
    parser = etree.XMLParser(resolve_entities=True, no_network=False, load_dtd=True, huge_tree=True)
    return "".join(map(str, etree.fromstring(data, parser).itertext()))


def _call(address: bytes) -> bytes:
    """Connect, and wait for an answer as an HTTP client would."""
    url = httpx.URL(address.decode())
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        return connection.recv(1)


def _burn(_: bytes) -> None:
    while True:
        pass


def _fill(_: bytes) -> int:
    return len(bytearray(os.urandom(1)) * (300 * 1024 * 1024))


def _sleep(_: bytes) -> None:
    time.sleep(60)


READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "records": _records,
    "report": parse_document,
    "body": has_body,
    "search": read_search_page,
    "einfo": lambda data: len(read_control_reply(data, "eInfoResult")),
    "efetch reply": lambda data: classify(Endpoint.EFETCH, 200, "text/xml", data),
    "esearch reply": lambda data: classify(Endpoint.ESEARCH, 200, "text/xml", data),
    "json reply": lambda data: classify(Endpoint.PMC_CLOUD, 200, "application/json", data),
    "plain": _ask(""),
    "gzip": _ask("gzip"),
    "gzip, gzip": _ask("gzip, gzip"),
    "deflate": _ask("deflate"),
    "endless": _ask_endless,
    "careless": _careless,
    "call": _call,
    "burn": _burn,
    "fill": _fill,
    "sleep": _sleep,
    "abort": lambda _: os.abort(),
}
