"""The work pools: which there are, and of which kind. Knows nothing of deployments.

A pool that is there with another type (kubernetes, docker) stays: where runs are executed is
the operator's choice, and every deployment fits any type, but for the warm pool's.
"""

from dataclasses import dataclass
from typing import Any, Final

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import WorkPool
from prefect.exceptions import ObjectNotFound
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

from litsweep.errors import OrchestrationError

CPU_POOL: Final = "litsweep"
GPU_POOL: Final = "litsweep-gpu"
WARM_POOL: Final = "litsweep-warm"
WARM_TYPE: Final = "litsweep-warm"


@dataclass(frozen=True)
class Pool:
    """A work pool as it shall be; ``n_gpus`` runs at once, None: as many as workers take."""

    client: SyncPrefectClient
    name: str
    type: str
    description: str
    n_runs: int | None = None
    keeps_limit: bool = True
    kind: str = "work pool"

    def find(self) -> WorkPool | None:
        """Ask the server for it."""
        try:
            return self.client.read_work_pool(self.name)
        except ObjectNotFound:
            return None

    def differences(self, found: WorkPool | None) -> list[str]:
        """Say in words how the server's differs from the declared one."""
        if found is None:
            return [f"there is no work pool {self.name}"]
        said = [self._wrong_type(found)] if self._is_wrong(found) else []
        if self._wants_limit(found):
            there = found.concurrency_limit or "any number of"
            said.append(f"at most {there} runs → {self.n_runs}")
        return said

    def put(self, found: WorkPool | None) -> None:
        """Make it, or set its limit.

        Raises:
            OrchestrationError: its type is wrong; Prefect cannot change a pool's type.
        """
        if found is None:
            self.client.create_work_pool(
                WorkPoolCreate(
                    name=self.name,
                    type=self.type,
                    description=self.description,
                    base_job_template=_job_template(self.type),
                    concurrency_limit=self.n_runs,
                )
            )
        elif self._is_wrong(found):
            raise OrchestrationError(
                f"{self._wrong_type(found)}. Prefect cannot change a pool's type: "
                f"`prefect work-pool delete {self.name}`, then apply again."
            )
        else:
            self.client.update_work_pool(self.name, WorkPoolUpdate(concurrency_limit=self.n_runs))

    def remarks(self, found: WorkPool) -> list[str]:
        """Say what an operator chose there and what is therefore left."""
        said = [f"{found.type}, not {self.type}"] if found.type != self.type else []
        if found.concurrency_limit is not None:
            said.append(f"at most {found.concurrency_limit} at once")
        return [*said, "paused: no run starts"] if found.is_paused else said

    def _is_wrong(self, found: WorkPool) -> bool:
        return self.type == WARM_TYPE and found.type != WARM_TYPE

    def _wrong_type(self, found: WorkPool) -> str:
        return f"its type is {found.type}, and only {WARM_TYPE} keeps a model in memory"

    def _wants_limit(self, found: WorkPool) -> bool:
        if self.n_runs is None or found.concurrency_limit == self.n_runs:
            return False
        return found.concurrency_limit is None or not self.keeps_limit


def declared_pools(client: SyncPrefectClient, n_gpus: int | None) -> list[Pool]:
    """List our pools; ``n_gpus`` readings at once, None: what is set there, and 1 where none is."""
    return [
        Pool(client, CPU_POOL, "process", "litsweep: sweeps, loads, and readings without a GPU"),
        Pool(
            client,
            GPU_POOL,
            "process",
            "litsweep: readings on machines with a GPU, one at a time on each",
            n_runs=n_gpus or 1,
            keeps_limit=n_gpus is None,
        ),
        Pool(
            client,
            WARM_POOL,
            WARM_TYPE,
            "litsweep: readings by a worker that keeps the model in memory (litsweep gpu-worker)",
        ),
    ]


def _job_template(type_name: str) -> dict[str, Any]:
    worker = ProcessWorker if type_name == ProcessWorker.type else BaseWorker
    return worker.get_default_base_job_template()
