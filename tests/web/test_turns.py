"""Pages that decide are answered two at a time, first come, first served; no others wait."""

import asyncio
import threading
from typing import Final

from starlette.responses import Response

from litsweep.domain.reviewers import Role
from litsweep_app.web.application import PAGES
from litsweep_app.web.page import Page
from litsweep_app.web.turns import AT_A_TIME, run_in_thread
from litsweep_app.web.visit import Visit

_LONG_S: Final = 20.0


def _answer(_: Visit) -> Response:
    return Response()


DECIDING = Page(path="/a", name="a", handler=_answer, role=Role.REVIEWER, takes_turns=True)
READING = Page(path="/b", name="b", handler=_answer, role=Role.READER)


def test_some_at_a_time_in_the_order_in_which_they_came() -> None:
    n_at_once = threading.Barrier(AT_A_TIME)
    lock = threading.Lock()
    begun: list[int] = []
    n_running = most = 0

    def decide(number: int) -> None:
        nonlocal n_running, most
        with lock:
            begun.append(number)
            n_running += 1
            most = max(most, n_running)
        n_at_once.wait(_LONG_S)
        with lock:
            n_running -= 1

    async def ask() -> None:
        given = range(3 * AT_A_TIME)
        await asyncio.gather(*(run_in_thread(DECIDING, decide, number) for number in given))

    asyncio.run(ask())
    assert most == AT_A_TIME
    assert [number // AT_A_TIME for number in begun] == [0] * AT_A_TIME + [1] * AT_A_TIME + [
        2
    ] * AT_A_TIME


def test_who_only_reads_waits_for_nobody_who_decides() -> None:
    is_read = threading.Event()

    async def ask() -> list[bool]:
        deciding = [run_in_thread(DECIDING, is_read.wait, _LONG_S) for _ in range(AT_A_TIME + 1)]
        *found, _ = await asyncio.gather(*deciding, run_in_thread(READING, is_read.set))
        return [bool(one) for one in found]

    assert asyncio.run(ask()) == [True] * (AT_A_TIME + 1)


def test_what_decides_or_claims_takes_turns() -> None:
    assert {page.name for page in PAGES if page.takes_turns} == {
        *("queue", "decide", "undo"),
        *("api_decide_on_record", "api_take_from_queue", "api_claim_record"),
    }
