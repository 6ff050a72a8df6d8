"""Prefect's command line, with a server that plans scheduled runs also under SQLAlchemy 2.1.

Run as ``python -m litsweep_app.mended_prefect server start …``; the arguments are Prefect's own.
Prefect 3.8.8 inserts planned runs with their ``state`` among the values, which is no column:
SQLAlchemy 2.0 passed over it, 2.1 refuses the whole insert ("Can't evaluate bulk DML statement"),
and no schedule of any deployment ever starts a run. The states are inserted after that anyway.
"""

import runpy
import sys


def main() -> None:
    """Run Prefect's command line until it ends."""
    if "server" in sys.argv:
        mend_scheduler()
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


if __name__ == "__main__":
    main()
