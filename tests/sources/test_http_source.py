import gzip
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from traceback import TracebackException
from typing import Any

import httpx
import pytest

from litsweep.errors import (
    AccessRefused,
    MalformedReply,
    QueryRefused,
    RateLimited,
    SourceError,
    SourceUnreachable,
)
from litsweep.settings import Settings
from litsweep.sources.http_source import HttpSource, Request
from litsweep.sources.replies import Action, Endpoint
from litsweep.sources.throttle import Throttle, Turn
from tests.sources.fakes.ncbi import FakeNcbi, json_error, xml
from tests.sources.fakes.pauses import Pauses

FETCH = Request(endpoint=Endpoint.EFETCH, path="efetch.fcgi", form={"db": "pubmed", "id": "1"})
GOOD = b"<PubmedArticleSet></PubmedArticleSet>"


@pytest.fixture
def open_source(
    settings: Settings, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> Callable[..., HttpSource]:
    def make(transport: httpx.BaseTransport, **options: int) -> HttpSource:
        return HttpSource(
            settings.eutils_url,
            settings,
            unthrottled(),
            transport=transport,
            sleep=pauses.sleep,
            draw=lambda: 1.0,
            clock=pauses.clock,
            **options,
        )

    return make


def answering(*answers: httpx.Response | Exception) -> httpx.MockTransport:
    """One answer a call; the last one for ever after."""
    left = list(answers)

    def answer(_request: httpx.Request) -> httpx.Response:
        current = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(current, Exception):
            raise current
        return httpx.Response(
            current.status_code, headers=current.headers, stream=httpx.ByteStream(current.content)
        )

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("[Errno 111] Connection refused"),
        httpx.ConnectTimeout(""),
        httpx.ReadTimeout(""),
        httpx.ReadError(""),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        xml("", 200),
        xml("<PubmedArticleSet><Pubm"),
        xml("<html></html>", 503),
        json_error('{"error":"API rate limit exceeded","api-key":"192.0.2.1"}'),
    ],
)
def test_a_passing_failure_is_asked_again(
    failure: httpx.Response | Exception, open_source: Callable[..., HttpSource]
) -> None:
    for call in (1, 2):
        ncbi = FakeNcbi()
        ncbi.fail("efetch", *range(1, call + 1), answer=failure)
        reply = open_source(ncbi.transport).ask(FETCH)
        assert reply.action is Action.OK
        assert len(ncbi.requests) == call + 1


@pytest.mark.parametrize(
    ("failure", "error", "words"),
    [
        (httpx.ConnectError("[Errno -2] no such name"), SourceUnreachable, "no such name"),
        (httpx.ReadTimeout(""), SourceUnreachable, "no whole reply within 60 s"),
        (xml("<html></html>", 500), SourceUnreachable, "HTTP 500"),
        (json_error("{}", 429), RateLimited, "rate limit"),
        (xml("<PubmedArticleSet>"), MalformedReply, "cut or broken XML"),
    ],
)
def test_after_the_last_try_the_error_says_what_where_how_often_and_the_way_out(
    failure: httpx.Response | Exception,
    error: type[SourceError],
    words: str,
    open_source: Callable[..., HttpSource],
) -> None:
    with pytest.raises(error) as caught:
        open_source(answering(failure)).ask(FETCH)
    message = str(caught.value)
    assert words in message
    assert "eutils.example (efetch) was asked 3 times" in message
    assert "next sweep goes on from what is stored" in message


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_error('{"error":"API key invalid","api-key":"K",\n"x":"1"}', 400), AccessRefused),
        (xml("<e><ERROR>Empty term and query_key - nothing todo</ERROR></e>"), QueryRefused),
    ],
)
def test_what_would_not_change_is_not_asked_again(
    answer: httpx.Response,
    error: type[SourceError],
    open_source: Callable[..., HttpSource],
    pauses: Pauses,
) -> None:
    with pytest.raises(error, match="was asked once"):
        open_source(answering(answer)).ask(FETCH)
    assert pauses.slept == []


