"""Prefect's command line, with a server that has two of its faults mended.

Run as ``python -m litsweep_app.mended_prefect server start …``; the arguments are Prefect's own.

Prefect 3.8.8 inserts planned runs with their ``state`` among the values, which is no column:
SQLAlchemy 2.0 passed over it, 2.1 refuses the whole insert ("Can't evaluate bulk DML statement"),
and no schedule of any deployment ever starts a run. The states are inserted after that anyway.

Most of its transactions on SQLite read first and write later. Where another one wrote in between,
SQLite refuses the write at once, however long the busy timeout, and the server answers 503: a
third of the requests of 6 clients that ask without a pause, 97 of their 99 new runs. A transaction
that begins as a writer waits its turn.
"""

import runpy
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any


def main() -> None:
    """Run Prefect's command line until it ends."""
    if "server" in sys.argv:
        mend_scheduler()
        mend_transactions()
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


def mend_scheduler() -> None:
    """Have the bulk inserts of this process pass over ``state``, as they did before."""
    from prefect.server.database import orm_models

    for model in (orm_models.FlowRun, orm_models.TaskRun):
        state = vars(model)["state"]
        # SQLAlchemy 2.0 has no such attribute, and needs none.
        if getattr(state, "bulk_dml_setter", "") is None:
            state.bulk_dml_setter = _pass_over


def _pass_over(*_arguments: object) -> None:
    return


def mend_transactions() -> None:
    """Have every transaction that this process begins on SQLite wait its turn to write."""
    from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration

    begin_as_prefect_does = AioSqliteConfiguration.begin_transaction

    @asynccontextmanager
    async def begin_transaction(
        configuration: AioSqliteConfiguration, session: Any, with_for_update: bool = True
    ) -> AsyncGenerator[object]:
        del with_for_update  # always
        async with begin_as_prefect_does(configuration, session, with_for_update=True) as begun:
            await session.connection()
            # The mode is for whatever begins inside the block, too: a session that only reads
            # there would otherwise wait for the end of this very transaction.
            SQLITE_BEGIN_MODE.set("DEFERRED")
            yield begun

    AioSqliteConfiguration.begin_transaction = begin_transaction  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    main()
