"""One pass of the reaper: dead runs are ended, leaked slots given back, open books closed.

What it ends is said by `litsweep_app.tending.verdicts`; it starts nothing, and what waits to
begin is only counted.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from db import runs
from db.engine import Database
from db.owners import list_owners
from litsweep.errors import OrchestrationError
from litsweep_app.tending import server, verdicts
from litsweep_app.tending.verdicts import Verdict, is_silent, pause_between
from tasks.policies import is_alive

LATE: Final = timedelta(days=1)
# A run that is just beginning takes its slot and its state in one step of the server's, but they
# are asked for one after the other here: a slot is leaked only if it is so twice.
_SECOND_LOOK_S: Final = 5.0
_BEATS_LISTENED: Final = 2.5


def tend_once(database: Database, *, sleep: Callable[[float], None] = time.sleep) -> list[str]:
    """Make one pass and return what was done and seen, a sentence each; nothing: all is well.

    Raises:
        OrchestrationError: no Prefect server is set, or it does not answer.
        DatabaseError: the results database cannot be used.
    """
    if not PREFECT_API_URL.value():
        raise OrchestrationError(
            "No Prefect server is set, so there is nothing to tend: set PREFECT_API_URL."
        )
    try:
        with get_client(sync_client=True) as client:
            return [
                *_end_dead(client, database),
                *_end_silent(client, database, sleep),
                *_release_leaked(client, sleep),
                *_close_books(client, database),
                *_mention_late(client),
            ]
    except httpx.HTTPStatusError as error:
        raise OrchestrationError(
            f"The Prefect server at {PREFECT_API_URL.value()} refused a question "
            f"({error.response.status_code}). Where it asks for a password, set "
            "PREFECT_API_AUTH_STRING."
        ) from error
    except httpx.HTTPError as error:
        raise OrchestrationError(
            f"The Prefect server at {PREFECT_API_URL.value()} does not answer "
            f"({type(error).__name__}). Start it; the next pass goes on."
        ) from error


def _end_dead(client: SyncPrefectClient, database: Database) -> list[str]:
    with database.reading() as conn:
        owners = list_owners(conn)
    found = server.list_open(client)
    return _end(client, verdicts.judge(found, owners, is_alive=_look, now=datetime.now(UTC)))


def _end_silent(
    client: SyncPrefectClient, database: Database, sleep: Callable[[float], None]
) -> list[str]:
    """End runs whose process cannot be seen, and which stay silent while they are listened to."""
    with database.reading() as conn:
        seen = {one.flow_run_id for one in list_owners(conn) if _look(one.process)}
    beats = {
        run.flow_run_id: server.list_beats(client, run.flow_run_id)
        for run in server.list_open(client)
        if run.state == "RUNNING" and run.flow_run_id not in seen
    }
    now = datetime.now(UTC)
    suspects = {number: heard for number, heard in beats.items() if is_silent(heard, now)}
    if not suspects:
        return []
    # The server may have been away, and all the runs silent with it: a living one is heard now.
    pauses = [pause for heard in suspects.values() if (pause := pause_between(heard))]
    sleep((_BEATS_LISTENED * max(pauses)).total_seconds())
    return _end(
        client,
        [
            Verdict(run=run, reason="it gives no sign of life any more")
            for run in server.list_open(client)
            if run.flow_run_id in suspects
            and server.list_beats(client, run.flow_run_id) == suspects[run.flow_run_id]
        ],
    )


def _end(client: SyncPrefectClient, judged: Sequence[Verdict]) -> list[str]:
    said = []
    for verdict in judged:
        try:
            is_ended = server.end(client, verdict)
        except ObjectNotFound:
            continue  # deleted meanwhile
        if is_ended:
            said.append(
                f"{verdict.run.name} was {verdict.run.state} and is {verdict.new_state} now, "
                f"since {verdict.reason}."
            )
    return said


def _release_leaked(client: SyncPrefectClient, sleep: Callable[[float], None]) -> list[str]:
    first = {one.limit_name: one for one in server.list_slots(client) if one.n_leaked}
    if not first:
        return []
    sleep(_SECOND_LOOK_S)
    leaked = [one for one in server.list_slots(client) if one.n_leaked and one.limit_name in first]
    for one in leaked:
        server.release(client, one)
    return [
        f"{one.deployment} had {one.n_leaked} slots that no run held; they are free."
        for one in leaked
    ]


def _close_books(client: SyncPrefectClient, database: Database) -> list[str]:
    """Close search runs whose flow run is over, and whose process nobody sees alive here."""
    with database.reading() as conn:
        owners = [one for one in list_owners(conn) if one.search_run_id is not None]
    ended = server.list_ended(client, [one.flow_run_id for one in owners])
    said = []
    for owner in owners:
        state = ended.get(owner.flow_run_id)
        if state is None or owner.search_run_id is None or _look(owner.process):
            continue
        error = f"Its flow run ended as {state} before it could close the run."
        with database.writing() as conn:
            runs.interrupt_run(conn, owner.search_run_id, error, datetime.now(UTC))
        said.append(f"Search run {owner.search_run_id} was left open and is closed: {error}")
    return said


def _look(process: str) -> bool | None:
    """Tell whether a process lives; None: it is another machine's, and cannot be seen."""
    # What cannot be seen counts as alive at first, and as dead when its work began long ago.
    if is_alive(process, datetime.min.replace(tzinfo=UTC)):
        return True
    return None if is_alive(process, datetime.now(UTC)) else False


def _mention_late(client: SyncPrefectClient) -> list[str]:
    n_late = server.count_late(client, datetime.now(UTC) - LATE)
    if not n_late:
        return []
    return [
        f"{n_late} runs were to begin more than a day ago and wait still: does a worker of their "
        "pool run? Those of other nights can be deleted: the next night asks for their days too."
    ]