def test_pauses_grow_up_to_a_minute(open_source: Callable[..., HttpSource], pauses: Pauses) -> None:
    with pytest.raises(SourceUnreachable):
        open_source(answering(xml("", 503)), retries=8).ask(FETCH)
    assert pauses.slept == [2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("draw", [0.0, 0.5, 1.0])
def test_an_outage_of_three_minutes_is_outlived_with_the_usual_settings(
    draw: float, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        if pauses.now < 180.0:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        return xml(GOOD.decode())

    with HttpSource(
        "http://eutils.example/",
        Settings(),
        unthrottled(),
        transport=httpx.MockTransport(answer),
        sleep=pauses.sleep,
        draw=lambda: draw,
        clock=pauses.clock,
    ) as source:
        assert source.ask(FETCH).action is Action.OK
        assert pauses.now < 363.0


def test_a_source_that_keeps_giving_broken_replies_is_given_up_sooner(
    open_source: Callable[..., HttpSource], pauses: Pauses
) -> None:
    with pytest.raises(MalformedReply, match="5 times"):
        open_source(answering(xml("<PubmedArticleSet>")), retries=10).ask(FETCH)
    assert sum(pauses.slept) == 30
    outage = [xml("", 503)] * 6 + [xml("<PubmedArticleSet>")] * 4 + [xml(GOOD.decode())]
    assert open_source(answering(*outage), retries=10).ask(FETCH).action is Action.OK


def test_retry_after_is_honoured_up_to_two_minutes(
    open_source: Callable[..., HttpSource], pauses: Pauses
) -> None:
    def limited(value: str) -> httpx.Response:
        return json_error('{"error":"API rate limit exceeded"}', 429, Retry_After=value)

    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    answers = [limited("7"), limited("86400"), limited(soon), limited("soon"), xml(GOOD.decode())]
    open_source(answering(*answers), retries=4).ask(FETCH)
    assert pauses.slept[:2] == [7, 120]
    assert 80 < pauses.slept[2] <= 90
    assert pauses.slept[3] == 16


def test_a_rate_limit_waits_a_second_at_least(
    settings: Settings, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> None:
    source = HttpSource(
        settings.eutils_url,
        settings,
        unthrottled(),
        transport=answering(json_error("{}", 429), xml(GOOD.decode())),
        sleep=pauses.sleep,
        draw=lambda: 0.0,
    )
    source.ask(FETCH)
    assert pauses.slept == [1.0]


def test_a_smaller_request_is_proposed_on_the_second_failure_only_where_it_can_shrink(
    open_source: Callable[..., HttpSource],
) -> None:
    timeout = xml("<eFetchResult><ERROR> Error: External viewer error</ERROR></eFetchResult>", 400)
    can_shrink = Request(endpoint=Endpoint.EFETCH, path="efetch.fcgi", form={}, can_shrink=True)
    once = open_source(answering(timeout, xml(GOOD.decode()))).ask(can_shrink)
    assert once.action is Action.OK
    twice = open_source(answering(timeout, timeout, xml(GOOD.decode()))).ask(can_shrink)
    assert twice.action is Action.RETRY_SMALLER
    with pytest.raises(SourceUnreachable, match="External viewer error"):
        open_source(answering(timeout)).ask(FETCH)


def test_a_request_is_a_polite_post_with_gzip(open_source: Callable[..., HttpSource]) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(
            200,
            headers={"Content-Encoding": "gzip", "Content-Type": "text/xml"},
            content=gzip.compress(GOOD),
        )

    reply = open_source(httpx.MockTransport(answer)).ask(FETCH)
    assert reply.body == GOOD
    (request,) = seen
    assert request.method == "POST"
    assert request.content == b"db=pubmed&id=1"
    assert request.headers["User-Agent"].startswith("litsweep/")
    assert request.headers["Accept-Encoding"] == "gzip"
    assert request.extensions["timeout"]["read"] == 60.0


def test_broken_compression_is_a_broken_reply(open_source: Callable[..., HttpSource]) -> None:
    broken = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=_Dripping([GOOD]))
    with pytest.raises(MalformedReply, match="broke off"):
        open_source(httpx.MockTransport(lambda _: broken), retries=0).ask(FETCH)


class _Dripping(httpx.SyncByteStream):
    def __init__(self, chunks: list[bytes], step: Callable[[], None] = lambda: None) -> None:
        self._chunks = chunks
        self._step = step

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._step()
            yield chunk


def test_a_reply_that_drips_in_for_ever_is_given_up(
    open_source: Callable[..., HttpSource], pauses: Pauses
) -> None:
    def wait() -> None:
        pauses.now += 30.0

    dripping = httpx.Response(200, stream=_Dripping([b"<a>"] * 5, wait))
    with pytest.raises(SourceUnreachable, match="no whole reply within 60 s"):
        open_source(httpx.MockTransport(lambda _: dripping), retries=0).ask(FETCH)


def test_a_reply_that_unpacks_without_end_is_given_up(
    open_source: Callable[..., HttpSource],
) -> None:
    bomb = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b" " * 2_000_000)
    )
    with pytest.raises(MalformedReply, match="larger than 1,000,000 bytes"):
        open_source(answering_as_is(bomb), max_reply_bytes=1_000_000).ask(FETCH)


