"""Many reviewers at once, each with a browser or a program of their own; a process by itself.

    python -m benchmarks.desk_load < JOB > RESULT

Raw HTTP/1.1 over one kept connection a person, gzip as a browser asks for it: the load itself costs
little of the cores that it shares with the server. Each person thinks (exponentially
distributed), decides, and waits for the next card; what was acknowledged is told.
"""

import asyncio
import gzip
import html
import json
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

_HIDDEN: Final = re.compile(rb'<input type="hidden" name="(\w+)" value="([^"]*)">')
_FORM: Final = re.compile(rb'<form[^>]*class="deciding"(.*?)</form>', re.DOTALL)
_DECISIONS: Final = ("include", "exclude", "exclude", "exclude", "unsure")
STAGE: Final = "title_abstract"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done: ``way`` is one of `WAYS`; times in seconds."""

    address: str
    way: str
    topic: str
    people: list[dict[str, str]]
    n_each: int
    think_s: float
    seed: int = 1


@dataclass(kw_only=True)
class Done:
    """What one person saw: milliseconds of each step, and the numbers that were acknowledged."""

    deciding: list[float] = field(default_factory=list)
    next_card: list[float] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    n_retried: int = 0
    bytes_of_card: int = 0


@dataclass(frozen=True)
class Reply:
    """An answer of the server, its body unpacked; ``n_sent`` is its length as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    n_sent: int


class Client:
    """One person's connection."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._origin = address
        self._headers = {"Host": f"{self._host}:{self._port}", "Accept-Encoding": "gzip", **headers}
        self.n_retried = 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """Send a request and read the whole answer."""
        given = {**self._headers, **{name.replace("_", "-"): one for name, one in headers.items()}}
        if method == "POST":
            given |= {"Origin": self._origin, "Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {one}" for name, one in given.items())]
        sent = "\r\n".join([*lines, "", ""]).encode() + body
        try:
            return await self._exchange(sent)
        except (asyncio.IncompleteReadError, ConnectionError):
            # As browsers do where a kept connection turns out to be closed.
            self._streams = None
            self.n_retried += 1
            return await self._exchange(sent)

    async def _exchange(self, sent: bytes) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(sent)
        reply = await _read_reply(reader)
        if reply.headers.get("connection") == "close":
            writer.close()
            self._streams = None
        return reply

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()


async def _read_reply(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
    elif length := int(headers.get("content-length", "0")):
        body = await reader.readexactly(length)
    unpacked = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
    return Reply(int(head[0].split()[1]), headers, unpacked, len(body))


# --- ways to decide ----------------------------------------------------------------------


async def decide_by_page(job: Job, person: dict[str, str], done: Done) -> None:
    """As without scripts: a form is sent, and answered with the way to the next card's page."""
    client = Client(job.address, {"Cookie": f"litsweep_desk={person['session']}"})
    chance = _chance_of(job, person)
    card = await _follow(client, f"/topics/{quote(job.topic, safe='')}/queue/{STAGE}")
    for _ in range(job.n_each):
        await _think(chance, job)
        sent = _fill_form(card.body, chance)
        began = time.perf_counter()
        reply = await _send_form(client, job, sent)
        decided = time.perf_counter()
        assert reply.status == 303, (reply.status, reply.body[-600:])
        card = await _follow(client, reply.headers["location"])
        _note(done, began, decided)
        done.bytes_of_card = card.n_sent
    client.close()


async def decide_by_script(job: Job, person: dict[str, str], done: Done) -> None:
    """As the page's script does: a form is sent and acknowledged, a card is asked for."""
    client = Client(job.address, {"Cookie": f"litsweep_desk={person['session']}"})
    chance = _chance_of(job, person)
    queue = f"/topics/{quote(job.topic, safe='')}/queue/{STAGE}"
    card = await _follow(client, queue)
    for _ in range(job.n_each):
        await _think(chance, job)
        sent = _fill_form(card.body, chance)
        began = time.perf_counter()
        reply = await _send_form(client, job, sent, HX_Request="true")
        decided = time.perf_counter()
        assert reply.status == 200, (reply.status, reply.body[-600:])
        done.acknowledged.append(json.loads(reply.body)["decision_id"])
        after = urlencode({"after": sent["place"]})
        card = await client.ask("GET", f"{queue}?{after}", HX_Request="true")
        assert card.status == 200, (card.status, card.body[-600:])
        _note(done, began, decided)
        done.bytes_of_card = card.n_sent
    client.close()


