"""The JSON API: what the pages do, for programs, by the same verbs of the database.

Each module with ``ENDPOINTS`` is one part; the OpenAPI document is made of the same tables.
"""

from collections.abc import Sequence
from typing import Final

from litsweep_app.web.api import (
    account,
    agreement,
    alerts,
    decisions,
    error_rates,
    exporting,
    flow,
    health,
    judgements,
    lists,
    queue,
    records,
    rereads,
    rules,
    runs,
    searching,
    tables,
    topics,
)
from litsweep_app.web.api.documenting import list_document_pages
from litsweep_app.web.api.endpoint import Endpoint, build_page
from litsweep_app.web.page import Page

ENDPOINTS: Final[Sequence[Endpoint]] = (
    *account.ENDPOINTS,
    *topics.ENDPOINTS,
    *rules.ENDPOINTS,
    *queue.ENDPOINTS,
    *records.ENDPOINTS,
    *decisions.ENDPOINTS,
    *agreement.ENDPOINTS,
    *flow.ENDPOINTS,
    *searching.ENDPOINTS,
    *lists.ENDPOINTS,
    *exporting.ENDPOINTS,
    *tables.ENDPOINTS,
    *judgements.ENDPOINTS,
    *rereads.ENDPOINTS,
    *error_rates.ENDPOINTS,
    *runs.ENDPOINTS,
    *alerts.ENDPOINTS,
)
PAGES: Final[Sequence[Page]] = (
    *(build_page(one) for one in ENDPOINTS),
    *list_document_pages(ENDPOINTS),
    *health.PAGES,
)
