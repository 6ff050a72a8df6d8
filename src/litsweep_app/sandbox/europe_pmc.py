"""Europe PMC's REST service, its one call that gives a full text."""

from starlette.responses import Response

from litsweep_app.sandbox.eutils.sets import parse_uid
from litsweep_app.sandbox.library import Library


def full_text_xml(library: Library, pmcid: str) -> Response:
    """Return the article as JATS; 404 where it is unknown or has no body."""
    number = parse_uid("pmc", pmcid)
    report = library.reports.get(number) if number is not None else None
    if report is None or not report.has_body:
        return Response(b"", status_code=404)
    return Response(report.file, media_type="application/xml;charset=UTF-8")
