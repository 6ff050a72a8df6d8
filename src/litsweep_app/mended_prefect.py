"""Prefect's own command line, with one fault mended: schedules that make no runs.

``python -m litsweep_app.mended_prefect server start …``, wherever Prefect's server or its services
are started. Prefect 3.8.8 allows SQLAlchemy 2.1, and there its scheduler fails at each attempt
("Can't evaluate bulk DML statement"): it hands the rows that it inserts a ``state`` beside their
columns, for which 2.0 had no use and 2.1 wants a function. Nothing then runs at its hour, and the
server's log alone says so. All else is Prefect's.
"""

import sys
from typing import Any


def mend_scheduler() -> None:
    """Have SQLAlchemy pass over the ``state`` of scheduled runs, as 2.0 did."""
    from prefect.server.database.orm_models import FlowRun

    # The states are inserted by a statement of their own, right after the runs.
    state: Any = FlowRun.__mapper__.all_orm_descriptors["state"]
    state.bulk_dml_setter = _pass_over


def _pass_over(_model: type, _row: Any, _state: Any) -> None:
    return


def main() -> None:
    """Run the command that the arguments are."""
    mend_scheduler()
    from prefect.cli import app

    sys.argv[0] = "prefect"
    app()


if __name__ == "__main__":
    main()
