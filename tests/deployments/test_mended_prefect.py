"""Prefect's scheduler stores the runs that it makes, on the SQLAlchemy that is installed."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from prefect.server.database.orm_models import FlowRun
from sqlalchemy import create_engine, insert
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from litsweep_app.mended_prefect import mend_scheduler

pytestmark = pytest.mark.filterwarnings("ignore:Type object")  # of Prefect's models


@pytest.fixture
def session() -> Any:
    engine = create_engine("sqlite://")
    table: Any = FlowRun.__table__
    table.create(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def scheduled() -> dict[str, Any]:
    """What the scheduler hands over for a run: its columns, and a state beside them."""
    return {
        "id": uuid4(),
        "flow_id": uuid4(),
        "name": "a night",
        "expected_start_time": datetime(2026, 11, 23, 3, 30, tzinfo=UTC),
        "state": {"type": "SCHEDULED", "name": "Scheduled"},
    }


def test_scheduled_runs_are_stored(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    state: Any = FlowRun.__mapper__.all_orm_descriptors["state"]
    monkeypatch.setattr(state, "bulk_dml_setter", None)
    # Where this fails no more, Prefect has been mended, and litsweep_app.mended_prefect may go.
    with pytest.raises(InvalidRequestError, match="bulk_dml"):
        session.execute(insert(FlowRun), [scheduled()])
    mend_scheduler()
    session.execute(insert(FlowRun), [scheduled(), scheduled()])
    assert session.query(FlowRun).count() == 2
