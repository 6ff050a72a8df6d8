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

    def is_there(self) -> bool:
        """Tell whether the server has one of this name."""
        return self._find() is not None

    def differences(self) -> list[str]:
        """Say in words how the server's differs from the declared one."""
        found = self._find()
        if found is None:
            return [f"there is no work pool {self.name}"]
        said = []
        if self.type == WARM_TYPE and found.type != WARM_TYPE:
            said.append(f"its type is {found.type}, and only {WARM_TYPE} keeps a model in memory")
        if self._wants_limit(found):
            said.append(
                f"at most {found.concurrency_limit or 'any number of'} runs → {self.n_runs}"
            )
        return said

    def put(self) -> None:
        """Make it, or set its limit.

        Raises:
            OrchestrationError: its type is wrong; Prefect cannot change a pool's type.
        """
        found = self._find()
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
            return
        if self.type == WARM_TYPE and found.type != WARM_TYPE:
            raise OrchestrationError(
                f"its type is {found.type}, and Prefect cannot change that. If it is not yours: "
                f"`prefect work-pool delete {self.name}`, then apply again."
            )
        self.client.update_work_pool(self.name, WorkPoolUpdate(concurrency_limit=self.n_runs))

    def remarks(self) -> list[str]:
        """Say what an operator chose there and what is therefore left."""
        found = self._find()
        if found is None:
            return []
        said = [f"{found.type}, not {self.type}"] if found.type != self.type else []
        if found.concurrency_limit is not None:
            said.append(f"at most {found.concurrency_limit} at once")
        return [*said, "paused: no run starts"] if found.is_paused else said

    def _wants_limit(self, found: WorkPool) -> bool:
        if self.n_runs is None or found.concurrency_limit == self.n_runs:
            return False
        return found.concurrency_limit is None or not self.keeps_limit

    def _find(self) -> WorkPool | None:
        try:
            return self.client.read_work_pool(self.name)
        except ObjectNotFound:
            return None


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
