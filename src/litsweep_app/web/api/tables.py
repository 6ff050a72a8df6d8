"""The desk's tables as files: counts, rates, receipts, one's own decisions."""

from typing import Annotated, Final

from pydantic import Field
from starlette.responses import Response

from litsweep.domain.decisions import Stage
from litsweep.domain.strategies import HitState
from litsweep.exports.tables import TABLE_FORMATS
from litsweep_app.web import tables
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.exporting import YesNo
from litsweep_app.web.api.values import Asked, Name, Number
from litsweep_app.web.visit import Visit

TableName = Annotated[str, Field(json_schema_extra={"enum": list(tables.TABLES)})]
FormatName = Annotated[str, Field(json_schema_extra={"enum": list(TABLE_FORMATS)})]


class TableAsked(Asked):
    """As what, and of what; a table passes over what it does not have."""

    format: FormatName
    topic: Name | None = Field(
        None, description="Needed by `agreement`, `progress`, `flow`, `weeks` and `decisions`."
    )
    stage: Stage | None = Field(None, description="Of `decisions`.")
    model: Name | None = Field(None, description="Of `error-rates`.")
    run: Number | None = Field(None, description="Needed by `identifiers`: of which search run.")
    state: HitState | None = Field(None, description="Of `identifiers`.")
    all: YesNo | None = Field(None, description="Of `alerts`: those too that were noted.")
    sort: Name | None = Field(None, description="The column to be ordered by.")
    reverse: YesNo | None = Field(None, description="`yes` turns the order round.")


def export_table(visit: Visit, table: TableName, query: TableAsked) -> Response:
    """One of the desk's tables as CSV, XLSX or JSON, whole.

    The same rows and columns as its page has, in the order that is asked for; `decisions` are
    mine. Numbers of a topic that is blinded are counted by what I may see.
    """
    del table, query  # checked; the page reads the same address
    return tables.send(visit)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/tables/{table}",
        handler=export_table,
        errors=(404,),
        media_types=tuple(one.media_type for one in TABLE_FORMATS.values()),
    ),
)
