"""Those who write to Prefect's SQLite database at once wait for one another."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from litsweep_app.mended_prefect import mend_transactions
from tests.deployments.servers import PASSWORD

N_CLIENTS = 6
N_DEPLOYMENTS = 5


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AioSqliteConfiguration:
    # Set to what it is already, so that it is put back after the test.
    as_prefect_does = AioSqliteConfiguration.begin_transaction
    monkeypatch.setattr(AioSqliteConfiguration, "begin_transaction", as_prefect_does)
    return AioSqliteConfiguration(f"sqlite+aiosqlite:///{tmp_path / 'server.db'}")


def test_a_reader_that_writes_later_waits_its_turn(configuration: AioSqliteConfiguration) -> None:
    # Where this fails no more, Prefect has been mended, and mend_transactions may go.
    with pytest.raises(OperationalError, match="database is locked"):
        asyncio.run(_write_amid_another(configuration))
    mend_transactions()
    assert asyncio.run(_write_amid_another(configuration)) == [0, 1]


def test_who_only_reads_amid_a_writer_does_not_wait(configuration: AioSqliteConfiguration) -> None:
    mend_transactions()
    assert asyncio.run(_read_within_a_writer(configuration)) == 0


def test_a_server_refuses_none_of_many_writers(
    environment: dict[str, str], clients: list[httpx.Client]
) -> None:
    def deploy(number: int) -> list[int]:
        return [_deploy(clients[number], f"busy-{number}-{n}") for n in range(N_DEPLOYMENTS)]

    with ThreadPoolExecutor(N_CLIENTS) as pool:
        answers = Counter(code for codes in pool.map(deploy, range(N_CLIENTS)) for code in codes)
    assert answers == {201: N_CLIENTS * N_DEPLOYMENTS}


@pytest.fixture
def clients(environment: dict[str, str]) -> Iterator[list[httpx.Client]]:
    """Clients that ask nothing twice."""
    user, _, password = PASSWORD.partition(":")
    url = environment["PREFECT_API_URL"]
    opened = [
        httpx.Client(base_url=url, auth=(user, password), timeout=60) for _ in range(N_CLIENTS)
    ]
    yield opened
    made = opened[0].post("/flows/filter", json={"flows": {"name": {"like_": "busy-"}}}).json()
    for flow in made:
        opened[0].delete(f"/flows/{flow['id']}").raise_for_status()
    for client in opened:
        client.close()


def _deploy(client: httpx.Client, name: str) -> int:
    flow = client.post("/flows/", json={"name": name})
    if flow.is_error:
        return flow.status_code
    form = {"name": name, "flow_id": flow.json()["id"], "concurrency_limit": 1}
    return client.post("/deployments/", json=form).status_code


async def _write_amid_another(configuration: AioSqliteConfiguration) -> list[int]:
    """What two transactions read before they write, the second begun amid the first."""
    engine = await _made(configuration)
    found: list[int] = []

    async def read_and_write(pause_s: float) -> None:
        async with (
            await configuration.session(engine) as session,
            configuration.begin_transaction(session),
        ):
            found.append(await _count(session))
            await asyncio.sleep(pause_s)
            await session.execute(text("INSERT INTO run DEFAULT VALUES"))

    first = asyncio.create_task(read_and_write(0.5))
    while not found:
        await asyncio.sleep(0.01)
    await asyncio.gather(first, read_and_write(0))
    return found


async def _read_within_a_writer(configuration: AioSqliteConfiguration) -> int:
    engine = await _made(configuration)
    async with (
        asyncio.timeout(30),
        await configuration.session(engine) as writing,
        configuration.begin_transaction(writing),
        await configuration.session(engine) as reading,
    ):
        await writing.execute(text("INSERT INTO run DEFAULT VALUES"))
        return await _count(reading)


async def _made(configuration: AioSqliteConfiguration) -> AsyncEngine:
    engine = await configuration.engine()
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS run (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("DELETE FROM run"))
    return engine


async def _count(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT count(*) FROM run"))).scalar_one())