def answering_as_is(response: httpx.Response) -> httpx.MockTransport:
    return httpx.MockTransport(
        lambda _: httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Dripping([gzip.compress(b" " * 2_000_000)]),
        )
    )


def test_redirects_stay_at_home(open_source: Callable[..., HttpSource]) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        targets = {
            "/entrez/eutils/a": "/entrez/eutils/b",
            "/entrez/eutils/away": "http://elsewhere.example/b",
            "/entrez/eutils/loop": "/entrez/eutils/loop",
        }
        target = targets.get(request.url.path)
        return httpx.Response(302, headers={"Location": target}) if target else xml(GOOD.decode())

    source = open_source(httpx.MockTransport(answer))

    def get(path: str) -> Request:
        return Request(endpoint=Endpoint.EUROPE_PMC, path=path)

    assert source.ask(get("a")).body == GOOD
    with pytest.raises(SourceUnreachable, match=r"redirects to http://elsewhere\.example"):
        source.ask(get("away"))
    with pytest.raises(SourceUnreachable, match="redirects"):
        source.ask(get("loop"))
    with pytest.raises(SourceUnreachable, match="redirects"):
        source.ask(Request(endpoint=Endpoint.EFETCH, path="a", form={"api_key": "x"}))
    assert not any("elsewhere" in url for url in asked)


