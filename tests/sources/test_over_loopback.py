"""What a made-up transport cannot show: real sockets, real compression, real log lines."""

import gzip
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from litsweep.errors import MalformedReply, SourceUnreachable
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.throttle import Throttle
from tests.sources.fakes.pauses import Pauses

SET = b"<PubmedArticleSet></PubmedArticleSet>"


@contextmanager
def server(*replies: bytes) -> Iterator[int]:
    """Send one of ``replies`` a connection, then close it; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for reply in replies:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(5)
                    received = b""
                    while b"retmode=xml" not in received:
                        received += connection.recv(65536)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=5)


def reply(body: bytes, *headers: bytes, announced: int | None = None) -> bytes:
    length = len(body) if announced is None else announced
    lines = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % length, b"Connection: close", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture
def connect(
    settings: Settings, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> Callable[[int], EutilsClient]:
    def make(port: int) -> EutilsClient:
        here = settings.model_copy(update={"eutils_url": f"http://127.0.0.1:{port}/eutils/"})
        return EutilsClient(here, throttle=unthrottled(), sleep=pauses.sleep)

    return make


def test_a_body_that_ends_early_is_asked_for_again(
    connect: Callable[[int], EutilsClient],
) -> None:
    with server(reply(SET, announced=5_000), reply(SET)) as port, connect(port) as client:
        assert client.fetch_records_xml([1]).bodies == (SET,)


def test_a_body_that_always_ends_early_is_never_used(
    connect: Callable[[int], EutilsClient],
) -> None:
    with (
        server(*[reply(SET, announced=5_000)] * 3) as port,
        connect(port) as client,
        pytest.raises(MalformedReply, match="broke off"),
    ):
        client.fetch_report_xml("PMC1")


def test_compressed_replies_are_unpacked(connect: Callable[[int], EutilsClient]) -> None:
    packed = reply(gzip.compress(SET), b"Content-Encoding: gzip")
    with server(packed) as port, connect(port) as client:
        assert client.fetch_records_xml([1]).bodies == (SET,)


def test_nobody_there_is_an_error_with_a_way_out(
    connect: Callable[[int], EutilsClient], pauses: Pauses
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with connect(port) as client, pytest.raises(SourceUnreachable, match="Check the network"):
        client.search("asthma", None)
    assert len(pauses.slept) == 2


def test_a_proxy_in_the_environment_is_not_used_for_this_machine(
    connect: Callable[[int], EutilsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(reply(SET)) as port, connect(port) as client:
        assert client.fetch_records_xml([1]).bodies == (SET,)


def test_the_log_of_a_real_request_holds_no_secret(
    connect: Callable[[int], EutilsClient],
    caplog: pytest.LogCaptureFixture,
    api_key: str,
    email: str,
) -> None:
    with caplog.at_level(logging.DEBUG), server(reply(SET)) as port, connect(port) as client:
        client.fetch_records_xml([1])
    assert "efetch.fcgi" in caplog.text
    assert "send_request_body" in caplog.text
    for secret in (api_key, email, email.replace("@", "%40")):
        assert secret not in caplog.text
