"""Which entries an EFetch or ESummary request means: its ids, or a page of a stored set."""

from collections.abc import Sequence
from typing import Final

from litsweep.domain.identifiers import parse_pmcid, parse_pmid
from litsweep.errors import InvalidIdentifier
from litsweep_app.sandbox.eutils.history import History
from litsweep_app.sandbox.eutils.replies import CAP, CAP_MESSAGE
from litsweep_app.sandbox.parameters import Parameters

DATABASES: Final = ("pubmed", "pmc")
_MAX_PAGE: Final = 10_000


class RequestRefused(Exception):
    """The request cannot be answered; carries NCBI's message and HTTP status."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def parse_uid(db: str, text: str) -> int | None:
    """Read one id of a database; None where it is none."""
    try:
        return parse_pmid(text) if db == "pubmed" else int(parse_pmcid(text).removeprefix("PMC"))
    except InvalidIdentifier:
        return None


def check_db(db: str) -> None:
    """Refuse a database that the sandbox does not have.

    Raises:
        RequestRefused: with NCBI's words for it.
    """
    if db not in DATABASES:
        raise RequestRefused(f"Invalid db name specified: {db}")


def select_uids(parameters: Parameters, history: History) -> list[int]:
    """Return the ids meant, without repetition, in the order given.

    Raises:
        RequestRefused: no ids, an unknown set, or a page beyond the set or PubMed's cap.
    """
    db = parameters.db
    check_db(db)
    if not parameters.get("WebEnv"):
        given = parameters.ids()
        uids = [uid for text in given if (uid := parse_uid(db, text)) is not None]
        if not uids:
            raise RequestRefused("ID list is empty! Possibly it has no correct IDs.", status=400)
        return list(dict.fromkeys(uids))[_page(parameters)]
    return list(_select_stored(parameters, history))


def _select_stored(parameters: Parameters, history: History) -> Sequence[int]:
    query_key = parameters.number("query_key", 1)
    stored = history.find(parameters.db, parameters.get("WebEnv"), query_key)
    if stored is None:
        raise RequestRefused(f"Unable to obtain query #{query_key}", status=400)
    start = parameters.number("retstart", 0)
    if parameters.db == "pubmed" and start >= CAP:
        raise RequestRefused(
            f"Search backend cannot retrieve history data. Reason: Exception: {CAP_MESSAGE}", 400
        )
    if start >= len(stored) > 0:
        raise RequestRefused(
            f"Cannot retrieve history data: OUT OF RANGE. Parameter retstart={start} + 1 is "
            "greater than number of records available in history. "
            f"History includes {len(stored)} IDs.",
            status=400,
        )
    page = _page(parameters)
    # A page that crosses the cap is cut without a word.
    return stored[page.start : min(page.stop, CAP)] if parameters.db == "pubmed" else stored[page]


def _page(parameters: Parameters) -> slice:
    start = parameters.number("retstart", 0)
    return slice(start, start + min(parameters.number("retmax", _MAX_PAGE), _MAX_PAGE))
