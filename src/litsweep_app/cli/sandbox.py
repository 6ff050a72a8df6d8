"""``litsweep sandbox``: a local NCBI, answered from a folder of files."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from litsweep_app import sandbox as local_ncbi
from litsweep_app.cli.console import say


def sandbox(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            file_okay=True,
            help="Folder of PubMed XML and JATS files; may be repeated.",
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: any free one.")] = 8765,
) -> None:
    """Serve PubMed and PMC on loopback from files; without --data, from the sample data."""
    with local_ncbi.running(data or [local_ncbi.sample_data()], port=port) as address:
        say(f"{address.n_records} records and {address.n_reports} full texts are served.")
        for reason in address.skipped:
            say(f"  not served: {reason}")
        say("\nIn another terminal:")
        say(f"  export LITSWEEP_EUTILS_URL={address.eutils_url}")
        say(f"  export LITSWEEP_PMC_CLOUD_URL={address.pmc_cloud_url}")
        say(f"  export LITSWEEP_EUROPE_PMC_URL={address.europe_pmc_url}")
        say("  export NCBI_EMAIL=you@example.org")
        say("\nCtrl-C stops it.")
        threading.Event().wait()
