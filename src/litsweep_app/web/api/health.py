"""Says whether the desk can read its database, to whatever starts and watches it."""

from typing import Final

from starlette.responses import JSONResponse, Response

from db.topics import list_topics
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def show_health(visit: Visit) -> Response:
    """Answer with success where the database can be read; an error of it is answered as such."""
    with visit.database.reading() as conn:
        list_topics(conn)
    return JSONResponse({"status": "ok"})


PAGES: Final = (
    Page(path="/api/health", name="health", handler=show_health, role=None, is_api=True),
)