class Spy(Throttle):
    """Lets everything through and keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(3.0)
        self.told: list[str | tuple[str, float]] = []

    def wait(self) -> Turn:
        self.told.append("wait")
        return Turn(slot=0, held_until=0.0)

    def replied(self, turn: Turn) -> None:
        self.told.append("replied")

    def hold_off(self, seconds: float) -> None:
        self.told.append(("hold_off", seconds))

    def nothing_remains(self) -> None:
        self.told.append("nothing_remains")

    def lower_to(self, requests_per_second: int) -> None:
        self.told.append(("lower_to", requests_per_second))


@pytest.fixture
def ask_with_spy(settings: Settings, pauses: Pauses) -> Callable[..., list[Any]]:
    def ask(*answers: httpx.Response | Exception) -> list[Any]:
        spy = Spy()
        HttpSource(
            settings.eutils_url,
            settings,
            spy,
            transport=answering(*answers),
            sleep=pauses.sleep,
            draw=lambda: 1.0,
        ).ask(FETCH)
        return spy.told

    return ask


def good(**headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, content=GOOD, headers={"Content-Type": "text/xml", **named})


def test_the_throttle_is_asked_before_every_try_and_told_of_every_reply(
    ask_with_spy: Callable[..., list[Any]],
) -> None:
    told = ask_with_spy(xml("", 503), httpx.ConnectError("refused"), good())
    assert told == ["wait", "replied", "wait", "wait", "replied"]


def test_everybody_backs_off_when_one_is_over_the_limit(
    ask_with_spy: Callable[..., list[Any]], pauses: Pauses
) -> None:
    limited = json_error('{"error":"API rate limit exceeded"}', 429, Retry_After="7")
    in_a_200 = json_error('{"error":"API rate limit exceeded"}', 200)
    told = ask_with_spy(limited, in_a_200, good())
    assert [each for each in told if "hold_off" in each] == [("hold_off", 7), ("hold_off", 4)]
    assert pauses.slept == [7, 4]


def test_everybody_waits_as_long_as_an_outage_says(
    ask_with_spy: Callable[..., list[Any]],
) -> None:
    down = httpx.Response(503, headers={"Retry-After": "30"})
    assert ("hold_off", 30) in ask_with_spy(down, good())
    assert not [each for each in ask_with_spy(xml("", 503), good()) if "hold_off" in each]


def test_what_ncbi_says_of_its_limit_is_heeded(ask_with_spy: Callable[..., list[Any]]) -> None:
    told = ask_with_spy(good(X_RateLimit_Limit="3", X_RateLimit_Remaining="0"))
    assert told == ["wait", "replied", ("lower_to", 3), "nothing_remains"]
    told = ask_with_spy(good(X_RateLimit_Limit="10", X_RateLimit_Remaining="9"))
    assert told == ["wait", "replied", ("lower_to", 10)]
    for nonsense in ("", "many", "-1", "3.5"):
        told = ask_with_spy(good(X_RateLimit_Limit=nonsense, X_RateLimit_Remaining=nonsense))
        assert told == ["wait", "replied"]


@pytest.mark.parametrize("status", [200, 400, 403, 429, 500])
def test_no_error_and_no_log_line_holds_a_secret(
    status: int,
    open_source: Callable[..., HttpSource],
    api_key: str,
    email: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"{api_key} {email} 192.0.2.77 email={email.replace('@', '%40')}"
    bodies = (
        f'{{"error":"API rate limit exceeded","api-key":"{api_key}"}}',
        f'{{"error":"API key invalid: {api_key}","api-key":"{api_key}",\n"a":"192.0.2.77"}}',
        f"<e><ERROR>Search Backend failed: {echo}</ERROR></e>",
        f"<e><ERROR>External viewer error Timeout {echo}</ERROR></e>",
    )
    form = {"db": "pubmed", "term": "x", "api_key": api_key, "email": email}
    for body in bodies:
        request = Request(endpoint=Endpoint.ESEARCH, path="esearch.fcgi", form=form)
        with pytest.raises(SourceError) as caught:
            open_source(answering(xml(body, status))).ask(request)
        assert_clean(everything_said_by(caught.value), api_key, email)
        assert_clean([repr(request), repr(open_source(answering(xml(body))))], api_key, email)
    failing = open_source(answering(httpx.ConnectError(f"no route for {echo}")))
    with pytest.raises(SourceError) as caught:
        failing.ask(Request(endpoint=Endpoint.ESEARCH, path="esearch.fcgi", form=form))
    assert_clean(everything_said_by(caught.value), api_key, email)
    assert caplog.records
    assert_clean([caplog.text], api_key, email)


def everything_said_by(error: BaseException | None) -> list[str]:
    said = []
    while error is not None:
        shown = TracebackException.from_exception(error, capture_locals=True)
        # The first frame is the test's own.
        locals_of_ours = [frame.locals or {} for frame in shown.stack[1:]]
        said += [str(error), repr(error), str(locals_of_ours), *getattr(error, "__notes__", ())]
        error = error.__cause__ or error.__context__
    return said


def assert_clean(texts: list[str], api_key: str, email: str) -> None:
    for text in texts:
        for secret in (api_key, email, email.replace("@", "%40"), "192.0.2.77"):
            assert secret not in text
