"""``litsweep doctor``: what is set, what is missing, what can be reached, and what to do."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from db import schema
from litsweep.errors import LitsweepError
from litsweep.models.loading import is_available
from litsweep.models.registry import MODELS
from litsweep.settings import Settings, describe, load_settings, settings_file
from litsweep.sources.eutils import EutilsClient
from litsweep_app.cli.console import Exit, say, show, show_json

# A night of 10,000 records with their XML takes about 300 MB; below this, say so in time.
_LOW_DISK_BYTES: Final = 1_000_000_000
_DATABASE_ADVICE: Final = {
    schema.SchemaState.CURRENT: "ready",
    schema.SchemaState.MISSING: "there is none yet: litsweep init",
    schema.SchemaState.OLDER: "made by an older litsweep: litsweep db upgrade",
    schema.SchemaState.NEWER: "made by a newer litsweep: install that version",
}


class State(StrEnum):
    """How a finding of the doctor's stands."""

    OK = "ok"
    """Nothing to do."""
    NOTE = "note"
    """A sweep runs, with less; the advice says how to have it all."""
    PROBLEM = "problem"
    """A sweep cannot run before this is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, how it stands, and what to do."""

    looked_at: str
    state: State
    advice: str


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Look at settings, database, services and models; ends with 1 when a sweep cannot run."""
    settings = load_settings()
    findings = list(_findings(settings))
    if as_json:
        show_json(
            {
                "settings": dict(describe(settings)),
                "findings": [
                    {"looked_at": one.looked_at, "state": one.state, "advice": one.advice}
                    for one in findings
                ],
            }
        )
    else:
        _print(settings, findings)
    if any(one.state is State.PROBLEM for one in findings):
        raise typer.Exit(Exit.INCOMPLETE)


def _print(settings: Settings, findings: list[Finding]) -> None:
    path = settings_file()
    show(f"Settings ({path if path.exists() else f'no {path} here'}, then the environment)")
    for name, value in describe(settings).items():
        show(f"  {name:<20} {value}")
    show("\nLooked at")
    for one in findings:
        show(f"  {one.state.value:<8} {one.looked_at}: {one.advice}")
    problems = [one.looked_at for one in findings if one.state is State.PROBLEM]
    if problems:
        say(f"A sweep cannot run yet: {', '.join(problems)}.")
    else:
        say("A sweep can run.")


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _identity(settings)
    yield _database(settings)
    yield from _disk(settings)
    yield _pubmed(settings)
    yield _reachable("PMC Cloud Service", settings.pmc_cloud_url, settings)
    yield _reachable("Europe PMC", settings.europe_pmc_url, settings)
    yield _prefect()
    for spec in MODELS.values():
        found = is_available(spec, settings)
        state = State.OK if found.is_available else State.NOTE
        yield Finding(looked_at=f"model {spec.name}", state=state, advice=found.reason)


def _identity(settings: Settings) -> Finding:
    rate = f"{settings.effective_requests_per_second:g} requests a second"
    if settings.ncbi_email is None:
        advice = f"NCBI_EMAIL is not set: NCBI asks for it and may block you. {rate}."
        return Finding(looked_at="NCBI identity", state=State.NOTE, advice=advice)
    key = "with an API key" if settings.ncbi_api_key else "without an API key (NCBI_API_KEY)"
    return Finding(looked_at="NCBI identity", state=State.OK, advice=f"{rate}, {key}")


def _database(settings: Settings) -> Finding:
    try:
        state = schema.check(settings.database_url)
    except LitsweepError as error:
        return Finding(looked_at="results database", state=State.PROBLEM, advice=str(error))
    is_ready = state is schema.SchemaState.CURRENT
    return Finding(
        looked_at="results database",
        state=State.OK if is_ready else State.PROBLEM,
        advice=_DATABASE_ADVICE[state],
    )


def _disk(settings: Settings) -> Iterator[Finding]:
    if not settings.database_url.startswith("sqlite"):
        return
    free = shutil.disk_usage(Path.cwd()).free
    state = State.NOTE if free < _LOW_DISK_BYTES else State.OK
    yield Finding(looked_at="disk", state=state, advice=f"{free / 1e9:.1f} GB free here")


def _pubmed(settings: Settings) -> Finding:
    looked_at = f"PubMed at {settings.eutils_url}"
    # One attempt: the doctor is asked what is wrong now.
    once = settings.model_copy(update={"retries": 0})
    try:
        with EutilsClient(once) as eutils:
            info = eutils.server_info()
    except LitsweepError as error:
        return Finding(looked_at=looked_at, state=State.PROBLEM, advice=str(error))
    advice = f"reached; {info.n_records:,} records, updated {info.last_update}"
    return Finding(looked_at=looked_at, state=State.OK, advice=advice)


def _reachable(name: str, url: str, settings: Settings) -> Finding:
    looked_at = f"{name} at {url}"
    try:
        httpx.get(url, timeout=min(10.0, settings.timeout_seconds))
    except (httpx.HTTPError, httpx.InvalidURL):
        advice = "not reached: full texts are sought elsewhere, or at the next sweep"
        return Finding(looked_at=looked_at, state=State.NOTE, advice=advice)
    return Finding(looked_at=looked_at, state=State.OK, advice="reached")


def _prefect() -> Finding:
    from litsweep_app.prefect_server import describe_configured

    advice, is_fine = describe_configured()
    return Finding(
        looked_at="Prefect server", state=State.OK if is_fine else State.PROBLEM, advice=advice
    )
