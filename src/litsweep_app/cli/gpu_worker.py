"""``litsweep gpu-worker``: a worker that keeps the model in memory between readings."""

from typing import Annotated

import typer

from litsweep.errors import OrchestrationError
from litsweep.models.choosing import require_models
from litsweep.settings import load_settings
from litsweep_app.cli.console import say


def gpu_worker(
    pool: Annotated[str, typer.Option(help="The work pool it takes runs from.")] = "litsweep-warm",
    limit: Annotated[
        int, typer.Option(min=1, help="Runs at a time; readings take turns in any case.")
    ] = 1,
    name: Annotated[str | None, typer.Option(help="Its name; without it, one is made up.")] = None,
) -> None:
    """Run what is asked of a pool inside this process, with the model kept loaded.

    The pool is made if there is none. Settings come from this process's environment. Ctrl-C or
    SIGTERM has the reading under way store its batch and hand the run back. It ends with 75 when
    the GPU is lost: have it started again (systemd: Restart=always).
    """
    require_models(load_settings())
    from prefect.settings import PREFECT_API_URL

    if not PREFECT_API_URL.value():
        raise OrchestrationError(
            "A worker needs a Prefect server that lasts: set PREFECT_API_URL, such as to "
            "http://127.0.0.1:4200/api (`litsweep up` starts one)."
        )
    from litsweep_app.warm_serving import serve

    say(f"Taking runs from the pool {pool} at {PREFECT_API_URL.value()}")
    serve(pool=pool, limit=limit, name=name)
