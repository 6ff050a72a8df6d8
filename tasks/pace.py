"""The clients that tasks ask sources with, held to one rate limit for all that share a key.

The only place that chooses where the limit is kept: on PostgreSQL in the database, for all
machines; on SQLite in a file beside it, for all processes. Why not in Prefect's server:
docs/decisions/0008.
"""

import hashlib
from pathlib import Path

from db.connections import parse_place
from db.engine import Database
from db.rate_limits import TableSlots
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.full_text import FullTextClient
from litsweep.sources.slot_file import FileSlots
from litsweep.sources.throttle import Slots, Throttle, process_slots


def open_eutils(settings: Settings, database: Database) -> EutilsClient:
    """Return a client of the E-utilities; the caller closes it."""
    return EutilsClient(settings, throttle=ncbi_throttle(settings, database))


def open_full_texts(settings: Settings, database: Database, eutils: EutilsClient) -> FullTextClient:
    """Return a client of the full-text sources; the caller closes it.

    EFetch counts as NCBI's, through ``eutils``; the other sources have limits of their own.
    """
    return FullTextClient(
        settings,
        eutils,
        throttle_of=lambda rate, address: _throttle(rate, address, settings, database),
    )


def ncbi_throttle(settings: Settings, database: Database) -> Throttle:
    """Return the rate limit of the API key, or of this network's address where there is none."""
    key = settings.ncbi_api_key.get_secret_value() if settings.ncbi_api_key else "no key"
    name = f"{settings.eutils_url} {key}"
    return _throttle(settings.effective_requests_per_second, name, settings, database)


def _throttle(rate: float, name: str, settings: Settings, database: Database) -> Throttle:
    # Hashed, since a name may hold a key, and becomes the name of a file.
    hashed = hashlib.sha256(name.encode()).hexdigest()[:16]
    path = parse_place(settings.database_url).path
    slots: Slots = (
        TableSlots(database, hashed)
        if path is None
        else FileSlots(Path(f"{path.resolve()}.rate-{hashed}"))
    )
    return Throttle(rate, slots=slots, fallback=process_slots(hashed))