async def decide_by_api(job: Job, person: dict[str, str], done: Done) -> None:
    """As a program: a decision, the next of the queue, claimed, and all about it."""
    client = Client(job.address, {"Authorization": f"Bearer {person['token']}"})
    chance = _chance_of(job, person)
    topic = f"/api/v1/topics/{quote(job.topic, safe='')}"
    number = await _next_by_api(client, topic)
    for _ in range(job.n_each):
        await _think(chance, job)
        decision = {"record_id": number, "stage": STAGE, "expected_id": None}
        decision["decision"] = chance.choice(_DECISIONS)
        began = time.perf_counter()
        reply = await _post_json(client, f"{topic}/decisions", decision)
        decided = time.perf_counter()
        done.acknowledged.append(json.loads(reply.body)["screening_decision_id"])
        number = await _next_by_api(client, topic)
        _note(done, began, decided)
    client.close()


async def _next_by_api(client: Client, topic: str) -> int:
    found = await client.ask("GET", f"{topic}/queue/{STAGE}")
    assert found.status == 200, found.body
    number: int = json.loads(found.body)["items"][0]["record_id"]
    await _post_json(client, f"{topic}/claims", {"record_id": number, "stage": STAGE})
    card = await client.ask("GET", f"/api/v1/records/{number}")
    assert card.status == 200, card.body
    return number


async def look_at_datasette(job: Job, person: dict[str, str], done: Done) -> None:
    """As who reads the same table by Datasette: a page of the list, and a row's page."""
    client = Client(job.address, {})
    chance = _chance_of(job, person)
    for _ in range(job.n_each):
        await _think(chance, job)
        start, row = chance.randrange(90_000), chance.randrange(1, 90_000)
        began = time.perf_counter()
        listed = await client.ask("GET", f"/results/records?_size=20&_next={start}")
        decided = time.perf_counter()
        shown = await client.ask("GET", f"/results/records/{row}")
        assert (listed.status, shown.status) == (200, 200), (listed.status, shown.status)
        _note(done, began, decided)
        done.bytes_of_card = shown.n_sent
    client.close()


WAYS: Final[Mapping[str, Callable[[Job, dict[str, str], Done], Awaitable[None]]]] = {
    "page": decide_by_page,
    "script": decide_by_script,
    "api": decide_by_api,
    "datasette": look_at_datasette,
}


async def _follow(client: Client, path: str) -> Reply:
    for _ in range(5):
        reply = await client.ask("GET", path)
        if reply.status != 303:
            assert reply.status == 200, (path, reply.status, reply.body[-600:])
            return reply
        path = reply.headers["location"]
    raise AssertionError(f"{path} leads nowhere")


async def _send_form(client: Client, job: Job, sent: dict[str, str], **headers: str) -> Reply:
    return await client.ask(
        "POST",
        f"/topics/{quote(job.topic, safe='')}/decisions",
        urlencode(sent).encode(),
        Content_Type="application/x-www-form-urlencoded",
        **headers,
    )


async def _post_json(client: Client, path: str, given: dict[str, Any]) -> Reply:
    reply = await client.ask(
        "POST", path, json.dumps(given).encode(), Content_Type="application/json"
    )
    assert reply.status == 200, (path, reply.status, reply.body)
    return reply


def _fill_form(page: bytes, chance: random.Random) -> dict[str, str]:
    form = _FORM.search(page)
    assert form is not None, page[-2000:]
    found = {
        name.decode(): html.unescape(value.decode()) for name, value in _HIDDEN.findall(form[1])
    }
    return {**found, "decision": chance.choice(_DECISIONS), "note": ""}


def _chance_of(job: Job, person: dict[str, str]) -> random.Random:
    return random.Random(f"{job.seed} {person['name']}")


async def _think(chance: random.Random, job: Job) -> None:
    if job.think_s:
        await asyncio.sleep(chance.expovariate(1 / job.think_s))


def _note(done: Done, began: float, decided: float) -> None:
    done.deciding.append((decided - began) * 1_000)
    done.next_card.append((time.perf_counter() - decided) * 1_000)


async def run(job: Job) -> dict[str, Any]:
    """Have everybody work side by side; return what each saw, and the seconds in all."""
    found = [Done() for _ in job.people]
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for person, done in zip(job.people, found, strict=True):
            group.create_task(_work(job, person, done))
    return {"seconds": time.perf_counter() - began, "done": [asdict(one) for one in found]}


async def _work(job: Job, person: dict[str, str], done: Done) -> None:
    # People do not arrive in the same millisecond.
    await asyncio.sleep(_chance_of(job, person).random() * max(job.think_s, 0.2))
    await WAYS[job.way](job, person, done)


if __name__ == "__main__":
    json.dump(asyncio.run(run(Job(**json.load(sys.stdin)))), sys.stdout)
