"""Replies made to hurt: judged or refused at little cost, nothing fetched, nothing read.

Every case runs in a process with limits (`tests/fakes/cage.py`), where not otherwise said.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from litsweep.errors import MalformedReply, RateLimited
from litsweep.settings import Settings
from litsweep.sources.http_source import MAX_REPLY_BYTES, HttpSource, Request
from litsweep.sources.packing import unpack
from litsweep.sources.replies import Action, Endpoint, Judgement, classify
from litsweep.sources.throttle import Throttle
from tests.fakes.cage import MOST_BYTES, Cage, Outcome
from tests.fakes.traps import SECRET, Traps
from tests.sources.fakes.ncbi import ESEARCH_DOCTYPE

MILLION = 1_000_000
SET = b"<PubmedArticleSet></PubmedArticleSet>"
IDS = "<Count>{}</Count><RetMax>1</RetMax><RetStart>0</RetStart><IdList><Id>{}</Id></IdList>"
SEARCH = "<eSearchResult>" + IDS + "<QueryTranslation>{}</QueryTranslation></eSearchResult>"
DTD = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" ?>'
PUBLIC = f'{DECLARATION}\n<!DOCTYPE eSearchResult PUBLIC "p" "{DTD}">\n'


def cost_little(outcome: Outcome) -> None:
    assert outcome.verdict in ("stored", "refused"), outcome.value
    assert outcome.n_bytes <= MOST_BYTES, f"{outcome.n_bytes:,} bytes"


def judged(outcome: Outcome, action: Action = Action.RETRY) -> str:
    cost_little(outcome)
    assert isinstance(outcome.value, Judgement), outcome.value
    assert outcome.value.action is action, outcome.value
    return outcome.value.cause


def refused(outcome: Outcome) -> str:
    cost_little(outcome)
    assert outcome.verdict == "refused", outcome.value
    assert outcome.value.startswith("MalformedReply: ")
    return str(outcome.value)


@pytest.fixture
def traps(tmp_path: Path) -> Iterator[Traps]:
    with Traps(tmp_path) as opened:
        yield opened


def documents(address: str) -> Iterator[str]:
    """Replies to a search that name something outside, beside or instead of NCBI's own DTD."""
    entity = f'<!ENTITY x SYSTEM "{address}">'
    search = SEARCH.format(1, "7", "&x;")
    yield f"{DECLARATION}<!DOCTYPE eSearchResult [{entity}]>{search}"
    yield f'{DECLARATION}<!DOCTYPE eSearchResult PUBLIC "p" "{DTD}" [{entity}]>{search}'
    parameter = f'<!ENTITY % x SYSTEM "{address}"> %x;'
    yield f'{DECLARATION}<!DOCTYPE eSearchResult PUBLIC "p" "{DTD}" [{parameter}]>{search}'
    yield f'{DECLARATION}<!DOCTYPE eSearchResult SYSTEM "{address}">{search}'
    yield f'{DECLARATION}<!DOCTYPE eSearchResult PUBLIC "p" "{address}">{search}'
    doctype = PUBLIC.removeprefix(DECLARATION)
    for shadow in (f"<!-- {doctype} -->", f"<?x {doctype} ?>"):
        yield f'{DECLARATION}{shadow}<!DOCTYPE eSearchResult SYSTEM "{address}">{search}'
        yield f"{DECLARATION}{shadow}<!DOCTYPE eSearchResult [{entity}]>{search}"
    yield f"{PUBLIC}{SEARCH.format(1, '7', f'<a xmlns:xi={address!r}/>')}"


@pytest.mark.parametrize("reader", ["search", "esearch reply", "efetch reply", "body"])
def test_nothing_outside_is_read_or_fetched(reader: str, cage: Cage, traps: Traps) -> None:
    for address in traps.addresses.values():
        for text in documents(address):
            outcome = cage.run(reader, text.encode(), wall=5)
            cost_little(outcome)
            assert SECRET not in repr(outcome.value)
    assert traps.callers == 0


