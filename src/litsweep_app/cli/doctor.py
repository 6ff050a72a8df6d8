"""``litsweep doctor``: what is set, what is missing, what can be reached, and what to do."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Final

import httpx
import typer

from db import topics
from db.connections import parse_place
from db.engine import open_database
from db.holds import list_holds
from db.notifications import list_waiting
from db.roles import OwnRole, find_own_role
from db.soundness import measure_size
from litsweep.domain.documents import DocumentKind
from litsweep.errors import DeliveryFailed, LitsweepError, SettingsError
from litsweep.models.choosing import AUTO, SETTING, choose_model
from litsweep.models.loading import is_available
from litsweep.models.registry import get_spec
from litsweep.settings import (
    Settings,
    describe,
    hide_password,
    load_settings,
    settings_file,
    unknown_variables,
)
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.throttle import Throttle
from litsweep.telling.mail import connected, list_recipients
from litsweep_app.cli.console import Exit, show, show_json
from litsweep_app.cli.notices import mention_holds, mention_waiting
from tasks.pace import ncbi_throttle

# A night of 10,000 records with their XML takes about 300 MB; below this, say so in time.
_LOW_DISK_BYTES: Final = 1_000_000_000
_REACH_SECONDS: Final = 10.0
_TEXTS: Final = {DocumentKind.ABSTRACT: "abstracts", DocumentKind.FULL_TEXT: "full texts"}


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


_HEADINGS: Final = {
    State.PROBLEM: "A sweep cannot run before this is mended:",
    State.NOTE: "A sweep runs without these, with less:",
    State.OK: "Fine:",
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Look at settings, database, services and models; ends with 1 when a sweep cannot run."""
    described: dict[str, str] = {}
    try:
        settings = load_settings()
    except SettingsError as error:
        findings = [Finding(looked_at="settings", state=State.PROBLEM, advice=str(error))]
    else:
        described = dict(describe(settings))
        findings = list(_findings(settings))
    if as_json:
        show_json({"settings": described, "findings": [asdict(one) for one in findings]})
    else:
        _print(described, findings)
    if any(one.state is State.PROBLEM for one in findings):
        raise typer.Exit(Exit.INCOMPLETE)


def _print(described: dict[str, str], findings: list[Finding]) -> None:
    if all(one.state is not State.PROBLEM for one in findings):
        show("A sweep can run.\n")
    for state in (State.PROBLEM, State.NOTE, State.OK):
        chosen = [one for one in findings if one.state is state]
        if chosen:
            lines = [f"  {one.looked_at}: {one.advice}" for one in chosen]
            show("\n".join((_HEADINGS[state], *lines, "")))
    if described:
        path = settings_file()
        where = path if path.exists() else f"no {path} here"
        show(f"Settings ({where}; the environment is stronger):")
    for name, value in described.items():
        show(f"  {name:<20} {value}")


def _findings(settings: Settings) -> Iterator[Finding]:
    throttle = _shared_throttle(settings)
    yield from _environment()
    yield _identity(settings, throttle)
    yield from _database(settings)
    yield _pubmed(settings, throttle)
    yield _reachable("PMC Cloud Service", settings.pmc_cloud_url)
    yield _reachable("Europe PMC", settings.europe_pmc_url)
    yield _prefect()
    yield from _channels(settings)
    for kind in DocumentKind:
        yield _reader(kind, settings)
    yield _encoder(settings)


def _environment() -> Iterator[Finding]:
    unknown = unknown_variables()
    if unknown:
        yield Finding(
            looked_at="environment",
            state=State.NOTE,
            advice=f"{', '.join(unknown)} is no setting's name and has no effect.",
        )


def _shared_throttle(settings: Settings) -> Throttle | None:
    """Return the rate limit that sweeps share; None where there is no database to share it by."""
    try:
        return ncbi_throttle(settings, open_database(settings.database_url))
    except LitsweepError:
        return None


def _identity(settings: Settings, throttle: Throttle | None) -> Finding:
    sharing = f"shared through {throttle}" if throttle else "not shared before there is a database"
    rate = f"{settings.effective_requests_per_second:g} requests a second, {sharing}"
    if settings.ncbi_email is None:
        return Finding(
            looked_at="NCBI identity",
            state=State.NOTE,
            advice="NCBI asks every program for an address, and may block those without one: set "
            f"NCBI_EMAIL. ({rate})",
        )
    key = "with an API key" if settings.ncbi_api_key else "without an API key (NCBI_API_KEY)"
    return Finding(looked_at="NCBI identity", state=State.OK, advice=f"{key}; {rate}")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        place = parse_place(settings.database_url)
        # Opened for writing, and nothing written: a sweep will have to.
        with open_database(settings.database_url).writing() as conn:
            n_topics = len(topics.list_topics(conn))
            held = mention_holds(list_holds(conn))
            waiting = mention_waiting(list_waiting(conn))
            size = measure_size(conn, place)
            role = None if place.is_sqlite else find_own_role(conn)
    except LitsweepError as error:
        yield Finding(looked_at="results database", state=State.PROBLEM, advice=str(error))
        return
    advice = f"{place} can be written; {size / 1e6:,.1f} MB"
    yield Finding(looked_at="results database", state=State.OK, advice=advice)
    if role is not None:
        yield _role(role, settings)
    if not n_topics:
        advice = "none yet, so there is nothing to sweep: litsweep topic add NAME --query '…'"
        yield Finding(looked_at="topics", state=State.NOTE, advice=advice)
    for looked_at, sentence in (("held queries", held), ("messages", waiting)):
        if sentence:
            yield Finding(looked_at=looked_at, state=State.NOTE, advice=sentence)
    if place.path is not None:
        free = shutil.disk_usage(place.path.parent).free
        state = State.NOTE if free < _LOW_DISK_BYTES else State.OK
        advice = f"{free / 1e9:.1f} GB free where the database lies"
        yield Finding(looked_at="disk", state=state, advice=advice)


