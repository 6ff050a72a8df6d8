"""Any search or list as a file, the same that the desk's pages send."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.responses import Response

from db.list_choices import RecordList
from db.record_lists import Sort
from db.search import Order
from litsweep.domain.decisions import Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.exports.formats import FORMATS
from litsweep_app.web import exporting
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.searching import Decided
from litsweep_app.web.api.values import Asked, Name, Number
from litsweep_app.web.export_choices import TYPES, RecordView
from litsweep_app.web.filters import By
from litsweep_app.web.visit import Visit

YesNo = Literal["yes", "no"]


class ExportAsked(Asked):
    """Which records, and as what; without words, list and filters all records."""

    format: Annotated[str, Field(json_schema_extra={"enum": list(FORMATS)})]
    list: RecordList | None = Field(None, description="A list of the topic, not a search.")
    view: RecordView | None = Field(
        None, description="What I decided about in the topic, or what alerts are of; no search."
    )
    q: Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$")] | None = Field(
        None, description="As of `/search`."
    )
    similar: Number | None = Field(None, description="Records like that with this number.")
    by: By | None = Field(None, description="What words are compared by.")
    topic: Name | None = None
    since: date | None = None
    until: date | None = None
    status: Annotated[tuple[PublicationStatus, ...], Field(max_length=10)] = ()
    type: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    decision: Decided | None = None
    stage: Stage | None = None
    flagged: YesNo | None = None
    duplicates: YesNo | None = None
    order: Order | None = None
    reason: Name | None = Field(None, description="Of the list of the excluded: for this reason.")
    all: YesNo | None = Field(None, description="Of alerts: those too that were noted.")
    sort: Sort | None = Field(None, description="The order of a list.")
    reverse: YesNo | None = Field(None, description="`yes` turns the order of a list round.")
    abstracts: YesNo = Field("yes", description="`no` leaves the abstracts' words out.")
    bom: YesNo = Field("no", description="`yes` begins a CSV as Excel wants it.")
    about: YesNo = Field("no", description="`yes` gives what the file would say of itself.")


def export_records(visit: Visit, query: ExportAsked) -> Response:
    """A search, a list, my history or the alerts' records, as references, a table or a data set.

    What you may not see yet is left out, as on the pages: decisions of others in a topic that
    is blinded, machine texts in one that is judged first. An empty answer is 400.
    """
    del query  # checked; the page reads the same address
    return exporting.export(visit)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/export",
        handler=export_records,
        errors=(404,),
        media_types=tuple(dict.fromkeys([*TYPES.values(), "application/json"])),
    ),
)
