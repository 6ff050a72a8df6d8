"""A worker of a pool in this process: takes the runs of a deployment and runs them, for tests.

The runs, their states and their keys are the server's; only the process that a worker would start
for each run is left out, which takes seconds.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectAlreadyExists
from prefect.flow_engine import run_flow
from prefect.utilities.callables import parameter_schema

POOL = "litsweep"


def deploy(flow: Flow[..., Any], name: str) -> UUID:
    """Make a deployment of ``flow`` on the pool, and return its number."""
    with get_client(sync_client=True) as client:
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        return client.create_deployment(
            flow_id=client.create_flow(flow),
            name=name,
            work_pool_name=POOL,
            parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        )


def list_runs(deployment_id: UUID, *states: StateType) -> list[FlowRun]:
    """Return the runs of a deployment that are in one of ``states``; without any, all."""
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states or StateType))),
    )
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_run_filter=wanted)


@contextmanager
def working(flow: Flow[..., Any], deployment_id: UUID) -> Iterator[list[UUID]]:
    """Run what is scheduled, one run after the other, while the block lasts; yield what was."""
    is_over, done = threading.Event(), list[UUID]()

    def work() -> None:
        while not is_over.is_set():
            for run in list_runs(deployment_id, StateType.SCHEDULED):
                run_flow(flow, flow_run=run, parameters=run.parameters, return_type="state")
                done.append(run.id)
            time.sleep(0.1)

    thread = threading.Thread(target=copy_context().run, args=(work,), daemon=True)
    thread.start()
    try:
        yield done
    finally:
        is_over.set()
        thread.join(60)