@pytest.mark.parametrize("prolog", [ESEARCH_DOCTYPE, PUBLIC])
def test_a_search_that_names_the_real_dtd_is_read(prolog: str, cage: Cage) -> None:
    """So that what the other tests see refused is not refused for another reason."""
    outcome = cage.run("search", (prolog + SEARCH.format(1, "7", "a &lt; b")).encode())
    assert outcome.value.pmids == (7,)
    assert outcome.value.query_translation == "a < b"


def test_bombs_of_entities_are_refused_before_they_are_read(cage: Cage) -> None:
    steps = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    laughs = f'<!DOCTYPE {{}} [<!ENTITY a0 "lol">{steps}]><{{}} x="&a9;">&a9;</{{}}>'
    quadratic = (
        f'<!DOCTYPE {{}} [<!ENTITY a "{"x" * 50_000}">]>'
        f'<{{}} x="{"&a;" * 50_000}">{"&a;" * 50_000}</{{}}>'
    )
    for text in (laughs, quadratic):
        for root in ("PubmedArticleSet", "article", "eSearchResult"):
            data = text.format(root, root, root).encode()
            for reader in ("efetch reply", "esearch reply"):
                assert "declares entities" in judged(cage.run(reader, data))
            refused(cage.run("search", data))


@pytest.mark.parametrize(
    "body",
    [
        "<a>" * MILLION,
        "<PubmedArticleSet>" + "<a>" * MILLION + "</a>" * MILLION + "</PubmedArticleSet>",
        "<PubmedArticleSet>" + "<ERROR>" * MILLION,
        "<eFetchResult>" + "<ERROR>" * MILLION,
        "<eFetchResult>" + "<ERROR " * MILLION,
        "<pmc-articleset>" + "<error>" * MILLION,
        "<pmc-articleset>" + "<Reply error=" * MILLION,
        "<pmc-articleset>" + '<Reply error="' * MILLION,
        "<article>" + "<p/>" * MILLION + "</article>",
        "<article " + " ".join(f"a{i}=''" for i in range(MILLION)) + "/>",
        "<eSearchResult>" + "<Id>1</Id>" * MILLION + "</eSearchResult>",
        "<!--" * MILLION,
        "<!DOCTYPE " * MILLION,
        "<" * 60_000_000,
        "{" * MILLION,
        "&" * MILLION,
        "\0" * MILLION,
        "<a>\ud800</a>",
        "<a>&#xD800;</a>",
        "<a>&#0;</a>",
        "<html>" * 100_000,
    ],
    ids=lambda body: body[:40],
)
def test_replies_of_nonsense_are_judged_and_asked_for_again(body: str, cage: Cage) -> None:
    data = body.encode(errors="surrogatepass")
    for reader in ("efetch reply", "esearch reply"):
        outcome = cage.run(reader, data)
        if b"<ERROR>" not in data or data.startswith(b"<Pubmed"):
            judged(outcome)
        cost_little(outcome)


def test_sixty_megabytes_of_well_formed_records_are_judged_good(cage: Cage) -> None:
    author = (
        "<Author><LastName>Osler</LastName><ForeName>William</ForeName><Initials>W</Initials>"
        "<AffiliationInfo><Affiliation>Department of Medicine, University of Nowhere"
        "</Affiliation></AffiliationInfo></Author>"
    )
    text = f"<PubmedArticleSet>{author * (60 * MILLION // len(author))}</PubmedArticleSet>"
    judged(cage.run("efetch reply", text.encode()), Action.OK)


JSON_BODIES: dict[str, bytes] = {
    "nested lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "never closed": b'{"a":[' * 100_000,
    "a million lists": b'{"a":[' + b"[]," * MILLION + b"1]}",
    "a huge number": b'{"a":' + b"9" * 500_000 + b"}",
    "no number": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "a name twice": b'{"license_code":"CC BY","license_code":"none"}',
    "a NUL": b'{"a":"\0"}',
    "a control character": b'{"a":"\n"}',
    "no UTF-8": b'{"a":"\xff"}',
    "half a reply": b'{"a":"',
    "two replies": b'{"a":1}{"a":2}',
    "python": b"{'a': None}",
}


