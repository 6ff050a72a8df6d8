"""Puts on a Prefect server what ``prefect.yaml`` and ``automations`` declare, and looks at it.

``python -m deployments.apply``: work pools, deployments with their schedules and limits, and
automations. What is as declared is left alone, so it may be run as often as one likes, also while
runs are at work. Prefect's own ``deploy`` ends with 0 whatever happened; this ends with 1 when
anything on the server is not as declared, and says what, and with 2 when it could not look.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from httpx import HTTPError, HTTPStatusError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.declared import DeclaredDeployment, read_declared
from deployments.outcomes import Done, Outcome, as_table, explain
from deployments.settling import settle_all
from litsweep.errors import LitsweepError, OrchestrationError
from litsweep.settings import load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply, or only look with ``--check``; return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        declared = read_declared(asked.file)
        if asked.print:
            sys.stdout.write(_describe(declared))
            return 0
        address = PREFECT_API_URL.value() if asked.api_url is None else asked.api_url
        outcomes = apply(declared, address, may_change=not asked.check, n_gpus=asked.gpus)
    except LitsweepError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(as_table(outcomes))
    n_differing = sum(each.done is Done.DIFFERS for each in outcomes)
    sys.stdout.write(
        f"{n_differing} of {len(outcomes)} things on {address} are not as declared\n"
        if n_differing
        else f"all {len(outcomes)} things on {address} are as declared\n"
    )
    return 1 if n_differing else 0


def apply(
    declared: Sequence[DeclaredDeployment],
    address: str | None,
    *,
    may_change: bool = True,
    n_gpus: int | None = None,
) -> list[Outcome]:
    """Bring the server at ``address`` into the declared state, or only compare it.

    ``n_gpus``: how many readings may run in the GPU pool at once; None: what is set there.

    Raises:
        OrchestrationError: no server is named, or it does not answer or let us in.
        SettingsError: the settings, which name the notification blocks, cannot be read.
    """
    if not address:
        raise OrchestrationError(
            "No Prefect server is named. Set PREFECT_API_URL=http://HOST:4200/api, or give "
            "--api-url."
        )
    blocks = load_settings().notification_blocks
    with temporary_settings({PREFECT_API_URL: address}), get_client(sync_client=True) as client:
        _require_access(client, address)
        return settle_all(client, declared, blocks, may_change=may_change, n_gpus=n_gpus)


def _require_access(client: SyncPrefectClient, address: str) -> None:
    try:
        client.read_work_pools(limit=1)
    except HTTPStatusError as error:
        if error.response.status_code in {401, 403}:
            raise OrchestrationError(
                f"The Prefect server at {address} wants a password. Set "
                "PREFECT_API_AUTH_STRING=USER:PASSWORD, as it was started with."
            ) from error
        raise OrchestrationError(f"At {address}, {explain(error)}") from error
    except HTTPError as error:
        raise OrchestrationError(
            f"The Prefect server at {address} does not answer ({explain(error)}). Start it, or "
            "correct PREFECT_API_URL."
        ) from error


def _describe(declared: Sequence[DeclaredDeployment]) -> str:
    lines = []
    for each in declared:
        lines.append(f"{each.full_name} in {each.pool}: {each.description}\n")
        if each.limit:
            lines.append(
                f"    {each.limit.n_runs} at once, {each.limit.collision_strategy.value}\n"
            )
        for when in each.schedules:
            off = "" if when.starts_active else " (off until switched on)"
            lines.append(f'    {when.slug}: "{when.when.cron}" {when.when.timezone}{off}\n')
        lines.extend(f"    on {', '.join(on['expect'])}\n" for on in each.triggers)
    return "".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deployments.apply",
        description="Put pools, deployments, schedules and automations on a Prefect server, and "
        "verify them. May be repeated; what an operator paused stays paused.",
    )
    parser.add_argument("--api-url", help="http://HOST:4200/api (default: PREFECT_API_URL)")
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    parser.add_argument("--print", action="store_true", help="say what is declared, ask no server")
    parser.add_argument(
        "--file",
        type=Path,
        help="a prefect.yaml of your own, such as a copy with other hours (default: the installed)",
    )
    parser.add_argument(
        "--gpus",
        type=_positive,
        help="how many runs the GPU pool may run at once (default: what is set there, else 1)",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