def _role(role: OwnRole, settings: Settings) -> Finding:
    advice, state = f"{role.name} may write rows and not change the schema", State.OK
    if role.is_superuser:
        state = State.NOTE
        advice = (
            f"litsweep connects as {role.name}, a superuser of the whole server; `litsweep db "
            "roles` makes one for workers and one for people who query"
        )
    elif role.is_owner:
        advice = f"{role.name} owns the tables, as upgrades need; workers can do with less"
    if settings.reader_database_url is None:
        advice += "; reader_database_url is not set, so `litsweep sql` has the same rights"
    return Finding(looked_at="database role", state=state, advice=advice)


def _pubmed(settings: Settings, throttle: Throttle | None) -> Finding:
    looked_at = f"PubMed at {hide_password(settings.eutils_url)}"
    # One attempt: the doctor is asked what is wrong now.
    once = settings.model_copy(update={"retries": 0})
    try:
        with EutilsClient(once, throttle=throttle) as eutils:
            info = eutils.server_info()
    except LitsweepError as error:
        return Finding(looked_at=looked_at, state=State.PROBLEM, advice=str(error))
    advice = f"reached; {info.n_records:,} records, updated {info.last_update}"
    return Finding(looked_at=looked_at, state=State.OK, advice=advice)


def _reachable(name: str, url: str) -> Finding:
    looked_at = f"{name} at {hide_password(url)}"
    try:
        httpx.get(url, timeout=_REACH_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        advice = "not reached; full texts are sought elsewhere, and again at the next sweep"
        return Finding(looked_at=looked_at, state=State.NOTE, advice=advice)
    return Finding(looked_at=looked_at, state=State.OK, advice="reached")


def _prefect() -> Finding:
    from litsweep_app.prefect_server import describe_configured

    advice, is_fine = describe_configured()
    return Finding(
        looked_at="Prefect server", state=State.OK if is_fine else State.PROBLEM, advice=advice
    )


def _channels(settings: Settings) -> Iterator[Finding]:
    """See by which ways people are told, and whether each works; nothing is sent."""
    try:
        recipients = list_recipients(settings)
    except SettingsError as error:
        yield Finding(looked_at="e-mail", state=State.NOTE, advice=str(error))
        recipients = []
    if recipients:
        yield _mail(settings, len(recipients))
    if settings.notification_blocks:
        yield from _blocks(settings)
    elif not settings.mail_to:
        advice = (
            "nobody is told of failures, gaps and retractions: set mail_to, mail_from and "
            "smtp_host, or notification_blocks (`litsweep notify --test` tries them)"
        )
        yield Finding(looked_at="messages to people", state=State.NOTE, advice=advice)


def _mail(settings: Settings, n_recipients: int) -> Finding:
    looked_at = f"mail server at {settings.smtp_host}:{settings.smtp_port}"
    impatient = settings.model_copy(update={"timeout_seconds": _REACH_SECONDS})
    try:
        with connected(impatient):
            pass
    except DeliveryFailed as error:
        return Finding(looked_at=looked_at, state=State.NOTE, advice=str(error))
    advice = f"lets us in ({settings.smtp_security}); addresses in mail_to: {n_recipients}"
    return Finding(looked_at=looked_at, state=State.OK, advice=advice)


def _blocks(settings: Settings) -> Iterator[Finding]:
    from litsweep_app.prefect_server import is_configured
    from tasks.blocks import check_block, list_blocks

    if not is_configured():
        advice = "they are on a lasting Prefect server only: set PREFECT_API_URL"
        yield Finding(looked_at="notification blocks", state=State.NOTE, advice=advice)
        return
    try:
        for name in list_blocks(settings):
            check_block(name)
            yield Finding(looked_at=f"block {name}", state=State.OK, advice="is there")
    except (SettingsError, DeliveryFailed) as error:
        yield Finding(looked_at="notification blocks", state=State.NOTE, advice=str(error))


def _reader(kind: DocumentKind, settings: Settings) -> Finding:
    looked_at = f"model for {_TEXTS[kind]}"
    try:
        spec = choose_model(kind, settings).model
    except LitsweepError as error:
        return Finding(looked_at=looked_at, state=State.PROBLEM, advice=str(error))
    if spec is not None:
        return Finding(looked_at=looked_at, state=State.OK, advice=spec.name)
    if getattr(settings, SETTING[kind]) == "none":
        advice = f'none, as {SETTING[kind]} = "none" asks: sentences of the source only'
        return Finding(looked_at=looked_at, state=State.OK, advice=advice)
    advice = (
        f"{AUTO[kind]} is not on this machine (`litsweep models list` says how to get it): "
        "sentences of the source only"
    )
    return Finding(looked_at=looked_at, state=State.NOTE, advice=advice)


def _encoder(settings: Settings) -> Finding:
    looked_at = "model that compares sentences"
    found = is_available(get_spec("minilm"), settings)
    if found.is_available:
        return Finding(looked_at=looked_at, state=State.OK, advice="minilm")
    advice = f"passages are chosen by their words alone. {found.reason}"
    return Finding(looked_at=looked_at, state=State.NOTE, advice=advice)