@pytest.mark.parametrize("body", JSON_BODIES.values(), ids=JSON_BODIES)
def test_json_that_is_not_plain_is_broken(body: bytes, cage: Cage) -> None:
    judged(cage.run("json reply", body))


def test_an_error_beside_its_own_denial_is_an_error() -> None:
    body = b'{"error":"API rate limit exceeded","error":null}'
    assert classify(Endpoint.ESEARCH, 200, "application/json", body).error is RateLimited


def test_a_lone_surrogate_in_an_error_can_be_logged() -> None:
    judgement = classify(Endpoint.ESEARCH, 200, "", rb'{"error":"rate limit exceeded \ud800"}')
    assert "rate limit exceeded" in judgement.cause.encode().decode()


def test_real_json_is_plain_enough(corpus: Path) -> None:
    paths = [path for path in (corpus / "eutils").glob("*.json")]
    sound = [path for path in paths if _is_sound(path.read_bytes())]
    assert len(sound) > 10
    for path in sound:
        judgement = classify(Endpoint.ESUMMARY, 200, "application/json", path.read_bytes())
        assert judgement.cause != "the reply is broken JSON", path.name


def _is_sound(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except ValueError:
        return False


def test_real_reports_and_records_are_not_taken_for_bombs(corpus: Path) -> None:
    paths = [*(corpus / "pmc").glob("*.xml"), *(corpus / "pubmed").glob("*.xml")]
    assert len(paths) > 300
    for path in paths:
        cause = classify(Endpoint.EFETCH, 200, "text/xml", path.read_bytes()).cause
        assert "more elements" not in cause, path.name
        assert "levels deep" not in cause, path.name
        assert "declares entities" not in cause, path.name


CONTROL: dict[str, str] = {
    "a million identifiers": PUBLIC + SEARCH.format(1, "1</Id><Id>" * MILLION + "1", ""),
    "nested": PUBLIC + "<eSearchResult>" * 40_000 + "</eSearchResult>" * 40_000,
    "nested lists": PUBLIC + "<eSearchResult>" + "<IdList>" * 50_000,
    "unknown elements": PUBLIC + "<eSearchResult>" + "<a/>" * 100_000 + "</eSearchResult>",
    "a long translation": PUBLIC + SEARCH.format(1, "1", "x" * 10 * MILLION),
    "another encoding": PUBLIC.replace("UTF-8", "utf-7") + SEARCH.format(1, 1, ""),
    "a code page": PUBLIC.replace("UTF-8", "cp037") + SEARCH.format(1, 1, ""),
    "no number": PUBLIC + SEARCH.format("many", 1, ""),
    "a huge number": PUBLIC + SEARCH.format("9" * 100_000, 1, ""),
    "a NUL": PUBLIC + SEARCH.format(1, 1, "\0"),
    "a lone surrogate": PUBLIC + SEARCH.format(1, 1, "&#xD800;"),
    "attributes": PUBLIC
    + "<eSearchResult "
    + " ".join(f"a{i}=''" for i in range(50_000))
    + "></eSearchResult>",
}


@pytest.mark.parametrize("text", CONTROL.values(), ids=CONTROL)
def test_hostile_control_replies_are_refused(text: str, cage: Cage) -> None:
    refused(cage.run("search", text.encode()))
    refused(cage.run("einfo", text.replace("eSearchResult", "eInfoResult").encode()))


TAKEN_BY_INT = ("٣", "-1", "0", "1_0", "18446744073709551616")


@pytest.mark.parametrize("pmid", [" ", "²", "1.5", "x", *TAKEN_BY_INT])
def test_a_search_that_names_no_pmid_is_refused(pmid: str, cage: Cage) -> None:
    refused(cage.run("search", (PUBLIC + SEARCH.format(1, pmid, "")).encode()))


def test_the_largest_real_search_is_far_from_the_limit(cage: Cage) -> None:
    ids = "</Id>\n<Id>".join(str(40_000_000 + i) for i in range(9_999))
    outcome = cage.run("search", (PUBLIC + SEARCH.format(9_999, ids, "q " * 20_000)).encode())
    cost_little(outcome)
    assert len(outcome.value.pmids) == 9_999


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A gigabyte in a megabyte: the beginning of a set, then blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    blanks = b" " * MILLION
    parts = [packer.compress(SET), *(packer.compress(blanks) for _ in range(1_000))]
    return b"".join([*parts, packer.flush()])


def test_a_packed_gigabyte_is_refused(bomb: bytes, cage: Cage) -> None:
    assert len(bomb) < 2 * MILLION
    assert f"larger than {MAX_REPLY_BYTES:,}" in refused(cage.run("gzip", bomb))


def test_a_bomb_in_a_bomb_is_refused(bomb: bytes, cage: Cage) -> None:
    assert "not asked for" in refused(cage.run("gzip, gzip", gzip.compress(bomb)))
    refused(cage.run("gzip", gzip.compress(bomb)))


def test_another_packing_than_asked_for_is_refused(cage: Cage) -> None:
    assert "not asked for" in refused(cage.run("deflate", zlib.compress(bytes(100 * MILLION))))


def test_a_million_packed_nothings_are_refused(cage: Cage) -> None:
    refused(cage.run("gzip", gzip.compress(b"") * MILLION))


def test_a_reply_without_end_is_refused(cage: Cage) -> None:
    assert "larger than" in refused(cage.run("endless", b" " * 65_536))


@pytest.mark.parametrize("cut", [1, 8, 20])
def test_a_packed_reply_that_is_cut_is_never_used(cut: int, cage: Cage) -> None:
    """The end of gzip's data is its checksum: without it nobody knows what is missing."""
    assert "broke off" in refused(cage.run("gzip", gzip.compress(SET)[:-cut]))


def test_a_packed_reply_that_was_changed_is_never_used(cage: Cage) -> None:
    packed = bytearray(gzip.compress(SET, mtime=0))
    packed[-6] ^= 1
    refused(cage.run("gzip", bytes(packed)))


def test_something_behind_a_packed_reply_is_refused(cage: Cage) -> None:
    refused(cage.run("gzip", gzip.compress(SET) + b"x"))
    refused(cage.run("gzip", gzip.compress(SET) + gzip.compress(SET)))


def test_packed_and_plain_replies_are_used(cage: Cage) -> None:
    for reader, data in (("gzip", gzip.compress(SET)), ("plain", SET)):
        assert cage.run(reader, data).value == (Action.OK, len(SET))


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_unpacking_gives_the_same_bytes_however_they_are_cut(size: int) -> None:
    data = bytes(range(256)) * 20_000 + bytes(3 * 1024 * 1024)
    packed = gzip.compress(data)
    pieces = list(unpack("gzip", [packed[i : i + size] for i in range(0, len(packed), size)]))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 1024 * 1024
    assert list(unpack("gzip", [])) == []


def test_a_batch_that_is_too_large_is_asked_for_in_halves(
    settings: Settings, unthrottled: Callable[[], Throttle]
) -> None:
    """A few hundred papers of a large collaboration are more than any limit for one reply."""

    def ask(**options: Any) -> Action:
        with HttpSource(
            "http://127.0.0.1:9/",
            settings,
            unthrottled(),
            transport=httpx.MockTransport(lambda _: httpx.Response(200, content=SET * 100)),
            sleep=lambda _: None,
            max_reply_bytes=1_000,
        ) as source:
            request = Request(endpoint=Endpoint.EFETCH, path="x", form={}, **options)
            return source.ask(request).action

    assert ask(can_shrink=True) is Action.RETRY_SMALLER
    with pytest.raises(MalformedReply, match="larger than 1,000 bytes"):
        ask()
