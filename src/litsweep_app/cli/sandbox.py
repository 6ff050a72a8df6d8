"""``litsweep sandbox``: a local NCBI, answered from a folder of files."""

import threading
from contextlib import suppress
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
    list_skipped: Annotated[
        bool, typer.Option("--list-skipped", help="Name every file that is not served.")
    ] = False,
    faults: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="TOML file that says what goes wrong; where it names an unknown kind, all are "
            "listed.",
        ),
    ] = None,
    day: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Serve what is there on this day: changes are read from the folders day-1, "
            "day-2 … inside --data, up to this one. 0: before the first.",
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="Append what is asked and answered to this file, one JSON object a line.",
        ),
    ] = None,
) -> None:
    """Serve PubMed and PMC on loopback from files; without --data, from the sample data.

    With --faults it misbehaves as the real services do, the same way every time:

    \b
      seed = 7                  # each call goes wrong with the probability
      rate = 0.2                # "rate", by one of "kinds" at one of "endpoints"
      kinds = ["http_503", "reset", "truncate"]
      [\\[fault]]                 # and these calls in any case
      endpoint = "efetch"
      calls = "3-5"             # or 3, "3-", "every 7", "always"
      kind = "rate_limit_429"
      retry_after = 2
    """
    schedule = local_ncbi.read_fault_file(faults) if faults else None
    say("Reading the files …")
    folders = data or [local_ncbi.sample_data()]
    with local_ncbi.running(folders, port, day=day, faults=schedule, log=log) as address:
        say(f"{address.n_records:,} records and {address.n_reports:,} full texts are served.")
        if faults:
            say(f"Things go wrong as {faults} says.")
        _say_skipped(address, in_full=list_skipped)
        _say_how_to_use(address)
        # Ctrl-C is how it is meant to end.
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    say("\nThe sandbox has stopped.")


def _say_skipped(address: local_ncbi.SandboxAddress, *, in_full: bool) -> None:
    if in_full:
        for line in address.skipped:
            say(f"  not served: {line}")
        return
    for one in address.skip_reasons:
        where = one.example if one.n_times == 1 else f"{one.n_times:,} times, first {one.example}"
        say(f"  not served: {one.reason} ({where})")
    if any(one.n_times > 1 for one in address.skip_reasons):
        say("  --list-skipped names them all.")


def _say_how_to_use(address: local_ncbi.SandboxAddress) -> None:
    say("\nIn another terminal:")
    say(f"  export LITSWEEP_EUTILS_URL={address.eutils_url}")
    say(f"  export LITSWEEP_PMC_CLOUD_URL={address.pmc_cloud_url}")
    say(f"  export LITSWEEP_EUROPE_PMC_URL={address.europe_pmc_url}")
    say("  export NCBI_EMAIL=you@example.org")
    say("\nCtrl-C stops it.")
