"""Puts the work pools and deployments on the server; may be repeated.

Run as ``python -m litsweep_app.house.deploying``, with the server in the environment.
"""

import sys
from importlib.resources import files

from prefect.cli import app
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists


def main() -> None:
    """Make what is missing, and renew what is there."""
    with get_client(sync_client=True) as client:
        for pool in ("litsweep", "litsweep-gpu"):
            try:
                client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
            except ObjectAlreadyExists:
                continue
    prefect_yaml = str(files("deployments") / "prefect.yaml")
    sys.argv = ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", prefect_yaml]
    app()


if __name__ == "__main__":
    main()
