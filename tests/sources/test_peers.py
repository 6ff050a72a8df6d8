"""Names that lead elsewhere: what answers from a private address is not NCBI."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from litsweep.domain.documents import FetchedReport, NotRetrieved
from litsweep.errors import SourceUnreachable
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.full_text import FullTextClient
from litsweep.sources.http_source import HttpSource, Request
from litsweep.sources.peers import find_proxy, is_named_private, is_public, private_peer
from litsweep.sources.replies import Action, Endpoint
from litsweep.sources.throttle import Throttle
from tests.sources.fakes.ncbi import FakeNcbi
from tests.sources.fakes.pauses import Pauses

BODY = b"<article><front/><body><p>Forged.</p></body></article>"
ASKED = Request(endpoint=Endpoint.EUROPE_PMC, path="PMC7/fullTextXML")
NAME = "europe.example"


@contextmanager
def server() -> Iterator[tuple[int, list[bytes]]]:
    """Answer every request on this machine with a report; yields the port and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(65536))
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n"
                    connection.sendall(head.encode() + BODY)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


@pytest.fixture
def misled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers this machine's own address to every name."""
    look_up = socket.getaddrinfo

    def lie(host: str, *arguments: Any, **options: Any) -> Any:
        return look_up("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lie)


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def open_source(
    settings: Settings, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> Callable[..., HttpSource]:
    def make(base_url: str, transport: httpx.BaseTransport | None = None) -> HttpSource:
        return HttpSource(
            base_url, settings, unthrottled(), transport=transport, sleep=pauses.sleep
        )

    return make


@pytest.mark.usefixtures("misled", "no_proxy")
def test_a_name_that_leads_to_this_machine_is_refused_once_and_unread(
    open_source: Callable[..., HttpSource], pauses: Pauses, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        server() as (port, asked),
        open_source(f"http://{NAME}:{port}/") as source,
        pytest.raises(SourceUnreachable) as caught,
    ):
        source.ask(ASKED)
    assert "the name europe.example led to a private address" in str(caught.value)
    assert "europe.example led to 127.0.0.1" in caplog.text
    assert "Forged" not in str(caught.value)
    assert (len(asked), pauses.slept) == (1, [])


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_the_settings_name_as_this_machine_is_asked(
    host: str, open_source: Callable[..., HttpSource]
) -> None:
    with server() as (port, _), open_source(f"http://{host}:{port}/") as source:
        assert source.ask(ASKED).body == BODY


@pytest.mark.usefixtures("misled", "no_proxy")
def test_a_misled_source_leaves_the_question_open(
    settings: Settings, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> None:
    """The name server may be mended tomorrow: no report is given up for it."""
    with server() as (port, _):
        here = settings.model_copy(
            update={
                "pmc_cloud_url": f"http://cloud.example:{port}/",
                "europe_pmc_url": f"http://{NAME}:{port}/",
            }
        )
        ncbi = FakeNcbi()
        eutils = EutilsClient(
            here, transport=ncbi.transport, throttle=unthrottled(), sleep=pauses.sleep
        )
        with FullTextClient(
            here, eutils, throttle_of=lambda *_: unthrottled(), sleep=pauses.sleep
        ) as client:
            outcome: FetchedReport | NotRetrieved = client.fetch("PMC7")
    assert isinstance(outcome, NotRetrieved)
    assert not outcome.is_final
    assert outcome.reason.count("led to a private address") == 2


@pytest.mark.usefixtures("misled", "no_proxy")
def test_of_a_proxy_the_own_address_is_no_matter(
    open_source: Callable[..., HttpSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    with server() as (port, asked):
        monkeypatch.setenv("http_proxy", f"http://proxy.example:{port}")
        with open_source(f"http://{NAME}/") as source:
            assert source.ask(ASKED).action is Action.OK
    assert asked[0].startswith(b"GET http://europe.example/PMC7/fullTextXML HTTP/1.1")


@pytest.mark.usefixtures("no_proxy")
def test_the_proxy_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_proxy("https://europe.example/") is None
    monkeypatch.setenv("all_proxy", "everything.example:1")
    assert find_proxy("http://europe.example/") == "http://everything.example:1"
    monkeypatch.setenv("https_proxy", "http://secure.example:2")
    assert find_proxy("https://europe.example/") == "http://secure.example:2"
    monkeypatch.setenv("no_proxy", "europe.example")
    assert find_proxy("https://europe.example/") is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("130.14.29.110", True),
        ("2607:f220:41e:4290::110", True),
        ("::ffff:130.14.29.110", True),
        ("64:ff9b::820e:1d6e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("sandbox.localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("10.0.0.5", True),
        ("130.14.29.110", False),
        ("eutils.ncbi.nlm.nih.gov", False),
        ("localhost.example", False),
    ],
)
def test_what_the_settings_may_name(host: str, expected: bool) -> None:
    assert is_named_private(host) is expected


class FakeStream:
    """The other end of a connection, as httpcore describes it."""

    def __init__(self, peer: object) -> None:
        self._peer = peer

    def get_extra_info(self, info: str) -> object:
        return self._peer if info == "server_addr" else None


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({}, None),
        ({"network_stream": FakeStream(("130.14.29.110", 443))}, None),
        ({"network_stream": FakeStream(("fe80::1%eth0", 443, 0, 2))}, "fe80::1%eth0"),
        ({"network_stream": FakeStream(("::ffff:10.0.0.1", 443, 0, 0))}, "::ffff:10.0.0.1"),
        ({"network_stream": FakeStream(None)}, None),
    ],
)
def test_the_peer_of_a_reply(extensions: dict[str, Any], expected: str | None) -> None:
    assert private_peer(httpx.Response(200, extensions=extensions)) == expected


def test_a_public_peer_is_read_and_a_private_one_is_not(
    open_source: Callable[..., HttpSource],
) -> None:
    def answer_from(peer: str) -> httpx.MockTransport:
        return httpx.MockTransport(
            lambda _: httpx.Response(
                200,
                stream=httpx.ByteStream(BODY),
                extensions={"network_stream": FakeStream((peer, 443))},
            )
        )

    good = open_source(f"https://{NAME}/", answer_from("193.62.193.83"))
    assert good.ask(ASKED).body == BODY
    bad = open_source(f"https://{NAME}/", answer_from("192.168.0.1"))
    with pytest.raises(SourceUnreachable, match="private address"):
        bad.ask(ASKED)
